/* SPDX-License-Identifier: Apache-2.0 */
/* redis_run: runs and how far each bucket has come in them (REDIS.md, Delivery 2-5). */
#ifndef MXTAP_PUBLISH_REDIS_RUN_H
#define MXTAP_PUBLISH_REDIS_RUN_H

#include "sensor/publish/publisher.h"

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

/* What Redis said of a run's marker. */
struct marker {
    struct redis_seq seq;
    uint64_t records;
};

/* Where one bucket stands in a run. A single server is one bucket. */
struct redis_mark {
    struct redis_seq chain; /* what the marker will be once everything sent is applied */
    struct redis_seq acked; /* what it was said to be */
    uint64_t acked_records; /* up to `acked` */
    struct marker told;     /* RUN_ASKED: the bucket's answer, if is_told */
    uint8_t bucket;
    bool is_told;
};

/* Records (from, to] of a run that were counted as gone. */
struct redis_gap {
    uint64_t from, to;
};

struct redis_run {
    struct redis_run *next;
    struct run_info info;       /* its texts are below, in key_text's form: they are written to Redis */
    uint8_t texts[RUN_TEXTS];
    char digest[17];            /* of its options: what the markers of all buckets but the first say, so that they stay small */
    enum redis_run_state state;
    struct redis_seq put;       /* the last record's place */
    struct redis_seq marker;    /* of an earlier call: records up to it are already there, in every bucket */
    struct redis_seq furthest;  /* the same of the bucket that is furthest */
    struct redis_seq sealed;    /* end of the last sealed batch */
    uint64_t records;           /* of the run, up to `sealed` (earlier calls included) */
    uint64_t packets, bytes;    /* of the source, up to `sealed` */
    uint64_t seen, already;     /* records put in this call, and those of them that were there */
    bool ended;                 /* before its marker was known: its totals are still to be sent */
    bool other_options;         /* RUN_ASKED: some bucket was counted under other ones */
    uint64_t end_packets, end_bytes;
    struct redis_gap lost, flushed;
    bool superseded;            /* this call read the same frames once more: that run tells what is gone of both */
    unsigned batches;           /* of it in the window */
    unsigned buckets;
    struct redis_mark marks[];  /* one for each bucket */
};

/* NULL without memory; freed with free(). info is copied with its texts. */
struct redis_run *redis_run_new(const struct run_info *info, unsigned buckets);
/* The same of a run that an earlier process began: its texts are in their written form already, and it is open. */
struct redis_run *redis_run_restored(const struct run_info *info, unsigned buckets);
size_t redis_run_bytes(const struct redis_run *run);
struct redis_run *redis_run_of_mark(const struct redis_mark *m);

/*
 * The place at which a batch must end: that of a bucket which is further than others (an earlier process was killed
 * between them), so that no batch holds records on both sides of a marker. Behind `from` and before `to`; none if there is none.
 */
struct redis_seq redis_run_cut(const struct redis_run *run, struct redis_seq from, struct redis_seq to);

/* How many of the records (from, to] were not in the gap before; they are now. Gaps that do not touch take each other's place. */
uint64_t redis_gap_add(struct redis_gap *g, uint64_t from, uint64_t to);

#endif
