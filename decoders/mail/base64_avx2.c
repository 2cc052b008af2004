/* SPDX-License-Identifier: Apache-2.0 */
/* base64_avx2: as the SSE2 kernel in base64.c, which explains the ranges; attachments are half of all bytes. */
#include "decoders/mail/base64_avx2.h"

#ifdef __x86_64__
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i in_range(__m256i x, uint8_t lo, uint8_t n)
{
    return _mm256_cmpgt_epi8(_mm256_set1_epi8((char)(0x80 + n)),
                             _mm256_add_epi8(x, _mm256_set1_epi8((char)(0x80 - lo))));
}

AVX2 static inline __m256i is_alphabet(__m256i x)
{
    __m256i letter = in_range(_mm256_or_si256(x, _mm256_set1_epi8(0x20)), 'a', 26);
    __m256i digit = in_range(x, '0', 10);
    __m256i sign = _mm256_cmpeq_epi8(_mm256_or_si256(x, _mm256_set1_epi8(4)), _mm256_set1_epi8('/'));

    return _mm256_or_si256(letter, _mm256_or_si256(digit, sign));
}

AVX2 static inline __m256i is_visible(__m256i x)
{
    return _mm256_cmpgt_epi8(_mm256_add_epi8(x, _mm256_set1_epi8((char)0x80)),
                             _mm256_set1_epi8((char)(0x80 + ' ')));
}

enum { BLOCK = 32, BLOCKS = 255 }; /* that a byte counter holds without overflow */

AVX2 size_t base64_alphabet_avx2(const uint8_t *p, size_t n, bool *junk)
{
    const __m256i zero = _mm256_setzero_si256();
    __m256i total = zero, strange = zero;
    const uint8_t *end = p + n;
    uint64_t sums[4];

    while (p < end) {
        const uint8_t *stop = end - p > BLOCKS * BLOCK ? p + BLOCKS * BLOCK : end;
        __m256i count = zero;

        for (; p < stop; p += BLOCK) {
            __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)p);
            __m256i fine = is_alphabet(x);

            count = _mm256_sub_epi8(count, fine);
            strange = _mm256_or_si256(strange, _mm256_andnot_si256(fine, is_visible(x)));
        }
        total = _mm256_add_epi64(total, _mm256_sad_epu8(count, zero));
    }
    *junk |= _mm256_movemask_epi8(strange) != 0;
    _mm256_storeu_si256((__m256i *)(void *)sums, total);
    return sums[0] + sums[1] + sums[2] + sums[3];
}

#endif
