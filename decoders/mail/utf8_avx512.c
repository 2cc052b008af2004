/* SPDX-License-Identifier: Apache-2.0 */
/* utf8_avx512: where bytes go on with a character must be just where the first bytes in front of them ask for it: bits that are shifted. Only
 * behind few first bytes not every second one is right. */
#include "decoders/mail/utf8_avx512.h"

#ifdef __x86_64__
#include "decoders/base/vector.h"

enum { BLOCK = 64 };

/* What a block leaves to the next, as bits of its first bytes: those that must go on with a character, and whether the first of them stands
 * behind one of the few. */
struct carried {
    uint64_t goes_on, few;
};

AVX512 static inline uint64_t at_least(__m512i x, uint8_t c)
{
    return _mm512_cmpge_epu8_mask(x, _mm512_set1_epi8((char)c));
}

/* Bytes that stand wrongly behind y, the one in front of each of x: longer forms than needed, surrogates, what lies above U+10FFFF. */
AVX512 static inline uint64_t wrong_seconds(__m512i x, __m512i y)
{
    uint64_t from_90 = at_least(x, 0x90), from_a0 = at_least(x, 0xa0);

    return (vector_equal_avx512(y, 0xe0) & ~from_a0) | (vector_equal_avx512(y, 0xed) & from_a0) | (vector_equal_avx512(y, 0xf0) & ~from_90) |
           (vector_equal_avx512(y, 0xf4) & from_90) | at_least(y, 0xf5);
}

/* A bit for each byte of the block x, at p, that is wrong, or the one behind the last of there, those that are read. first: nothing stands in front of it. */
AVX512 static inline uint64_t faults(__m512i x, const uint8_t *p, uint64_t there, bool first, struct carried *c)
{
    uint64_t high = (uint64_t)_mm512_movepi8_mask(x), goes_on, two, three, four, few, wrong;

    goes_on = (uint64_t)_mm512_cmplt_epi8_mask(x, _mm512_set1_epi8((char)0xc0));
    two = at_least(x, 0xc2), three = at_least(x, 0xe0), four = at_least(x, 0xf0);
    few = vector_equal_avx512(x, 0xe0) | vector_equal_avx512(x, 0xed) | four;
    wrong = (goes_on ^ (c->goes_on | two << 1 | three << 2 | four << 3)) | (high ^ (goes_on | two));
    if (few | c->few)
        wrong |= wrong_seconds(x, _mm512_maskz_loadu_epi8(there & ~(uint64_t)first, p - 1));
    *c = (struct carried){two >> 63 | three >> 62 | four >> 61, few >> 63};
    return wrong;
}

/* i without the bytes of a character that is not whole there. */
static size_t before_cut(const uint8_t *p, size_t i)
{
    if (i >= 1 && p[i - 1] >= 0xc0)
        return i - 1;
    if (i >= 2 && p[i - 2] >= 0xe0)
        return i - 2;
    return i >= 3 && p[i - 3] >= 0xf0 ? i - 3 : i;
}

/* Blocks at the front in which all is ASCII. */
AVX512 static inline size_t pass_ascii(const uint8_t *p, size_t n)
{
    size_t i = 0;

    while (n - i >= BLOCK && !_mm512_movepi8_mask(vector_load_avx512(p + i)))
        i += BLOCK;
    return i;
}

/* Behind the first byte that is none, blocks are looked at whatever they hold: that one is ASCII again nobody can foresee. */
AVX512 size_t utf8_valid_avx512(const uint8_t *p, size_t n)
{
    struct carried c = {0, 0};
    uint64_t wrong = 0, there;
    size_t i = pass_ascii(p, n);

    for (; n - i >= BLOCK; i += BLOCK) {
        wrong = faults(vector_load_avx512(p + i), p + i, ~UINT64_C(0), !i, &c);
        if (wrong)
            return before_cut(p, i + (size_t)__builtin_ctzll(wrong));
    }
    there = _bzhi_u64(~UINT64_C(0), (unsigned)(n - i));
    wrong = faults(_mm512_maskz_loadu_epi8(there, p + i), p + i, there, !i, &c);
    return before_cut(p, wrong ? i + (size_t)__builtin_ctzll(wrong) : n);
}

#endif
