/* SPDX-License-Identifier: Apache-2.0 */
/* verb: `mxtap report`: records from a file or from Redis, an overview of them, a page. */
#include <stdio.h>
#include <stdlib.h>

#include "sensor/console/console.h"
#include "sensor/console/json_lines.h"
#include "sensor/console/patience.h"
#include "sensor/console/stream_mails.h"
#include "sensor/language.h"
#include "sensor/log.h"
#include "sensor/options.h"
#include "sensor/report/page.h"

enum { ROWS = 10000, PAGE_ENTRIES = 200, HOUR_S = 3600, SENSORS = HEALTH_SENSORS, ENTRY_MS = 1000 };

struct making {
    const struct question_options *o;
    struct overview overview;
    struct page_source source;
    struct store *s;
    struct page_sensor sensors[SENSORS];
    struct mem mem;
    struct value_set names; /* of sensors */
    bool early;             /* entries are older than the period */
};

static bool take(struct making *m, const struct mail_facts *f, struct span line)
{
    if (f->sensor.n)
        value_set_add(&m->names, span_head(f->sensor, sizeof(m->sensors[0].name) - 1));
    return overview_take(&m->overview, f, line);
}

/* --- from a file --- */

static bool take_record(void *ctx, const struct mail_facts *f, struct span line)
{
    return take(ctx, f, line);
}

/* --- from Redis --- */

/* An entry's id is the sensor's clock in ms when it was written, which is never before its packets; an hour is for clocks that
 * disagree. */
static bool is_early(const struct making *m, const struct store_entry *e)
{
    const struct period *p = &m->overview.period;
    uint64_t ms = 0;

    if (p->all)
        return false;
    for (size_t i = 0; i < e->id.n && ascii_digit(e->id.p[i]) && ms < UINT64_MAX / 16; i++)
        ms = 10 * ms + (uint64_t)(e->id.p[i] - '0');
    return (int64_t)(ms / ENTRY_MS) < calendar_utc(&p->calendar, p->from * HOUR_S) - HOUR_S;
}

static bool take_entry(void *ctx, const struct stream_mail *e)
{
    struct making *m = ctx;

    m->early = is_early(m, e->entry);
    return !m->early && take(m, e->facts, e->json);
}

static bool take_session(void *ctx, const struct store_entry *e)
{
    struct making *m = ctx;
    struct mail_facts f;
    struct span json = store_entry_field(e, "json");

    m->early = is_early(m, e);
    if (m->early)
        return false;
    if (!json.n || !mail_facts_read(&f, json))
        return true;
    take(m, &f, json);
    mail_facts_free(&f);
    return true;
}

static bool read_sessions(struct making *m)
{
    char before[STORE_ID] = "";
    uint64_t looked = 0;
    unsigned n;

    m->early = false;
    do {
        if (!store_page(m->s, STORE_SESSIONS, before, PAGE_ENTRIES, take_session, m, &n))
            return false;
        looked += n;
    } while (n == PAGE_ENTRIES && !m->early && looked < m->o->limit);
    return true;
}

static void on_stat(void *ctx, struct span field, struct span value)
{
    struct making *m = ctx;
    uint64_t v = 0;

    for (size_t i = 0; i < value.n && ascii_digit(value.p[i]) && v < UINT64_MAX / 16; i++)
        v = 10 * v + (uint64_t)(value.p[i] - '0');
    health_add(&m->overview.health, field, v);
}

