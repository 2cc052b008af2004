/* SPDX-License-Identifier: Apache-2.0 */
/* window: large reads, so that a frame costs no system call and no copy but the kernel's. */
#include "sensor/intake/window.h"

#include <stdlib.h>

#include "sensor/intake/window_pieces.h"

enum { WINDOW = PIECE_BYTES };

bool window_open(struct window *w, struct compressed *in)
{
    *w = (struct window){.in = in, .p = malloc(WINDOW), .cap = WINDOW};
    return w->p != NULL;
}

bool window_open_pieces(struct window *w, struct compressed *in, struct pieces *p, uint64_t number)
{
    *w = (struct window){.in = in, .pieces = window_pieces_new(p, number)};
    return w->pieces != NULL;
}

void window_close(struct window *w)
{
    compressed_close(w->in);
    if (!w->pieces)
        free(w->p);
    window_pieces_free(w->pieces);
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
    if (w->pieces)
        return window_pieces_fill(w, n);
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

uint64_t window_taken(const struct window *w)
{
    return w->pieces ? window_pieces_taken(w->pieces) : compressed_taken(w->in);
}
