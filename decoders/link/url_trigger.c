/* SPDX-License-Identifier: Apache-2.0 */
/* url_trigger: AVX-512, AVX2, SSE2 and scalar search for "://", "a.b" and "[dot]". */
#include "decoders/link/url_trigger.h"

#include "decoders/base/scan.h"
#include "decoders/base/vector.h"

static bool is_trigger(uint8_t a, uint8_t b)
{
    if (a == '.')
        return b > ' ' && !ascii_digit(b);
    if (a == ':')
        return b == '/' || b == ']';
    return (a == '[' || a == '(') && (b | 0x20) == 'd';
}

size_t url_trigger_scalar(struct span s, size_t from)
{
    for (size_t i = from; i + 1 < s.n; i++)
        if (is_trigger(s.p[i], s.p[i + 1]))
            return i;
    return s.n;
}

#ifdef __x86_64__

static __m128i equal(__m128i x, char c)
{
    return _mm_cmpeq_epi8(x, _mm_set1_epi8(c));
}

/* A byte is above c (unsigned) exactly when the larger of it and c + 1 is itself. */
static __m128i above(__m128i x, char c)
{
    return _mm_cmpeq_epi8(_mm_max_epu8(x, _mm_set1_epi8((char)(c + 1))), x);
}

static inline __m128i candidates(__m128i a)
{
    return _mm_or_si128(_mm_or_si128(equal(a, '.'), equal(a, ':')), _mm_or_si128(equal(a, '['), equal(a, '(')));
}

/* A bit for each trigger that begins in a; b: the byte behind each. */
static inline unsigned triggers(__m128i a, __m128i b)
{
    __m128i second = _mm_or_si128(equal(b, '/'), equal(b, ']'));
    __m128i digit = _mm_sub_epi8(b, _mm_set1_epi8('0')), is_digit = _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit);
    __m128i dot = _mm_andnot_si128(is_digit, _mm_and_si128(equal(a, '.'), above(b, ' ')));
    __m128i colon = _mm_and_si128(equal(a, ':'), second);
    __m128i open = _mm_and_si128(_mm_or_si128(equal(a, '['), equal(a, '(')), equal(_mm_or_si128(b, _mm_set1_epi8(0x20)), 'd'));

    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(dot, colon), open));
}

/* 64 bytes a time, as long as nothing in them can begin a trigger. */
static size_t pass_none(struct span s, size_t i)
{
    for (; i + 64 <= s.n; i += 64) {
        __m128i a = _mm_or_si128(candidates(vector_load(s.p + i)), candidates(vector_load(s.p + i + 16)));
        __m128i b = _mm_or_si128(candidates(vector_load(s.p + i + 32)), candidates(vector_load(s.p + i + 48)));

        if (_mm_movemask_epi8(_mm_or_si128(a, b)))
            break;
    }
    return i;
}

/* By the lower half of a byte, the one of the four that ends so (or another that does not). */
static const uint8_t first_by_half[16] = {
    [0] = 0xff, [1] = 0xff, [2] = 0xff, [3] = 0xff, [4] = 0xff, [5] = 0xff, [6] = 0xff, [7] = 0xff, [8] = '(', [9] = 0xff,
    [10] = ':', [11] = '[', [12] = 0xff, [13] = 0xff, [14] = '.', [15] = 0};

/* What may stand behind it: one of these bits is in both halves of a byte that may. A dot is followed by SIGN (! to /), PUNCT (: to ?) or
 * ABOVE. */
enum { SIGN = 1, PUNCT = 2, ABOVE = 4, SLASH = 8, CLOSE = 16, LETTER_D = 32 };
static const uint8_t behind_by_half[16] = {
    [8] = LETTER_D, [10] = SLASH | CLOSE, [11] = LETTER_D, [14] = SIGN | PUNCT | ABOVE};
static const uint8_t low_half[16] = {
    [0] = ABOVE, [1 ... 3] = SIGN | ABOVE, [4] = SIGN | ABOVE | LETTER_D, [5 ... 9] = SIGN | ABOVE, [10 ... 12] = SIGN | PUNCT | ABOVE,
    [13] = SIGN | PUNCT | ABOVE | CLOSE, [14] = SIGN | PUNCT | ABOVE, [15] = SIGN | PUNCT | ABOVE | SLASH};
