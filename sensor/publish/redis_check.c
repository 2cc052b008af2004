/* SPDX-License-Identifier: Apache-2.0 */
/* redis_check: after each connect: which server it is, whether its keys are ours, where our markers stand. */
#include <stdio.h>
#include <sys/random.h>

#include "sensor/publish/redis_step.h"
#include "sensor/publish/sink_redis.h"

/* Every question of a check comes back here; the last answer ends the check. */
static void answered(struct sink_redis *x)
{
    if (x->asked)
        x->asked--;
    if (!x->asked && x->phase == PHASE_CHECK)
        redis_check_over(x);
}

static void ask(struct sink_redis *x, redis_answer answer, void *tag, const struct span *args, unsigned n)
{
    if (redis_link_command(x->link, answer, tag, args, n))
        x->asked++;
    else
        x->wrong_during_check = true;
}

/* The value of "name:value" in INFO's text. */
static struct span info_value(struct span info, struct span name)
{
    size_t at = span_find_span(info, 0, name);
    struct span rest = span_from(info, at + name.n);

    return at == info.n ? span_of(NULL, 0) : span_head(rest, span_find(rest, 0, '\r'));
}

static void on_info(void *ctx, void *tag, const struct redis_reply *r)
{
    struct sink_redis *x = ctx;
    struct span text = redis_reply_text(r), id, policy;

    (void)tag;
    if (redis_reply_kind(r) != REPLY_TEXT) {
        /* Not allowed to ask: a connect counts as another server, a flush looks like a crash. */
        if (redis_trouble(text) != TROUBLE_DENIED)
            x->wrong_during_check = true;
        else if (span_starts_nocase(text, SPAN("NOAUTH")))
            redis_handle_error(x, text);
        answered(x);
        return;
    }
    id = info_value(text, SPAN("run_id:"));
    x->restarted = x->known_before && !span_eq(id, span_cstr(x->server));
    if (id.n < sizeof(x->server)) {
        memcpy(x->server, id.p, id.n);
        x->server[id.n] = 0;
    }
    policy = info_value(text, SPAN("maxmemory_policy:"));
    if (policy.n && !span_eq(policy, SPAN("noeviction")) && !x->policy_said) {
        x->policy_said = true;
        redis_say("%s has maxmemory-policy %.*s: it may throw counters away; set noeviction", x->where,
                  SPAN_FMT(policy));
    }
    answered(x);
}

static void on_script(void *ctx, void *tag, const struct redis_reply *r)
{
    struct sink_redis *x = ctx;
    struct span text = redis_reply_text(r);

    char *sha = tag;

    if (redis_reply_kind(r) == REPLY_TEXT && text.n < sizeof(x->script)) {
        memcpy(sha, text.p, text.n);
        sha[text.n] = 0;
    } else {
        x->wrong_during_check = true;
        redis_handle_error(x, text);
    }
    answered(x);
}

/* The keys that are there whatever the mail: a Redis in which one has another type is somebody else's. */
enum { FIXED_ALONE = 4, FIXED_PER_KIND = 3, FIXED = FIXED_ALONE + FIXED_PER_KIND * KINDS };

static const char *fixed_key(unsigned i, struct buf *name)
{
    static const struct {
        const char *name, *type;
    } alone[FIXED_ALONE] = {
        {KEY_STATS, "hash"}, {KEY_MAILS, "stream"}, {KEY_SESSIONS, "stream"}, {KEY_ALERTS, "stream"}};
    enum redis_kind k = (i - FIXED_ALONE) / FIXED_PER_KIND;

    if (i < FIXED_ALONE) {
        buf_add(name, span_cstr(alone[i].name));
        return alone[i].type;
    }
    switch ((i - FIXED_ALONE) % FIXED_PER_KIND) {
    case 0:
        key_board(name, span_of(NULL, 0), k, span_of(NULL, 0));
        return "zset";
    case 1:
        key_seen(name, k);
        return "zset";
    default:
        key_first(name, k);
        return "stream";
    }
}

static void on_type(void *ctx, void *tag, const struct redis_reply *r)
{
    struct sink_redis *x = ctx;
    uint8_t text[256];
    struct buf b = {.p = text, .cap = sizeof(text), .max = sizeof(text)};
    const char *type = fixed_key((unsigned)(uintptr_t)tag, &b);
    struct span is = redis_reply_text(r);

    if (redis_reply_kind(r) == REPLY_ERROR) {
        x->wrong_during_check = true;
        redis_handle_error(x, is);
    } else if (!span_eq(is, SPAN("none")) && !span_eq(is, span_cstr(type)) && x->phase != PHASE_OVER) {
        redis_say("%s is not mxtap's: key %s%.*s is a %.*s, not a %s; choose another --redis-prefix", x->where,
                  x->prefix, SPAN_FMT(buf_span(&b)), SPAN_FMT(is), type);
        redis_give_up(x, 1);
    }
    answered(x);
}

static void ask_types(struct sink_redis *x)
{
    uint8_t text[256];
    struct buf b = {.p = text, .cap = sizeof(text), .max = sizeof(text)};

    for (unsigned i = 0; i < FIXED; i++) {
        buf_clear(&b);
        buf_add(&b, span_cstr(x->prefix));
        fixed_key(i, &b);
        ask(x, on_type, (void *)(uintptr_t)i, (const struct span[]){SPAN("TYPE"), buf_span(&b)}, 2);
    }
}

/* A marker as it stands in Redis. */
struct told {
    struct marker marker;
    struct span options;
    uint64_t packets, bytes;
};