static void on_sensor(void *ctx, struct span field, struct span value)
{
    struct page_sensor *s = ctx;
    const struct {
        const char *name;
        char *to;
        size_t size;
    } fields[] = {{"last_seen", s->last_seen, sizeof(s->last_seen)}, {"source", s->source, sizeof(s->source)},
                  {"packets", s->packets, sizeof(s->packets)}, {"lost", s->lost, sizeof(s->lost)}};

    for (unsigned i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        if (span_eq(field, span_cstr(fields[i].name)))
            snprintf(fields[i].to, fields[i].size, "%.*s", (int)(value.n < 255 ? value.n : 255), (const char *)value.p);
}

static bool read_sensors(struct making *m)
{
    if (!store_stats(m->s, on_stat, m))
        return false;
    for (uint32_t i = 0; i < m->names.n && i < SENSORS; i++) {
        struct page_sensor *s = &m->sensors[m->source.sensors_n++];
        struct buf name;
        bool ok;

        buf_init(&name, &m->mem, 1024);
        key_text(&name, m->names.values[i]);
        snprintf(s->name, sizeof(s->name), "%.*s", SPAN_FMT(m->names.values[i]));
        ok = store_sensor(m->s, buf_span(&name), on_sensor, s);
        buf_free(&name);
        if (!ok)
            return false;
    }
    return true;
}

static int read_redis(struct making *m)
{
    struct stream_walk w = {.most = m->o->limit};
    int status;

    m->s = console_open(m->o);
    if (!m->s)
        return STATUS_FAILED;
    m->source.name = store_where(m->s);
    status = console_period(m->o, m->s, &m->overview.period);
    if (status != STATUS_OK)
        return status;
    if (!stream_mails(m->s, &w, take_entry, m))
        return console_failed(m->s);
    if (!m->early && w.more)
        m->overview.full = true;
    m->source.copies = w.copies;
    m->source.unread = w.unread;
    if (!read_sessions(m) || !read_sensors(m))
        return console_failed(m->s);
    m->source.stream_ends_inside = !w.more && health_total(&m->overview.health, "mails") > w.looked;
    return STATUS_OK;
}

/* Which of the values that are shown came for the first time, as far as Redis remembers. */
static bool ask_new(struct making *m, enum over_kind k, enum redis_kind kind)
{
    struct overview *o = &m->overview;
    struct store_seen seen[PAGE_VALUES];
    struct span values[PAGE_VALUES];
    uint32_t n = o->counted_n[k] < PAGE_VALUES ? o->counted_n[k] : PAGE_VALUES;
    struct arena a;
    struct buf text;
    bool ok;

    arena_init(&a, &m->mem, 1 << 20);
    buf_init(&text, &m->mem, 64 << 10);
    for (uint32_t i = 0; i < n; i++) {
        buf_clear(&text);
        key_text(&text, over_text(o, k, o->counted[k][i].value));
        values[i] = arena_dup(&a, buf_span(&text));
    }
    ok = store_seen(m->s, kind, values, n, seen);
    for (uint32_t i = 0; ok && i < n; i++)
        o->counted[k][i].is_new = seen[i].first[0] && period_hour_of(&o->period.calendar, seen[i].first) >= o->period.from;
    buf_free(&text);
    arena_free(&a);
    return ok;
}

static bool ask_all_new(struct making *m)
{
    return !m->s || m->overview.period.all || (ask_new(m, OVER_SUBJECT, KIND_SUBJECT) && ask_new(m, OVER_SENDER, KIND_IP) &&
                                         ask_new(m, OVER_NET, KIND_NET));
}

/* --- to a file --- */

/* The page takes the old one's place when it is whole: whoever reads the old one meanwhile never sees a half. */
static int write_out(struct making *m)
{
    struct whole_file file;
    char err[WHOLE_FILE_ERR];
    int status = STATUS_OK;

    if (!whole_file_open(&file, &m->mem, "report", "--html", m->o->html, err)) {
        log_line(LOG_TROUBLE, "report: %s", err);
        return STATUS_FAILED;
    }
    if (!page_write(&file, &m->overview, &m->source))
        status = console_no_memory();
    else if (!whole_file_finish(&file))
        status = STATUS_FAILED;
    whole_file_close(&file);
    return status;
}

/* --- the verb --- */

/* Whoever is given the page need not know where its maker keeps files. */
static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static int make(struct making *m)
{
    const struct question_options *o = m->o;
    int status;

    if (o->input)
        m->source.name = strcmp(o->input, "-") == 0 ? _("standard input") : base_name(o->input);
    status = o->input ? json_lines("report", o->input, take_record, m, &m->source.lines_bad) : read_redis(m);
    patience_ends();
    if (status == STATUS_FAILED)
        return status;
    if (!overview_settle(&m->overview, m->source.alert_score)) {
        log_line(LOG_TROUBLE, "report: no memory for so many mails; --limit takes fewer");
        return STATUS_FAILED;
    }
    if (!ask_all_new(m))
        return console_failed(m->s);
    if (m->overview.full)
        log_line(LOG_TROUBLE, "report: only %llu mails were taken (--limit, or memory)", (unsigned long long)m->overview.n);
    status = status_worse(status, write_out(m));
    if (status != STATUS_FAILED && strcmp(o->html, "-") != 0)
        log_line(LOG_NOTE, "report: %llu mails, %u campaigns: %s", (unsigned long long)m->overview.counted_mails,
                 m->overview.groups_n, o->html);
    return status;
}

int console_report(const struct question_options *o)
{
    struct making *m = calloc(1, sizeof(*m));
    int status;

    if (!m)
        return console_no_memory();
    m->o = o;
    m->source = (struct page_source){.from_redis = !o->input, .made_s = o->now_s, .alert_score = o->export.alert_score,
                                     .sensors = m->sensors};
    mem_init(&m->mem, 0);
    value_set_init(&m->names, &m->mem, SENSORS, 64 << 10);
    if (overview_init(&m->overview, &o->period, o->limit, (uint32_t)(o->n ? o->n : ROWS)))
        status = make(m);
    else
        status = console_no_memory();
    overview_free(&m->overview);
    value_set_free(&m->names);
    store_close(m->s);
    free(m);
    return status;
}
