/* SPDX-License-Identifier: Apache-2.0 */
/* run: the loop from the source to the worker, and the order in which everything opens and closes. */
#include "sensor/run.h"

#include <time.h>

#include "sensor/crew.h"
#include "sensor/intake/privileges.h"
#include "sensor/judge/judge.h"
#include "sensor/language.h"
#include "sensor/large_pages.h"
#include "sensor/log.h"
#include "sensor/run_budget.h"
#include "sensor/run_capture.h"
#include "sensor/run_lock.h"
#include "sensor/run_metrics.h"
#include "sensor/run_report.h"
#include "sensor/run_signals.h"

enum { PROGRESS_FRAMES = 4096, PROGRESS_US = 250 * 1000, PROGRESS_AFTER_US = 1000 * 1000,
       LIVE_END_US = 4 * 1000 * 1000, LOOK_US = 50 * 1000 };

struct run {
    struct options *o;
    struct run_capture input;
    struct capture *capture; /* the first of input */
    struct sink *sinks[PUBLISHER_SINKS]; /* until the publisher has them */
    unsigned sinks_n;
    struct publisher *publisher;
    struct crew *crew;
    struct judge_seat *judge;
    struct budget budget;
    struct metrics *metrics; /* NULL without --metrics */
    struct run_info info;
    bool in_source;
    bool over;
    bool unread; /* not one file could be read, which was said */
    uint64_t packets, bytes; /* of this source */
    uint64_t frames;       /* not refused by the user's filter: what -c counts */
    int64_t next_stats_us; /* capture clock, live */
    int64_t next_progress_us;
    struct report_rates rates;
    struct report_drops drops;
    int status;
};

static bool fail(struct run *r, int status, const char *why)
{
    log_line(LOG_TROUBLE, "%s", why);
    r->status = status_worse(r->status, status);
    return false;
}

static bool capture_open(struct run *r)
{
    char err[CAPTURE_ERR] = "";
    int status = 0;

    if (!run_capture_open(&r->input, r->o, &status, err))
        return fail(r, status, err);
    r->capture = r->input.each[0];
    return true;
}

/* Before the other sinks. */
static bool metrics_sink_open(struct run *r)
{
    char err[METRICS_ERR] = "";

    if (!r->o->metrics)
        return true;
    r->metrics = run_metrics_open(r->o, err);
    if (!r->metrics)
        return fail(r, STATUS_FAILED, err);
    r->sinks[r->sinks_n++] = metrics_sink(r->metrics);
    return true;
}

static bool sinks_open(struct run *r)
{
    struct options *o = r->o;
    bool summary = o->summary || (o->verb == VERB_REPLAY && !o->json && !o->redis_wanted);
    bool json_out = o->json && strcmp(o->json, "-") == 0;
    char err[SINK_ERR] = "";
    int status = STATUS_FAILED;
    bool ok = true;

    if (o->json)
        ok = (r->sinks[r->sinks_n++] = sink_json_open(o->json, &o->json_options, err)) != NULL;
    if (ok && o->redis_wanted) {
        ok = (r->sinks[r->sinks_n++] = sink_redis_open(&o->redis, err)) != NULL;
        status = ok ? status : STATUS_USAGE;
    }
    if (ok && summary)
        ok = (r->sinks[r->sinks_n++] = sink_summary_open(json_out ? NULL : "-", &o->json_options.recipients, &r->unread, err)) != NULL;
    if (!ok)
        r->sinks_n--;
    return ok ? true : fail(r, status, err);
}

/* The sinks are the publisher's from here on. */
static bool publisher_open(struct run *r)
{
    char err[256] = "";
    unsigned n = r->sinks_n;

    r->sinks_n = 0;
    r->publisher = publisher_start(r->sinks, n, r->o->verb == VERB_REPLAY, err);
    if (!r->publisher)
        return fail(r, STATUS_FAILED, err);
    publisher_watch(r->publisher, run_signals_deadline());
    return true;
}

static bool judge_seat_open(struct run *r)
{
    struct options *o = r->o;
    struct judge *judge;
    char err[JUDGE_ERR];

    options_find_lists(o);
    judge = judge_open(&o->judge, err);
    r->judge = judge ? judge_seat_new(judge, &o->judge) : NULL;
    if (!r->judge)
        return fail(r, STATUS_FAILED, judge ? _("no memory") : err);
    o->worker.judge = r->judge;
    return true;
}

