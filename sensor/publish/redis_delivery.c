/* SPDX-License-Identifier: Apache-2.0 */
/* redis_delivery: sealed batches to Redis, a few at once, each exactly once; what to do when something is wrong. */
#include <stdio.h>

#include "sensor/publish/redis_step.h"
#include "sensor/publish/sink_redis.h"

enum {
    RETRY_US = 200 * 1000,        /* after an error that time may heal */
    HOUR_BOARD_S = 48 * 3600,
    DAY_S = 24 * 3600,
    STEP_ARGS = 4 + STEP_FIXED_ARGS + 8
};

/* Small numbers and texts of one command, kept until it is written. */
struct command {
    struct span args[STEP_ARGS];
    unsigned n;
    char text[STEP_ARGS][64];
};

static void arg(struct command *c, struct span s)
{
    c->args[c->n++] = s;
}

static void arg_number(struct command *c, uint64_t v)
{
    int n = snprintf(c->text[c->n], sizeof(c->text[0]), "%llu", (unsigned long long)v);

    arg(c, span_of(c->text[c->n], (size_t)n));
}

static void arg_seq(struct command *c, struct redis_seq s)
{
    seq_format(s, c->text[c->n]);
    arg(c, span_cstr(c->text[c->n]));
}

static void arg_bounds(struct command *c, const struct redis_options *o)
{
    arg_number(c, o->top);
    arg_number(c, o->fanout);
    arg_number(c, (uint64_t)o->retention_days * DAY_S);
    arg_number(c, HOUR_BOARD_S);
    arg_number(c, o->stream_max);
    arg_number(c, LIMIT_REDIS_FIRST);
}

/* What the marker says of its run, written with its first batch. */
static void arg_run(struct command *c, const struct redis_run *run, bool first)
{
    arg_number(c, first ? 8 : 0);
    if (!first)
        return;
    arg(c, SPAN("name"));
    arg(c, run->info.name);
    arg(c, SPAN("source"));
    arg(c, run->info.source);
    arg(c, SPAN("options"));
    arg(c, run->info.options);
    arg(c, SPAN("started"));
    arg_number(c, (uint64_t)(run->info.started_us / 1000000));
}

static void on_step(void *ctx, void *tag, const struct redis_reply *r);

static bool send_batch(struct sink_redis *x, struct sealed *s)
{
    struct redis_run *run = s->run;
    struct command c = {.n = 0};
    uint8_t text[256];
    struct buf key = {.p = text, .cap = sizeof(text), .max = sizeof(text)};

    buf_add(&key, span_cstr(x->prefix));
    key_run(&key, span_cstr(run->info.id));
    arg(&c, SPAN("EVALSHA"));
    arg(&c, span_cstr(x->script));
    arg(&c, SPAN("1"));
    arg(&c, buf_span(&key));
    arg(&c, span_cstr(x->prefix));
    arg_seq(&c, run->chain);
    arg_seq(&c, s->seq);
    arg(&c, SPAN(KEY_STATS));
    arg_bounds(&c, &x->options);
    arg_number(&c, s->packets);
    arg_number(&c, s->bytes);
    arg_number(&c, s->records_before + s->records);
    arg_number(&c, run->info.live ? (uint64_t)x->options.retention_days * DAY_S : 0);
    arg_number(&c, s->packets_before);
    arg_number(&c, s->bytes_before);
    arg_number(&c, s->sealed_ms);
    arg_run(&c, run, seq_none(run->chain));
    if (!redis_link_command_body(x->link, on_step, s, c.args, c.n, buf_span(&s->args), s->args_n))
        return false;
    run->chain = s->seq;
    x->in_flight++;
    return true;
}

void redis_pump(struct sink_redis *x)
{
    while (x->phase == PHASE_FLOW && !x->bounds.holds && x->in_flight < LIMIT_REDIS_IN_FLIGHT) {
        struct sealed *s = window_send(&x->window);

        if (!s)
            return;
        if (s->shed && !redis_spool_load(x, s))
            continue;
        if (!send_batch(x, s)) {
            redis_link_drop(x->link, "no memory for a command");
            return;
        }
    }
}

static void drain(struct sink_redis *x, int64_t wait_us)
{
    if (x->phase == PHASE_OVER || x->phase == PHASE_DOWN)
        return;
    x->phase = PHASE_DRAIN;
    x->retry_at = monotonic_us() + wait_us;
}

static void say_outage(struct sink_redis *x, const char *what, struct span why)
{
    if (x->outage_said || x->phase == PHASE_OVER)
        return;
    x->outage_said = true;
    redis_say("%s %s: %.*s; trying again", x->where, what, SPAN_FMT(why));
}

void redis_give_up(struct sink_redis *x, int status)
{
    uint64_t spooled;

    if (x->phase == PHASE_OVER)
        return;
    x->phase = PHASE_OVER;
    x->sink.status = status;
    if (x->spool)
        redis_seal_open(x); /* it goes to disk too */
    spooled = window_spooled(&x->window);
    x->counts.spooled += spooled;
    x->counts.lost += redis_queued(x) - spooled;
    if (spooled)
        redis_say("%llu records wait in the spool %s: the next start sends them", (unsigned long long)spooled,
                  spool_folder(x->spool));
    x->open_records = 0;
    window_free(&x->window);
    redis_link_stop(x->link);
}

