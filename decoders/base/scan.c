/* SPDX-License-Identifier: Apache-2.0 */
/* scan: SSE2, which every x86-64 has, AVX2 where the processor says so; elsewhere the scalar twins serve. */
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

size_t scan_at_or_pairs_scalar(struct span s, size_t from, const uint8_t pairs[4])
{
    for (size_t i = from; i + 1 < s.n; i++)
        if (s.p[i] == '@' || (s.p[i] == pairs[0] && s.p[i + 1] == pairs[1]) || (s.p[i] == pairs[2] && s.p[i + 1] == pairs[3]))
            return i;
    return s.n;
}

static bool is_two_byte_letter(uint8_t c)
{
    return c >= 0xcd && c <= 0xd4;
}

size_t scan_address_or_mixed_scalar(struct span s, size_t from)
{
    for (size_t i = from; i < s.n; i++)
        if (s.p[i] == '@' || (ascii_alpha(s.p[i]) && i + 1 < s.n && is_two_byte_letter(s.p[i + 1])) ||
            (is_two_byte_letter(s.p[i]) && i + 2 < s.n && (s.p[i + 1] & 0xc0) == 0x80 && ascii_alpha(s.p[i + 2])))
            return i;
    return s.n;
}

static size_t ascii16_from(struct span s, size_t i, size_t start)
{
    for (; i < s.n && i - start < 16; i++)
        if (s.p[i] >= 0x80)
            start = i + 1;
    return i - start < 16 || i > s.n ? s.n : start;
}

size_t scan_ascii16_scalar(struct span s, size_t from)
{
    return ascii16_from(s, from, from);
}

size_t scan_json_scalar(struct span s, size_t from)
{
    for (size_t i = from; i < s.n; i++)
        if (s.p[i] < 0x20 || s.p[i] >= 0x7f || s.p[i] == '"' || s.p[i] == '\\')
            return i;
    return s.n;
}

#ifdef __x86_64__
#include <immintrin.h>

#include "decoders/base/scan_avx2.h"
#include "decoders/base/scan_avx512.h"
#include "decoders/base/vector.h"

static inline __m128i splat(uint8_t c)
{
    return _mm_set1_epi8((char)c);
}

static inline unsigned mask_of(__m128i x)
{
    return (unsigned)_mm_movemask_epi8(x);
}

/* A kernel: 0xff for each byte of x that is looked for; a, b, c are what it was given. */
typedef __m128i (*kernel)(__m128i x, __m128i a, __m128i b, __m128i c);

/* Fewer than 16 bytes: the two halves overlap in one register. Most strings of a record are this short. */
static inline __attribute__((always_inline)) size_t find_short(const uint8_t *p, size_t n, kernel k, __m128i a,
                                                               __m128i b, __m128i c)
{
    size_t half = n >= 8 ? 8 : 4, at;
    unsigned mask;

    if (n < 4) {
        for (at = 0; at < n; at++)
            if (mask_of(k(_mm_cvtsi32_si128(p[at]), a, b, c)) & 1)
                return at;
        return n;
    }
    mask = mask_of(k(n >= 8 ? vector_two_8(p, p + n - 8) : vector_two_4(p, p + n - 4), a, b, c));
    mask &= (1u << 2 * half) - 1;
    if (!mask)
        return n;
    at = (unsigned)__builtin_ctz(mask);
    return at < half ? at : at + n - 2 * half;
}

static inline __attribute__((always_inline)) size_t find(struct span s, size_t from, kernel k, __m128i a,
                                                         __m128i b, __m128i c)
{
    size_t i = from;
    unsigned mask;

    if (s.n < from || s.n - from < 16)
        return from < s.n ? from + find_short(s.p + from, s.n - from, k, a, b, c) : s.n;
    for (; i + 16 <= s.n; i += 16) {
        mask = mask_of(k(vector_load(s.p + i), a, b, c));
        if (mask)
            return i + (unsigned)__builtin_ctz(mask);
    }
    /* The last 16 bytes again, without those that were looked at. */
    mask = i == s.n ? 0 : mask_of(k(vector_load(s.p + s.n - 16), a, b, c)) >> (16 - (s.n - i));
    return mask ? i + (unsigned)__builtin_ctz(mask) : s.n;
}

static inline __m128i pair_at(const uint8_t *p, __m128i a, __m128i b)
{
    return _mm_and_si128(_mm_cmpeq_epi8(vector_load(p), a), _mm_cmpeq_epi8(vector_load(p + 1), b));
}

