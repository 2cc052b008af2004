/* SPDX-License-Identifier: Apache-2.0 */
/* mailbox: address lists to one text an element. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "decoders/mail/mailbox.h"
#include "tests/unit/split.h"

/* all: the elements' texts with | between them; domain: of the first. */
static const struct {
    const char *value, *all, *domain;
} cases[] = {
    {"a@b.example", "a@b.example", "b.example"},
    {"<a@b.example>", "a@b.example", "b.example"},
    {"Name <a@B.Example>", "Name <a@B.Example>", "b.example"},
    {"\"Name\" <a@b>", "Name <a@b>", "b"},
    {"\"Last, First\" <a@b>, c@d", "\"Last, First\" <a@b>|c@d", "b"},
    {"\"a \\\"quoted\\\" name\" <a@b>", "\"a \\\"quoted\\\" name\" <a@b>", "b"},
    {"Name<a@b>", "Name <a@b>", "b"},
    {"a@b (Name)", "Name <a@b>", "b"},
    {"a@b (=?utf-8?B?44GK?=)", "お <a@b>", "b"},
    {"Name (comment) <a@b>", "Name <a@b>", "b"},
    {"=?utf-8?B?44GK55+l44KJ44Gb?= <a@b>", "お知らせ <a@b>", "b"},
    {"\"=?utf-8?B?44GK?=\" <a@b>", "お <a@b>", "b"},
    {"=?utf-8?Q?a,b?= <a@b>, c@d", "\"a,b\" <a@b>|c@d", "b"},
    {"=?iso-2022-jp?B?GyRCJCobKEI=?=\t<a@b>", "お <a@b>", "b"},
    {"\x82\xa8\x92\x6d\x82\xe7\x82\xb9 <a@b>", "お知らせ <a@b>", "b"},
    {"\x1b$B$*CN$i$;\x1b(B <a@b>", "お知らせ <a@b>", "b"},
    {"\"\xe3\x81\x8a\" <a@b>", "お <a@b>", "b"},
    {"a@b, c@d,e@f", "a@b|c@d|e@f", "b"},
    {"a@b,,c@d,", "a@b|c@d", "b"},
    {"a@b; c@d", "a@b|c@d", "b"},
    {"Friends: a@b, \"C, D\" <c@d>;", "a@b|\"C, D\" <c@d>", "b"},
    {"Friends: a@b; Others: c@d;, e@f", "a@b|c@d|e@f", "b"},
    {"undisclosed-recipients:;", "", NULL},
    {"\"quoted local\"@b", "\"quoted local\"@b", "b"},
    {"\"a@x\"@b", "\"a@x\"@b", "b"},
    {"<\"a>b\"@c>", "\"a>b\"@c", "c"},
    {"<@relay,@other:a@b>", "a@b", "b"},
    {"a @ b . example", "a@b.example", "b.example"},
    {"a@b.example.", "a@b.example.", "b.example"},
    {"root", "root", NULL},
    {"Just A Name", "Just A Name", NULL},
    {"support@amazon.co.jp <x@evil.example>", "\"support@amazon.co.jp\" <x@evil.example>", "evil.example"},
    {"\"mail_example.jp\" <MISSING_MAILBOX@SYNTAX_ERROR>", "mail_example.jp <MISSING_MAILBOX@SYNTAX_ERROR>", "syntax_error"},
    {"Name <a@b", "Name <a@b>", "b"},
    {"Name <>", "Name", NULL},
    {"\"never closed <a@b>", "never closed <a@b>", "b"},
    {"(never closed <a@b>", "a@b", "b"},
    {"=?utf-8?B?RXZpbCA8YUBiPg==?=", "Evil <a@b>", NULL},
    {"=?utf-8?B?44GK?= =?utf-8?B?44GL?= <a@b>", "おか <a@b>", "b"},
    {"", "", NULL},
    {",;:<>()\"", "", NULL},
};

static void every_case(void **state)
{
    struct mem m;
    struct arena a;
    struct charsets *c;

    (void)state;
    mem_init(&m, 0);
    arena_init(&a, &m, 1 << 20);
    c = charsets_new(&m);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct mailbox *boxes;
        struct span value;
        struct buf all;
        uint32_t n;
        void *base;
        size_t size;

        value = split_guard(span_cstr(cases[i].value), &base, &size);
        buf_init(&all, &m, 4096);
        mailbox_parse(value, c, &a, &boxes, &n);
        for (uint32_t k = 0; k < n; k++) {
            if (k)
                buf_add_byte(&all, '|');
            buf_add(&all, mailbox_text(&boxes[k], &a));
        }
        if (!span_eq(buf_span(&all), span_cstr(cases[i].all)))
            fail_msg("%s: \"%.*s\", expected \"%s\"", cases[i].value, SPAN_FMT(buf_span(&all)), cases[i].all);
        if (n && (cases[i].domain ? !span_eq(boxes[0].domain, span_cstr(cases[i].domain)) : boxes[0].domain.p != NULL))
            fail_msg("%s: domain \"%.*s\"", cases[i].value, SPAN_FMT(boxes[0].domain));
        buf_free(&all);
        munmap(base, size);
    }
    charsets_free(c);
    arena_free(&a);
    assert_int_equal(m.used, 0);
}

static void lists_are_capped(void **state)
{
    struct mem m;
    struct arena a;
    struct charsets *c;
    struct buf value;
    const struct mailbox *boxes;
    anomaly_set odd;
    uint32_t n;

    (void)state;
    mem_init(&m, 0);
    arena_init(&a, &m, 1 << 20);
    c = charsets_new(&m);
    buf_init(&value, &m, 1 << 16);
    for (int i = 0; i < 1000; i++)
        buf_add(&value, SPAN("a@b,"));
    odd = mailbox_parse(buf_span(&value), c, &a, &boxes, &n);
    assert_int_equal(n, LIMIT_ADDRESSES);
    assert_true(anomaly_has(odd, ANOMALY_HEADER_TOO_MANY));
    buf_free(&value);
    charsets_free(c);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case),
        cmocka_unit_test(lists_are_capped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