/* A run counted a second time on purpose gets an id that nobody else has. */
static void fresh_id(struct redis_run *run)
{
    uint8_t bits[16] = {0};

    if (getrandom(bits, sizeof(bits), 0) != sizeof(bits))
        memcpy(bits, &run, sizeof(run));
    for (unsigned i = 0; i < sizeof(bits); i++)
        snprintf(run->info.id + 2 * i, 3, "%02x", bits[i]);
}

/* What Redis has of a run that this call begins. */
static void open_run(struct sink_redis *x, struct redis_run *run, const struct told *t)
{
    struct marker m = t->marker;

    run->state = RUN_OPEN;
    if (seq_none(m.seq))
        return;
    if (x->options.again) {
        fresh_id(run);
        redis_note("%.*s was counted before; it is counted again as run %s", SPAN_FMT(run->info.source),
                  run->info.id);
        return;
    }
    if (!span_eq(t->options, run->info.options)) {
        redis_say("%.*s was counted with \"%.*s\", now it would be with \"%.*s\": nothing is counted; --again "
                  "counts it once more", SPAN_FMT(run->info.source), SPAN_FMT(t->options),
                  SPAN_FMT(run->info.options));
        run->state = RUN_SKIPPED;
        return;
    }
    run->marker = run->sealed = run->chain = run->acked = m.seq;
    run->records = run->acked_records = m.records;
    run->packets = t->packets;
    run->bytes = t->bytes;
}

static void take_resync(struct sink_redis *x, struct redis_run *run, struct marker m)
{
    struct resync s = {0};
    uint64_t ours;

    window_resync(&x->window, run, m, x->restarted, &s);
    ours = s.lost < x->counts.delivered ? s.lost : x->counts.delivered;
    x->counts.delivered += s.delivered;
    x->counts.delivered -= s.again + ours;
    x->counts.already_there += s.already;
    x->counts.lost += ours + s.overlap;
    x->counts.redis_lost += s.lost;
    x->counts.flushed += s.flushed;
    x->counts.resent += s.again;
    if (s.again)
        redis_say("%s came back without %llu records; they are sent again", x->where, (unsigned long long)s.again);
    if (s.lost)
        redis_say("%s lost %llu records that are no longer kept here (--redis-keep)", x->where,
                  (unsigned long long)s.lost);
    if (s.flushed)
        redis_say("%s was flushed: the counts of %llu records are gone; counting goes on with new ones", x->where,
                  (unsigned long long)s.flushed);
    if (s.overlap)
        redis_say("another mxtap counts %.*s at the same time; %llu records here may be missing",
                  SPAN_FMT(run->info.source), (unsigned long long)s.overlap);
}

static uint64_t number(struct span s)
{
    uint64_t v = 0;

    for (size_t i = 0; i < s.n && ascii_digit(s.p[i]); i++)
        v = v * 10 + (s.p[i] - '0');
    return v;
}

/* HMGET seq records options packets bytes */
static bool read_marker(const struct redis_reply *r, struct told *t)
{
    if (redis_reply_kind(r) != REPLY_ARRAY || redis_reply_n(r) != 5)
        return false;
    seq_parse(redis_reply_text(redis_reply_item(r, 0)), &t->marker.seq);
    t->marker.records = number(redis_reply_text(redis_reply_item(r, 1)));
    t->options = redis_reply_text(redis_reply_item(r, 2));
    t->packets = number(redis_reply_text(redis_reply_item(r, 3)));
    t->bytes = number(redis_reply_text(redis_reply_item(r, 4)));
    return true;
}

static void on_marker(void *ctx, void *tag, const struct redis_reply *r)
{
    struct sink_redis *x = ctx;
    struct redis_run *run = tag;
    struct told t;

    if (!read_marker(r, &t)) {
        x->wrong_during_check = true;
        redis_handle_error(x, redis_reply_text(r));
    } else if (run->state == RUN_ASKED) {
        open_run(x, run, &t);
        if (run->ended)
            redis_seal_end(x, run);
    } else if (run->state == RUN_OPEN && x->phase == PHASE_CHECK) {
        take_resync(x, run, t.marker);
    }
    answered(x);
}

void redis_ask_marker(struct sink_redis *x, struct redis_run *run)
{
    uint8_t text[256];
    struct buf b = {.p = text, .cap = sizeof(text), .max = sizeof(text)};

    if (!redis_link_is_up(x->link))
        return;
    buf_add(&b, span_cstr(x->prefix));
    key_run(&b, span_cstr(run->info.id));
    ask(x, on_marker, run, (const struct span[]){SPAN("HMGET"), buf_span(&b), SPAN("seq"), SPAN("records"),
                                                 SPAN("options"), SPAN("packets"), SPAN("bytes")}, 7);
}

void redis_check_begin(struct sink_redis *x)
{
    x->phase = PHASE_CHECK;
    redis_bounds_reset(x);
    x->wrong_during_check = false;
    x->asked = 1; /* so that no answer ends the check before all is asked */
    x->restarted = x->known_before && x->fresh; /* until INFO says otherwise */
    x->fresh = false;
    ask(x, on_info, x, (const struct span[]){SPAN("INFO")}, 1);
    ask(x, on_script, x->script,
        (const struct span[]){SPAN("SCRIPT"), SPAN("LOAD"), span_cstr(redis_step_script)}, 3);
    ask(x, on_script, x->bounds.script,
        (const struct span[]){SPAN("SCRIPT"), SPAN("LOAD"), span_cstr(redis_trim_script)}, 3);
    if (!x->types_checked)
        ask_types(x);
    for (struct redis_run *run = x->runs; run; run = run->next)
        redis_ask_marker(x, run);
    answered(x);
}
