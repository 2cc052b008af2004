/* SPDX-License-Identifier: Apache-2.0 */
/* window: large reads, so that a frame costs no system call and no copy but the kernel's. */
#include "sensor/intake/window.h"

#include <stdlib.h>

#include "sensor/intake/window_pieces.h"

enum { LINE = 64, WINDOW = PIECE_BYTES + LINE };

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

/* n bytes from what is unread on. What is read next comes to a border of LINE bytes, and as much as ends at one, so that a file's places and
 * memory's go in step: some processors (AMD's Zen 3) copy four times slower to what lies up to 63 bytes behind the source within a page. */
static bool make_room(struct window *w, size_t n)
{
    size_t kept = w->n - w->at, at;
    uint8_t *p;

    if (n + LINE > w->cap) {
        p = realloc(w->p, n + LINE);
        if (!p)
            return false;
        w->p = p;
        w->cap = n + LINE;
    }
    at = -((uintptr_t)w->p + kept) % LINE;
    memmove(w->p + at, w->p + w->at, kept);
    w->at = at;
    w->n = at + kept;
    return true;
}

bool window_fill(struct window *w, size_t n)
{
    if (w->pieces)
        return window_pieces_fill(w, n);
    if (w->ended || !make_room(w, n))
        return false;
    while (window_has(w) < n) {
        size_t room = w->cap - w->n, got = compressed_read(w->in, w->p + w->n, room < LINE ? room : room - room % LINE);

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
