/* SPDX-License-Identifier: Apache-2.0 */
/* Periods as people name them: what they mean, which boards cover them, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "sensor/console/period.h"

enum { NOW = 1719847805 }; /* 2024-07-01 15:30:05 UTC, a Monday */

static const struct calendar utc;

static void test_meaning(void **state)
{
    static const struct {
        const char *what;
        struct period_words words;
        const char *title;
    } cases[] = {
        {"nothing", {0}, "all time"},
        {"a day", {.day = "2023-06-24"}, "2023-06-24"},
        {"a day as digits", {.day = "20230624"}, "2023-06-24"},
        {"today", {.day = "today"}, "2024-07-01"},
        {"yesterday, over a month's end", {.day = "yesterday"}, "2024-06-30"},
        {"a leap day", {.day = "2024-02-29"}, "2024-02-29"},
        {"an hour", {.hour = "2023-06-24T13"}, "2023-06-24 13:00 to 2023-06-24 14:00"},
        {"an hour as digits", {.hour = "2023062413"}, "2023-06-24 13:00 to 2023-06-24 14:00"},
        {"an hour with minutes and zone", {.hour = "2023-06-24T13:00:00Z"}, "2023-06-24 13:00 to 2023-06-24 14:00"},
        {"an hour with a blank", {.hour = "2023-06-24 13:00"}, "2023-06-24 13:00 to 2023-06-24 14:00"},
        {"the day's last hour", {.hour = "2023-06-24T23"}, "2023-06-24 23:00 to 2023-06-25 00:00"},
        {"the clock: this hour", {.hour = "15:00"}, "2024-07-01 15:00 to 2024-07-01 16:00"},
        {"the clock: not yet today", {.hour = "16:00"}, "2024-06-30 16:00 to 2024-06-30 17:00"},
        {"twelve hours", {.last = "12h"}, "2024-07-01 04:00 to 2024-07-01 16:00"},
        {"one hour", {.last = "1h"}, "2024-07-01 15:00 to 2024-07-01 16:00"},
        {"two days", {.last = "2d"}, "2024-06-29 16:00 to 2024-07-01 16:00"},
        {"overnight", {.from = "18:00", .to = "08:00"}, "2024-06-30 18:00 to 2024-07-01 08:00"},
        {"by day, of one day", {.from = "08:00", .to = "14:00"}, "2024-07-01 08:00 to 2024-07-01 14:00"},
        {"an hour of the clock to a day that is gone", {.from = "18:00", .to = "2023-06-24T08"},
         "2023-06-23 18:00 to 2023-06-24 08:00"},
        {"from an hour on", {.from = "2024-07-01T09"}, "2024-07-01 09:00 to 2024-07-01 16:00"},
        {"days: the last is counted in", {.from = "2023-06-24", .to = "2023-06-25"},
         "2023-06-24 00:00 to 2023-06-26 00:00"},
        {"a day to itself", {.from = "2023-06-24", .to = "2023-06-24"}, "2023-06-24"},
        {"up to an hour", {.from = "2023-06-24", .to = "2023-06-24T01"}, "2023-06-24 00:00 to 2023-06-24 01:00"},
    };
    struct period p;
    char why[PERIOD_WHY], title[PERIOD_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        if (!period_parse(&p, &cases[i].words, &utc, NOW, why))
            fail_msg("%s: %s", cases[i].what, why);
        period_title(&p, title);
        if (strcmp(title, cases[i].title) != 0)
            fail_msg("%s: got %s, want %s", cases[i].what, title, cases[i].title);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *what;
        struct period_words words;
        const char *why;
    } cases[] = {
        {"no such day", {.day = "2023-02-29"}, "give 2023-06-24"},
        {"month 13", {.day = "20231301"}, "give 2023-06-24"},
        {"not a day", {.day = "monday"}, "give 2023-06-24"},
        {"empty tail", {.day = "2023-06-24T"}, "give 2023-06-24"},
        {"hour 24", {.hour = "2023-06-24T24"}, "give 2023-06-24"},
        {"half hours", {.hour = "2023-06-24T13:30"}, "by the hour"},
        {"half hours by the clock", {.from = "18:30", .to = "20:00"}, "by the hour"},
        {"rubbish behind", {.hour = "2023-06-24T13:00x"}, "give 2023-06-24"},
        {"a day where an hour is due", {.hour = "2023-06-24"}, "give an hour"},
        {"an hour where a day is due", {.day = "2023062413"}, "give a day"},
        {"minutes", {.last = "90m"}, "12h or 7d"},
        {"no number", {.last = "h"}, "12h or 7d"},
        {"no time at all", {.last = "0h"}, "12h or 7d"},
        {"longer than a number", {.last = "99999999999999999999h"}, "12h or 7d"},
        {"backwards", {.from = "2023-06-25", .to = "2023-06-24"}, "ends before it begins"},
        {"nothing between", {.from = "2023-06-25T05", .to = "2023-06-25T05"}, "ends before it begins"},
        {"no beginning", {.to = "2023-06-24"}, "needs --from"},
        {"ten years and a day", {.from = "2012-01-01", .to = "2023-01-01"}, "longer than ten years"},
        {"before time began", {.day = "1969-12-31"}, "give 2023-06-24"},
        {"two at once", {.day = "today", .hour = "13:00"}, "give one of"},
    };
    struct period p;
    char why[PERIOD_WHY];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        if (period_parse(&p, &cases[i].words, &utc, NOW, why))
            fail_msg("%s: taken", cases[i].what);
        if (!strstr(why, cases[i].why))
            fail_msg("%s: says %s", cases[i].what, why);
    }
}

