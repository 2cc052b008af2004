/* SPDX-License-Identifier: Apache-2.0 */
/* vector: loads that the kernels share. */
#ifndef MXTAP_BASE_VECTOR_H
#define MXTAP_BASE_VECTOR_H

#include "decoders/base/processor.h"

#ifdef __x86_64__
#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline __m128i vector_load(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* 8 bytes at p, then 8 at q. */
static inline __m128i vector_two_8(const uint8_t *p, const uint8_t *q)
{
    return _mm_unpacklo_epi64(_mm_loadl_epi64((const __m128i *)(const void *)p),
                              _mm_loadl_epi64((const __m128i *)(const void *)q));
}

/* 4 bytes at p, then 4 at q, zeros behind them. */
static inline __m128i vector_two_4(const uint8_t *p, const uint8_t *q)
{
    int32_t a, b;

    memcpy(&a, p, 4);
    memcpy(&b, q, 4);
    return _mm_unpacklo_epi32(_mm_cvtsi32_si128(a), _mm_cvtsi32_si128(b));
}

/* For functions that are called only where the processor has it. */
#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i vector_load_avx2(const uint8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

/* Likewise, and pext is fast: vector_has_pext. */
#define PEXT __attribute__((target("avx2,bmi2,popcnt")))

/* Appends the bytes of word that keep has ones for, in a store of 8; returns how many they are. */
PEXT static inline size_t vector_squeeze_8(uint64_t word, uint64_t keep, uint8_t *out)
{
    uint64_t x = _pext_u64(word, keep);

    memcpy(out, &x, 8);
    return (size_t)__builtin_popcountll(keep) / 8;
}

/* Writes the bytes of x that keep has ones for, and not more than 32; returns how many they are. */
PEXT static inline size_t vector_squeeze(__m256i x, __m256i keep, uint8_t *out)
{
    uint64_t words[4], keeps[4];
    size_t n;

    _mm256_storeu_si256((__m256i *)(void *)words, x);
    _mm256_storeu_si256((__m256i *)(void *)keeps, keep);
    n = vector_squeeze_8(words[0], keeps[0], out);
    n += vector_squeeze_8(words[1], keeps[1], out + n);
    n += vector_squeeze_8(words[2], keeps[2], out + n);
    return n + vector_squeeze_8(words[3], keeps[3], out + n);
}

/* Likewise. */
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vbmi,avx512vbmi2,bmi,bmi2")))

AVX512 static inline __m512i vector_load_avx512(const uint8_t *p)
{
    return _mm512_loadu_si512((const void *)p);
}

/* n bytes at p, at most 64, zeros behind them; nothing behind them is touched. */
AVX512 static inline __m512i vector_part_avx512(const uint8_t *p, size_t n)
{
    return _mm512_maskz_loadu_epi8(_bzhi_u64(~0ULL, (unsigned)n), p);
}

/* 0xff for each byte of x that is c. */
AVX2 static inline __m256i vector_match_avx2(__m256i x, uint8_t c)
{
    return _mm256_cmpeq_epi8(x, _mm256_set1_epi8((char)c));
}

/* A bit for each byte of x that is c. */
AVX2 static inline uint32_t vector_equal_avx2(__m256i x, uint8_t c)
{
    return (uint32_t)_mm256_movemask_epi8(vector_match_avx2(x, c));
}

AVX512 static inline uint64_t vector_equal_avx512(__m512i x, uint8_t c)
{
    return _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8((char)c));
}

/* n bytes at p, at most 8, zeros behind them: loads that overlap, since a copy of n bytes would be a call. */
static inline uint64_t vector_word(const uint8_t *p, size_t n)
{
    uint64_t word = 0;
    uint32_t a, b;

    if (n == 8) {
        memcpy(&word, p, 8);
        return word;
    }
    if (n >= 4) {
        memcpy(&a, p, 4);
        memcpy(&b, p + n - 4, 4);
        return a | (uint64_t)b << 8 * (n - 4);
    }
    return n ? p[0] | (uint64_t)p[n / 2] << 8 * (n / 2) | (uint64_t)p[n - 1] << 8 * (n - 1) : 0;
}

/* n bytes at p, fewer than 16, zeros behind them. */
static inline __m128i vector_short(const uint8_t *p, size_t n)
{
    uint64_t low, high = 0;

    if (n < 8)
        return _mm_cvtsi64_si128((long long)vector_word(p, n));
    memcpy(&low, p, 8);
    if (n > 8) {
        memcpy(&high, p + n - 8, 8);
        high >>= 8 * (16 - n);
    }
    return _mm_set_epi64x((long long)high, (long long)low);
}

#endif
#endif