static const uint8_t high_half[16] = {
    [2] = SIGN | SLASH, [3] = PUNCT, [4] = ABOVE | LETTER_D, [5] = ABOVE | CLOSE, [6] = ABOVE | LETTER_D, [7 ... 15] = ABOVE};

AVX2 static inline __m256i by_half_avx2(const uint8_t table[16], __m256i halves)
{
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(vector_load(table)), halves);
}

/* As triggers, of 32 bytes at p; there are 33. */
AVX2 static inline unsigned triggers_avx2(const uint8_t *p)
{
    __m256i a = vector_load_avx2(p), b = vector_load_avx2(p + 1), half = _mm256_set1_epi8(0x0f);
    __m256i first = _mm256_cmpeq_epi8(a, by_half_avx2(first_by_half, a));
    __m256i low = by_half_avx2(low_half, _mm256_and_si256(b, half));
    __m256i high = by_half_avx2(high_half, _mm256_and_si256(_mm256_srli_epi16(b, 4), half));
    __m256i may = _mm256_and_si256(_mm256_and_si256(low, high), by_half_avx2(behind_by_half, a));

    return (unsigned)_mm256_movemask_epi8(_mm256_andnot_si256(_mm256_cmpeq_epi8(may, _mm256_setzero_si256()), first));
}

/* Index of the first trigger, or where fewer than 33 bytes are left: *found says which. */
AVX2 static size_t find_avx2(struct span s, size_t i, bool *found)
{
    for (; i + 33 <= s.n; i += 32) {
        unsigned mask = triggers_avx2(s.p + i);

        *found = mask != 0;
        if (mask)
            return i + (unsigned)__builtin_ctz(mask);
    }
    return i;
}

/* The text that ends at the first of these bits or behind a block: the bits of what triggers in it, whose second byte is in it too. */
static inline uint32_t in_front(uint32_t here, uint32_t ends)
{
    return ends ? here & (((ends & -ends) - 1) >> 1) : here;
}

/* As text_avx512 below, where there are 33 bytes. What is left is looked at with bytes of before: those of before have no end, and a trigger
 * among them is one again. */
AVX2 static size_t text_avx2(struct span s, size_t from, bool *may)
{
    uint32_t found = 0, ends;
    size_t i = from;

    for (;; i += 32) {
        __m256i a;

        if (s.n - i < 33)
            i = s.n - 33;
        a = vector_load_avx2(s.p + i);
        ends = vector_equal_avx2(a, '<') | vector_equal_avx2(a, '&');
        found |= in_front(triggers_avx2(s.p + i), ends);
        if (ends) {
            *may = found != 0;
            return i + (unsigned)__builtin_ctz(ends);
        }
        if (s.n - i == 33)
            break;
    }
    *may = found != 0;
    return s.p[s.n - 1] == '<' || s.p[s.n - 1] == '&' ? s.n - 1 : s.n;
}

/* The same bits of a whole byte; what is not ASCII is as the last. */
static const uint8_t behind[128] = {
    ['!' ... '.'] = SIGN, ['/'] = SIGN | SLASH, [':' ... '?'] = PUNCT, ['@' ... 'C'] = ABOVE, ['D'] = ABOVE | LETTER_D,
    ['E' ... 0x5c] = ABOVE, [']'] = ABOVE | CLOSE, ['^' ... 'c'] = ABOVE, ['d'] = ABOVE | LETTER_D, ['e' ... 0x7f] = ABOVE};

AVX512 static inline __m512i by_half(const uint8_t table[16], __m512i halves)
{
    return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(vector_load(table)), halves);
}

/* As triggers, of 64 bytes: two look-ups and a comparison say what a must be followed by, another what b may follow. */
AVX512 static inline uint64_t triggers_avx512(__m512i a, __m512i b)
{
    __mmask64 first = _mm512_cmpeq_epi8_mask(a, by_half(first_by_half, a));
    __m512i place = _mm512_min_epu8(b, _mm512_set1_epi8(0x7f));
    __m512i may = _mm512_permutex2var_epi8(vector_load_avx512(behind), place, vector_load_avx512(behind + 64));

    return _cvtmask64_u64(_mm512_mask_test_epi8_mask(first, by_half(behind_by_half, a), may));
}

