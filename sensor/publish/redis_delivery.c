/* SPDX-License-Identifier: Apache-2.0 */
/* redis_delivery: sealed batches to Redis, a few at once, each exactly once; what to do when something is wrong. */
#include <stdio.h>

#include "sensor/publish/sink_redis.h"

#include "sensor/language.h"

enum { RETRY_US = 200 * 1000 /* after an error that time may heal */, PATIENCE_US = 1000 * 1000 /* of whoever looks on */ };

static void on_step(void *owner, void *tag, const struct redis_reply *r);

void redis_pump_lane(struct redis_lane *l)
{
    struct sink_redis *x = l->sink;

    while (!x->over && l->phase == PHASE_FLOW && !l->bounds.holds && l->in_flight < LIMIT_REDIS_IN_FLIGHT) {
        struct sealed_step *step = window_send(&x->window, l->bucket);
        struct sealed *s = step ? sealed_of_step(step) : NULL;

        if (!s)
            return;
        if (s->shed && !redis_spool_load(x, s))
            continue;
        if (!redis_send_step(l, step, on_step)) {
            redis_link_drop(l->server->link, _("no memory for a command"));
            return;
        }
    }
}

void redis_pump(struct sink_redis *x)
{
    for (unsigned i = 0; i < x->buckets; i++)
        redis_pump_lane(&x->lanes[i]);
}

bool redis_lane_is_idle(const struct redis_lane *l)
{
    return !l->asked && !l->in_flight && !l->bounds.under_way;
}

void redis_drain(struct redis_lane *l, int64_t wait_us)
{
    if (l->sink->over || l->phase == PHASE_DOWN)
        return;
    l->phase = PHASE_DRAIN;
    l->retry_at = monotonic_us() + wait_us;
}

/* server: NULL where none is to blame. */
static void say_outage(struct sink_redis *x, const struct redis_server *server, const char *what, struct span why)
{
    if (x->outage_said || x->over)
        return;
    x->outage_said = true;
    if (server && x->url.cluster)
        redis_say("redis: %s: %s %s: %.*s; trying again", x->where, server->where, what, SPAN_FMT(why));
    else
        redis_say("redis: %s %s: %.*s; trying again", x->where, what, SPAN_FMT(why));
}

void redis_give_up(struct sink_redis *x, int status)
{
    uint64_t spooled;

    if (x->over)
        return;
    x->over = true;
    x->sink.status = status;
    if (x->spool)
        redis_seal_open(x); /* it goes to disk too */
    spooled = window_spooled(&x->window);
    x->counts.spooled += spooled;
    x->counts.lost += redis_queued(x) - spooled;
    if (spooled)
        redis_say("redis: %llu records wait in the spool %s: the next start sends them", (unsigned long long)spooled,
                  spool_folder(x->spool));
    x->open_records = 0;
    window_free(&x->window);
    redis_servers_stop(x->servers);
}

static void refused(struct sink_redis *x, struct span error)
{
    const char *hint = _("grant it to this user (ACL SETUSER)");

    if (span_starts_nocase(error, SPAN("NOAUTH")) || span_starts_nocase(error, SPAN("WRONGPASS")))
        hint = _("set the right password in MXTAP_REDIS_PASSWORD");
    redis_say("redis: %s refuses us: %.*s; %s", x->where, SPAN_FMT(error), hint);
    redis_give_up(x, 1);
}

