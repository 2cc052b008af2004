/* SPDX-License-Identifier: Apache-2.0 */
/* pieces: a ring; who has which of them is one number each, so that nobody needs a lock. */
#define _GNU_SOURCE
#include "sensor/intake/pieces.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { PIECES = PIECES_BYTES / PIECE_BYTES, PAGE = 2 << 20, LINE = 64 };

/* Of a piece's state: whoever has it, counted; its bytes are there; above, its number plus one. */
enum { USER = 1, USERS = 0x7fff, TOLD = 0x8000, NUMBER = 16 };

/* Invariant: bytes and n are written only between state's change to a number without TOLD, by the one user that has it then, and TOLD. */
struct piece {
    _Alignas(LINE) _Atomic uint64_t state;
    size_t n;
    uint8_t *bytes;
};

struct pieces {
    struct piece piece[PIECES];
    void *map;
};

struct pieces *pieces_new(void)
{
    struct pieces *p = aligned_alloc(LINE, sizeof(*p));
    uint8_t *bytes;

    if (!p)
        return NULL;
    p->map = mmap(NULL, PIECES_BYTES + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p->map == MAP_FAILED) {
        free(p);
        return NULL;
    }
    bytes = (uint8_t *)(((uintptr_t)p->map + PAGE - 1) & ~(uintptr_t)(PAGE - 1));
    madvise(bytes, PIECES_BYTES, MADV_HUGEPAGE);
    for (unsigned i = 0; i < PIECES; i++)
        p->piece[i] = (struct piece){.bytes = bytes + (size_t)i * PIECE_BYTES};
    return p;
}

void pieces_free(struct pieces *p)
{
    if (!p)
        return;
    munmap(p->map, PIECES_BYTES + PAGE);
    free(p);
}

/* From a state that was seen to the next one. False: it is another one meanwhile, *seen. */
static bool change(struct piece *x, uint64_t *seen, uint64_t to)
{
    return atomic_compare_exchange_weak_explicit(&x->state, seen, to, memory_order_acquire, memory_order_relaxed);
}

struct piece *pieces_ask(struct pieces *p, uint64_t number, bool *fresh)
{
    struct piece *x = &p->piece[number % PIECES];
    uint64_t state = atomic_load_explicit(&x->state, memory_order_relaxed), own = (number + 1) << NUMBER;

    for (;;) {
        if (state >> NUMBER == number + 1 && state & TOLD) {
            *fresh = false;
            if (change(x, &state, state + USER))
                return x;
        } else if (state >> NUMBER <= number && !(state & USERS)) {
            *fresh = true;
            if (change(x, &state, own + USER))
                return x;
        } else {
            return NULL;
        }
    }
}

uint8_t *piece_bytes(const struct piece *x)
{
    return x->bytes;
}

void piece_tell(struct piece *x, size_t n)
{
    x->n = n;
    atomic_fetch_or_explicit(&x->state, TOLD, memory_order_release);
}

size_t piece_size(const struct piece *x)
{
    return x->n;
}

void piece_leave(struct piece *x)
{
    if (x)
        atomic_fetch_sub_explicit(&x->state, USER, memory_order_release);
}
