/* SPDX-License-Identifier: Apache-2.0 */
/* charset_units: each character is laid out in four bytes, zeros where it needs none; what is not zero is squeezed together. */
#include "decoders/mail/charset_units.h"

#include "decoders/base/vector.h"

/* One character; 4 bytes are written, of which those that count come first. */
static inline uint8_t *put(uint8_t *out, uint32_t c)
{
    uint8_t tail = (uint8_t)(0x80 | (c & 63)), middle = (uint8_t)(c >> 6 & 63);

    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return out + 1;
    }
    if (c < 0x800) {
        out[0] = 0xc0 | middle;
        out[1] = tail;
        return out + 2;
    }
    out[0] = (uint8_t)(0xe0 | c >> 12);
    out[1] = 0x80 | middle;
    out[2] = tail;
    return out + 3;
}

size_t charset_units_utf8_scalar(const uint16_t *u, size_t n, uint8_t *out)
{
    uint8_t *to = out;

    for (size_t i = 0; i < n; i++)
        to = put(to, u[i]);
    return (size_t)(to - out);
}

#ifdef __x86_64__

/* Eight units as three bytes each, which is right for those from U+0800 on. */
AVX2 static inline void put_threes(__m128i u, uint8_t *out)
{
    const __m256i order = _mm256_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
    __m256i c = _mm256_cvtepu16_epi32(u);
    __m256i middle = _mm256_and_si256(_mm256_slli_epi32(c, 2), _mm256_set1_epi32(0x3f00));
    __m256i tail = _mm256_and_si256(_mm256_slli_epi32(c, 16), _mm256_set1_epi32(0x3f0000));
    __m256i x = _mm256_or_si256(_mm256_or_si256(_mm256_srli_epi32(c, 12), middle), _mm256_or_si256(tail, _mm256_set1_epi32(0x8080e0)));

    x = _mm256_shuffle_epi8(x, order);
    _mm_storeu_si128((__m128i *)(void *)out, _mm256_castsi256_si128(x));
    _mm_storeu_si128((__m128i *)(void *)(out + 12), _mm256_extracti128_si256(x, 1));
}

/* Rows of three bytes, and what stands between them one by one; the zeros end the last. */
AVX2 size_t charset_units_utf8_avx2(const uint16_t *u, size_t n, uint8_t *out)
{
    const __m128i most = _mm_set1_epi16(0x7ff);
    uint8_t *to = out;
    size_t i = 0;

    while (i < n) {
        __m128i x = vector_load((const uint8_t *)(u + i)), behind = _mm_subs_epu16(x, most);
        unsigned other = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi16(behind, _mm_setzero_si128())) | 0x10000;
        size_t row = (unsigned)__builtin_ctz(other) / 2;

        put_threes(x, to);
        to += 3 * row;
        i += row;
        if (i < n && row < 8)
            to = put(to, u[i++]);
    }
    return (size_t)(to - out);
}

/* Eight characters, each laid out as by laid_out below. */
AVX2 static inline __m256i laid_out_8(__m256i c)
{
    __m256i middle = _mm256_and_si256(_mm256_slli_epi32(c, 2), _mm256_set1_epi32(0x3f00)), last = _mm256_slli_epi32(c, 16);
    __m256i tail = _mm256_and_si256(last, _mm256_set1_epi32(0x3f0000));
    __m256i three = _mm256_or_si256(_mm256_or_si256(_mm256_srli_epi32(c, 12), middle), _mm256_or_si256(tail, _mm256_set1_epi32(0x8080e0)));
    __m256i two = _mm256_cmpgt_epi32(_mm256_set1_epi32(0x800), c), one = _mm256_cmpgt_epi32(_mm256_set1_epi32(0x80), c);
    __m256i x = _mm256_xor_si256(three, _mm256_and_si256(two, _mm256_set1_epi32(0x40e0))); /* by then E0 is all of the first byte */

    return _mm256_blendv_epi8(x, last, one);
}

