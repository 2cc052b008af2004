/* SPDX-License-Identifier: Apache-2.0 */
/* siphash: written from the paper "SipHash: a fast short-input PRF"; its vectors are the test. */
#include "decoders/base/siphash.h"

struct sip {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotl(uint64_t x, int b)
{
    return (x << b) | (x >> (64 - b));
}

/* Inlined with a constant n, so that the state stays in registers: short keys are most of the calls. */
static inline __attribute__((always_inline)) void sip_rounds(struct sip *s, int n)
{
    for (int i = 0; i < n; i++) {
        s->v0 += s->v1;
        s->v2 += s->v3;
        s->v1 = rotl(s->v1, 13) ^ s->v0;
        s->v3 = rotl(s->v3, 16) ^ s->v2;
        s->v0 = rotl(s->v0, 32);
        s->v2 += s->v1;
        s->v0 += s->v3;
        s->v1 = rotl(s->v1, 17) ^ s->v2;
        s->v3 = rotl(s->v3, 21) ^ s->v0;
        s->v2 = rotl(s->v2, 32);
    }
}

/* The last n & 7 bytes of the n at p, zeros behind them. Loads that overlap what was read: a loop over up to seven bytes ends where
 * no branch predictor expects it. */
static inline uint64_t load_tail(const uint8_t *p, size_t n)
{
    size_t left = n & 7;
    uint64_t x = 0;

    if (!left)
        return 0;
    if (n >= 8)
        return le64(p + n - 8) >> 8 * (8 - left);
    for (size_t i = 0; i < left; i++)
        x |= (uint64_t)p[i] << (8 * i);
    return x;
}

static inline __attribute__((always_inline)) void sip_word(struct sip *s, uint64_t m, int rounds)
{
    s->v3 ^= m;
    sip_rounds(s, rounds);
    s->v0 ^= m;
}

static inline __attribute__((always_inline)) struct sip sip_begin(const struct hash_key *key)
{
    return (struct sip){key->k0 ^ 0x736f6d6570736575ULL, key->k1 ^ 0x646f72616e646f6dULL,
                        key->k0 ^ 0x6c7967656e657261ULL, key->k1 ^ 0x7465646279746573ULL};
}

static inline __attribute__((always_inline)) uint64_t sip_end(struct sip *s, int rounds)
{
    s->v2 ^= 0xff;
    sip_rounds(s, rounds);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

static inline __attribute__((always_inline)) uint64_t sip(const struct hash_key *key, struct span in, int c, int d)
{
    struct sip s = sip_begin(key);
    size_t i = 0;

    for (; i + 8 <= in.n; i += 8)
        sip_word(&s, le64(in.p + i), c);
    sip_word(&s, ((uint64_t)in.n << 56) | load_tail(in.p, in.n), c);
    return sip_end(&s, d);
}

uint64_t siphash(const struct hash_key *key, struct span in)
{
    return sip(key, in, 2, 4);
}

uint64_t siphash13(const struct hash_key *key, struct span in)
{
    return sip(key, in, 1, 3);
}

uint64_t siphash13_of_12(const struct hash_key *key, uint64_t first, uint32_t last)
{
    struct sip s = sip_begin(key);

    sip_word(&s, first, 1);
    sip_word(&s, (uint64_t)12 << 56 | last, 1);
    return sip_end(&s, 3);
}
