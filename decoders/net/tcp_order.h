/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_order: what may be delivered now, what waits for what, and when a hole is given up;
 * tcp_stream.c's own. */
#ifndef MXTAP_NET_TCP_ORDER_H
#define MXTAP_NET_TCP_ORDER_H

#include "decoders/net/tcp_held.h"

/* Raised once a stream. */
void tcp_raise(struct tcp_stream *s, enum anomaly a);

/* The acknowledgement that owes nothing: next, or one more where the FIN stands there. */
static inline uint32_t tcp_reach(const struct tcp_stream_side *me)
{
    return me->next + (me->fin_seen && me->next == me->fin);
}

/* True while a segment of side that acknowledges ack has to wait for bytes of the other side. */
bool tcp_waits(const struct tcp_stream *s, int side, bool acks, uint32_t ack);

/* Delivers what begins at next; where wire is more than bytes.n, the tail that was cut off becomes a gap. */
void tcp_deliver(struct tcp_stream *s, int side, uint32_t wire, struct span bytes);

/* Delivers all held segments whose turn it is, both sides, until none is. */
void tcp_drain(struct tcp_stream *s);

/* One step towards the turn of a segment of side at seq that acknowledges ack, or of what is
 * held in front of it: gives up a hole of this side or of the other. False where nothing stands
 * in its way. */
bool tcp_clear_way(struct tcp_stream *s, int side, bool acks, uint32_t seq, uint32_t ack);

/* Gives up [next, to) of side; a side nobody ever saw becomes absent instead. */
void tcp_skip(struct tcp_stream *s, int side, uint32_t to);

/* Ends the sides whose FIN is final, and the stream whose RST came in order. */
void tcp_end_sides(struct tcp_stream *s);

/* Drains, ends sides, starts, stops and rings the timers of holes; sets waiting. */
void tcp_settle(struct tcp_stream *s, int64_t ts_us);

/* Everything that is held, in causal order; what was acknowledged and never came as gaps. */
void tcp_settle_at_end(struct tcp_stream *s);

#endif
