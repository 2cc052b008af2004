/* SPDX-License-Identifier: Apache-2.0 */
/* copy_until: AVX-512, SSE2 and a scalar twin. */
#include "decoders/link/copy_until.h"

#include "decoders/base/vector.h"

size_t copy_until_scalar(uint8_t *to, struct span s, size_t i, uint8_t a, uint8_t b)
{
    for (; i < s.n && s.p[i] != a && s.p[i] != b; i++)
        *to++ = s.p[i];
    return i;
}

size_t copy_word_scalar(uint8_t *to, struct span s, size_t i)
{
    for (; i < s.n && s.p[i] > ' '; i++)
        *to++ = s.p[i];
    return i;
}

#ifdef __x86_64__

/* Most copies are one block, or a part of one: no length has a way of its own. */
AVX512 static size_t until_avx512(uint8_t *to, struct span s, size_t i, uint8_t a, uint8_t b)
{
    for (; i < s.n; i += 64, to += 64) {
        uint64_t all = s.n - i < 64 ? _bzhi_u64(~0ULL, (unsigned)(s.n - i)) : ~0ULL, ends;
        __m512i x = _mm512_maskz_loadu_epi8(all, s.p + i);

        _mm512_mask_storeu_epi8(to, all, x);
        ends = vector_equal_avx512(x, a) | vector_equal_avx512(x, b);
        if (ends)
            return i + (unsigned)__builtin_ctzll(ends);
    }
    return s.n;
}

AVX512 static size_t word_avx512(uint8_t *to, struct span s, size_t i)
{
    for (; i < s.n; i += 64, to += 64) {
        uint64_t all = s.n - i < 64 ? _bzhi_u64(~0ULL, (unsigned)(s.n - i)) : ~0ULL, ends;
        __m512i x = _mm512_maskz_loadu_epi8(all, s.p + i);

        _mm512_mask_storeu_epi8(to, all, x);
        ends = _mm512_mask_cmple_epu8_mask(all, x, _mm512_set1_epi8(' '));
        if (ends)
            return i + (unsigned)__builtin_ctzll(ends);
    }
    return s.n;
}

size_t copy_until(uint8_t *to, struct span s, size_t i, uint8_t a, uint8_t b)
{
    __m128i is_a = _mm_set1_epi8((char)a), is_b = _mm_set1_epi8((char)b);

    if (vector_has_avx512())
        return until_avx512(to, s, i, a, b);
    for (; i + 16 <= s.n; i += 16, to += 16) {
        __m128i x = vector_load(s.p + i);
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(x, is_a), _mm_cmpeq_epi8(x, is_b)));

        _mm_storeu_si128((__m128i *)(void *)to, x);
        if (mask)
            return i + (unsigned)__builtin_ctz(mask);
    }
    return copy_until_scalar(to, s, i, a, b);
}

size_t copy_word(uint8_t *to, struct span s, size_t i)
{
    __m128i space = _mm_set1_epi8(' ');

    if (vector_has_avx512())
        return word_avx512(to, s, i);
    for (; i + 16 <= s.n; i += 16, to += 16) {
        __m128i x = vector_load(s.p + i);
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(x, space), x));

        _mm_storeu_si128((__m128i *)(void *)to, x);
        if (mask)
            return i + (unsigned)__builtin_ctz(mask);
    }
    return copy_word_scalar(to, s, i);
}

#else

size_t copy_until(uint8_t *to, struct span s, size_t i, uint8_t a, uint8_t b)
{
    return copy_until_scalar(to, s, i, a, b);
}

size_t copy_word(uint8_t *to, struct span s, size_t i)
{
    return copy_word_scalar(to, s, i);
}

#endif
