/* SPDX-License-Identifier: Apache-2.0 */
/* redis_keys: key names put together from our own words and escaped values. */
#include "sensor/publish/redis_keys.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <time.h>

#include "decoders/base/escape.h"
#include "decoders/base/limits.h"

static const struct {
    const char *name;
    bool computed;
} kinds[] = {
#define X(symbol, name, computed) {name, computed},
    REDIS_KINDS(X)
#undef X
};

const char *kind_name(enum redis_kind k)
{
    return kinds[k].name;
}

bool kind_is_computed(enum redis_kind k)
{
    return kinds[k].computed;
}

enum redis_kind kind_parse(struct span name)
{
    enum redis_kind k = 0;

    while (k < KINDS && !span_eq(name, span_cstr(kinds[k].name)))
        k++;
    return k;
}

static void add(struct buf *out, const char *s)
{
    buf_add(out, span_cstr(s));
}

/* The longest head of at most LIMIT_REDIS_VALUE bytes that ends between characters. */
static size_t cut_at(struct span s)
{
    size_t n = LIMIT_REDIS_VALUE;
    uint32_t c;

    for (size_t back = 0; back < 4 && back < n; back++) {
        struct span last = span_from(s, n - back);

        if ((last.p[0] & 0xc0) != 0x80)
            return utf8_next(last, &c) ? n - back : n;
    }
    return n;
}

static void add_value(struct buf *out, struct span s, unsigned escape)
{
    uint8_t hash[SHA256_DIGEST_LENGTH];
    char tail[16];

    if (s.n <= LIMIT_REDIS_VALUE) {
        escape_text(out, s, escape);
        return;
    }
    escape_text(out, span_head(s, cut_at(s)), escape);
    SHA256(s.p, s.n, hash);
    snprintf(tail, sizeof(tail), "…%02x%02x%02x%02x", hash[0], hash[1], hash[2], hash[3]);
    add(out, tail);
}

void key_text(struct buf *out, struct span s)
{
    add_value(out, s, 0);
}

void key_value(struct buf *out, enum redis_kind k, struct span s)
{
    add_value(out, s, kinds[k].computed ? 0 : ESCAPE_COLON);
}

void key_of_member(struct buf *out, enum redis_kind k, struct span member)
{
    size_t colon = span_find(member, 0, ':');

    while (!kinds[k].computed && colon < member.n) {
        buf_add(out, span_head(member, colon));
        add(out, "\\x3a");
        member = span_from(member, colon + 1);
        colon = span_find(member, 0, ':');
    }
    buf_add(out, member);
}

void key_board(struct buf *out, struct span class_, enum redis_kind k, struct span period)
{
    add(out, "top:");
    if (class_.n) {
        buf_add(out, class_);
        add(out, ":");
    }
    add(out, kinds[k].name);
    if (period.n) {
        add(out, ":");
        buf_add(out, period);
    }
}

void key_harvest(struct buf *out, struct span day)
{
    add(out, "harvest:");
    buf_add(out, day);
}

static void join(struct buf *out, const char *word, struct span rest)
{
    add(out, word);
    add(out, ":");
    buf_add(out, rest);
}

void key_uniq(struct buf *out, enum redis_kind k, struct span day)
{
    join(out, "uniq", span_cstr(kinds[k].name));
    add(out, ":");
    buf_add(out, day);
}

void key_entity_stem(struct buf *out, enum redis_kind k)
{
    add(out, kinds[k].name);
    add(out, ":");
}

void key_seen(struct buf *out, enum redis_kind k)
{
    join(out, "seen", span_cstr(kinds[k].name));
}

void key_first(struct buf *out, enum redis_kind k)
{
    join(out, "first", span_cstr(kinds[k].name));
}

void key_graph(struct buf *out, enum redis_kind k, struct span value, enum redis_kind other)
{
    join(out, kinds[k].name, value);
    add(out, ":");
    add(out, kinds[other].name);
}

void key_run(struct buf *out, struct span id)
{
    join(out, "run", id);
}

void key_sensor(struct buf *out, struct span name)
{
    join(out, "sensor", name);
}

void key_campaign(struct buf *out, struct span id, struct span part)
{
    join(out, "campaign", id);
    if (part.n) {
        add(out, ":");
        buf_add(out, part);
    }
}

void key_period(const struct calendar *c, int64_t ts_us, char hour[PERIOD_HOUR + 1])
{
    time_t t = (time_t)calendar_wall(c, ts_us / 1000000);
    struct tm tm;

    if (ts_us < 0 || !gmtime_r(&t, &tm) || tm.tm_year > 9999 - 1900)
        memcpy(hour, "0000000000", PERIOD_HOUR + 1);
    else
        strftime(hour, PERIOD_HOUR + 1, "%Y%m%d%H", &tm);
}
