/* SPDX-License-Identifier: Apache-2.0 */
/* crew: who reads decides whose a frame is; each worker follows all of them in its own thread. */
#include "sensor/crew.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sensor/crew_reader.h"
#include "sensor/crew_taker.h"
#include "sensor/flows/ports.h"
#include "sensor/intake/pieces.h"
#include "sensor/language.h"
#include "sensor/large_pages.h"
#include "sensor/log.h"
#include "sensor/publish/lanes.h"
#include "sensor/quiet_thread.h"

/* A worker and its thread. */
struct mate {
    struct crew *crew;
    struct worker *worker;
    struct record_pool *pool; /* its own: a record that another worker had would be cold */
    struct crew_reader reader; /* with a pace */
    struct crew_taker taker;   /* without */
    unsigned index;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock;
    struct worker_report report; /* under the lock: as it was a moment ago */
};

struct crew {
    const struct worker_options *options;
    struct publisher *publisher;
    struct share share;
    struct crew_live *live;     /* several workers that read for themselves: nothing below is there */
    struct pace *pace;          /* several that read files for themselves, the first in the caller's thread; else NULL */
    struct crew_blocks *blocks; /* several that read what the caller copies; else NULL */
    struct lanes *lanes;
    uint64_t frames;            /* over all sources */
    bool over;
    unsigned n;
    struct mate mate[];
};

/* --- a worker's thread --- */

static void tell(void *ctx)
{
    struct mate *m = ctx;

    pthread_mutex_lock(&m->lock);
    worker_report(m->worker, &m->report);
    pthread_mutex_unlock(&m->lock);
}

static void put(void *ctx, struct parcel *x)
{
    struct mate *m = ctx;

    lanes_put(m->crew->lanes, m->index, x);
}

static void start(struct mate *m)
{
    large_pages_thread();
    worker_start(m->worker);
}

/* Who reads begins when the budget is settled: what is set aside then is not resident yet. */
static void *mate_run(void *ctx)
{
    struct mate *m = ctx;

    if (!m->crew->pace || pace_wait(m->crew->pace))
        start(m);
    if (m->crew->pace)
        crew_reader_run(&m->reader);
    else
        crew_taker_run(&m->taker);
    return NULL;
}

/* --- life --- */

static bool mate_start(struct mate *m, char err[256])
{
    int e = quiet_thread_start(&m->thread, mate_run, m);

    m->has_thread = e == 0;
    if (e)
        snprintf(err, 256, _("cannot start worker %u: %s"), m->index, strerror(e));
    return e == 0;
}

static struct crew_reader reader_of(struct mate *m, const struct crew_input *in)
{
    const struct crew *c = m->crew;

    return (struct crew_reader){.index = m->index, .worker = m->worker, .capture = in->captures[m->index], .share = &c->share,
                                .shares_plain = !c->options->checksum && !c->options->dns, .pace = c->pace, .lanes = c->lanes, .count = in->count,
                                .ctx = m, .told = tell};
}

/* The first one's thread is the caller's, where files are read by each. */
static bool mates_start(struct crew *c, char err[256])
{
    for (unsigned i = c->pace ? 1 : 0; i < c->n && c->lanes; i++)
        if (!mate_start(&c->mate[i], err))
            return false;
    return true;
}

static bool mates_new(struct crew *c, const struct crew_input *in, char err[256])
{
    for (unsigned i = 0; i < c->n; i++) {
        struct mate *m = &c->mate[i];
        struct worker_seat seat = {.share = c->share, .index = i, .ctx = m, .put = put};

        m->crew = c;
        m->index = i;
        pthread_mutex_init(&m->lock, NULL);
        snprintf(err, 256, _("no memory to start"));
        m->pool = record_pool_new();
        m->worker = m->pool ? worker_new(c->options, c->n > 1 ? &seat : NULL, m->pool, c->publisher, err) : NULL;
        if (!m->worker)
            return false;
        if (c->pace)
            m->reader = reader_of(m, in);
        m->taker = (struct crew_taker){i, m->worker, c->blocks, c->lanes, m, tell};
    }
    return mates_start(c, err);
}