/* Eight of three bytes each, or eight of any. */
PEXT static size_t utf8_pext(const uint16_t *u, size_t n, uint8_t *out)
{
    const __m128i most = _mm_set1_epi16(0x7ff);
    uint8_t *to = out;

    for (size_t i = 0; i < n; i += 8) {
        __m128i x = vector_load((const uint8_t *)(u + i)), behind = _mm_subs_epu16(x, most);
        __m256i c;

        if (!_mm_movemask_epi8(_mm_cmpeq_epi16(behind, _mm_setzero_si128()))) {
            put_threes(x, to);
            to += 24;
            continue;
        }
        c = laid_out_8(_mm256_cvtepu16_epi32(x));
        to += vector_squeeze(c, _mm256_xor_si256(_mm256_cmpeq_epi8(c, _mm256_setzero_si256()), _mm256_set1_epi8(-1)), to);
    }
    return (size_t)(to - out);
}

/* Stores what is not zero of x, in a store of a whole block; behind it. */
AVX512 static inline uint8_t *squeeze_out(__m512i x, uint8_t *to)
{
    uint64_t there = _mm512_test_epi8_mask(x, x);

    _mm512_storeu_si512(to, _mm512_maskz_compress_epi8(there, x));
    return to + __builtin_popcountll(there);
}

/* Sixteen characters, each laid out in the first three bytes of four: the last one's stay where they are, so fewer begin later. */
AVX512 static inline __m512i laid_out(__m512i c)
{
    const __m512i bits = _mm512_set1_epi64(0x0020262c0000060c); /* where in 64 bits each byte's begin */
    __m512i three = _mm512_ternarylogic_epi32(_mm512_multishift_epi64_epi8(bits, c), _mm512_set1_epi32(0x3f3f0f), _mm512_set1_epi32(0x8080e0), 0xea);
    __mmask16 two = _mm512_cmplt_epu32_mask(c, _mm512_set1_epi32(0x800)), one = _mm512_cmplt_epu32_mask(c, _mm512_set1_epi32(0x80));
    __m512i x = _mm512_mask_ternarylogic_epi32(three, two, _mm512_set1_epi32(0xffff00), _mm512_set1_epi32(0x4000), 0xea); /* 0xea: a & b | c */

    return _mm512_mask_slli_epi32(x, one, c, 16);
}

AVX512 static size_t utf8_avx512(const uint16_t *u, size_t n, uint8_t *out)
{
    uint8_t *to = out;

    for (size_t i = 0; i < n; i += 16) {
        size_t there = n - i < 16 ? n - i : 16;
        __m512i x = vector_part_avx512((const uint8_t *)(u + i), 2 * there);

        to = squeeze_out(laid_out(_mm512_cvtepu16_epi32(_mm512_castsi512_si256(x))), to);
    }
    return (size_t)(to - out);
}

size_t charset_units_utf8(uint16_t *u, size_t n, uint8_t *out)
{
    memset(u + n, 0, CHARSET_UNITS_END * sizeof(*u));
    if (vector_has_avx512())
        return utf8_avx512(u, n, out);
    if (vector_has_pext())
        return utf8_pext(u, n, out);
    return vector_has_avx2() ? charset_units_utf8_avx2(u, n, out) : charset_units_utf8_scalar(u, n, out);
}

AVX512 static inline __m512i looked_up(const uint8_t of[128], __m512i x, __mmask64 known)
{
    return _mm512_maskz_permutex2var_epi8(known, vector_load_avx512(of), x, vector_load_avx512(of + 64));
}

