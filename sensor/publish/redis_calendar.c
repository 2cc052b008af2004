/* SPDX-License-Identifier: Apache-2.0 */
/* redis_calendar: one calendar for all who count under a prefix: days of two would lie in one board. */
#include "sensor/publish/sink_redis.h"

/*
 * Whoever comes first says which; boards of a time when nobody said are UTC's. A step of its own, without a marker: doing it twice changes
 * nothing. KEYS: the calendar, the periods that have boards. ARGV[1]: ours. Answers what it is.
 */
const char redis_calendar_script[] =
    "local is = redis.call('HMGET', KEYS[1], 'timezone')[1]\n"
    "if is then return is end\n"
    "is = redis.call('ZCARD', KEYS[2]) > 0 and 'UTC' or ARGV[1]\n"
    "redis.call('HSET', KEYS[1], 'timezone', is)\n"
    "return is\n";

static void on_calendar(void *owner, void *tag, const struct redis_reply *r)
{
    struct sink_redis *x = owner;
    struct redis_lane *l = tag;
    const char *ours = calendar_name(&x->options.calendar);
    struct span is = redis_reply_text(r);

    if (redis_reply_kind(r) != REPLY_TEXT) {
        l->wrong = true;
        redis_handle_error(l, is);
    } else if (!span_eq(is, span_cstr(ours)) && !x->over) {
        redis_say("redis: days and hours under %s: in %s are those of %.*s, not of %s: give the same --timezone, or another --redis-prefix",
                  x->options.prefix, x->where, SPAN_FMT(is), ours);
        redis_give_up(x, 1);
    }
    redis_check_answered(l);
}

void redis_ask_calendar(struct redis_lane *l)
{
    struct sink_redis *x = l->sink;
    uint8_t texts[2][256];
    struct buf calendar = {.p = texts[0], .cap = sizeof(texts[0]), .max = sizeof(texts[0])},
               periods = {.p = texts[1], .cap = sizeof(texts[1]), .max = sizeof(texts[1])};

    buf_add(&calendar, span_cstr(l->prefix));
    buf_add(&calendar, SPAN(KEY_CALENDAR));
    buf_add(&periods, span_cstr(l->prefix));
    buf_add(&periods, SPAN(KEY_PERIODS));
    redis_check_ask(l, on_calendar, l,
                    (const struct span[]){SPAN("EVALSHA"), span_cstr(x->calendar_script), SPAN("2"), buf_span(&calendar),
                                          buf_span(&periods), span_cstr(calendar_name(&x->options.calendar))}, 6);
}