/* A capture is locked before its first thread, and once more when all of them run (sensor/run_lock). */
static bool all_open(struct run *r)
{
    bool live = r->o->verb == VERB_CAPTURE;
    char err[256] = "";

    if (!capture_open(r))
        return false;
    r->rates.memory_fd = report_memory_open();
    run_budget_open(&r->budget, r->o);
    if (!judge_seat_open(r) || !metrics_sink_open(r) || !sinks_open(r))
        return false;
    if (live && !run_lock_files(r->o, err))
        return fail(r, STATUS_FAILED, err);
    if (!publisher_open(r))
        return false;
    publisher_budget(r->publisher, &r->budget);
    r->crew = crew_new(&r->o->worker, &(struct crew_input){(unsigned)r->o->workers, &r->input.fanout.share, r->input.each, r->input.n, r->o->count},
                       r->publisher, err);
    if (!r->crew || (r->metrics && !metrics_start(r->metrics, r->rates.memory_fd, err)))
        return fail(r, STATUS_FAILED, err);
    if (live && !run_lock_calls(metrics_socket(r->metrics), err))
        return fail(r, STATUS_FAILED, err);
    crew_start(r->crew);
    return run_budget_settle(&r->budget, r->o, r->rates.memory_fd, err) || fail(r, STATUS_USAGE, err);
}

static int64_t wall_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void source_end(struct run *r)
{
    struct worker_report w;

    if (r->in_source && crew_reads(r->crew)) {
        crew_report(r->crew, &w);
        r->packets = w.packets;
        r->bytes = w.bytes;
    }
    if (r->in_source)
        crew_run_end(r->crew, r->packets, r->bytes);
    r->in_source = false;
}

static void source_begin(struct run *r)
{
    const struct capture_source *s = capture_source(r->capture);
    bool live = r->o->verb == VERB_CAPTURE;

    crew_source(r->crew, s->name, r->in_source && !s->follows);
    source_end(r);
    r->packets = r->bytes = 0;
    r->in_source = true;
    r->info.source = s->name;
    r->info.started_us = wall_us();
    memcpy(r->info.id, s->id, sizeof(r->info.id));
    if (live && !run_capture_id(r->info.id))
        fail(r, STATUS_FAILED, _("no random numbers for this run's id"));
    if (live)
        log_line(LOG_NOTE, "listening on %.*s", SPAN_FMT(s->name));
    log_line(LOG_DETAIL, s->follows ? N_("%.*s: run %.16s, goes on from the file before") : N_("%.*s: run %.16s"),
             SPAN_FMT(s->name), r->info.id);
    crew_run_begin(r->crew, &r->info);
}

static void statistics(struct run *r)
{
    struct publisher_stats p;
    struct capture_counts k;
    struct worker_report w;

    crew_report(r->crew, &w);
    publisher_stats(r->publisher, &p);
    crew_counts(r->crew, r->capture, &k);
    report_statistics(&w.counters, &p, &k);
}

/* The kernel's own count of drops goes with it, so that a gap can be told from a sender's silence. */
static void stats_record(struct run *r)
{
    struct record_health health;
    struct publisher_stats p;
    struct capture_counts k;
    struct worker_report w;

    crew_report(r->crew, &w);
    if (r->o->verb != VERB_CAPTURE) {
        crew_stats(r->crew, &w, NULL);
        return;
    }
    publisher_stats(r->publisher, &p);
    crew_counts(r->crew, r->capture, &k);
    report_drops(&r->drops, &k);
    report_health(&health, &r->rates, &w.counters, &p, &k);
    crew_stats(r->crew, &w, &health);
}

static void stats_record_when_due(struct run *r, int64_t ts_us)
{
    if (r->o->verb != VERB_CAPTURE || r->o->stats_interval_us == 0)
        return;
    /* Also after a step back of the clock. */
    if (r->next_stats_us && ts_us < r->next_stats_us &&
        r->next_stats_us - ts_us <= r->o->stats_interval_us)
        return;
    if (r->next_stats_us)
        stats_record(r);
    r->next_stats_us = ts_us + r->o->stats_interval_us;
}

static void progress_when_due(struct run *r)
{
    int64_t now = monotonic_us();
    struct worker_report w;

    if (r->next_progress_us == 0)
        r->next_progress_us = now + PROGRESS_AFTER_US;
    if (now < r->next_progress_us)
        return;
    r->next_progress_us = now + PROGRESS_US;
    crew_report(r->crew, &w);
    report_progress(r->capture, &w.counters);
}

static void trouble(struct run *r)
{
    int status;
    const char *text = capture_trouble(r->capture, &status);

    fail(r, status, text);
    r->over |= status == STATUS_USAGE;
}

static void count_frames(struct run *r, uint64_t frames, uint64_t bytes)
{
    bool much = r->packets / PROGRESS_FRAMES != (r->packets + frames) / PROGRESS_FRAMES;

    r->packets += frames;
    r->bytes += bytes;
    if (much)
        large_pages_go_on();
    if (much && r->o->verb == VERB_REPLAY)
        progress_when_due(r);
}

/* The next that the crew is to have: n of them. -c may end the run with the last one, not amid them. */
static enum capture_result next(struct run *r, struct frame *f, unsigned *n)
{
    uint64_t most = r->metrics ? 1 : crew_gathers(r->crew); /* metrics look at each frame's time */