/* What lies between several. */
static bool lanes_open(struct crew *c, bool each_reads, char err[256])
{
    if (c->n == 1)
        return true;
    if (each_reads)
        c->pace = pace_new(c->n);
    else
        c->blocks = crew_blocks_new(c->n);
    c->lanes = lanes_new(c->publisher, c->n);
    if (c->options->budget)
        budget_reserve(c->options->budget, (each_reads ? PIECES_BYTES : CREW_BLOCKS_BYTES) + (uint64_t)c->n * (LIMIT_LANE_BYTES + LIMIT_PARCEL_BYTES));
    if ((c->pace || c->blocks) && c->lanes && share_draw(&c->share, c->n))
        return true;
    snprintf(err, 256, _("no memory or no randomness for %u workers"), c->n);
    return false;
}

struct crew *crew_new(const struct worker_options *o, const struct crew_input *in, struct publisher *publisher,
                      char err[256])
{
    bool reads = o->live && in->workers > 1;
    unsigned n = reads ? 0 : in->workers;
    struct crew *c = calloc(1, sizeof(*c) + n * sizeof(c->mate[0]));

    if (!c) {
        snprintf(err, 256, _("no memory to start"));
        return NULL;
    }
    c->options = o;
    c->publisher = publisher;
    c->n = n;
    if (reads)
        c->live = crew_live_new(o, in->share, in->captures, in->count, publisher, err);
    if (reads ? c->live != NULL : lanes_open(c, in->captures_n == n, err) && mates_new(c, in, err))
        return c;
    crew_free(c);
    return NULL;
}

void crew_start(struct crew *c)
{
    if (c->pace)
        worker_start(c->mate[0].worker);
}

struct crew_live *crew_reads(struct crew *c)
{
    return c->live;
}

/* Without crew_finish before, threads are told here that all is over. */
void crew_free(struct crew *c)
{
    bool any = false;

    if (!c)
        return;
    for (unsigned i = 0; i < c->n; i++)
        any |= c->mate[i].has_thread;
    if (c->pace)
        pace_stop(c->pace);
    if (any)
        crew_finish(c);
    for (unsigned i = 0; i < c->n; i++)
        worker_free(c->mate[i].worker);
    crew_live_free(c->live);
    lanes_free(c->lanes);
    for (unsigned i = 0; i < c->n; i++)
        record_pool_free(c->mate[i].pool);
    crew_blocks_free(c->blocks);
    pace_free(c->pace);
    free(c);
}

/* --- what goes to the workers --- */

/* The worker that a frame goes to; its packet's headers are all that is looked at. */
static uint8_t owner_of(const struct crew *c, const struct frame *f)
{
    struct packet p;
    enum packet_verdict v;
    uint32_t sum;
    unsigned one;

    if (f->filtered)
        return 0;
    if (!c->options->checksum && !c->options->dns && share_plain(f, &sum))
        return (uint8_t)share_of(&c->share, sum);
    v = packet_decode(&p, f->link_type, f->bytes, f->wire, c->options->checksum ? PACKET_CHECK_SUMS : 0);
    one = share_whose(&c->share, &p, v, ports_dns(c->options, &p, v));
    return one == SHARE_NOBODY ? 0 : (uint8_t)one;
}

bool crew_frames(struct crew *c, const struct frame *f, unsigned n)
{
    struct entry e = {.kind = ENTRY_FRAME, .filtered = f->filtered, .link_type = f->link_type, .wire = f->wire,
                      .ts_us = f->ts_us, .number = f->number};

    if (!c->lanes) {
        worker_frames(c->mate[0].worker, f, n);
        return true;
    }
    c->frames += n;
    if (c->pace)
        return crew_reader_frames(&c->mate[0].reader, f, n);
    e.owner = owner_of(c, f);
    crew_blocks_add(c->blocks, &e, f->bytes);
    return true;
}

