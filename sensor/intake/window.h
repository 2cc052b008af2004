/* SPDX-License-Identifier: Apache-2.0 */
/* window: a stream of bytes as one piece of memory that moves along it. */
#ifndef MXTAP_INTAKE_WINDOW_H
#define MXTAP_INTAKE_WINDOW_H

#include "decoders/base/bytes.h"
#include "sensor/intake/compressed.h"
#include "sensor/intake/pieces.h"

struct window {
    struct compressed *in;
    uint8_t *p;
    size_t at, n, cap; /* p[at..n) is unread */
    bool ended;        /* nothing comes behind n */
    struct window_pieces *pieces; /* NULL: nobody else reads the stream, and p is the window's own */
};

/* Takes the stream: window_close closes it. False when there is no memory. */
bool window_open(struct window *w, struct compressed *in);
/* The same of a plain file that others read beside it, from its beginning on (compressed_read_at). number: of its first piece. p is borrowed. */
bool window_open_pieces(struct window *w, struct compressed *in, struct pieces *p, uint64_t number);
void window_close(struct window *w);

/* Out of line: moves and reads until n bytes are there; false when the stream has fewer. */
bool window_fill(struct window *w, size_t n);

/* The next n bytes, valid until the next call with more than is there; NULL when the stream has
 * fewer. */
static inline const uint8_t *window_peek(struct window *w, size_t n)
{
    return w->n - w->at >= n || window_fill(w, n) ? w->p + w->at : NULL;
}

static inline size_t window_has(const struct window *w)
{
    return w->n - w->at;
}

/* Of what was peeked. */
static inline void window_advance(struct window *w, size_t n)
{
    w->at += n;
}

/* Any number of bytes, without keeping them; false when the stream ends before. */
bool window_skip(struct window *w, uint64_t n);

/* Bytes taken from the file itself so far. */
uint64_t window_taken(const struct window *w);

#endif
