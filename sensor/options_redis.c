/* SPDX-License-Identifier: Apache-2.0 */
/* options_redis: what --redis and its relatives set. */
#include "sensor/options_redis.h"

#include "sensor/language.h"

/* The list of processes shows argv to everybody: what may hold a password is copied and wiped. */
bool set_redis(struct options *o, char *value, char why[WHY])
{
    struct span url = span_cstr(value), rest;
    uint8_t *copy = arena_zalloc(&o->arena, url.n + 1);
    size_t scheme = span_find_span(url, 0, SPAN("://")), at;

    if (!copy) {
        snprintf(why, WHY, _("no memory"));
        return false;
    }
    memcpy(copy, url.p, url.n);
    o->redis.url = (const char *)copy;
    o->redis_wanted = true;
    rest = span_from(url, scheme + 3);
    at = span_find(rest, 0, '@');
    if (at < rest.n && span_find(rest, 0, ':') < at) {
        o->password_on_command_line = true;
        memset(value, 'x', url.n);
    }
    return true;
}

bool set_redis_password_file(struct options *o, char *value, char why[WHY])
{
    (void)why;
    o->redis_password_file = value;
    return true;
}

bool set_redis_ca(struct options *o, char *value, char why[WHY])
{
    (void)why;
    o->redis.tls.ca = value;
    return true;
}

bool set_redis_cert(struct options *o, char *value, char why[WHY])
{
    (void)why;
    o->redis.tls.cert = value;
    return true;
}

bool set_redis_key(struct options *o, char *value, char why[WHY])
{
    (void)why;
    o->redis.tls.key = value;
    return true;
}

bool set_redis_prefix(struct options *o, char *value, char why[WHY])
{
    o->redis.prefix = value;
    return value_label(value, why);
}

bool set_redis_recipients(struct options *o, char *value, char why[WHY])
{
    return value_recipients(value, &o->redis.json.recipients.mode, why);
}

bool set_redis_top(struct options *o, char *value, char why[WHY])
{
    return value_number(value, 10, 1000000, &o->redis.top, why);
}

bool set_redis_fanout(struct options *o, char *value, char why[WHY])
{
    return value_number(value, 1, 100000, &o->redis.fanout, why);
}

bool set_redis_entities(struct options *o, char *value, char why[WHY])
{
    return value_number(value, 100, 100000000, &o->redis.entities, why);
}

bool set_redis_memory(struct options *o, char *value, char why[WHY])
{
    return value_size(value, 16 << 20, (uint64_t)1 << 44, &o->redis.memory, why);
}

bool set_redis_stream_max(struct options *o, char *value, char why[WHY])
{
    return value_number(value, 1, 100000000, &o->redis.stream_max, why);
}

bool set_redis_retention(struct options *o, char *value, char why[WHY])
{
    uint64_t days;

    if (!value_number(value, 1, 3650, &days, why))
        return false;
    o->redis.retention_days = (int)days;
    return true;
}

bool set_redis_keep(struct options *o, char *value, char why[WHY])
{
    return value_size(value, 64 << 10, (uint64_t)4096 << 20, &o->redis.keep_bytes, why);
}

bool set_spool(struct options *o, char *value, char why[WHY])
{
    (void)why;
    o->redis.spool = value;
    return true;
}

bool set_spool_max(struct options *o, char *value, char why[WHY])
{
    return value_size(value, 256 << 10, (uint64_t)1 << 40, &o->redis.spool_max, why);
}

bool set_timezone(struct options *o, char *value, char why[WHY])
{
    return calendar_parse(value, &o->redis.calendar, why);
}

bool set_redis_wait(struct options *o, char *value, char why[WHY])
{
    return value_duration(value, &o->redis.wait_us, why);
}

bool set_again(struct options *o, char *value, char why[WHY])
{
    (void)value;
    (void)why;
    o->redis.again = true;
    return true;
}
