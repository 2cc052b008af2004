/* SPDX-License-Identifier: Apache-2.0 */
/* scan_avx2: what says that there is something also says where: no block is looked at again. */
#include "decoders/base/scan_avx2.h"

#ifdef __x86_64__
#include "decoders/base/vector.h"

AVX2 static inline __m256i splat(uint8_t c)
{
    return _mm256_set1_epi8((char)c);
}

AVX2 static inline uint32_t mask_of(__m256i x)
{
    return (uint32_t)_mm256_movemask_epi8(x);
}

/* A kernel: 0xff for each place of x that is looked for, of which y are the bytes behind it; w is what it was given. */
typedef __m256i (*kernel)(__m256i x, __m256i y, const __m256i *w);

/* From 1 to 15 bytes at p: the two halves overlap; behind them is anything. */
AVX2 static inline __m256i halves(const uint8_t *p, size_t n)
{
    if (n >= 8)
        return _mm256_castsi128_si256(vector_two_8(p, p + n - 8));
    if (n >= 4)
        return _mm256_castsi128_si256(vector_two_4(p, p + n - 4));
    return _mm256_castsi128_si256(_mm_cvtsi32_si128(p[0] | p[n / 2] << 8 * (n / 2) | p[n - 1] << 8 * (n - 1)));
}

/* From 16 to 32 bytes likewise. */
AVX2 static inline __m256i two_16(const uint8_t *p, size_t n)
{
    return _mm256_inserti128_si256(_mm256_castsi128_si256(vector_load(p)), vector_load(p + n - 16), 1);
}

/* From 1 to 32 places. next: 1 where the kernel looks at the byte behind a place, which is there; else 0. */
AVX2 static inline __attribute__((always_inline)) size_t find_short(const uint8_t *p, size_t n, kernel k, const __m256i *w, size_t next)
{
    size_t half = n >= 16 ? 16 : n >= 8 ? 8 : n >= 4 ? 4 : n, at;
    uint32_t mask;

    if (n >= 16)
        mask = mask_of(k(two_16(p, n), two_16(p + next, n), w));
    else
        mask = mask_of(k(halves(p, n), halves(p + next, n), w)) & ((1u << (n >= 4 ? 2 * half : n)) - 1);
    if (!mask)
        return n;
    at = (unsigned)__builtin_ctz(mask);
    return at < half ? at : at + n - 2 * half;
}

/* Index of the first of n places at p, or n, which is not 0. */
AVX2 static inline __attribute__((always_inline)) size_t find(const uint8_t *p, size_t n, kernel k, const __m256i *w, size_t next)
{
    size_t i = 0;
    uint32_t mask;

    if (n <= 32)
        return find_short(p, n, k, w, next);
    for (; i + 64 <= n; i += 64) {
        __m256i a = k(vector_load_avx2(p + i), vector_load_avx2(p + i + next), w);
        __m256i b = k(vector_load_avx2(p + i + 32), vector_load_avx2(p + i + 32 + next), w);

        if (mask_of(_mm256_or_si256(a, b)))
            return i + (unsigned)__builtin_ctzll(mask_of(a) | (uint64_t)mask_of(b) << 32);
    }
    if (i + 32 <= n) {
        mask = mask_of(k(vector_load_avx2(p + i), vector_load_avx2(p + i + next), w));
        if (mask)
            return i + (unsigned)__builtin_ctz(mask);
        i += 32;
    }
    if (i == n)
        return n;
    /* The last 32 again, without those that were looked at. */
    mask = mask_of(k(vector_load_avx2(p + n - 32), vector_load_avx2(p + n - 32 + next), w)) >> (32 - (n - i));
    return mask ? i + (unsigned)__builtin_ctz(mask) : n;
}

AVX2 static inline __attribute__((always_inline)) size_t find_byte(struct span s, size_t from, kernel k, const __m256i *w)
{
    return from < s.n ? from + find(s.p + from, s.n - from, k, w, 0) : s.n;
}

/* The last byte has none behind it. */
AVX2 static inline __attribute__((always_inline)) size_t find_two(struct span s, size_t from, kernel k, const __m256i *w)
{
    size_t n = s.n > from ? s.n - from - 1 : 0, at;

    if (!n)
        return s.n;
    at = find(s.p + from, n, k, w, 1);
    return at < n ? from + at : s.n;
}

AVX2 static inline __m256i pair_kernel(__m256i x, __m256i y, const __m256i *w)
{
    return _mm256_and_si256(_mm256_cmpeq_epi8(x, w[0]), _mm256_cmpeq_epi8(y, w[1]));
}

AVX2 size_t scan_pair_avx2(struct span s, size_t from, uint8_t a, uint8_t b)
{
    const __m256i w[] = {splat(a), splat(b)};

    return find_two(s, from, pair_kernel, w);
}

AVX2 static inline __m256i at_or_pairs_kernel(__m256i x, __m256i y, const __m256i *w)
{
    __m256i either = _mm256_or_si256(pair_kernel(x, y, w), pair_kernel(x, y, w + 2));

    return _mm256_or_si256(either, _mm256_cmpeq_epi8(x, w[4]));
}

