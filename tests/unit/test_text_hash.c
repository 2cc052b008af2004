/* SPDX-License-Identifier: Apache-2.0 */
/* text_hash: is what its definition says, at every length; texts that differ in one bit meet as seldom as any. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "decoders/base/text_hash.h"
#include "tests/unit/split.h"

/* Word by word: the text, zeros behind it up to a multiple of 64 bytes. */
static uint32_t by_definition(const struct text_key *k, struct span s)
{
    uint64_t sum = k->start + k->length * s.n;

    for (size_t i = 0; i < (s.n + 63) / 64 * 8; i++) {
        uint64_t two[2] = {0, 0};

        for (size_t b = 0; b < 8; b++)
            if (8 * i + b < s.n)
                two[b / 4] |= (uint64_t)s.p[8 * i + b] << 8 * (b % 4);
        sum += (k->even[i] + two[0]) * (k->odd[i] + two[1]);
    }
    return (uint32_t)(sum >> 32);
}

/* Before a page that cannot be read, and one that goes on behind the text with other bytes. */
static void every_length_is_hashed_as_defined(void **state)
{
    const struct hash_key key = {1, 2};
    uint8_t text[TEXT_HASH_BYTES + 40];
    struct text_key k;

    (void)state;
    text_key_init(&k, &key);
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t)(i * 151 + 77);
    for (size_t n = 0; n <= sizeof(text); n++) {
        struct span s = span_of(text, n);
        uint32_t expected = n <= TEXT_HASH_BYTES ? by_definition(&k, s) : (uint32_t)siphash13(&key, s);
        size_t size;
        void *base;

        assert_int_equal(text_hash_scalar(&k, s), expected);
        assert_int_equal(text_hash(&k, s), expected);
        s = split_guard(s, &base, &size);
        assert_int_equal(text_hash_scalar(&k, s), expected);
        assert_int_equal(text_hash(&k, s), expected);
        munmap(base, size);
    }
}

/* Under a new key two texts have the same lowest eight bits once in 256 times, whatever they differ in: 8 of 2,000. The highest bits of a
 * word, of which a product alone would let none of the lowest bits know, and zeros at the end, which padding would hide. */
static void what_differs_seldom_meets(void **state)
{
    uint8_t text[40] = "http://www.example.com/a/b?c=1234567890";
    static struct text_key keys[2000];

    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        text_key_init(&keys[i], &(struct hash_key){i, i * i});
    for (size_t bit = 0; bit <= 8 * 32; bit++) {
        size_t n = bit < 8 * 32 ? 32 : 40, meet = 0;
        uint8_t other[40];

        memcpy(other, text, sizeof(other));
        if (bit < 8 * 32)
            other[bit / 8] ^= (uint8_t)(1 << bit % 8);
        for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
            uint32_t a = text_hash(&keys[i], span_of(text, n)), b = text_hash(&keys[i], span_of(other, bit < 8 * 32 ? 32 : 39));

            meet += !((a ^ b) & 0xff);
        }
        if (meet > 30)
            fail_msg("bit %zu: %zu", bit, meet);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_is_hashed_as_defined),
        cmocka_unit_test(what_differs_seldom_meets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
