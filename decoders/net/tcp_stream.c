/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_stream: segments of one connection in any order in; ordered bytes and gaps of both sides
 * out. */
#include "decoders/net/tcp_stream.h"

#include "decoders/net/tcp_end.h"
#include "decoders/net/tcp_order.h"
#include "decoders/net/tcp_place.h"
#include "decoders/net/tcp_seen.h"

void tcp_stream_init(struct tcp_stream *s, struct mem *m, const struct tcp_stream_events *events,
                     void *ctx, struct tcp_stream_stats *stats)
{
    *s = (struct tcp_stream){.mem = m, .events = events, .ctx = ctx, .stats = stats};
}

/* The receiver has no room for h and did not acknowledge it either. A probe of one byte at the edge
 * is usual. */
static bool is_beyond_window(const struct tcp_stream *s, int side, const struct tcp_held *h)
{
    const struct tcp_stream_side *me = &s->side[side];
    bool edge_known = me->syn_seen && s->side[!side].syn_seen && me->acks_seen;

    return edge_known && seq_diff(h->seq, me->edge) > 0 && seq_diff(h->seq, me->acked) >= 0;
}

/* Beyond the cap: what lies outside of the receiver's window cannot be of use, else holes are
 * given up. */
static void keep_caps(struct tcp_stream *s, int side)
{
    struct tcp_stream_side *me = &s->side[side];
    while (me->held_bytes > LIMIT_TCP_HELD_BYTES || me->held_segments > LIMIT_TCP_HELD_SEGMENTS) {
        struct tcp_held *last = me->held_last;

        if (is_beyond_window(s, side, last)) {
            s->stats->ignored++;
            tcp_held_unlink(s, me, last);
            tcp_held_release(s, last);
        } else {
            tcp_clear_way(s, side, true, me->held->seq, me->held->ack);
        }
    }
}

/* Delivers what of piece lies at next and in front of what is held, in place; true when bytes
 * were. */
static bool deliver_front(struct tcp_stream *s, int side, struct tcp_piece *piece)
{
    struct tcp_stream_side *me = &s->side[side];
    struct tcp_piece front = *piece;

    if (piece->seq != me->next || tcp_waits(s, side, piece->acks, piece->ack))
        return false;
    if (me->held && seq_diff(me->held->seq, piece->seq) < (int32_t)piece->wire) {
        front.wire = me->held->seq - piece->seq;
        front.bytes = span_head(front.bytes, front.wire);
    }
    if (!front.wire)
        return false;
    tcp_deliver(s, side, front.wire, front.bytes);
    tcp_piece_cut(piece, front.wire);
    return true;
}

/* What is not delivered at once is held. Refused memory costs the holes in front of it, never
 * the bytes. */
static enum tcp_use take_new(struct tcp_stream *s, int side, struct tcp_piece piece)
{
    struct tcp_stream_side *me = &s->side[side];
    bool differs = false, used = false;

    for (;;) {
        int32_t ahead = seq_diff(piece.seq, me->next);
        uint32_t added = 0;
        bool held;

        if (ahead < 0)
            tcp_piece_cut(&piece, (uint32_t)-ahead < piece.wire ? (uint32_t)-ahead : piece.wire);
        used |= deliver_front(s, side, &piece);
        held = !piece.wire || tcp_held_add(s, me, piece, &added, &differs);
        if (added) {
            s->stats->out_of_order++;
            used = true;
        }
        if (held)
            break;
        tcp_clear_way(s, side, piece.acks, piece.seq, piece.ack);
    }
    if (differs)
        tcp_raise(s, ANOMALY_TCP_OVERLAP_DIFFERS);
    keep_caps(s, side);
    return used ? TCP_USE_NEW : TCP_USE_RETRANSMITTED;
}

static enum tcp_use take_bytes(struct tcp_stream *s, int side, const struct packet *p)
{
    struct tcp_stream_side *me = &s->side[side];
    struct tcp_piece piece = {.seq = p->seq + !!(p->flags & TCP_SYN), .wire = p->payload_wire,
                              .ack = p->ack, .acks = p->flags & TCP_ACK, .bytes = p->payload};
    enum tcp_use use;

    tcp_make_firm(me, &piece);
    if (seq_diff(piece.seq, me->next) > LIMIT_TCP_WINDOW)
        return tcp_take_far(s, side, &piece);
    if (seq_diff(piece.seq, me->next) < 0 && tcp_seen_differs(s, side, p))
        tcp_raise(s, ANOMALY_TCP_OVERLAP_DIFFERS);
    if (seq_diff(piece.seq + piece.wire, me->next) <= 0)
        return TCP_USE_RETRANSMITTED;
    if (!tcp_cut_at_end(s, side, &piece))
        return TCP_USE_IGNORED;
    use = take_new(s, side, piece);
    if ((p->flags & TCP_URG) && p->urgent) /* told behind the bytes: to the mail they begin */
        tcp_raise(s, ANOMALY_TCP_URGENT);
    return use;
}

static enum tcp_use better(enum tcp_use a, enum tcp_use b)
{
    return a < b ? a : b;
}

