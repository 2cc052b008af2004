/* SPDX-License-Identifier: Apache-2.0 */
/* crew_live: a thread a worker: frame in, whose is it; whatever was handed to it and is due. */
#include "sensor/crew_live.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sensor/exchange.h"
#include "sensor/flows/ports.h"
#include "sensor/fragment_pairs.h"
#include "sensor/language.h"
#include "sensor/large_pages.h"
#include "sensor/log.h"
#include "sensor/quiet_thread.h"

/* A worker tells of itself so often, in frames and in time. */
enum { TELL_FRAMES = 4096, TELL_US = 100 * 1000, ASK_NAP_US = 2 * 1000, ASK_NAPS = 50 };

struct hand {
    struct crew_live *crew;
    struct worker *worker;
    struct record_pool *pool;
    struct capture *capture;
    unsigned index;
    pthread_t thread;
    bool has_thread;
    atomic_ullong packets, bytes; /* that came to its rings; its own thread writes them */
    uint64_t handed_on;           /* of them, those put into inboxes; its own thread's */
    atomic_uint told;             /* crew's asked that report answers */
    atomic_bool gone;             /* its thread is at its end, and reports no more */
    unsigned since_tell;
    int64_t told_us;
    pthread_mutex_t lock;         /* of the rest */
    struct worker_report report;
    struct capture_counts counts;
    char trouble[CAPTURE_ERR];    /* "" = none */
};

struct crew_live {
    const struct worker_options *options;
    struct publisher *publisher;
    struct share share;
    struct exchange *exchange;
    uint64_t count;
    atomic_ullong taken; /* frames, where count says how many may be */
    atomic_uint asked;   /* for reports of now */
    atomic_bool stop;
    atomic_uint reading; /* workers whose interfaces are there */
    pthread_mutex_t lock;
    pthread_cond_t begin;
    bool begun;
    struct fragment_pairs fragments;
    unsigned n;
    struct hand hand[];
};

static int64_t capture_clock_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* --- a worker's thread --- */

/* What all of them have counted: a record tells of the source, not of a worker's part. */
static void totals(void *ctx, uint64_t *packets, uint64_t *bytes)
{
    const struct crew_live *c = ((struct hand *)ctx)->crew;

    *packets = *bytes = 0;
    for (unsigned i = 0; i < c->n; i++) {
        *packets += atomic_load_explicit(&c->hand[i].packets, memory_order_relaxed);
        *bytes += atomic_load_explicit(&c->hand[i].bytes, memory_order_relaxed);
    }
}

static void tell(struct hand *h)
{
    unsigned asked = atomic_load(&h->crew->asked);

    pthread_mutex_lock(&h->lock);
    worker_report(h->worker, &h->report);
    capture_counts(h->capture, &h->counts);
    pthread_mutex_unlock(&h->lock);
    atomic_store(&h->told, asked);
    h->since_tell = 0;
    h->told_us = capture_clock_us();
}

static void tell_when_due(struct hand *h)
{
    if (++h->since_tell >= TELL_FRAMES || atomic_load_explicit(&h->crew->asked, memory_order_relaxed) != atomic_load(&h->told) || (h->since_tell % 64 == 0 && capture_clock_us() - h->told_us >= TELL_US))
        tell(h);
}

/* All have it or it counts as lost: the first one, who counts it, gets it last. */
static bool hand_to_all(struct hand *h, const struct frame *f)
{
    for (unsigned to = h->crew->n; to-- > 0;)
        if (!exchange_put(h->crew->exchange, h->index, to, f))
            return false;
    return true;
}

/* Taken at once and where it lies: what nothing in another ring can belong in front of. */
static bool is_simple(struct crew_live *c, const struct packet *p, int64_t ts_us)
{
    return !p->encapsulations && !c->options->dns && !fragment_pairs_has(&c->fragments, &c->share, p, ts_us);
}

/* Plain TCP of its own is taken at once and where it lies, unless a mail may have to wait for an answer of DNS that lies in another
 * ring. Of the rest, what has a worker goes through inboxes, the own one too. */
