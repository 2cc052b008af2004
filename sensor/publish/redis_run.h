/* SPDX-License-Identifier: Apache-2.0 */
/* redis_run: runs, their markers, and the window of sealed batches between us and Redis (REDIS.md, Delivery 2-5). */
#ifndef MXTAP_PUBLISH_REDIS_RUN_H
#define MXTAP_PUBLISH_REDIS_RUN_H

#include "sensor/publish/publisher.h"
#include "sensor/publish/spool.h"

/* A place in a run, compared as a pair; {0,0} is before everything. */
struct redis_seq {
    uint64_t frame, n;
};

static inline bool seq_less(struct redis_seq a, struct redis_seq b)
{
    return a.frame != b.frame ? a.frame < b.frame : a.n < b.n;
}

static inline bool seq_eq(struct redis_seq a, struct redis_seq b)
{
    return a.frame == b.frame && a.n == b.n;
}

static inline bool seq_none(struct redis_seq a)
{
    return !a.frame && !a.n;
}

/* "12-3"; "" for none. NUL-terminated. */
enum { SEQ_TEXT = 48 };
void seq_format(struct redis_seq s, char text[SEQ_TEXT]);
bool seq_parse(struct span s, struct redis_seq *out);

/* RUN_ASKED: what Redis knows of it is not known yet. RUN_SKIPPED: counted before under other options. */
enum redis_run_state { RUN_ASKED, RUN_OPEN, RUN_SKIPPED };

enum { RUN_TEXTS = 3 * (4 * LIMIT_REDIS_VALUE + 16) };

struct redis_run {
    struct redis_run *next;
    struct run_info info;       /* its texts are below, in key_text's form: they are written to Redis */
    uint8_t texts[RUN_TEXTS];
    enum redis_run_state state;
    struct redis_seq put;       /* the last record's place */
    struct redis_seq marker;    /* of an earlier call: records up to it are already there */
    struct redis_seq sealed;    /* end of the last sealed batch */
    struct redis_seq chain;     /* what the marker will be once everything sent is applied */
    struct redis_seq acked;     /* what it was said to be */
    uint64_t records;           /* of the run, up to `sealed` (earlier calls included) */
    uint64_t acked_records;     /* up to `acked` */
    uint64_t packets, bytes;    /* of the source, up to `sealed` */
    uint64_t seen, already;     /* records put in this call, and those of them that were there */
    bool ended;                 /* before its marker was known: its totals are still to be sent */
    uint64_t end_packets, end_bytes;
    unsigned batches;           /* of it in the window */
};

/* NULL without memory; freed with free(). info is copied with its texts. */
struct redis_run *redis_run_new(const struct run_info *info);
/* The same of a run that an earlier process began: its texts are in their written form already, and it is open. */
struct redis_run *redis_run_restored(const struct run_info *info);

enum redis_batch_state { SEALED_QUEUED, SEALED_SENT, SEALED_ACKED };

/* One batch, sealed: it is sent as it stands until the marker says that it is in. */
struct sealed {
    struct sealed *next;
    struct redis_run *run;
    struct redis_seq after, seq;     /* it holds the records in (after, seq] */
    uint64_t records, records_before; /* in it; of the run before it */
    uint64_t packets_before, bytes_before, packets, bytes;
    uint64_t sealed_ms;               /* wall clock: its stream entries' ids begin with it */
    struct buf args;
    unsigned args_n;
    unsigned tries;
    enum redis_batch_state state;
    struct spool_place place; /* on disk, until Redis has it; segment NULL: nowhere */
    bool shed;                /* its args are only there */
    bool loaded;              /* an earlier process sealed it */
};

/* Order of the list = order of sealing. Acked ones stay, oldest out first, for a Redis that comes back older. */
struct window {
    struct mem *mem;
    struct sealed *first, **last, *unsent; /* unsent: the first SEALED_QUEUED */
    uint64_t pending_bytes, kept_bytes;    /* not acked; acked */
    uint64_t keep;                         /* bytes of acked ones */
    uint64_t pending_records, pending_loaded; /* loaded: batches of an earlier process */
    struct spool *spool; /* NULL: none */
};

void window_init(struct window *w, struct mem *m, uint64_t keep);
void window_free(struct window *w);
/* s and its buffer are the window's from here on; allocated from w->mem. */
void window_add(struct window *w, struct sealed *s);
/* The next one to send, now SEALED_SENT; NULL = none. */
struct sealed *window_send(struct window *w);
void window_ack(struct window *w, struct sealed *s);
/* Takes an unacked batch out, for good; returns how many records are lost with it. */
uint64_t window_lose(struct window *w, struct sealed *s);
/* Its args are given back (they are in the spool), or stand in memory again. False without memory. */
void window_shed(struct window *w, struct sealed *s);
bool window_load(struct window *w, struct sealed *s, struct span args);
/* Nothing is in that segment any more. What was only there is lost, and what is queued before that; the records. */
uint64_t window_forget_segment(struct window *w, const struct spool_segment *g);
/* The records of unacked batches that are on disk. */
uint64_t window_spooled(const struct window *w);

/* What Redis said of a run's marker. */
struct marker {
    struct redis_seq seq;
    uint64_t records;
};

struct resync {
    uint64_t delivered, already; /* records found to be in: ours, somebody else's */
    uint64_t again;              /* acked before, to be sent once more */
    uint64_t lost;               /* acked before, gone with Redis, no longer in the window */
    uint64_t overlap;            /* cannot be sent without counting twice */
    uint64_t flushed;            /* acked before, thrown away by somebody on purpose */
};

/*
 * Brings run in line with its marker; nothing is under way. restarted: the server is another process than
 * the one that acked, so that a lower marker means that it lost what came after; else a missing one means
 * that somebody flushed it.
 */
void window_resync(struct window *w, struct redis_run *run, struct marker m, bool restarted,
                   struct resync *out);

#endif