/* from < s.n. Most texts are one block: no length has a way of its own. Behind the last byte is a zero, which makes no trigger. */
AVX512 static size_t find_avx512(struct span s, size_t from)
{
    size_t i = from;
    uint64_t found;

    for (; s.n - i > 64; i += 64) {
        found = triggers_avx512(vector_load_avx512(s.p + i), vector_load_avx512(s.p + i + 1));
        if (found)
            return i + (unsigned)__builtin_ctzll(found);
    }
    found = triggers_avx512(vector_part_avx512(s.p + i, s.n - i), vector_part_avx512(s.p + i + 1, s.n - i - 1));
    return found ? i + (unsigned)__builtin_ctzll(found) : s.n;
}

/* A trigger whose second byte would be the text's end is none, but where both are in two blocks: then it may be one. */
AVX512 static size_t text_avx512(struct span s, size_t from, bool *may)
{
    uint64_t found = 0, ends;
    size_t i = from;

    for (;; i += 64) {
        bool whole = s.n - i > 64;
        __m512i a = whole ? vector_load_avx512(s.p + i) : vector_part_avx512(s.p + i, s.n - i);
        __m512i b = whole ? vector_load_avx512(s.p + i + 1) : vector_part_avx512(s.p + i + 1, s.n - i - 1);
        uint64_t here = triggers_avx512(a, b);

        ends = vector_equal_avx512(a, '<') | vector_equal_avx512(a, '&');
        found |= ends ? here & (_blsi_u64(ends) - 1) >> 1 : here;
        if (ends || !whole)
            break;
    }
    *may = found != 0;
    return ends ? i + (unsigned)__builtin_ctzll(ends) : s.n;
}

/* Fewer than 17 bytes from i on: where there are 17 from `from` on, the last ones. */
static size_t last_trigger(struct span s, size_t i, size_t from)
{
    unsigned mask;
    __m128i a;

    if (i + 1 >= s.n)
        return s.n;
    if (s.n - from >= 17) {
        mask = triggers(vector_load(s.p + s.n - 17), vector_load(s.p + s.n - 16)) >> (17 - (s.n - i));
    } else {
        a = s.n - i == 16 ? vector_load(s.p + i) : vector_short(s.p + i, s.n - i);
        mask = triggers(a, _mm_srli_si128(a, 1)); /* behind the last byte is a zero, which makes none */
    }
    return mask ? i + (unsigned)__builtin_ctz(mask) : s.n;
}

/* Most blocks of text have none of the four bytes: one test for all. */
size_t url_trigger(struct span s, size_t from)
{
    size_t i = from;
    bool found = false;

    if (from >= s.n)
        return s.n;
    if (vector_has_avx512())
        return find_avx512(s, from);
    if (s.n - i >= 33 && vector_has_avx2()) {
        i = find_avx2(s, i, &found);
        if (found)
            return i;
    } else if (s.n - i >= 128) {
        i = pass_none(s, i);
    }
    for (; i + 17 <= s.n; i += 16) {
        __m128i a = vector_load(s.p + i);
        unsigned mask;

        if (!_mm_movemask_epi8(candidates(a)))
            continue;
        mask = triggers(a, vector_load(s.p + i + 1));
        if (mask)
            return i + (unsigned)__builtin_ctz(mask);
    }
    return last_trigger(s, i, from);
}

#else

size_t url_trigger(struct span s, size_t from)
{
    return url_trigger_scalar(s, from);
}

#endif

size_t url_trigger_text(struct span s, size_t from, bool *may)
{
#ifdef __x86_64__
    if (vector_has_avx512())
        return text_avx512(s, from, may);
    if (from + 33 <= s.n && vector_has_avx2())
        return text_avx2(s, from, may);
#endif
    *may = true;
    return scan_any3(s, from, '<', '&', '&');
}
