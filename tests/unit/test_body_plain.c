/* SPDX-License-Identifier: Apache-2.0 */
/* body_plain: words of a text by blocks, as one byte after the other says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "decoders/mail/body_plain.h"
#include "decoders/mail/body_text.h"
#include "decoders/mail/mixed_script.h"
#include "tests/unit/split.h"

/* 64 bytes at a time say what one after the other does, and nothing behind the end is read. */
static void marks_as_of_each_byte(void **state)
{
    static const uint8_t bytes[] = "azAZmQ  \t\n09.,:@[`{~\x7f\x80\xa0\xc3\xc3\x97\x9f\xbf\xc0\xe1\xff";
    uint32_t seed = 1;

    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        size_t n = round % 65, size;
        struct body_marks m, one;
        uint8_t raw[64];
        struct span s;
        void *base;

        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525 + 1013904223;
            raw[i] = round % 3 ? bytes[(seed >> 8) % (sizeof(bytes) - 1)] : (uint8_t)(seed >> 8);
        }
        s = split_guard(span_of(raw, n), &base, &size);
        m = body_marks_at(s.p, n);
        one = body_marks_scalar(s.p, n);
        assert_true(m.blank == one.blank && m.letter == one.letter && m.sign == one.sign && m.bare == one.bare && m.kept == one.kept);
        munmap(base, size);
    }
}

/* Bytes of the letter at s.p[i], of ASCII or Latin-1, and the small one; 0: there is none. */
static size_t letter_at(struct span s, size_t i, uint8_t lower[2])
{
    uint8_t c = i < s.n ? s.p[i] : 0, behind = i + 1 < s.n ? s.p[i + 1] : 0;

    lower[0] = ascii_lower(c);
    lower[1] = behind >= 0x80 && behind <= 0x9e && behind != 0x97 ? (uint8_t)(behind + 0x20) : behind;
    return ascii_alpha(c) ? 1 : c == 0xc3 && behind >= 0x80 && behind < 0xc0 ? 2 : 0;
}

/* Words of a byte to 18, with what may stand behind and between them: white space is passed, a word of up to 16 bytes with at most one sign
 * counts, one without a letter does not, and at the first other one it ends. */
static size_t plain_one_by_one(struct body_key *k, struct span s, bool last)
{
    size_t i = 0;

    for (;;) {
        uint8_t lower[64];
        size_t n = 0, end, bytes;

        while (i < s.n && (s.p[i] <= ' ' || s.p[i] == 0x7f))
            i++;
        while (n < 17 && (bytes = letter_at(s, i + n, lower + n)))
            n += bytes;
        end = i + n;
        while (!n && end < s.n && s.p[end] > ' ' && s.p[end] < 0x7f && !ascii_alpha(s.p[end]))
            end++;
        if (end == i || n > 16)
            return i;
        if (!n) {
            if (end < s.n ? s.p[end] > ' ' && s.p[end] != 0x7f : !last)
                return i;
            i = end;
            continue;
        }
        if (end < s.n && s.p[end] > ' ' && s.p[end] < 0x7f && s.p[end] != '@' && !ascii_alnum(s.p[end]))
            end++;
        if (end < s.n ? s.p[end] > ' ' && s.p[end] != 0x7f : !last)
            return i;
        body_key_word(k, body_key_hash(span_of(lower, n)));
        i = end;
    }
}

static void plain_words(void **state)
{
    static const char *const between[] = {" ", " ", " ", " ", "\n", "\r\n", ", ", ". ", ": ", "  \t ", "; ", " 12,@ ", "1 ", "-", "@", "\xc3\xa9 ", "\xe3\x80\x80", " (", " 1"};
    uint32_t seed = 1;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        struct body_key all, one;
        uint8_t text[256];
        size_t n = 0, size;
        struct span s;
        void *base;

        while (n < round % 200) {
            size_t letters = 1 + (seed >> 9) % (seed >> 30 ? 9 : 17);
            const char *end = between[(seed >> 16) % (round % 4 ? 12 : 19)];

            for (; letters; letters--, n++) {
                seed = seed * 1664525 + 1013904223;
                text[n] = (uint8_t)((seed >> 31 ? 'a' : 'A') + (seed >> 8) % 26);
                if (round % 3 == 0 && (seed >> 20) % 4 == 0) {
                    text[n++] = 0xc3;
                    text[n] = (uint8_t)(0x80 + (seed >> 8) % 64);
                }
            }
            memcpy(text + n, end, strlen(end));
            n += strlen(end);
        }
        s = split_guard(span_of(text, n - (n ? seed % 3 == 0 : 0)), &base, &size);
        body_key_begin(&all);
        body_key_begin(&one);
        assert_int_equal(body_plain_words(&all, s, 0, round % 2), plain_one_by_one(&one, s, round % 2));
        assert_memory_equal(&all, &one, sizeof(all));
        munmap(base, size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_as_of_each_byte),
        cmocka_unit_test(plain_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
