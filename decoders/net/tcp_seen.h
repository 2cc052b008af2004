/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_seen: the last few segments of a side, to tell a mirror's copy from a retransmission;
 * tcp_stream.c's own. */
#ifndef MXTAP_NET_TCP_SEEN_H
#define MXTAP_NET_TCP_SEEN_H

#include "decoders/net/tcp_stream.h"

/* Remembers p, of that side, in place of the oldest one. again: all its bytes had been seen before; a run of such
 * segments takes one place, so that small ones do not push out what they are compared with. */
void tcp_seen_add(struct tcp_stream *s, int side, const struct packet *p, int64_t ts_us, bool again);

/* p is one of the last few again, within the time of a copy. */
bool tcp_seen_copy(const struct tcp_stream *s, int side, const struct packet *p, int64_t ts_us);

/* p begins in front of next, and its bytes there are not those of the last few segments: compared
 * by their checksums, since what was delivered is not kept, and only as far as borders of theirs
 * and of other retransmissions make up p's. */
bool tcp_seen_differs(const struct tcp_stream *s, int side, const struct packet *p);

#endif
