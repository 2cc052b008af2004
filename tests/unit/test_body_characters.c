/* SPDX-License-Identifier: Apache-2.0 */
/* body_characters: sixteen at a time they leave the key as one at a time do: all of it, since the next word goes on with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "decoders/mail/body_characters.h"

enum { CHARACTERS = 120 };

static uint32_t draw(uint32_t below)
{
    static uint32_t x = 1;

    x = x * 1664525 + 1013904223;
    return (x >> 8) % below;
}

/* The edges of what counts, signs between letters, few letters that repeat, and all the rest. */
static uint32_t a_character(unsigned text)
{
    static const uint32_t edges[] = {0x3000, 0x303f, 0x3040, 0xd7ff, 0x4e00, 0x9fff, 0xac00};

    if (draw(6) == 0)
        return edges[draw(sizeof(edges) / sizeof(*edges))];
    return text % 3 == 0 ? 0x3040 + draw(3) : text % 3 == 1 ? 0x3000 + draw(0x80) : 0x3000 + draw(0xd800 - 0x3000);
}

/* What is no such character, or half of one, ends it somewhere. */
static struct span a_text(unsigned text, uint8_t p[3 * CHARACTERS])
{
    size_t n = 3 * draw(CHARACTERS), cut = draw(3);

    for (size_t i = 0; i < n; i += 3) {
        uint32_t c = a_character(text);

        p[i] = (uint8_t)(0xe0 | c >> 12);
        p[i + 1] = (uint8_t)(0x80 | (c >> 6 & 63));
        p[i + 2] = (uint8_t)(0x80 | (c & 63));
    }
    if (n && text % 4 == 0)
        p[draw((uint32_t)n)] = (uint8_t)("\x00\x41\x7f\xc3\xe2\xee\xef\xf0"[draw(8)]);
    return span_of(p, n >= cut ? n - cut : n);
}

static void as_one_at_a_time(void **state)
{
    struct body_key many, one;
    uint8_t text[3 * CHARACTERS];

    (void)state;
    body_key_begin(&one);
    for (unsigned round = 0; round < 20000; round++) {
        struct span s = a_text(round, text);
        size_t i = s.n >= 3 ? 3 * draw((uint32_t)s.n / 3) : 0;

        if (draw(30) == 0)
            body_key_begin(&one);
        many = one;
        assert_int_equal(body_characters(&many, s, i), body_characters_scalar(&one, s, i));
        assert_memory_equal(&many, &one, sizeof(one));
        if (draw(4) == 0)
            body_key_word(&one, body_key_hash(SPAN("between")));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_one_at_a_time)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
