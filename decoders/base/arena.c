/* SPDX-License-Identifier: Apache-2.0 */
/* arena: blocks in a list, the current one at hand; what is asked of it is little and often. */
#include <stdalign.h>

#include "decoders/base/bytes.h"

struct arena_block {
    struct arena_block *next;
    size_t size; /* of data, bytes */
    alignas(max_align_t) uint8_t data[];
};

/* The largest stays well under 64 KiB: from there on glibc's free tidies up its whole heap each time. */
enum { ARENA_FIRST = 1024 - sizeof(struct arena_block), ARENA_LARGEST = 32768, ARENA_KEPT = 31 * 1024 };

void arena_init(struct arena *a, struct mem *m, size_t max)
{
    *a = (struct arena){.mem = m, .max = max};
}

static size_t block_bytes(const struct arena_block *b)
{
    return sizeof(*b) + b->size;
}

static void arena_free_from(struct arena *a, struct arena_block *b)
{
    while (b) {
        struct arena_block *next = b->next;

        a->held -= block_bytes(b);
        mem_free(a->mem, b, block_bytes(b));
        b = next;
    }
}

/* The block after it lies cold: it is on its way until it is needed. Of the first one nothing is read: it is as cold. */
static inline void arena_enter(struct arena *a, struct arena_block *b, size_t size, struct arena_block *next)
{
    a->current = b;
    a->at = b->data;
    a->end = b->data + size;
    __builtin_prefetch(next, 1);
}

/* next, or NULL, follows b. */
static void arena_link(struct arena *a, struct arena_block *b, struct arena_block *next)
{
    b->next = next;
    if (b == a->first)
        a->second = next;
}

/* A block that arena_rewind kept: the first, which stays even where it is too small, or the one behind the current one. False: there is
 * none that is large enough, and none behind the current one any more. */
static bool arena_again(struct arena *a, size_t need)
{
    struct arena_block *next;

    if (!a->current && a->first) {
        arena_enter(a, a->first, a->first_size, a->second);
        if (a->first_size >= need)
            return true;
    }
    next = a->current ? a->current->next : NULL;
    if (!next)
        return false;
    if (next->size >= need) {
        arena_enter(a, next, next->size, next->next);
        return true;
    }
    arena_free_from(a, next);
    arena_link(a, a->current, NULL);
    return false;
}

static void arena_begin(struct arena *a, struct arena_block *b)
{
    a->first = b;
    a->first_size = b->size;
}

/* Blocks double up to ARENA_LARGEST, so a small mail takes one and a large one few. */
static bool arena_grow(struct arena *a, size_t need)
{
    struct arena_block *b;
    size_t size;

    if (arena_again(a, need))
        return true;
    size = a->current ? a->current->size * 2 : ARENA_FIRST;
    if (size > ARENA_LARGEST)
        size = ARENA_LARGEST;
    if (size < need)
        size = need;
    b = mem_resize(a->mem, NULL, 0, sizeof(*b) + size);
    if (!b)
        return false;
    b->next = NULL;
    b->size = size;
    a->held += block_bytes(b);
    if (a->current)
        arena_link(a, a->current, b);
    else
        arena_begin(a, b);
    arena_enter(a, b, size, NULL);
    return true;
}

