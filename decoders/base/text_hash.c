/* SPDX-License-Identifier: Apache-2.0 */
/* text_hash: a sum of products, each of two words of the text and two of the key; its upper half is the hash. */
#include "decoders/base/text_hash.h"

#include "decoders/base/vector.h"

/* Words of a key are a pseudo-random function of their numbers. */
static uint64_t key_word(const struct hash_key *key, size_t number)
{
    const uint8_t byte = (uint8_t)number;

    return siphash(key, span_of(&byte, 1));
}

void text_key_init(struct text_key *k, const struct hash_key *key)
{
    const size_t half = TEXT_HASH_BYTES / 8;

    k->longer = *key;
    for (size_t i = 0; i < half; i++) {
        k->even[i] = key_word(key, i);
        k->odd[i] = key_word(key, half + i);
    }
    k->start = key_word(key, 2 * half);
    k->length = key_word(key, 2 * half + 1);
}

/* The last n % 8 bytes, zeros behind them: as other lengths have them too, which is why the length is hashed as well. */
static inline uint64_t last_word(struct span s)
{
    size_t left = s.n % 8;
    uint64_t word = 0;

    if (!left)
        return 0;
    if (s.n >= 8)
        return le64(s.p + s.n - 8) >> 8 * (8 - left);
    for (size_t i = 0; i < s.n; i++)
        word |= (uint64_t)s.p[i] << 8 * i;
    return word;
}

static inline uint64_t product(const struct text_key *k, size_t i, uint64_t text)
{
    return (k->even[i] + (uint32_t)text) * (k->odd[i] + (text >> 32));
}

/* Whole blocks of 64 bytes, zeros behind the text: of a length all texts have the same. */
static uint64_t products(const struct text_key *k, struct span s)
{
    size_t words = s.n / 8, all = (s.n + 63) / 64 * 8, i = 0;
    uint64_t sum = 0;

    for (; i < words; i++)
        sum += product(k, i, le64(s.p + 8 * i));
    for (; i < all; i++)
        sum += product(k, i, i == words ? last_word(s) : 0);
    return sum;
}

uint32_t text_hash_scalar(const struct text_key *k, struct span s)
{
    if (s.n > TEXT_HASH_BYTES)
        return (uint32_t)siphash13(&k->longer, s);
    return (uint32_t)((k->start + k->length * s.n + products(k, s)) >> 32);
}

#ifdef __x86_64__

AVX512 static uint64_t products_avx512(const struct text_key *k, struct span s)
{
    __m512i sum = _mm512_setzero_si512();

    for (size_t i = 0; i < s.n; i += 64) {
        __m512i x = vector_part_avx512(s.p + i, s.n - i < 64 ? s.n - i : 64);
        __m512i even = _mm512_add_epi64(_mm512_loadu_si512(k->even + i / 8), _mm512_and_si512(x, _mm512_set1_epi64(UINT32_MAX)));
        __m512i odd = _mm512_add_epi64(_mm512_loadu_si512(k->odd + i / 8), _mm512_srli_epi64(x, 32));

        sum = _mm512_add_epi64(sum, _mm512_mullo_epi64(even, odd));
    }
    return (uint64_t)_mm512_reduce_add_epi64(sum);
}

uint32_t text_hash(const struct text_key *k, struct span s)
{
    if (!vector_has_avx512() || s.n > TEXT_HASH_BYTES)
        return text_hash_scalar(k, s);
    return (uint32_t)((k->start + k->length * s.n + products_avx512(k, s)) >> 32);
}

#else

uint32_t text_hash(const struct text_key *k, struct span s)
{
    return text_hash_scalar(k, s);
}

#endif
