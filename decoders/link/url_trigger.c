/* SPDX-License-Identifier: Apache-2.0 */
/* url_trigger: AVX-512, AVX2, SSE2 and scalar search for "://", "a.b" and "[dot]". */
#include "decoders/link/url_trigger.h"

#include "decoders/base/vector.h"

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
    return _mm_or_si128(_mm_or_si128(equal(a, '.'), equal(a, ':')), equal(a, '['));
}

/* A bit for each trigger that begins in a; b: the byte behind each. */
static inline unsigned triggers(__m128i a, __m128i b)
{
    __m128i second = _mm_or_si128(equal(b, '/'), equal(b, ']'));
    __m128i dot = _mm_and_si128(equal(a, '.'), above(b, ' '));
    __m128i colon = _mm_and_si128(equal(a, ':'), second);
    __m128i open = _mm_and_si128(equal(a, '['), equal(_mm_or_si128(b, _mm_set1_epi8(0x20)), 'd'));

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

AVX2 static inline __m256i equal_avx2(__m256i x, char c)
{
    return _mm256_cmpeq_epi8(x, _mm256_set1_epi8(c));
}

/* As triggers, of 32 bytes at p; there are 33. */
AVX2 static inline unsigned triggers_avx2(const uint8_t *p)
{
    __m256i a = vector_load_avx2(p), b = vector_load_avx2(p + 1);
    __m256i above_space = _mm256_cmpeq_epi8(_mm256_max_epu8(b, _mm256_set1_epi8(' ' + 1)), b);
    __m256i second = _mm256_or_si256(equal_avx2(b, '/'), equal_avx2(b, ']'));
    __m256i dot = _mm256_and_si256(equal_avx2(a, '.'), above_space), colon = _mm256_and_si256(equal_avx2(a, ':'), second);
    __m256i open = _mm256_and_si256(equal_avx2(a, '['), equal_avx2(_mm256_or_si256(b, _mm256_set1_epi8(0x20)), 'd'));

    return (unsigned)_mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(dot, colon), open));
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

/* As triggers, of 64 bytes; put together where vectors compare: each move from there would cost as much as a comparison. */
AVX512 static inline uint64_t triggers_avx512(__m512i a, __m512i b)
{
    __mmask64 is_dot = _mm512_cmpeq_epi8_mask(a, _mm512_set1_epi8('.')), is_colon = _mm512_cmpeq_epi8_mask(a, _mm512_set1_epi8(':'));
    __mmask64 is_open = _mm512_cmpeq_epi8_mask(a, _mm512_set1_epi8('['));
    __mmask64 dot = _mm512_mask_cmpgt_epu8_mask(is_dot, b, _mm512_set1_epi8(' '));
    __mmask64 slash = _mm512_mask_cmpeq_epi8_mask(is_colon, b, _mm512_set1_epi8('/'));
    __mmask64 close = _mm512_mask_cmpeq_epi8_mask(is_colon, b, _mm512_set1_epi8(']'));
    __mmask64 open = _mm512_mask_cmpeq_epi8_mask(is_open, _mm512_or_si512(b, _mm512_set1_epi8(0x20)), _mm512_set1_epi8('d'));

    return _cvtmask64_u64(_kor_mask64(_kor_mask64(dot, slash), _kor_mask64(close, open)));
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

/* Most blocks of text have none of the three bytes: one test for all. */
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
