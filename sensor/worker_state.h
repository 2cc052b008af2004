/* SPDX-License-Identifier: Apache-2.0 */
/* worker_state: what a worker owns; for the worker's own files alone. */
#ifndef MXTAP_SENSOR_WORKER_STATE_H
#define MXTAP_SENSOR_WORKER_STATE_H

#include "decoders/net/fragments.h"
#include "sensor/clock.h"
#include "sensor/flows/connections.h"
#include "sensor/worker.h"

/* The frame whose time leaps, kept until the next one says whether it is right: taken at the old time a fragment
 * or a SYN of it would be too old at once. */
struct doubtful {
    struct frame frame; /* its bytes are our copy, frame.bytes.p NULL while there is none */
    int64_t clock_us;   /* when it is, if the leap is wrong */
    uint8_t *room;
    enum frame_of of;
};

enum { WORKER_COMING = 8, WORKER_PLACE = 256 }; /* frames on their way to their turns at most (worker_coming), and bytes for each: powers of two */

struct worker_place {
    struct coming coming;
    uint8_t unused[WORKER_PLACE - sizeof(struct coming)];
};

struct worker {
    const struct worker_options *options;
    struct worker_seat seat;
    struct mem mem;
    struct hash_key key;
    struct record_pool *pool;
    struct publisher *publisher;
    struct scribe *scribe; /* NULL without a publisher */
    struct suffix *suffix;
    struct host_memo *hosts;
    struct judge *judge; /* held; NULL without a seat */
    struct classify *classify;
    struct mail_readers *readers;
    struct fragments *fragments;
    struct fingerprints *fingerprints;
    struct connections *connections;
    struct dns_memory *dns; /* NULL without --dns */
    struct conversation_room room;
    struct counters counters, unheard; /* unheard: of what every worker sees and another one counts */
    struct clock clock;
    struct doubtful doubtful;
    struct worker_place coming[WORKER_COMING]; /* a ring */
    unsigned seen;                       /* frames that came into it */
    struct record *done, **done_end; /* finished within the current frame */
    unsigned done_n;
    uint64_t frame;             /* within the source, from 1 */
    uint32_t wire;              /* the frame's bytes on the wire */
    uint64_t frames_all;        /* over all sources */
    uint64_t source_packets, source_bytes;
    int64_t packet_us;          /* the last frame's own time */
    int64_t clock_us;           /* what the clock said of it */
    bool ending;                /* all input is over */
};

static inline unsigned worker_packet_options(const struct worker *w)
{
    return w->options->checksum ? PACKET_CHECK_SUMS : 0;
}

/* worker_coming.c: f is taken apart before its turn, behind before (NULL: behind nothing). */
void worker_see(struct worker *w, const struct frame *f, struct coming *c, const struct coming *before);
/* worker.c: files that were read anew count from here on. */
void worker_take_judge(struct worker *w);
/* worker.c: f's turn. c: what was seen of it; not of another worker's. */
void worker_take(struct worker *w, const struct frame *f, enum frame_of of, struct coming *c);

/* ctx: the worker. A record is finished: it is enriched, and handed over when its connection's others of this step are there. */
void worker_publish(void *ctx, struct record *r, const struct flow *f);
/* All that are finished leave. */
void worker_hand_over(struct worker *w);

#endif
