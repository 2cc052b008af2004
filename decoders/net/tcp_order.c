/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_order: what may be delivered now, what waits for what, and when a hole is given up. */
#include "decoders/net/tcp_order.h"

void tcp_raise(struct tcp_stream *s, enum anomaly a)
{
    if (anomaly_has(s->raised, a))
        return;
    anomaly_raise(&s->raised, a);
    s->events->anomaly(s->ctx, a);
}

/* Acknowledgements that were not believed never make anything wait: they are above acked. */
bool tcp_waits(const struct tcp_stream *s, int side, bool acks, uint32_t ack)
{
    const struct tcp_stream_side *other = &s->side[!side];

    if (!acks || other->absent)
        return false;
    if (!other->begun) /* our SYN came and its answer did not, yet */
        return true;
    return other->acks_seen && seq_diff(ack, tcp_reach(other)) > 0 &&
           seq_diff(ack, other->acked) <= 0;
}

static void tell_gap(struct tcp_stream *s, int side, uint32_t bytes)
{
    s->stats->gaps++;
    s->stats->gap_bytes += bytes;
    tcp_raise(s, ANOMALY_TCP_GAP);
    s->events->gap(s->ctx, side, bytes);
}

void tcp_deliver(struct tcp_stream *s, int side, uint32_t wire, struct span bytes)
{
    struct tcp_stream_side *me = &s->side[side];

    if (!s->side[0].syn_seen && !s->side[1].syn_seen)
        tcp_raise(s, ANOMALY_TCP_MIDSTREAM);
    me->next += wire;
    me->delivered += bytes.n;
    if (bytes.n)
        s->events->data(s->ctx, side, bytes);
    if (wire > bytes.n)
        tell_gap(s, side, wire - (uint32_t)bytes.n);
}

static void deliver_first_held(struct tcp_stream *s, int side)
{
    struct tcp_stream_side *me = &s->side[side];
    struct tcp_held *h = me->held;

    tcp_held_unlink(s, me, h);
    tcp_deliver(s, side, h->wire, span_of(h->bytes, h->n));
    tcp_held_release(s, h);
}

static bool drain_side(struct tcp_stream *s, int side)
{
    struct tcp_stream_side *me = &s->side[side];
    bool moved = false;

    while (me->held && me->held->seq == me->next &&
           !tcp_waits(s, side, me->held->acks, me->held->ack)) {
        deliver_first_held(s, side);
        moved = true;
    }
    return moved;
}

void tcp_drain(struct tcp_stream *s)
{
    bool moved;

    do {
        moved = drain_side(s, 0);
        moved |= drain_side(s, 1);
    } while (moved);
}

void tcp_skip(struct tcp_stream *s, int side, uint32_t to)
{
    struct tcp_stream_side *me = &s->side[side];
    uint32_t bytes = to - me->next;

    if (!me->seen)
        me->absent = true;
    if (!me->begun || !me->seen) {
        me->begun = true;
        me->next = me->acks_seen ? me->acked : to;
        return;
    }
    me->gap_from = me->next;
    me->gap_to = to;
    me->next = to;
    tell_gap(s, side, bytes);
}

/* One byte that was acknowledged and never came, with nothing behind it, is a FIN nobody saw. */
static bool presume_fin(struct tcp_stream_side *me)
{
    if (me->held || me->fin_seen || !me->seen || me->acked - me->next != 1)
        return false;
    me->fin_seen = me->fin_presumed = true;
    me->fin = me->next;
    me->fin_ack = 0;
    return true;
}

/* The other side's bytes that a segment of ours waits for: up to their first held segment, or to
 * ack. */
static void clear_other(struct tcp_stream *s, int side, uint32_t ack)
{
    struct tcp_stream_side *other = &s->side[!side];

    if (!other->begun) {
        tcp_skip(s, !side, ack);
    } else if (other->held && other->held->seq == other->next) {
        deliver_first_held(s, !side); /* each waits for the other: forged, or badly seen */
    } else if (!presume_fin(other)) {
        if (other->held && seq_diff(other->held->seq, ack) < 0)
            ack = other->held->seq;
        tcp_skip(s, !side, ack);
    }
}

/* As far as [next, end) of side may be given up at once: a segment of the other side that waits for a part of
 * it comes behind that part. */
