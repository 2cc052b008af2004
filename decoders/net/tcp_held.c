/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_held: the list of segments that wait; the first copy of a byte stays. */
#include "decoders/net/tcp_held.h"

#include "decoders/net/tcp_order.h"

void tcp_piece_cut(struct tcp_piece *piece, uint32_t n)
{
    piece->seq += n;
    piece->wire -= n;
    piece->bytes = span_from(piece->bytes, n);
}

static uint32_t held_end(const struct tcp_held *h)
{
    return h->seq + h->wire;
}

void tcp_held_unlink(struct tcp_stream *s, struct tcp_stream_side *me, struct tcp_held *h)
{
    if (h->prev)
        h->prev->next = h->next;
    else
        me->held = h->next;
    if (h->next)
        h->next->prev = h->prev;
    else
        me->held_last = h->prev;
    me->held_bytes -= h->n;
    me->held_segments--;
    s->stats->held_bytes -= h->n;
}

void tcp_held_release(struct tcp_stream *s, struct tcp_held *h)
{
    explicit_bzero(h->bytes, h->n); /* a password may have come out of order */
    mem_free(s->mem, h, sizeof(*h) + h->n);
}

/* A copy of piece's first wire bytes in front of at (NULL: at the end). */
static bool insert_before(struct tcp_stream *s, struct tcp_stream_side *me, struct tcp_held *at,
                          const struct tcp_piece *piece, uint32_t wire)
{
    struct span bytes = span_head(piece->bytes, wire);
    struct tcp_held *h = mem_resize(s->mem, NULL, 0, sizeof(*h) + bytes.n);

    if (!h)
        return false;
    *h = (struct tcp_held){.next = at, .prev = at ? at->prev : me->held_last, .seq = piece->seq,
                           .wire = wire, .ack = piece->ack, .acks = piece->acks,
                           .n = (uint32_t)bytes.n};
    if (bytes.n)
        memcpy(h->bytes, bytes.p, bytes.n);
    if (h->prev)
        h->prev->next = h;
    else
        me->held = h;
    if (at)
        at->prev = h;
    else
        me->held_last = h;
    me->held_bytes += h->n;
    me->held_segments++;
    s->stats->held_bytes += h->n;
    return true;
}

/* The first segment that ends behind seq. Segments come mostly in order, so the search starts at
 * the end. */
static struct tcp_held *first_behind(const struct tcp_stream_side *me, uint32_t seq)
{
    struct tcp_held *h = me->held_last, *found = NULL;

    if (me->held && seq_diff(held_end(me->held), seq) > 0)
        return me->held;
    for (; h && seq_diff(held_end(h), seq) > 0; h = h->prev)
        found = h;
    return found;
}

/* Do the captured bytes that both have agree? piece does not begin before h. */
static bool same_bytes(const struct tcp_held *h, const struct tcp_piece *piece)
{
    struct span old = span_from(span_of(h->bytes, h->n), piece->seq - h->seq);
    size_t n = old.n < piece->bytes.n ? old.n : piece->bytes.n;

    return !n || memcmp(old.p, piece->bytes.p, n) == 0;
}

/* h as up to three: n bytes from the from-th on acknowledge ack, the others what h does. Where memory
 * is refused h stays as it is. */
static void cut_out(struct tcp_stream *s, struct tcp_stream_side *me, struct tcp_held *h, uint32_t from,
                    uint32_t n, uint32_t ack)
{
    struct tcp_piece rest = {.seq = h->seq, .wire = h->wire, .acks = true, .bytes = span_of(h->bytes, h->n)};
    const uint32_t sizes[] = {from, n, h->wire - from - n};

    for (int i = 0; i < 3; i++) {
        rest.ack = i == 1 ? ack : h->ack;
        if (sizes[i] && !insert_before(s, me, h, &rest, sizes[i]))
            break;
        tcp_piece_cut(&rest, sizes[i]);
    }
    while (rest.wire && h->prev && seq_diff(h->prev->seq, h->seq) >= 0) {
        struct tcp_held *made = h->prev;

        tcp_held_unlink(s, me, made);
        tcp_held_release(s, made);
    }
    if (rest.wire)
        return;
    tcp_held_unlink(s, me, h);
    tcp_held_release(s, h);
}

/* Another copy of n bytes of h: they were sent when the earlier of the two was, and so wait for no
 * more. (Sent again and seen first, a command would wait for its own answer.) */
static void note_earlier(struct tcp_stream *s, struct tcp_stream_side *me, struct tcp_held *h,
                         const struct tcp_piece *piece, uint32_t n)
{
    if (!piece->acks || !h->acks || seq_diff(piece->ack, h->ack) >= 0)
        return;
    if (n == h->wire)
        h->ack = piece->ack;
    else
        cut_out(s, me, h, piece->seq - h->seq, n, piece->ack);
}

/*
 * piece has n other bytes than h, from piece's on. The first copy stays, unless it acknowledges what
 * was never seen of the other side and the second one does not: then hosts have dropped the first
 * (RFC 9293 3.10.7.4).
 */
static void settle_copies(struct tcp_stream *s, const struct tcp_stream_side *me, struct tcp_held *h,
                          const struct tcp_piece *piece, uint32_t n)
{
    const struct tcp_stream_side *other = &s->side[me == &s->side[0]];
    uint32_t at = piece->seq - h->seq;

    if (!h->acks || !piece->acks || !other->begun || seq_diff(h->ack, tcp_reach(other)) <= 0 ||
        seq_diff(piece->ack, tcp_reach(other)) > 0)
        return;
    if (at < h->n)
        memcpy(h->bytes + at, piece->bytes.p,
               span_head(piece->bytes, n < h->n - at ? n : h->n - at).n);
}

bool tcp_held_add(struct tcp_stream *s, struct tcp_stream_side *me, struct tcp_piece piece,
                  uint32_t *added, bool *differs)
{
    struct tcp_held *at = first_behind(me, piece.seq);

    *added = 0;
    while (piece.wire) {
        int32_t room = at ? seq_diff(at->seq, piece.seq) : INT32_MAX;
        uint32_t n = room < (int32_t)piece.wire ? (uint32_t)room : piece.wire;

        if (room > 0) {
            if (!insert_before(s, me, at, &piece, n))
                return false;
            *added += n;
        } else {
            struct tcp_held *next = at->next;

            n = held_end(at) - piece.seq;
            n = n < piece.wire ? n : piece.wire;
            if (!same_bytes(at, &piece)) {
                *differs = true;
                settle_copies(s, me, at, &piece, n);
            }
            note_earlier(s, me, at, &piece, n);
            at = next;
        }
        tcp_piece_cut(&piece, n);
    }
    return true;
}
