/* SPDX-License-Identifier: Apache-2.0 */
/* redis_account: what is said at the end of all records: where each of them is. */
#include "sensor/log.h"
#include "sensor/publish/sink_redis.h"

/* Every record is in Redis, and nothing happened on the way. */
static bool went_well(const struct redis_counts *c)
{
    return c->records == c->delivered + c->already_there && !c->key_errors && !c->redis_lost && !c->flushed && !c->resent &&
           !c->reconnects && !c->entities_trimmed && !c->boards_trimmed;
}

void redis_say_counts(const struct sink_redis *x)
{
    const struct redis_counts *c = &x->counts;

    if (went_well(c) && !x->sink.status) {
        if (c->already_there)
            redis_note("redis: all %llu records are there, %llu of them from before", (unsigned long long)c->records,
                       (unsigned long long)c->already_there);
        else
            redis_note("redis: all %llu records are there", (unsigned long long)c->records);
        return;
    }
    redis_note("redis: records %llu = delivered %llu + already there %llu + queued %llu + spooled %llu + lost %llu + open at "
              "end %llu; key errors %llu, lost by Redis %llu, flushed %llu, resent %llu, reconnects %llu, entities trimmed %llu, boards trimmed %llu",
              (unsigned long long)c->records, (unsigned long long)c->delivered,
              (unsigned long long)c->already_there, (unsigned long long)redis_queued(x),
              (unsigned long long)c->spooled, (unsigned long long)c->lost, (unsigned long long)c->open_at_end,
              (unsigned long long)c->key_errors, (unsigned long long)c->redis_lost,
              (unsigned long long)c->flushed, (unsigned long long)c->resent, (unsigned long long)c->reconnects,
              (unsigned long long)c->entities_trimmed, (unsigned long long)c->boards_trimmed);
}

/* Nobody waits longer than a second for the end without being told for what. */
void redis_say_waiting(const struct sink_redis *x, int64_t *due_us)
{
    int64_t now = monotonic_us();

    if (!*due_us || now < *due_us || !redis_queued(x))
        return;
    *due_us = 0;
    if (x->deadline)
        redis_note("redis: %llu records still wait for %s, for %lld seconds at most", (unsigned long long)redis_queued(x), x->where,
                   (long long)((x->deadline - now) / 1000000 + 1));
    else
        redis_note("redis: %llu records still wait for %s", (unsigned long long)redis_queued(x), x->where);
}