    if (r->o->count && r->o->count - r->frames < most)
        most = r->o->count - r->frames;
    return capture_next_some(r->capture, f, (unsigned)most, n);
}

static void take_frames(struct run *r, const struct frame *f, unsigned n)
{
    uint64_t before = r->frames, bytes = 0;

    for (unsigned i = 0; i < n; i++) {
        bytes += f[i].wire;
        r->frames += !f[i].filtered;
    }
    if (!crew_frames(r->crew, f, n) || (r->frames != before && r->frames == r->o->count))
        r->over = true;
    count_frames(r, n, bytes);
    stats_record_when_due(r, f[n - 1].ts_us);
    if (r->metrics) /* then n is 1 */
        run_metrics_when_due(r->metrics, f[n - 1].ts_us, r->publisher, r->capture, r->crew);
}

static void obey_signals(struct run *r)
{
    if (run_signals_stop())
        r->over |= crew_stop(r->crew);
    if (run_signals_statistics())
        statistics(r);
    if (run_signals_reopen()) {
        publisher_reopen(r->publisher);
        judge_seat_reload(r->judge);
    }
    /* A replay whose records have nowhere to go ends; live goes on, counting what it loses. */
    if (r->o->verb == VERB_REPLAY && publisher_status(r->publisher))
        r->over |= crew_stop(r->crew);
}

/* The workers read: signals, statistics and trouble are left. */
static void look(struct run *r)
{
    struct timespec nap = {0, LOOK_US * 1000};
    char text[CAPTURE_ERR];

    switch (crew_live_look(crew_reads(r->crew), text)) {
    case CREW_LISTENS:
        nanosleep(&nap, NULL);
        stats_record_when_due(r, wall_us());
        run_metrics_when_due(r->metrics, wall_us(), r->publisher, r->capture, r->crew);
        break;
    case CREW_TROUBLE:
        fail(r, STATUS_FAILED, text);
        break;
    case CREW_OVER:
        r->over = true;
    }
}

static void step(struct run *r)
{
    struct frame f[CREW_GATHERED];
    unsigned n;

    if (r->in_source && crew_reads(r->crew)) {
        look(r);
        return;
    }
    switch (next(r, f, &n)) {
    case CAPTURE_FRAME:
        take_frames(r, f, n);
        break;
    case CAPTURE_IDLE:
        crew_tick(r->crew, f->ts_us);
        stats_record_when_due(r, f->ts_us);
        run_metrics_when_due(r->metrics, f->ts_us, r->publisher, r->capture, r->crew);
        break;
    case CAPTURE_SOURCE:
        source_begin(r);
        break;
    case CAPTURE_TROUBLE:
        trouble(r);
        break;
    case CAPTURE_END:
        r->over = true;
    }
}

/* In the order in which bytes travel, so that all that is in hand arrives. */
static void finish(struct run *r)
{
    int64_t deadline = r->o->verb == VERB_CAPTURE ? monotonic_us() + LIVE_END_US : 0;
    struct capture_counts k;

    if (run_signals_stop())
        deadline = atomic_load(run_signals_deadline());
    log_progress(NULL);
    publisher_input_over(r->publisher);
    if (!crew_finish(r->crew))
        fail(r, STATUS_DAMAGED, _("files changed while they were read, or memory was short: not every worker read the same"));
    stats_record(r);
    source_end(r);
    if (r->o->verbosity > 0)
        statistics(r);
    r->unread = r->status != STATUS_OK && !r->info.source.n;
    r->status = status_worse(r->status, publisher_finish(r->publisher, deadline));
    r->publisher = NULL;
    crew_counts(r->crew, r->capture, &k);
    if (r->o->verb == VERB_CAPTURE || run_signals_stop())
        report_packets(&k);
}

static void all_close(struct run *r)
{
    if (r->publisher)
        r->status = status_worse(r->status, publisher_finish(r->publisher, monotonic_us()));
    while (r->sinks_n--)
        r->sinks[r->sinks_n]->free(r->sinks[r->sinks_n]);
    metrics_free(r->metrics);
    crew_free(r->crew);
    judge_seat_free(r->judge);
    run_capture_close(&r->input);
}

int run(struct options *o)
{
    struct run r = {.o = o};

    privileges_harden();
    large_pages_open();
    run_signals_catch();
    if (o->password_on_command_line)
        log_line(LOG_NOTE, "the password in --redis could be read in the list of processes: "
                 "better put it in MXTAP_REDIS_PASSWORD or --redis-password-file");
    r.info = (struct run_info){.name = span_cstr(o->sensor_name), .options = options_text(o),
                               .live = o->verb == VERB_CAPTURE};
    if (all_open(&r)) {
        while (!r.over) {
            step(&r);
            obey_signals(&r);
        }
        finish(&r);
    }
    all_close(&r);
    return r.status;
}
