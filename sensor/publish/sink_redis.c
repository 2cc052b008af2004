/* SPDX-License-Identifier: Apache-2.0 */
/* sink_redis: takes records, decides what is new, fills batches and seals them; delivery takes it from there. */
#define _GNU_SOURCE
#include "sensor/publish/sink_redis.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "sensor/language.h"
#include "sensor/publish/recipients.h"

enum {
    CUT_US = 1000 * 1000,         /* live: a batch is sealed at least so often */
    LIVE_FINISH_US = 5 * 1000000, /* live, no deadline given */
    RUNS_KEPT = 256               /* runs whose markers are looked after without need */
};

static struct sink_redis *of(struct sink *s)
{
    return (struct sink_redis *)(void *)s;
}

uint64_t redis_queued(const struct sink_redis *x)
{
    return x->window.pending_records + x->open_records;
}

/* Finished runs of long ago are forgotten, so that a folder of any size costs the same. Seldom looked at, since
 * those with batches in the window stay. */
static void forget_runs(struct sink_redis *x)
{
    unsigned n = 0;

    if (++x->runs_n < x->runs_most)
        return;
    for (struct redis_run **at = &x->runs; *at;) {
        struct redis_run *run = *at;

        if (n < RUNS_KEPT || run->batches) {
            at = &run->next;
            n++;
            continue;
        }
        *at = run->next;
        free(run);
    }
    x->runs_n = n;
    x->runs_most = 2 * n;
}

static void run_begin(struct sink *s, const struct run_info *info)
{
    struct sink_redis *x = of(s);
    struct redis_run *run;

    redis_seal_open(x);
    run = redis_run_new(info, x->buckets);
    x->run = run;
    x->open_seq = (struct redis_seq){0, 0};
    x->open_packets = x->open_bytes = 0;
    x->open_ts_us = 0;
    if (!run) {
        redis_say("redis: no memory for run %s: its records are lost", info->id);
        return;
    }
    run->next = x->runs;
    x->runs = run;
    forget_runs(x);
    if (run->state == RUN_ASKED)
        redis_ask_markers(x, run);
}

/* One marker is asked for at a time, and no run is forgotten while an answer about it may come. */
static bool may_begin(struct sink *s)
{
    const struct sink_redis *x = of(s);

    for (unsigned i = 0; i < x->buckets && !x->over; i++)
        if (x->lanes[i].asked)
            return false;
    return x->over || (!(x->run && x->run->state == RUN_ASKED) &&
                       !x->window.pending_loaded); /* it may hold batches of the same run */
}

static struct redis_seq place_of(const struct redis_run *run, const struct record *r)
{
    struct redis_seq at = {run->info.live ? 0 : r->frame, 1};

    if (run->info.live || r->frame == run->put.frame)
        at.n = run->put.n + 1;
    return at;
}

/* May a record come now? A replay knows its marker first and waits for room. */
static bool has_room(struct sink_redis *x)
{
    uint64_t most = x->options.pending_bytes ? x->options.pending_bytes : x->options.live ? LIMIT_REDIS_PENDING_LIVE : LIMIT_REDIS_PENDING_REPLAY;

    if (x->run && x->run->state == RUN_ASKED)
        return false;
    return x->window.pending_bytes < most;
}

/* A batch ends where some bucket's marker stands already, so that it is in that bucket wholly or not at all. */
static void cut_at_markers(struct sink_redis *x, struct redis_seq before)
{
    struct redis_seq cut = redis_run_cut(x->run, x->run->sealed, before);

    for (; !seq_none(cut); cut = redis_run_cut(x->run, x->run->sealed, before)) {
        x->open_seq = cut;
        redis_seal_open(x);
    }
}

/* Live, another worker's record may say more than one that is put behind it. */
static void take_totals(struct sink_redis *x, const struct record *r)
{
    x->open_packets = r->packets > x->open_packets ? r->packets : x->open_packets;
    x->open_bytes = r->bytes > x->open_bytes ? r->bytes : x->open_bytes;
    x->open_ts_us = r->ts_us > x->open_ts_us ? r->ts_us : x->open_ts_us;
}

static void add_record(struct sink_redis *x, const struct record *r, struct redis_seq at)
{
    struct redis_copy copy = redis_copies_look(x->copies, r);

    cut_at_markers(x, at);

    redis_record_stage(x->recorder, x->batch, r, &copy);
    if (!redis_batch_fits(x->batch)) {
        redis_seal_open(x);
        redis_record_stage(x->recorder, x->batch, r, &copy);
    }
    redis_batch_apply(x->batch);
    x->open_records++;
    x->open_seq = at;
    take_totals(x, r);
    if (x->options.live && !x->cut_at)
        x->cut_at = monotonic_us() + CUT_US;
}

