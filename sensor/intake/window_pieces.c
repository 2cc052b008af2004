/* SPDX-License-Identifier: Apache-2.0 */
/* window_pieces: the window lies on a piece itself; what reaches over its end is put together in a room of its own. */
#include "sensor/intake/window_pieces.h"

#include <stdlib.h>

struct window_pieces {
    struct pieces *pieces;
    uint64_t number, place; /* of the next piece; where in the file it begins */
    struct piece *held;     /* the one at hand; NULL: it is in own */
    uint8_t *bytes;         /* of the piece at hand */
    size_t n, given;        /* given: so many of its bytes are in the window, or were */
    bool last;              /* no piece comes behind it */
    uint8_t *room;          /* for what lies across pieces; NULL: not yet */
    size_t cap;
    uint8_t own[PIECE_BYTES]; /* last: few touch it */
};

struct window_pieces *window_pieces_new(struct pieces *p, uint64_t number)
{
    struct window_pieces *s = malloc(sizeof(*s));

    if (!s)
        return NULL;
    memset(s, 0, offsetof(struct window_pieces, own));
    s->pieces = p;
    s->number = number;
    return s;
}

void window_pieces_free(struct window_pieces *s)
{
    if (!s)
        return;
    piece_leave(s->held);
    free(s->room);
    free(s);
}

/* All its lines at once, as the kernel's copy would have brought them: one by one, on the way from frame to frame, each would be waited for. */
static void fetch(const uint8_t *p, size_t n)
{
    enum { LINE = 64 };

    for (size_t i = 0; i < n; i += LINE)
        (void)*(const volatile uint8_t *)(p + i);
}

/* Others hear of it only what is sound: each says himself what is wrong with the file. */
static size_t read_piece(struct window_pieces *s, struct compressed *in)
{
    size_t n = compressed_read_at(in, s->bytes, PIECE_BYTES, s->place);

    if (s->held && !compressed_damage(in) && !compressed_interrupted(in))
        piece_tell(s->held, n);
    return n;
}

/* The next piece comes to hand. False: there is none. */
static bool next_piece(struct window_pieces *s, struct compressed *in)
{
    bool fresh = true;

    piece_leave(s->held);
    s->held = NULL;
    s->n = s->given = 0;
    if (s->last)
        return false;
    s->held = pieces_ask(s->pieces, s->number, &fresh);
    s->bytes = s->held ? piece_bytes(s->held) : s->own;
    if (fresh) {
        s->n = read_piece(s, in);
    } else {
        s->n = piece_size(s->held);
        fetch(s->bytes, s->n);
    }
    s->number++;
    s->place += s->n;
    s->last = s->n < PIECE_BYTES;
    return s->n > 0;
}

static bool at_hand(struct window_pieces *s, struct compressed *in)
{
    return s->given < s->n || next_piece(s, in);
}

/* What is unread moves to the room, where n bytes fit. False without memory. */
static bool to_room(struct window *w, size_t n)
{
    struct window_pieces *s = w->pieces;
    size_t has = window_has(w);
    uint8_t *to = n <= s->cap ? s->room : malloc(n);

    if (!to)
        return false;
    memmove(to, w->p + w->at, has);
    if (to != s->room) {
        free(s->room);
        s->room = to;
        s->cap = n;
    }
    w->p = to;
    w->at = 0;
    w->n = has;
    return true;
}

static bool put_together(struct window *w, size_t n)
{
    struct window_pieces *s = w->pieces;

    if (!to_room(w, n))
        return false;
    while (w->n < n) {
        size_t more = n - w->n;

        if (!at_hand(s, w->in)) {
            w->ended = true;
            return false;
        }
        if (more > s->n - s->given)
            more = s->n - s->given;
        memcpy(w->p + w->n, s->bytes + s->given, more);
        w->n += more;
        s->given += more;
    }
    return true;
}

bool window_pieces_fill(struct window *w, size_t n)
{
    struct window_pieces *s = w->pieces;

    if (w->ended)
        return false;
    if (window_has(w) == 0) {
        w->ended = !at_hand(s, w->in);
        if (w->ended)
            return false;
        w->p = s->bytes;
        w->at = s->given;
        w->n = s->given = s->n;
    }
    return window_has(w) >= n || put_together(w, n);
}

uint64_t window_pieces_taken(const struct window_pieces *s)
{
    return s->place;
}
