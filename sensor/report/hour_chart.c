/* SPDX-License-Identifier: Apache-2.0 */
/* hour_chart: mails by hour; over a longer time by hour of the day, and by day, month or year. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sensor/language.h"
#include "sensor/report/page.h"

enum { HOUR_S = 3600, DAY_S = 86400, HOURS_MOST = 7 * 24, DAYS_MOST = 92, BUCKETS = 240, LABEL = 48, TITLE = 160, HEIGHT = 100 };

struct bucket {
    char label[LABEL], axis[LABEL]; /* in full; below the bar ("" = nothing) */
    uint32_t accepted, other;
};

struct chart {
    char title[TITLE];
    struct bucket v[BUCKETS];
    unsigned n;
    uint32_t most;
};

static struct tm broken_down(int64_t second)
{
    time_t t = (time_t)second;
    struct tm tm;

    if (!gmtime_r(&t, &tm))
        tm = (struct tm){.tm_mday = 1};
    return tm;
}

/* What a clock of the report's calendar shows. */
static int64_t wall(const struct overview *o, int64_t second)
{
    return calendar_wall(&o->period.calendar, second);
}

static void count(struct chart *c, int64_t at, const struct over_mail *m)
{
    struct bucket *b;

    if (at < 0 || at >= c->n)
        return;
    b = &c->v[at];
    if (m->outcome == OVER_ACCEPTED)
        b->accepted++;
    else
        b->other++;
    if (b->accepted + b->other > c->most)
        c->most = b->accepted + b->other;
}

/* --- kinds of charts --- */

static void by_hour(struct chart *c, const struct overview *o, int64_t from, int64_t to)
{
    unsigned each = to - from > 48 ? 24 : to - from > 24 ? 6 : 3;

    snprintf(c->title, sizeof(c->title), _("Mails by hour, %s"), calendar_name(&o->period.calendar));
    c->n = (unsigned)(to - from);
    for (unsigned i = 0; i < c->n; i++) {
        struct tm tm = broken_down((from + i) * HOUR_S);

        strftime(c->v[i].label, LABEL, "%Y-%m-%d %H:00", &tm);
        if ((unsigned)tm.tm_hour % each == 0)
            strftime(c->v[i].axis, LABEL, tm.tm_hour || c->n <= 24 ? "%H" : "%m-%d", &tm);
    }
    for (uint32_t i = 0; i < o->n; i++)
        if (!o->mails[i].copy)
            count(c, wall(o, o->mails[i].second) / HOUR_S - from, &o->mails[i]);
}

static void by_hour_of_day(struct chart *c, const struct overview *o)
{
    snprintf(c->title, sizeof(c->title), _("Mails by hour of the day, %s"), calendar_name(&o->period.calendar));
    c->n = 24;
    for (unsigned i = 0; i < c->n; i++) {
        snprintf(c->v[i].label, LABEL, "%02u:00–%02u:59", i, i);
        if (i % 3 == 0)
            snprintf(c->v[i].axis, LABEL, "%02u", i);
    }
    for (uint32_t i = 0; i < o->n; i++)
        if (!o->mails[i].copy)
            count(c, wall(o, o->mails[i].second) / HOUR_S % 24, &o->mails[i]);
}

static void by_day(struct chart *c, const struct overview *o, int64_t first_day, int64_t days)
{
    snprintf(c->title, sizeof(c->title), "%s", _("Mails by day"));
    c->n = (unsigned)days;
    for (unsigned i = 0; i < c->n; i++) {
        struct tm tm = broken_down((first_day + i) * DAY_S);

        strftime(c->v[i].label, LABEL, "%Y-%m-%d", &tm);
        if (days <= 14 || tm.tm_mday == 1 || (tm.tm_mday % 10 == 0 && tm.tm_mday < 30))
            strftime(c->v[i].axis, LABEL, "%m-%d", &tm);
    }
    for (uint32_t i = 0; i < o->n; i++)
        if (!o->mails[i].copy)
            count(c, wall(o, o->mails[i].second) / DAY_S - first_day, &o->mails[i]);
}

static int64_t month_of(int64_t second)
{
    struct tm tm = broken_down(second);

    return 12 * (int64_t)tm.tm_year + tm.tm_mon;
}

static void by_month(struct chart *c, const struct overview *o, int64_t first, int64_t each)
{
    snprintf(c->title, sizeof(c->title), "%s", each == 1 ? _("Mails by month") : _("Mails by year"));
    for (unsigned i = 0; i < c->n; i++) {
        int64_t month = first * each + i * each;

        snprintf(c->v[i].label, LABEL, each == 1 ? "%d-%02d" : "%d", (int)(1900 + month / 12), (int)(1 + month % 12));
        if (each == 12 || month % 12 == 0 || (c->n < 12 && month % 3 == 0))
            snprintf(c->v[i].axis, LABEL, month % 12 ? "%d-%02d" : "%d", (int)(1900 + month / 12), (int)(1 + month % 12));
    }
    for (uint32_t i = 0; i < o->n; i++)
        if (!o->mails[i].copy)
            count(c, month_of(wall(o, o->mails[i].second)) / each - first, &o->mails[i]);
}

/* --- drawing --- */

