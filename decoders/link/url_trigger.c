/* SPDX-License-Identifier: Apache-2.0 */
/* url_trigger: SSE2 and scalar search for "://", "a.b" and "[dot]". */
#include "decoders/link/url_trigger.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static bool is_trigger(uint8_t a, uint8_t b)
{
    if (a == '.')
        return b > ' ';
    if (a == ':')
        return b == '/' || b == ']';
    return a == '[' && (b | 0x20) == 'd';
}

size_t url_trigger_scalar(struct span s, size_t from)
{
    for (size_t i = from; i + 1 < s.n; i++)
        if (is_trigger(s.p[i], s.p[i + 1]))
            return i;
    return s.n;
}

#ifdef __SSE2__

static __m128i equal(__m128i x, char c)
{
    return _mm_cmpeq_epi8(x, _mm_set1_epi8(c));
}

/* A byte is above c (unsigned) exactly when the larger of it and c + 1 is itself. */
static __m128i above(__m128i x, char c)
{
    return _mm_cmpeq_epi8(_mm_max_epu8(x, _mm_set1_epi8((char)(c + 1))), x);
}

size_t url_trigger(struct span s, size_t from)
{
    size_t i = from;

    for (; i + 17 <= s.n; i += 16) {
        __m128i a = _mm_loadu_si128((const __m128i *)(const void *)(s.p + i));
        __m128i dot = equal(a, '.'), colon = equal(a, ':'), open = equal(a, '[');
        __m128i b, second;
        unsigned mask;

        /* Most blocks of text have none of the three: one test for all. */
        if (!_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(dot, colon), open)))
            continue;
        b = _mm_loadu_si128((const __m128i *)(const void *)(s.p + i + 1));
        second = _mm_or_si128(equal(b, '/'), equal(b, ']'));
        dot = _mm_and_si128(dot, above(b, ' '));
        colon = _mm_and_si128(colon, second);
        open = _mm_and_si128(open, equal(_mm_or_si128(b, _mm_set1_epi8(0x20)), 'd'));
        mask = (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(dot, colon), open));
        if (mask)
            return i + (unsigned)__builtin_ctz(mask);
    }
    return url_trigger_scalar(s, i);
}

#else

size_t url_trigger(struct span s, size_t from)
{
    return url_trigger_scalar(s, from);
}

#endif
