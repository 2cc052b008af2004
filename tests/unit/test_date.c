/* SPDX-License-Identifier: Apache-2.0 */
/* date: CASES 24. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "decoders/mail/date.h"
#include "tests/unit/split.h"

static const struct {
    const char *value, *utc, *zone; /* utc NULL: no date */
} cases[] = {
    {"Sat, 1 Jul 2023 16:06:08 +0900", "2023-07-01T07:06:08Z", "+0900"},
    {"Sat,  1 Jul 2023 16:06:08 +0900 (JST)", "2023-07-01T07:06:08Z", "+0900"},
    {"Tue, 27 Jun 2023 21:08:35 +000", "2023-06-27T21:08:35Z", "+000"},
    {"Tue, 20 Jun 2023 07:40:34 -0800", "2023-06-20T15:40:34Z", "-0800"},
    {"1 Jul 2023 07:06:08 -0000", "2023-07-01T07:06:08Z", "-0000"},
    {"Sat, 1 Jul 2023 07:06:08 GMT", "2023-07-01T07:06:08Z", "GMT"},
    {"Sat, 1 Jul 2023 16:06:08 (JST)", "2023-07-01T07:06:08Z", "JST"},
    {"Sat, 1 Jul 2023 16:06:08 JST", "2023-07-01T07:06:08Z", "JST"},
    {"Sat, 01 Jul 23 07:06:08 UT", "2023-07-01T07:06:08Z", "UT"},
    {"Sat, 01 Jul 99 07:06:08 +0000", "1999-07-01T07:06:08Z", "+0000"},
    {"Fri, 01 Jul 49 07:06:08 +0000", "2049-07-01T07:06:08Z", "+0000"},
    {"Sat, 01 Jul 50 07:06:08 +0000", "1950-07-01T07:06:08Z", "+0000"},
    {"Sat, 01 Jul 123 07:06:08 +0000", "2023-07-01T07:06:08Z", "+0000"},
    {"1 Jul 2023 07:06", "2023-07-01T07:06:00Z", NULL},
    {"Sat, 1 Jul 2023 7:6:8 Z", "2023-07-01T07:06:08Z", "Z"},
    {"Sat Jul  1 07:06:08 2023", "2023-07-01T07:06:08Z", NULL},
    {"Sat Jul  1 07:06:08 2023 +0100", "2023-07-01T06:06:08Z", "+0100"},
    {"Saturday, July 1, 2023 7:06:08 PM +0000", "2023-07-01T19:06:08Z", "+0000"},
    {"2023-07-01T07:06:08Z", "2023-07-01T07:06:08Z", "Z"},
    {"2023-07-01 16:06:08 +09:00", "2023-07-01T07:06:08Z", "+09:00"},
    {"Sat, 1-Jul-2023 07:06:08 -0330", "2023-07-01T10:36:08Z", "-0330"},
    {"Sat, 1 Jul 2023 07:06:08.123 +0000", "2023-07-01T07:06:08Z", "+0000"},
    {"Thu, 29 Feb 2024 23:59:60 +0000", "2024-03-01T00:00:00Z", "+0000"},
    {"Sat, 1 Jul 2023 07:06:08 +0900 +0900", "2023-06-30T22:06:08Z", "+0900"},
    {"Sat, 1 Jul 2023 07:06:08 EDT", "2023-07-01T11:06:08Z", "EDT"},
    {"Sat, 1 Jul 2023 07:06:08 +9999", "2023-07-01T07:06:08Z", "+9999"},
    {"Sat, 1 Jul 2023 16:06:08 GMT+0900", "2023-07-01T07:06:08Z", "+0900"},
    {"Sat, 1 Jul 2023 04:06:08 UTC-3 (BRT)", "2023-07-01T07:06:08Z", "-3"},
    {"Sat, 1 Jul 2023 07:06:08 GMT-", "2023-07-01T07:06:08Z", "GMT"},
    {"Sat, 1 Jul 2023 16:06:08 JST+0900", "2023-07-01T07:06:08Z", "JST"},
    {"2023/07/01 16:06:08 +0900", "2023-07-01T07:06:08Z", "+0900"},
    {"Sat, 1 Jul 2023 09.06.08 +0200", "2023-07-01T07:06:08Z", "+0200"},
    {"Sat, 1 Jul 2023 07:06:08 -0000 (UTC)", "2023-07-01T07:06:08Z", "-0000"},
    {"Sat, 1 Jul 2023 12:36:08 +0530 (India Standard Time)", "2023-07-01T07:06:08Z", "+0530"},
    {"Sat, 1 Jul 2023 07:06:08 X", "2023-07-01T07:06:08Z", NULL},
    {"Thu, 01 Jan 1970 00:00:00 +0000", "1970-01-01T00:00:00Z", "+0000"},
    {"Wed, 31 Dec 1969 23:59:59 +0000", "1969-12-31T23:59:59Z", "+0000"},
    {"", NULL, NULL},
    {"today", NULL, NULL},
    {"32 Jul 2023 07:06:08", NULL, NULL},
    {"1 Foo 2023 07:06:08", NULL, NULL},
    {"99999999999999999999 Jul 2023", NULL, NULL},
};

