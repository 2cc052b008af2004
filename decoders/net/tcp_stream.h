/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_stream: segments of one connection in any order in; ordered bytes and gaps of both sides out. */
#ifndef MXTAP_NET_TCP_STREAM_H
#define MXTAP_NET_TCP_STREAM_H

#include "decoders/net/packet.h"

/* Side 0 sent the first segment seen, side 1 the other. Who is client is the caller's knowledge. */

enum tcp_end { TCP_END_NONE, TCP_END_FIN, TCP_END_RST };

struct tcp_stream_events {
    /* Ordered bytes, in pieces of any size; valid during the call only. */
    void (*data)(void *ctx, int side, struct span bytes);
    /* bytes were on the wire between what came and what comes next, and were never captured. */
    void (*gap)(void *ctx, int side, uint64_t bytes);
    /* This side will send no more (its FIN reached in order). */
    void (*end)(void *ctx, int side);
    void (*anomaly)(void *ctx, enum anomaly a);
};

struct tcp_stream_stats {
    uint64_t out_of_order, retransmitted, gaps, gap_bytes;
    uint64_t held_bytes; /* now, both sides */
};

struct tcp_held; /* a segment that waits */

/*
 * Invariants: per side, next is the sequence number of the first byte not yet delivered; held segments
 * lie behind next, sorted, without overlap; their bytes <= LIMIT_TCP_HELD_BYTES and their number <=
 * LIMIT_TCP_HELD_SEGMENTS. A segment that acknowledges bytes of the other side which were not yet
 * delivered waits for them (tap ports are read out of order), within the same caps: so a reply never
 * overtakes its command. Memory: a few words per side while nothing waits.
 */
struct tcp_stream_side {
    uint32_t next;     /* valid once begun */
    uint32_t acked;    /* highest ack this side's bytes received from the other side */
    uint32_t fin;      /* sequence number of the FIN, valid when fin_seen */
    struct tcp_held *held;
    uint32_t held_bytes, held_segments;
    int64_t hole_since_us; /* packet time when the hole in front of held was first acknowledged; 0 = none */
    uint64_t delivered;    /* bytes given to data() */
    bool begun, syn_seen, fin_seen, ended;
};

struct tcp_stream {
    struct tcp_stream_side side[2];
    struct mem *mem;
    const struct tcp_stream_events *events;
    void *ctx;
    struct tcp_stream_stats *stats; /* the worker's, shared by all streams */
    enum tcp_end end;               /* FIN both ways, or an RST believed */
};

/* events, stats and mem are borrowed for the life of s. */
void tcp_stream_init(struct tcp_stream *s, struct mem *m, const struct tcp_stream_events *events,
                     void *ctx, struct tcp_stream_stats *stats);

/* p: a PACKET_TCP of this connection; ts_us its packet time. In-order payload is delivered in place. */
void tcp_stream_push(struct tcp_stream *s, int side, const struct packet *p, int64_t ts_us);

/* Packet time went on: holes open for too long become gaps. Cheap when nothing waits. */
void tcp_stream_tick(struct tcp_stream *s, int64_t ts_us);

/* Delivers what is held, holes as gaps, in causal order; no more bytes come. */
void tcp_stream_finish(struct tcp_stream *s);
void tcp_stream_free(struct tcp_stream *s);

/* True where p is a new connection on the ports of an ended or clearly other one (port reuse). */
bool tcp_stream_is_reuse(const struct tcp_stream *s, int side, const struct packet *p);

#endif