void redis_handle_error(struct redis_lane *l, struct span error)
{
    struct sink_redis *x = l->sink;

    if (x->over)
        return;
    switch (redis_trouble(error)) {
    case TROUBLE_DENIED:
        refused(x, error);
        return;
    case TROUBLE_NOSCRIPT:
        l->server->ready = false;
        redis_drain(l, 0);
        return;
    case TROUBLE_READONLY:
        say_outage(x, l->server, _("takes no writes"), error);
        redis_link_drop(l->server->link, _("it is read-only"));
        return;
    case TROUBLE_MOVED:
        if (!x->url.cluster) {
            redis_say("redis: %s is one server of a cluster: use redis+cluster://", x->where);
            redis_give_up(x, 1);
            return;
        }
        redis_drain(l, redis_servers_moved(x->servers, l->bucket, error, l->server) ? 0 : RETRY_US);
        return;
    case TROUBLE_ASK: /* a step needs all of its keys: it waits until all of them have moved */
        redis_drain(l, RETRY_US);
        return;
    case TROUBLE_WAIT:
    case TROUBLE_OTHER:
        say_outage(x, l->server, _("cannot take records now"), error);
        redis_drain(l, RETRY_US);
        redis_servers_look_again(x->servers);
        return;
    }
}

void redis_handle_server_error(struct sink_redis *x, struct redis_server *s, struct span error)
{
    if (x->over)
        return;
    if (redis_trouble(error) == TROUBLE_DENIED)
        refused(x, error);
    else
        say_outage(x, s, _("cannot take records now"), error);
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
    log_seldom(&x->key_errors_said, "redis: %llu writes met keys that are not of our type and were left out; one is %.*s; another --redis-prefix keeps ours apart",
              (unsigned long long)x->counts.key_errors, SPAN_FMT(first));
}

static bool all_flow(const struct sink_redis *x)
{
    for (unsigned i = 0; i < x->buckets; i++)
        if (x->lanes[i].phase != PHASE_FLOW)
            return false;
    return true;
}

static void say_over(struct sink_redis *x)
{
    x->outage_said = false;
    redis_note("redis: %s takes records again", x->where);
}

static void step_is_in(struct redis_lane *l, struct sealed_step *step, bool ours)
{
    struct sink_redis *x = l->sink;
    struct sealed *s = sealed_of_step(step);

    if (!window_ack(&x->window, step, ours)) {
        redis_spool_shed(x, s);
    } else {
        x->batches_acked++;
        if (!s->overlaps)
            *(s->ours ? &x->counts.delivered : &x->counts.already_there) += s->records;
        window_trim(&x->window);
    }
    x->good_at = monotonic_us();
    if (x->outage_said && all_flow(x))
        say_over(x);
}

static void on_step(void *owner, void *tag, const struct redis_reply *r)
{
    struct sink_redis *x = owner;
    struct sealed_step *step = tag;
    struct redis_lane *l;
    struct span word;

    if (x->over) /* the batch is no more */
        return;
    l = &x->lanes[step->bucket];
    if (l->in_flight)
        l->in_flight--;
    if (redis_reply_kind(r) != REPLY_ARRAY || redis_reply_n(r) < 2) {
        redis_handle_error(l, redis_reply_text(r));
        return;
    }
    word = redis_reply_text(redis_reply_item(r, 0));
    if (span_eq(word, SPAN("ok"))) {
        note_key_errors(x, r);
        step_is_in(l, step, true);
    } else if (span_eq(word, SPAN("already"))) {
        step_is_in(l, step, step->tries > 1);
    } else if (span_eq(word, SPAN("moving"))) {
        redis_drain(l, RETRY_US);
    } else {
        redis_drain(l, 0);
    }
    redis_pump_lane(l);
}

void redis_check_over(struct redis_lane *l)
{
    struct sink_redis *x = l->sink;

    if (l->wrong) {
        redis_drain(l, RETRY_US);
        return;
    }
    l->known_before = true;
    l->checked = l->server;
    l->connects = l->server->connects;
    memcpy(l->id, l->server->id, sizeof(l->id));
    x->types_checked |= l->bucket == 0;
    l->phase = PHASE_FLOW;
    if (x->outage_said && !x->window.pending_bytes && all_flow(x))
        say_over(x);
    redis_pump_lane(l);
}

static void on_up(void *owner, struct redis_server *s)
{
    struct sink_redis *x = owner;

    x->counts.reconnects += s->connects > 1;
}

