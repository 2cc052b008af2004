/* SPDX-License-Identifier: Apache-2.0 */
/* The frames of one TCP connection as a tap beside the server sees them. */
#ifndef BENCH_FLOW_H
#define BENCH_FLOW_H

#include "dialogue.h"

enum { MSS = 1460 };

struct frame {
    int64_t time_us;  /* since 1970; never less than the frame before */
    uint32_t at, len; /* in flow.bytes, len is also the length on the wire */
};

struct endpoint {
    uint8_t mac[6];
    uint8_t ttl;
    uint32_t ip;
    uint16_t port, ip_id;
    uint32_t next; /* sequence number of the next byte this side sends */
    uint32_t seen; /* and of the next one it has not yet received in order */
};

/* Counted over all connections, for the truth. */
struct flow_totals {
    uint64_t frames, data_segments, pure_acks, reordered;
};

/* Owns bytes and frames until flow_free; built whole by flow_make, then read frame by frame. */
struct flow {
    struct buf bytes;
    struct frame *frames;
    size_t count, cap, read;
    struct endpoint end[2]; /* by side */
    int64_t now;
    uint32_t rtt_us, spacing_us, window; /* window: segments in flight, doubles each round trip */
    int owes_ack; /* the receiver of the last turn has not acknowledged yet */
};

/* Fills f with the connection that starts at start_us; client_ip, ports and the like are set by the
 * caller in f->end. */
void flow_make(struct prng *p, struct flow *f, const struct dialogue *d, int64_t start_us,
               struct flow_totals *totals);
void flow_free(struct flow *f);

#endif