/* Whole days from day boards, the rest from hour boards. */
static void test_boards(void **state)
{
    struct period_words words = {.from = "2023-06-23T22", .to = "2023-06-26T02"};
    struct period p;
    char why[PERIOD_WHY], name[12], all[256] = "";
    unsigned hours, sum = 0;

    (void)state;
    assert_true(period_parse(&p, &words, &utc, NOW, why));
    for (int64_t at = p.from; (hours = period_board(&p, at, name)) != 0; at += hours) {
        strcat(strcat(all, name), " ");
        sum += hours;
    }
    assert_string_equal(all, "2023062322 2023062323 20230624 20230625 2023062600 2023062601 ");
    assert_int_equal(sum, p.to - p.from);
}

static void test_hour_of(void **state)
{
    (void)state;
    assert_int_equal(period_hour_of(&utc, "1970-01-01T05:59:59Z"), 5);
    assert_int_equal(period_hour_of(&utc, "2023-06-24T13:08:26Z"), INT64_C(1687611600) / 3600);
    assert_int_equal(period_hour_of(&utc, ""), -1);
    assert_int_equal(period_hour_of(&utc, "2023-06-24"), -1);
    assert_int_equal(period_hour_of(&utc, "never was a time"), -1);
}

static struct calendar calendar_of(const char *name)
{
    struct calendar c;
    char why[CALENDAR_WHY];

    if (!calendar_parse(name, &c, why))
        fail_msg("%s: %s", name, why);
    return c;
}

/* The same words mean other days where the day has begun already, or not yet; titles and JSON say whose it is. */
static void test_calendars(void **state)
{
    static const struct {
        const char *what, *calendar;
        struct period_words words;
        const char *title, *from;
    } cases[] = {
        {"it is tomorrow there", "Asia/Tokyo", {.day = "today"}, "2024-07-02 (Asia/Tokyo)", "2024-07-02T00:00:00+09:00"},
        {"as a distance", "+09:00", {.day = "today"}, "2024-07-02 (+09:00)", "2024-07-02T00:00:00+09:00"},
        {"the clock shows 00:30", "Asia/Tokyo", {.hour = "00:00"}, "2024-07-02 00:00 to 2024-07-02 01:00 (Asia/Tokyo)",
         "2024-07-02T00:00:00+09:00"},
        {"hours that are none of UTC's", "+05:30", {.last = "1h"}, "2024-07-01 21:00 to 2024-07-01 22:00 (+05:30)",
         "2024-07-01T21:00:00+05:30"},
        {"west, between hours", "-03:30", {.hour = "12:00"}, "2024-07-01 12:00 to 2024-07-01 13:00 (-03:30)", "2024-07-01T12:00:00-03:30"},
        {"summer time", "Europe/Berlin", {.hour = "17:00"}, "2024-07-01 17:00 to 2024-07-01 18:00 (Europe/Berlin)",
         "2024-07-01T17:00:00+02:00"},
        {"a day in winter", "Europe/Berlin", {.day = "2024-01-15"}, "2024-01-15 (Europe/Berlin)", "2024-01-15T00:00:00+01:00"},
        {"all time", "Asia/Tokyo", {0}, "all time", "2024-07-02T00:00:00+09:00"},
    };
    struct period p;
    char why[PERIOD_WHY], title[PERIOD_TEXT], from[PERIOD_TIME];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct calendar c = calendar_of(cases[i].calendar);

        if (!period_parse(&p, &cases[i].words, &c, NOW, why))
            fail_msg("%s: %s", cases[i].what, why);
        period_title(&p, title);
        period_time(&p.calendar, p.from, from);
        if (strcmp(title, cases[i].title) != 0 || strcmp(from, cases[i].from) != 0)
            fail_msg("%s: got %s, %s, want %s, %s", cases[i].what, title, from, cases[i].title, cases[i].from);
    }
}

/* A mail's time is UTC; its hour there begins at the half hour where the distance is one. */
static void test_hours_there(void **state)
{
    struct calendar india = calendar_of("+05:30");

    (void)state;
    assert_int_equal(period_hour_of(&india, "1970-01-01T00:29:59Z"), 5);
    assert_int_equal(period_hour_of(&india, "1970-01-01T00:30:00Z"), 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_meaning), cmocka_unit_test(test_refused), cmocka_unit_test(test_boards),
        cmocka_unit_test(test_hour_of),  cmocka_unit_test(test_calendars), cmocka_unit_test(test_hours_there)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
