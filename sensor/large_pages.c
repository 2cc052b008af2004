/* SPDX-License-Identifier: Apache-2.0 */
/* large_pages: a page of 2 MB is given where all of it belongs to the heap when it is first touched: so the heap grows by more than it
 * needs. */
#include "sensor/large_pages.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    PAGE = 2 << 20,
    GROW = 16 << 20,
    MMAP_FROM = 4 << 20, /* blocks of their own: what is set by hand no longer follows what is freed, as it does by default */
    TRIM_FROM = 32 << 20
};

static uintptr_t end; /* of the heap, as far as it was asked for in large pages */

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
 * border, and both touches are in the one page that `spent` takes: address space, 8 KB of it in use.
 */
void large_pages_open(void)
{
    static void *volatile spent __attribute__((unused));
    size_t over = (uintptr_t)sbrk(0) % PAGE;

    mallopt(M_MMAP_THRESHOLD, MMAP_FROM);
    mallopt(M_TRIM_THRESHOLD, TRIM_FROM);
    mallopt(M_TOP_PAD, GROW);
    if (over)
        sbrk((intptr_t)(PAGE - over));
    end = (uintptr_t)sbrk(0);
    spent = malloc(PAGE - 64);
    large_pages_go_on();
}

/* A thread's part grows by what is asked for alone: so all is asked for once, in blocks that lie one behind the other, and given back. */
void large_pages_thread(void)
{
    enum { BLOCKS = 5, SIZE = GROW / BLOCKS };
    void *volatile block[BLOCKS];
    uintptr_t from = 0, to = 0;

    for (int i = 0; i < BLOCKS; i++) {
        block[i] = malloc(SIZE);
        from = i ? from : (uintptr_t)block[i];
        to = (uintptr_t)block[i] + SIZE;
    }
    if (from && to > from && to - from < 2 * GROW)
        ask(from, to);
    for (int i = 0; i < BLOCKS; i++)
        free(block[i]);
}
