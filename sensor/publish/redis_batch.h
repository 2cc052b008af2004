/* SPDX-License-Identifier: Apache-2.0 */
/* redis_batch: the writes of consecutive records, coalesced, until they fill one atomic step. */
#ifndef MXTAP_PUBLISH_REDIS_BATCH_H
#define MXTAP_PUBLISH_REDIS_BATCH_H

#include "decoders/base/bytes.h"
#include "decoders/base/siphash.h"
#include "sensor/publish/redis_keys.h"

/*
 * Writes are staged record by record; then the caller asks whether the record still fits, seals the batch
 * if not, and applies. Names are those of redis_keys (no prefix). Staged strings are borrowed until
 * redis_batch_apply or the next redis_stage_begin; what is applied is copied.
 * One increment per (key, member), one entity update per (kind, value) come of it.
 */
struct redis_batch;

/* buckets: 1, or a cluster's: each bucket's step is bounded as the only one of a single server is, all together are at four times that. */
struct redis_batch *redis_batch_new(struct mem *m, const struct hash_key *key, unsigned buckets);
void redis_batch_free(struct redis_batch *b);

/* Forgets what was staged and not applied; what follows is for bucket 0. */
void redis_stage_begin(struct redis_batch *b);
/* What is staged from here on is for that bucket of a cluster (the one of the value that the key or member is). */
void redis_stage_bucket(struct redis_batch *b, unsigned bucket);

/* HINCRBY of a hash that only counts (stats). */
void redis_stage_count(struct redis_batch *b, struct span key, struct span field, int64_t add);

/* Which bound and lifetime a sorted set has. */
enum redis_board { BOARD_ALL_TIME, BOARD_DAY };
/* ZINCRBY. */
void redis_stage_board(struct redis_batch *b, enum redis_board life, struct span key, struct span member,
                       int64_t add);

enum { ENTITY_FACTS = 8 };
struct redis_fact {
    const char *field; /* static */
    struct span value; /* escaped already */
};

/* What one record says of one value. Times in seconds. Mails count on the kind's boards too (of all time, of the day and of the
 * hour) and in the day's HyperLogLog. */
struct redis_entity {
    enum redis_kind kind;
    struct span hour;          /* "2023070107" */
    struct span value, member; /* as key_value and key_text give them */
    uint32_t mails, accepted, refused, sessions;
    int64_t first, last;
    int score;
    struct redis_fact facts[ENTITY_FACTS]; /* what enrichment knows: written over what was there */
    unsigned facts_n;
};
/* Which it is of those staged for this record. */
unsigned redis_stage_entity(struct redis_batch *b, const struct redis_entity *e);
/* A pair of that entity. key: what tells its pairs with one kind, of one hour, from all others. */
void redis_stage_pair(struct redis_batch *b, unsigned entity, struct span key, enum redis_kind other, struct span member);

/*
 * Fields and values in turn: XADD; XADD and PUBLISH of the last value on the channel of the same name;
 * HSET of a hash that is only overwritten.
 */
enum redis_list { LIST_STREAM, LIST_ALERT, LIST_HASH };
void redis_stage_list(struct redis_batch *b, enum redis_list what, struct span key, const struct span *texts,
                      unsigned n);

/* Whether the staged writes still fit: commands and bytes under the caps (an empty batch takes anything). */
bool redis_batch_fits(const struct redis_batch *b);
/* Takes the staged writes in. */
void redis_batch_apply(struct redis_batch *b);

unsigned redis_batch_commands(const struct redis_batch *b);
bool redis_batch_is_empty(const struct redis_batch *b);
/* One bucket's step: what it carries ends at `end` of the buffer and begins where that of the bucket before ends. */
struct redis_block {
    size_t end;
    unsigned args; /* 1; 0 where it is empty */
};
/* The steps' operations, each step's as one argument in protocol form (redis_pack), appended to out, a block for each bucket. Then the batch is empty.
 * False: memory was refused here or since the last seal: what is in out must not be sent. */
bool redis_batch_seal(struct redis_batch *b, struct buf *out, struct redis_block *blocks, unsigned buckets);

#endif
