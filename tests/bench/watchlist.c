/* SPDX-License-Identifier: Apache-2.0 */
/* watchlist bench: what a list costs a mail at 1,000 and at 1,000,000 entries, and how long such a list takes to read.
 * usage: watchlist [ENTRIES]...      CPU time; the mail has 20 links, 6 hops, none of it on the list, then all of it.
 * Its status is 1 when a look-up at the largest list costs over LIMIT times what it costs at the smallest. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "sensor/judge/watchlist.h"

/* A list of a million no longer fits the caches: up to some ten misses a mail more. By way of trying each entry it would be a
 * thousand times as much. */
enum { LINKS = 20, HOPS = 6, ROUNDS = 20000, LIMIT = 6 };

static double cpu_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The i-th entry, of every kind in turn. */
static int entry(char *to, unsigned i)
{
    switch (i % 7) {
    case 0: return sprintf(to, "%u.%u.%u.%u\tlabel %u\n", 1 + (i >> 24 & 63), i >> 16 & 255, i >> 8 & 255, i & 255, i);
    case 1: return sprintf(to, "%u.%u.%u.0/%u\n", 64 + (i >> 21 & 63), i >> 13 & 255, i >> 5 & 255, 20 + i % 9);
    case 2: return sprintf(to, "host-%u.example\n", i);
    case 3: return sprintf(to, "http://site-%u.example/path/%u?q=%u\n", i, i % 97, i);
    case 4: return sprintf(to, "user%u@mail-%u.example\n", i, i % 1009);
    case 5: return sprintf(to, "helo:relay-%u.example # label\n", i);
    default: return sprintf(to, "%08x%08x%08x%08x%08x%08x%08x%08x\n", i, ~i, i * 7, i, i, i, i, i);
    }
}

static void write_list(const char *path, unsigned n)
{
    FILE *out = fopen(path, "w");
    char line[200];

    for (unsigned i = 0; out && i < n; i++)
        fwrite(line, 1, (size_t)entry(line, i), out);
    if (!out || fclose(out) != 0) {
        perror(path);
        exit(1);
    }
}

static struct ip_addr address(const char *text)
{
    struct ip_addr a = {0};

    ip_parse(span_cstr(text), &a);
    return a;
}

static struct span kept(struct arena *a, const char *text)
{
    return arena_dup(a, span_cstr(text));
}

/* listed: what the list has, else what it nearly has. */
static void make_mail(struct record *r, struct arena *a, bool listed)
{
    static struct link links[LINKS];
    static struct received hops[HOPS];
    char text[100];

    *r = (struct record){.type = RECORD_SMTP, .helo = kept(a, listed ? "relay-5.example" : "relay-x.example"),
                         .mail_from = kept(a, "<bounce@list.test>"), .subject_key = kept(a, "a subject of usual length"),
                         .links = links, .links_n = LINKS, .hops = hops, .hops_n = HOPS};
    r->src.ip = r->client = r->origin.ip = address(listed ? "1.0.0.0" : "203.0.113.9");
    r->origin.helo = r->helo;
    r->email.from_address = kept(a, listed ? "user4@mail-4.example" : "somebody@sender.test");
    for (unsigned i = 0; i < LINKS; i++) {
        snprintf(text, sizeof(text), "http://site-%u.example/path/%u?q=%u", 7 * i + 3, (7 * i + 3) % 97, 7 * i + 3 + !listed);
        links[i].url = kept(a, text);
        snprintf(text, sizeof(text), listed ? "a.host-%u.example" : "a.b%u.host.test", 7 * i + 2);
        links[i].host = kept(a, text);
    }
    for (unsigned i = 0; i < HOPS; i++)
        hops[i].ip = address(listed ? "1.0.0.7" : "198.51.100.77");
}

static double ns_a_mail(const struct watchlist *w, bool listed, unsigned *hits)
{
    struct mem m;
    struct arena a;
    struct record r;
    double from;

    mem_init(&m, 0);
    arena_init(&a, &m, 1 << 20);
    make_mail(&r, &a, listed);
    arena_init(&r.arena, &m, 1 << 20);
    from = cpu_s();
    for (unsigned i = 0; i < ROUNDS; i++) {
        arena_reset(&r.arena);
        r.watched = NULL;
        r.watched_n = r.watched_cap = 0;
        watchlist_match(w, &r);
    }
    from = cpu_s() - from;
    *hits = r.watched_n;
    arena_free(&r.arena);
    arena_free(&a);
    return from / ROUNDS * 1e9;
}

static double measure(const char *path, unsigned n)
{
    static const struct hash_key key = {9, 10};
    struct mem m, unicode_mem;
    struct unicode_names *unicode;
    struct watchlist *w;
    char err[256];
    double read_s, none, all;
    unsigned hits, no_hits;

    write_list(path, n);
    mem_init(&m, 0);
    mem_init(&unicode_mem, 0);
    unicode = unicode_names_new(&unicode_mem);
    read_s = cpu_s();
    w = watchlist_open(&m, &key, unicode, path, err);
    read_s = cpu_s() - read_s;
    if (!w) {
        fprintf(stderr, "%s\n", err);
        exit(1);
    }
    none = ns_a_mail(w, false, &no_hits);
    all = ns_a_mail(w, true, &hits);
    printf("%9u entries: read in %.2f s CPU, %.0f MB; a mail that has none %.2f us (%u hits), one that has %u: %.2f us\n",
           watchlist_count(w), read_s, (double)m.used / 1e6, none / 1000, no_hits, hits, all / 1000);
    watchlist_close(w);
    unicode_names_free(unicode);
    return none;
}

int main(int argc, char **argv)
{
    char path[] = "/tmp/mxtap-watchlist-XXXXXX";
    double first = 0, last = 0;

    close(mkstemp(path));
    for (int i = 1; i < argc; i++) {
        last = measure(path, (unsigned)strtoul(argv[i], NULL, 10));
        first = i == 1 ? last : first;
    }
    unlink(path);
    if (first > 0)
        printf("bench: watchlist look-ups of a mail, largest over smallest list: %.1f (bar %d)%s\n", last / first, LIMIT,
               last > LIMIT * first ? " OVER" : "");
    return last > LIMIT * first;
}
