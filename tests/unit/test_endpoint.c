/* SPDX-License-Identifier: Apache-2.0 */
/* endpoint: addresses and networks, read and written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <arpa/inet.h>

#include "decoders/base/anomaly.h"
#include "decoders/base/endpoint.h"
#include "decoders/base/scan.h"
#include "decoders/base/siphash.h"
#include "decoders/mail/field_extent.h"
#include "tests/unit/split.h"

static void addresses(void **state)
{
    static const struct {
        const char *in, *out;
        int is_public;
    } table[] = {
        {"192.0.2.1", "192.0.2.1", 1},
        {"10.1.2.3", "10.1.2.3", 0},
        {"100.64.0.1", "100.64.0.1", 0},
        {"172.32.0.1", "172.32.0.1", 1},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1", 1},
        {"fe80::1", "fe80::1", 0},
        {"fd00::1", "fd00::1", 0},
        {"::1", "::1", 0},
        {"::ffff:10.0.0.1", "::ffff:10.0.0.1", 0},
        {"01.2.3.4", NULL, 0},
        {"1.2.3", NULL, 0},
        {"fe80::1%eth0", NULL, 0},
        {"", NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct ip_addr a;
        char text[IP_TEXT];
        bool ok = ip_parse(span_cstr(table[i].in), &a);

        assert_int_equal(ok, table[i].out != NULL);
        if (!ok)
            continue;
        ip_format(&a, text);
        assert_string_equal(text, table[i].out);
        assert_int_equal(ip_is_public(&a), table[i].is_public);
    }
}

static uint32_t random_at(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* Words of zeros are what texts of IPv6 addresses differ by: each of the 256 patterns of them, 64 times, and with ffff where an IPv4 address may
 * follow. */
static void addresses_are_written_as_libc_does(void **state)
{
    uint32_t seed = 1;

    (void)state;
    for (unsigned round = 0; round < 256 * 64; round++) {
        struct ip_addr a = {.family = round % 8 ? 6 : 4}, again;
        char text[IP_TEXT], expected[IP_TEXT];

        for (unsigned k = 0; k < (a.family == 6 ? 16 : 4); k++)
            a.b[k] = (round / 64) >> (k / 2) & 1 ? 0 : (uint8_t)(random_at(&seed) >> random_at(&seed) % 9);
        if (round % 3 == 0 && a.family == 6)
            a.b[10] = a.b[11] = 0xff;
        inet_ntop(a.family == 6 ? AF_INET6 : AF_INET, a.b, expected, sizeof(expected));
        assert_int_equal(ip_format(&a, text), strlen(expected));
        assert_string_equal(text, expected);
        assert_true(ip_parse(span_cstr(text), &again) && ip_eq(&a, &again));
    }
}

/* Texts of addresses with a byte or two changed, put in or left out. */
static void addresses_are_read_as_libc_does(void **state)
{
    static const char *const texts[] = {"192.0.2.1", "0.0.0.0", "255.255.255.255", "2001:db8::1", "::", "::1", "1::", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8",
                                        "2001:db8:0:1234:5678:9abc:def0:1", "1:2:3:4:5:6:192.0.2.1", "64:ff9b::192.0.2.33", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", ""};
    uint32_t seed = 1, both = 0;

    (void)state;
    for (unsigned round = 0; round < 300000; round++) {
        char text[64], raw[16];
        struct ip_addr a;
        int family = 0;

        snprintf(text, sizeof(text), "%s", texts[random_at(&seed) % (sizeof(texts) / sizeof(texts[0]))]);
        for (unsigned k = random_at(&seed) % 4; k; k--) {
            size_t n = strlen(text), at = random_at(&seed) % (n + 1);
            char c = "0123456789abcfAF::::....gG% "[random_at(&seed) % 28];

            if (random_at(&seed) % 3 == 0 && at < n)
                memmove(text + at, text + at + 1, n - at);
            else if (random_at(&seed) % 2 && at < n)
                text[at] = c;
            else {
                memmove(text + at + 1, text + at, n - at + 1);
                text[at] = c;
            }
        }
        if (inet_pton(AF_INET, text, raw) == 1)
            family = 4;
        else if (inet_pton(AF_INET6, text, raw) == 1)
            family = 6;
        both |= 1U << family;
        if (ip_parse(span_cstr(text), &a) != (family != 0) || a.family != family || (family && memcmp(a.b, raw, family == 4 ? 4 : 16) != 0))
            fail_msg("%s", text);
    }
    assert_int_equal(both, 1 | 1 << 4 | 1 << 6);
    assert_false(ip_parse(span_of("192.0.2.1\0", 10), &(struct ip_addr){0}));
    assert_false(ip_parse(span_of("::1\0", 4), &(struct ip_addr){0}));
}

static void networks(void **state)
{
    static const struct {
        const char *net, *ip;
        int in;
    } table[] = {
        {"192.168.0.0/16", "192.168.255.1", 1}, {"192.168.0.0/16", "192.169.0.1", 0},
        {"10.0.0.0/9", "10.127.0.1", 1},        {"10.0.0.0/9", "10.128.0.1", 0},
        {"2001:db8::/33", "2001:db8:7fff::1", 1}, {"2001:db8::/33", "2001:db8:8000::1", 0},
        {"0.0.0.0/0", "1.2.3.4", 1},            {"0.0.0.0/0", "::1", 0},
        {"192.0.2.1", "192.0.2.1", 1},          {"192.0.2.1", "192.0.2.0", 0},
        {"10.0.0.0/8", "::ffff:10.1.2.3", 1},   {"10.0.0.0/8", "::ffff:11.1.2.3", 0},
        {"::ffff:10.0.0.0/104", "10.1.2.3", 1}, {"::ffff:10.0.0.0/104", "::ffff:10.1.2.3", 1},
        {"::ffff:10.0.0.0/104", "11.1.2.3", 0}, {"fe80::/10", "fe80::a1", 1},
        {"fc00::/7", "fd12:3456::1", 1},        {"::1/128", "::1", 1},
    };
    struct ip_net net;

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct ip_addr a;

        assert_true(ip_net_parse(span_cstr(table[i].net), &net));
        assert_true(ip_parse(span_cstr(table[i].ip), &a));
        if (ip_in_net(&a, &net) != table[i].in)
            fail_msg("%s in %s", table[i].ip, table[i].net);
    }
    assert_false(ip_net_parse(SPAN("10.0.0.0/33"), &net));
    assert_false(ip_net_parse(SPAN("10.0.0.0/"), &net));
    assert_false(ip_net_parse(SPAN("10.0.0.0/1x"), &net));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(addresses_are_written_as_libc_does),
        cmocka_unit_test(addresses_are_read_as_libc_does),
        cmocka_unit_test(networks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
