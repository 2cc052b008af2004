/* SPDX-License-Identifier: Apache-2.0 */
/* scaling: each hostile family at n, 2n and 4n bytes, in pieces of 1 and 1,460 bytes: work per doubling under its
 * bar, little of it a byte, memory within its caps. Work is CPU time, or steps in a build that counts them: those are
 * the same on a busy machine, so they are what `make test` looks at. Prints a table and `N passed, N failed`. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/scaling/families.h"
#include "tests/scaling/planted.h"
#include "tests/scaling/steps.h"

#define CONNECTION (256 * 1024) /* what a connection may need beside its caps */

struct bars {
    const char *unit;
    double ratio;    /* of work, from one number of bytes to twice as many */
    double per_byte; /* more is a way to stop the sensor */
    double least;    /* a run of less work tells nothing: n grows */
    double shown;    /* of them are one in the table */
    int tries;
};

static const struct bars cpu = {"ms", 2.3, 1e-6, 0.004, 1e-3, 7}; /* seconds; a byte: 8 Mbit/s */
static const struct bars steps = {"Ksteps", 2.15, 2000, 5e5, 1e3, 1}; /* a byte: about that microsecond */

enum { FURTHER = 2 };

struct result {
    double work[3]; /* least of the tries, at n, 2n, 4n */
    size_t peak;
    uint64_t n;
};

static const struct bars *bars;
static const struct suffix *suffix;
static int passed, failed;

static double now(void)
{
    struct timespec t;

    if (bars == &steps)
        return (double)steps_taken();
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

/* Of time, the worse doubling. Steps have no noise: there it is what the second doubling adds, against what the first
 * one did, which a start of any cost does not hide. Linear work has 2 and quadratic 4, either way. */
static double worst(const struct result *r)
{
    double a = r->work[1] / r->work[0], b = r->work[2] / r->work[1], first = r->work[1] - r->work[0];

    if (bars == &steps)
        return (r->work[2] - r->work[1]) / (first > 1 ? first : 1);
    return a > b ? a : b;
}

static double per_byte(const struct result *r)
{
    return r->work[2] / (double)(4 * r->n);
}

static bool is_good(const struct result *r)
{
    return worst(r) < bars->ratio && per_byte(r) < bars->per_byte;
}

/* Other programs run too: a bad ratio of time is only believed when it is there each time. */
static void measure_at(const struct family *x, size_t piece, struct result *r)
{
    for (int try = 0; try < bars->tries; try++) {
        for (int i = 0; i < 3; i++) {
            double work = run_once(x, piece, r->n << i, &r->peak);

            if (!try || work < r->work[i])
                r->work[i] = work;
        }
        if (try && is_good(r))
            break;
    }
}

/* Where a cap is reached between n and 4n the decoder does something else from there on, once: a bad ratio is only
 * believed when it is there beyond it, too. What is quadratic is so at each n. */
static void measure(const struct family *x, size_t piece, int further, struct result *r)
{
    r->n = x->least ? x->least : piece == 1 ? 32768 : 131072;
    while (!x->long_only && run_once(x, piece, r->n, &r->peak) < bars->least && r->n < (1 << 23))
        r->n *= 2;
    measure_at(x, piece, r);
    for (int i = 0; i < further && !is_good(r); i++) {
        r->n *= 2;
        measure_at(x, piece, r);
    }
}

/* What is wrong with it, or nothing; prints the row. */
static const char *verdict(const struct family *x, size_t piece, int further)
{
    struct result r = {0};
    size_t bar = CONNECTION + LIMIT_RECORD_BYTES + LIMIT_SMTP_ENVELOPE + x->caps;
    const char *fault = "";

    measure(x, piece, further, &r);
    if (worst(&r) >= bars->ratio)
        fault = "NOT LINEAR";
    else if (per_byte(&r) >= bars->per_byte)
        fault = "SLOW";
    else if (r.peak > bar)
        fault = "MEMORY";
    printf("%-42s %5zu %8.1f %8.2f %8.2f %8.2f %6.2f %8.1f %8zu %s\n", x->name, piece, (double)r.n / 1024,
           r.work[0] / bars->shown, r.work[1] / bars->shown, r.work[2] / bars->shown, worst(&r),
           per_byte(&r) * (bars == &cpu ? 1e9 : 1), r.peak / 1024, fault);
    fflush(stdout);
    return fault;
}

static void judge(const struct family *x, size_t piece)
{
    bool good = !*verdict(x, piece, FURTHER);

    passed += good;
    failed += !good;
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

/* Decoders that are quadratic on purpose: what finds no fault with them finds none with ours. */
static void judge_planted(void)
{
    for (unsigned i = 0; i < planted_families_n; i++) {
        bool found = strcmp(verdict(&planted_families[i], 1460, 0), "NOT LINEAR") == 0;

        if (!found)
            printf("%s: planted, and not found\n", planted_families[i].name);
        passed += found;
        failed += !found;
    }
}

int main(int argc, char **argv)
{
    bool all = argc > 1 && strcmp(argv[1], "--long") == 0;
    const char *only = argc > 1 + all ? argv[1 + all] : NULL;
    struct mem m;
    struct suffix *list;

    bars = steps_counted() ? &steps : &cpu;
    mem_init(&m, 0);
    list = suffix_new(&m, NULL, &(struct hash_key){1, 2});
    if (!list)
        return 1;
    suffix = list;
    printf("%-42s %5s %8s %8s %8s %8s %6s %8s %8s  (%s)\n", "family", "piece", "n KiB", "n", "2n", "4n", "worst",
           bars == &cpu ? "ns/byte" : "per byte", "peak KiB", bars->unit);
    judge_all(mail_families, mail_families_n, all, only);
    judge_all(smtp_families, smtp_families_n, all, only);
    judge_all(packet_families, packet_families_n, all, only);
    if (!only)
        judge_planted();
    suffix_free(list);
    printf("%d passed, %d failed\n", passed, failed);
    return failed || !passed;
}