void redis_handle_error(struct sink_redis *x, struct span error)
{
    const char *hint = "grant it to this user (ACL SETUSER)";

    if (x->phase == PHASE_OVER)
        return;
    switch (redis_trouble(error)) {
    case TROUBLE_DENIED:
        if (span_starts_nocase(error, SPAN("NOAUTH")) || span_starts_nocase(error, SPAN("WRONGPASS")))
            hint = "set the right password in MXTAP_REDIS_PASSWORD";
        redis_say("%s refuses us: %.*s; %s", x->where, SPAN_FMT(error), hint);
        redis_give_up(x, 1);
        return;
    case TROUBLE_NOSCRIPT:
        drain(x, 0);
        return;
    case TROUBLE_READONLY:
        say_outage(x, "takes no writes", error);
        redis_link_drop(x->link, "it is read-only");
        return;
    case TROUBLE_WAIT:
    case TROUBLE_OTHER:
        say_outage(x, "cannot take records now", error);
        drain(x, RETRY_US);
        return;
    }
}

/* {"ok", seq, failed writes, the first one's key and error} */
static void note_key_errors(struct sink_redis *x, const struct redis_reply *r)
{
    int64_t n = redis_reply_n(r) > 2 ? redis_reply_integer(redis_reply_item(r, 2)) : 0;
    struct span first;

    if (n <= 0)
        return;
    x->counts.key_errors += (uint64_t)n;
    first = redis_reply_n(r) > 3 ? redis_reply_text(redis_reply_item(r, 3)) : span_of(NULL, 0);
    log_seldom(&x->key_errors_said, "redis: %llu writes met keys that are not of our type and were left out; one is %.*s",
              (unsigned long long)x->counts.key_errors, SPAN_FMT(first));
}

static void say_over(struct sink_redis *x)
{
    x->outage_said = false;
    redis_note("%s takes records again", x->where);
}

static void batch_is_in(struct sink_redis *x, struct sealed *s, bool ours)
{
    *(ours ? &x->counts.delivered : &x->counts.already_there) += s->records;
    window_ack(&x->window, s);
    x->batches_acked++;
    x->good_at = monotonic_us();
    if (x->outage_said && x->phase == PHASE_FLOW)
        say_over(x);
}

static void on_step(void *ctx, void *tag, const struct redis_reply *r)
{
    struct sink_redis *x = ctx;
    struct sealed *s = tag;
    struct span word;

    if (x->in_flight)
        x->in_flight--;
    if (x->phase == PHASE_OVER)
        return;
    if (redis_reply_kind(r) != REPLY_ARRAY || redis_reply_n(r) < 2) {
        redis_handle_error(x, redis_reply_text(r));
        return;
    }
    word = redis_reply_text(redis_reply_item(r, 0));
    if (span_eq(word, SPAN("ok"))) {
        note_key_errors(x, r);
        batch_is_in(x, s, true);
    } else if (span_eq(word, SPAN("already"))) {
        batch_is_in(x, s, s->tries > 1);
    } else {
        drain(x, 0);
    }
    redis_pump(x);
}

void redis_check_over(struct sink_redis *x)
{
    if (x->wrong_during_check) {
        drain(x, RETRY_US);
        return;
    }
    x->known_before = true;
    x->types_checked = true;
    x->phase = PHASE_FLOW;
    if (x->outage_said && !x->window.pending_bytes)
        say_over(x);
    redis_pump(x);
}

static void on_up(void *ctx)
{
    struct sink_redis *x = ctx;

    if (x->known_before)
        x->counts.reconnects++;
    x->fresh = true;
    redis_check_begin(x);
}

static void on_down(void *ctx, const char *why)
{
    struct sink_redis *x = ctx;

    x->in_flight = 0;
    x->asked = 0;
    redis_bounds_reset(x);
    say_outage(x, x->known_before ? "has dropped the connection" : "cannot be reached", span_cstr(why));
    if (x->phase != PHASE_OVER)
        x->phase = PHASE_DOWN;
}

static void on_denied(void *ctx, struct span error)
{
    struct sink_redis *x = ctx;

    if (redis_trouble(error) == TROUBLE_DENIED) {
        redis_handle_error(x, error);
        return;
    }
    redis_say("%s refuses the log-in: %.*s", x->where, SPAN_FMT(error));
    redis_give_up(x, 1);
}

const struct redis_link_events redis_delivery_events = {.up = on_up, .down = on_down, .denied = on_denied};

/* Nothing is due: the server owes us nothing. */
static bool nothing_due(const struct sink_redis *x)
{
    return x->phase == PHASE_FLOW && !x->in_flight && !x->window.unsent &&
           (!x->run || x->run->state != RUN_ASKED);
}

static void look_at_the_clock(struct sink_redis *x)
{
    int64_t now = monotonic_us();

    if (nothing_due(x)) {
        x->good_at = now;
        return;
    }
    if (x->deadline && now >= x->deadline && x->phase != PHASE_OVER) {
        redis_say("%s: no time left for what it has not taken%s", x->where,
                  x->spool ? "" : ": it is lost");
        redis_give_up(x, 4);
    } else if (!x->options.live && now - x->good_at >= x->options.wait_us && x->phase != PHASE_OVER) {
        redis_say("%s took nothing for %lld s (--redis-wait): the rest is not delivered; replay again when it "
                  "is back", x->where, (long long)(x->options.wait_us / 1000000));
        redis_give_up(x, 4);
    }
}

void redis_delivery_work(struct sink_redis *x)
{
    redis_link_work(x->link);
    if (x->phase == PHASE_DRAIN && !redis_link_pending(x->link) && monotonic_us() >= x->retry_at) {
        redis_check_begin(x);
        redis_link_work(x->link);
    }
    redis_bounds_work(x);
    redis_pump(x);
    look_at_the_clock(x);
}
