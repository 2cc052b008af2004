/* SPDX-License-Identifier: Apache-2.0 */
/* split: runs a case whole, byte by byte, at every cut, and with its last byte before an unreadable page. */
#ifndef MXTAP_TESTS_SPLIT_H
#define MXTAP_TESTS_SPLIT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "decoders/base/bytes.h"

/* Feeds in[0..n) to a fresh decoder in pieces that end where cuts says (cut 0: whole; SPLIT_EACH:
 * byte by byte; else two pieces) and returns what came out as malloc'ed text. push is called by feed. */
typedef char *(*split_run)(void *ctx, struct span input, size_t cut);
enum { SPLIT_WHOLE = 0 };
#define SPLIT_EACH ((size_t)-1)

/* The next piece of input for the given cut: *at moves on; n 0 at the end. */
static inline struct span split_next(struct span input, size_t cut, size_t *at)
{
    size_t left = input.n - *at, n = left;
    struct span piece;

    if (cut == SPLIT_EACH && left)
        n = 1;
    else if (cut != SPLIT_WHOLE && *at < cut && cut < input.n)
        n = cut - *at;
    piece = span_of(input.p + *at, n);
    *at += n;
    return piece;
}

/* A copy of s whose end touches a page that cannot be read; *base and *size are for munmap. */
static inline struct span split_guard(struct span s, void **base, size_t *size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t room = (s.n + page - 1) / page * page;
    uint8_t *p;

    *size = room + page;
    p = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        abort();
    mprotect(p + room, page, PROT_NONE);
    if (s.n)
        memcpy(p + room - s.n, s.p, s.n);
    *base = p;
    return span_of(p + room - s.n, s.n);
}

/* How many places to cut at: most, or fewer where MXTAP_CUTS says so (a run under valgrind takes fifty times as
 * long, and looks for other faults). */
static inline size_t split_most(size_t most)
{
    const char *fewer = getenv("MXTAP_CUTS");
    size_t n = fewer ? strtoul(fewer, NULL, 10) : most;

    return n && n < most ? n : most;
}

/* Runs every split and compares with the whole run; returns the whole run's text (free it), or prints
 * the first difference and aborts. Long inputs are cut at most at 2,000 places, evenly spread. */
static inline char *split_check(const char *name, split_run run, void *ctx, struct span input)
{
    void *base;
    size_t size, step = input.n / split_most(2000) + 1;
    struct span guarded = split_guard(input, &base, &size);
    char *whole = run(ctx, guarded, SPLIT_WHOLE);

    for (size_t i = 0; i <= input.n; i += i ? step : 1) {
        size_t cut = i ? i : SPLIT_EACH;
        char *out;

        if (i == input.n && i)
            break;
        out = run(ctx, guarded, cut);
        if (strcmp(out, whole) != 0) {
            fprintf(stderr, "%s: cut %zd differs\n--- whole\n%s\n--- cut\n%s\n", name, (ssize_t)cut,
                    whole, out);
            abort();
        }
        free(out);
    }
    munmap(base, size);
    return whole;
}

#endif
