/* SPDX-License-Identifier: Apache-2.0 */
/* siphash: SipHash-2-4, the keyed hash of every table whose keys a stranger chooses. */
#ifndef MXTAP_BASE_SIPHASH_H
#define MXTAP_BASE_SIPHASH_H

#include "decoders/base/bytes.h"

struct hash_key {
    uint64_t k0, k1; /* random per process; the caller draws it, a test fixes it */
};

/* SipHash-2-4 (Aumasson, Bernstein 2012) of s under key. */
uint64_t siphash(const struct hash_key *key, struct span s);

/* SipHash-1-3: half the rounds, for tables that live and die in one process and never show a hash to
 * anybody (its authors' advice for hash tables). Values that leave the process take siphash. */
uint64_t siphash13(const struct hash_key *key, struct span s);
/* The same of twelve bytes that are in registers: first and then last, in little-endian order. */
uint64_t siphash13_of_12(const struct hash_key *key, uint64_t first, uint32_t last);

#endif
