/* SPDX-License-Identifier: Apache-2.0 */
/* sinks: where records go; each opens with what it needs or says in err why it cannot. */
#ifndef MXTAP_PUBLISH_SINKS_H
#define MXTAP_PUBLISH_SINKS_H

#include "sensor/publish/publisher.h"
#include "sensor/publish/record_json.h"
#include "sensor/calendar.h"
#include "sensor/publish/redis_gauges.h"
#include "sensor/publish/redis_tls.h"

enum { SINK_ERR = 512 };

/* path: a file (created 0600, appended) or "-". NULL with err on failure. */
struct sink *sink_json_open(const char *path, const struct json_options *o, char err[SINK_ERR]);

struct redis_options {
    const char *url;        /* redis://, unix:// ; may hold a password: the sink wipes its copy */
    const char *password;   /* from MXTAP_REDIS_PASSWORD or a file; NULL = none */
    struct redis_tls_files tls; /* --redis-ca, --redis-cert, --redis-key */
    const char *prefix;     /* default "mxtap" */
    int64_t wait_us;        /* --redis-wait: a replay's patience with no server */
    uint64_t stream_max;    /* --redis-stream-max */
    uint64_t top;           /* --redis-top */
    uint64_t fanout;        /* --redis-fanout */
    uint64_t entities;      /* --redis-entities */
    uint64_t memory;        /* --redis-memory: bytes that a server may hold; UINT64_MAX = any number */
    uint64_t keep_bytes;    /* --redis-keep: window of acknowledged batches */
    uint64_t pending_bytes; /* of steps that wait for the server; 0 = LIMIT_REDIS_PENDING_LIVE, _REPLAY */
    int retention_days;     /* --redis-retention */
    struct calendar calendar; /* --timezone */
    const char *spool;      /* --spool: a folder; NULL = none */
    uint64_t spool_max;     /* --spool-max: bytes in it */
    int alert_score;
    bool again;             /* --again */
    bool live;
    int64_t reply_us;       /* how long an answer may take; 0 = default (tests shorten it) */
    struct json_options json; /* with --redis-recipients */
    struct redis_gauges *gauges; /* told how it stands; NULL: nobody asks. Outlives the sink */
};

/* Does not connect yet: a Redis that is down is no error (capture goes on). Errors: an URL not understood. */
struct sink *sink_redis_open(const struct redis_options *o, char err[SINK_ERR]);

/* Counts, and prints at finish: senders, HELO names, link domains, what was incomplete. path: "-" is standard
 * output, NULL standard error (where standard output carries records). The policy is that of standard output's records.
 * *unread is looked at by finish: true = there was nothing to sum up, and nothing is printed. It must outlive the sink. */
struct sink *sink_summary_open(const char *path, const struct recipients_policy *policy, const bool *unread, char err[SINK_ERR]);

#endif
