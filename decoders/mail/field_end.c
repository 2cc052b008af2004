/* SPDX-License-Identifier: Apache-2.0 */
/* field_end: a block and the block a byte behind it: no jump for each line. */
#include "decoders/mail/field_end.h"

#include "decoders/base/vector.h"

size_t field_end_scalar(struct span s, size_t from)
{
    for (size_t i = from; i + 1 < s.n; i++)
        if (!s.p[i] || (s.p[i] == '\n' && s.p[i + 1] != ' ' && s.p[i + 1] != '\t'))
            return i;
    return s.n;
}

#ifdef __x86_64__

enum { BLOCK = 64 };

AVX512 static inline uint64_t ends_64(__m512i x, __m512i y)
{
    return vector_equal_avx512(x, 0) | (vector_equal_avx512(x, '\n') & ~(vector_equal_avx512(y, ' ') | vector_equal_avx512(y, '\t')));
}

/* The zeros behind the last bytes are masked away: a NUL is looked for. */
AVX512 static size_t find_64(struct span s, size_t i)
{
    uint64_t found;

    if (i >= s.n)
        return s.n;
    for (; s.n - i > BLOCK; i += BLOCK) {
        found = ends_64(vector_load_avx512(s.p + i), vector_load_avx512(s.p + i + 1));
        if (found)
            return i + (unsigned)__builtin_ctzll(found);
    }
    found = ends_64(vector_part_avx512(s.p + i, s.n - i), vector_part_avx512(s.p + i + 1, s.n - i - 1));
    found &= _bzhi_u64(~0ULL, (unsigned)(s.n - i - 1));
    return found ? i + (unsigned)__builtin_ctzll(found) : s.n;
}

static inline __m128i equal(__m128i x, char c)
{
    return _mm_cmpeq_epi8(x, _mm_set1_epi8(c));
}

/* A bit for each place among the first 16 of the 17 bytes at p. */
static inline unsigned ends_16(const uint8_t *p)
{
    __m128i x = vector_load(p), y = vector_load(p + 1), blank = _mm_or_si128(equal(y, ' '), equal(y, '\t'));

    return (unsigned)_mm_movemask_epi8(_mm_or_si128(equal(x, 0), _mm_andnot_si128(blank, equal(x, '\n'))));
}

size_t field_end(struct span s, size_t from)
{
    if (vector_has_avx512())
        return find_64(s, from);
    for (; from + 17 <= s.n; from += 16) {
        unsigned mask = ends_16(s.p + from);

        if (mask)
            return from + (unsigned)__builtin_ctz(mask);
    }
    return field_end_scalar(s, from);
}

#else

size_t field_end(struct span s, size_t from)
{
    return field_end_scalar(s, from);
}

#endif
