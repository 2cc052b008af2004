/* SPDX-License-Identifier: Apache-2.0 */
/* The corpus generator's own random numbers: the same seed gives the same corpus on every machine.
 */
#include "prng.h"

#include <string.h>

static uint64_t rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

void prng_seed(struct prng *p, uint64_t seed)
{
    for (size_t i = 0; i < 4; i++) {
        uint64_t z = (seed += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        p->s[i] = z ^ (z >> 31);
    }
}

uint64_t prng_next(struct prng *p)
{
    uint64_t *s = p->s;
    uint64_t result = rotl(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

uint32_t prng_below(struct prng *p, uint32_t n)
{
    return (uint32_t)(((prng_next(p) >> 32) * n) >> 32);
}

uint32_t prng_between(struct prng *p, uint32_t lo, uint32_t hi)
{
    return lo + prng_below(p, hi - lo + 1);
}

int prng_chance(struct prng *p, uint32_t permille)
{
    return prng_below(p, 1000) < permille;
}

uint64_t prng_lognormal(struct prng *p, uint64_t median)
{
    /* 1000 * exp(z) at the quantiles 0/32, 1/32 ... 32/32 of the normal distribution; the two ends,
     * which are infinite, are cut. Between two of them the value is interpolated. */
    static const uint32_t quantile[33] = {100,  155,  216,  268,  317,  364,  412,  460,  509,
                                          561,  614,  671,  727,  788,  854,  924,  1000, 1082,
                                          1171, 1269, 1376, 1491, 1628, 1784, 1963, 2174, 2430,
                                          2746, 3158, 3729, 4636, 6440, 12000};
    uint32_t x = prng_below(p, 32u << 10);
    uint32_t i = x >> 10, f = x & 1023;
    uint64_t permille = quantile[i] + (((uint64_t)(quantile[i + 1] - quantile[i]) * f) >> 10);

    return median * permille / 1000;
}

void prng_fill(struct prng *p, uint8_t *out, size_t n)
{
    while (n >= 8) {
        uint64_t x = prng_next(p);
        memcpy(out, &x, 8);
        out += 8;
        n -= 8;
    }
    if (n) {
        uint64_t x = prng_next(p);
        memcpy(out, &x, n);
    }
}

void prng_shuffle(struct prng *p, uint8_t *deck, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = prng_below(p, (uint32_t)i);
        uint8_t t = deck[i - 1];
        deck[i - 1] = deck[j];
        deck[j] = t;
    }
}
