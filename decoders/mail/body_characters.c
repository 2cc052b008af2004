/* SPDX-License-Identifier: Apache-2.0 */
/* body_characters: body_key_character, sixteen at a time: each word needs but the two characters in front of it. */
#include "decoders/mail/body_characters.h"

#include "decoders/base/vector.h"

size_t body_characters_scalar(struct body_key *k, struct span s, size_t i)
{
    const uint8_t *p = s.p;

    for (; i + 3 <= s.n && p[i] >= 0xe3 && p[i] < 0xee; i += 3) {
        unsigned behind = (unsigned)p[i + 1] << 8 | p[i + 2];
        uint32_t c = (p[i] & 15u) << 12 | (behind & 0x3f00) >> 2 | (behind & 63u);

        if ((behind & 0xc0c0) != 0x8080)
            break;
        if (body_character_is_word(c))
            body_key_character(k, c);
    }
    return i;
}

#ifdef __x86_64__

enum { ROW = 16 };

/* What one row leaves to the next: in each lane the last character and the last word. least: the key's, twice. */
struct row_state {
    __m512i character, word, least;
};

AVX512 static inline __m512i all(uint64_t x)
{
    return _mm512_set1_epi64((long long)x);
}

/* As body_key_block, of 0 and a block. */
AVX512 static inline __m512i words_of(__m256i blocks)
{
    __m512i h = _mm512_mullo_epi64(_mm512_cvtepu32_epi64(blocks), all(BODY_KEY_BLOCK));

    return _mm512_xor_si512(h, _mm512_srli_epi64(h, 29));
}

/* Pairs of a word and the one before it that are less than what the key has: few, once there are some words. */
AVX512 static inline void weigh(struct body_key *k, struct row_state *r, __m512i last, __m512i word, __mmask8 there)
{
    __m512i pair = _mm512_add_epi64(_mm512_mullo_epi64(last, all(BODY_KEY_LAST)), word);
    uint64_t pairs[8];
    unsigned less;

    pair = _mm512_mullo_epi64(_mm512_xor_si512(pair, _mm512_srli_epi64(pair, 31)), all(BODY_KEY_PAIR));
    less = _mm512_mask_cmplt_epu64_mask(there, pair, _mm512_permutexvar_epi64(pair, r->least));
    if (!less)
        return;
    _mm512_storeu_si512(pairs, pair);
    for (; less; less &= less - 1)
        body_key_least(k, pairs[__builtin_ctz(less)]);
    r->least = _mm512_broadcast_i64x4(vector_load_avx2((const uint8_t *)k->least));
}

/* The n words of a row, at least one. */
AVX512 static inline void take_row(struct body_key *k, struct row_state *r, __m512i row, unsigned n)
{
    __m512i blocks = _mm512_xor_si512(row, _mm512_alignr_epi32(row, r->character, ROW - 1));
    __m512i front = words_of(_mm512_castsi512_si256(blocks)), back = words_of(_mm512_extracti64x4_epi64(blocks, 1));
    __mmask16 there = (__mmask16)_bzhi_u32(0xffff, n);

    weigh(k, r, _mm512_alignr_epi64(front, r->word, 7), front, (__mmask8)there);
    weigh(k, r, _mm512_alignr_epi64(back, front, 7), back, (__mmask8)(there >> 8));
    r->character = _mm512_permutexvar_epi32(_mm512_set1_epi32((int)n - 1), row);
    r->word = _mm512_permutex2var_epi64(front, all(n - 1), back);
    k->weight += n;
}

/* Sixteen times three bytes, the first of them highest. */
AVX512 static inline __m512i spread(__m512i x)
{
    const __m512i from = _mm512_setr_epi32(0x3f000102, 0x3f030405, 0x3f060708, 0x3f090a0b, 0x3f0c0d0e, 0x3f0f1011, 0x3f121314, 0x3f151617,
                                           0x3f18191a, 0x3f1b1c1d, 0x3f1e1f20, 0x3f212223, 0x3f242526, 0x3f272829, 0x3f2a2b2c, 0x3f2d2e2f);

    return _mm512_permutexvar_epi8(from, x);
}

AVX512 static inline __m512i shifted(__m512i x, unsigned by, int keep)
{
    return _mm512_and_si512(_mm512_srli_epi32(x, by), _mm512_set1_epi32(keep));
}

AVX512 static size_t take_avx512(struct body_key *k, struct span s, size_t i)
{
    struct row_state r = {_mm512_set1_epi32((int)k->character), all(k->last), _mm512_broadcast_i64x4(vector_load_avx2((const uint8_t *)k->least))};
    unsigned other;

    do {
        __m512i x = spread(vector_part_avx512(s.p + i, s.n - i < 3 * ROW ? s.n - i : 3 * ROW));
        __m512i c = _mm512_or_si512(_mm512_or_si512(shifted(x, 0, 0x3f), shifted(x, 2, 0xfc0)), shifted(x, 4, 0xf000));
        __mmask16 first = _mm512_cmplt_epu32_mask(_mm512_sub_epi32(x, _mm512_set1_epi32(0xe30000)), _mm512_set1_epi32(0x0b0000));
        __mmask16 whole = _mm512_mask_cmpeq_epi32_mask(first, shifted(x, 0, 0xc0c0), _mm512_set1_epi32(0x8080)), words;

        other = ~(unsigned)whole; /* its bits above the 16 are set */
        whole = (__mmask16)((other & -other) - 1);
        words = _mm512_mask_cmplt_epu32_mask(whole, _mm512_sub_epi32(c, _mm512_set1_epi32(0x3040)), _mm512_set1_epi32(0xd800 - 0x3040));
        if (words)
            take_row(k, &r, _mm512_maskz_compress_epi32(words, c), (unsigned)__builtin_popcount(words));
        i += other == 0xffff0000 ? 3 * ROW : 3 * (unsigned)__builtin_ctz(other);
    } while (other == 0xffff0000);
    k->character = (uint32_t)_mm_cvtsi128_si32(_mm512_castsi512_si128(r.character));
    k->last = (uint64_t)_mm_cvtsi128_si64(_mm512_castsi512_si128(r.word));
    return i;
}

size_t body_characters(struct body_key *k, struct span s, size_t i)
{
    if (i + 3 > s.n || s.p[i] < 0xe3 || !vector_has_avx512()) /* a sign of two bytes, the most usual that is none */
        return body_characters_scalar(k, s, i);
    return take_avx512(k, s, i);
}

#else

size_t body_characters(struct body_key *k, struct span s, size_t i)
{
    return body_characters_scalar(k, s, i);
}

#endif
