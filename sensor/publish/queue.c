/* SPDX-License-Identifier: Apache-2.0 */
/* queue: two arrays that change places, so that a lock is held for one store and one list is taken at once. */
#define _GNU_SOURCE
#include "sensor/publish/queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    GATHERED_RECORDS = 256,         /* a consumer that naps is woken by so many, */
    GATHERED_BYTES = 4 * 1024 * 1024 /* or so many bytes */
};

struct items {
    struct queue_item *p;
    size_t n, cap;
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t room;
    struct items in, out;  /* producers append to in; the consumer reads out */
    size_t in_records;
    uint64_t in_bytes;
    uint64_t inside, inside_bytes, put, full;
    uint64_t most; /* bytes inside */
    struct budget *budget; /* or NULL */
    unsigned waiting;
    int fd;
    bool wait, idle, rung; /* rung: fd was made readable and nobody took since */
};

static bool grow(struct items *a)
{
    size_t cap = a->cap ? a->cap * 2 : 64;
    struct queue_item *p = realloc(a->p, cap * sizeof(*p));

    if (!p)
        return false;
    a->p = p;
    a->cap = cap;
    return true;
}

/* The last place is kept for QUEUE_STOP: without memory too, the consumer learns of the end. */
static bool append(struct items *a, const struct queue_item *it)
{
    size_t kept = it->kind == QUEUE_STOP ? 0 : 1;

    if (a->n + kept >= a->cap && !grow(a))
        return false;
    a->p[a->n++] = *it;
    return true;
}

struct queue *queue_new(bool wait)
{
    struct queue *q = calloc(1, sizeof(*q));

    if (!q)
        return NULL;
    q->fd = grow(&q->in) && grow(&q->out) ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
    if (q->fd < 0) {
        free(q->in.p);
        free(q->out.p);
        free(q);
        return NULL;
    }
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->room, NULL);
    q->wait = wait;
    q->idle = true;
    q->most = LIMIT_QUEUE_BYTES;
    return q;
}

void queue_set_budget(struct queue *q, struct budget *b)
{
    pthread_mutex_lock(&q->lock);
    q->budget = b;
    q->most = budget_queue_most(b);
    pthread_mutex_unlock(&q->lock);
}

static void weigh(struct queue *q, int64_t bytes)
{
    if (q->budget)
        budget_queued(q->budget, bytes);
}

void queue_set_wait(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->wait = true;
    pthread_mutex_unlock(&q->lock);
}

void queue_free(struct queue *q)
{
    if (!q)
        return;
    for (size_t i = 0; i < q->in.n; i++)
        free(q->in.p[i].run);
    pthread_cond_destroy(&q->room);
    pthread_mutex_destroy(&q->lock);
    close(q->fd);
    free(q->in.p);
    free(q->out.p);
    free(q);
}

static void ring(struct queue *q)
{
    uint64_t one = 1;

    q->rung = true;
    if (write(q->fd, &one, sizeof(one)) < 0) {
        /* full counter: it is readable already */
    }
}

static bool fits(const struct queue *q, uint64_t bytes)
{
    return q->inside == 0 ||
           (q->inside < LIMIT_QUEUE_RECORDS && q->inside_bytes + bytes <= q->most);
}

static void wait_for_room(struct queue *q)
{
    if (!q->rung)
        ring(q);
    q->waiting++;
    pthread_cond_wait(&q->room, &q->lock);
    q->waiting--;
}

static bool put_locked(struct queue *q, struct parcel *x)
{
    struct queue_item it = {.kind = QUEUE_PARCEL, .parcel = x, .bytes = parcel_weight(x)};

    while (q->wait && !fits(q, it.bytes))
        wait_for_room(q);
    if (!fits(q, it.bytes) || !append(&q->in, &it)) {
        q->full++;
        return false;
    }
    q->put++;
    q->inside++;
    q->inside_bytes += it.bytes;
    weigh(q, (int64_t)it.bytes);
    q->in_records++;
    q->in_bytes += it.bytes;
    if (!q->rung && (q->idle || q->in_records >= GATHERED_RECORDS || q->in_bytes >= GATHERED_BYTES))
        ring(q);
    return true;
}

bool queue_put(struct queue *q, struct parcel *x)
{
    bool ok;

    pthread_mutex_lock(&q->lock);
    ok = put_locked(q, x);
    pthread_mutex_unlock(&q->lock);
    return ok;
}

static struct span copy_text(char **at, struct span s)
{
    struct span copy = {NULL, 0};

    if (s.p) {
        if (s.n)
            memcpy(*at, s.p, s.n);
        copy = span_of(*at, s.n);
        *at += s.n;
    }
    return copy;
}

struct run_info *queue_run(const struct run_info *run)
{
    struct run_info *copy = malloc(sizeof(*copy) + run->name.n + run->source.n + run->options.n);
    char *at;

    if (!copy)
        return NULL;
    *copy = *run;
    at = (char *)(copy + 1);
    copy->name = copy_text(&at, run->name);
    copy->source = copy_text(&at, run->source);
    copy->options = copy_text(&at, run->options);
    return copy;
}

bool queue_put_control(struct queue *q, struct queue_item it)
{
    bool ok;

    pthread_mutex_lock(&q->lock);
    while (q->wait && it.kind == QUEUE_RUN_BEGIN && q->in.n >= LIMIT_QUEUE_RECORDS)
        wait_for_room(q);
    ok = append(&q->in, &it);
    if (ok && !q->rung)
        ring(q);
    pthread_mutex_unlock(&q->lock);
    if (!ok)
        free(it.run);
    return ok;
}

int queue_fd(const struct queue *q)
{
    return q->fd;
}

size_t queue_take(struct queue *q, struct queue_item **items)
{
    struct items t;
    uint64_t rings;

    pthread_mutex_lock(&q->lock);
    if (q->rung && read(q->fd, &rings, sizeof(rings)) < 0) {
        /* nothing rang after all */
    }
    q->rung = false;
    t = q->in;
    q->in = q->out;
    q->out = t;
    q->in.n = 0;
    q->in_records = 0;
    q->in_bytes = 0;
    q->idle = q->out.n == 0;
    if (q->waiting)
        pthread_cond_broadcast(&q->room);
    pthread_mutex_unlock(&q->lock);
    *items = q->out.p;
    return q->out.n;
}

void queue_done(struct queue *q, size_t n, uint64_t bytes)
{
    pthread_mutex_lock(&q->lock);
    q->inside -= n;
    q->inside_bytes -= bytes;
    weigh(q, -(int64_t)bytes);
    if (q->waiting)
        pthread_cond_broadcast(&q->room);
    pthread_mutex_unlock(&q->lock);
}

void queue_stats(struct queue *q, struct queue_stats *out)
{
    pthread_mutex_lock(&q->lock);
    *out = (struct queue_stats){q->put, q->full, q->inside};
    pthread_mutex_unlock(&q->lock);
}