static uint32_t in_one_go(const struct tcp_stream *s, int side, uint32_t end)
{
    const struct tcp_stream_side *me = &s->side[side], *other = &s->side[!side];
    const struct tcp_held *h = other->held;

    if (me->held && seq_diff(me->held->seq, end) < 0)
        end = me->held->seq;
    if (h && h->acks && seq_diff(h->ack, me->next) > 0 && seq_diff(h->ack, end) < 0)
        end = h->ack;
    return end;
}

/* Both sides have a hole. What waits behind side's saw bytes of the other's, what waits behind the other's saw none of
 * side's: it was sent before. */
static bool other_goes_first(const struct tcp_stream *s, int side)
{
    const struct tcp_held *mine = s->side[side].held, *theirs = s->side[!side].held;

    return mine && theirs && s->side[!side].begun && theirs->seq != s->side[!side].next &&
           tcp_waits(s, side, mine->acks, mine->ack) && !tcp_waits(s, !side, theirs->acks, theirs->ack);
}

/* One step through the hole of side that reaches to end. */
static void skip_hole(struct tcp_stream *s, int side, uint32_t end)
{
    if (other_goes_first(s, side))
        tcp_skip(s, !side, in_one_go(s, !side, s->side[!side].held->seq));
    else
        tcp_skip(s, side, in_one_go(s, side, end));
}

bool tcp_clear_way(struct tcp_stream *s, int side, bool acks, uint32_t seq, uint32_t ack)
{
    struct tcp_stream_side *me = &s->side[side];

    if (me->held && seq_diff(me->held->seq, seq) <= 0) {
        seq = me->held->seq;
        acks = me->held->acks;
        ack = me->held->ack;
    }
    if (seq_diff(seq, me->next) > 0)
        skip_hole(s, side, seq);
    else if (tcp_waits(s, side, acks, ack))
        clear_other(s, side, ack);
    else if (!me->held || me->held->seq != me->next)
        return false;
    tcp_drain(s);
    return true;
}

/*
 * How far bytes of side are known to have been on the wire: the other side acknowledged them, or
 * they are here and the other side is not captured at all, or they wait for the other side.
 * Nothing is owed where that is not beyond next.
 */
static uint32_t owed_to(const struct tcp_stream *s, int side)
{
    const struct tcp_stream_side *me = &s->side[side], *other = &s->side[!side];

    if (!me->begun)
        return me->next + (other->held != NULL);
    if (me->acks_seen && !me->absent && seq_diff(me->acked, tcp_reach(me)) > 0)
        return me->acked;
    if (me->fin_seen && !me->fin_presumed && me->next == me->fin && !me->ended)
        return me->fin + 1;
    if (me->held && (!other->seen || me->held->seq == me->next))
        return me->held_last->seq + me->held_last->wire;
    return me->next;
}

static bool is_owed(const struct tcp_stream *s, int side)
{
    return seq_diff(owed_to(s, side), s->side[side].next) > 0;
}

static void end_side(struct tcp_stream *s, int side)
{
    s->side[side].ended = true;
    s->events->end(s->ctx, side);
    if (s->side[!side].ended && s->end == TCP_END_NONE)
        s->end = TCP_END_FIN;
}

/* A FIN is final once acknowledged: before that, its sender going on shows that the other side
 * never took it. */
static bool fin_is_final(const struct tcp_stream *s, int side)
{
    const struct tcp_stream_side *me = &s->side[side], *other = &s->side[!side];

    if (!me->fin_seen || me->ended || me->next != me->fin)
        return false;
    if (me->fin_presumed)
        return other->ended;
    if (other->fin_seen && !other->ended && seq_diff(me->fin_ack, other->fin) > 0)
        return false; /* this FIN answers the other one */
    return me->acks_seen && seq_diff(me->acked, me->fin) > 0 &&
           !tcp_waits(s, side, true, me->fin_ack);
}

/* Nobody foresees what comes at the end, and most that is settled is no end. */
static bool may_end(const struct tcp_stream *s)
{
    const struct tcp_stream_side *a = &s->side[0], *b = &s->side[1];

    return a->fin_seen | b->fin_seen | a->rst_seen | b->rst_seen;
}

