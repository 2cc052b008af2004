/* SPDX-License-Identifier: Apache-2.0 */
/* show: one page about one value: what is known, what came with it, its days, its last mails. */
#include <stdlib.h>

#include "sensor/console/console.h"
#include "sensor/console/kind_value.h"
#include "sensor/console/mail_line.h"
#include "sensor/console/report.h"
#include "sensor/console/show_pairs.h"
#include "sensor/console/stream_mails.h"
#include "sensor/language.h"
#include "sensor/log.h"
#include "sensor/options.h"
#include "sensor/publish/columns.h"
#include "sensor/titles.h"

enum { FIELDS = 32, DAYS_MOST = 400, DAY_H = 24, BAR = 40, LOOKED_AT = 20000, ARENA = 16 << 20, TEXT_MAX = 64 << 20,
       LISTED = 10 };

struct day {
    int64_t hour;
    uint64_t mails, below; /* below: fewer than that, on a full board that does not show it */
};

struct show {
    const struct question_options *o;
    struct store *s;
    struct calendar calendar;
    struct mem mem;
    struct arena arena;
    struct span value; /* as stored */
    struct span fields[2 * FIELDS];
    unsigned fields_n;
    struct pairs pairs;
    struct day days[DAYS_MOST];
    unsigned days_n;
    struct mail_line *mails;
    unsigned mails_n;
    struct stream_walk walk;
    struct buf out, scratch;
};

static unsigned listed(const struct show *w)
{
    return w->o->n ? (unsigned)w->o->n : LISTED;
}

static struct span field(const struct show *w, const char *name)
{
    for (unsigned i = 0; i < w->fields_n; i += 2)
        if (span_eq(w->fields[i], span_cstr(name)))
            return w->fields[i + 1];
    return span_of(NULL, 0);
}

/* --- asking --- */

static void take_field(void *ctx, struct span name, struct span value)
{
    struct show *w = ctx;

    if (w->fields_n == 2 * FIELDS)
        return;
    w->fields[w->fields_n++] = arena_dup(&w->arena, name);
    w->fields[w->fields_n++] = arena_dup(&w->arena, value);
}

/* The entity under the first form that Redis knows. A network nobody looked up is known by its addresses. */
static bool read_entity(struct show *w, const struct kind_value *v)
{
    for (unsigned i = 0; i < v->n && !w->fields_n; i++) {
        w->value = v->forms[i];
        if (!store_entity(w->s, w->o->kind, w->value, take_field, w))
            return false;
    }
    if (!w->fields_n)
        w->value = v->forms[0];
    return true;
}

/* Days from the first mail to the last, the last 400 of them. */
static bool read_days(struct show *w)
{
    struct span first = field(w, "first_seen"), last = field(w, "last_seen");
    char from_text[40], to_text[40], name[12];
    int64_t from, to;

    snprintf(from_text, sizeof(from_text), "%.*s", (int)(first.n < 30 ? first.n : 30), first.n ? (const char *)first.p : "");
    snprintf(to_text, sizeof(to_text), "%.*s", (int)(last.n < 30 ? last.n : 30), last.n ? (const char *)last.p : "");
    from = period_hour_of(&w->calendar, from_text) / DAY_H * DAY_H;
    to = period_hour_of(&w->calendar, to_text) / DAY_H * DAY_H;
    if (from <= 0 || to < from)
        return true;
    if (to - from >= DAYS_MOST * DAY_H)
        from = to - (DAYS_MOST - 1) * DAY_H;
    for (int64_t h = from; h <= to && w->days_n < DAYS_MOST; h += DAY_H) {
        struct day d = {.hour = h};
        struct store_size size = {0};
        bool absent;

        period_name_day(h, name);
        if (!store_scores(w->s, w->o->kind, span_cstr(name), &w->value, 1, &d.mails, &absent, &size))
            return false;
        if (absent && size.full)
            d.below = size.least + 1;
        if (d.mails || d.below)
            w->days[w->days_n++] = d;
    }
    return true;
}

