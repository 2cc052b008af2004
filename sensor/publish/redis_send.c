/* SPDX-License-Identifier: Apache-2.0 */
/* redis_send: one step as a command: what redis_step's script reads before the batch's own arguments. */
#include <stdio.h>

#include "sensor/publish/redis_step.h"
#include "sensor/publish/sink_redis.h"

enum {
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

/* A bucket's share of a bound; a cluster's buckets are not filled evenly. */
static uint64_t share(const struct redis_lane *l, uint64_t n)
{
    return l->sink->buckets > 1 ? (n + 15) / 16 : n;
}

static void arg_bounds(struct command *c, const struct redis_lane *l)
{
    const struct redis_options *o = &l->sink->options;

    arg_number(c, share(l, o->top));
    arg_number(c, o->fanout);
    arg_number(c, (uint64_t)o->retention_days * DAY_S);
    arg_number(c, HOUR_BOARD_S);
    arg_number(c, o->stream_max);
    arg_number(c, l->bucket ? share(l, LIMIT_REDIS_FIRST) : LIMIT_REDIS_FIRST);
}

/* What the marker says of its run, written with its first batch; each bucket's tells under which options it counts: a replay's
 * markers stay for ever, 64 of each file. */
static void arg_run(struct command *c, const struct redis_run *run, unsigned bucket, bool first)
{
    arg_number(c, !first ? 0 : bucket ? 2 : 8);
    if (!first)
        return;
    arg(c, SPAN("options"));
    arg(c, bucket ? span_cstr(run->digest) : run->info.options);
    if (bucket)
        return;
    arg(c, SPAN("name"));
    arg(c, run->info.name);
    arg(c, SPAN("source"));
    arg(c, run->info.source);
    arg(c, SPAN("started"));
    arg_number(c, (uint64_t)(run->info.started_us / 1000000));
}

/* Packets and bytes count in the first bucket, where the statistics are. */
static void arg_totals(struct command *c, const struct redis_lane *l, const struct sealed *s)
{
    bool here = l->bucket == 0;

    arg_number(c, here ? s->packets : 0);
    arg_number(c, here ? s->bytes : 0);
    arg_number(c, s->records_before + s->records);
    arg_number(c, s->run->info.live ? (uint64_t)l->sink->options.retention_days * DAY_S : 0);
    arg_number(c, here ? s->packets_before : 0);
    arg_number(c, here ? s->bytes_before : 0);
    arg_number(c, s->sealed_ms);
    arg_number(c, redis_bounds_entities(l));
}

bool redis_send_step(struct redis_lane *l, struct sealed_step *step, redis_answer answer)
{
    struct sink_redis *x = l->sink;
    struct sealed *s = sealed_of_step(step);
    struct redis_mark *mark = &s->run->marks[l->bucket];
    struct command c = {.n = 0};
    uint8_t text[256];
    struct buf key = {.p = text, .cap = sizeof(text), .max = sizeof(text)};

    buf_add(&key, span_cstr(l->prefix));
    key_run(&key, span_cstr(s->run->info.id));
    arg(&c, SPAN("EVALSHA"));
    arg(&c, span_cstr(x->script));
    arg(&c, SPAN("1"));
    arg(&c, buf_span(&key));
    arg(&c, span_cstr(l->prefix));
    arg_seq(&c, mark->chain);
    arg_seq(&c, s->seq);
    arg(&c, SPAN(KEY_STATS));
    arg_bounds(&c, l);
    arg_totals(&c, l, s);
    arg_run(&c, s->run, l->bucket, seq_none(mark->chain));
    if (!redis_link_command_body(l->server->link, answer, step, c.args, c.n, sealed_body(step), step->block.args))
        return false;
    mark->chain = s->seq;
    l->in_flight++;
    return true;
}
