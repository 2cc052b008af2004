/* SPDX-License-Identifier: Apache-2.0 */
/* health: differences of counters, run by run. */
#include "sensor/report/health.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAME_BYTES = 1 << 20 };

void health_init(struct health *h)
{
    memset(h, 0, sizeof(*h));
    mem_init(&h->mem, 0);
    value_set_init(&h->names, &h->mem, HEALTH_SENSORS, NAME_BYTES);
    value_set_init(&h->counters, &h->mem, HEALTH_COUNTERS, NAME_BYTES);
}

void health_free(struct health *h)
{
    for (unsigned i = 0; i < HEALTH_SENSORS; i++)
        free(h->sensors[i]);
    value_set_free(&h->names);
    value_set_free(&h->counters);
}

static struct health_sensor *sensor_of(struct health *h, struct span name)
{
    uint32_t at = value_set_add(&h->names, span_head(name, 256));

    if (at == VALUE_NONE)
        return NULL;
    if (!h->sensors[at])
        h->sensors[at] = calloc(1, sizeof(*h->sensors[at]));
    return h->sensors[at];
}

/* What a record said, by the counters' numbers. */
struct said {
    struct health *h;
    uint64_t v[HEALTH_COUNTERS];
    bool there[HEALTH_COUNTERS];
};

static void on_counter(void *ctx, struct span name, uint64_t value)
{
    struct said *s = ctx;
    uint32_t at = value_set_add(&s->h->counters, span_head(name, 128));

    if (at == VALUE_NONE) {
        s->h->full = true;
        return;
    }
    s->v[at] = value;
    s->there[at] = true;
}

/* Open connections and the like go up and down; what was read never does. */
static bool is_level(struct span counter)
{
    return span_ends_nocase(counter, SPAN("_open"));
}

static bool is_new_run(const struct said *s, const struct health_sensor *x, struct span name)
{
    if (span_eq(name, SPAN("replay")))
        return true;
    for (uint32_t i = 0; i < s->h->counters.n; i++)
        if (s->there[i] && s->v[i] < x->seen[i] && !is_level(s->h->counters.values[i]))
            return true;
    return false;
}

static void add_growth(struct said *s, struct health_sensor *x, bool fresh)
{
    for (uint32_t i = 0; i < s->h->counters.n; i++) {
        uint64_t before = fresh || is_level(s->h->counters.values[i]) ? 0 : x->seen[i];

        if (!s->there[i])
            continue;
        if (is_level(s->h->counters.values[i])) {
            s->h->total[i] -= x->added[i];
            x->added[i] = 0;
        }
        x->added[i] += s->v[i] - before;
        s->h->total[i] += s->v[i] - before;
    }
}

void health_take(struct health *h, const struct mail_facts *f, bool inside)
{
    struct health_sensor *x = sensor_of(h, f->sensor.n ? f->sensor : SPAN("?"));
    struct said s = {.h = h};

    if (!x) {
        h->full = true;
        return;
    }
    mail_facts_counters(f, on_counter, &s);
    if (inside) {
        h->since_start |= !x->known && !span_eq(f->sensor, SPAN("replay"));
        add_growth(&s, x, is_new_run(&s, x, f->sensor));
        x->records++;
        h->records++;
        snprintf(x->last_seen, sizeof(x->last_seen), "%.*s", (int)(f->timestamp.n < 19 ? f->timestamp.n : 19),
                 f->timestamp.n ? (const char *)f->timestamp.p : "");
    }
    x->known = true;
    memcpy(x->seen, s.v, sizeof(x->seen));
}

void health_add(struct health *h, struct span counter, uint64_t value)
{
    uint32_t at = value_set_add(&h->counters, span_head(counter, 128));

    if (at == VALUE_NONE)
        h->full = true;
    else
        h->total[at] += value;
}

uint64_t health_total(const struct health *h, const char *counter)
{
    uint32_t at = value_set_find(&h->counters, span_cstr(counter));

    return at == VALUE_NONE ? 0 : h->total[at];
}
