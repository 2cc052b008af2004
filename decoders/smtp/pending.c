/* SPDX-License-Identifier: Apache-2.0 */
/* pending: a ring that grows by doubling up to its cap. */
#include "decoders/smtp/pending.h"

#include "decoders/base/limits.h"

enum { PENDING_FIRST = 4, PENDING_LARGE = 128 };

static bool grow(struct pending_queue *q, struct mem *m)
{
    unsigned cap = q->cap ? q->cap * 2u : PENDING_FIRST;
    struct pending *ring;

    if (cap > LIMIT_SMTP_PENDING)
        return false;
    ring = mem_resize(m, NULL, 0, cap * sizeof(*ring));
    if (!ring)
        return false;
    for (unsigned i = 0; i < q->n; i++)
        ring[i] = *pending_at(q, i);
    mem_free(m, q->ring, q->cap * sizeof(*ring));
    q->ring = ring;
    q->cap = (uint16_t)cap;
    q->head = 0;
    return true;
}

bool pending_init(struct pending_queue *q, struct mem *m)
{
    return grow(q, m);
}

struct pending *pending_add(struct pending_queue *q, struct mem *m)
{
    if (q->overflow || (q->n == q->cap && !grow(q, m))) {
        q->overflow++;
        return NULL;
    }
    return &q->ring[(q->head + q->n++) & (q->cap - 1u)];
}

struct pending *pending_at(const struct pending_queue *q, unsigned i)
{
    return &q->ring[(q->head + i) & (q->cap - 1u)];
}

struct pending pending_take(struct pending_queue *q)
{
    struct pending p = q->ring[q->head];

    q->head = (uint16_t)((q->head + 1u) & (q->cap - 1u));
    q->n--;
    return p;
}

void pending_shrink(struct pending_queue *q, struct mem *m)
{
    if (q->n || q->cap < PENDING_LARGE)
        return;
    mem_free(m, q->ring, q->cap * sizeof(*q->ring));
    q->ring = NULL;
    q->head = q->cap = 0;
}

void pending_free(struct pending_queue *q, struct mem *m)
{
    mem_free(m, q->ring, q->cap * sizeof(*q->ring));
    *q = (struct pending_queue){0};
}
