/* SPDX-License-Identifier: Apache-2.0 */
/* refuse: mxtap's own allocations, counted; one of them, or all from one on, are refused. Linked with --wrap, so
 * libraries keep theirs. */
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);

static atomic_ulong asked;
static unsigned long refused_from, refused_to; /* 0: none */

/* MXTAP_REFUSE=N: the N-th alone; N+: it and all after it. Not set: they are counted. */
__attribute__((constructor)) static void begin(void)
{
    const char *s = getenv("MXTAP_REFUSE");
    char *end;

    if (!s)
        return;
    refused_from = strtoul(s, &end, 10);
    refused_to = *end == '+' ? (unsigned long)-1 : refused_from;
}

__attribute__((destructor)) static void tell(void)
{
    if (!refused_from)
        fprintf(stderr, "allocations: %lu\n", (unsigned long)asked);
}

static bool allowed(void)
{
    unsigned long n = atomic_fetch_add(&asked, 1) + 1;

    if (!refused_from || n < refused_from || n > refused_to)
        return true;
    errno = ENOMEM;
    return false;
}

void *__wrap_malloc(size_t n)
{
    return allowed() ? __real_malloc(n) : NULL;
}

void *__wrap_calloc(size_t n, size_t size)
{
    return allowed() ? __real_calloc(n, size) : NULL;
}

void *__wrap_realloc(void *p, size_t n)
{
    return allowed() ? __real_realloc(p, n) : NULL;
}

char *__wrap_strdup(const char *s)
{
    size_t n = strlen(s) + 1;
    char *p = __wrap_malloc(n);

    return p ? memcpy(p, s, n) : NULL;
}
