/* SPDX-License-Identifier: Apache-2.0 */
/* top: the leaders of a kind in a period: mails, share, senders, since when, what is new, what rises. */
#define _GNU_SOURCE /* wcswidth */
#include <stdlib.h>
#include <wchar.h>

#include "sensor/console/console.h"
#include "sensor/console/report.h"
#include "sensor/language.h"
#include "sensor/log.h"
#include "sensor/options.h"
#include "sensor/publish/columns.h"
#include "sensor/publish/redis_record.h"
#include "sensor/titles.h"

enum { SHOWN = 20, WEEK = 7, DAY_H = 24, RISES = 5, TEXT_MAX = 256 << 20 };

struct row {
    struct span value;
    uint64_t mails, more; /* fewer than `more` besides, on full boards where it is missing */
    struct store_size senders;
    struct store_seen seen;
    uint64_t today, week, week_more;
    bool is_new, rises;
};

struct top {
    const struct question_options *o;
    struct store *s;
    struct period period;
    struct board_sum sum, all; /* of the kind; of the senders: all mails */
    struct row *rows;
    struct span *values;
    uint32_t n;
    uint64_t mails, distinct;
    bool has_senders;
    struct buf out;
};

static bool one_day(const struct period *p)
{
    return !p->all && p->from % DAY_H == 0 && p->to == p->from + DAY_H;
}

/* --- asking --- */

static bool read_boards(struct top *t)
{
    const struct question_options *o = t->o;
    char day[12];

    if (!board_sum_read(&t->sum, t->s, o->kind, &t->period, o->now_s) ||
        !board_sum_read(&t->all, t->s, KIND_IP, &t->period, o->now_s))
        return false;
    /* Every mail has one origin, so the addresses' board adds up to all mails; a value has no more than all. */
    t->mails = t->all.total;
    if (!one_day(&t->period))
        return true;
    period_name_day(t->period.from, day);
    return store_distinct(t->s, o->kind, span_cstr(day), &t->distinct);
}

static bool make_rows(struct top *t)
{
    uint32_t most = (uint32_t)(t->o->n ? t->o->n : SHOWN);
    struct value_mails *leaders;

    most = most < t->sum.values.n ? most : t->sum.values.n;
    leaders = calloc(most + 1, sizeof(*leaders));
    t->rows = calloc(most + 1, sizeof(*t->rows));
    t->values = calloc(most + 1, sizeof(*t->values));
    if (!leaders || !t->rows || !t->values) {
        free(leaders);
        return false;
    }
    t->n = board_sum_top(&t->sum, leaders, most);
    for (uint32_t i = 0; i < t->n; i++) {
        t->values[i] = leaders[i].value;
        t->rows[i] = (struct row){.value = leaders[i].value, .mails = leaders[i].mails, .more = leaders[i].more};
    }
    free(leaders);
    return true;
}

/* One day's mails of all rows, added to today's or the week's. */
static bool read_day(struct top *t, int64_t hour, bool today, uint64_t *mails, bool *absent)
{
    struct store_size size = {0};
    char day[12];

    period_name_day(hour, day);
    if (!store_scores(t->s, t->o->kind, span_cstr(day), t->values, t->n, mails, absent, &size))
        return false;
    for (uint32_t i = 0; i < t->n; i++) {
        struct row *r = &t->rows[i];

        if (today)
            r->today = mails[i];
        else
            r->week += mails[i];
        if (!today && absent[i] && size.full)
            r->week_more += size.least;
    }
    return true;
}

static bool read_week(struct top *t)
{
    uint64_t *mails = calloc(t->n + 1, sizeof(*mails));
    bool *absent = calloc(t->n + 1, sizeof(*absent)), ok = mails && absent;
    int64_t day = t->period.from / DAY_H * DAY_H;

    for (int d = 1; ok && d <= WEEK; d++)
        ok = read_day(t, day - d * DAY_H, false, mails, absent);
    if (ok && t->period.all)
        ok = read_day(t, day, true, mails, absent);
    free(mails);
    free(absent);
    return ok;
}

static bool read_known(struct top *t)
{
    struct store_size *sizes = calloc(t->n + 1, sizeof(*sizes));
    struct store_seen *seen = calloc(t->n + 1, sizeof(*seen));
    bool ok = sizes && seen && store_seen(t->s, t->o->kind, t->values, t->n, seen);

    t->has_senders = redis_record_has_pair(t->o->kind, KIND_IP);
    if (ok && t->has_senders)
        ok = store_senders(t->s, t->o->kind, t->values, t->n, sizes);
    for (uint32_t i = 0; ok && i < t->n; i++) {
        t->rows[i].seen = seen[i];
        t->rows[i].senders = sizes[i];
    }
    free(sizes);
    free(seen);
    return ok;
}

