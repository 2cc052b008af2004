/* SPDX-License-Identifier: Apache-2.0 */
/* watch_look: reads only; sensors are known by the newest entries of the streams, never by a walk over all keys. */
#include "sensor/console/watch_look.h"

#include <time.h>

#include "sensor/language.h"
#include "sensor/log.h"

enum { NEWEST = 16, NAMES_BYTES = 1 << 20, ARENA_MAX = 16 << 20 };

const char *const look_counters[LOOK_COUNTERS] = {"mails", "sessions", "packets", "bytes", "accepted",
                                                  "refused", "deferred", "encrypted", "urls", "copies"};

void look_init(struct look *l, struct mem *mem)
{
    static const struct look_leaders boards[LOOK_BOARDS] = {{.kind = KIND_IP, .title = N_("senders")},
                                                            {.kind = KIND_HELO, .title = N_("HELO names")},
                                                            {.kind = KIND_SUBJECT, .title = N_("subjects")},
                                                            {.kind = KIND_DOMAIN, .title = N_("link domains")},
                                                            {.kind = KIND_FINDING, .title = N_("findings")}};

    *l = (struct look){.mode = LOOK_TODAY};
    memcpy(l->boards, boards, sizeof(boards));
    arena_init(&l->arena, mem, ARENA_MAX);
    value_set_init(&l->names, mem, LOOK_SENSORS, NAMES_BYTES);
}

void look_free(struct look *l)
{
    arena_free(&l->arena);
    value_set_free(&l->names);
}

static void take_counter(void *ctx, struct span field, struct span value)
{
    struct look *l = ctx;

    for (unsigned i = 0; i < LOOK_COUNTERS; i++) {
        if (!span_eq(field, span_cstr(look_counters[i])))
            continue;
        l->reading_counters[i] = 0;
        for (size_t k = 0; k < value.n && k < 19 && ascii_digit(value.p[k]); k++)
            l->reading_counters[i] = l->reading_counters[i] * 10 + (uint64_t)(value.p[k] - '0');
    }
}

static void take_leader(void *ctx, struct span value, uint64_t mails)
{
    struct look *l = ctx;
    struct look_leaders *b = l->reading;

    if (b->n == LOOK_LEADERS)
        return;
    b->v[b->n] = arena_dup(&l->arena, value);
    b->mails[b->n++] = mails;
}

static bool take_boards(struct look *l, struct store *s)
{
    struct store_size size = {0};
    char period[12] = "";

    if (l->mode == LOOK_TODAY)
        period_name_day(calendar_hour(&l->calendar, l->now_s), period);
    if (l->mode == LOOK_HOUR)
        period_name_hour(calendar_hour(&l->calendar, l->now_s), period);
    for (unsigned i = 0; i < LOOK_BOARDS; i++) {
        l->reading = &l->boards[i];
        l->boards[i].n = 0;
        if (!store_board(s, l->boards[i].kind, span_cstr(period), LOOK_LEADERS, take_leader, l, &size))
            return false;
    }
    return true;
}

static bool take_name(void *ctx, const struct store_entry *e)
{
    struct look *l = ctx;
    struct span name = store_entry_field(e, "sensor");

    if (name.n)
        value_set_add(&l->names, name);
    return true;
}

static void take_health(void *ctx, struct span field, struct span value)
{
    struct look *l = ctx;
    struct look_sensor *s = &l->sensors[l->sensors_n];

    if (s->fields_n == 2 * LOOK_FIELDS)
        return;
    s->fields[s->fields_n++] = arena_dup(&l->arena, field);
    s->fields[s->fields_n++] = arena_dup(&l->arena, value);
}

static bool take_sensors(struct look *l, struct store *s)
{
    char newest[STORE_ID] = "", newest_session[STORE_ID] = "";
    unsigned n;

    if (!store_page(s, STORE_MAILS, newest, NEWEST, take_name, l, &n) ||
        !store_page(s, STORE_SESSIONS, newest_session, NEWEST, take_name, l, &n))
        return false;
    l->sensors_n = 0;
    for (uint32_t i = 0; i < l->names.n; i++) {
        l->sensors[l->sensors_n] = (struct look_sensor){.name = l->names.values[i]};
        if (!store_sensor(s, l->names.values[i], take_health, l))
            return false;
        l->sensors_n++;
    }
    return true;
}

static void take_rates(struct look *l)
{
    int64_t now = monotonic_us();

    for (unsigned i = 0; i < LOOK_COUNTERS; i++) {
        /* A counter that went back was flushed: its rate begins anew. */
        if (l->before_us && now > l->before_us && l->counters[i] >= l->before[i])
            l->rates[i] = (double)(l->counters[i] - l->before[i]) * 1e6 / (double)(now - l->before_us);
        else
            l->rates[i] = 0;
        l->before[i] = l->counters[i];
    }
    l->before_us = now;
}

bool look_take(struct look *l, struct store *s)
{
    l->now_s = (int64_t)time(NULL);
    memset(l->reading_counters, 0, sizeof(l->reading_counters));
    if (!store_calendar(s, &l->calendar) || !store_stats(s, take_counter, l))
        return false; /* the page before stays */
    memcpy(l->counters, l->reading_counters, sizeof(l->counters));
    arena_reset(&l->arena);
    l->sensors_n = 0;
    for (unsigned i = 0; i < LOOK_BOARDS; i++)
        l->boards[i].n = 0;
    if (!take_boards(l, s) || !take_sensors(l, s))
        return false;
    take_rates(l);
    return true;
}

struct span look_field(const struct look_sensor *s, const char *name)
{
    for (unsigned i = 0; i < s->fields_n; i += 2)
        if (span_eq(s->fields[i], span_cstr(name)))
            return s->fields[i + 1];
    return span_of(NULL, 0);
}
