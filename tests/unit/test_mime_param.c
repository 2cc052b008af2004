/* SPDX-License-Identifier: Apache-2.0 */
/* mime_param: CASES 22. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "decoders/mail/field_word.h"
#include "decoders/mail/mime_param.h"
#include "tests/unit/split.h"

/* text: the parameter as UTF-8; NULL = there is none. */
static const struct {
    const char *field, *value, *name, *text;
    bool odd;
} cases[] = {
    {"text/html; charset=utf-8", "text/html", "charset", "utf-8", false},
    {"Text/HTML", "text/html", "charset", NULL, false},
    {"text/html ;charset = \"utf-8\" ; x=y", "text/html", "charset", "utf-8", false},
    {"text/html ;", "text/html", "charset", NULL, false},
    {"text / html; charset=a", "text/html", "charset", "a", false},
    {"text/plain; charset=us-ascii (Plain text)", "text/plain", "charset", "us-ascii", false},
    {"(comment) text/plain (other); (third) charset (4) = (5) x", "text/plain", "charset", "x", false},
    {"text/html charset=utf-8", "text/html", "charset", "utf-8", true},
    {"text/html; charset=utf-8 format=flowed", "text/html", "format", "flowed", true},
    {"text/html, charset=utf-8", "text/html", "charset", "utf-8", true},
    {"multipart/mixed; boundary=\"a b; c\"", "multipart/mixed", "boundary", "a b; c", false},
    {"multipart/mixed; boundary=\"trailing  \"", "multipart/mixed", "boundary", "trailing", false},
    {"multipart/mixed; boundary=\"a\\\"b\\\\c\"", "multipart/mixed", "boundary", "a\"b\\c", false},
    {"multipart/mixed; boundary=\"never closed", "multipart/mixed", "boundary", "never closed", true},
    {"a/b; name=\"never closed; charset=x", "a/b", "charset", "x", true},
    {"multipart/mixed; BOUNDARY=X", "multipart/mixed", "boundary", "X", false},
    {"multipart/mixed;; ;boundary=X;;", "multipart/mixed", "boundary", "X", false},
    {"attachment; FileName=a.pdf", "attachment", "filename", "a.pdf", false},
    {"attachment; filename=my file (1).pdf; size=3", "attachment", "filename", "my file (1).pdf", false},
    {"attachment; filename=(1).pdf", "attachment", "filename", "(1).pdf", false},
    {"attachment; filename=\"C:\\dir\\file.exe\"", "attachment", "filename", "C:\\dir\\file.exe", false},
    {"attachment; filename=\"=?utf-8?B?44GKLnBkZg==?=\"", "attachment", "filename", "お.pdf", false},
    {"attachment; filename==?utf-8?B?44GKLnBkZg==?=", "attachment", "filename", "お.pdf", false},
    {"attachment; filename=\"\xe3\x81\x8a.pdf\"", "attachment", "filename", "お.pdf", false},
    {"attachment; filename=\"\x82\xa8\x92\x6d\x82\xe7\x82\xb9.pdf\"", "attachment", "filename", "お知らせ.pdf", false},
    {"attachment; filename*=UTF-8''%E3%81%8A.pdf", "attachment", "filename", "お.pdf", false},
    {"attachment; filename*=utf-8'ja'%e3%81%8a.pdf; filename=x.pdf", "attachment", "filename", "お.pdf", false},
    {"attachment; filename=x.pdf; filename*=utf-8''%e3%81%8a.pdf", "attachment", "filename", "お.pdf", false},
    {"attachment; filename*=ISO-2022-JP''%1B%24B%24%2A%1B%28B.pdf", "attachment", "filename", "お.pdf", false},
    {"attachment; filename*0=a; filename*1=b; filename*2=\".pdf\"", "attachment", "filename", "ab.pdf", false},
    {"attachment; filename*1=b; filename*0=a", "attachment", "filename", "ab", false},
    {"attachment; filename*0*=utf-8''%E3%81; filename*1*=%8A; filename*2=.pdf", "attachment", "filename", "お.pdf", false},
    {"attachment; filename*0=a; filename*2=c", "attachment", "filename", "a", false},
    {"attachment; filename*1=b", "attachment", "filename", NULL, false},
    {"attachment; filename*=no-charset.pdf", "attachment", "filename", "no-charset.pdf", false},
    {"attachment; filename*=utf-8''100%.pdf", "attachment", "filename", "100%.pdf", false},
    {"attachment; filename=one; filename=two", "attachment", "filename", "one", false},
    {"attachment; filename=\"\"", "attachment", "filename", "", false},
    {"attachment; filename", "attachment", "filename", NULL, true},
    {"attachment; =x; filename=y", "attachment", "filename", "y", false},
    {"", "", "charset", NULL, false},
    {";", "", "charset", NULL, false},
    {"((((", "", "charset", NULL, false},
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
        void *base;
        size_t size;
        struct span field = split_guard(span_cstr(cases[i].field), &base, &size), text;
        struct mime_value v;
        anomaly_set odd = 0;

        assert_true(mime_value_parse(field, &a, &v));
        text = mime_param_text(&v, span_cstr(cases[i].name), c, &a, &odd);
        if (strcmp(cases[i].name, "boundary") == 0)
            text = mime_param_raw(&v, span_cstr(cases[i].name), &a);
        if (!span_eq(v.value, span_cstr(cases[i].value)))
            fail_msg("%s: value \"%.*s\"", cases[i].field, SPAN_FMT(v.value));
        if (cases[i].text ? !text.p || !span_eq(text, span_cstr(cases[i].text)) : text.p != NULL)
            fail_msg("%s: %s is \"%.*s\"", cases[i].field, cases[i].name, SPAN_FMT(text));
        if (cases[i].odd != (v.odd != 0))
            fail_msg("%s: anomalies %llx", cases[i].field, (unsigned long long)v.odd);
        munmap(base, size);
    }
    charsets_free(c);
    arena_free(&a);
    assert_int_equal(m.used, 0);
}