static void draw_bar(struct page *p, const struct chart *c, unsigned i)
{
    const struct bucket *b = &c->v[i];
    double all = (double)HEIGHT * (b->accepted + b->other) / c->most, other = (double)HEIGHT * b->other / c->most;

    html_rawf(&p->h, "<g><title>%s: ", b->label);
    html_say(&p->h, _("%u accepted, %u not"), b->accepted, b->other);
    html_rawf(&p->h, "</title><rect class=\"hit\" x=\"%u\" width=\"10\" height=\"%u\"/>", 10 * i, (unsigned)HEIGHT);
    if (b->accepted)
        html_rawf(&p->h, "<rect x=\"%u\" y=\"%.2f\" width=\"8\" height=\"%.2f\"/>", 10 * i + 1, HEIGHT - all, all - other);
    if (b->other)
        html_rawf(&p->h, "<rect class=\"not\" x=\"%u\" y=\"%.2f\" width=\"8\" height=\"%.2f\"/>", 10 * i + 1, HEIGHT - other, other);
    html_raw(&p->h, "</g>\n");
}

/* Names stand beside the bars, not among them: the bars are stretched to the page's width, letters must not be. */
static void draw_axis(struct page *p, const struct chart *c)
{
    html_raw(&p->h, "<div class=\"axis\" aria-hidden=\"true\">");
    for (unsigned i = 0; i < c->n; i++)
        html_rawf(&p->h, "<span>%s</span>", c->v[i].axis);
    html_raw(&p->h, "</div>\n");
}

static void draw_table(struct page *p, const struct chart *c)
{
    html_raw(&p->h, "<details class=\"numbers\"><summary>");
    html_say(&p->h, "%s", _("As a table"));
    html_raw(&p->h, "</summary><table><thead><tr><th scope=\"col\">");
    html_say(&p->h, "%s", _("time"));
    html_raw(&p->h, "</th><th scope=\"col\" class=\"n\">");
    html_say(&p->h, "%s", _("accepted"));
    html_raw(&p->h, "</th><th scope=\"col\" class=\"n\">");
    html_say(&p->h, "%s", _("not accepted"));
    html_raw(&p->h, "</th></tr></thead><tbody>\n");
    for (unsigned i = 0; i < c->n; i++)
        if (c->v[i].accepted + c->v[i].other)
            html_rawf(&p->h, "<tr><th scope=\"row\">%s</th><td class=\"n\">%u</td><td class=\"n\">%u</td></tr>\n", c->v[i].label,
                      c->v[i].accepted, c->v[i].other);
    html_raw(&p->h, "</tbody></table></details>\n");
}

static void draw(struct page *p, const struct chart *c)
{
    if (!c->most)
        return;
    html_raw(&p->h, "<figure class=\"chart\"><figcaption>");
    html_say(&p->h, "%s", c->title);
    html_rawf(&p->h, "</figcaption>\n<div class=\"plot\"><span class=\"top\" aria-hidden=\"true\">%u</span>"
              "<svg viewBox=\"0 0 %u %u\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"", c->most, 10 * c->n, (unsigned)HEIGHT);
    html_attribute(&p->h, span_cstr(c->title));
    html_raw(&p->h, "\">\n");
    for (unsigned i = 0; i < c->n; i++)
        draw_bar(p, c, i);
    html_raw(&p->h, "</svg></div>\n");
    draw_axis(p, c);
    draw_table(p, c);
    html_raw(&p->h, "</figure>\n");
}

/* A longer time: its hours of the day, and its days, months or years. */
static void draw_long(struct page *p, struct chart *c)
{
    const struct overview *o = p->o;
    int64_t first = wall(o, o->first), last = wall(o, o->last), first_day = first / DAY_S, days = last / DAY_S - first_day + 1;
    int64_t first_month = month_of(first), months = month_of(last) - first_month + 1, each = months > BUCKETS ? 12 : 1;

    by_hour_of_day(c, o);
    draw(p, c);
    memset(c, 0, sizeof(*c));
    if (days <= DAYS_MOST) {
        by_day(c, o, first_day, days);
    } else {
        int64_t n = (first_month + months - 1) / each - first_month / each + 1;

        c->n = n < BUCKETS ? (unsigned)n : BUCKETS;
        by_month(c, o, first_month / each, each);
    }
    draw(p, c);
}

void hour_charts(struct page *p)
{
    const struct overview *o = p->o;
    struct chart *c = calloc(1, sizeof(*c));
    int64_t from = o->period.all ? wall(o, o->first) / HOUR_S : o->period.from,
            to = o->period.all ? wall(o, o->last) / HOUR_S + 1 : o->period.to;

    if (!c) {
        p->no_memory = true;
        return;
    }
    if (o->period.all && to - from <= 24) { /* a day in full: midnight is where it belongs */
        from = from / 24 * 24;
        to = (to + 23) / 24 * 24;
    }
    html_raw(&p->h, "<div class=\"charts\">\n");
    if (to - from <= HOURS_MOST) {
        by_hour(c, o, from, to);
        draw(p, c);
    } else {
        draw_long(p, c);
    }
    html_raw(&p->h, "<p class=\"legend\"><span class=\"key\"></span> ");
    html_say(&p->h, "%s", _("accepted"));
    html_raw(&p->h, " <span class=\"key not\"></span> ");
    html_say(&p->h, "%s", _("refused, deferred, or not seen to its end"));
    html_raw(&p->h, "</p></div>\n");
    free(c);
}
