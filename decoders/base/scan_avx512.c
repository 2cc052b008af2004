/* SPDX-License-Identifier: Apache-2.0 */
/* scan_avx512: what is shorter than a block is loaded through a mask, so that no length has a way of its own: most texts are short, and
 * what is foreseen of their lengths is wrong. */
#include "decoders/base/scan_avx512.h"

#ifdef __x86_64__
#include "decoders/base/vector.h"

enum { BLOCK = 64 };

/* A bit for each byte of x that is looked for; a, b, c are what the kernel was given. */
typedef uint64_t (*kernel)(__m512i x, uint8_t a, uint8_t b, uint8_t c);

AVX512 static inline __attribute__((always_inline)) size_t find(struct span s, size_t i, kernel k, uint8_t a, uint8_t b, uint8_t c)
{
    uint64_t found;

    if (i >= s.n)
        return s.n;
    for (; s.n - i >= BLOCK; i += BLOCK) {
        found = k(vector_load_avx512(s.p + i), a, b, c);
        if (found)
            return i + (unsigned)__builtin_ctzll(found);
    }
    found = k(vector_part_avx512(s.p + i, s.n - i), a, b, c) | 1ULL << (s.n - i); /* the end is found behind all else */
    return i + (unsigned)__builtin_ctzll(found);
}

AVX512 static inline uint64_t one(__m512i x, uint8_t a, uint8_t b, uint8_t c)
{
    (void)b;
    (void)c;
    return vector_equal_avx512(x, a);
}

AVX512 size_t span_find_avx512(struct span s, size_t from, uint8_t c)
{
    return find(s, from, one, c, 0, 0);
}

AVX512 static inline uint64_t any3(__m512i x, uint8_t a, uint8_t b, uint8_t c)
{
    return vector_equal_avx512(x, a) | vector_equal_avx512(x, b) | vector_equal_avx512(x, c);
}

AVX512 size_t scan_any3_avx512(struct span s, size_t from, uint8_t a, uint8_t b, uint8_t c)
{
    return find(s, from, any3, a, b, c);
}

/* Signed: bytes from 0x80 on are below space too. The table has TAB, LF and CR at their places, and nowhere else what looks them up. */
AVX512 static inline uint64_t not_plain(__m512i x, uint8_t a, uint8_t b, uint8_t c)
{
    const __m512i ends = _mm512_broadcast_i32x4(_mm_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, -1, '\t', '\n', -1, -1, '\r', -1, -1));

    (void)a;
    (void)b;
    (void)c;
    return _mm512_mask_cmpneq_epi8_mask(_mm512_cmplt_epi8_mask(x, _mm512_set1_epi8(0x20)), _mm512_shuffle_epi8(ends, x), x);
}

AVX512 size_t scan_not_plain_avx512(struct span s, size_t from)
{
    return find(s, from, not_plain, 0, 0, 0);
}

/* Adding 1 makes DEL negative too. */
AVX512 static inline uint64_t json(__m512i x, uint8_t quote, uint8_t slash, uint8_t one)
{
    __m512i more = _mm512_add_epi8(x, _mm512_set1_epi8((char)one));

    return _mm512_cmplt_epi8_mask(more, _mm512_set1_epi8(0x21)) | vector_equal_avx512(x, quote) | vector_equal_avx512(x, slash);
}

AVX512 size_t scan_json_avx512(struct span s, size_t from)
{
    return find(s, from, json, '"', '\\', 1);
}

/* The zeros behind the last bytes are no second byte, whatever b is. */
AVX512 size_t scan_pair_avx512(struct span s, size_t from, uint8_t a, uint8_t b)
{
    size_t i = from;
    uint64_t found;

    if (i >= s.n)
        return s.n;
    for (; s.n - i > BLOCK; i += BLOCK) {
        found = vector_equal_avx512(vector_load_avx512(s.p + i), a) & vector_equal_avx512(vector_load_avx512(s.p + i + 1), b);
        if (found)
            return i + (unsigned)__builtin_ctzll(found);
    }
    found = vector_equal_avx512(vector_part_avx512(s.p + i, s.n - i), a) &
            vector_equal_avx512(vector_part_avx512(s.p + i + 1, s.n - i - 1), b) & _bzhi_u64(~0ULL, (unsigned)(s.n - i - 1));
    return found ? i + (unsigned)__builtin_ctzll(found) : s.n;
}

AVX512 static inline uint64_t at_or_pairs(__m512i x, __m512i y, const uint8_t pairs[4])
{
    return vector_equal_avx512(x, '@') | (vector_equal_avx512(x, pairs[0]) & vector_equal_avx512(y, pairs[1])) |
           (vector_equal_avx512(x, pairs[2]) & vector_equal_avx512(y, pairs[3]));
}

/* The last byte begins nothing. */
AVX512 size_t scan_at_or_pairs_avx512(struct span s, size_t from, const uint8_t pairs[4])
{
    size_t i = from;
    uint64_t found;

    if (i >= s.n)
        return s.n;
    for (; s.n - i > BLOCK; i += BLOCK) {
        found = at_or_pairs(vector_load_avx512(s.p + i), vector_load_avx512(s.p + i + 1), pairs);
        if (found)
            return i + (unsigned)__builtin_ctzll(found);
    }
    found = at_or_pairs(vector_part_avx512(s.p + i, s.n - i - 1), vector_part_avx512(s.p + i + 1, s.n - i - 1), pairs);
    return found ? i + (unsigned)__builtin_ctzll(found) : s.n;
}

AVX512 static inline uint64_t in_range(__m512i x, uint8_t low, uint8_t width)
{
    return _mm512_cmple_epu8_mask(_mm512_sub_epi8(x, _mm512_set1_epi8((char)low)), _mm512_set1_epi8((char)width));
}

/* A bit for each byte where an @ or a pair begins; the neighbours of the last two are not known. */
AVX512 static inline uint64_t pairs_of(__m512i x)
{
    uint64_t at = vector_equal_avx512(x, '@'), two = in_range(x, 0xcd, 0xd4 - 0xcd), letters;

    if (!two)
        return at;
    letters = in_range(_mm512_or_si512(x, _mm512_set1_epi8(0x20)), 'a', 'z' - 'a');
    return at | (letters & two >> 1) | (two & in_range(x, 0x80, 0x3f) >> 1 & letters >> 2);
}

/* Blocks overlap by two bytes, so that every neighbour is in one. */
AVX512 size_t scan_address_or_mixed_avx512(struct span s, size_t from)
{
    size_t i = from;
    uint64_t found;

    if (i >= s.n)
        return s.n;
    for (; s.n - i > BLOCK; i += BLOCK - 2) {
        found = pairs_of(vector_load_avx512(s.p + i)) & ~0ULL >> 2;
        if (found)
            return i + (unsigned)__builtin_ctzll(found);
    }
    found = pairs_of(vector_part_avx512(s.p + i, s.n - i));
    return found ? i + (unsigned)__builtin_ctzll(found) : s.n;
}

#endif