static bool take_mail(void *ctx, const struct stream_mail *m)
{
    struct show *w = ctx;

    if (mail_facts_counts(m->facts) && mail_facts_has(m->facts, w->o->kind, w->value, &w->scratch))
        mail_line_read(&w->mails[w->mails_n++], &w->arena, m);
    return w->mails_n < listed(w);
}

static bool read_mails(struct show *w)
{
    w->mails = calloc(listed(w), sizeof(*w->mails));
    w->walk.most = LOOKED_AT;
    return w->mails && stream_mails(w->s, &w->walk, take_mail, w);
}

/* --- showing --- */

static void put_bar(struct show *w, const struct day *d, uint64_t most)
{
    uint64_t n = most ? (d->mails * BAR + most - 1) / most : 0;

    report_add(&w->out, "  ");
    for (uint64_t i = 0; i < n; i++)
        report_add(&w->out, "#");
}

static void put_days(struct show *w)
{
    uint64_t most = 0;
    char text[PERIOD_TIME];

    if (!w->days_n)
        return;
    report_add(&w->out, _("\nmails per day (%s)\n"), calendar_name(&w->calendar));
    for (unsigned i = 0; i < w->days_n; i++)
        most = w->days[i].mails > most ? w->days[i].mails : most;
    for (unsigned i = 0; i < w->days_n; i++) {
        period_time(&w->calendar, w->days[i].hour, text);
        report_add(&w->out, "  %.10s ", text);
        snprintf(text, sizeof(text), w->days[i].below ? "<%llu" : "%llu",
                 (unsigned long long)(w->days[i].below ? w->days[i].below : w->days[i].mails));
        report_right(&w->out, 8, "%s", text);
        if (!w->days[i].below)
            put_bar(w, &w->days[i], most);
        report_add(&w->out, "\n");
    }
}

static void put_field(struct show *w, const char *name, struct span value, unsigned width)
{
    if (!value.n)
        return;
    report_add(&w->out, "  ");
    columns_label(&w->out, title_of(name), 12);
    report_value(&w->out, value, width - 14, false);
    report_add(&w->out, "\n");
}

/* The times and counts first, in this order; then what is known besides, as Redis has it. */
static const char *const first_fields[] = {"first_seen", "last_seen", "mails", "accepted", "refused", "sessions", "score"};
enum { FIRST_FIELDS = sizeof(first_fields) / sizeof(*first_fields) };

static bool is_first(struct span name)
{
    for (unsigned i = 0; i < FIRST_FIELDS; i++)
        if (span_eq(name, span_cstr(first_fields[i])))
            return true;
    return false;
}

/* What the sensors keep there for themselves. */
static bool is_told(struct span name)
{
    return !span_eq(name, SPAN("counts"));
}

static void put_fields(struct show *w, unsigned width)
{
    char name[40];

    for (unsigned i = 0; i < FIRST_FIELDS; i++)
        put_field(w, first_fields[i], field(w, first_fields[i]), width);
    for (unsigned i = 0; i < w->fields_n; i += 2) {
        struct span f = w->fields[i];

        if (is_first(f) || !is_told(f) || f.n > 30)
            continue;
        snprintf(name, sizeof(name), "%.*s", SPAN_FMT(f));
        put_field(w, name, w->fields[i + 1], width);
    }
}

static void put_page(struct show *w)
{
    unsigned width = report_width();

    report_add(&w->out, "%s ", title_of(kind_name(w->o->kind)));
    report_value(&w->out, w->value, width - 18, false);
    report_add(&w->out, "\n\n");
    put_fields(w, width);
    pairs_put(&w->pairs, &w->out, width);
    put_days(w);
    if (w->mails_n) {
        report_add(&w->out, _("\nlast mails (UTC)\n"));
        for (unsigned i = 0; i < w->mails_n; i++)
            mail_line_put(&w->out, &w->mails[i], width);
    }
    if (w->mails_n < listed(w) && w->walk.more)
        report_add(&w->out, _("\n(only the last %llu mails of the stream were looked at)\n"),
                   (unsigned long long)w->walk.looked);
}

