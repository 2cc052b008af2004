/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_place: where a side stands: by its SYN, by the other side's ACKs, or by a guess; and what lies
 * too far from there to be believed. */
#include "decoders/net/tcp_place.h"

#include "decoders/net/tcp_end.h"
#include "decoders/net/tcp_order.h"

/* RFC 7323 2.2: the shift of a SYN's window scale option plus 1; 0 without one. */
static uint8_t window_shift_of(struct span options)
{
    size_t i = 0;

    while (i < options.n && options.p[i] != 0) {
        if (options.p[i] == 1) {
            i++;
            continue;
        }
        if (i + 1 >= options.n || options.p[i + 1] < 2)
            break;
        if (options.p[i] == 3 && options.p[i + 1] == 3 && i + 2 < options.n)
            return (uint8_t)((options.p[i + 2] < 14 ? options.p[i + 2] : 14) + 1);
        i += options.p[i + 1];
    }
    return 0;
}

/* Both sides of the stream left our window together: the capture lost more than
 * LIMIT_TCP_WINDOW. What was held at the window's end may reach as far already: nobody goes back. */
static void follow_far(struct tcp_stream *s, int side)
{
    struct tcp_stream_side *me = &s->side[side];

    while (me->held)
        tcp_clear_way(s, side, true, me->held->seq, me->held->ack);
    if (seq_diff(me->far_next, me->next) > 0)
        tcp_skip(s, side, me->far_next);
    me->far_count = 0;
}

enum tcp_use tcp_take_far(struct tcp_stream *s, int side, const struct tcp_piece *piece)
{
    struct tcp_stream_side *me = &s->side[side];

    if (!me->far_count || piece->seq != me->far_next) {
        me->far_count = 0;
        me->far_first = piece->seq;
    }
    me->far_next = piece->seq + piece->wire;
    if (me->far_count < UINT8_MAX)
        me->far_count++;
    if (!s->side[!side].seen && me->far_count >= LIMIT_TCP_FAR_SEGMENTS)
        follow_far(s, side);
    return TCP_USE_IGNORED;
}

/* As far as the sender of p had come: bytes sent again are old, what they acknowledge is not. */
static uint32_t sent_to(const struct tcp_stream_side *me, const struct packet *p)
{
    uint32_t end = p->seq + p->payload_wire;
    uint32_t seen = me->held_last ? me->held_last->seq + me->held_last->wire : me->next;

    return me->begun && seq_diff(seen, end) > 0 ? seen : end;
}

/* The first acknowledgement of a side not seen yet says where it stands, unless its start is
 * still to come. */
static void first_ack(struct tcp_stream_side *other, const struct packet *p, bool start_unseen)
{
    other->acks_seen = true;
    other->acked = other->acked_first = p->ack;
    other->acked_by = p->seq + p->payload_wire;
    if (start_unseen) {
        other->begun = true;
        other->next = p->ack;
    }
}

/*
 * Newer bytes acknowledge less than older ones did: nobody takes an acknowledgement back, so the
 * higher one was forged (its host drops it: RFC 9293 3.10.7.4), or copied badly. What is owed
 * because of it is not owed, and a gap that it made is none, as long as nothing came behind it.
 */
static void take_back(struct tcp_stream_side *other, uint32_t ack)
{
    if (seq_diff(other->acked, tcp_reach(other)) > 0) {
        other->acked = seq_diff(ack, other->next) > 0 ? ack : other->next;
    } else if (other->next == other->gap_to && seq_diff(ack, other->gap_to) < 0) {
        other->next = seq_diff(ack, other->gap_from) > 0 ? ack : other->gap_from;
        other->acked = other->next;
        other->gap_to = other->gap_from;
    }
}

/* p's, or what was believed of a segment that waits behind it, so was sent later. */
static uint32_t newest_ack(const struct tcp_stream_side *me, const struct tcp_stream_side *other, const struct packet *p)
{
    const struct tcp_held *last = me->held_last;
    bool later = last && last->acks && seq_diff(last->seq, p->seq) > 0;

    return later && seq_diff(last->ack, p->ack) > 0 && seq_diff(last->ack, other->acked) <= 0 ? last->ack : p->ack;
}

static bool ack_is_far(struct tcp_stream *s, int side, uint32_t ack)
{
    struct tcp_stream_side *other = &s->side[!side];
    int32_t ahead = seq_diff(ack, other->begun ? other->next : other->acked);

    if (ahead <= LIMIT_TCP_WINDOW)
        return ahead < -LIMIT_TCP_WINDOW;
    if (!other->far_count || seq_diff(ack, other->far_first) <= 0 ||
        seq_diff(ack, other->far_next) > 0)
        return true;
    follow_far(s, !side);
    return false;
}

