/* SPDX-License-Identifier: Apache-2.0 */
/* window: large reads, so that a frame costs no system call and no copy but the kernel's. */
#include "sensor/intake/window.h"

#include <stdlib.h>

/* A quarter of a second-level cache: what is read is still there when it is parsed, and so are the flows. */
enum { WINDOW = 128 * 1024 };

bool window_open(struct window *w, struct compressed *in)
{
    *w = (struct window){.in = in, .p = malloc(WINDOW), .cap = WINDOW};
    return w->p != NULL;
}

void window_close(struct window *w)
{
    compressed_close(w->in);
    free(w->p);
    *w = (struct window){0};
}

static bool make_room(struct window *w, size_t n)
{
    uint8_t *p;

    if (w->at) {
        memmove(w->p, w->p + w->at, w->n - w->at);
        w->n -= w->at;
        w->at = 0;
    }
    if (n <= w->cap)
        return true;
    p = realloc(w->p, n);
    if (!p)
        return false;
    w->p = p;
    w->cap = n;
    return true;
}

bool window_fill(struct window *w, size_t n)
{
    if (w->ended || !make_room(w, n))
        return false;
    while (w->n < n) {
        size_t got = compressed_read(w->in, w->p + w->n, w->cap - w->n);

        if (got == 0) {
            w->ended = true;
            return false;
        }
        w->n += got;
    }
    return true;
}

bool window_skip(struct window *w, uint64_t n)
{
    while (n) {
        size_t have = window_has(w);

        if (have == 0 && !window_fill(w, 1))
            return false;
        have = window_has(w);
        if (have > n)
            have = (size_t)n;
        w->at += have;
        n -= have;
    }
    return true;
}
