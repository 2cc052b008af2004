/* SPDX-License-Identifier: Apache-2.0 */
/* redis_types: whose keys are in that Redis. */
#include "sensor/publish/sink_redis.h"

/* The keys that are there whatever the mail: a Redis in which one has another type is somebody else's. */
enum { FIXED_ALONE = 6, FIXED_PER_KIND = 3, FIXED = FIXED_ALONE + FIXED_PER_KIND * KINDS };

static const char *fixed_key(unsigned i, struct buf *name)
{
    static const struct {
        const char *name, *type;
    } alone[FIXED_ALONE] = {
        {KEY_STATS, "hash"}, {KEY_MAILS, "stream"}, {KEY_SESSIONS, "stream"}, {KEY_ALERTS, "stream"},
        {KEY_PERIODS, "zset"}, {KEY_CALENDAR, "hash"}};
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

static void on_type(void *owner, void *tag, const struct redis_reply *r)
{
    struct sink_redis *x = owner;
    struct redis_lane *l = &x->lanes[0];
    uint8_t text[256];
    struct buf b = {.p = text, .cap = sizeof(text), .max = sizeof(text)};
    const char *type = fixed_key((unsigned)(uintptr_t)tag, &b);
    struct span is = redis_reply_text(r);

    if (redis_reply_kind(r) == REPLY_ERROR) {
        l->wrong = true;
        redis_handle_error(l, is);
    } else if (!span_eq(is, SPAN("none")) && !span_eq(is, span_cstr(type)) && !x->over) {
        redis_say("redis: %s is not mxtap's: key %s%.*s is a %.*s, not a %s; choose another --redis-prefix", x->where,
                  l->prefix, SPAN_FMT(buf_span(&b)), SPAN_FMT(is), type);
        redis_give_up(x, 1);
    }
    redis_check_answered(l);
}

void redis_ask_types(struct redis_lane *l)
{
    uint8_t text[256];
    struct buf b = {.p = text, .cap = sizeof(text), .max = sizeof(text)};

    for (unsigned i = 0; i < FIXED; i++) {
        buf_clear(&b);
        buf_add(&b, span_cstr(l->prefix));
        fixed_key(i, &b);
        redis_check_ask(l, on_type, (void *)(uintptr_t)i, (const struct span[]){SPAN("TYPE"), buf_span(&b)}, 2);
    }
}
