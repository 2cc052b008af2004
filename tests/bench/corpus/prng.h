/* SPDX-License-Identifier: Apache-2.0 */
/* The corpus generator's own random numbers: the same seed gives the same corpus on every machine.
 */
#ifndef BENCH_PRNG_H
#define BENCH_PRNG_H

#include <stddef.h>
#include <stdint.h>

/* xoshiro256**: four words of state, never all zero. Integers only: no result depends on a libm. */
struct prng {
    uint64_t s[4];
};

void prng_seed(struct prng *p, uint64_t seed);
uint64_t prng_next(struct prng *p);
/* 0 .. n-1; n must not be 0. */
uint32_t prng_below(struct prng *p, uint32_t n);
/* lo .. hi, both included. */
uint32_t prng_between(struct prng *p, uint32_t lo, uint32_t hi);
/* True with a probability of permille in a thousand. */
int prng_chance(struct prng *p, uint32_t permille);
/* About log-normal with the given median and sigma 1, cut at 0.1 and 12 times the median. */
uint64_t prng_lognormal(struct prng *p, uint64_t median);
void prng_fill(struct prng *p, uint8_t *out, size_t n);
/* Puts the n bytes of deck into random order. */
void prng_shuffle(struct prng *p, uint8_t *deck, size_t n);

#endif
