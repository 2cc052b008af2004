/* SPDX-License-Identifier: Apache-2.0 */
/* budget: sums and parts of them; nothing is ever asked of the system here. */
#include "sensor/budget.h"

#include "decoders/base/limits.h"

enum {
    WORKER_LEAST = 8 << 20, /* bytes: nDPI's tables, 4.3 MB once a worker asks it, and connections beside them: with less all are evicted at once */
    SLACK_PART = 8,   /* of the total: what nobody counts, holes between blocks above all */
    SLACK = 12 << 20, /* bytes: the same of any total: nDPI's second table of protocols, stacks, large pages that are used in part */
    LEAST_PART = 4,   /* of the total that must be left for connections and mails */
    QUEUE_PART = 16,  /* of the total, for records that wait */
    SINK_PART = 8     /* of the total, for the steps of one sink */
};

void budget_init(struct budget *b, uint64_t total)
{
    *b = (struct budget){.total = total};
}

void budget_reserve(struct budget *b, uint64_t bytes)
{
    atomic_fetch_add_explicit(&b->reserved, bytes, memory_order_relaxed);
}

static uint64_t taken(const struct budget *b)
{
    return atomic_load_explicit(&b->fixed, memory_order_relaxed) + atomic_load_explicit(&b->reserved, memory_order_relaxed) +
           b->total / SLACK_PART + SLACK;
}

/* One worker has what LEAST_PART leaves. */
static uint64_t workers_least(const struct budget *b)
{
    unsigned workers = atomic_load_explicit(&b->workers, memory_order_relaxed);

    return workers > 1 ? (uint64_t)workers * WORKER_LEAST : 0;
}

/* Of the total, SLACK_PART is not there for gone bytes and the workers'. */
static uint64_t least_total(uint64_t gone, uint64_t workers)
{
    uint64_t with_workers = (gone + workers) / (SLACK_PART - 1) * SLACK_PART + SLACK_PART * SLACK_PART;

    return gone * 2 > with_workers ? gone * 2 : with_workers;
}

bool budget_settle(struct budget *b, uint64_t resident, uint64_t *least)
{
    atomic_store_explicit(&b->fixed, resident, memory_order_relaxed);
    *least = least_total(taken(b) - b->total / SLACK_PART, workers_least(b));
    return !b->total || (taken(b) + b->total / LEAST_PART <= b->total && taken(b) + workers_least(b) <= b->total);
}

void budget_join(struct budget *b)
{
    atomic_fetch_add_explicit(&b->workers, 1, memory_order_relaxed);
}

void budget_leave(struct budget *b)
{
    atomic_fetch_sub_explicit(&b->workers, 1, memory_order_relaxed);
}

uint64_t budget_share(const struct budget *b)
{
    unsigned workers = atomic_load_explicit(&b->workers, memory_order_relaxed);
    int64_t queued = atomic_load_explicit(&b->queued, memory_order_relaxed);
    uint64_t gone = taken(b) + (queued > 0 ? (uint64_t)queued : 0), left;

    if (!b->total)
        return LIMIT_WORKER_BYTES;
    left = gone < b->total ? b->total - gone : 0;
    return workers > 1 ? left / workers : left; /* asked at every frame: a division is dear */
}

void budget_queued(struct budget *b, int64_t bytes)
{
    atomic_fetch_add_explicit(&b->queued, bytes, memory_order_relaxed);
}

static uint64_t part(const struct budget *b, uint64_t of, uint64_t most)
{
    return b->total && b->total / of < most ? b->total / of : most;
}

uint64_t budget_queue_most(const struct budget *b)
{
    return part(b, QUEUE_PART, LIMIT_QUEUE_BYTES);
}

uint64_t budget_sink_most(const struct budget *b, uint64_t most)
{
    return part(b, SINK_PART, most);
}
