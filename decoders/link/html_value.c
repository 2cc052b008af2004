/* SPDX-License-Identifier: Apache-2.0 */
/* html_value: AVX-512, SSE2 and a scalar twin. */
#include "decoders/link/html_value.h"

#include "decoders/base/vector.h"

size_t html_value_end_scalar(struct span s, size_t from, uint8_t quote, bool *references)
{
    bool seen = false;

    for (size_t i = from; i < s.n; i++) {
        if (s.p[i] == quote) {
            *references = seen;
            return i;
        }
        seen |= s.p[i] == '&';
    }
    return s.n;
}

#ifdef __x86_64__

AVX512 static size_t end_avx512(struct span s, size_t from, uint8_t quote, bool *references)
{
    uint64_t seen = 0;

    for (size_t i = from; i < s.n; i += 64) {
        __m512i x = s.n - i < 64 ? vector_part_avx512(s.p + i, s.n - i) : vector_load_avx512(s.p + i);
        uint64_t ends = vector_equal_avx512(x, quote), found = vector_equal_avx512(x, '&');

        if (ends) {
            *references = (seen | (found & _blsmsk_u64(ends))) != 0;
            return i + (unsigned)__builtin_ctzll(ends);
        }
        seen |= found;
    }
    return s.n;
}

/* Two blocks of 32 at once, whatever the value's length: most are shorter. Returns where fewer are left: *found says which. */
AVX2 static size_t end_avx2(struct span s, size_t from, uint8_t quote, bool *seen, bool *found)
{
    uint64_t before = 0;
    size_t i;

    for (i = from; s.n - i >= 64; i += 64) {
        __m256i x = vector_load_avx2(s.p + i), y = vector_load_avx2(s.p + i + 32);
        uint64_t ends = vector_equal_avx2(x, quote) | (uint64_t)vector_equal_avx2(y, quote) << 32;
        uint64_t references = vector_equal_avx2(x, '&') | (uint64_t)vector_equal_avx2(y, '&') << 32;

        *found = ends != 0;
        before |= ends ? references & (ends ^ (ends - 1)) : references;
        if (ends) {
            i += (unsigned)__builtin_ctzll(ends);
            break;
        }
    }
    *seen = before != 0;
    return i;
}

size_t html_value_end(struct span s, size_t from, uint8_t quote, bool *references)
{
    __m128i is_quote = _mm_set1_epi8((char)quote), seen = _mm_setzero_si128();
    size_t i = from, end;

    if (vector_has_avx512())
        return end_avx512(s, from, quote, references);
    if (from + 64 <= s.n && vector_has_avx2()) {
        bool behind, found = false;

        i = end_avx2(s, from, quote, &behind, &found);
        if (found) {
            *references = behind;
            return i;
        }
        seen = _mm_set1_epi8((char)-behind);
    }
    for (; i + 16 <= s.n; i += 16) {
        __m128i x = vector_load(s.p + i), found = _mm_cmpeq_epi8(x, _mm_set1_epi8('&'));
        unsigned ends = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x, is_quote));

        if (ends) {
            *references = _mm_movemask_epi8(seen) || ((unsigned)_mm_movemask_epi8(found) & (ends ^ (ends - 1)));
            return i + (unsigned)__builtin_ctz(ends);
        }
        seen = _mm_or_si128(seen, found);
    }
    end = html_value_end_scalar(s, i, quote, references);
    if (end < s.n)
        *references |= _mm_movemask_epi8(seen) != 0;
    return end;
}

#else

size_t html_value_end(struct span s, size_t from, uint8_t quote, bool *references)
{
    return html_value_end_scalar(s, from, quote, references);
}

#endif