static void take_frame(struct hand *h, const struct frame *f)
{
    struct crew_live *c = h->crew;
    struct packet p;
    enum packet_verdict v = packet_decode(&p, f->link_type, f->bytes, f->wire, c->options->checksum ? PACKET_CHECK_SUMS : 0);
    unsigned one = share_whose(&c->share, &p, v, ports_dns(c->options, &p, v));
    bool handed = true, mine = one == SHARE_NOBODY || (one == h->index && is_simple(c, &p, f->ts_us));

    if (v == PACKET_FRAGMENT)
        fragment_pairs_note(&c->fragments, &c->share, &p, f->ts_us);
    atomic_fetch_add_explicit(&h->packets, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&h->bytes, f->wire, memory_order_relaxed);
    if (mine)
        worker_frame(h->worker, f);
    else if (one == SHARE_EVERYBODY)
        handed = hand_to_all(h, f);
    else
        handed = exchange_put(c->exchange, h->index, one, f);
    h->handed_on += !mine;
    if (!handed)
        worker_lost(h->worker, f);
    exchange_seen(c->exchange, h->index, f->ts_us);
}

static void take_handed(struct hand *h, int64_t now_us)
{
    struct handed *x;

    while ((x = exchange_take(h->crew->exchange, h->index, now_us))) {
        worker_frame(h->worker, &x->frame);
        exchange_done(x);
    }
}

static bool may_take(struct crew_live *c)
{
    return !c->count || atomic_fetch_add(&c->taken, 1) < c->count;
}

static void say_trouble(struct hand *h)
{
    int status;

    pthread_mutex_lock(&h->lock);
    snprintf(h->trouble, sizeof(h->trouble), "%s", capture_trouble(h->capture, &status));
    pthread_mutex_unlock(&h->lock);
}

/* False: there is nothing to read any more. */
static bool step(struct hand *h)
{
    struct frame f;

    switch (capture_next(h->capture, &f)) {
    case CAPTURE_FRAME:
        if (!may_take(h->crew))
            return false;
        take_frame(h, &f);
        break;
    case CAPTURE_IDLE:
        exchange_seen(h->crew->exchange, h->index, f.ts_us);
        worker_tick(h->worker, f.ts_us);
        tell(h);
        break;
    case CAPTURE_TROUBLE:
        say_trouble(h);
        break;
    case CAPTURE_SOURCE:
        break;
    case CAPTURE_END:
        return false;
    }
    return true;
}

static void wait_for_begin(struct crew_live *c)
{
    pthread_mutex_lock(&c->lock);
    while (!c->begun)
        pthread_cond_wait(&c->begin, &c->lock);
    pthread_mutex_unlock(&c->lock);
}

static void *hand_run(void *ctx)
{
    struct hand *h = ctx;
    struct crew_live *c = h->crew;
    bool reads = true;

    large_pages_thread();
    wait_for_begin(c);
    while (!atomic_load_explicit(&c->stop, memory_order_relaxed) && reads) {
        reads = step(h);
        take_handed(h, capture_clock_us());
        tell_when_due(h);
    }
    atomic_fetch_sub(&c->reading, 1);
    exchange_seen(c->exchange, h->index, INT64_MAX);
    tell(h);
    atomic_store(&h->gone, true);
    return NULL;
}

/* --- life --- */

static bool hand_start(struct hand *h, char err[256])
{
    int e = quiet_thread_start(&h->thread, hand_run, h);

    h->has_thread = e == 0;
    if (e)
        snprintf(err, 256, _("cannot start worker %u: %s"), h->index, strerror(e));
    return e == 0;
}

static bool hands_new(struct crew_live *c, struct capture *const *captures, char err[256])
{
    for (unsigned i = 0; i < c->n; i++) {
        struct hand *h = &c->hand[i];
        struct worker_seat seat = {.share = c->share, .index = i, .ctx = h, .totals = totals};

        h->crew = c;
        h->index = i;
        h->capture = captures[i];
        pthread_mutex_init(&h->lock, NULL);
        snprintf(err, 256, _("no memory for %u workers"), c->n);
        h->pool = record_pool_new();
        h->worker = h->pool ? worker_new(c->options, &seat, h->pool, c->publisher, err) : NULL;
        if (!h->worker)
            return false;
    }
    for (unsigned i = 0; i < c->n; i++)
        if (!hand_start(&c->hand[i], err))
            return false;
    return true;
}

struct crew_live *crew_live_new(const struct worker_options *o, const struct share *share, struct capture *const *captures,
                                uint64_t count, struct publisher *publisher, char err[256])
{
    struct crew_live *c = calloc(1, sizeof(*c) + share->n * sizeof(c->hand[0]));

    if (c) {
        c->options = o;
        c->publisher = publisher;
        c->share = *share;
        c->n = share->n;
        c->count = count;
        atomic_init(&c->reading, c->n);
        pthread_mutex_init(&c->lock, NULL);
        pthread_cond_init(&c->begin, NULL);
        c->exchange = exchange_new(c->n);
        if (o->budget)
            budget_reserve(o->budget, (uint64_t)c->n * (LIMIT_EXCHANGE_BYTES + LIMIT_PARCEL_BYTES));
    }
    if (c && c->exchange && hands_new(c, captures, err))
        return c;
    if (!c || !c->exchange)
        snprintf(err, 256, _("no memory for %u workers"), share->n);
    crew_live_free(c);
    return NULL;
}

