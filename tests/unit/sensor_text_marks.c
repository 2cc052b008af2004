/* SPDX-License-Identifier: Apache-2.0 */
/* text_marks: its kernels say of any text, of any length, what their scalar twin says; and the twin says what stands there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sensor/publish/text_marks.h"
#include "tests/unit/split.h"

static const struct {
    const char *text;
    unsigned marks;
} cases[] = {
    {"", 0},
    {"plain text, nothing in it: /?#[]%+=~ 404", MARK_NUMBER},
    {"plain text, nothing in it: /?#[]%+=~ 04", 0},
    {"a@b", 0},
    {"a@b/c/", 0},
    {"//a@b", MARK_USER},
    {"a@b.example, a//", MARK_USER},
    {"http:a@b", MARK_USER},
    {"a@bHTTPS:c", MARK_USER},
    {"/\\a@b", MARK_USER | MARK_ESCAPE},
    {"\\/a@b", MARK_USER | MARK_ESCAPE},
    {"a\\b@c", MARK_ESCAPE},
    {"%2fa@b", MARK_USER},
    {"%3Aa@b", MARK_USER},
    {"%5ca@b", MARK_USER},
    {"http=3a__a@b", MARK_USER},
    {"a-2Fb@c", MARK_USER},
    {"a+5cb@c", MARK_USER},
    {"a-2+5=3b@c", 0},
    {"%20a:b@c:", 0},
    {"a@b %", 0},
    {"the last byte is no address: //@", 0},
    {"say \"no\"", MARK_ESCAPE},
    {"C:\\", MARK_ESCAPE},
    {"tab\there", MARK_ESCAPE},
    {"DEL\x7f", MARK_ESCAPE},
    {"caf\xc3\xa9", MARK_ESCAPE},
    {"user%40host", MARK_NUMBER},
    {"ends with 4", 0},
    {"http://", 0},
    {"aHR0cDovL2E", MARK_CODED}, /* http://a */
    {"8i Lv yL", 0},
    {"xi8", MARK_CODED},
    {"xvL", MARK_CODED},
    {"xLy", MARK_CODED},
};

static void each_mark(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct span s = span_cstr(cases[i].text);

        assert_int_equal(text_marks_scalar(s), cases[i].marks);
        assert_int_equal(text_marks(s), cases[i].marks);
        assert_int_equal(text_marks_sse2(s), cases[i].marks);
    }
}

static void agree(const uint8_t *raw, size_t n)
{
    void *base;
    size_t size;
    struct span s = split_guard(span_of(raw, n), &base, &size);

    assert_int_equal(text_marks(s), text_marks_scalar(s));
    assert_int_equal(text_marks_sse2(s), text_marks_scalar(s));
    munmap(base, size);
}

/* One pair of bytes, any pair that could be taken for a mark, at every place of every length. */
static void one_pair_anywhere(void **state)
{
    static const uint8_t first[] = "4ivL@/:%=+-p\"\\\x1f\x7f\x80\xb4\xff 8", second[] = "08Ly@/:2\\1xK \xb0";
    uint8_t raw[80];

    (void)state;
    for (size_t n = 0; n <= sizeof(raw); n++)
        for (size_t k = 0; k < (sizeof(first) - 1) * (sizeof(second) - 1); k++) {
            size_t at = n ? (k * 7 + n) % n : 0;

            memset(raw, 'a', sizeof(raw));
            raw[at] = first[k / (sizeof(second) - 1)];
            if (at + 1 < sizeof(raw))
                raw[at + 1] = second[k % (sizeof(second) - 1)];
            agree(raw, n);
            raw[(at + 5) % sizeof(raw)] = '@';
            agree(raw, n);
        }
}

/* What begins a user's name, and what only seems to, at every place of every length: behind it an @, or in front where there is no room. */
static void a_user_begins_anywhere(void **state)
{
    static const char *const begin[] = {"%2f", "=2F", "+25", "-3a", "%3A", "=5c", "-5C", "p:", "S:", "\\/", "/\\", "\\\\", /* which do */
                                        "%2a", "=35", "+5f", "-\x12" "5", "%\x12" "f", "t:", "\\", "/", "\x10:", ":p", "2f%"};
    uint8_t raw[110];

    (void)state;
    for (size_t k = 0; k < sizeof(begin) / sizeof(*begin); k++)
        for (size_t n = strlen(begin[k]) + 1; n <= sizeof(raw); n++)
            for (size_t at = 0; at + strlen(begin[k]) <= n; at += n < 50 ? 1 : 3) {
                memset(raw, 'b', sizeof(raw));
                memcpy(raw + at, begin[k], strlen(begin[k]));
                raw[at + strlen(begin[k]) < n ? at + strlen(begin[k]) : 0] = '@';
                agree(raw, n);
            }
}

static void every_byte(void **state)
{
    uint8_t raw[70];

    (void)state;
    for (unsigned c = 0; c < 256; c++)
        for (size_t at = 0; at < sizeof(raw); at += 3) {
            memset(raw, '.', sizeof(raw));
            raw[at] = (uint8_t)c;
            agree(raw, sizeof(raw));
            agree(raw, at + 1);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mark),
        cmocka_unit_test(one_pair_anywhere),
        cmocka_unit_test(a_user_begins_anywhere),
        cmocka_unit_test(every_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
