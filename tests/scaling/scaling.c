/* SPDX-License-Identifier: Apache-2.0 */
/* scaling: each hostile family at n, 2n and 4n bytes, in pieces of 1 and 1,460 bytes: CPU per doubling under
 * 2.3, under a microsecond a byte, memory within its caps. Prints a table and `N passed, N failed`. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/scaling/families.h"

#define RATIO_BAR 2.3
#define NS_BAR 1000.0          /* a byte: slower than 8 Mbit/s is a way to stop the sensor */
#define CONNECTION (256 * 1024) /* what a connection may need beside its caps */

enum { TRIES = 7 };

/* A run as short as this tells nothing: n grows until it is longer. */
static const double LEAST_SECONDS = 0.004;

struct result {
    double seconds[3]; /* best of the tries, at n, 2n, 4n */
    size_t peak;
    uint64_t n;
};

static const struct suffix *suffix;
static int passed, failed;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void run_feed(const struct family *x, struct mem *m, size_t piece, uint64_t bytes)
{
    static struct feed f;

    feed_open(&f, m, suffix, piece, bytes);
    if (x->write) {
        x->write(&f);
    } else {
        feed_mail(&f, x->header);
        feed_repeat(&f, SMTP_CLIENT, x->unit);
        feed_mail_end(&f);
    }
    feed_close(&f);
}

static double run_once(const struct family *x, size_t piece, uint64_t bytes, size_t *peak)
{
    struct mem m;
    double begun = now();

    mem_init(&m, 0);
    if (x->packets)
        x->packets(&m, piece, bytes);
    else
        run_feed(x, &m, piece, bytes);
    if (m.used) {
        printf("%s: %zu bytes not given back\n", x->name, m.used);
        failed++;
    }
    if (m.peak > *peak)
        *peak = m.peak;
    return now() - begun;
}

static double worst(const struct result *r)
{
    double a = r->seconds[1] / r->seconds[0], b = r->seconds[2] / r->seconds[1];

    return a > b ? a : b;
}

static double ns_per_byte(const struct result *r)
{
    return r->seconds[2] * 1e9 / (double)(4 * r->n);
}

/* Other programs run too: a bad ratio is only believed when it is there each time. */
static void measure(const struct family *x, size_t piece, struct result *r)
{
    r->n = x->least ? x->least : piece == 1 ? 32768 : 131072;
    while (!x->long_only && run_once(x, piece, r->n, &r->peak) < LEAST_SECONDS && r->n < (1 << 23))
        r->n *= 2;
    for (int try = 0; try < TRIES; try++) {
        for (int i = 0; i < 3; i++) {
            double s = run_once(x, piece, r->n << i, &r->peak);

            if (!try || s < r->seconds[i])
                r->seconds[i] = s;
        }
        if (try && worst(r) < RATIO_BAR && ns_per_byte(r) < NS_BAR)
            break;
    }
}

static void judge(const struct family *x, size_t piece)
{
    struct result r = {0};
    size_t bar = CONNECTION + LIMIT_RECORD_BYTES + LIMIT_SMTP_ENVELOPE + x->caps;
    const char *fault = "";

    measure(x, piece, &r);
    if (worst(&r) >= RATIO_BAR)
        fault = "NOT LINEAR";
    else if (ns_per_byte(&r) >= NS_BAR)
        fault = "SLOW";
    else if (r.peak > bar)
        fault = "MEMORY";
    printf("%-42s %5zu %8.1f %8.2f %8.2f %8.2f %6.2f %8.1f %8zu %s\n", x->name, piece, (double)r.n / 1024,
           r.seconds[0] * 1e3, r.seconds[1] * 1e3, r.seconds[2] * 1e3, worst(&r), ns_per_byte(&r), r.peak / 1024, fault);
    fflush(stdout);
    passed += !*fault;
    failed += *fault != 0;
}

static void judge_all(const struct family *families, unsigned n, bool all, const char *only)
{
    for (unsigned i = 0; i < n; i++) {
        if (families[i].long_only ? !all : false)
            continue;
        if (only && !strstr(families[i].name, only))
            continue;
        if (!families[i].long_only)
            judge(&families[i], 1);
        judge(&families[i], 1460);
    }
}

int main(int argc, char **argv)
{
    bool all = argc > 1 && strcmp(argv[1], "--long") == 0;
    const char *only = argc > 1 + all ? argv[1 + all] : NULL;
    struct mem m;
    struct suffix *list;

    mem_init(&m, 0);
    list = suffix_new(&m, NULL);
    if (!list)
        return 1;
    suffix = list;
    printf("%-42s %5s %8s %8s %8s %8s %6s %8s %8s\n", "family", "piece", "n KiB", "n ms", "2n ms", "4n ms", "worst",
           "ns/byte", "peak KiB");
    judge_all(mail_families, mail_families_n, all, only);
    judge_all(smtp_families, smtp_families_n, all, only);
    judge_all(packet_families, packet_families_n, all, only);
    suffix_free(list);
    printf("%d passed, %d failed\n", passed, failed);
    return failed || !passed;
}