/* New in the period; or more than five times what seven days before it would let expect in as many hours. */
static void judge(struct top *t)
{
    const struct period *p = &t->period;

    for (uint32_t i = 0; i < t->n; i++) {
        struct row *r = &t->rows[i];
        int64_t first = period_hour_of(&p->calendar, r->seen.first);
        uint64_t now = p->all ? r->today : r->mails;
        uint64_t hours = (uint64_t)(p->to - p->from);

        r->is_new = first >= p->from && first < p->to;
        r->rises = !r->is_new && now * WEEK * DAY_H > RISES * (r->week + r->week_more) * hours;
    }
}

/* --- showing --- */

static double share(const struct top *t, const struct row *r)
{
    return t->mails ? (double)r->mails / (double)t->mails : 0;
}

static void put_mails(struct buf *out, const struct row *r)
{
    char text[48];

    if (r->more)
        snprintf(text, sizeof(text), "%llu-%llu", (unsigned long long)r->mails,
                 (unsigned long long)(r->mails + r->more));
    else
        snprintf(text, sizeof(text), "%llu", (unsigned long long)r->mails);
    report_right(out, 7, "%s", text);
}

static void put_row(struct top *t, const struct row *r, unsigned width)
{
    struct buf *out = &t->out;
    size_t begin = out->n;
    double percent = 100 * share(t, r);

    put_mails(out, r);
    if (percent > 0 && percent < 0.1)
        report_add(out, "  <0.1%%");
    else
        report_add(out, percent > 99.95 ? " %5.0f%%" : " %5.1f%%", percent);
    if (t->has_senders)
        report_right(out, 5, "%llu%s", (unsigned long long)r->senders.members, r->senders.full ? "+" : "");
    report_add(out, "  ");
    report_time(out, span_cstr(r->seen.first), 10);
    report_add(out, " ");
    report_time(out, span_cstr(r->seen.last), 10);
    report_add(out, " ");
    columns_label(out, r->is_new ? _("new") : r->rises ? ">5x" : "", 4);
    report_value(out, r->value, width > out->n - begin ? width - (unsigned)(out->n - begin) : 8, false);
    report_add(out, "\n");
}

static bool fits(struct span line)
{
    char text[512];
    wchar_t wide[512];
    size_t n;

    snprintf(text, sizeof(text), "%.*s", (int)(line.n < sizeof(text) ? line.n : sizeof(text) - 1), (const char *)line.p);
    n = mbstowcs(wide, text, sizeof(wide) / sizeof(*wide));
    return n != (size_t)-1 && wcswidth(wide, n) <= (int)report_width();
}

/* A head that is too wide goes on below: from the place's name on, and behind the time's colon where that is not enough or there is none. */
static void fold_head(struct buf *out, size_t begin)
{
    struct span line = span_from(buf_span(out), begin);
    size_t colon = span_find_span(line, 0, SPAN(": ")), place = span_find_span(line, 0, SPAN(" ("));

    if (colon == line.n || fits(span_head(line, line.n - 1)))
        return;
    if (place < colon)
        out->p[begin + place] = '\n';
    if (place > colon || !fits(span_head(span_from(line, place + 1), line.n - place - 2)))
        out->p[begin + colon + 1] = '\n';
}

static void put_head(struct top *t)
{
    char title[PERIOD_TEXT];
    size_t begin = t->out.n;

    period_title(&t->period, title);
    report_add(&t->out, P_("%s, %s: %llu%s value", "%s, %s: %llu%s values", t->sum.members), title_of(kind_name(t->o->kind)), title,
               (unsigned long long)t->sum.members,
               t->sum.full ? "+" : "");
    if (t->distinct > t->sum.members)
        report_add(&t->out, _(" (about %llu in all)"), (unsigned long long)t->distinct);
    report_add(&t->out, P_(", %llu%s mail\n", ", %llu%s mails\n", t->mails), (unsigned long long)t->mails, t->all.full ? "+" : "");
    fold_head(&t->out, begin);
}

static void put_titles(struct top *t)
{
    struct buf *out = &t->out;

    report_add(out, "\n");
    columns_label_right(out, _("mails"), 7);
    columns_label_right(out, _("share"), 7);
    if (t->has_senders)
        columns_label_right(out, _("ips"), 5);
    report_add(out, "  ");
    columns_label(out, _("first seen"), 11);
    columns_label(out, _("last seen, UTC"), 15);
    report_add(out, "%s\n", title_of(kind_name(t->o->kind)));
}