/* A segment is worth what the best of its parts is; one without any is an acknowledgement. */
static enum tcp_use take_parts(struct tcp_stream *s, int side, const struct packet *p, bool again)
{
    enum tcp_use use = TCP_USE_IGNORED;

    if (!p->payload_wire && !(p->flags & (TCP_SYN | TCP_FIN)))
        return TCP_USE_NEW;
    if (p->flags & TCP_SYN)
        use = again ? TCP_USE_RETRANSMITTED : TCP_USE_NEW;
    if (p->payload_wire)
        use = better(use, take_bytes(s, side, p));
    if (p->flags & TCP_FIN)
        use = better(use, tcp_take_fin(&s->side[side], p));
    return use;
}

/* RFC 9293 3.10.7.4: without ACK only SYN and RST mean anything; hosts drop the rest, whatever it
 * carries. */
static enum tcp_use take_segment(struct tcp_stream *s, int side, const struct packet *p)
{
    struct tcp_stream_side *me = &s->side[side];
    bool syn_again = me->syn_seen;

    if (p->flags & TCP_RST)
        return tcp_take_reset(s, side, p);
    me->rst_last = false;
    if (!(p->flags & (TCP_ACK | TCP_SYN)) || p->payload_wire > LIMIT_TCP_WINDOW)
        return TCP_USE_IGNORED;
    if ((p->flags & TCP_SYN) && !tcp_take_syn(s, side, p))
        return TCP_USE_IGNORED;
    if ((p->flags & TCP_ACK) && !tcp_take_ack(s, side, p))
        s->stats->ignored++;
    if (!me->begun)
        tcp_begin(me, p);
    me->seen = true;
    me->absent = false;
    return take_parts(s, side, p, syn_again);
}

/* The common case, in which nothing has to be asked: next in order, all that it acknowledges was
 * delivered. */
static inline bool is_plain(const struct tcp_stream *s, const struct tcp_stream_side *me, const struct tcp_stream_side *other,
                            const struct packet *p)
{
    if ((p->flags & ~TCP_PSH) != TCP_ACK || p->seq != me->next || s->waiting)
        return false;
    if (!me->firm || !me->seen || me->fin_seen || me->rst_seen || s->end != TCP_END_NONE)
        return false;
    return other->firm && other->acks_seen && seq_diff(p->ack, other->acked) >= 0 &&
           seq_diff(p->ack, tcp_reach(other)) <= 0 && p->payload_wire <= LIMIT_TCP_WINDOW;
}

static inline void take_plain(struct tcp_stream *s, int side, struct tcp_stream_side *other, const struct packet *p)
{
    tcp_grow_edge(&s->side[side], other, p);
    other->acked = p->ack;
    if (p->payload_wire)
        tcp_deliver(s, side, p->payload_wire, p->payload);
}

/* Nothing new came of it: the same frame mirrored twice, or sent twice? */
static enum tcp_use judge_old(struct tcp_stream *s, int side, const struct packet *p,
                              enum tcp_use use, uint32_t frame, int64_t ts_us)
{
    if (tcp_seen_copy(s->seen[side], p, frame, ts_us))
        return TCP_USE_COPY;
    if (use == TCP_USE_RETRANSMITTED)
        s->stats->retransmitted++;
    else if (use == TCP_USE_IGNORED)
        s->stats->ignored++;
    return use;
}

/* All that is not plain. Kept out of the way of what is. */
static __attribute__((noinline)) enum tcp_use take_any(struct tcp_stream *s, int side, const struct packet *p, int64_t ts_us)
{
    enum tcp_use use = take_segment(s, side, p);

    tcp_settle(s, ts_us);
    return use;
}

enum tcp_use tcp_stream_push(struct tcp_stream *s, int side, const struct packet *p, int64_t ts_us)
{
    struct tcp_stream_side *me = &s->side[side], *other = &s->side[side ^ 1];
    enum tcp_use use = TCP_USE_NEW;
    uint32_t frame = tcp_seen_frame(p);

    if (is_plain(s, me, other, p)) {
        take_plain(s, side, other, p);
    } else {
        use = take_any(s, side, p, ts_us);
    }
    if (use != TCP_USE_NEW || !(p->payload_wire || (p->flags & (TCP_SYN | TCP_FIN))))
        use = judge_old(s, side, p, use, frame, ts_us);
    if (use != TCP_USE_COPY)
        tcp_seen_add(me, s->seen[side], p, frame, ts_us, use == TCP_USE_RETRANSMITTED);
    return use;
}

void tcp_stream_tick(struct tcp_stream *s, int64_t ts_us)
{
    if (s->waiting)
        tcp_settle(s, ts_us);
}

void tcp_stream_finish(struct tcp_stream *s)
{
    tcp_settle_at_end(s);
    for (int side = 0; side < 2; side++)
        if (!s->side[side].seen && s->side[!side].delivered)
            tcp_raise(s, ANOMALY_TCP_ONE_SIDED);
}

void tcp_stream_free(struct tcp_stream *s)
{
    for (int side = 0; side < 2; side++) {
        struct tcp_stream_side *me = &s->side[side];

        while (me->held) {
            struct tcp_held *h = me->held;

            tcp_held_unlink(s, me, h);
            tcp_held_release(s, h);
        }
    }
}