/* n made a multiple of every type's alignment; less than n where there is none. */
static inline size_t arena_rounded(size_t n)
{
    return (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

/* The same; 0: the arena has no room for it. */
static inline size_t arena_room(struct arena *a, size_t n)
{
    size_t need = arena_rounded(n);

    if (need >= n && need <= a->max - a->used - a->aside)
        return need;
    a->refused = true;
    return 0;
}

static inline uint8_t *arena_take(struct arena *a, size_t need)
{
    uint8_t *p = a->at;

    a->at += need;
    a->used += need;
    return p;
}

/* n bytes of the current block; NULL: it has less, or the arena. */
static inline uint8_t *arena_at_hand(struct arena *a, size_t n)
{
    size_t need = arena_rounded(n);

    if (need < n || need > a->max - a->used - a->aside || need >= (size_t)(a->end - a->at)) /* of n 0, too, the first has a block */
        return NULL;
    return arena_take(a, need);
}

/* The same of the next block. Not inlined, lest each request saves registers for it. */
static __attribute__((noinline)) uint8_t *arena_next(struct arena *a, size_t n)
{
    size_t need = arena_room(a, n);

    if (need < n)
        return NULL;
    if (!arena_grow(a, need)) {
        a->refused = true;
        return NULL;
    }
    return arena_take(a, need);
}

void *arena_alloc(struct arena *a, size_t n)
{
    uint8_t *p = arena_at_hand(a, n);

    return p ? p : arena_next(a, n);
}

bool arena_set_aside(struct arena *a, size_t n)
{
    size_t need = arena_room(a, n);

    a->aside += need;
    return need >= n;
}

void *arena_take_aside(struct arena *a, size_t n)
{
    a->aside = 0;
    return arena_alloc(a, n);
}

void *arena_zalloc(struct arena *a, size_t n)
{
    void *p = arena_alloc(a, n);

    if (p)
        memset(p, 0, n);
    return p;
}

/* Likewise apart. */
static __attribute__((noinline)) struct span dup_to_next(struct arena *a, struct span s)
{
    uint8_t *p = arena_next(a, s.n ? s.n : 1);

    if (!p)
        return (struct span){NULL, 0};
    bytes_copy(p, s.p, s.n);
    return span_of(p, s.n);
}

struct span arena_dup(struct arena *a, struct span s)
{
    uint8_t *p;

    if (!s.p)
        return s;
    p = arena_at_hand(a, s.n ? s.n : 1);
    if (!p)
        return dup_to_next(a, s);
    bytes_copy(p, s.p, s.n);
    return span_of(p, s.n);
}

struct span arena_dup_lower(struct arena *a, struct span s)
{
    uint8_t *p = s.p ? arena_alloc(a, s.n ? s.n : 1) : NULL;

    if (!p)
        return (struct span){NULL, 0};
    ascii_lower_copy(p, s.p, s.n);
    return span_of(p, s.n);
}

/* Blocks behind the first stay as far as they and it are no more than `most` bytes. Those that are kept are not looked at: they are cold. */
static void arena_begin_anew(struct arena *a, size_t most)
{
    size_t kept = 0;

    for (struct arena_block *b = a->first; b && a->held > most; b = b->next) {
        kept += block_bytes(b);
        if (b->next && kept + block_bytes(b->next) > most) {
            arena_free_from(a, b->next);
            arena_link(a, b, NULL);
        }
    }
    a->current = NULL;
    a->at = a->end = NULL;
    a->used = a->aside = 0;
    a->refused = false;
}

void arena_reset(struct arena *a)
{
    arena_begin_anew(a, 0);
}

void arena_rewind(struct arena *a)
{
    arena_begin_anew(a, ARENA_KEPT);
}

void arena_free(struct arena *a)
{
    arena_free_from(a, a->first);
    a->first = a->second = a->current = NULL;
    a->at = a->end = NULL;
    a->used = a->aside = 0;
}

void *list_add(struct list *l, struct arena *a, size_t size, uint32_t max)
{
    uint8_t *at;

    if (l->n >= max) {
        l->full = true;
        return NULL;
    }
    if (l->n == l->cap) {
        uint32_t cap = l->cap ? l->cap * 2 : 4;
        void *items = arena_alloc(a, cap * size);

        if (!items) {
            l->full = true;
            return NULL;
        }
        if (l->n)
            memcpy(items, l->items, l->n * size);
        l->items = items;
        l->cap = cap;
    }
    at = (uint8_t *)l->items + l->n++ * size;
    memset(at, 0, size);
    return at;
}