static void put_nothing(struct top *t)
{
    if (t->period.all)
        report_add(&t->out, "%s", _("Nothing is counted there yet: mxtap capture or mxtap replay with the same --redis does it.\n"));
    else if (calendar_is_utc(&t->period.calendar))
        report_add(&t->out, "%s", _("No mail in this time, which is UTC; without a time all that was counted is shown.\n"));
    else /* the head says whose time */
        report_add(&t->out, "%s", _("No mail in this time; without a time all that was counted is shown.\n"));
}

static void put_table(struct top *t)
{
    unsigned width = report_width();

    put_head(t);
    if (t->n) {
        put_titles(t);
        for (uint32_t i = 0; i < t->n; i++)
            put_row(t, &t->rows[i], width);
    } else {
        put_nothing(t);
    }
    if (t->sum.hours_gone.n) {
        report_add(&t->out, _("\nhours gone, or without mail (hour boards are kept for 48 hours):"));
        report_gaps(&t->out, &t->period.calendar, &t->sum.hours_gone, false);
        report_add(&t->out, "\n");
    }
    if (t->sum.days_unknown.n) {
        report_add(&t->out, _("\ndays without a board (no mail, or longer ago than Redis keeps):"));
        report_gaps(&t->out, &t->period.calendar, &t->sum.days_unknown, true);
        report_add(&t->out, "\n");
    }
}

static void json_row(struct json *j, const struct top *t, const struct row *r)
{
    json_open(j, NULL, '{');
    json_text(j, "value", r->value);
    json_number(j, "mails", (int64_t)r->mails);
    if (r->more)
        json_number(j, "mails_below", (int64_t)(r->mails + r->more + 1));
    report_json_decimal(j, "share", share(t, r));
    if (t->has_senders)
        json_number(j, "senders", (int64_t)r->senders.members);
    if (r->senders.full)
        json_true(j, "senders_more");
    if (r->seen.first[0])
        json_word(j, "first_seen", r->seen.first);
    if (r->seen.last[0])
        json_word(j, "last_seen", r->seen.last);
    if (r->is_new)
        json_true(j, "new");
    report_json_decimal(j, "mean_7d", (double)r->week / WEEK);
    if (r->rises)
        json_true(j, "above_mean");
    json_close(j, '}');
}

static void put_json(struct top *t)
{
    struct json j = {.out = &t->out};

    json_open(&j, NULL, '{');
    json_word(&j, "kind", kind_name(t->o->kind));
    report_json_period(&j, &t->period);
    json_number(&j, "mails", (int64_t)t->mails);
    json_number(&j, "members", (int64_t)t->sum.members);
    if (t->sum.full)
        json_true(&j, "full");
    if (one_day(&t->period))
        json_number(&j, "distinct", (int64_t)t->distinct);
    report_json_gaps(&j, &t->period.calendar, "hours_gone", &t->sum.hours_gone);
    report_json_gaps(&j, &t->period.calendar, "days_without_board", &t->sum.days_unknown);
    json_open(&j, "values", '[');
    for (uint32_t i = 0; i < t->n; i++)
        json_row(&j, t, &t->rows[i]);
    json_close(&j, ']');
    json_close(&j, '}');
    buf_add_byte(&t->out, '\n');
}

static bool ask_all(struct top *t)
{
    if (!read_boards(t) || !make_rows(t) || !read_known(t) || !read_week(t))
        return false;
    judge(t);
    return true;
}

int console_top(const struct question_options *o)
{
    struct top t = {.o = o};
    int status = STATUS_OK;

    t.s = console_open(o);
    if (!t.s)
        return STATUS_FAILED;
    board_sum_init(&t.sum);
    board_sum_init(&t.all);
    buf_init(&t.out, &t.sum.mem, TEXT_MAX);
    status = console_period(o, t.s, &t.period);
    if (status != STATUS_OK) {
        /* it is said why */
    } else if (ask_all(&t)) {
        if (o->json)
            put_json(&t);
        else
            put_table(&t);
        status = report_flush(&t.out) ? STATUS_OK : STATUS_FAILED;
    } else if (t.sum.values.full || t.all.values.full) {
        log_line(LOG_TROUBLE, "top: too many values for one answer: choose a shorter time");
        status = STATUS_FAILED;
    } else {
        status = console_failed(t.s);
    }
    free(t.rows);
    free(t.values);
    buf_free(&t.out);
    board_sum_free(&t.sum);
    board_sum_free(&t.all);
    store_close(t.s);
    return status;
}