static void every_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        void *base;
        size_t size;
        struct span value = split_guard(span_cstr(cases[i].value), &base, &size);
        struct mail_date date;
        char text[DATE_TEXT] = "";
        bool found = date_parse(value, &date);

        if (found)
            date_format(date.utc, text);
        if (found != (cases[i].utc != NULL) || (found && strcmp(text, cases[i].utc) != 0))
            fail_msg("\"%s\" is %s", cases[i].value, found ? text : "no date");
        if (found && (cases[i].zone ? !span_eq(date.zone, span_cstr(cases[i].zone)) : date.zone.p != NULL))
            fail_msg("\"%s\": zone \"%.*s\"", cases[i].value, SPAN_FMT(date.zone));
        munmap(base, size);
    }
}

/* Every day from 1600 to 2400 comes after the one before it, and back again from its text. */
static void days_in_a_row(void **state)
{
    int64_t expected = date_days(1600, 1, 1);

    (void)state;
    for (int64_t day = expected; day < date_days(2400, 1, 1); day++) {
        struct mail_date back;
        char text[DATE_TEXT];

        assert_true(date_format(day * 86400 + 3661, text) == 20);
        assert_true(date_parse(span_cstr(text), &back));
        assert_true(back.utc == day * 86400 + 3661);
    }
}

/* The ends of what has a text, and days between them. */
static void first_and_last_day(void **state)
{
    const int64_t first = date_days(0, 1, 1), last = date_days(9999, 12, 31);
    char text[DATE_TEXT];

    (void)state;
    date_format(first * 86400, text);
    assert_string_equal(text, "0000-01-01T00:00:00Z");
    date_format(last * 86400 + 86399, text);
    assert_string_equal(text, "9999-12-31T23:59:59Z");
    assert_int_equal(date_format(first * 86400 - 1, text), 0);
    assert_int_equal(date_format((last + 1) * 86400, text), 0);
    for (int64_t day = first; day <= last; day += 29) {
        int year, month, of_month;

        assert_true(date_format(day * 86400, text) == 20);
        assert_int_equal(sscanf(text, "%4d-%2d-%2dT00:00:00Z", &year, &month, &of_month), 3);
        assert_true(date_days(year, month, of_month) == day && month >= 1 && month <= 12 && of_month >= 1 && of_month <= 31);
    }
}

/* What nearly all mailers write is read at once. With a dot in front, which counts for nothing, it is read by words and numbers: the
 * same must come out, whatever byte stands wherever. */
static void the_usual_form_agrees_with_words_and_numbers(void **state)
{
    static const char *const usual[] = {"Mon, 30 Nov 2026 07:14:06 +0900 (JST)", "1 Jul 2023 07:06:08 -0530", " Tue,  3 Feb 2026 23:59:60 +0000"};

    (void)state;
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
        for (size_t at = 1; at <= strlen(usual[i]); at++) {
            for (int c = 0; c < 256; c++) {
                char text[64] = ".";
                struct mail_date fast, slow;
                size_t n = strlen(usual[i]);

                memcpy(text + 1, usual[i], n);
                text[at] = (char)c;
                assert_int_equal(date_parse(span_of(text + 1, n), &fast), date_parse(span_of(text, n + 1), &slow));
                assert_int_equal(fast.utc, slow.utc);
                assert_ptr_equal(fast.zone.p, slow.zone.p);
                assert_int_equal(fast.zone.n, slow.zone.n);
                if (date_parse_usual(span_of(text + 1, n), &fast)) {
                    assert_int_equal(fast.utc, slow.utc);
                    assert_ptr_equal(fast.zone.p, slow.zone.p);
                    assert_int_equal(fast.zone.n, slow.zone.n);
                }
            }
        }
    }
}

/* All of a value is a date, or it is not said to be. */
static void nothing_but_a_date(void **state)
{
    static const char *const are[] = {"Mon, 30 Nov 2026 07:14:06 +0900 (JST)", "1 Jul 2023 07:06:08 -0530", "\t Tue, 3 Feb 2026 23:59:60 +0000 (CEST)"};
    static const char *const are_not[] = {"Mon, 30 Nov 2026 07:14:06 +0900 (JST) by x", "1 Jul 2023 07:06:08 -0530 (PM)", "1 Jul 2023 07:06:08 -0530 (J) x)", "30 Nov 2026 07:14:06 +0900;", "",
                                          "Mon, 30 Nov 2026 07:14:06 +0900 (India Standard Time)", "32 Nov 2026 07:14:06 +0900", "by x", "30 Nov 2026 07:14:06 GMT"};
    struct mail_date date;

    (void)state;
    for (size_t i = 0; i < sizeof(are) / sizeof(are[0]); i++)
        assert_true(date_parse_usual(span_cstr(are[i]), &date));
    for (size_t i = 0; i < sizeof(are_not) / sizeof(are_not[0]); i++)
        assert_false(date_parse_usual(span_cstr(are_not[i]), &date));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form),
        cmocka_unit_test(days_in_a_row),
        cmocka_unit_test(first_and_last_day),
        cmocka_unit_test(the_usual_form_agrees_with_words_and_numbers),
        cmocka_unit_test(nothing_but_a_date),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
