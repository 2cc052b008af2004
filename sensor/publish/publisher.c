/* SPDX-License-Identifier: Apache-2.0 */
/* publisher: the thread between the queue and the sinks: an event loop that never waits for any one of them. */
#define _GNU_SOURCE
#include "sensor/publish/publisher.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sensor/language.h"
#include "sensor/publish/queue.h"
#include "sensor/quiet_thread.h"

enum {
    GATHER_US = 10 * 1000,  /* while records flow, the queue is emptied so often: few wake-ups */
    TICK_US = 1000 * 1000,  /* sinks' own clocks are at least so fine */
    DONE_RECORDS = 128,     /* room is given back, and sinks' descriptors are served, after so many */
};

struct publisher {
    struct sink *sinks[PUBLISHER_SINKS];
    unsigned n;
    struct record_pool *pool;
    struct queue *queue;
    pthread_t thread;
    bool wait;
    /* The list taken from the queue: items[at] is the next, and sink next_sink is the first that has not
     * had it yet. */
    struct queue_item *items;
    size_t items_n, at;
    unsigned next_sink;
    size_t done;           /* records finished with, not yet reported to the queue */
    uint64_t done_bytes;
    bool stop;
    int result;
    atomic_int status;
    atomic_llong deadline; /* monotonic, us; 0 = none */
    atomic_ullong delivered, dropped;
};

static void report_done(struct publisher *p)
{
    if (p->done)
        queue_done(p->queue, p->done, p->done_bytes);
    p->done = 0;
    p->done_bytes = 0;
}

/* Sinks do what needs no record: sockets, timers. */
static void work(struct publisher *p)
{
    for (unsigned i = 0; i < p->n; i++) {
        struct sink *s = p->sinks[i];
        const atomic_llong *watched = atomic_load(&s->watched);
        int64_t deadline = watched ? atomic_load(watched) : 0;

        if (!deadline)
            deadline = atomic_load(&p->deadline);

        if (deadline && s->hurry)
            s->hurry(s, deadline);
        if (s->work)
            s->work(s);
        if (s->status)
            atomic_store(&p->status, s->status);
    }
}

/* Offers the record to the sinks that have not had it. False: one cannot take it now and must be waited for. */
static bool offer(struct publisher *p, const struct record *r)
{
    for (; p->next_sink < p->n; p->next_sink++) {
        struct sink *s = p->sinks[p->next_sink];

        if (!s->put(s, r) && p->wait)
            return false;
    }
    p->next_sink = 0;
    return true;
}

static bool deliver_record(struct publisher *p, const struct queue_item *it)
{
    if (!offer(p, it->record))
        return false;
    record_give_back(p->pool, it->record);
    atomic_fetch_add(&p->delivered, 1);
    p->done++;
    p->done_bytes += it->bytes;
    if (p->done >= DONE_RECORDS) {
        report_done(p);
        work(p);
    }
    return true;
}

static bool may_begin(struct publisher *p)
{
    for (unsigned i = 0; p->wait && i < p->n; i++)
        if (p->sinks[i]->may_begin && !p->sinks[i]->may_begin(p->sinks[i]))
            return false;
    return true;
}

static bool deliver_control(struct publisher *p, const struct queue_item *it)
{
    if (it->kind == QUEUE_RUN_BEGIN && !may_begin(p))
        return false;
    for (unsigned i = 0; i < p->n; i++) {
        struct sink *s = p->sinks[i];

        if (it->kind == QUEUE_RUN_BEGIN && s->run_begin)
            s->run_begin(s, it->run);
        else if (it->kind == QUEUE_RUN_END && s->run_end)
            s->run_end(s, it->packets, it->bytes);
        else if (it->kind == QUEUE_REOPEN && s->reopen)
            s->reopen(s);
    }
    free(it->run);
    p->stop |= it->kind == QUEUE_STOP;
    return true;
}

/* As far as the sinks let it go. True when everything taken is delivered. */
static bool deliver(struct publisher *p)
{
    for (; p->at < p->items_n; p->at++) {
        const struct queue_item *it = &p->items[p->at];

        if (!(it->kind == QUEUE_RECORD ? deliver_record(p, it) : deliver_control(p, it)))
            break;
    }
    report_done(p);
    return p->at == p->items_n;
}

/* Sleeps until the queue (unless a sink must be waited for first) or a sink has something. */
static void sleep_on_events(struct publisher *p, bool blocked, int64_t timeout)
{
    struct pollfd fds[PUBLISHER_SINKS + 1];
    nfds_t n = 0;
    struct timespec t;

    if (!blocked)
        fds[n++] = (struct pollfd){.fd = queue_fd(p->queue), .events = POLLIN};
    for (unsigned i = 0; i < p->n; i++) {
        struct sink *s = p->sinks[i];
        short events = 0;
        int64_t own = TICK_US;
        int fd = s->poll_fd ? s->poll_fd(s, &events, &own) : -1;

        if (own < timeout)
            timeout = own;
        if (fd >= 0)
            fds[n++] = (struct pollfd){.fd = fd, .events = events};
    }
    if (timeout < 0)
        timeout = 0;
    t = (struct timespec){timeout / 1000000, timeout % 1000000 * 1000};
    ppoll(fds, n, &t, NULL);
}

