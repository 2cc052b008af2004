/* SPDX-License-Identifier: Apache-2.0 */
/* redis_seal: the batch being filled becomes one that is sent as it stands. */
#include <stdio.h>
#include <time.h>

#include "sensor/publish/sink_redis.h"

/* Fields and values of the sensor's hash. */
struct health {
    struct span texts[22];
    char numbers[8][24];
    unsigned n, numbers_n;
};

static void put(struct health *h, struct span name, struct span value)
{
    h->texts[h->n++] = name;
    h->texts[h->n++] = value;
}

static void put_number(struct health *h, struct span name, uint64_t v)
{
    char *text = h->numbers[h->numbers_n++];

    snprintf(text, sizeof(h->numbers[0]), "%llu", (unsigned long long)v);
    put(h, name, span_cstr(text));
}

/* The sensor's own hash rides on every batch. */
static void stage_sensor(struct sink_redis *x)
{
    const struct run_info *info = &x->run->info;
    struct health h = {.n = 0};
    char last[40] = "";
    uint8_t name[512];
    struct buf key = {.p = name, .cap = sizeof(name), .max = sizeof(name)};
    time_t t = (time_t)(x->open_ts_us / 1000000);
    struct tm tm;

    if (!x->open_ts_us || !gmtime_r(&t, &tm))
        return;
    strftime(last, sizeof(last), "%Y-%m-%dT%H:%M:%SZ", &tm);
    key_sensor(&key, info->name);
    put(&h, SPAN("last_seen"), span_cstr(last));
    put(&h, SPAN("source"), info->source);
    put_number(&h, SPAN("started"), (uint64_t)(info->started_us / 1000000));
    put_number(&h, SPAN("packets"), x->open_packets);
    put_number(&h, SPAN("queue"), redis_queued(x));
    put_number(&h, SPAN("lost"), x->counts.lost + x->health.lost);
    if (info->live) {
        put(&h, SPAN("run"), span_cstr(info->id)); /* two of one name see each other by it */
        put_number(&h, SPAN("kernel_dropped"), x->health.kernel_dropped);
        put_number(&h, SPAN("memory"), x->health.memory);
        put_number(&h, SPAN("flows"), x->flows_open);
    }
    redis_stage_begin(x->batch);
    redis_stage_list(x->batch, LIST_HASH, buf_span(&key), h.texts, h.n);
    redis_batch_apply(x->batch);
}

/* The wall clock, never the same twice: two batches must not want the same stream ids. */
static uint64_t next_ms(struct sink_redis *x)
{
    struct timespec t;
    uint64_t ms;

    clock_gettime(CLOCK_REALTIME, &t);
    ms = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
    x->sealed_ms = ms > x->sealed_ms ? ms : x->sealed_ms + 1;
    return x->sealed_ms;
}

/* What lies behind the run's last batch, up to seq. */
static struct sealed *new_batch(struct sink_redis *x, struct redis_run *run, struct redis_seq seq, uint64_t packets,
                                uint64_t bytes)
{
    struct sealed *s = sealed_new(&x->mem, run);

    if (!s)
        return NULL;
    s->after = run->sealed;
    s->seq = seq;
    s->records_before = run->records;
    s->packets_before = run->packets;
    s->bytes_before = run->bytes;
    s->packets = packets;
    s->bytes = bytes;
    s->sealed_ms = next_ms(x);
    return s;
}

void redis_seal_open(struct sink_redis *x)
{
    struct redis_run *run = x->run;
    struct redis_block blocks[REDIS_BUCKETS];
    struct sealed *s;
    bool ok;

    if (!run || seq_eq(x->open_seq, run->sealed) || seq_none(x->open_seq))
        return;
    redis_namesake_look(x);
    stage_sensor(x);
    s = new_batch(x, run, x->open_seq, x->open_packets, x->open_bytes);
    if (s) {
        s->records = x->open_records;
        ok = redis_batch_seal(x->batch, &s->args, blocks, x->buckets);
        for (unsigned i = 0; i < x->buckets; i++)
            s->steps[i].block = blocks[i];
    }
    if (s && ok) {
        window_add(&x->window, s);
        redis_spool_keep(x, s);
        run->records += x->open_records;
    } else {
        sealed_free(&x->mem, s);
        x->counts.lost += x->open_records;
        redis_say("redis: no memory: %llu records are lost", (unsigned long long)x->open_records);
    }
    run->sealed = x->open_seq;
    run->packets = x->open_packets;
    run->bytes = x->open_bytes;
    x->open_records = 0;
    x->cut_at = 0;
    redis_pump(x);
}

struct redis_seq redis_end_of(const struct redis_run *run)
{
    struct redis_seq end = run->put;

    end.n++;
    if (!run->info.live && run->end_packets > end.frame)
        end = (struct redis_seq){run->end_packets, 1};
    return end;
}

void redis_seal_end(struct sink_redis *x, struct redis_run *run)
{
    struct redis_seq end = redis_end_of(run);
    struct sealed *s;

    run->ended = false;
    if (run->state != RUN_OPEN || !seq_less(run->sealed, end))
        return;
    s = new_batch(x, run, end, run->end_packets, run->end_bytes);
    if (!s)
        return;
    window_add(&x->window, s);
    redis_spool_keep(x, s);
    run->sealed = end;
}
