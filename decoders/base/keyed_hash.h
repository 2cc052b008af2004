/* SPDX-License-Identifier: Apache-2.0 */
/* keyed_hash: the hash of tables that live and die in one process, a tenth of SipHash's cost on their short keys. */
#ifndef MXTAP_BASE_KEYED_HASH_H
#define MXTAP_BASE_KEYED_HASH_H

#include "decoders/base/siphash.h"

#ifdef __SIZEOF_INT128__

/* Both halves of the product: every bit of a and b reaches every bit of it. */
static inline uint64_t keyed_hash_mix(uint64_t a, uint64_t b)
{
    unsigned __int128 p = (unsigned __int128)a * b;

    return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static inline uint64_t keyed_hash_load(const uint8_t *p, size_t n)
{
    uint64_t x = 0;
    uint32_t low, high;

    if (n >= 8) {
        memcpy(&x, p, 8);
    } else if (n >= 4) {
        memcpy(&low, p, 4);
        memcpy(&high, p + n - 4, 4);
        x = (uint64_t)high << 32 | low;
    } else if (n) {
        x = (uint64_t)p[0] << 16 | (uint64_t)p[n / 2] << 8 | p[n - 1];
    }
    return x;
}

/*
 * Of s under a secret key: folded multiplications with the key in both factors. Who cannot see hashes or
 * measure single look-ups cannot choose keys that meet. What leaves the process (flow ids, Redis) and what
 * a stranger could probe at leisure is SipHash's.
 */
static inline uint64_t keyed_hash(const struct hash_key *key, struct span s)
{
    uint64_t h = key->k0 ^ s.n;
    const uint8_t *p = s.p;
    size_t n = s.n;

    for (; n > 16; n -= 16, p += 16)
        h = keyed_hash_mix(keyed_hash_load(p, 8) ^ key->k1, keyed_hash_load(p + 8, 8) ^ h);
    h = keyed_hash_mix(keyed_hash_load(p, n) ^ key->k1, (n > 8 ? keyed_hash_load(p + n - 8, 8) : 0) ^ h);
    return keyed_hash_mix(h ^ key->k0, key->k1);
}

#else

static inline uint64_t keyed_hash(const struct hash_key *key, struct span s)
{
    return siphash(key, s);
}

#endif

#endif
