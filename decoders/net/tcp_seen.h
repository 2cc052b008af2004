/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_seen: the last few segments of a side, to tell a mirror's copy from a retransmission;
 * tcp_stream.c's own. */
#ifndef MXTAP_NET_TCP_SEEN_H
#define MXTAP_NET_TCP_SEEN_H

#include "decoders/net/tcp_stream.h"

/* Remembers p in place of the oldest one. */
void tcp_seen_add(struct tcp_stream_side *me, const struct packet *p, int64_t ts_us);

/* p is one of the last few again, within the time of a copy. */
bool tcp_seen_copy(const struct tcp_stream_side *me, const struct packet *p, int64_t ts_us);

/* One of the last few had p's place in the stream, and other bytes. Only segments with the same
 * borders are compared, by their checksums: what was delivered is not kept. */
bool tcp_seen_differs(const struct tcp_stream_side *me, const struct packet *p);

#endif
