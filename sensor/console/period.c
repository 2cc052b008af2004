/* SPDX-License-Identifier: Apache-2.0 */
/* period: calendar sums by timegm. */
#define _GNU_SOURCE /* timegm */
#include "sensor/console/period.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "decoders/base/bytes.h"
#include "sensor/language.h"

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_H = 24 };

static bool fail(char why[PERIOD_WHY], const char *text)
{
    snprintf(why, PERIOD_WHY, "%s", text);
    return false;
}

/* n digits of s as a number; -1 where one is none. */
static int digits(const char *s, unsigned n)
{
    int v = 0;

    for (unsigned i = 0; i < n; i++) {
        if (!ascii_digit((uint8_t)s[i]))
            return -1;
        v = v * 10 + (s[i] - '0');
    }
    return v;
}

/* The day's first hour, from three numbers; -1 for a day that no calendar has. */
static int64_t day_hour(int year, int month, int day)
{
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    time_t t;

    if (year < 1970 || year > 9999 || month < 1 || day < 1)
        return -1;
    t = timegm(&tm);
    return tm.tm_mday == day && tm.tm_mon == month - 1 ? t / HOUR_S : -1;
}

/* The rest behind a day: "", "13", "T13", " 13:00", "T13:00:00Z"; -1 = none of these, -2 = not a whole hour. */
static int hour_word(const char *s)
{
    int hour;

    if (*s == 'T' || *s == ' ')
        s++;
    hour = digits(s, 2);
    if (hour < 0 || hour > 23)
        return -1;
    s += 2;
    while (s[0] == ':' && digits(s + 1, 2) >= 0) {
        if (digits(s + 1, 2) != 0)
            return -2;
        s += 3;
    }
    if (*s == 'Z')
        s++;
    return *s ? -1 : hour;
}

/* What one word says. */
struct moment {
    int64_t hour;
    bool whole_day, clock; /* a day without an hour; an hour without a day (hour is then 0..23) */
};

static bool parse_day(const char *s, int64_t now, struct moment *m, const char **rest)
{
    *rest = "";
    if (strcmp(s, "today") == 0)
        m->hour = now / DAY_H * DAY_H;
    else if (strcmp(s, "yesterday") == 0)
        m->hour = (now / DAY_H - 1) * DAY_H;
    else if (strlen(s) >= 8 && digits(s, 8) >= 0)
        m->hour = day_hour(digits(s, 4), digits(s + 4, 2), digits(s + 6, 2)), *rest = s + 8;
    else if (strlen(s) >= 10 && s[4] == '-' && s[7] == '-' && digits(s, 4) >= 0 && digits(s + 5, 2) >= 0 &&
             digits(s + 8, 2) >= 0)
        m->hour = day_hour(digits(s, 4), digits(s + 5, 2), digits(s + 8, 2)), *rest = s + 10;
    else
        return false;
    m->whole_day = m->hour >= 0;
    return m->whole_day;
}

static bool parse_moment(const char *s, int64_t now, struct moment *m, char why[PERIOD_WHY])
{
    const char *rest;
    int hour;

    *m = (struct moment){0};
    if (!parse_day(s, now, m, &rest)) {
        hour = strlen(s) == 5 && s[2] == ':' ? hour_word(s) : -1;
        m->clock = true;
        m->hour = hour;
    } else if (*rest) {
        hour = hour_word(rest);
        m->whole_day = false;
        m->hour += hour;
    } else {
        return true;
    }
    if (hour == -2)
        return fail(why, _("boards are kept by the hour: give a whole one, such as 18:00"));
    if (hour < 0)
        return fail(why, _("give 2023-06-24, 2023-06-24T13, 18:00, today or yesterday"));
    return true;
}

/* The last time the clock showed that hour, at or before `before`. */
static int64_t last_clock(int64_t hour, int64_t before)
{
    int64_t at = before / DAY_H * DAY_H + hour;

    return at > before ? at - DAY_H : at;
}

static bool parse_last(struct period *p, const char *s, int64_t now, char why[PERIOD_WHY])
{
    size_t n = strlen(s);
    int64_t hours = n >= 2 && n <= 6 ? digits(s, (unsigned)n - 1) : -1;

    if (n && s[n - 1] == 'd')
        hours *= DAY_H;
    else if (!n || s[n - 1] != 'h')
        hours = -1;
    if (hours < 1 || hours > PERIOD_DAYS_MOST * DAY_H)
        return fail(why, _("give hours or days, such as 12h or 7d"));
    p->to = now + 1;
    p->from = p->to - hours;
    return true;
}