void crew_live_begin(struct crew_live *c, struct span name)
{
    for (unsigned i = 0; i < c->n && name.p; i++)
        worker_source(c->hand[i].worker, name);
    pthread_mutex_lock(&c->lock);
    c->begun = true;
    pthread_cond_broadcast(&c->begin);
    pthread_mutex_unlock(&c->lock);
}

/* All threads end; none is there any more when this returns. */
static void stop_threads(struct crew_live *c)
{
    atomic_store(&c->stop, true);
    crew_live_begin(c, (struct span){NULL, 0});
    for (unsigned i = 0; i < c->n; i++) {
        if (c->hand[i].has_thread)
            pthread_join(c->hand[i].thread, NULL);
        c->hand[i].has_thread = false;
    }
}

static void say_shares(const struct crew_live *c)
{
    for (unsigned i = 0; i < c->n; i++)
        log_line(LOG_DETAIL, "worker %u: %llu packets, %llu of them handed on", i + 1,
                 (unsigned long long)atomic_load(&c->hand[i].packets), (unsigned long long)c->hand[i].handed_on);
}

void crew_live_finish(struct crew_live *c)
{
    stop_threads(c);
    say_shares(c);
    for (unsigned i = 0; i < c->n; i++) {
        take_handed(&c->hand[i], INT64_MAX);
        worker_finish(c->hand[i].worker, true);
        tell(&c->hand[i]);
    }
}

void crew_live_free(struct crew_live *c)
{
    if (!c)
        return;
    stop_threads(c);
    for (unsigned i = 0; i < c->n; i++)
        worker_free(c->hand[i].worker);
    for (unsigned i = 0; i < c->n; i++)
        record_pool_free(c->hand[i].pool);
    exchange_free(c->exchange);
    free(c);
}

/* --- what they tell --- */

/* An interface that is gone is gone for all: the first one's word is enough. */
static bool take_trouble(struct hand *h, char trouble[CAPTURE_ERR])
{
    pthread_mutex_lock(&h->lock);
    snprintf(trouble, CAPTURE_ERR, "%s", h->trouble);
    h->trouble[0] = 0;
    pthread_mutex_unlock(&h->lock);
    return trouble[0];
}

enum crew_live_state crew_live_look(struct crew_live *c, char trouble[CAPTURE_ERR])
{
    if (take_trouble(&c->hand[0], trouble))
        return CREW_TROUBLE;
    if (c->count && atomic_load(&c->taken) >= c->count)
        return CREW_OVER;
    return atomic_load(&c->reading) ? CREW_LISTENS : CREW_OVER;
}

static bool all_told(const struct crew_live *c, unsigned asked)
{
    for (unsigned i = 0; i < c->n; i++)
        if (!atomic_load(&c->hand[i].gone) && (int)(atomic_load(&c->hand[i].told) - asked) < 0)
            return false;
    return true;
}

/* What each knows now; one that is busy for longer than ASK_NAPS is taken as it was. */
static void ask(struct crew_live *c)
{
    const struct timespec nap = {0, ASK_NAP_US * 1000};
    unsigned asked = atomic_fetch_add(&c->asked, 1) + 1;

    for (unsigned i = 0; c->begun && i < ASK_NAPS && !all_told(c, asked); i++)
        nanosleep(&nap, NULL);
}

void crew_live_report(struct crew_live *c, struct worker_report *out, struct capture_counts *counts)
{
    ask(c);
    *out = (struct worker_report){0};
    for (unsigned i = 0; i < c->n; i++) {
        struct hand *h = &c->hand[i];

        pthread_mutex_lock(&h->lock);
        worker_report_add(out, &h->report);
        if (counts) {
            counts->received += h->counts.received;
            counts->dropped_kernel += h->counts.dropped_kernel;
            counts->dropped_interface += h->counts.dropped_interface;
        }
        pthread_mutex_unlock(&h->lock);
    }
    totals(&c->hand[0], &out->packets, &out->bytes);
}

struct record *crew_live_stats(const struct crew_live *c, const struct worker_report *report,
                               const struct record_health *health)
{
    return worker_stats(c->hand[0].worker, report, health);
}
