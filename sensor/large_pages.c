/* SPDX-License-Identifier: Apache-2.0 */
/* large_pages: a page of 2 MB is given where all of it belongs to the heap when it is first touched: so the heap grows by more than it
 * needs. */
#include "sensor/large_pages.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    PAGE = 2 << 20,
    GROW = 16 << 20,
    MMAP_FROM = 4 << 20, /* blocks of their own: what is set by hand no longer follows what is freed, as it does by default */
    TRIM_FROM = 32 << 20,
    HEADERS = 128 /* more than malloc writes around a block, and around what is behind it */
};

static uintptr_t end; /* of the heap, as far as it was asked for in large pages */
static void *_Atomic spent;   /* the last of the blocks that are only there to be in the way; each begins with the one before */

static void spend(size_t n)
{
    void **block = malloc(n < sizeof(*block) ? sizeof(*block) : n);

    if (block)
        *block = atomic_exchange(&spent, block);
}

/* Without them all goes on as it did. */
static void ask(uintptr_t from, uintptr_t to)
{
    from = (from + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
    if (to > from)
        madvise((void *)from, to - from, MADV_HUGEPAGE);
}

void large_pages_go_on(void)
{
    uintptr_t now = (uintptr_t)sbrk(0);

    ask(end, now);
    end = now;
}

/*
 * malloc writes to what it grows by before we can ask, and where a small page was touched no large one is given. So the heap goes on at a
 * border, and both touches are in the one page that is spent: address space, 8 KB of it in use.
 */
void large_pages_open(void)
{
    size_t over = (uintptr_t)sbrk(0) % PAGE;

    mallopt(M_MMAP_THRESHOLD, MMAP_FROM);
    mallopt(M_TRIM_THRESHOLD, TRIM_FROM);
    mallopt(M_TOP_PAD, GROW);
    if (over)
        sbrk((intptr_t)(PAGE - over));
    end = (uintptr_t)sbrk(0);
    spend(PAGE - HEADERS);
    large_pages_go_on();
}

/* A thread's part begins with as much as it would grow by. What is there before the first border is spent as above. */
void large_pages_thread(void)
{
    void *volatile first = malloc(1);
    uintptr_t border = ((uintptr_t)first + HEADERS + PAGE) & ~(uintptr_t)(PAGE - 1);

    spend(border - (uintptr_t)first - HEADERS);
    ask(border, border + GROW - PAGE);
    free(first);
}