size_t scan_pair(struct span s, size_t from, uint8_t a, uint8_t b)
{
    const __m128i va = splat(a), vb = splat(b);
    size_t i = from;

    if (vector_has_avx512())
        return scan_pair_avx512(s, from, a, b);
    if (vector_has_avx2())
        return scan_pair_avx2(s, from, a, b);
    for (; i + 65 <= s.n; i += 64) {
        const uint8_t *p = s.p + i;
        __m128i any = _mm_or_si128(_mm_or_si128(pair_at(p, va, vb), pair_at(p + 16, va, vb)),
                                   _mm_or_si128(pair_at(p + 32, va, vb), pair_at(p + 48, va, vb)));

        if (mask_of(any))
            break;
    }
    for (; i + 17 <= s.n; i += 16) {
        unsigned mask = mask_of(pair_at(s.p + i, va, vb));

        if (mask)
            return i + (unsigned)__builtin_ctz(mask);
    }
    if (i + 1 < s.n && s.n - from >= 17) { /* the last 17 bytes again, without the pairs that were looked at */
        unsigned mask = mask_of(pair_at(s.p + s.n - 17, va, vb)) >> (17 - (s.n - i));

        return mask ? i + (unsigned)__builtin_ctz(mask) : s.n;
    }
    return scan_pair_scalar(s, i, a, b);
}

/* A bit for each place among the first 16 of the 17 bytes at p. */
static inline unsigned at_or_pairs(const uint8_t *p, const uint8_t pairs[4])
{
    __m128i either = _mm_or_si128(pair_at(p, splat(pairs[0]), splat(pairs[1])), pair_at(p, splat(pairs[2]), splat(pairs[3])));

    return mask_of(_mm_or_si128(either, _mm_cmpeq_epi8(vector_load(p), splat('@'))));
}

size_t scan_at_or_pairs(struct span s, size_t from, const uint8_t pairs[4])
{
    size_t i = from;
    unsigned mask;

    if (vector_has_avx512())
        return scan_at_or_pairs_avx512(s, from, pairs);
    if (vector_has_avx2())
        return scan_at_or_pairs_avx2(s, from, pairs);
    for (; i + 17 <= s.n; i += 16) {
        mask = at_or_pairs(s.p + i, pairs);
        if (mask)
            return i + (unsigned)__builtin_ctz(mask);
    }
    if (i + 1 >= s.n || s.n - from < 17)
        return scan_at_or_pairs_scalar(s, i, pairs);
    mask = at_or_pairs(s.p + s.n - 17, pairs) >> (17 - (s.n - i)); /* the last 17 bytes again, without what was looked at */
    return mask ? i + (unsigned)__builtin_ctz(mask) : s.n;
}

static inline __m128i any3_kernel(__m128i x, __m128i a, __m128i b, __m128i c)
{
    return _mm_or_si128(_mm_cmpeq_epi8(x, c), _mm_or_si128(_mm_cmpeq_epi8(x, a), _mm_cmpeq_epi8(x, b)));
}

size_t scan_any3(struct span s, size_t from, uint8_t a, uint8_t b, uint8_t c)
{
    if (vector_has_avx512())
        return scan_any3_avx512(s, from, a, b, c);
    if (vector_has_avx2())
        return scan_any3_avx2(s, from, a, b, c);
    return find(s, from, any3_kernel, splat(a), splat(b), splat(c));
}

/* Signed compare: bytes from 0x80 on are negative, so "< 0x20" finds them and the controls at once. */
static inline __m128i not_plain_kernel(__m128i x, __m128i tab, __m128i lf, __m128i cr)
{
    return _mm_andnot_si128(any3_kernel(x, tab, lf, cr), _mm_cmplt_epi8(x, splat(0x20)));
}

size_t scan_not_plain(struct span s, size_t from)
{
    if (vector_has_avx512())
        return scan_not_plain_avx512(s, from);
    if (vector_has_avx2())
        return scan_not_plain_avx2(s, from);
    return find(s, from, not_plain_kernel, splat('\t'), splat('\n'), splat('\r'));
}

/* Bytes of x in [low, low + width]. */
static inline unsigned range_mask(__m128i x, uint8_t low, uint8_t width)
{
    __m128i behind = _mm_sub_epi8(x, splat(low));

    return mask_of(_mm_cmpeq_epi8(_mm_min_epu8(behind, splat(width)), behind));
}

/* 0xff for each byte of 16 that is @ or begins such a letter. */
static inline __m128i address_or_letter(const uint8_t *p)
{
    __m128i x = vector_load(p), behind = _mm_sub_epi8(x, splat(0xcd));

    return _mm_or_si128(_mm_cmpeq_epi8(x, splat('@')), _mm_cmpeq_epi8(_mm_min_epu8(behind, splat(0xd4 - 0xcd)), behind));
}

