/* SPDX-License-Identifier: Apache-2.0 */
/* fragments: IPv4 and IPv6 datagrams put together again, bounded in number, pieces and packet
 * time. */
#ifndef MXTAP_NET_FRAGMENTS_H
#define MXTAP_NET_FRAGMENTS_H

#include "decoders/base/siphash.h"
#include "decoders/net/packet.h"

struct fragments; /* owned by the caller through fragments_new / fragments_free */

/* key: copied. NULL when memory was refused. m is borrowed until fragments_free. */
struct fragments *fragments_new(struct mem *m, const struct hash_key *key);
void fragments_free(struct fragments *f);

/*
 * p: a PACKET_FRAGMENT, ts_us its packet time. When it completes its datagram, returns it as an IP
 * packet whose header no longer says fragment (for packet_decode_ip with p itself), borrowed until
 * the next call; else an absent span. Its header tells the whole length, which is more than the
 * span where a piece was cut off by the capture. The first copy of overlapping bytes wins;
 * IP_FRAGMENT_OVERLAP goes to p->anomalies where copies differ (hosts drop such datagrams or take
 * either copy: RFC 5722, RFC 8200 4.5). With the whole datagram come the anomalies of all its pieces.
 */
struct span fragments_push(struct fragments *f, struct packet *p, int64_t ts_us);

/* Fragments that were taken and whose datagram was given up (time, caps) since the last call of
 * this function: for the counters' sum. At the end of input call with finish true: all that is
 * held is given up. */
uint64_t fragments_lost(struct fragments *f, bool finish);

#endif
