/* SPDX-License-Identifier: Apache-2.0 */
/* utf8_avx2: each pair of neighbours is looked up by three halves of bytes (Keiser and Lemire, "Validating UTF-8 In Less Than One Instruction
 * Per Byte", 2021): what is wrong with a pair is a bit that all three tables have. */
#include "decoders/mail/utf8_avx2.h"

#ifdef __x86_64__
#include "decoders/base/vector.h"

enum { BLOCK = 32 };

/* What may be wrong with a byte and the one behind it. Two that go on with a character are right where the third or fourth byte of one must
 * stand, and only there. */
enum {
    NO_SECOND = 1,       /* the first of a character, and one that does not go on with it */
    NO_FIRST = 2,        /* ASCII, and one that goes on */
    LONG_3 = 4,          /* E0 and 80 to 9F: shorter as two bytes */
    BEYOND = 8,          /* F4 and 90 to BF, F5 to FF and anything from 90 on: above U+10FFFF */
    SURROGATE = 16,      /* ED and A0 to BF */
    LONG_2 = 32,         /* C0 and C1: ASCII */
    LONG_4_OR_BEYOND = 64, /* F0, or F5 to FF, and 80 to 8F */
    GOES_ON = 128,       /* two that go on */
    ANY = NO_SECOND | NO_FIRST | GOES_ON
};

#define TWICE(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)
#define C(x) (char)(x)

/* By the upper half of the first byte, its lower half, the upper half of the second. */
AVX2 static inline __m256i faults(__m256i first, __m256i second)
{
    const __m256i low = _mm256_set1_epi8(15);
    const __m256i by_high =
        TWICE(NO_FIRST, NO_FIRST, NO_FIRST, NO_FIRST, NO_FIRST, NO_FIRST, NO_FIRST, NO_FIRST, C(GOES_ON), C(GOES_ON), C(GOES_ON), C(GOES_ON),
              NO_SECOND | LONG_2, NO_SECOND, NO_SECOND | LONG_3 | SURROGATE, NO_SECOND | BEYOND | LONG_4_OR_BEYOND);
    const __m256i by_low =
        TWICE(C(ANY | LONG_2 | LONG_3 | LONG_4_OR_BEYOND), C(ANY | LONG_2), C(ANY), C(ANY), C(ANY | BEYOND), C(ANY | BEYOND | LONG_4_OR_BEYOND),
              C(ANY | BEYOND | LONG_4_OR_BEYOND), C(ANY | BEYOND | LONG_4_OR_BEYOND), C(ANY | BEYOND | LONG_4_OR_BEYOND),
              C(ANY | BEYOND | LONG_4_OR_BEYOND), C(ANY | BEYOND | LONG_4_OR_BEYOND), C(ANY | BEYOND | LONG_4_OR_BEYOND),
              C(ANY | BEYOND | LONG_4_OR_BEYOND), C(ANY | BEYOND | LONG_4_OR_BEYOND | SURROGATE), C(ANY | BEYOND | LONG_4_OR_BEYOND),
              C(ANY | BEYOND | LONG_4_OR_BEYOND));
    const __m256i by_second =
        TWICE(NO_SECOND, NO_SECOND, NO_SECOND, NO_SECOND, NO_SECOND, NO_SECOND, NO_SECOND, NO_SECOND,
              C(NO_FIRST | GOES_ON | LONG_2 | LONG_3 | LONG_4_OR_BEYOND), C(NO_FIRST | GOES_ON | LONG_2 | LONG_3 | BEYOND),
              C(NO_FIRST | GOES_ON | LONG_2 | SURROGATE | BEYOND), C(NO_FIRST | GOES_ON | LONG_2 | SURROGATE | BEYOND), NO_SECOND, NO_SECOND,
              NO_SECOND, NO_SECOND);
    __m256i a = _mm256_shuffle_epi8(by_high, _mm256_and_si256(_mm256_srli_epi16(first, 4), low));
    __m256i b = _mm256_shuffle_epi8(by_low, _mm256_and_si256(first, low));
    __m256i c = _mm256_shuffle_epi8(by_second, _mm256_and_si256(_mm256_srli_epi16(second, 4), low));

    return _mm256_and_si256(_mm256_and_si256(a, b), c);
}

/* Not zero where a block is not valid behind the three bytes in front of it, which a load of each reaches to. */
AVX2 static inline __m256i wrong(__m256i x, __m256i one, __m256i two, __m256i three)
{
    __m256i third = _mm256_subs_epu8(two, _mm256_set1_epi8(C(0xe0 - 0x80))), fourth = _mm256_subs_epu8(three, _mm256_set1_epi8(C(0xf0 - 0x80)));
    __m256i must = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8(C(GOES_ON)));

    return _mm256_xor_si256(must, faults(one, x));
}

/* The block at p + i, behind others or at the very front, where nothing but ASCII stands. */
AVX2 static inline bool is_valid(const uint8_t *p, size_t i)
{
    __m256i x = vector_load_avx2(p + i), bad;

    if (i) {
        bad = wrong(x, vector_load_avx2(p + i - 1), vector_load_avx2(p + i - 2), vector_load_avx2(p + i - 3));
    } else {
        __m256i front = _mm256_permute2x128_si256(x, x, 0x08);

        bad = wrong(x, _mm256_alignr_epi8(x, front, 15), _mm256_alignr_epi8(x, front, 14), _mm256_alignr_epi8(x, front, 13));
    }
    return _mm256_testz_si256(bad, bad);
}

/* i without the bytes of a character that goes on behind it. */
static size_t before_cut(const uint8_t *p, size_t i)
{
    if (i >= 1 && p[i - 1] >= 0xc0)
        return i - 1;
    if (i >= 2 && p[i - 2] >= 0xe0)
        return i - 2;
    return i >= 3 && p[i - 3] >= 0xf0 ? i - 3 : i;
}

/* From i on, two blocks at a time, as long as all is ASCII. */
AVX2 static inline size_t pass_ascii(const uint8_t *p, size_t n, size_t i)
{
    const __m256i eighth = _mm256_set1_epi8(C(0x80));

    while (n - i >= 2 * BLOCK && _mm256_testz_si256(_mm256_or_si256(vector_load_avx2(p + i), vector_load_avx2(p + i + BLOCK)), eighth))
        i += 2 * BLOCK;
    return i;
}

/* A valid block that ends in ASCII leaves nothing that must go on. */
AVX2 size_t utf8_valid_avx2(const uint8_t *p, size_t n)
{
    size_t i = pass_ascii(p, n, 0);

    while (n - i >= BLOCK && is_valid(p, i)) {
        i += BLOCK;
        if (p[i - 1] < 0x80)
            i = pass_ascii(p, n, i);
    }
    return before_cut(p, i);
}

#endif