static void finish_sinks(struct publisher *p)
{
    int64_t deadline = atomic_load(&p->deadline);

    /* Those without a descriptor first: they only write, the others may wait for somebody. */
    for (int waits = 0; waits < 2; waits++) {
        for (unsigned i = 0; i < p->n; i++) {
            struct sink *s = p->sinks[i];
            int status = 0;

            if ((s->poll_fd != NULL) == waits && s->finish)
                status = s->finish(s, deadline);
            if (status > p->result)
                p->result = status;
        }
    }
}

static void *publisher_run(void *ctx)
{
    struct publisher *p = ctx;

    while (!p->stop) {
        bool blocked;

        work(p); /* first: an answer that came may let a sink take what waits */
        blocked = !deliver(p);
        if (p->stop)
            break;
        sleep_on_events(p, blocked, p->items_n && !blocked ? GATHER_US : TICK_US);
        if (blocked)
            continue;
        p->items_n = queue_take(p->queue, &p->items);
        p->at = 0;
    }
    finish_sinks(p);
    return NULL;
}

struct publisher *publisher_start(struct sink *const *sinks, unsigned n, struct record_pool *pool,
                                  bool wait, char err[256])
{
    struct publisher *p = calloc(1, sizeof(*p));
    int e = ENOMEM;

    if (p && n <= PUBLISHER_SINKS) {
        for (unsigned i = 0; i < n; i++)
            p->sinks[i] = sinks[i];
        p->n = n;
        p->pool = pool;
        p->wait = wait;
        p->queue = queue_new(wait);
        e = p->queue ? quiet_thread_start(&p->thread, publisher_run, p) : errno;
    }
    if (e == 0)
        return p;
    snprintf(err, 256, _("cannot start the publisher: %s"), strerror(e));
    for (unsigned i = 0; i < n; i++)
        sinks[i]->free(sinks[i]);
    if (p)
        queue_free(p->queue);
    free(p);
    return NULL;
}

void publisher_budget(struct publisher *p, struct budget *b)
{
    queue_set_budget(p->queue, b);
}

void publisher_put(struct publisher *p, struct record *r)
{
    if (queue_put(p->queue, r))
        return;
    atomic_fetch_add(&p->dropped, 1);
    record_give_back(p->pool, r);
}

void publisher_input_over(struct publisher *p)
{
    queue_set_wait(p->queue);
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

void publisher_run_begin(struct publisher *p, const struct run_info *run)
{
    struct run_info *copy = malloc(sizeof(*copy) + run->name.n + run->source.n + run->options.n);
    char *at;

    if (!copy)
        return;
    *copy = *run;
    at = (char *)(copy + 1);
    copy->name = copy_text(&at, run->name);
    copy->source = copy_text(&at, run->source);
    copy->options = copy_text(&at, run->options);
    queue_put_control(p->queue, (struct queue_item){.kind = QUEUE_RUN_BEGIN, .run = copy});
}

void publisher_run_end(struct publisher *p, uint64_t packets, uint64_t bytes)
{
    queue_put_control(p->queue,
                      (struct queue_item){.kind = QUEUE_RUN_END, .packets = packets, .bytes = bytes});
}

void publisher_reopen(struct publisher *p)
{
    queue_put_control(p->queue, (struct queue_item){.kind = QUEUE_REOPEN});
}

void publisher_stats(struct publisher *p, struct publisher_stats *out)
{
    struct queue_stats q;

    queue_stats(p->queue, &q);
    out->dropped = atomic_load(&p->dropped);
    out->records = q.put + out->dropped;
    out->delivered = atomic_load(&p->delivered);
    out->queued = q.put - out->delivered;
}

int publisher_status(struct publisher *p)
{
    return atomic_load(&p->status);
}

void publisher_watch(struct publisher *p, const atomic_llong *deadline)
{
    for (unsigned i = 0; i < p->n; i++)
        atomic_store(&p->sinks[i]->watched, deadline);
}

int publisher_finish(struct publisher *p, int64_t deadline_us)
{
    int result;

    atomic_store(&p->deadline, deadline_us);
    queue_put_control(p->queue, (struct queue_item){.kind = QUEUE_STOP}); /* its place is kept */
    pthread_join(p->thread, NULL);
    result = p->result;
    for (unsigned i = 0; i < p->n; i++)
        p->sinks[i]->free(p->sinks[i]);
    queue_free(p->queue);
    free(p);
    return result;
}
