/* SPDX-License-Identifier: Apache-2.0 */
/* redis_bounds: what senders invent stays bounded: old entities with their graphs, old stream entries go. */
#include <stdio.h>
#include <time.h>

#include "sensor/publish/sink_redis.h"

/*
 * Steps of their own, without a marker: doing one twice changes nothing. KEYS[1] seen:<kind>.
 * ARGV: prefix; "<kind>:"; "1" where values are computed; members to keep; members from which on to begin;
 * entities at most; then the other kinds of its graph keys. Answers {removed, left}.
 */
const char redis_trim_script[] =
    "local seen, A = KEYS[1], ARGV\n"
    "local c = redis.call('ZCARD', seen)\n"
    "local many = math.min(tonumber(A[6]), c - tonumber(A[4]))\n"
    "if c <= tonumber(A[5]) or many <= 0 then return {0, c} end\n"
    "local old = redis.call('ZRANGE', seen, 0, many - 1)\n"
    "for _, m in ipairs(old) do\n"
    "  local k = A[1] .. A[2] .. (A[3] == '1' and m or string.gsub(m, ':', '\\\\x3a'))\n"
    "  local keys = {k}\n"
    "  for j = 7, #A do keys[#keys + 1] = k .. ':' .. A[j] end\n"
    "  redis.call('UNLINK', unpack(keys))\n"
    "end\n"
    "redis.call('ZREM', seen, unpack(old))\n"
    "return {#old, c - #old}\n";

enum {
    STEP_ENTITIES = 100,
    PASS_US = 10 * 1000000,            /* a look at every kind at least so often, if anything came in */
    PASS_BATCHES = 16,                 /* and after so many batches: they may bring 20 new names a kind */
    STREAMS_US = 3600 * INT64_C(1000000) /* retention is counted in days */
};

static uint64_t with_slack(uint64_t n, unsigned tenths)
{
    return n + n * tenths / 10;
}

uint64_t redis_bounds_entities(const struct redis_lane *l)
{
    uint64_t n = l->sink->options.entities;

    if (l->sink->buckets > 1)
        n = (n + REDIS_BUCKETS - 1) / REDIS_BUCKETS;
    return n >> l->bounds.memory.level;
}

static void set_far_over(struct redis_bounds *b, enum redis_kind k, bool far_over)
{
    b->holds += (unsigned)far_over - (unsigned)b->far_over[k];
    b->far_over[k] = far_over;
}

static void on_trim(void *ctx, void *tag, const struct redis_reply *r)
{
    struct sink_redis *x = ctx;
    struct redis_lane *l = &x->lanes[(uintptr_t)tag / KINDS];
    struct redis_bounds *b = &l->bounds;
    enum redis_kind k = (enum redis_kind)((uintptr_t)tag % KINDS);
    uint64_t left = 0;
    int64_t removed = 0;

    b->asked[k] = false;
    b->under_way--;
    if (redis_reply_kind(r) == REPLY_ERROR)
        redis_handle_error(l, redis_reply_text(r));
    if (redis_reply_n(r) == 2) {
        removed = redis_reply_integer(redis_reply_item(r, 0));
        left = (uint64_t)redis_reply_integer(redis_reply_item(r, 1));
    }
    x->counts.entities_trimmed += (uint64_t)removed;
    b->more[k] = b->due[k] = removed > 0 && left > redis_bounds_entities(l);
    set_far_over(b, k, b->due[k] && left > with_slack(redis_bounds_entities(l), 2));
    redis_pump_lane(l);
}

static void ask_trim(struct redis_lane *l, enum redis_kind k)
{
    struct redis_bounds *b = &l->bounds;
    struct span args[10 + KINDS];
    char most[24], begin[24], at_once[24];
    uint8_t key_bytes[256], stem_bytes[64];
    struct buf key = {.p = key_bytes, .cap = sizeof(key_bytes), .max = sizeof(key_bytes)};
    struct buf stem = {.p = stem_bytes, .cap = sizeof(stem_bytes), .max = sizeof(stem_bytes)};
    unsigned n = 0;

    buf_add(&key, span_cstr(l->prefix));
    key_seen(&key, k);
    key_entity_stem(&stem, k);
    snprintf(most, sizeof(most), "%llu", (unsigned long long)redis_bounds_entities(l));
    snprintf(begin, sizeof(begin), "%llu",
             (unsigned long long)with_slack(redis_bounds_entities(l), b->more[k] || b->memory.level ? 0 : 1));
    snprintf(at_once, sizeof(at_once), "%d", STEP_ENTITIES);
    args[n++] = SPAN("EVALSHA");
    args[n++] = span_cstr(l->sink->trim_script);
    args[n++] = SPAN("1");
    args[n++] = buf_span(&key);
    args[n++] = span_cstr(l->prefix);
    args[n++] = buf_span(&stem);
    args[n++] = kind_is_computed(k) ? SPAN("1") : SPAN("0");
    args[n++] = span_cstr(most);
    args[n++] = span_cstr(begin);
    args[n++] = span_cstr(at_once);
    for (enum redis_kind other = 0; other < KINDS; other++)
        if (redis_record_has_pair(k, other))
            args[n++] = span_cstr(kind_name(other));
    b->asked[k] = redis_link_command(l->server->link, on_trim, (void *)(uintptr_t)(l->bucket * KINDS + k), args, n);
    b->under_way += b->asked[k];
}

