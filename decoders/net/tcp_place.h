/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_place: where a side stands in its sequence numbers; tcp_stream.c's own. */
#ifndef MXTAP_NET_TCP_PLACE_H
#define MXTAP_NET_TCP_PLACE_H

#include "decoders/net/tcp_held.h"

/* p has SYN. False: it is of another connection, or forged. */
bool tcp_take_syn(struct tcp_stream *s, int side, const struct packet *p);

/* p acknowledges bytes of the other side, delivered or not. False: not believed. */
bool tcp_take_ack(struct tcp_stream *s, int side, const struct packet *p);

/* The window p announces to the other side: where it ends the sender must not have gone yet; it never shrinks (RFC 9293 3.8.6). */
static inline void tcp_grow_edge(const struct tcp_stream_side *me, struct tcp_stream_side *other, const struct packet *p)
{
    int shift = 0;
    uint32_t edge;

    if (!(p->flags & TCP_SYN) && me->window_shift && other->window_shift)
        shift = me->window_shift - 1;
    edge = p->ack + ((uint32_t)p->window << shift);
    if (!other->acks_seen || seq_diff(edge, other->edge) > 0)
        other->edge = edge;
}

/* The first segment of a side without a SYN. */
void tcp_begin(struct tcp_stream_side *me, const struct packet *p);

/* The first bytes of a side whose start was guessed say where it really stands. */
void tcp_make_firm(struct tcp_stream_side *me, const struct tcp_piece *piece);

/* A segment more than LIMIT_TCP_WINDOW ahead. It is not believed alone: one forged packet would
 * end the reading of a stream. */
enum tcp_use tcp_take_far(struct tcp_stream *s, int side, const struct tcp_piece *piece);

#endif
