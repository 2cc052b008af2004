/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_seen: the last few segments of a side, to tell a mirror's copy from a retransmission;
 * tcp_stream.c's own. */
#ifndef MXTAP_NET_TCP_SEEN_H
#define MXTAP_NET_TCP_SEEN_H

#include "decoders/net/tcp_stream.h"

/* What routers between two mirror ports do not change of a frame, in one number; the TTL, VLAN and IP checksum they do. It only classifies
 * for a counter or an anomaly: a collision somebody contrives loses no bytes, so products that do not wait for each other are good
 * enough. */
static inline uint32_t tcp_seen_frame(const struct packet *p)
{
    uint64_t numbers = ((uint64_t)p->seq << 32 | p->ack) * UINT64_C(0x9e3779b97f4a7c15);
    uint64_t sizes = ((uint64_t)p->payload_wire << 32 | (uint32_t)p->window << 16 | p->flags) * UINT64_C(0xc2b2ae3d27d4eb4f);
    uint64_t sums = ((uint64_t)p->ip_id << 16 | p->checksum) * UINT64_C(0xd6e8feb86659fd93);

    return (uint32_t)((numbers ^ sizes ^ sums) >> 32);
}

/* Remembers p, a frame of me, among frames, me's, in place of the oldest one. again: all its bytes had been seen before; a run of such
 * segments takes one place, so that small ones do not push out what they are compared with. */
void tcp_seen_add(struct tcp_stream_side *me, struct tcp_seen frames[LIMIT_TCP_COPIES], const struct packet *p, uint32_t frame,
                  int64_t ts_us, bool again);

/* p is one of them again, within the time of a copy. */
bool tcp_seen_copy(const struct tcp_seen frames[LIMIT_TCP_COPIES], const struct packet *p, uint32_t frame, int64_t ts_us);

/* p begins in front of next, and its bytes there are not those of the last few segments: compared
 * by their checksums, since what was delivered is not kept, and only as far as borders of theirs
 * and of other retransmissions make up p's. */
bool tcp_seen_differs(const struct tcp_stream *s, int side, const struct packet *p);

#endif
