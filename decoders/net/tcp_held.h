/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_held: the segments of one side that wait, sorted and without overlap; tcp_stream.c's own. */
#ifndef MXTAP_NET_TCP_HELD_H
#define MXTAP_NET_TCP_HELD_H

#include "decoders/net/tcp_stream.h"

/* A run of payload. wire >= bytes.n: the tail was cut off by the capture. */
struct tcp_piece {
    uint32_t seq, wire;
    uint32_t ack;
    bool acks; /* ack is valid (a SYN's is not) */
    struct span bytes;
};

/* Invariant: bytes[0..n) are captured, wire >= n bytes were sent, wire > 0. */
struct tcp_held {
    struct tcp_held *next, *prev;
    uint32_t seq, wire, ack, n;
    bool acks;
    uint8_t bytes[];
};

/* How far a lies behind b (negative: before it), over the wrap of sequence numbers (RFC 9293
 * 3.4). */
static inline int32_t seq_diff(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

/* Takes n bytes (<= wire) off the front. */
void tcp_piece_cut(struct tcp_piece *piece, uint32_t n);

/*
 * Copies those parts of piece that nobody holds yet. Linear in the piece and in the segments it
 * spans, after a search of at most LIMIT_TCP_HELD_SEGMENTS from the end. False when memory was
 * refused: what was added before that stays. *added: bytes of the wire that were new. *differs is
 * set where a byte held has another value in piece.
 */
bool tcp_held_add(struct tcp_stream *s, struct tcp_stream_side *me, struct tcp_piece piece,
                  uint32_t *added, bool *differs);

/* Takes h out of the list; the caller owns it and gives it back with tcp_held_release. */
void tcp_held_unlink(struct tcp_stream *s, struct tcp_stream_side *me, struct tcp_held *h);
void tcp_held_release(struct tcp_stream *s, struct tcp_held *h);

#endif