unsigned crew_gathers(const struct crew *c)
{
    if (c->pace)
        return crew_reader_gathers(&c->mate[0].reader);
    return c->lanes ? 1 : CREW_GATHERED;
}

void crew_tick(struct crew *c, int64_t ts_us)
{
    if (!c->lanes)
        worker_tick(c->mate[0].worker, ts_us);
}

static void add_entry(struct crew *c, enum entry_kind kind, struct span name)
{
    struct entry e = {.kind = (uint8_t)kind, .name = name.p, .wire = (uint32_t)name.n};

    crew_blocks_add(c->blocks, &e, (struct span){NULL, 0});
}

void crew_source(struct crew *c, struct span name, bool ends)
{
    if (c->live) {
        crew_live_begin(c->live, name);
        return;
    }
    if (c->blocks) {
        if (ends)
            add_entry(c, ENTRY_END, (struct span){NULL, 0});
        add_entry(c, ENTRY_SOURCE, name);
        return;
    }
    if (c->pace) {
        crew_reader_source(&c->mate[0].reader, name, ends);
        pace_begin(c->pace);
        return;
    }
    if (ends)
        worker_finish(c->mate[0].worker, false);
    worker_source(c->mate[0].worker, name);
}

void crew_run_begin(struct crew *c, const struct run_info *run)
{
    if (c->lanes)
        lanes_run_begin(c->lanes, record_place(c->frames, STEP_SOURCE), run);
    else
        publisher_run_begin(c->publisher, run);
}

void crew_run_end(struct crew *c, uint64_t packets, uint64_t bytes)
{
    if (c->lanes)
        lanes_run_end(c->lanes, record_place(c->frames, STEP_SOURCE), packets, bytes);
    else
        publisher_run_end(c->publisher, packets, bytes);
}

bool crew_stop(struct crew *c)
{
    return !c->pace || pace_stop(c->pace);
}

static bool all_saw_the_same(const struct crew *c)
{
    for (unsigned i = 1; i < c->n; i++)
        if (worker_moment(c->mate[i].worker) != worker_moment(c->mate[0].worker))
            return false;
    return true;
}

bool crew_finish(struct crew *c)
{
    if (c->live) {
        crew_live_finish(c->live);
        return true;
    }
    if (!c->lanes) {
        worker_finish(c->mate[0].worker, true);
        return true;
    }
    if (c->pace && !c->over)
        crew_reader_finish(&c->mate[0].reader);
    if (c->blocks && !c->over)
        add_entry(c, ENTRY_OVER, (struct span){NULL, 0});
    c->over = true;
    for (unsigned i = 0; i < c->n; i++) {
        if (c->mate[i].has_thread)
            pthread_join(c->mate[i].thread, NULL);
        c->mate[i].has_thread = false;
    }
    return all_saw_the_same(c);
}

/* --- what they tell --- */

void crew_report(struct crew *c, struct worker_report *out)
{
    if (c->live) {
        crew_live_report(c->live, out, NULL);
        return;
    }
    if (!c->lanes) {
        worker_report(c->mate[0].worker, out);
        return;
    }
    if (c->pace)
        tell(&c->mate[0]);
    *out = (struct worker_report){0};
    for (unsigned i = 0; i < c->n; i++) {
        struct mate *m = &c->mate[i];

        pthread_mutex_lock(&m->lock);
        worker_report_add(out, &m->report);
        pthread_mutex_unlock(&m->lock);
    }
}

void crew_counts(struct crew *c, struct capture *capture, struct capture_counts *out)
{
    struct worker_report w;

    *out = (struct capture_counts){0};
    if (c->live)
        crew_live_report(c->live, &w, out);
    else
        capture_counts(capture, out);
}

void crew_stats(struct crew *c, const struct worker_report *report, const struct record_health *health)
{
    struct record *r = c->live ? crew_live_stats(c->live, report, health) : worker_stats(c->mate[0].worker, report, health);

    if (r)
        publisher_put(c->publisher, r);
}
