/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_end: FIN and RST, and what shows that they were not believed by the other side. */
#include "decoders/net/tcp_end.h"

#include "decoders/net/tcp_order.h"

/* An answer to a segment of a connection that side does not have: its ack must fit (RFC 9293
 * 3.10.7.3). */
static bool refuses(const struct tcp_stream *s, int side, const struct packet *p)
{
    const struct tcp_stream_side *other = &s->side[!side];

    if (!other->begun)
        return true; /* nothing else is known of this connection */
    return (p->flags & TCP_ACK) && seq_diff(p->ack, tcp_reach(other)) <= 0 &&
           seq_diff(p->ack, other->next) >= (other->delivered ? 0 : -1);
}

/*
 * RFC 5961 3.2: hosts believe an RST at exactly the next byte they expect. That lies between the
 * last byte they acknowledged and the last one we saw; one beyond that waits for what is missing
 * in front of it.
 */
static bool is_in_place(const struct tcp_stream_side *me, uint32_t seq)
{
    uint32_t low = me->next;

    if (me->acks_seen && seq_diff(me->acked, low) < 0)
        low = me->acked;
    return me->begun && seq_diff(seq, low) >= 0 && seq_diff(seq, me->next) <= LIMIT_TCP_WINDOW;
}

enum tcp_use tcp_take_reset(struct tcp_stream *s, int side, const struct packet *p)
{
    struct tcp_stream_side *me = &s->side[side];

    if (!is_in_place(me, p->seq)) {
        if (me->seen || !refuses(s, side, p))
            return TCP_USE_IGNORED;
        me->begun = true;
        me->next = p->seq;
    }
    me->seen = true;
    me->rst_seen = me->rst_last = true;
    me->rst = p->seq;
    return TCP_USE_NEW;
}

void tcp_sender_is_alive(struct tcp_stream *s, int side)
{
    struct tcp_stream_side *me = &s->side[side];

    if (!me->rst_seen)
        return;
    me->rst_seen = false;
    if (s->end == TCP_END_RST && !s->side[!side].rst_seen)
        s->end = s->side[0].ended && s->side[1].ended ? TCP_END_FIN : TCP_END_NONE;
    tcp_raise(s, ANOMALY_TCP_BAD_RESET);
}

enum tcp_use tcp_take_fin(struct tcp_stream_side *me, const struct packet *p)
{
    uint32_t at = p->seq + !!(p->flags & TCP_SYN) + p->payload_wire;
    int32_t ahead = seq_diff(at, me->next);

    if (me->fin_seen && !me->fin_presumed)
        return at == me->fin ? TCP_USE_RETRANSMITTED : TCP_USE_IGNORED;
    if (ahead < 0 || ahead > LIMIT_TCP_WINDOW)
        return TCP_USE_IGNORED;
    me->fin_seen = true;
    me->fin_presumed = false;
    me->fin = at;
    me->fin_ack = p->ack;
    return TCP_USE_NEW;
}

static bool fin_was_taken(const struct tcp_stream_side *me)
{
    return me->ended || (me->acks_seen && seq_diff(me->acked, me->fin) > 0);
}

bool tcp_cut_at_end(struct tcp_stream *s, int side, struct tcp_piece *piece)
{
    struct tcp_stream_side *me = &s->side[side];
    uint32_t end = piece->seq + piece->wire;

    if (me->rst_seen && seq_diff(end, me->rst) > 0)
        tcp_sender_is_alive(s, side);
    if (!me->fin_seen || seq_diff(end, me->fin) <= 0)
        return true;
    if (me->fin_presumed && !me->ended) { /* so it was a byte */
        me->fin_seen = me->fin_presumed = false;
        return true;
    }
    if (seq_diff(piece->seq, me->fin) > 0 || fin_was_taken(me)) {
        if (seq_diff(piece->seq, me->fin) >= 0)
            return false;
        piece->wire = me->fin - piece->seq;
        piece->bytes = span_head(piece->bytes, piece->wire);
        return true;
    }
    me->fin_seen = false;
    tcp_raise(s, ANOMALY_TCP_BAD_RESET);
    return true;
}
