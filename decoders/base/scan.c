/* SPDX-License-Identifier: Apache-2.0 */
/* scan: SSE2, which every x86-64 has; elsewhere the scalar twins serve. */
#include "decoders/base/scan.h"

size_t scan_pair_scalar(struct span s, size_t from, uint8_t a, uint8_t b)
{
    for (size_t i = from; i + 1 < s.n; i++)
        if (s.p[i] == a && s.p[i + 1] == b)
            return i;
    return s.n;
}

size_t scan_any3_scalar(struct span s, size_t from, uint8_t a, uint8_t b, uint8_t c)
{
    for (size_t i = from; i < s.n; i++)
        if (s.p[i] == a || s.p[i] == b || s.p[i] == c)
            return i;
    return s.n;
}

static bool is_plain(uint8_t c)
{
    return c < 0x80 && (c >= 0x20 || c == '\t' || c == '\n' || c == '\r');
}

size_t scan_not_plain_scalar(struct span s, size_t from)
{
    for (size_t i = from; i < s.n; i++)
        if (!is_plain(s.p[i]))
            return i;
    return s.n;
}

size_t scan_json_scalar(struct span s, size_t from)
{
    for (size_t i = from; i < s.n; i++)
        if (s.p[i] < 0x20 || s.p[i] >= 0x7f || s.p[i] == '"' || s.p[i] == '\\')
            return i;
    return s.n;
}

#ifdef __SSE2__
#include <emmintrin.h>

static __m128i load16(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static __m128i splat(uint8_t c)
{
    return _mm_set1_epi8((char)c);
}

size_t scan_pair(struct span s, size_t from, uint8_t a, uint8_t b)
{
    const __m128i va = splat(a), vb = splat(b);
    size_t i = from;

    for (; i + 17 <= s.n; i += 16) {
        __m128i hit = _mm_and_si128(_mm_cmpeq_epi8(load16(s.p + i), va),
                                    _mm_cmpeq_epi8(load16(s.p + i + 1), vb));
        unsigned mask = (unsigned)_mm_movemask_epi8(hit);

        if (mask)
            return i + (unsigned)__builtin_ctz(mask);
    }
    return scan_pair_scalar(s, i, a, b);
}

size_t scan_any3(struct span s, size_t from, uint8_t a, uint8_t b, uint8_t c)
{
    const __m128i va = splat(a), vb = splat(b), vc = splat(c);
    size_t i = from;

    for (; i + 16 <= s.n; i += 16) {
        __m128i x = load16(s.p + i);
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(x, vc),
                                   _mm_or_si128(_mm_cmpeq_epi8(x, va), _mm_cmpeq_epi8(x, vb)));
        unsigned mask = (unsigned)_mm_movemask_epi8(hit);

        if (mask)
            return i + (unsigned)__builtin_ctz(mask);
    }
    return scan_any3_scalar(s, i, a, b, c);
}

/* Signed compare: bytes from 0x80 on are negative, so "< 0x20" finds them and the controls at once. */
size_t scan_not_plain(struct span s, size_t from)
{
    const __m128i space = splat(0x20), tab = splat('\t'), lf = splat('\n'), cr = splat('\r');
    size_t i = from;

    for (; i + 16 <= s.n; i += 16) {
        __m128i x = load16(s.p + i);
        __m128i low = _mm_cmplt_epi8(x, space);
        __m128i fine = _mm_or_si128(_mm_cmpeq_epi8(x, cr),
                                    _mm_or_si128(_mm_cmpeq_epi8(x, tab), _mm_cmpeq_epi8(x, lf)));
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_andnot_si128(fine, low));

        if (mask)
            return i + (unsigned)__builtin_ctz(mask);
    }
    return scan_not_plain_scalar(s, i);
}

/* Adding 1 makes DEL negative too, so that one signed compare finds it with all from 0x80 on. */
size_t scan_json(struct span s, size_t from)
{
    const __m128i low = splat(0x21), one = splat(1), quote = splat('"'), slash = splat('\\');
    size_t i = from;

    for (; i + 16 <= s.n; i += 16) {
        __m128i x = load16(s.p + i);
        __m128i care = _mm_or_si128(_mm_cmplt_epi8(_mm_add_epi8(x, one), low),
                                    _mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, slash)));
        unsigned mask = (unsigned)_mm_movemask_epi8(care);

        if (mask)
            return i + (unsigned)__builtin_ctz(mask);
    }
    return scan_json_scalar(s, i);
}

#else

size_t scan_pair(struct span s, size_t from, uint8_t a, uint8_t b)
{
    return scan_pair_scalar(s, from, a, b);
}

size_t scan_any3(struct span s, size_t from, uint8_t a, uint8_t b, uint8_t c)
{
    return scan_any3_scalar(s, from, a, b, c);
}

size_t scan_not_plain(struct span s, size_t from)
{
    return scan_not_plain_scalar(s, from);
}

size_t scan_json(struct span s, size_t from)
{
    return scan_json_scalar(s, from);
}

#endif
