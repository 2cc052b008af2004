/* SPDX-License-Identifier: Apache-2.0 */
/* steps: the counter, and the C library's functions as the linker hands them to us (--wrap). A program that ends writes
 * its sum into the file that MXTAP_STEPS names: so tests/scaling/captures learns it of the whole mxtap. */
#include "tests/scaling/steps.h"

#ifndef MXTAP_COUNT
bool steps_counted(void)
{
    return false;
}

uint64_t steps_taken(void)
{
    return 0;
}
#else

#include <iconv.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    THREADS = 16,    /* more than mxtap has; should it have more, some share a counter and lose counts */
    AT_ONCE = 16,    /* bytes of a copy or search that are one step: what SSE2 does in one instruction */
    CONVERTING = 40, /* steps of a call of iconv, beside those of its bytes: callgrind says 300 instructions */
};

/* Each thread counts in a cache line of its own. */
static struct {
    uint64_t n;
    char rest[56];
} slots[THREADS];
static atomic_uint slots_taken;
static __thread uint64_t *mine;

static void count(uint64_t n)
{
    if (!mine)
        mine = &slots[atomic_fetch_add(&slots_taken, 1) % THREADS].n;
    *mine += n;
}

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
    count(1);
}

bool steps_counted(void)
{
    return true;
}

uint64_t steps_taken(void)
{
    uint64_t sum = 0;

    for (int i = 0; i < THREADS; i++)
        sum += slots[i].n;
    return sum;
}

__attribute__((destructor)) static void tell(void)
{
    const char *path = getenv("MXTAP_STEPS");
    FILE *out = path ? fopen(path, "w") : NULL;

    if (out) {
        fprintf(out, "%llu\n", (unsigned long long)steps_taken());
        fclose(out);
    }
}

#define REAL(type, name, ...)                                                                       \
    type __real_##name(__VA_ARGS__);                                                                \
    type __wrap_##name(__VA_ARGS__);                                                                \
    type __wrap_##name(__VA_ARGS__)

/* How far a search that found p, or nothing, went. */
static void searched(const void *s, size_t n, const void *p)
{
    count(1 + (p ? (size_t)((const char *)p - (const char *)s) : n) / AT_ONCE);
}

REAL(void *, memcpy, void *to, const void *from, size_t n)
{
    count(1 + n / AT_ONCE);
    return __real_memcpy(to, from, n);
}

REAL(void *, memmove, void *to, const void *from, size_t n)
{
    count(1 + n / AT_ONCE);
    return __real_memmove(to, from, n);
}

REAL(void *, memset, void *to, int c, size_t n)
{
    count(1 + n / AT_ONCE);
    return __real_memset(to, c, n);
}

REAL(void *, memchr, const void *s, int c, size_t n)
{
    void *p = __real_memchr(s, c, n);

    searched(s, n, p);
    return p;
}

/* Searches from the end. */
REAL(void *, memrchr, const void *s, int c, size_t n)
{
    void *p = __real_memrchr(s, c, n);

    count(1 + (p ? n - (size_t)((char *)p - (const char *)s) : n) / AT_ONCE);
    return p;
}

REAL(void *, memmem, const void *s, size_t n, const void *what, size_t k)
{
    void *p = __real_memmem(s, n, what, k);

    searched(s, n, p);
    count(k / AT_ONCE);
    return p;
}

/* Ends at the first difference: only what was looked at counts. */
REAL(int, memcmp, const void *a, const void *b, size_t n)
{
    const unsigned char *x = a, *y = b;
    size_t i = 0;

    while (i < n && x[i] == y[i])
        i++;
    count(1 + i / AT_ONCE);
    return i < n ? x[i] - y[i] : 0;
}

REAL(size_t, strlen, const char *s)
{
    size_t n = __real_strlen(s);

    count(1 + n / AT_ONCE);
    return n;
}

REAL(char *, strchr, const char *s, int c)
{
    char *p = __real_strchr(s, c);

    searched(s, p ? 0 : __real_strlen(s), p);
    return p;
}

REAL(void *, calloc, size_t n, size_t size)
{
    count(1 + n * size / AT_ONCE);
    return __real_calloc(n, size);
}

/* As if it were moved each time: whether it is hangs on the heap. */
REAL(void *, realloc, void *p, size_t n)
{
    size_t old = p ? malloc_usable_size(p) : 0;

    count(1 + (old < n ? old : n) / AT_ONCE);
    return __real_realloc(p, n);
}

REAL(size_t, iconv, iconv_t cd, char **in, size_t *in_n, char **out, size_t *out_n)
{
    size_t before = in_n ? *in_n : 0, done = __real_iconv(cd, in, in_n, out, out_n);

    count(CONVERTING + before - (in_n ? *in_n : 0));
    return done;
}
#endif