/* Live, once in a while: the totals move on although no mail came. */
static void take_statistics(struct sink_redis *x, const struct record *r)
{
    struct redis_run *run = x->run;

    if (!run || !run->info.live || x->over || !has_room(x))
        return;
    if (r->health)
        x->health = *r->health;
    if (r->counters)
        x->flows_open = r->counters->flows_open;
    run->put = x->open_seq = place_of(run, r);
    take_totals(x, r);
    redis_seal_open(x);
}

static bool put(struct sink *s, const struct record *r)
{
    struct sink_redis *x = of(s);
    struct redis_seq at;

    if (r->type == RECORD_STATS) {
        take_statistics(x, r);
        return true;
    }
    if (r->open_at_end) {
        x->counts.records++;
        x->counts.open_at_end++;
        return true;
    }
    if (!x->over && !has_room(x)) {
        if (!x->options.live)
            return false;
        log_seldom(&x->full_said, "redis: %s does not keep up or is away: records are lost", x->where);
        x->counts.records++;
        x->counts.lost++;
        return false;
    }
    x->counts.records++;
    if (x->over || !x->run) {
        x->counts.lost++;
        return true;
    }
    at = place_of(x->run, r);
    x->run->put = at;
    x->run->seen++;
    if (x->run->state == RUN_SKIPPED || !seq_less(x->run->marker, at)) {
        redis_copies_look(x->copies, r);
        x->run->already++;
        x->counts.already_there++;
        return true;
    }
    add_record(x, r, at);
    return true;
}

static void say_already(const struct redis_run *run)
{
    if (!run->seen || !run->already || run->state == RUN_SKIPPED)
        return;
    if (run->already == run->seen)
        redis_note("redis: %.*s was counted before: its %llu records are there, nothing changed",
                  SPAN_FMT(run->info.source), (unsigned long long)run->seen);
    else
        redis_note("redis: %.*s: %llu of its %llu records were there from before, the others are added",
                  SPAN_FMT(run->info.source), (unsigned long long)run->already, (unsigned long long)run->seen);
}

/* The last batch of a source counts to its last frame, be there a record in it or not. */
static void run_end(struct sink *s, uint64_t packets, uint64_t bytes)
{
    struct sink_redis *x = of(s);
    struct redis_run *run = x->run;

    if (!run || x->over)
        return;
    run->end_packets = packets;
    run->end_bytes = bytes;
    run->ended = run->state == RUN_ASKED; /* no record came that would have waited for the marker */
    if (run->ended)
        return;
    say_already(run);
    cut_at_markers(x, redis_end_of(run));
    if (!x->open_records) {
        redis_seal_end(x, run);
    } else {
        x->open_seq = redis_end_of(run);
        x->open_packets = packets;
        x->open_bytes = bytes;
        redis_seal_open(x);
    }
    redis_pump(x);
}

static int poll_fd(struct sink *s, short *events, int64_t *timeout_us)
{
    struct sink_redis *x = of(s);
    int64_t now = monotonic_us();
    int64_t at = x->cut_at;

    for (unsigned i = 0; i < x->buckets; i++) {
        const struct redis_lane *l = &x->lanes[i];

        if (l->phase == PHASE_DRAIN && redis_lane_is_idle(l) && (!at || l->retry_at < at))
            at = l->retry_at;
        if (redis_memory_due(l) && (!at || redis_memory_due(l) < at))
            at = redis_memory_due(l);
    }
    if (x->deadline && (!at || x->deadline < at))
        at = x->deadline;
    if (at && at - now < *timeout_us)
        *timeout_us = at > now ? at - now : 0;
    return redis_servers_poll(x->servers, events, timeout_us);
}

static void work(struct sink *s)
{
    struct sink_redis *x = of(s);

    if (x->over)
        return;
    if (x->cut_at && monotonic_us() >= x->cut_at)
        redis_seal_open(x);
    redis_delivery_work(x);
    if (x->options.gauges)
        redis_gauges_tell(x->options.gauges, x);
}

static void hurry(struct sink *s, int64_t deadline_us)
{
    of(s)->deadline = deadline_us;
}

/* A signal can shorten the wait while it lasts. */
static void obey_watched(struct sink_redis *x)
{
    const atomic_llong *watched = atomic_load(&x->sink.watched);
    int64_t deadline = watched ? atomic_load(watched) : 0;

    if (deadline && (!x->deadline || deadline < x->deadline))
        x->deadline = deadline;
}

static int finish(struct sink *s, int64_t deadline_us)
{
    struct sink_redis *x = of(s);
    int64_t due_us = monotonic_us() + 1000 * 1000;

    redis_seal_open(x);
    x->deadline = deadline_us;
    if (x->options.live && !deadline_us)
        x->deadline = monotonic_us() + LIVE_FINISH_US;
    while (!x->over && (x->window.pending_bytes || (x->run && x->run->ended) ||
                                       redis_bounds_finish(x))) {
        int64_t timeout = CUT_US;
        struct pollfd p = {.events = 0};

        p.fd = poll_fd(s, &p.events, &timeout);
        poll(&p, 1, (int)(timeout / 1000) + 1);
        obey_watched(x);
        redis_say_waiting(x, &due_us);
        work(s);
    }
    redis_say_counts(x);
    if (!x->sink.status && (x->counts.lost || x->counts.spooled))
        x->sink.status = 4;
    return x->sink.status;
}

