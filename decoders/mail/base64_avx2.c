/* SPDX-License-Identifier: Apache-2.0 */
/* base64_avx2: attachments are half of all bytes. */
#include "decoders/mail/base64_avx2.h"

#ifdef __x86_64__
#include "decoders/base/vector.h"

enum { BLOCK = 32, BLOCKS = 255 }; /* that a byte counter holds without overflow */

#define TWICE(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)

/* Ones where a byte is not of the alphabet, which has bits of both its halves' in common: + and /, digits, A to O and a to o, P to Z and p to
 * z. A byte from 0x80 on has no lower half to look_up. */
AVX2 static inline __m256i not_alphabet(__m256i x)
{
    enum { SIGN = 1, DIGIT = 2, FIRST = 4, LAST = 8, MIDDLE = DIGIT | FIRST | LAST };
    const __m256i low = TWICE(DIGIT | LAST, MIDDLE, MIDDLE, MIDDLE, MIDDLE, MIDDLE, MIDDLE, MIDDLE, MIDDLE, MIDDLE, FIRST | LAST, SIGN | FIRST,
                              FIRST, FIRST, FIRST, SIGN | FIRST);
    const __m256i high = TWICE(0, 0, SIGN, DIGIT, FIRST, LAST, FIRST, LAST, 0, 0, 0, 0, 0, 0, 0, 0);
    __m256i upper = _mm256_and_si256(_mm256_srli_epi16(x, 4), _mm256_set1_epi8(15));
    __m256i common = _mm256_and_si256(_mm256_shuffle_epi8(low, x), _mm256_shuffle_epi8(high, upper));

    return _mm256_cmpeq_epi8(common, _mm256_setzero_si256());
}

AVX2 size_t base64_alphabet_avx2(const uint8_t *p, size_t n, bool *junk)
{
    const __m256i zero = _mm256_setzero_si256();
    __m256i total = zero, highest = zero; /* of what is none: how many, and the one that is most */
    const uint8_t *end = p + n;
    uint64_t sums[4];

    while (p < end) {
        const uint8_t *stop = end - p > BLOCKS * BLOCK ? p + BLOCKS * BLOCK : end;
        __m256i count = zero;

        for (; p < stop; p += BLOCK) {
            __m256i x = vector_load_avx2(p), none = not_alphabet(x);

            count = _mm256_sub_epi8(count, none);
            highest = _mm256_max_epu8(highest, _mm256_and_si256(none, x));
        }
        total = _mm256_add_epi64(total, _mm256_sad_epu8(count, zero));
    }
    highest = _mm256_subs_epu8(highest, _mm256_set1_epi8(' '));
    *junk |= !_mm256_testz_si256(highest, highest);
    _mm256_storeu_si256((__m256i *)(void *)sums, total);
    return n - (sums[0] + sums[1] + sums[2] + sums[3]);
}

/* By a table of each half of a byte (Mula and Lemire, "Faster Base64 Encoding and Decoding Using AVX2 Instructions", 2018): what the
 * tables have in common is not zero where the byte is not of the alphabet. */
AVX2 static inline __m256i strange(__m256i x, __m256i upper)
{
    const __m256i low = TWICE(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a);
    const __m256i high = TWICE(0x10, 0x10, 1, 2, 4, 8, 4, 8, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
    __m256i lower = _mm256_and_si256(x, _mm256_set1_epi8(15));

    return _mm256_and_si256(_mm256_shuffle_epi8(low, lower), _mm256_shuffle_epi8(high, upper));
}

/* Each range of the alphabet lies at its own distance from its values; / shares its upper half with +, and stands apart. */
AVX2 static inline __m256i sextets(__m256i x, __m256i upper)
{
    const __m256i distance = TWICE(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
    __m256i slash = _mm256_cmpeq_epi8(x, _mm256_set1_epi8('/'));

    return _mm256_add_epi8(x, _mm256_shuffle_epi8(distance, _mm256_add_epi8(upper, slash)));
}

/* Pairs of sextets to 12 bits, pairs of those to 24, and their bytes in order, 12 at the front of each half. */
AVX2 static inline __m256i packed(__m256i x)
{
    const __m256i order = _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1, 2, 1, 0, 6, 5, 4, 10, 9, 8,
                                           14, 13, 12, -1, -1, -1, -1);

    x = _mm256_maddubs_epi16(x, _mm256_set1_epi32(0x01400140));
    x = _mm256_madd_epi16(x, _mm256_set1_epi32(0x00011000));
    return _mm256_shuffle_epi8(x, order);
}

/* Writes the 24 bytes of a block, and 4 of no meaning behind them. Returns what strange says of it. */
AVX2 static inline __m256i decode(const uint8_t *p, uint8_t *out)
{
    __m256i x = vector_load_avx2(p), upper = _mm256_and_si256(_mm256_srli_epi16(x, 4), _mm256_set1_epi8(15));
    __m256i bytes = packed(sextets(x, upper));

    _mm_storeu_si128((__m128i *)(void *)out, _mm256_castsi256_si128(bytes));
    _mm_storeu_si128((__m128i *)(void *)(out + 12), _mm256_extracti128_si256(bytes, 1));
    return strange(x, upper);
}

AVX2 size_t base64_bulk_avx2(const uint8_t *p, size_t n, uint8_t *out)
{
    size_t i = 0;

    for (; i + BLOCK <= n; i += BLOCK, out += BLOCK / 4 * 3) {
        __m256i bad = decode(p + i, out);

        if (!_mm256_testz_si256(bad, bad))
            break;
    }
    return i;
}

AVX2 size_t base64_lines_avx2(const uint8_t *p, size_t n, size_t length, uint8_t *out)
{
    size_t i = 0, last = length - BLOCK;

    for (; i + length + 2 <= n && p[i + length] == '\r' && p[i + length + 1] == '\n'; i += length + 2, out += length / 4 * 3) {
        __m256i first = decode(p + i, out), second = decode(p + i + BLOCK, out + BLOCK / 4 * 3);
        __m256i bad = _mm256_or_si256(_mm256_or_si256(first, second), decode(p + i + last, out + last / 4 * 3));

        if (!_mm256_testz_si256(bad, bad))
            break;
    }
    return i;
}

#endif
