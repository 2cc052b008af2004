/* SPDX-License-Identifier: Apache-2.0 */
/* mem: the only way a decoder gets memory; the caller hands it in, counts it and may refuse it. */
#ifndef MXTAP_BASE_MEM_H
#define MXTAP_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Invariant: used = the sum of all live blocks' sizes, blocks their number; used <= budget (0 = no budget).
 * A struct mem belongs to one thread. fail_after is for tests: when it is > 0 it counts down with
 * every request and every request from the one that reaches 0 on is refused.
 */
struct mem {
    size_t used;      /* bytes handed out now */
    size_t blocks;    /* in so many blocks */
    size_t peak;      /* the most that was ever out at once, bytes */
    size_t budget;    /* bytes; 0 = unlimited */
    uint64_t calls;   /* requests that reached the allocator: CI checks this number */
    uint64_t refused; /* requests refused by budget or by the system */
    long fail_after;
    struct mem_shelf *shelf; /* NULL: what comes back goes to the system at once */
    size_t kept;             /* bytes on the shelf */
};

void mem_init(struct mem *m, size_t budget);

/*
 * From here on, before the first request, blocks of at most 2 KB that come back are kept for who asks for such a size next, as far as
 * they are no more than `most` bytes. glibc has seven of a size at hand and looks through its whole heap for the eighth: as many as the
 * connections that end together. False, and nothing else happens, where there is no memory for it. mem_unshelve gives all of it back,
 * after the last block came back.
 */
bool mem_shelve(struct mem *m, size_t most);
void mem_unshelve(struct mem *m);

/*
 * Makes a block of new_size bytes out of p (old_size bytes; NULL and 0 for a new one); contents up to
 * the smaller size are kept. new_size 0 frees. Returns NULL when refused: p is then untouched and
 * still the caller's. The caller owns the block until it hands it back.
 */
void *mem_resize(struct mem *m, void *p, size_t old_size, size_t new_size);

/* A new zeroed block, or NULL. Freed with mem_free and the same size. */
void *mem_zalloc(struct mem *m, size_t size);
void mem_free(struct mem *m, void *p, size_t size);

/* What all of it takes of the process: used, and what an allocator adds to a block (glibc: 8 bytes, rounded up to 16), and what is kept. */
static inline size_t mem_weight(const struct mem *m)
{
    return m->used + 16 * m->blocks + m->kept;
}

#endif
