/* SPDX-License-Identifier: Apache-2.0 */
/* mem: malloc with a budget, a count and a shelf. */
#include "decoders/base/mem.h"

#include <stdlib.h>
#include <string.h>

void mem_init(struct mem *m, size_t budget)
{
    *m = (struct mem){.budget = budget};
}

static int mem_allows(struct mem *m, size_t more)
{
    if (m->fail_after > 0 && --m->fail_after == 0)
        m->fail_after = -1;
    if (m->fail_after < 0)
        return 0;
    return !m->budget || (more <= m->budget && m->used <= m->budget - more);
}

static bool refuses(struct mem *m, size_t more)
{
    if (mem_allows(m, more))
        return false;
    m->refused++;
    return true;
}

/* p came of the system, for so many bytes more than before; NULL: it refused. */
static void *count(struct mem *m, void *p, size_t more, bool new)
{
    if (!p) {
        m->refused++;
        return NULL;
    }
    m->calls++;
    m->blocks += new;
    m->used += more;
    if (m->used > m->peak)
        m->peak = m->used;
    return p;
}

/* --- the shelf: blocks of equal size hang in a list by their first bytes, the last that came back in front --- */

/* Sizes go up in steps as glibc's do, so that rounding up to one takes nothing: 8, 24, 40 ... */
enum { SHELVES = 128, STEP = 16, SMALLEST = 8, SHELVED = SMALLEST + (SHELVES - 1) * STEP };

struct shelved {
    struct shelved *next;
};

struct mem_shelf {
    struct shelved *first[SHELVES]; /* by size */
    size_t most;
};

/* A sanitizer is to see what is used after it was given back. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature) /* clang's word for it: the fuzzers */
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

bool mem_shelve(struct mem *m, size_t most)
{
    struct mem_shelf *shelf = SANITIZED ? NULL : calloc(1, sizeof(*shelf));

    if (!shelf)
        return false;
    shelf->most = most;
    m->shelf = shelf;
    return true;
}

void mem_unshelve(struct mem *m)
{
    for (size_t i = 0; m->shelf && i < SHELVES; i++) {
        struct shelved *next;

        for (struct shelved *x = m->shelf->first[i]; x; x = next) {
            next = x->next;
            free(x);
        }
    }
    free(m->shelf);
    m->shelf = NULL;
    m->kept = 0;
}

static inline bool is_shelved(const struct mem *m, size_t size)
{
    return m->shelf && size <= SHELVED;
}

static inline size_t shelf_of(size_t size)
{
    return (size + STEP - SMALLEST - 1) / STEP;
}

static inline size_t shelf_size(size_t n)
{
    return SMALLEST + n * STEP;
}

/* Rounded up, so that any block of a list will do. */
static void *block_new(struct mem *m, size_t size)
{
    size_t n = shelf_of(size);
    struct shelved *x;

    if (!is_shelved(m, size))
        return malloc(size);
    x = m->shelf->first[n];
    if (!x)
        return malloc(shelf_size(n));
    m->shelf->first[n] = x->next;
    m->kept -= shelf_size(n);
    return x;
}

static void block_back(struct mem *m, void *p, size_t size)
{
    size_t n = shelf_of(size);
    struct shelved *x = p;

    if (!is_shelved(m, size) || m->kept + shelf_size(n) > m->shelf->most) {
        free(p);
        return;
    }
    x->next = m->shelf->first[n];
    m->shelf->first[n] = x;
    m->kept += shelf_size(n);
}

/* As realloc. */
static void *block_resize(struct mem *m, void *p, size_t old_size, size_t new_size)
{
    void *q;

    if (!p)
        return block_new(m, new_size);
    if (!is_shelved(m, old_size) && !is_shelved(m, new_size))
        return realloc(p, new_size);
    if (is_shelved(m, old_size) && shelf_of(old_size) == shelf_of(new_size))
        return p;
    q = block_new(m, new_size);
    if (!q)
        return NULL;
    memcpy(q, p, old_size < new_size ? old_size : new_size);
    block_back(m, p, old_size);
    return q;
}

void *mem_resize(struct mem *m, void *p, size_t old_size, size_t new_size)
{
    bool first = !p;

    if (!new_size) {
        mem_free(m, p, old_size);
        return NULL;
    }
    if (new_size > old_size && refuses(m, new_size - old_size))
        return NULL;
    return count(m, block_resize(m, p, old_size, new_size), new_size - old_size, first);
}

/* Blocks that malloc has at hand for a thread are smaller; glibc's calloc (2.36) passes them by. */
enum { AT_HAND = 1024 };

/* Not inlined: of malloc and memset a compiler makes calloc. */
static __attribute__((noinline)) void *plain_block(struct mem *m, size_t size)
{
    return block_new(m, size);
}

void *mem_zalloc(struct mem *m, size_t size)
{
    bool plain = size <= AT_HAND || is_shelved(m, size);
    void *p;

    if (!size || refuses(m, size))
        return NULL;
    p = plain ? plain_block(m, size) : calloc(1, size);
    if (p && plain)
        memset(p, 0, size);
    return count(m, p, size, true);
}

void mem_free(struct mem *m, void *p, size_t size)
{
    if (!p)
        return;
    block_back(m, p, size);
    m->used -= size;
    m->blocks--;
}