AVX2 size_t scan_at_or_pairs_avx2(struct span s, size_t from, const uint8_t pairs[4])
{
    const __m256i w[] = {splat(pairs[0]), splat(pairs[1]), splat(pairs[2]), splat(pairs[3]), splat('@')};

    return find_two(s, from, at_or_pairs_kernel, w);
}

AVX2 static inline __m256i any3_kernel(__m256i x, __m256i y, const __m256i *w)
{
    (void)y;
    return _mm256_or_si256(_mm256_cmpeq_epi8(x, w[2]), _mm256_or_si256(_mm256_cmpeq_epi8(x, w[0]), _mm256_cmpeq_epi8(x, w[1])));
}

AVX2 size_t scan_any3_avx2(struct span s, size_t from, uint8_t a, uint8_t b, uint8_t c)
{
    const __m256i w[] = {splat(a), splat(b), splat(c)};

    return find_byte(s, from, any3_kernel, w);
}

/* Signed compare: bytes from 0x80 on are negative, so "< 0x20" finds them and the controls at once. */
AVX2 static inline __m256i not_plain_kernel(__m256i x, __m256i y, const __m256i *w)
{
    return _mm256_andnot_si256(any3_kernel(x, y, w), _mm256_cmpgt_epi8(w[3], x));
}

AVX2 size_t scan_not_plain_avx2(struct span s, size_t from)
{
    const __m256i w[] = {splat('\t'), splat('\n'), splat('\r'), splat(0x20)};

    return find_byte(s, from, not_plain_kernel, w);
}

/* Adding 1 makes DEL negative too, so that one signed compare finds it with all from 0x80 on. */
AVX2 static inline __m256i json_kernel(__m256i x, __m256i y, const __m256i *w)
{
    __m256i steers = _mm256_cmpgt_epi8(w[3], _mm256_add_epi8(x, w[2]));

    (void)y;
    return _mm256_or_si256(steers, _mm256_or_si256(_mm256_cmpeq_epi8(x, w[0]), _mm256_cmpeq_epi8(x, w[1])));
}

AVX2 size_t scan_json_avx2(struct span s, size_t from)
{
    const __m256i w[] = {splat('"'), splat('\\'), splat(1), splat(0x21)};

    return find_byte(s, from, json_kernel, w);
}

/* Bytes of x in [low, low + width]. */
AVX2 static inline __m256i range(__m256i x, uint8_t low, uint8_t width)
{
    __m256i behind = _mm256_sub_epi8(x, splat(low));

    return _mm256_cmpeq_epi8(_mm256_min_epu8(behind, splat(width)), behind);
}

AVX2 static inline __m256i at_or_letter(__m256i x)
{
    return _mm256_or_si256(_mm256_cmpeq_epi8(x, splat('@')), range(x, 0xcd, 0xd4 - 0xcd));
}

/* A bit for each byte of the 32 where an @ or a pair begins; the last two bytes' neighbours are not known. */
AVX2 static inline uint32_t pairs_of(__m256i x)
{
    uint32_t at = mask_of(_mm256_cmpeq_epi8(x, splat('@'))), two = mask_of(range(x, 0xcd, 0xd4 - 0xcd)), letters;

    if (!two)
        return at;
    letters = mask_of(range(_mm256_or_si256(x, splat(0x20)), 'a', 'z' - 'a'));
    return at | (letters & two >> 1) | (two & mask_of(range(x, 0x80, 0x3f)) >> 1 & letters >> 2);
}

/* From i on, 64 bytes a time, as long as there is neither an @ nor such a letter behind the first byte. */
AVX2 static inline size_t pass_no_address(struct span s, size_t i)
{
    for (; i + 65 <= s.n; i += 64) {
        __m256i any = _mm256_or_si256(at_or_letter(vector_load_avx2(s.p + i + 1)), at_or_letter(vector_load_avx2(s.p + i + 33)));

        if (!_mm256_testz_si256(any, any))
            break;
    }
    return i;
}

/* Blocks overlap by two bytes, so that every neighbour is in one; behind the last there is none: zeros, or the end of one laid over it. */
AVX2 size_t scan_address_or_mixed_avx2(struct span s, size_t from)
{
    size_t i = from;
    uint32_t mask;

    if (from >= s.n)
        return s.n;
    if (s.n - i > 64 && s.p[i] != '@' && (s.p[i] < 0xcd || s.p[i] > 0xd4))
        i = pass_no_address(s, i);
    for (; i + 32 <= s.n; i += 30) {
        mask = pairs_of(vector_load_avx2(s.p + i)) & (i + 32 == s.n ? ~0u : ~0u >> 2);
        if (mask)
            return i + (unsigned)__builtin_ctz(mask);
    }
    if (s.n - from >= 32)
        mask = pairs_of(vector_load_avx2(s.p + s.n - 32)) >> (32 - (s.n - i));
    else if (s.n - i >= 16)
        mask = pairs_of(_mm256_inserti128_si256(_mm256_castsi128_si256(vector_load(s.p + i)), vector_short(s.p + i + 16, s.n - i - 16), 1));
    else
        mask = pairs_of(_mm256_inserti128_si256(_mm256_setzero_si256(), vector_short(s.p + i, s.n - i), 0));
    return mask ? i + (unsigned)__builtin_ctz(mask) : s.n;
}

#endif