/* The bytes of 64 characters as rows: sixteen at a time they come to lie beside each other; where none has a third, 32 at a time. */
AVX512 static inline uint8_t *put_three(__m512i first, __m512i second, __m512i third, uint8_t *to)
{
    const __m512i turn = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), zero = _mm512_setzero_si512();
    __m512i a = _mm512_permutexvar_epi32(turn, first), b = _mm512_permutexvar_epi32(turn, second), c = _mm512_permutexvar_epi32(turn, third);
    __m512i low = _mm512_unpacklo_epi8(a, b), high = _mm512_unpackhi_epi8(a, b), low3 = _mm512_unpacklo_epi8(c, zero), high3 = _mm512_unpackhi_epi8(c, zero);

    to = squeeze_out(_mm512_unpacklo_epi16(low, low3), to);
    to = squeeze_out(_mm512_unpackhi_epi16(low, low3), to);
    to = squeeze_out(_mm512_unpacklo_epi16(high, high3), to);
    return squeeze_out(_mm512_unpackhi_epi16(high, high3), to);
}

AVX512 static inline uint8_t *put_two(__m512i first, __m512i second, uint8_t *to)
{
    const __m512i turn = _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7);
    __m512i a = _mm512_permutexvar_epi64(turn, first), b = _mm512_permutexvar_epi64(turn, second);

    to = squeeze_out(_mm512_unpacklo_epi8(a, b), to);
    return squeeze_out(_mm512_unpackhi_epi8(a, b), to);
}

/* 64 bytes, of which those of known are put; high: those of them that are not ASCII. first: what they begin with. */
AVX512 static inline uint8_t *put_block(const struct charset_bytes *t, __m512i x, __m512i first, __mmask64 known, __mmask64 high, uint8_t *to)
{
    __m512i second, third;

    if (!high) {
        _mm512_storeu_si512(to, x);
        return to + __builtin_popcountll(known);
    }
    first = _mm512_maskz_mov_epi8(known, first);
    second = looked_up(t->of[1], x, high);
    third = looked_up(t->of[2], x, high);
    return _mm512_test_epi8_mask(third, third) ? put_three(first, second, third, to) : put_two(first, second, to);
}

/* Only where a block's end is found does the next place hang on what the block holds: so the processor works on some of them at once. */
AVX512 static size_t bytes_avx512(const struct charset_bytes *t, const uint8_t *p, size_t n, uint8_t *out, size_t room, size_t *made)
{
    uint8_t *to = out;
    size_t i = 0;

    while (i < n && room - (size_t)(to - out) >= CHARSET_BLOCK_ROOM) {
        __m512i x = vector_part_avx512(p + i, n - i < 64 ? n - i : 64);
        __mmask64 high = _mm512_movepi8_mask(x);
        __m512i first = _mm512_mask_blend_epi8(high, x, looked_up(t->of[0], x, high));
        __mmask64 known = _mm512_test_epi8_mask(first, first);

        if (~known) { /* behind the last byte none is known */
            unsigned used = (unsigned)__builtin_ctzll(~known);

            known = _bzhi_u64(~0ULL, used);
            to = put_block(t, x, first, known, high & known, to);
            i += used;
            break;
        }
        to = put_block(t, x, first, known, high, to);
        i += 64;
    }
    *made = (size_t)(to - out);
    return i;
}

bool charset_bytes_kernel(void)
{
    return vector_has_avx512();
}

size_t charset_bytes_utf8(const struct charset_bytes *x, const uint8_t *p, size_t n, uint8_t *out, size_t room, size_t *made)
{
    *made = 0;
    return vector_has_avx512() ? bytes_avx512(x, p, n, out, room, made) : 0;
}

#else

size_t charset_units_utf8(uint16_t *u, size_t n, uint8_t *out)
{
    return charset_units_utf8_scalar(u, n, out);
}

bool charset_bytes_kernel(void)
{
    return false;
}

size_t charset_bytes_utf8(const struct charset_bytes *x, const uint8_t *p, size_t n, uint8_t *out, size_t room, size_t *made)
{
    (void)x, (void)p, (void)n, (void)out, (void)room;
    *made = 0;
    return 0;
}

#endif
