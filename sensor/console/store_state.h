/* SPDX-License-Identifier: Apache-2.0 */
/* store_state: what the store's own rooms share. */
#ifndef MXTAP_CONSOLE_STORE_STATE_H
#define MXTAP_CONSOLE_STORE_STATE_H

#include "sensor/console/redis_ask.h"
#include "sensor/console/store.h"

struct store {
    struct store_options options;
    struct redis_url url;
    struct redis_ask *ask;
    struct mem mem;
    unsigned buckets;  /* 1, or a cluster's */
    struct buf key;  /* the name being built, "mxtap:" or "mxtap:{07}:" first */
    unsigned bucket; /* that it is for */
    bool wrong;      /* an answer was an error: why says so */
    bool lost;       /* the connection is gone */
    char where[256], why[STORE_ERR];
};

/* Empties s->key down to the bucket's prefix and returns it, for the key_… functions of redis_keys. What is asked next is
 * asked of that bucket. */
struct buf *store_key(struct store *s, unsigned bucket);
/* The bucket of a value (key_text's form); 0 on a single server. */
unsigned store_bucket(struct store *s, enum redis_kind k, struct span value);
/* The whole of a bound, or a bucket's part (redis_send). */
uint64_t store_bound(const struct store *s, uint64_t whole);

/* One command about the bucket of s->key; its answer goes to answer(ctx, tag), errors too (store_error takes them). */
bool store_ask(struct store *s, redis_answer answer, void *ctx, void *tag, const struct span *args, unsigned n);
/* Waits; false after a lost connection or an error among the answers. */
bool store_wait(struct store *s);
/* True when r is an error: kept for store_why, the first one counts. what: what the key should have been. */
bool store_error(struct store *s, const struct redis_reply *r, const char *what);
/* A number in an answer, whether it came as integer or text; 0 for anything else. */
uint64_t store_number(const struct redis_reply *r);

#endif
