/* SPDX-License-Identifier: Apache-2.0 */
/* plain_text: what may stand in a line as it came is said here character by character, of all that Unicode has; and of every pair of
 * bytes that may begin one, whole, cut short and at the end of a page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoders/base/escape.h"
#include "sensor/publish/plain_text.h"
#include "tests/unit/split.h"

static bool is_plain(uint32_t c)
{
    static const uint32_t not_plain[][2] = {{0, 0x1f}, {'"', '"'}, {'\\', '\\'}, {0x7f, 0x9f}, {0xad, 0xad}, {0x61c, 0x61c},
                                            {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}};

    for (size_t i = 0; i < sizeof(not_plain) / sizeof(*not_plain); i++)
        if (c >= not_plain[i][0] && c <= not_plain[i][1])
            return false;
    return true;
}

/* One character at a time. */
static size_t slow_end(struct span s, size_t from)
{
    uint32_t c;
    unsigned n;

    while (from < s.n && (n = utf8_next_any(span_from(s, from), &c)) && is_plain(c))
        from += n;
    return from;
}

static size_t put(uint8_t *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (uint8_t)(0xc0 | c >> 6);
        to[1] = (uint8_t)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (uint8_t)(0xe0 | c >> 12);
        to[1] = (uint8_t)(0x80 | (c >> 6 & 63));
        to[2] = (uint8_t)(0x80 | (c & 63));
        return 3;
    }
    to[0] = (uint8_t)(0xf0 | c >> 18);
    to[1] = (uint8_t)(0x80 | (c >> 12 & 63));
    to[2] = (uint8_t)(0x80 | (c >> 6 & 63));
    to[3] = (uint8_t)(0x80 | (c & 63));
    return 4;
}

static void one_character(uint32_t c, bool ascii_before)
{
    bool plain = is_plain(c) && (c < 0xd800 || c >= 0xe000);
    uint8_t raw[32];
    size_t n, before, behind;

    n = put(raw, 0x65e5);
    n += put(raw + n, 0xe9);
    if (ascii_before)
        n += put(raw + n, 'a');
    before = n;
    behind = n += put(raw + n, c);
    n += put(raw + n, 0x30ab);
    n += put(raw + n, '.');
    assert_int_equal(plain_text_end(span_of(raw, n), 0), plain ? n : before);
    assert_int_equal(plain_text_end(span_of(raw + before, behind - before), 0), plain ? behind - before : 0);
}

/* Alone, and with letters of one, two and three bytes around it. */
static void each_character(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x110000; c++) {
        one_character(c, false);
        one_character(c, true);
    }
}

/* Nothing behind the last byte is read. */
static void agree(const uint8_t *raw, size_t n)
{
    void *base;
    size_t size;
    struct span s = split_guard(span_of(raw, n), &base, &size);

    assert_int_equal(plain_text_end(s, 0), slow_end(s, 0));
    munmap(base, size);
}

static void pieces_of_characters(void **state)
{
    static const uint8_t third[] = {'a', '"', 0x7f, 0x80, 0x8b, 0xa8, 0xad, 0xbf, 0xc2, 0xe2, 0xff};

    (void)state;
    for (unsigned a = 0x7e; a < 0x100; a++)
        for (unsigned b = 0; b < 0x100; b += b < 0x7c ? 31 : 1)
            for (size_t k = 0; k < sizeof(third); k += 1 + (a + b) % 3) {
                const uint8_t raw[] = {'x', (uint8_t)a, (uint8_t)b, third[k], 0xbf, 'y', 0xe3, 0x81, 0x82, 'z'};

                agree(raw, 2 + (a + b + k) % (sizeof(raw) - 1));
                assert_int_equal(plain_text_end(span_of(raw, sizeof(raw)), 0), slow_end(span_of(raw, sizeof(raw)), 0));
                for (size_t n = 1; n < sizeof(raw); n++)
                    assert_int_equal(plain_text_end(span_of(raw + 1, n), 0), slow_end(span_of(raw + 1, n), 0));
            }
}

static void empty(void **state)
{
    (void)state;
    assert_int_equal(plain_text_end(span_of(NULL, 0), 0), 0);
    assert_int_equal(plain_text_end(SPAN("abc"), 3), 3);
    assert_int_equal(plain_text_end(SPAN("\"abc"), 1), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_character),
        cmocka_unit_test(pieces_of_characters),
        cmocka_unit_test(empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
