/* SPDX-License-Identifier: Apache-2.0 */
/* text_memo: whatever was asked before, it says what ip_format and date_format say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "decoders/mail/date.h"
#include "sensor/publish/text_memo.h"

static void date_is(int64_t utc)
{
    char want[DATE_TEXT];
    size_t n = date_format(utc, want);
    struct span got = text_memo_date(utc);

    if (!span_eq(got, span_of(want, n)))
        fail_msg("%lld: %.*s, not %s", (long long)utc, SPAN_FMT(got), want);
}

/* Around borders of minutes, days and years, at both ends of what has a date, and at the numbers' own ends; each behind each. */
static void dates(void **state)
{
    static const int64_t around[] = {0, 60, -60, 86400, 1709625600, 1709625659, 951782400, -62167219200, 253402300799, INT64_MAX - 200,
                                     INT64_MIN + 200};
    enum { AROUND = sizeof(around) / sizeof(*around) };

    (void)state;
    date_is(5); /* before any minute is known */
    for (size_t i = 0; i < AROUND; i++)
        for (size_t k = 0; k < AROUND; k++)
            for (int64_t d = -130; d <= 130; d += 1 + (d + 130) % 3) {
                date_is(around[i] + d);
                date_is(around[k] - d / 2);
            }
}

static void ip_is(const struct ip_addr *a)
{
    char want[IP_TEXT];
    size_t n = a->family ? ip_format(a, want) : 0;

    assert_true(span_eq(text_memo_ip(a), span_of(want, n)));
}

/* Addresses that differ in one byte or in the family alone, each behind each. */
static void addresses(void **state)
{
    struct ip_addr some[2 * 17 + 1] = {{.family = 0}};
    enum { SOME = sizeof(some) / sizeof(*some) };

    (void)state;
    for (size_t i = 0; i < 17; i++) {
        some[2 * i] = (struct ip_addr){.family = 4, .b = {192, 0, 2, (uint8_t)i}};
        some[2 * i + 1] = (struct ip_addr){.family = 6, .b = {0x20, 1, 0xd, 0xb8}};
        if (i < 16)
            some[2 * i + 1].b[i] ^= 4;
    }
    for (size_t i = 0; i < SOME; i++)
        for (size_t k = 0; k < SOME; k++) {
            ip_is(&some[i]);
            ip_is(&some[k]);
        }
    some[0] = (struct ip_addr){.family = 6, .b = {192, 0, 2, 1}};
    some[1] = (struct ip_addr){.family = 4, .b = {192, 0, 2, 1}};
    ip_is(&some[0]);
    ip_is(&some[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates),
        cmocka_unit_test(addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
