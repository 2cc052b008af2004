/* SPDX-License-Identifier: Apache-2.0 */
/* redis_window: the sealed batches between us and Redis: which it has, which it must get, which are gone (REDIS.md, Delivery 2-5). */
#ifndef MXTAP_PUBLISH_REDIS_WINDOW_H
#define MXTAP_PUBLISH_REDIS_WINDOW_H

#include "sensor/publish/redis_batch.h"
#include "sensor/publish/redis_bucket.h"
#include "sensor/publish/redis_run.h"
#include "sensor/publish/spool.h"

/* STEP_GONE: its bucket has no use for it any more (flushed, or overlapped by somebody else): it is never sent again. */
enum redis_step_state { STEP_QUEUED, STEP_SENT, STEP_ACKED, STEP_GONE };

/* A batch's part for one bucket: one atomic step. */
struct sealed_step {
    struct redis_block block; /* of the batch's args */
    uint8_t bucket;
    uint8_t state;
    uint8_t tries; /* 2: or more */
};

/* One batch, sealed: each of its steps is sent as it stands until its bucket's marker says that it is in. */
struct sealed {
    struct sealed *next;
    struct redis_run *run;
    struct redis_seq after, seq;     /* it holds the records in (after, seq] */
    uint64_t records, records_before; /* in it; of the run before it */
    uint64_t packets_before, bytes_before, packets, bytes;
    uint64_t sealed_ms;               /* wall clock: its stream entries' ids begin with it */
    struct buf args;                  /* the steps', one behind the other */
    struct spool_place place; /* on disk, until Redis has it; segment NULL: nowhere */
    bool shed;                /* its args are only there */
    bool loaded;              /* an earlier process sealed it */
    bool ours;                /* some step of it was applied because we sent it */
    bool overlaps;            /* somebody else's batches hold some of its records */
    unsigned open, sent;      /* steps that are neither acked nor gone; of them under way */
    unsigned gone, buckets;
    struct sealed_step steps[]; /* one for each bucket */
};

/* Of a run, empty, to be filled and given to window_add or sealed_free. NULL without memory. */
struct sealed *sealed_new(struct mem *m, struct redis_run *run);
/* One that is in no window. */
void sealed_free(struct mem *m, struct sealed *s);
struct sealed *sealed_of_step(const struct sealed_step *step);
/* The step's arguments. */
struct span sealed_body(const struct sealed_step *step);

/* Order of the list = order of sealing. Acked ones stay, oldest out first, for a Redis that comes back older. */
struct window {
    struct mem *mem;
    struct sealed *first, **last;
    struct sealed *unsent[REDIS_BUCKETS];  /* the first whose step is queued */
    uint64_t pending_bytes, kept_bytes;    /* not in every bucket yet; in all */
    uint64_t keep;                         /* bytes of those that are in all */
    uint64_t pending_records, pending_loaded; /* loaded: batches of an earlier process */
    struct spool *spool; /* NULL: none */
};

void window_init(struct window *w, struct mem *m, uint64_t keep);
void window_free(struct window *w);
/* s and its buffer are the window's from here on; allocated from w->mem. */
void window_add(struct window *w, struct sealed *s);
/* A bucket's next step to send, now STEP_SENT; NULL = none. */
struct sealed_step *window_send(struct window *w, unsigned bucket);
/* A step is in; ours: because we sent it. True when its batch is in every bucket now: then s->ours and s->overlaps tell how,
 * and it may be gone from the window with the next call. */
bool window_ack(struct window *w, struct sealed_step *step, bool ours);
/* Drops kept batches above `keep`. */
void window_trim(struct window *w);
/* Takes a batch that is not in every bucket out, for good; returns how many records are lost with it. */
uint64_t window_lose(struct window *w, struct sealed *s);
/* Its args are given back (they are in the spool; no step is under way), or stand in memory again. False without memory. */
void window_shed(struct window *w, struct sealed *s);
bool window_load(struct window *w, struct sealed *s, struct span args);
/* Nothing is in that segment any more. What was only there is lost, and what is queued before that; the records. */
uint64_t window_forget_segment(struct window *w, const struct spool_segment *g);
/* The records of unacked batches that are on disk. */
uint64_t window_spooled(const struct window *w);

struct resync {
    uint64_t delivered, already; /* records found to be in, now in every bucket: ours, somebody else's */
    uint64_t again, again_theirs; /* in every bucket before, to be sent once more to this one: delivered, already there */
    uint64_t lost;               /* acked before, gone with Redis, no longer in the window */
    uint64_t overlap;            /* cannot be sent without counting twice */
    uint64_t flushed;            /* acked before, thrown away by somebody on purpose */
};

/*
 * Brings a bucket of run in line with its marker; nothing is under way there. restarted: the server is another process
 * than the one that acked, so that a lower marker means that it lost what came after; else a missing one means
 * that somebody flushed it. Every record counts once in each of out's numbers, whatever the number of its buckets.
 */
void window_resync(struct window *w, struct redis_run *run, unsigned bucket, struct marker m, bool restarted,
                   struct resync *out);

#endif
