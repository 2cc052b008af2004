/* SPDX-License-Identifier: Apache-2.0 */
/* What a sender may not do to a terminal or a key name, case by case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "decoders/base/escape.h"

static const struct {
    const char *name, *in, *out;
    size_t n; /* bytes of in, 0 = strlen */
    unsigned options;
} cases[] = {
    {"plain text stays", "amazon.co.jp", "amazon.co.jp", 0, 0},
    {"Japanese stays", "お支払い方法", "お支払い方法", 0, 0},
    {"full-width and emoji stay", "ＡＢ📧", "ＡＢ📧", 0, 0},
    {"terminal escape", "a\x1b[2Jb", "a\\x1b[2Jb", 0, 0},
    {"line end", "a\r\nb", "a\\x0d\\x0ab", 0, 0},
    {"NUL", "a\0b", "a\\x00b", 3, 0},
    {"DEL and C1", "\x7f\xc2\x9b", "\\x7f\\xc2\\x9b", 0, 0},
    {"backslash", "a\\x41", "a\\x5cx41", 0, 0},
    {"right-to-left override", "a\xe2\x80\xae" "fdp.exe", "a\\xe2\\x80\\xae" "fdp.exe", 0, 0},
    {"zero-width space", "ama\xe2\x80\x8bzon", "ama\\xe2\\x80\\x8bzon", 0, 0},
    {"isolate", "\xe2\x81\xa6x", "\\xe2\\x81\\xa6x", 0, 0},
    {"byte order mark", "\xef\xbb\xbfx", "\\xef\\xbb\\xbfx", 0, 0},
    {"line separator", "\xe2\x80\xa8", "\\xe2\\x80\\xa8", 0, 0},
    {"no UTF-8 at all", "\x93\xfa\x96{", "\\x93\\xfa\\x96{", 0, 0},
    {"overlong slash", "\xc0\xaf", "\\xc0\\xaf", 0, 0},
    {"surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80", 0, 0},
    {"above U+10FFFF", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", 0, 0},
    {"cut character", "a\xe3\x81", "a\\xe3\\x81", 0, 0},
    {"colon outside a key", "a:b", "a:b", 0, 0},
    {"colon inside a key", "ip:1", "ip\\x3a1", 0, ESCAPE_COLON},
    {"colon escaped by the sender", "ip\\x3a1", "ip\\x5cx3a1", 0, ESCAPE_COLON},
    {"empty", "", "", 0, 0},
};

static void escapes(void **state)
{
    struct mem m;

    (void)state;
    mem_init(&m, 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t n = cases[i].n ? cases[i].n : strlen(cases[i].in);
        struct buf out;

        buf_init(&out, &m, 4096);
        assert_true(escape_text(&out, span_of(cases[i].in, n), cases[i].options));
        if (out.n != strlen(cases[i].out) || (out.n && memcmp(out.p, cases[i].out, out.n) != 0))
            fail_msg("%s: got %.*s", cases[i].name, (int)out.n, (const char *)out.p);
        buf_free(&out);
    }
    assert_int_equal(m.used, 0);
}

static void cap_is_told(void **state)
{
    struct mem m;
    struct buf out;

    (void)state;
    mem_init(&m, 0);
    buf_init(&out, &m, 5);
    assert_false(escape_text(&out, SPAN("ab\x01"), 0));
    assert_true(out.truncated);
    buf_free(&out);
}

/* Every lead and second byte, the third at the bounds of its range, whole and cut. */
static void the_short_way_agrees_with_its_twin(void **state)
{
    static const uint8_t thirds[] = {0, 0x7f, 0x80, 0xa5, 0xbf, 0xc0, 0xff};

    (void)state;
    for (unsigned i = 0; i < 65536 * sizeof(thirds); i++) {
        uint8_t text[4] = {(uint8_t)(i / sizeof(thirds) >> 8), (uint8_t)(i / sizeof(thirds)), thirds[i % sizeof(thirds)], 0x80};

        for (size_t n = 0; n <= sizeof(text); n++) {
            uint32_t a = 1, b = 1;

            assert_int_equal(utf8_next(span_of(text, n), &a), utf8_next_any(span_of(text, n), &b));
            assert_int_equal(a, b);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(escapes), cmocka_unit_test(cap_is_told),
                                       cmocka_unit_test(the_short_way_agrees_with_its_twin)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