/* What was under way to it will not be answered. */
static void on_down(void *owner, struct redis_server *s, const char *why)
{
    struct sink_redis *x = owner;
    bool known = false;

    for (unsigned i = 0; i < x->buckets; i++) {
        struct redis_lane *l = &x->lanes[i];

        known |= l->known_before;
        if (l->server != s)
            continue;
        l->in_flight = l->asked = 0;
        redis_bounds_reset(l);
        l->phase = PHASE_DOWN;
    }
    say_outage(x, s, known ? _("has dropped the connection") : _("cannot be reached"), span_cstr(why));
}

static void on_away(void *owner, const char *why)
{
    say_outage(owner, NULL, _("cannot be reached"), span_cstr(why));
}

static void on_denied(void *owner, struct span error)
{
    struct sink_redis *x = owner;

    if (redis_trouble(error) == TROUBLE_DENIED) {
        refused(x, error);
        return;
    }
    redis_say("redis: %s refuses the log-in: %.*s", x->where, SPAN_FMT(error));
    redis_give_up(x, 1);
}

/* Lanes look at the map themselves (look_after). */
static void on_map(void *owner)
{
    (void)owner;
}

const struct redis_servers_events redis_delivery_events = {
    .up = on_up, .down = on_down, .denied = on_denied, .map = on_map, .away = on_away};

void redis_lanes_init(struct sink_redis *x)
{
    char tag[BUCKET_TAG] = "";

    for (unsigned i = 0; i < x->buckets; i++) {
        struct redis_lane *l = &x->lanes[i];

        if (x->buckets > 1)
            redis_bucket_tag(i, tag);
        l->sink = x;
        l->bucket = i;
        snprintf(l->prefix, sizeof(l->prefix), "%s:%s", x->options.prefix, tag);
    }
}

/* Nothing is due: no server owes us anything. */
static bool nothing_due(const struct sink_redis *x)
{
    for (unsigned i = 0; i < x->buckets; i++)
        if (x->lanes[i].phase != PHASE_FLOW || x->lanes[i].in_flight || x->window.unsent[i])
            return false;
    return !x->run || x->run->state != RUN_ASKED;
}

static void look_at_the_clock(struct sink_redis *x)
{
    int64_t now = monotonic_us();

    if (x->over)
        return;
    if (nothing_due(x)) {
        x->good_at = now;
        return;
    }
    if (x->deadline && now >= x->deadline) {
        redis_say(x->spool ? N_("redis: %s: no time left for what it has not taken")
                           : N_("redis: %s: no time left for what it has not taken: it is lost"), x->where);
        redis_give_up(x, 4);
    } else if (!x->options.live && now - x->good_at >= PATIENCE_US && !x->waiting_said && !x->outage_said) {
        x->waiting_said = true;
        redis_note("redis: waiting for %s to answer, for %lld s at most (--redis-wait)", x->where, (long long)(x->options.wait_us / 1000000));
    } else if (!x->options.live && now - x->good_at >= x->options.wait_us) {
        redis_say("redis: %s took nothing for %lld s (--redis-wait): the rest is not delivered; replay again when it "
                  "is back", x->where, (long long)(x->options.wait_us / 1000000));
        redis_give_up(x, 4);
    }
}

/* A lane that is down, or whose bucket has another server now, begins there once its answers are all in. */
static void look_after(struct redis_lane *l)
{
    struct redis_server *now = redis_servers_of(l->sink->servers, l->bucket);

    if (l->phase != PHASE_DOWN && now != l->server && l->phase != PHASE_DRAIN)
        redis_drain(l, 0);
    if (l->phase == PHASE_DOWN || (l->phase == PHASE_DRAIN && redis_lane_is_idle(l) && monotonic_us() >= l->retry_at))
        redis_check_begin(l);
}

void redis_delivery_work(struct sink_redis *x)
{
    redis_servers_work(x->servers);
    for (unsigned i = 0; i < x->buckets && !x->over; i++)
        look_after(&x->lanes[i]);
    if (x->over)
        return;
    redis_bounds_work(x);
    redis_pump(x);
    look_at_the_clock(x);
}