static void json_days(const struct show *w, struct json *j)
{
    char text[PERIOD_TIME];

    json_open(j, "days", '[');
    for (unsigned i = 0; i < w->days_n; i++) {
        json_open(j, NULL, '{');
        period_time(&w->calendar, w->days[i].hour, text);
        text[10] = 0;
        json_word(j, "day", text);
        if (w->days[i].below)
            json_number(j, "mails_below", (int64_t)w->days[i].below);
        else
            json_number(j, "mails", (int64_t)w->days[i].mails);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static bool number_of(struct span s, int64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < s.n && s.n < 18; i++) {
        if (!ascii_digit(s.p[i]))
            return false;
        *out = *out * 10 + (s.p[i] - '0');
    }
    return s.n && s.n < 18;
}

static void put_json(struct show *w)
{
    struct json j = {.out = &w->out};

    json_open(&j, NULL, '{');
    json_word(&j, "kind", kind_name(w->o->kind));
    json_text(&j, "value", w->value);
    for (unsigned i = 0; i < w->fields_n; i += 2) {
        struct span value = w->fields[i + 1];
        int64_t number;

        if (is_first(w->fields[i]) && number_of(value, &number))
            json_number_at(&j, w->fields[i], number);
        else if (is_told(w->fields[i]))
            json_text_at(&j, w->fields[i], value);
    }
    pairs_json(&w->pairs, &j);
    json_days(w, &j);
    json_open(&j, "last_mails", '[');
    for (unsigned i = 0; i < w->mails_n; i++)
        mail_line_json(&j, &w->mails[i]);
    json_close(&j, ']');
    json_close(&j, '}');
    buf_add_byte(&w->out, '\n');
}

static int answer(struct show *w)
{
    struct kind_value v;
    char why[128];

    if (!kind_value_read(&v, &w->arena, w->o->kind, w->o->words[1], why)) {
        log_line(LOG_TROUBLE, "show: %.200s %s", w->o->words[1], why);
        return STATUS_USAGE;
    }
    w->s = console_open(w->o);
    if (!w->s)
        return STATUS_FAILED;
    if (!console_calendar(w->o, w->s, &w->calendar) || !read_entity(w, &v) || !pairs_read(&w->pairs, w->s, w->o->kind, w->value, listed(w)))
        return console_failed(w->s);
    if (!w->fields_n && !w->pairs.addresses.n) {
        log_line(LOG_TROUBLE, "show: nothing is known of %s %.200s; mxtap top %s lists what is", title_of(kind_name(w->o->kind)), w->o->words[1],
                 kind_name(w->o->kind));
        return STATUS_FAILED;
    }
    if (!read_days(w) || !read_mails(w))
        return console_failed(w->s);
    if (w->o->json)
        put_json(w);
    else
        put_page(w);
    return report_flush(&w->out) ? STATUS_OK : STATUS_FAILED;
}

int console_show(const struct question_options *o)
{
    struct show *w = calloc(1, sizeof(*w));
    int status;

    if (!w)
        return console_no_memory();
    w->o = o;
    mem_init(&w->mem, 0);
    arena_init(&w->arena, &w->mem, ARENA);
    buf_init(&w->out, &w->mem, TEXT_MAX);
    buf_init(&w->scratch, &w->mem, 1 << 20);
    pairs_init(&w->pairs, &w->arena);
    status = answer(w);
    store_close(w->s);
    free(w->mails);
    buf_free(&w->out);
    buf_free(&w->scratch);
    arena_free(&w->arena);
    free(w);
    return status;
}