bool tcp_take_ack(struct tcp_stream *s, int side, const struct packet *p)
{
    struct tcp_stream_side *me = &s->side[side], *other = &s->side[!side];

    if (!other->begun && !other->acks_seen) {
        tcp_grow_edge(me, other, p);
        first_ack(other, p, !me->syn_seen || (p->flags & TCP_SYN));
        return true;
    }
    if (ack_is_far(s, side, p->ack))
        return false;
    tcp_grow_edge(me, other, p);
    if (other->acks_seen && seq_diff(p->ack, other->acked) <= 0) {
        if (p->payload_wire && seq_diff(p->seq, other->acked_by) >= 0 && newest_ack(me, other, p) != other->acked)
            take_back(other, newest_ack(me, other, p));
        return true;
    }
    other->acks_seen = true;
    other->acked = p->ack;
    other->acked_by = sent_to(me, p);
    if (seq_diff(p->seq, me->rst) >= 0) /* not one sent before the RST and seen behind it */
        tcp_sender_is_alive(s, side);
    /* A keep-alive lies one before the next byte: a start guessed from it is corrected. */
    if (other->seen && !other->firm && p->ack == other->next + 1)
        other->next = p->ack;
    if (other->absent && other->begun && seq_diff(p->ack, other->next) > 0)
        other->next = p->ack;
    if (other->fin_seen)
        tcp_end_sides(s); /* before the bytes that came with the acknowledgement */
    return true;
}

bool tcp_take_syn(struct tcp_stream *s, int side, const struct packet *p)
{
    struct tcp_stream_side *me = &s->side[side];
    uint32_t start = p->seq + 1;
    int32_t ahead = seq_diff(start, me->next);

    if (me->syn_seen) {
        me->asked |= p->seq == me->isn && !(p->flags & TCP_ACK);
        return p->seq == me->isn;
    }
    if (me->firm && (ahead > 0 || ahead < -LIMIT_TCP_WINDOW))
        return false;
    if (s->side[!side].syn_seen && me->acks_seen && seq_diff(me->acked, start) < 0)
        return false;
    me->syn_seen = true;
    me->asked = !(p->flags & TCP_ACK);
    me->isn = p->seq;
    me->window_shift = window_shift_of(p->options);
    if (!me->firm)
        me->next = start;
    me->begun = me->firm = true;
    return true;
}

void tcp_make_firm(struct tcp_stream_side *me, const struct tcp_piece *piece)
{
    int32_t ahead = seq_diff(piece->seq, me->next);

    if (me->firm || (ahead == -1 && piece->wire == 1))
        return;
    if (ahead < 0 || ahead > LIMIT_TCP_WINDOW)
        me->next = piece->seq;
    me->firm = true;
}

/* A single byte is taken for a keep-alive's, which was sent before and may be any (RFC 1122
 * 4.2.3.6). */
void tcp_begin(struct tcp_stream_side *me, const struct packet *p)
{
    int32_t ahead = seq_diff(p->seq, me->acked_first);

    me->begun = true;
    if (me->acks_seen && ahead > 0 && ahead <= LIMIT_TCP_WINDOW)
        me->next = me->acked_first;
    else
        me->next = p->seq + (p->payload_wire == 1);
}

/* Whether a side could have begun at start. */
static bool fits_start(const struct tcp_stream_side *me, uint32_t start)
{
    int32_t gone = seq_diff(me->next, start);

    if (me->syn_seen)
        return start == me->isn + 1;
    return !me->begun || (gone >= (me->firm ? 0 : -LIMIT_TCP_WINDOW) && gone <= LIMIT_TCP_WINDOW);
}

bool tcp_stream_is_reuse(const struct tcp_stream *s, int side, const struct packet *p)
{
    const struct tcp_stream_side *me = &s->side[side], *other = &s->side[!side];

    if (!(p->flags & TCP_SYN) || (p->flags & TCP_RST) || !me->begun)
        return false;
    if (s->end != TCP_END_NONE)
        return !me->syn_seen || p->seq != me->isn;
    if (fits_start(me, p->seq + 1))
        return false;
    if (p->flags & TCP_ACK)
        return other->begun && !fits_start(other, p->ack) && !me->asked;
    return (!me->delivered && !other->delivered) || !other->seen;
}
