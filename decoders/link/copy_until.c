/* SPDX-License-Identifier: Apache-2.0 */
/* copy_until: SSE2 and a scalar twin. */
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

size_t copy_until(uint8_t *to, struct span s, size_t i, uint8_t a, uint8_t b)
{
    __m128i is_a = _mm_set1_epi8((char)a), is_b = _mm_set1_epi8((char)b);

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
