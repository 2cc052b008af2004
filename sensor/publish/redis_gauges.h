/* SPDX-License-Identifier: Apache-2.0 */
/* redis_gauges: how delivery to Redis stands, written by the publisher's thread, read by any. */
#ifndef MXTAP_PUBLISH_REDIS_GAUGES_H
#define MXTAP_PUBLISH_REDIS_GAUGES_H

#include <stdatomic.h>

struct sink_redis;

/* X(field, name behind "redis_", meaning): they only grow. As struct redis_counts. */
#define REDIS_GAUGE_COUNTS(X)                                                              \
    X(records, "records", "records for Redis")                                             \
    X(delivered, "records_delivered", "of them that Redis has")                            \
    X(lost, "records_lost", "of them lost: Redis away, or too slow, for too long")         \
    X(redis_lost, "records_lost_by_server", "records that Redis had taken and lost")       \
    X(flushed, "records_flushed", "records whose counts somebody threw away")              \
    X(resent, "records_resent", "records sent once more to a server that lost them")       \
    X(reconnects, "reconnects", "connections made anew")                                   \
    X(key_errors, "key_errors", "writes that met a key of another type")                   \
    X(entities_trimmed, "entities_trimmed", "entities pushed out by a bound")              \
    X(boards_trimmed, "boards_trimmed", "boards pushed out by a bound")

struct redis_gauges {
#define X(field, name, meaning) atomic_ullong field;
    REDIS_GAUGE_COUNTS(X)
#undef X
    atomic_ullong queued;       /* records not in Redis yet */
    atomic_ullong spool_bytes, spool_most;
    atomic_ullong batches, buckets, flowing; /* flowing: buckets whose server is there */
    atomic_llong good_us;       /* monotonic: when Redis last took something, or nothing was due */
};

/* By the sink, whenever it did something. */
void redis_gauges_tell(struct redis_gauges *g, const struct sink_redis *x);

#endif
