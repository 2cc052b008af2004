/* SPDX-License-Identifier: Apache-2.0 */
/* redis_gauges: single numbers, each right for itself; nobody waits for anybody. */
#include "sensor/publish/redis_gauges.h"

#include "sensor/publish/sink_redis.h"

static unsigned flowing(const struct sink_redis *x)
{
    unsigned n = 0;

    for (unsigned i = 0; i < x->buckets; i++)
        n += x->lanes[i].phase == PHASE_FLOW;
    return n;
}

void redis_gauges_tell(struct redis_gauges *g, const struct sink_redis *x)
{
#define X(field, name, meaning) atomic_store_explicit(&g->field, x->counts.field, memory_order_relaxed);
    REDIS_GAUGE_COUNTS(X)
#undef X
    atomic_store_explicit(&g->queued, x->window.pending_records + x->open_records, memory_order_relaxed);
    atomic_store_explicit(&g->spool_bytes, x->spool ? spool_bytes(x->spool) : 0, memory_order_relaxed);
    atomic_store_explicit(&g->spool_most, x->spool ? x->options.spool_max : 0, memory_order_relaxed);
    atomic_store_explicit(&g->batches, x->batches_acked, memory_order_relaxed);
    atomic_store_explicit(&g->buckets, x->buckets, memory_order_relaxed);
    atomic_store_explicit(&g->flowing, flowing(x), memory_order_relaxed);
    atomic_store_explicit(&g->good_us, x->good_at, memory_order_relaxed);
}