/* From i on, 64 bytes a time, as long as there is neither an @ nor such a letter, nor could one end a pair. */
static size_t pass_no_address(struct span s, size_t i)
{
    if (s.p[i] == '@' || is_two_byte_letter(s.p[i]))
        return i;
    for (; i + 65 <= s.n; i += 64) {
        __m128i a = _mm_or_si128(address_or_letter(s.p + i + 1), address_or_letter(s.p + i + 17));
        __m128i b = _mm_or_si128(address_or_letter(s.p + i + 33), address_or_letter(s.p + i + 49));

        if (mask_of(_mm_or_si128(a, b)))
            return i;
    }
    return i;
}

/* A bit for each byte of the 16 where an @ or a pair begins; the last byte's neighbours are not known. */
static inline unsigned pairs_of(__m128i x)
{
    unsigned at = mask_of(_mm_cmpeq_epi8(x, splat('@'))), two = range_mask(x, 0xcd, 0xd4 - 0xcd), letters;

    if (!two)
        return at;
    letters = range_mask(_mm_or_si128(x, splat(0x20)), 'a', 'z' - 'a');
    return at | (letters & two >> 1) | (two & range_mask(x, 0x80, 0x3f) >> 1 & letters >> 2);
}

/* Fewer than 16 bytes from `from` on: where s has 16, its last ones. */
static size_t address_or_mixed_in(struct span s, size_t from, size_t first)
{
    unsigned mask;

    if (from >= s.n)
        return s.n;
    if (s.n - first >= 16)
        mask = pairs_of(vector_load(s.p + s.n - 16)) >> (16 - (s.n - from));
    else
        mask = pairs_of(vector_short(s.p + from, s.n - from));
    return mask ? from + (unsigned)__builtin_ctz(mask) : s.n;
}

/* Blocks overlap by two bytes, so that every neighbour is in one. */
size_t scan_address_or_mixed(struct span s, size_t from)
{
    size_t i;
    unsigned mask;

    if (vector_has_avx512())
        return scan_address_or_mixed_avx512(s, from);
    if (vector_has_avx2())
        return scan_address_or_mixed_avx2(s, from);
    i = s.n - from > 64 ? pass_no_address(s, from) : from;
    for (; i + 16 <= s.n; i += 14) {
        mask = pairs_of(vector_load(s.p + i)) & (i + 16 == s.n ? 0xffff : 0x3fff);
        if (mask)
            return i + (unsigned)__builtin_ctz(mask);
    }
    return address_or_mixed_in(s, i, from);
}

/* A block holds no whole run between two of its other bytes: only its ends matter. */
size_t scan_ascii16(struct span s, size_t from)
{
    size_t i = from, start = from;

    for (; i + 16 <= s.n; i += 16) {
        unsigned high = mask_of(vector_load(s.p + i));

        if (!high || i + (unsigned)__builtin_ctz(high) - start >= 16)
            return start;
        start = i + 32 - (unsigned)__builtin_clz(high);
    }
    return ascii16_from(s, i, start);
}

/* Adding 1 makes DEL negative too, so that one signed compare finds it with all from 0x80 on. */
static inline __m128i json_kernel(__m128i x, __m128i quote, __m128i slash, __m128i one)
{
    __m128i steers = _mm_cmplt_epi8(_mm_add_epi8(x, one), splat(0x21));

    return _mm_or_si128(steers, _mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, slash)));
}

size_t scan_json(struct span s, size_t from)
{
    if (vector_has_avx512())
        return scan_json_avx512(s, from);
    if (vector_has_avx2())
        return scan_json_avx2(s, from);
    return find(s, from, json_kernel, splat('"'), splat('\\'), splat(1));
}

#else

size_t scan_pair(struct span s, size_t from, uint8_t a, uint8_t b)
{
    return scan_pair_scalar(s, from, a, b);
}

size_t scan_at_or_pairs(struct span s, size_t from, const uint8_t pairs[4])
{
    return scan_at_or_pairs_scalar(s, from, pairs);
}

size_t scan_any3(struct span s, size_t from, uint8_t a, uint8_t b, uint8_t c)
{
    return scan_any3_scalar(s, from, a, b, c);
}

size_t scan_not_plain(struct span s, size_t from)
{
    return scan_not_plain_scalar(s, from);
}

size_t scan_address_or_mixed(struct span s, size_t from)
{
    return scan_address_or_mixed_scalar(s, from);
}

size_t scan_ascii16(struct span s, size_t from)
{
    return scan_ascii16_scalar(s, from);
}

size_t scan_json(struct span s, size_t from)
{
    return scan_json_scalar(s, from);
}

#endif