static void free_sink(struct sink *s)
{
    struct sink_redis *x = of(s);
    struct redis_run *next;

    redis_servers_free(x->servers);
    window_free(&x->window);
    redis_spool_close(x);
    for (struct redis_run *run = x->runs; run; run = next) {
        next = run->next;
        free(run);
    }
    redis_recorder_free(x->recorder);
    redis_batch_free(x->batch);
    redis_copies_free(x->copies);
    redactor_free(x->options.json.redactor);
    redis_url_free(&x->url);
    free(x);
}

static void set_defaults(struct redis_options *o)
{
    if (!o->prefix || !*o->prefix)
        o->prefix = "mxtap";
    if (!o->stream_max)
        o->stream_max = 100000;
    if (!o->top)
        o->top = 10000;
    if (!o->fanout)
        o->fanout = 256;
    if (!o->entities)
        o->entities = 100000;
    if (!o->memory)
        o->memory = (uint64_t)4 << 30;
    if (o->retention_days <= 0)
        o->retention_days = 30;
    if (!o->spool_max)
        o->spool_max = (uint64_t)1 << 30;
}

static bool open_rooms(struct sink_redis *x)
{
    struct redis_link_times times = {.reply = x->options.reply_us};
    struct hash_key key = {0, 0};

    if (getrandom(&key, sizeof(key), 0) != sizeof(key))
        key.k0 = (uint64_t)(uintptr_t)x ^ (uint64_t)monotonic_us();
    x->options.json.redactor = redactor_new(&x->mem, &x->options.json.recipients);
    if (!x->options.json.redactor)
        return false;
    redis_lanes_init(x);
    x->servers = redis_servers_new(&x->url, &redis_delivery_events, &times, x);
    x->batch = redis_batch_new(&x->mem, &key, x->buckets);
    x->recorder = redis_recorder_new(&x->mem, &x->options.json, &x->options.calendar, x->options.alert_score, x->buckets);
    x->copies = redis_copies_new(&x->mem, &key);
    window_init(&x->window, &x->mem, x->options.keep_bytes);
    x->good_at = monotonic_us();
    return x->servers && x->batch && x->recorder && x->copies;
}

/* The prefix stands in every key: printable, without braces (a cluster's tag) and without ':' at its end. */
static bool prefix_is_good(const char *prefix)
{
    size_t n = strlen(prefix);

    for (size_t i = 0; i < n; i++)
        if (prefix[i] <= ' ' || prefix[i] == 0x7f || strchr("{}*?[]\\", prefix[i]))
            return false;
    return n < 100 && prefix[n - 1] != ':';
}

struct sink *sink_redis_open(const struct redis_options *o, char err[SINK_ERR])
{
    struct sink_redis *x = calloc(1, sizeof(*x));

    if (!x) {
        snprintf(err, SINK_ERR, _("no memory for --redis"));
        return NULL;
    }
    x->sink = (struct sink){.name = "redis", .run_begin = run_begin, .may_begin = may_begin, .put = put, .run_end = run_end,
                            .poll_fd = poll_fd, .work = work, .finish = finish, .free = free_sink,
                            .hurry = hurry};
    x->options = *o;
    x->options.json.header_block = false;
    x->options.json.redactor = NULL;
    set_defaults(&x->options);
    mem_init(&x->mem, 0);
    window_init(&x->window, &x->mem, 0);
    x->runs_most = 2 * RUNS_KEPT;
    snprintf(err, SINK_ERR, _("the Redis prefix is not usable: printable ASCII without {}*?[]\\, no colon at its end"));
    if (prefix_is_good(x->options.prefix) && redis_url_parse(o->url, &x->url, err, SINK_ERR) == 0 &&
        redis_url_secure(&x->url, &o->tls, err, SINK_ERR) && (!o->live || redis_url_resolve(&x->url, err, SINK_ERR))) {
        snprintf(err, SINK_ERR, _("no memory for --redis"));
        x->buckets = x->url.cluster ? REDIS_BUCKETS : 1;
        redis_url_show(&x->url, x->where, sizeof(x->where));
        if (o->password && !x->url.password)
            x->url.password = strdup(o->password);
        x->options.url = x->options.password = NULL; /* the caller's, who may wipe them */
        if (open_rooms(x) && redis_spool_open(x, err))
            return &x->sink;
    }
    free_sink(&x->sink);
    return NULL;
}