static void on_stream_trimmed(void *ctx, void *tag, const struct redis_reply *r)
{
    struct redis_lane *l = tag;

    (void)ctx;
    if (redis_reply_kind(r) == REPLY_ERROR && redis_trouble(redis_reply_text(r)) == TROUBLE_DENIED)
        redis_handle_error(l, redis_reply_text(r));
}

static void trim_stream(struct redis_lane *l, const struct buf *key, const char *oldest)
{
    redis_link_command(l->server->link, on_stream_trimmed, l,
                       (const struct span[]){SPAN("XTRIM"), buf_span(key), SPAN("MINID"), SPAN("~"),
                                             span_cstr(oldest)}, 5);
}

/* Entries older than the retention, by their ids, which are wall clock times. */
static void trim_streams(struct redis_lane *l)
{
    static const char *const alone[] = {KEY_ALERTS, KEY_MAILS, KEY_SESSIONS};
    unsigned alone_n = l->bucket ? 1 : sizeof(alone) / sizeof(*alone);
    int64_t oldest = (int64_t)time(NULL) - (int64_t)l->sink->options.retention_days * 24 * 3600;
    uint8_t bytes[256];
    struct buf key = {.p = bytes, .cap = sizeof(bytes), .max = sizeof(bytes)};
    char text[32];

    snprintf(text, sizeof(text), "%lld", (long long)(oldest > 0 ? oldest : 0) * 1000);
    for (unsigned i = 0; i < alone_n + KINDS; i++) {
        buf_clear(&key);
        buf_add(&key, span_cstr(l->prefix));
        if (i < alone_n)
            buf_add(&key, span_cstr(alone[i]));
        else
            key_first(&key, (enum redis_kind)(i - alone_n));
        trim_stream(l, &key, text);
    }
}

void redis_bounds_reset(struct redis_lane *l)
{
    struct redis_bounds *b = &l->bounds;

    memset(b->asked, 0, sizeof(b->asked));
    memset(b->far_over, 0, sizeof(b->far_over));
    b->under_way = b->holds = 0;
    b->asked_name = false;
    redis_memory_reset(l);
}

/* A cluster's buckets fill slowly, and a look at all of them is 64 times the work. */
static unsigned seldom(const struct redis_lane *l)
{
    return l->sink->buckets > 1 ? 16 : 1;
}

void redis_bounds_pass(struct redis_lane *l)
{
    struct redis_bounds *b = &l->bounds;

    b->pass_at = monotonic_us() + (int64_t)PASS_US * seldom(l);
    b->acked_then = l->sink->batches_acked;
    memset(b->due, 1, sizeof(b->due));
}

bool redis_bounds_busy(const struct redis_lane *l)
{
    for (enum redis_kind k = 0; k < KINDS; k++)
        if (l->bounds.due[k] || l->bounds.asked[k])
            return true;
    return false;
}

static void lane_work(struct redis_lane *l, bool at_the_end)
{
    struct redis_bounds *b = &l->bounds;
    uint64_t batches = l->sink->batches_acked - b->acked_then;
    int64_t now = monotonic_us();

    if (l->phase != PHASE_FLOW)
        return;
    if (now >= b->streams_at) {
        b->streams_at = now + STREAMS_US;
        trim_streams(l);
    }
    if (batches >= PASS_BATCHES * seldom(l) || (batches && now >= b->pass_at))
        redis_bounds_pass(l);
    for (enum redis_kind k = 0; k < KINDS; k++) {
        if (b->due[k] && !b->asked[k]) {
            b->due[k] = false;
            ask_trim(l, k);
        }
    }
    redis_memory_work(l, at_the_end);
}

void redis_bounds_work(struct sink_redis *x)
{
    for (unsigned i = 0; i < x->buckets; i++)
        lane_work(&x->lanes[i], false);
}

bool redis_bounds_finish(struct sink_redis *x)
{
    unsigned under_way = 0;

    if (x->over || (x->deadline && monotonic_us() >= x->deadline))
        return false;
    for (unsigned i = 0; i < x->buckets; i++) {
        struct redis_lane *l = &x->lanes[i];

        if (l->phase != PHASE_FLOW)
            continue;
        if (x->batches_acked != l->bounds.acked_then)
            redis_bounds_pass(l);
        lane_work(l, true);
        under_way += l->bounds.under_way + l->bounds.memory.over;
    }
    return under_way > 0;
}
