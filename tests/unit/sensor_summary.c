/* SPDX-License-Identifier: Apache-2.0 */
/* The summary's parts: counting many values in bounded memory, and columns that stay columns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <locale.h>
#include <stdio.h>

#include "decoders/base/limits.h"
#include "sensor/publish/columns.h"
#include "sensor/publish/tally.h"

static const struct {
    const char *name, *in;
    unsigned width;
    bool pad;
    const char *out;
} columns[] = {
    {"short text", "abc", 6, false, "abc"},
    {"padded", "abc", 6, true, "abc   "},
    {"fits exactly", "abcdef", 6, true, "abcdef"},
    {"cut", "abcdefg", 6, true, "abcde…"},
    {"full-width takes two columns each", "お支払", 6, true, "お支払"},
    {"full-width padded", "お支", 6, true, "お支  "},
    {"full-width cut", "お支払い", 6, true, "お支… "},
    {"half-width katakana takes one", "ｱﾏｿﾞﾝ", 6, true, "ｱﾏｿﾞﾝ "},
    {"combining mark takes none", "e\xcc\x81x", 3, true, "e\xcc\x81x "},
    {"escapes are counted", "a\x1b[2J", 10, true, "a\\x1b[2J  "},
    {"bidi override cannot turn the line", "a\xe2\x80\xae", 20, true, "a\\xe2\\x80\\xae       "},
    {"nothing", "", 3, true, "   "},
};

static void columns_table(void **state)
{
    struct mem m;

    (void)state;
    mem_init(&m, 0);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        struct buf out;

        buf_init(&out, &m, 1024);
        columns_add(&out, span_cstr(columns[i].in), columns[i].width, columns[i].pad);
        if (!span_eq(buf_span(&out), span_cstr(columns[i].out)))
            fail_msg("%s: '%.*s'", columns[i].name, SPAN_FMT(out));
        buf_free(&out);
    }
    assert_int_equal(m.used, 0);
}

static void add_times(struct tally *t, const char *value, unsigned n)
{
    static uint64_t mark;

    for (unsigned i = 0; i < n; i++)
        tally_add(t, span_cstr(value), ++mark);
}

static void tally_order(void **state)
{
    const struct tally_entry *top[3];
    struct tally t;
    struct mem m;

    (void)state;
    mem_init(&m, 0);
    tally_init(&t, &m, (struct hash_key){1, 2});
    add_times(&t, "rare", 1);
    add_times(&t, "b", 3);
    add_times(&t, "a", 3);
    add_times(&t, "often", 5);
    add_times(&t, "", 9);
    assert_int_equal(t.n, 4);
    assert_int_equal(tally_top(&t, top, 3), 3);
    assert_true(span_eq(top[0]->value, SPAN("often")));
    assert_true(span_eq(top[1]->value, SPAN("a")));
    assert_true(span_eq(top[2]->value, SPAN("b")));
    assert_int_equal(top[2]->count, 3);
    tally_free(&t);
    assert_int_equal(m.used, 0);
}

static void tally_once_a_mail(void **state)
{
    const struct tally_entry *top[1];
    struct tally t;
    struct mem m;

    (void)state;
    mem_init(&m, 0);
    tally_init(&t, &m, (struct hash_key){1, 2});
    for (unsigned i = 0; i < 7; i++)
        tally_add(&t, SPAN("link.example"), 1);
    tally_add(&t, SPAN("link.example"), 2);
    assert_int_equal(tally_top(&t, top, 1), 1);
    assert_int_equal(top[0]->count, 2);
    tally_free(&t);
}

/* A flood of new names: bounded, said, and those known go on being counted. */
static void tally_flood(void **state)
{
    const struct tally_entry *top[1];
    char name[32];
    struct tally t;
    struct mem m;

    (void)state;
    mem_init(&m, 0);
    tally_init(&t, &m, (struct hash_key){1, 2});
    add_times(&t, "leader", 2);
    for (unsigned i = 0; i < LIMIT_SUMMARY_VALUES + 1000; i++) {
        snprintf(name, sizeof(name), "host%u.example", i);
        add_times(&t, name, 1);
    }
    add_times(&t, "leader", 2);
    assert_int_equal(t.n, LIMIT_SUMMARY_VALUES);
    assert_true(t.full);
    assert_int_equal(tally_top(&t, top, 1), 1);
    assert_true(span_eq(top[0]->value, SPAN("leader")));
    assert_int_equal(top[0]->count, 4);
    assert_true(m.peak < 32 << 20);
    tally_free(&t);
    assert_int_equal(m.used, 0);
}

static void tally_without_memory(void **state)
{
    (void)state;
    for (long k = 1; k < 12; k++) {
        struct tally t;
        struct mem m;

        mem_init(&m, 0);
        m.fail_after = k;
        tally_init(&t, &m, (struct hash_key){1, 2});
        for (unsigned i = 0; i < 300; i++)
            tally_add(&t, span_of(&i, sizeof(i)), i);
        assert_true(t.n == 300 || t.full);
        tally_free(&t);
        assert_int_equal(m.used, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_table), cmocka_unit_test(tally_order),
        cmocka_unit_test(tally_once_a_mail), cmocka_unit_test(tally_flood),
        cmocka_unit_test(tally_without_memory),
    };

    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
