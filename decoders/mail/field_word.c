/* SPDX-License-Identifier: Apache-2.0 */
/* field_word: 64 bytes at a time, since no length is usual. */
#include "decoders/mail/field_word.h"

#include "decoders/base/vector.h"

size_t field_word_end_scalar(struct span s, size_t i, enum field_word ends)
{
    while (i < s.n && !field_blank(s.p[i]) && s.p[i] != ';' && s.p[i] != '(' && s.p[i] != ends)
        i++;
    return i < s.n ? i : s.n;
}

#ifdef __x86_64__

/* Blanks and marks stand in the table at the place that their lower half gives. */
AVX512 static size_t word_end_avx512(struct span s, size_t i, uint8_t other)
{
    const __m512i table = _mm512_broadcast_i32x4(_mm_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, '(', '\t', '\n', ';', 0, '\r', 0, 0));

    for (; i < s.n; i += 64) {
        size_t left = s.n - i;
        __m512i x = vector_part_avx512(s.p + i, left < 64 ? left : 64);
        uint64_t found = _mm512_cmpeq_epi8_mask(_mm512_shuffle_epi8(table, x), x) | vector_equal_avx512(x, other);

        if (left < 64)
            found |= 1ULL << left;
        if (found)
            return i + (unsigned)__builtin_ctzll(found);
    }
    return s.n;
}

/* The same table. A bit for each of 32 bytes. */
AVX2 static inline uint32_t ends_32(const uint8_t *p, uint8_t other)
{
    const __m256i table = _mm256_broadcastsi128_si256(_mm_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, '(', '\t', '\n', ';', 0, '\r', 0, 0));
    __m256i x = vector_load_avx2(p), other_32 = _mm256_cmpeq_epi8(x, _mm256_set1_epi8((char)other));

    return (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(_mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, x), x), other_32));
}

/* Of at least 32 bytes. The last 32 are loaded as such, and what lies in front of i is shifted away. */
AVX2 static size_t word_end_avx2(struct span s, size_t i, uint8_t other)
{
    uint32_t found;

    for (; i + 32 <= s.n; i += 32) {
        found = ends_32(s.p + i, other);
        if (found)
            return i + (unsigned)__builtin_ctz(found);
    }
    if (i >= s.n)
        return s.n;
    found = ends_32(s.p + s.n - 32, other) >> (32 - (s.n - i));
    return found ? i + (unsigned)__builtin_ctz(found) : s.n;
}

size_t field_word_end(struct span s, size_t i, enum field_word ends)
{
    if (vector_has_avx512())
        return word_end_avx512(s, i, (uint8_t)ends);
    return s.n >= 32 && vector_has_avx2() ? word_end_avx2(s, i, (uint8_t)ends) : field_word_end_scalar(s, i, ends);
}

#else

size_t field_word_end(struct span s, size_t i, enum field_word ends)
{
    return field_word_end_scalar(s, i, ends);
}

#endif
