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
    DIRECT_BYTES = 128 * 1024, /* without a thread: after so many bytes too, so that parcels that go round stay in the cache */
    LIVE_LINES = 1024 * 1024,  /* live: after so many bytes of lines too; nobody weighed them when their records came */
};

struct publisher {
    struct sink *sinks[PUBLISHER_SINKS];
    unsigned n;
    struct scribe *scribe; /* of publisher_put */
    struct scribe *pen;    /* live: of the thread; else NULL, and parcels come with their lines */
    /* A replay whose sinks are all quick has neither queue nor thread: whoever passes a parcel on delivers it, under the lock. */
    struct queue *queue;
    pthread_t thread;
    pthread_mutex_t lock;
    bool wait;
    /* The list taken from the queue: items[at] is the next, and sink next_sink is the first that has not
     * had it yet. */
    struct queue_item *items;
    size_t items_n, at;
    unsigned next_sink;
    size_t done;           /* parcels finished with, not yet settled, given back and reported to the queue */
    struct parcel *done_list;
    uint64_t done_bytes, done_lines; /* done_lines: of lines that the pen wrote */
    bool stop;
    int result;
    atomic_int status;
    atomic_llong deadline; /* monotonic, us; 0 = none */
    atomic_ullong delivered, dropped;
};

static void settle(struct publisher *p)
{
    if (!p->done)
        return;
    for (unsigned i = 0; i < p->n; i++)
        if (p->sinks[i]->settle)
            p->sinks[i]->settle(p->sinks[i]);
    parcel_give_back(p->done_list);
    if (p->queue)
        queue_done(p->queue, p->done, p->done_bytes);
    p->done_list = NULL;
    p->done = 0;
    p->done_bytes = p->done_lines = 0;
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

/* Offers the parcel to the sinks that have not had it. False: one cannot take it now and must be waited for. */
static bool offer(struct publisher *p, struct parcel *x)
{
    if (p->pen && !p->next_sink)
        scribe_line(p->pen, x);
    for (; p->next_sink < p->n; p->next_sink++) {
        struct sink *s = p->sinks[p->next_sink];

        if (s->lines)
            s->put_line(s, x);
        else if (!s->put(s, x->record) && p->wait)
            return false;
    }
    p->next_sink = 0;
    return true;
}

static bool deliver_parcel(struct publisher *p, const struct queue_item *it)
{
    if (!offer(p, it->parcel))
        return false;
    it->parcel->next = p->done_list;
    p->done_list = it->parcel;
    atomic_fetch_add(&p->delivered, 1);
    p->done++;
    p->done_bytes += it->bytes;
    p->done_lines += p->pen ? it->parcel->line.n : 0;
    if (p->done >= DONE_RECORDS || p->done_lines >= LIVE_LINES) {
        settle(p);
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
    settle(p);
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

        if (!(it->kind == QUEUE_PARCEL ? deliver_parcel(p, it) : deliver_control(p, it)))
            break;
    }
    settle(p);
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

static const struct json_options *lines_wanted(const struct publisher *p)
{
    for (unsigned i = 0; i < p->n; i++)
        if (p->sinks[i]->lines)
            return p->sinks[i]->lines;
    return NULL;
}

static bool records_wanted(const struct publisher *p)
{
    for (unsigned i = 0; i < p->n; i++)
        if (p->sinks[i]->put)
            return true;
    return false;
}

/* Live, who captures shall do nothing that the publisher could. */
struct scribe *publisher_scribe(const struct publisher *p)
{
    if (!p->wait)
        return scribe_new(NULL, true);
    return scribe_new(lines_wanted(p), records_wanted(p));
}

static bool scribes_new(struct publisher *p)
{
    const struct json_options *lines = lines_wanted(p);

    p->scribe = publisher_scribe(p);
    if (!p->scribe || p->wait || !lines)
        return p->scribe;
    p->pen = scribe_new(lines, true);
    return p->pen;
}

/* In the caller's thread. */
static void deliver_now(struct publisher *p, const struct queue_item *it)
{
    pthread_mutex_lock(&p->lock);
    if (it->kind != QUEUE_PARCEL)
        deliver_control(p, it);
    else
        deliver_parcel(p, it);
    if (p->done_bytes >= DIRECT_BYTES)
        settle(p);
    pthread_mutex_unlock(&p->lock);
}

static void control(struct publisher *p, struct queue_item it)
{
    if (p->queue)
        queue_put_control(p->queue, it);
    else
        deliver_now(p, &it);
}

static bool all_quick(const struct publisher *p)
{
    for (unsigned i = 0; i < p->n; i++)
        if (!p->sinks[i]->quick)
            return false;
    return true;
}

/* All but the sinks. */
static void close_rooms(struct publisher *p)
{
    queue_free(p->queue);
    scribe_free(p->scribe);
    scribe_free(p->pen);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* 0 or an errno. */
static int open_rooms(struct publisher *p, struct sink *const *sinks, unsigned n, bool wait)
{
    for (unsigned i = 0; i < n; i++)
        p->sinks[i] = sinks[i];
    p->n = n;
    p->wait = wait;
    pthread_mutex_init(&p->lock, NULL);
    if (!scribes_new(p))
        return ENOMEM;
    if (wait && all_quick(p))
        return 0;
    p->queue = queue_new(wait);
    return p->queue ? quiet_thread_start(&p->thread, publisher_run, p) : errno;
}

struct publisher *publisher_start(struct sink *const *sinks, unsigned n, bool wait, char err[256])
{
    struct publisher *p = calloc(1, sizeof(*p));
    int e = p && n <= PUBLISHER_SINKS ? open_rooms(p, sinks, n, wait) : ENOMEM;

    if (e == 0)
        return p;
    snprintf(err, 256, _("cannot start the publisher: %s"), strerror(e));
    for (unsigned i = 0; i < n; i++)
        sinks[i]->free(sinks[i]);
    if (p)
        close_rooms(p);
    return NULL;
}

void publisher_budget(struct publisher *p, struct budget *b)
{
    if (p->queue)
        queue_set_budget(p->queue, b);
}

void publisher_pass(struct publisher *p, struct parcel *x)
{
    if (!p->queue) {
        deliver_now(p, &(struct queue_item){.kind = QUEUE_PARCEL, .parcel = x, .bytes = x->line.n});
        return;
    }
    if (queue_put(p->queue, x))
        return;
    atomic_fetch_add(&p->dropped, 1);
    x->next = NULL;
    parcel_give_back(x);
}

struct parcel *publisher_wrap(struct publisher *p, struct scribe *s, struct record *r)
{
    struct parcel *x = scribe_wrap(s, r);

    if (!x) {
        atomic_fetch_add(&p->dropped, 1);
        record_give_back(r);
    }
    return x;
}

void publisher_put(struct publisher *p, struct record *r)
{
    struct parcel *x = publisher_wrap(p, p->scribe, r);

    if (x)
        publisher_pass(p, x);
}

void publisher_input_over(struct publisher *p)
{
    if (p->queue)
        queue_set_wait(p->queue);
}

void publisher_run_begin(struct publisher *p, const struct run_info *run)
{
    struct run_info *copy = queue_run(run);

    if (copy)
        control(p, (struct queue_item){.kind = QUEUE_RUN_BEGIN, .run = copy});
}

void publisher_run_end(struct publisher *p, uint64_t packets, uint64_t bytes)
{
    control(p, (struct queue_item){.kind = QUEUE_RUN_END, .packets = packets, .bytes = bytes});
}

void publisher_reopen(struct publisher *p)
{
    control(p, (struct queue_item){.kind = QUEUE_REOPEN});
}

void publisher_stats(struct publisher *p, struct publisher_stats *out)
{
    struct queue_stats q = {.put = atomic_load(&p->delivered)};

    if (p->queue)
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
    control(p, (struct queue_item){.kind = QUEUE_STOP}); /* its place is kept */
    if (p->queue)
        pthread_join(p->thread, NULL);
    else
        finish_sinks(p);
    result = p->result;
    for (unsigned i = 0; i < p->n; i++)
        p->sinks[i]->free(p->sinks[i]);
    close_rooms(p);
    return result;
}
