/* SPDX-License-Identifier: Apache-2.0 */
/* exchange: a queue from each worker to each; the earliest of the queues' heads goes first. */
#include "sensor/exchange.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "decoders/base/limits.h"

struct queue_of {
    struct handed *first, *last;
};

struct inbox {
    pthread_mutex_t lock;
    struct queue_of from[LIMIT_WORKERS]; /* each in the order of its ring, which is that of time */
    uint64_t bytes;
};

struct exchange {
    unsigned n;
    atomic_llong seen[LIMIT_WORKERS];
    struct inbox inbox[];
};

struct exchange *exchange_new(unsigned workers)
{
    struct exchange *x = calloc(1, sizeof(*x) + workers * sizeof(x->inbox[0]));

    if (!x)
        return NULL;
    x->n = workers;
    for (unsigned i = 0; i < workers; i++)
        pthread_mutex_init(&x->inbox[i].lock, NULL);
    return x;
}

void exchange_free(struct exchange *x)
{
    if (!x)
        return;
    for (unsigned i = 0; i < x->n; i++) {
        for (struct handed *h; (h = exchange_take(x, i, INT64_MAX));)
            exchange_done(h);
        pthread_mutex_destroy(&x->inbox[i].lock);
    }
    free(x);
}

static uint64_t weight(const struct handed *h)
{
    return sizeof(*h) + h->frame.bytes.n;
}

static struct handed *copy_of(const struct frame *f)
{
    struct handed *h = malloc(sizeof(*h) + f->bytes.n);

    if (!h)
        return NULL;
    h->next = NULL;
    h->frame = *f;
    if (f->bytes.n)
        memcpy(h->bytes, f->bytes.p, f->bytes.n);
    h->frame.bytes = span_of(h->bytes, f->bytes.n);
    return h;
}

bool exchange_put(struct exchange *x, unsigned from, unsigned to, const struct frame *f)
{
    struct inbox *in = &x->inbox[to];
    struct queue_of *q = &in->from[from];
    struct handed *h = copy_of(f);
    bool fits = false;

    if (!h)
        return false;
    pthread_mutex_lock(&in->lock);
    fits = in->bytes + weight(h) <= LIMIT_EXCHANGE_BYTES;
    if (fits) {
        if (q->first)
            q->last->next = h;
        else
            q->first = h;
        q->last = h;
        in->bytes += weight(h);
    }
    pthread_mutex_unlock(&in->lock);
    if (!fits)
        exchange_done(h);
    return fits;
}

void exchange_seen(struct exchange *x, unsigned who, int64_t ts_us)
{
    if (ts_us > atomic_load_explicit(&x->seen[who], memory_order_relaxed))
        atomic_store_explicit(&x->seen[who], ts_us, memory_order_release);
}

/* How far all others are. */
static int64_t others_seen(const struct exchange *x, unsigned who)
{
    int64_t least = INT64_MAX;

    for (unsigned i = 0; i < x->n; i++) {
        int64_t seen = atomic_load_explicit(&x->seen[i], memory_order_acquire);

        if (i != who && seen < least)
            least = seen;
    }
    return least;
}

/* Under the inbox's lock. */
static struct queue_of *earliest(struct exchange *x, struct inbox *in)
{
    struct queue_of *best = NULL;

    for (unsigned i = 0; i < x->n; i++) {
        struct queue_of *q = &in->from[i];

        if (q->first && (!best || q->first->frame.ts_us < best->first->frame.ts_us))
            best = q;
    }
    return best;
}

/* Its own ring it reads itself: what lies there unread never comes too late by the clock, but only after it. Half full, it gives up
 * order before it must refuse frames. Under the inbox's lock. */
static bool is_due(const struct exchange *x, const struct inbox *in, int64_t ts_us, int64_t others_us, int64_t now_us)
{
    int64_t own_us = atomic_load_explicit(&x->seen[in - x->inbox], memory_order_relaxed);

    if (now_us == INT64_MAX || in->bytes > LIMIT_EXCHANGE_BYTES / 2)
        return true;
    return ts_us <= own_us && (ts_us < others_us || now_us - EXCHANGE_HOLD_US >= ts_us);
}

struct handed *exchange_take(struct exchange *x, unsigned who, int64_t now_us)
{
    struct inbox *in = &x->inbox[who];
    int64_t others_us = others_seen(x, who); /* before the lock: what they put until then is there */
    struct handed *h = NULL;
    struct queue_of *q;

    pthread_mutex_lock(&in->lock);
    q = earliest(x, in);
    if (q && is_due(x, in, q->first->frame.ts_us, others_us, now_us)) {
        h = q->first;
        q->first = h->next;
        in->bytes -= weight(h);
    }
    pthread_mutex_unlock(&in->lock);
    return h;
}

/* It may have held a password. */
void exchange_done(struct handed *h)
{
    explicit_bzero(h->bytes, h->frame.bytes.n);
    free(h);
}
