/* SPDX-License-Identifier: Apache-2.0 */
/* redis_batch_state: what redis_batch and redis_spell share: the writes of a batch by operation, key and member. */
#ifndef MXTAP_PUBLISH_REDIS_BATCH_STATE_H
#define MXTAP_PUBLISH_REDIS_BATCH_STATE_H

#include "decoders/base/limits.h"
#include "sensor/publish/redis_batch.h"
#include "sensor/publish/redis_bucket.h"
#include "sensor/publish/redis_lives.h"

/* A pair stands behind its entity; the others are operations of the step. */
enum op { OP_COUNT, OP_ALL_TIME, OP_DAY, OP_ENTITY, OP_PAIR };
enum {
    /* A record at every cap (64 values of eight kinds and their pairs) stages under 4,000. */
    STAGED_MAX = 6144,
    LISTS_MAX = 4,
    BATCH_LISTS_MAX = LIMIT_REDIS_COMMANDS + LISTS_MAX,
    ITEMS_MAX = 16384, /* the lightest weigh a quarter of a command; a cluster's batch of such alone is cut earlier */
    SLOTS = 32768,     /* power of two, twice ITEMS_MAX */
    ITEM_BYTES = 48, /* protocol marks and numbers around an item's strings, roughly */
    STRINGS_MAX = 64 * 1024 * 1024
};

struct item {
    uint64_t hash;
    enum op op;
    uint8_t bucket; /* given by key and member */
    struct span key, member;
    int64_t add;
    struct redis_entity *entity;
    enum redis_kind other;   /* OP_PAIR */
    uint32_t owner;          /* OP_PAIR: its entity's index in staged */
    uint32_t applied;        /* OP_ENTITY, staged: its index in items */
    uint32_t pairs, last_pair; /* OP_ENTITY: groups of its pairs, 1 + index */
    uint32_t bytes; /* in a step, roughly */
    uint32_t next;  /* of its group, 1 + index */
};

struct group {
    uint64_t hash;
    enum op op;
    uint8_t bucket;
    uint32_t next; /* of its bucket, a pair's of its entity; 1 + index */
    struct span key;
    enum redis_kind kind; /* OP_ENTITY; OP_PAIR: the other */
    uint32_t first, last, n;
};

struct list_write {
    enum redis_list what;
    uint8_t bucket;
    struct span key;
    const struct span *texts;
    unsigned n;
};

struct redis_batch {
    struct mem *mem;
    struct hash_key hash;
    struct arena strings;
    struct buf packed, times; /* of one step, while it is sealed */
    struct item staged[STAGED_MAX];
    struct redis_entity staged_entities[STAGED_MAX / 8];
    struct list_write staged_lists[LISTS_MAX];
    uint32_t staged_n, staged_entities_n, staged_lists_n;
    size_t staged_bytes; /* of the lists */
    uint8_t bucket; /* of what is staged next */
    struct item items[ITEMS_MAX];
    struct group groups[ITEMS_MAX];
    struct list_write lists[BATCH_LISTS_MAX];
    uint32_t n, groups_n, lists_n;
    uint32_t first_group[REDIS_BUCKETS], last_group[REDIS_BUCKETS]; /* 1 + index */
    unsigned quarters, in_bucket[REDIS_BUCKETS]; /* of commands: of all, of each bucket's step */
    unsigned most;     /* quarters of all */
    size_t bytes;
    uint16_t item_slots[SLOTS], group_slots[SLOTS]; /* 1 + index */
    struct redis_lives *lives;
};

/* redis_spell.c: a bucket's operations into b->packed; how many elements. */
uint32_t redis_spell(struct redis_batch *b, unsigned bucket);

#endif