static bool parse_range(struct period *p, const struct period_words *w, int64_t now, char why[PERIOD_WHY])
{
    struct moment from = {.hour = 0}, to = {.hour = now + 1};

    if (!w->from)
        return fail(why, "needs --from");
    if (!parse_moment(w->from, now, &from, why) || (w->to && !parse_moment(w->to, now, &to, why)))
        return false;
    if (to.whole_day)
        to.hour += DAY_H;
    if (to.clock)
        to.hour = last_clock(to.hour, now + 1);
    if (from.clock)
        from.hour = last_clock(from.hour, to.hour - 1);
    p->from = from.hour;
    p->to = to.hour;
    if (p->from >= p->to)
        return fail(why, _("ends before it begins"));
    if (p->to - p->from > PERIOD_DAYS_MOST * DAY_H)
        return fail(why, _("is longer than ten years"));
    return true;
}

static bool parse_one(struct period *p, const char *s, int64_t now, bool day, char why[PERIOD_WHY])
{
    struct moment m;

    if (!parse_moment(s, now, &m, why))
        return false;
    if (day && !m.whole_day)
        return fail(why, _("give a day, such as 2023-06-24, today or yesterday; --hour takes an hour"));
    if (!day && m.whole_day)
        return fail(why, _("give an hour, such as 2023-06-24T13 or 2023062413; --day takes a day"));
    if (m.clock)
        m.hour = last_clock(m.hour, now);
    p->from = m.hour;
    p->to = m.hour + (day ? DAY_H : 1);
    return true;
}

bool period_parse(struct period *p, const struct period_words *w, const struct calendar *c, int64_t now_s, char why[PERIOD_WHY])
{
    int64_t now = calendar_hour(c, now_s);
    int given = !!w->day + !!w->hour + !!w->last + (w->from || w->to);

    *p = (struct period){.all = !given, .from = now / DAY_H * DAY_H, .to = now / DAY_H * DAY_H + DAY_H, .calendar = *c};
    if (given > 1)
        return fail(why, _("give one of --day, --hour, --last, and --from with --to"));
    if (w->day)
        return parse_one(p, w->day, now, true, why);
    if (w->hour)
        return parse_one(p, w->hour, now, false, why);
    if (w->last)
        return parse_last(p, w->last, now, why);
    return !given || parse_range(p, w, now, why);
}

static void broken_down(int64_t hour, struct tm *tm)
{
    time_t t = (time_t)hour * HOUR_S;

    if (!gmtime_r(&t, tm))
        *tm = (struct tm){.tm_mday = 1};
}

void period_name_hour(int64_t hour, char name[12])
{
    struct tm tm;

    broken_down(hour, &tm);
    strftime(name, 12, "%Y%m%d%H", &tm);
}

void period_name_day(int64_t hour, char name[12])
{
    struct tm tm;

    broken_down(hour, &tm);
    strftime(name, 12, "%Y%m%d", &tm);
}

void period_time(const struct calendar *c, int64_t hour, char text[PERIOD_TIME])
{
    int64_t wall = hour * HOUR_S, east = (wall - calendar_utc(c, wall)) / MINUTE_S;
    struct tm tm;

    broken_down(hour, &tm);
    strftime(text, PERIOD_TIME, "%Y-%m-%dT%H:00:00Z", &tm);
    if (!calendar_is_utc(c))
        snprintf(text + strlen(text) - 1, 8, "%c%02d:%02d", east < 0 ? '-' : '+', (int)(labs(east) / 60 % 100), (int)(labs(east) % 60));
}

int64_t period_hour_of(const struct calendar *c, const char *time)
{
    struct moment m;
    char why[PERIOD_WHY], text[14];
    int minute;

    if (strlen(time) < 13)
        return -1;
    snprintf(text, sizeof(text), "%.13s", time);
    if (!parse_moment(text, 0, &m, why) || m.clock || m.whole_day)
        return -1;
    minute = time[13] == ':' ? digits(time + 14, 2) : 0;
    return calendar_hour(c, m.hour * HOUR_S + (minute > 0 ? minute : 0) * MINUTE_S);
}

unsigned period_board(const struct period *p, int64_t at, char name[12])
{
    if (at >= p->to)
        return 0;
    if (at % DAY_H == 0 && at + DAY_H <= p->to) {
        period_name_day(at, name);
        return DAY_H;
    }
    period_name_hour(at, name);
    return 1;
}

void period_title(const struct period *p, char text[PERIOD_TEXT])
{
    struct tm from, to;
    char a[24], b[24];

    if (p->all) {
        snprintf(text, PERIOD_TEXT, _("all time"));
        return;
    }
    broken_down(p->from, &from);
    broken_down(p->to, &to);
    if (p->from % DAY_H == 0 && p->to == p->from + DAY_H) {
        strftime(text, PERIOD_TEXT, "%Y-%m-%d", &from);
    } else {
        strftime(a, sizeof(a), "%Y-%m-%d %H:00", &from);
        strftime(b, sizeof(b), "%Y-%m-%d %H:00", &to);
        snprintf(text, PERIOD_TEXT, _("%s to %s"), a, b);
    }
    if (!calendar_is_utc(&p->calendar))
        snprintf(text + strlen(text), PERIOD_TEXT - strlen(text), " (%s)", calendar_name(&p->calendar));
}