void tcp_end_sides(struct tcp_stream *s)
{
    if (!may_end(s))
        return;
    for (int i = 0; i < 4; i++)
        if (fin_is_final(s, i & 1))
            end_side(s, i & 1);
    for (int i = 0; i < 2; i++)
        if (s->side[i].rst_seen && s->end == TCP_END_NONE &&
            seq_diff(s->side[i].rst, tcp_reach(&s->side[i])) <= 0)
            s->end = TCP_END_RST;
}

/* One step towards the end of what is overdue; false where nothing is left to give up. */
static bool give_up_one(struct tcp_stream *s, int side, uint32_t end)
{
    struct tcp_stream_side *me = &s->side[side];

    if (me->held && me->held->seq == me->next)
        return tcp_clear_way(s, side, me->held->acks, me->held->seq, me->held->ack);
    if (me->fin_seen && me->next == me->fin && !me->held) {
        if (!me->ended && !me->fin_presumed)
            end_side(s, side);
        return false;
    }
    if (me->begun && presume_fin(me))
        return false;
    skip_hole(s, side, end);
    tcp_drain(s);
    return !me->absent; /* an absent side owes nothing, wherever its next stands */
}

static void give_up(struct tcp_stream *s, int side)
{
    struct tcp_stream_side *me = &s->side[side];
    uint32_t end = me->hole_end;

    me->hole_since_us = 0;
    while (seq_diff(end, me->next) > 0 && give_up_one(s, side, end))
        ;
}

/* True when what side owes was owed a second ago already. All of it is due then, however many
 * holes it has: else a lossy capture would fall behind by a second for each. */
static bool timer_rings(struct tcp_stream *s, int side, int64_t ts_us)
{
    struct tcp_stream_side *me = &s->side[side];

    if (!is_owed(s, side)) {
        me->hole_since_us = 0;
        return false;
    }
    if (!me->hole_since_us || seq_diff(me->hole_end, me->next) <= 0) {
        me->hole_since_us = ts_us ? ts_us : 1;
        me->hole_end = owed_to(s, side);
        return false;
    }
    return ts_us - me->hole_since_us > LIMIT_TCP_HOLE_USEC;
}

void tcp_settle(struct tcp_stream *s, int64_t ts_us)
{
    if (s->side[0].held || s->side[1].held)
        tcp_drain(s);
    tcp_end_sides(s);
    s->waiting = s->side[0].held || s->side[1].held || is_owed(s, 0) || is_owed(s, 1);
    if (!s->waiting) {
        s->side[0].hole_since_us = s->side[1].hole_since_us = 0;
        return;
    }
    for (int side = 0; side < 2; side++) {
        if (!timer_rings(s, side, ts_us))
            continue;
        give_up(s, side);
        tcp_end_sides(s);
    }
    s->waiting = s->side[0].held || s->side[1].held || is_owed(s, 0) || is_owed(s, 1);
}

/* An RST stands behind all that its sender sent (RFC 9293 3.10.7): what lies in front of it was lost. One number may
 * be a FIN nobody saw. Where its sender went on, it was forged. */
static bool reset_tells_more(const struct tcp_stream_side *me)
{
    return me->rst_last && !me->fin_seen && seq_diff(me->rst, me->next) > 1;
}

static void settle_tail(struct tcp_stream *s, int side)
{
    struct tcp_stream_side *me = &s->side[side];

    if (me->begun && me->seen && me->acks_seen && seq_diff(me->acked, tcp_reach(me)) > 0 &&
        !presume_fin(me))
        tcp_skip(s, side, me->acked);
    if (me->begun && me->seen && reset_tells_more(me))
        tcp_skip(s, side, me->rst);
    if (me->fin_seen && me->next == me->fin && !me->ended)
        end_side(s, side);
}

void tcp_settle_at_end(struct tcp_stream *s)
{
    tcp_drain(s);
    for (int side = 0; side < 2; side++)
        while (s->side[side].held)
            tcp_clear_way(s, side, s->side[side].held->acks, s->side[side].held->seq,
                          s->side[side].held->ack);
    for (int side = 0; side < 2; side++)
        settle_tail(s, side);
    tcp_end_sides(s);
    s->waiting = false;
}
