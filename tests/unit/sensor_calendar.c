/* SPDX-License-Identifier: Apache-2.0 */
/* Calendars: which words are one, what their clocks show, where a clock is put forward or back. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <time.h>

#include "sensor/calendar.h"

static void test_words(void **state)
{
    static const struct {
        const char *text, *name; /* NULL: refused */
        int east_minutes;
    } cases[] = {
        {"UTC", "UTC", 0},           {"utc", "UTC", 0},          {"Z", "UTC", 0},            {"Etc/UTC", "UTC", 0},
        {"+00:00", "UTC", 0},        {"-0", "UTC", 0},           {"+09:00", "+09:00", 540},  {"+9", "+09:00", 540},
        {"+0900", "+09:00", 540},    {"+09", "+09:00", 540},     {"-03:30", "-03:30", -210}, {"-0330", "-03:30", -210},
        {"+14", "+14:00", 840},      {"+14:30", NULL, 0},        {"+15", NULL, 0},           {"+", NULL, 0},
        {"+9:", NULL, 0},            {"+09:6", NULL, 0},         {"+09:60", NULL, 0},        {"+09:000", NULL, 0},
        {"9", NULL, 0},              {"+x", NULL, 0},            {"", NULL, 0},              {"Asia/Tokyo", "Asia/Tokyo", 540},
        {"Mars/Base", NULL, 0},      {"Asia", NULL, 0},          {"Asia/", NULL, 0},         {"/etc/localtime", NULL, 0},
        {"../zoneinfo/UTC", NULL, 0}, {"Asia/../UTC", NULL, 0},  {"tzdata.zi", NULL, 0},     {"zone1970", NULL, 0},
        {"localtime", NULL, 0},      {"posixrules", NULL, 0}, /* links of Debian's: the same word, another place on each machine */
    };
    char why[CALENDAR_WHY];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct calendar c;
        bool ok = calendar_parse(cases[i].text, &c, why);

        if (ok != (cases[i].name != NULL) || (ok && strcmp(calendar_name(&c), cases[i].name) != 0))
            fail_msg("%s: %s", cases[i].text, ok ? calendar_name(&c) : why);
        if (ok && calendar_wall(&c, 1719847805) != 1719847805 + 60 * cases[i].east_minutes)
            fail_msg("%s: %lld", cases[i].text, (long long)calendar_wall(&c, 1719847805));
        if (ok && calendar_is_utc(&c) != !cases[i].east_minutes)
            fail_msg("%s: is it UTC?", cases[i].text);
    }
}

static int64_t at(const char *time)
{
    struct tm tm = {0};

    assert_non_null(strptime(time, "%Y-%m-%d %H:%M", &tm));
    return timegm(&tm);
}

/* What a clock shows, and the second at which it shows that. In Berlin the clock goes from 02:00 to 03:00 on 2023-03-26 and from 03:00 to 02:00 on
 * 2023-10-29: the hour from 02:00 is left out, and comes twice. */
static void test_clocks(void **state)
{
    static const struct {
        const char *place, *utc, *wall, *back; /* back NULL: the same as utc */
    } cases[] = {
        {"Asia/Tokyo", "2023-06-23 15:00", "2023-06-24 00:00", NULL},
        {"Asia/Tokyo", "1969-12-31 23:59", "1970-01-01 08:59", NULL},
        {"America/Sao_Paulo", "2023-06-24 02:59", "2023-06-23 23:59", NULL},
        {"Europe/Berlin", "2023-03-26 00:59", "2023-03-26 01:59", NULL},
        {"Europe/Berlin", "2023-03-26 01:00", "2023-03-26 03:00", NULL},
        {"Europe/Berlin", "2023-10-28 23:30", "2023-10-29 01:30", NULL},
        {"Europe/Berlin", "2023-10-29 00:30", "2023-10-29 02:30", "2023-10-29 01:30"},
        {"Europe/Berlin", "2023-10-29 01:30", "2023-10-29 02:30", NULL},
        {"Europe/Berlin", "2023-10-29 02:00", "2023-10-29 03:00", NULL},
    };
    struct calendar c;
    char why[CALENDAR_WHY];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_true(calendar_parse(cases[i].place, &c, why));
        if (calendar_wall(&c, at(cases[i].utc)) != at(cases[i].wall))
            fail_msg("%s, %s UTC: %lld", cases[i].place, cases[i].utc, (long long)calendar_wall(&c, at(cases[i].utc)));
        if (calendar_utc(&c, at(cases[i].wall)) != at(cases[i].back ? cases[i].back : cases[i].utc))
            fail_msg("%s, %s there: %lld", cases[i].place, cases[i].wall, (long long)calendar_utc(&c, at(cases[i].wall)));
    }
    assert_true(calendar_parse("-03:30", &c, why));
    assert_int_equal(calendar_hour(&c, 0), -4);
    assert_int_equal(calendar_hour(&c, 3 * 3600 + 1800), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_clocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
