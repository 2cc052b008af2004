/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_stream: segments of one connection in any order in; ordered bytes and gaps of both sides
 * out. */
#ifndef MXTAP_NET_TCP_STREAM_H
#define MXTAP_NET_TCP_STREAM_H

#include "decoders/net/packet.h"

/* Side 0 sent the first segment seen, side 1 the other. Who is client is the caller's knowledge. */

enum tcp_end { TCP_END_NONE, TCP_END_FIN, TCP_END_RST };

struct tcp_stream_events {
    /* Ordered bytes, in pieces of any size; valid during the call only. */
    void (*data)(void *ctx, int side, struct span bytes);
    /* bytes were on the wire between what came and what comes next, and were never captured (or
     * came too late, or were cut off by the snap length). */
    void (*gap)(void *ctx, int side, uint64_t bytes);
    /* This side will send no more: its FIN came in order and was acknowledged, or nothing
     * contradicted it for LIMIT_TCP_HOLE_USEC. Not called for an RST. */
    void (*end)(void *ctx, int side);
    void (*anomaly)(void *ctx, enum anomaly a);
};

struct tcp_stream_stats {
    uint64_t out_of_order;  /* segments that came early and waited */
    uint64_t retransmitted; /* segments of bytes already seen, sent again */
    uint64_t ignored;       /* outside of any window, or nothing a host would take either */
    uint64_t gaps, gap_bytes;
    uint64_t held_bytes; /* now, both sides of all streams */
};

/* What a segment was worth. */
enum tcp_use {
    TCP_USE_NEW,           /* new bytes, SYN, FIN, RST, or an acknowledgement */
    TCP_USE_RETRANSMITTED, /* its bytes were seen before (keep-alives and window probes too) */
    TCP_USE_COPY,          /* the frame again, from a mirror of two VLANs or ports */
    TCP_USE_IGNORED        /* see stats.ignored */
};

struct tcp_held; /* a segment that waits */

/* What is remembered of a segment that was seen, to know its copy, and another content in its place. */
struct tcp_seen {
    uint32_t frame;    /* hash of all that a copy repeats */
    uint32_t from, to; /* its payload's sequence numbers; equal: it has none */
    uint16_t at;       /* packet time, in units of 4096 us, wrapping */
    uint16_t sum;      /* of the payload, by the TCP checksum, as words at even sequence numbers */
};

/*
 * Invariants: per side, next is the sequence number of the first byte not yet delivered; held
 * segments lie behind next, or at next and wait for the other side; they are sorted and without
 * overlap; their bytes <= LIMIT_TCP_HELD_BYTES and their number <= LIMIT_TCP_HELD_SEGMENTS. A
 * segment that acknowledges bytes of the other side which were not yet delivered waits for them
 * (tap ports are read out of order), within the same caps and LIMIT_TCP_HOLE_USEC: so a reply
 * never overtakes its command. Nothing is allocated while nothing waits.
 */
struct tcp_stream_side {
    /* What every frame asks of both sides stands in front, in one line of the cache. */
    uint32_t next;    /* valid once begun */
    uint32_t acked;   /* highest believed acknowledgement by the other side, valid when acks_seen */
    uint32_t edge;    /* where the other side's window ends, valid when both SYNs were seen */
    uint32_t fin;     /* sequence number of the FIN, valid when fin_seen */
    uint64_t delivered;    /* bytes given to data() */
    uint8_t window_shift;  /* RFC 7323, of the windows this side announces */
    uint8_t seen_next;     /* the oldest place among the stream's seen frames of this side */
    bool seen_again;       /* the segment remembered last was a retransmission */
    bool begun;            /* next is known */
    bool firm;             /* by the SYN or by bytes; else a guess that the first bytes correct */
    bool seen;             /* a segment of this side was captured */
    bool syn_seen, acks_seen, fin_seen, rst_seen;
    bool rst_last;         /* and nothing of this side came behind it */
    bool absent;           /* never seen though it was waited for: its bytes are not missed */
    bool asked;            /* its SYN answered none: it opened the connection */
    bool fin_presumed;     /* nobody saw it: the other side acknowledged one byte more than came */
    bool ended;
    uint8_t far_count;
    uint32_t acked_first; /* the first of them: what lies behind it was sent later */
    uint32_t acked_by; /* as far as the other side had sent when it said so, as seen, in its numbers */
    uint32_t gap_from, gap_to; /* the last gap; while next is gap_to nothing came behind it */
    uint32_t isn;     /* valid when syn_seen */
    uint32_t fin_ack; /* what the FIN acknowledged */
    uint32_t rst;     /* sequence number of the RST, valid when rst_seen */
    uint32_t far_first, far_next; /* far_count contiguous segments beyond LIMIT_TCP_WINDOW */
    uint32_t hole_end; /* what was owed when hole_since_us was set ends here */
    uint32_t held_bytes, held_segments;
    struct tcp_held *held, *held_last;
    int64_t hole_since_us; /* packet time since which bytes at next are owed; 0 = none are */
};

struct tcp_stream {
    const struct tcp_stream_events *events;
    void *ctx;
    bool waiting;                   /* something is held or owed: ticks matter */
    /* FIN both ways, or an RST believed. It may go back to TCP_END_NONE when the sender of an
     * RST goes on: keep the stream for LIMIT_FLOW_CLOSED_SEC before it is finished. */
    enum tcp_end end;
    struct tcp_stream_side side[2];
    struct tcp_seen seen[2][LIMIT_TCP_COPIES]; /* by side */
    struct mem *mem;
    struct tcp_stream_stats *stats; /* the worker's, shared by all streams */
    anomaly_set raised;             /* each anomaly is told once */
};

/* events, stats and mem are borrowed for the life of s. Callbacks must not call tcp_stream_
 * functions on s. */
void tcp_stream_init(struct tcp_stream *s, struct mem *m, const struct tcp_stream_events *events,
                     void *ctx, struct tcp_stream_stats *stats);

/* p: a PACKET_TCP of this connection; ts_us its packet time. In-order payload is delivered in
 * place. */
enum tcp_use tcp_stream_push(struct tcp_stream *s, int side, const struct packet *p, int64_t ts_us);

/* Packet time went on: holes open for too long become gaps. Cheap when nothing waits. */
void tcp_stream_tick(struct tcp_stream *s, int64_t ts_us);

/* Delivers what is held, holes as gaps, in causal order; no more bytes come. */
void tcp_stream_finish(struct tcp_stream *s);
/* Gives back what is held without delivering it; for a stream that is not to be finished. */
void tcp_stream_free(struct tcp_stream *s);

/* True where p opens a new connection on the ports of s: a SYN after s ended or before it
 * carried bytes, or a SYN-ACK of other sequence numbers, not by the side that opened s. A lone SYN in the middle of a live
 * connection is no proof: anybody can send one, and hosts do not believe it either (RFC 5961 4). */
bool tcp_stream_is_reuse(const struct tcp_stream *s, int side, const struct packet *p);

#endif
