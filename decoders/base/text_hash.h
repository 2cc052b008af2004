/* SPDX-License-Identifier: Apache-2.0 */
/* text_hash: a keyed hash for tables of one mail's texts, several times as fast as SipHash: nothing in it waits for what was before. */
#ifndef MXTAP_BASE_TEXT_HASH_H
#define MXTAP_BASE_TEXT_HASH_H

#include "decoders/base/siphash.h"

enum { TEXT_HASH_BYTES = 256 }; /* of the longest text that is hashed this way: longer ones take SipHash-1-3 */

/* even[i] and odd[i] are for the eight bytes from 8 * i on. */
struct text_key {
    struct hash_key longer;
    uint64_t start, length, even[TEXT_HASH_BYTES / 8], odd[TEXT_HASH_BYTES / 8];
};

/* From a key that is secret. */
void text_key_init(struct text_key *k, const struct hash_key *key);

/*
 * MULTILINEAR-HM (Lemire, Kaser: Strongly universal string hashing is fast, 2014): under a random key any two texts that were chosen
 * without knowing it have the same b bits, whichever of the 32, with a chance of 2^-b: nobody can choose texts that meet. It is no
 * pseudo-random function: who sees hashes can find the key. So none is shown to anybody, nor does it stand for a text: tables that
 * compare the texts too.
 */
uint32_t text_hash(const struct text_key *k, struct span s);
uint32_t text_hash_scalar(const struct text_key *k, struct span s);

#endif