/* The mail's arena is full at any byte: what cannot be kept is missing, and nothing is read behind the field. */
static void every_case_in_a_full_arena(void **state)
{
    static const struct span unclosed = {(const uint8_t *)"attachment; filename=\"logo.svg", 30};
    struct mem m;
    struct arena a;

    (void)state;
    mem_init(&m, 0);
    for (size_t i = 0; i <= sizeof(cases) / sizeof(cases[0]); i++) {
        void *base;
        size_t size;
        bool last = i == sizeof(cases) / sizeof(cases[0]);
        struct span field = split_guard(last ? unclosed : span_cstr(cases[i].field), &base, &size);

        for (size_t room = 0; room < 512; room += 16) {
            struct mime_value v;

            arena_init(&a, &m, room);
            mime_value_parse(field, &a, &v);
            arena_free(&a);
        }
        munmap(base, size);
    }
    assert_int_equal(m.used, 0);
}

/* What ends a word, and what looks like it (a byte of the same lower half), at each place, with a page behind the end that nobody may read. */
static void words_end(void **state)
{
    static const enum field_word others[] = {FIELD_WORD, FIELD_WORD_EQUALS, FIELD_WORD_COMMA};
    uint8_t text[150];

    (void)state;
    for (size_t n = 0; n < sizeof(text); n += n < 60 || n > 66 ? 11 : 1)
        for (unsigned c = 0; c < 256; c++) {
            size_t at = n ? (c * 7 + n) % n : 0, size;
            bool ends = c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';' || c == '(';
            struct span s;
            void *base;

            memset(text, 'a', sizeof(text));
            text[at] = (uint8_t)c;
            s = split_guard(span_of(text, n), &base, &size);
            for (unsigned k = 0; k < 3; k++)
                for (size_t from = 0; from <= n; from += 5) {
                    size_t end = from <= at && n && (ends || c == (unsigned)others[k]) ? at : n;

                    assert_int_equal(field_word_end(s, from, others[k]), end);
                    assert_int_equal(field_word_end_scalar(s, from, others[k]), end);
                }
            munmap(base, size);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case),
        cmocka_unit_test(every_case_in_a_full_arena),
        cmocka_unit_test(words_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
