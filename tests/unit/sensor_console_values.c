/* SPDX-License-Identifier: Apache-2.0 */
/* Values between a person, a table and Redis: typed forms, columns of a terminal, numbered texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "sensor/console/kind_value.h"
#include "sensor/console/value_set.h"
#include "sensor/publish/columns.h"

static struct mem mem;

static void test_typed(void **state)
{
    static const struct {
        const char *what;
        enum redis_kind kind;
        const char *typed, *first, *second;
    } cases[] = {
        {"a HELO in capitals with a dot", KIND_HELO, "Amazon.CO.jp.", "amazon.co.jp", "Amazon.CO.jp."},
        {"as it stands", KIND_HELO, "amazon.co.jp", "amazon.co.jp", NULL},
        {"copied from a table", KIND_HELO, "a\\x0d\\x0ab", "a\\x5cx0d\\x5cx0ab", "a\\x0d\\x0ab"},
        {"IPv6 at length", KIND_IP, "2001:0db8:0:0:0:0:0:1", "2001:db8::1", NULL},
        {"IPv4 as a server writes it that listens on both families", KIND_IP, "::ffff:192.0.2.1", "192.0.2.1", "::ffff:192.0.2.1"},
        {"a network with host bits", KIND_NET, "203.0.113.99/24", "203.0.113.0/24", NULL},
        {"an AS", KIND_ASN, "AS64512", "64512", NULL},
        {"a subject with its serial number", KIND_SUBJECT, "Hello #919-46486047", "Hello #919-46486047", "Hello"},
        {"an override", KIND_MAILER, "a\xe2\x80\xae" "b", "a\\xe2\\x80\\xaeb", "a\xe2\x80\xae" "b"},
    };
    struct kind_value v;
    struct arena a;
    char why[128];

    (void)state;
    arena_init(&a, &mem, 1 << 20);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_true(kind_value_read(&v, &a, cases[i].kind, cases[i].typed, why));
        if (!span_eq(v.forms[0], span_cstr(cases[i].first)))
            fail_msg("%s: got %.*s", cases[i].what, SPAN_FMT(v.forms[0]));
        if (cases[i].second ? v.n < 2 || !span_eq(v.forms[1], span_cstr(cases[i].second)) : v.n != 1)
            fail_msg("%s: %u forms", cases[i].what, v.n);
    }
    assert_false(kind_value_read(&v, &a, KIND_IP, "1.2.3", why));
    assert_false(kind_value_read(&v, &a, KIND_NET, "1.2.3.4/33", why));
    arena_free(&a);
}

static void test_columns(void **state)
{
    static const struct {
        const char *what, *text;
        unsigned width;
        const char *shown;
    } cases[] = {
        {"fits", "abc", 5, "[abc  ]"},
        {"cut", "abcdef", 5, "[abcd…]"},
        {"full width counts two", "お支払い", 8, "[お支払い]"},
        {"cut between full-width characters", "お支払い", 7, "[お支払…]"},
        {"a column is left over", "お支払い方", 8, "[お支払… ]"},
        {"a combining mark takes none", "e\xcc\x81x", 3, "[e\xcc\x81x ]"},
        {"halfwidth kana takes one", "ｱｲｳ", 4, "[ｱｲｳ ]"},
        {"the backslash of an escape stays", "a\\x0ab", 8, "[a\\x0ab  ]"},
        {"what nobody escaped is escaped", "a\x1b[2J", 10, "[a\\x1b[2J  ]"},
        {"an override too", "a\xe2\x80\xae", 16, "[a\\xe2\\x80\\xae   ]"},
        {"no UTF-8", "\xff", 6, "[\\xff  ]"},
        {"nothing", "", 3, "[   ]"},
    };
    struct buf out;

    (void)state;
    setlocale(LC_CTYPE, "C.UTF-8");
    buf_init(&out, &mem, 1 << 16);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        buf_clear(&out);
        buf_add(&out, SPAN("["));
        columns_add_stored(&out, span_cstr(cases[i].text), cases[i].width, true);
        buf_add(&out, SPAN("]"));
        if (!span_eq(buf_span(&out), span_cstr(cases[i].shown)))
            fail_msg("%s: got %.*s", cases[i].what, SPAN_FMT(buf_span(&out)));
    }
    buf_free(&out);
}

/* The name of a key is told from a member: only ':' differs. */
static void test_key_of_member(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, &mem, 1 << 16);
    key_of_member(&out, KIND_HELO, SPAN("amazon.co.jp:ip:"));
    buf_add(&out, SPAN(" "));
    key_of_member(&out, KIND_HELO, SPAN("plain"));
    buf_add(&out, SPAN(" "));
    key_of_member(&out, KIND_IP, SPAN("2001:db8::1"));
    assert_true(span_eq(buf_span(&out), SPAN("amazon.co.jp\\x3aip\\x3a plain 2001:db8::1")));
    buf_free(&out);
    assert_int_equal(kind_parse(SPAN("from_domain")), KIND_FROM_DOMAIN);
    assert_int_equal(kind_parse(SPAN("from_domai")), KINDS);
    assert_int_equal(kind_parse(SPAN("")), KINDS);
}

static void test_value_set(void **state)
{
    struct value_set s;
    char text[16];

    (void)state;
    value_set_init(&s, &mem, 5000, 1 << 20);
    assert_int_equal(value_set_find(&s, SPAN("x")), VALUE_NONE);
    for (int turn = 0; turn < 2; turn++)
        for (uint32_t i = 0; i < 5000; i++) {
            snprintf(text, sizeof(text), "%u", i);
            assert_int_equal(value_set_add(&s, span_cstr(text)), i);
        }
    assert_int_equal(value_set_find(&s, SPAN("4999")), 4999);
    assert_int_equal(value_set_find(&s, SPAN("5000")), VALUE_NONE);
    assert_int_equal(value_set_add(&s, SPAN("one more")), VALUE_NONE);
    assert_true(s.full);
    value_set_free(&s);
    value_set_init(&s, &mem, 10, 64);
    assert_int_equal(value_set_add(&s, span_of(NULL, 0)), 0);
    assert_int_equal(value_set_add(&s, SPAN("")), 0);
    value_set_free(&s);
    assert_int_equal(mem.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_typed), cmocka_unit_test(test_columns), cmocka_unit_test(test_key_of_member),
        cmocka_unit_test(test_value_set)};

    mem_init(&mem, 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
