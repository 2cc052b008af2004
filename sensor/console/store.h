/* SPDX-License-Identifier: Apache-2.0 */
/* store: what mxtap keeps in Redis, asked for by meaning: boards, entities, graphs, streams; never by key names. */
#ifndef MXTAP_CONSOLE_STORE_H
#define MXTAP_CONSOLE_STORE_H

#include <signal.h>

#include "sensor/publish/redis_keys.h"
#include "sensor/publish/redis_tls.h"

struct store;

struct store_options {
    const char *url, *password, *prefix; /* borrowed for the store's life; password NULL = the URL's */
    struct redis_tls_files tls;
    uint64_t top, fanout;                /* the sensors' --redis-top, --redis-fanout */
    const volatile sig_atomic_t *stop;
};

enum { STORE_ERR = 512 };

/* Connects. NULL with one sentence in err (escaped by who prints it). */
struct store *store_open(const struct store_options *o, char err[STORE_ERR]);
void store_close(struct store *s);
/* After a loss: connects again. */
bool store_again(struct store *s);
/* The server, for people. */
const char *store_where(const struct store *s);

/*
 * All below wait for their answers. False: the server is away, refuses, or is not mxtap's, and store_why is
 * the sentence. Texts are in key_text's form (escaped), borrowed for the call that shows them. A cluster's 64 buckets are
 * put together here: each value is in one of them, so that boards follow each other, highest first, and counts add up.
 */
const char *store_why(const struct store *s);
/* True when the last failure was a lost connection: store_again may help. */
bool store_lost(const struct store *s);

/* How much a sorted set holds. full: it was trimmed, or takes nobody with few mails, so a value that is missing has at
 * most `least` (0 where nothing is known to be missing); on a cluster where some bucket's part is. */
struct store_size {
    uint64_t members, least;
    bool full;
};

typedef void (*store_mails)(void *ctx, struct span value, uint64_t mails);
typedef void (*store_field)(void *ctx, struct span field, struct span value);

/* The `most` highest (0 = all) of a board. period: "", "20230701" or "2023070107". */
bool store_board(struct store *s, enum redis_kind k, struct span period, uint64_t most, store_mails each, void *ctx,
                 struct store_size *size);

/* One board's mails of n values; absent[i] where it has none of it. */
bool store_scores(struct store *s, enum redis_kind k, struct span period, const struct span *values, uint32_t n,
                  uint64_t *mails, bool *absent, struct store_size *size);

/* An entity's fields; none where nothing is known of it. */
bool store_entity(struct store *s, enum redis_kind k, struct span value, store_field each, void *ctx);

/* "2023-07-01T07:06:08Z", "" where not known. */
struct store_seen {
    char first[24], last[24];
};
bool store_seen(struct store *s, enum redis_kind k, const struct span *values, uint32_t n, struct store_seen *out);

/* What came with a value. */
bool store_graph(struct store *s, enum redis_kind k, struct span value, enum redis_kind other, uint64_t most,
                 store_mails each, void *ctx, struct store_size *size);
/* How many addresses each value came from; sizes[n]. */
bool store_senders(struct store *s, enum redis_kind k, const struct span *values, uint32_t n,
                   struct store_size *sizes);

/* Whose days and hours the boards have, as the sensors said. False too where this system does not know that place. */
bool store_calendar(struct store *s, struct calendar *c);

/* Distinct values of a day, ±0.81 %. */
bool store_distinct(struct store *s, enum redis_kind k, struct span day, uint64_t *out);

bool store_stats(struct store *s, store_field each, void *ctx);
bool store_sensor(struct store *s, struct span name, store_field each, void *ctx);

enum store_stream { STORE_MAILS, STORE_SESSIONS };
/* One entry of a stream: its fields in turn with their values. */
struct store_entry {
    struct span id;
    const struct span *texts;
    unsigned n;
};
struct span store_entry_field(const struct store_entry *e, const char *name);

/*
 * A page of `most` entries, newest first, older than `before` ("" = from the newest). each returns false to
 * skip the rest of the page. *n: entries of the page; `before` becomes its oldest id.
 */
enum { STORE_ID = 48 };
bool store_page(struct store *s, enum store_stream which, char before[STORE_ID], unsigned most,
                bool (*each)(void *ctx, const struct store_entry *e), void *ctx, unsigned *n);
/* The same, oldest first: younger than `after` ("" = from the oldest), which becomes the page's youngest id. */
bool store_page_on(struct store *s, enum store_stream which, char after[STORE_ID], unsigned most,
                   bool (*each)(void *ctx, const struct store_entry *e), void *ctx, unsigned *n);
bool store_stream_length(struct store *s, enum store_stream which, uint64_t *out);

/* Writing: only campaigns are, between begin and end, in one transaction that takes the place of the last one. */
struct store_campaign {
    struct span id;
    uint64_t mails;
    const struct span *fields; /* of the hash, in turn with their values */
    unsigned fields_n;
};
bool store_campaigns_begin(struct store *s);
bool store_campaign(struct store *s, const struct store_campaign *c);
/* A set beside it: "campaign:<id>:<part>". */
bool store_campaign_set(struct store *s, struct span id, struct span part, const struct span *members, unsigned n);
bool store_campaigns_end(struct store *s);

#endif
