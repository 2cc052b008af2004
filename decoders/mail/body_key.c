/* SPDX-License-Identifier: Apache-2.0 */
/* body_key: words hashed, and the key of the least pairs. */
#include "decoders/mail/body_key.h"

#include <endian.h>

/* Below 30 words or 90 characters two texts are alike by chance: "Your code is 123456". */
enum { WEIGHT_LEAST = 90, BLOCK = 8 };

void body_key_begin(struct body_key *k)
{
    *k = (struct body_key){.least = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
}

static uint64_t load(const uint8_t *p, unsigned bytes)
{
    uint64_t block = 0;

    memcpy(&block, p, bytes);
    return le64toh(block);
}

/* The first n bytes, 1 to 8; zeros behind them. Loads that overlap, since a copy of n bytes would be a call. */
static uint64_t block_at(const uint8_t *p, size_t n)
{
    if (n >= BLOCK)
        return load(p, 8);
    if (n >= 4)
        return load(p, 4) | load(p + n - 4, 4) << 8 * (n - 4);
    if (n >= 2)
        return load(p, 2) | load(p + n - 2, 2) << 8 * (n - 2);
    return *p;
}

uint64_t body_key_hash(struct span word)
{
    uint64_t h = 0;

    for (; word.n; word = span_from(word, BLOCK))
        h = body_key_block(h, block_at(word.p, word.n));
    return h;
}

void body_key_name(struct body_key *k, uint64_t word)
{
    if (k->names_n == BODY_KEY_NAMES)
        return;
    k->names[k->names_n++] = word;
    k->names_bloom |= body_key_bit(word);
}

bool body_key_is_name(const struct body_key *k, uint64_t word)
{
    for (unsigned i = 0; i < k->names_n; i++)
        if (k->names[i] == word)
            return true;
    return false;
}

bool body_key_write(const struct body_key *k, uint8_t out[BODY_KEY_TEXT])
{
    static const char digits[] = "0123456789abcdef";

    if (k->weight < WEIGHT_LEAST)
        return false;
    for (unsigned bin = 0; bin < BODY_KEY_BINS; bin++) {
        uint64_t h = k->least[bin] >> 2; /* its last bits: the first ones are small, as it is the least */

        for (unsigned i = 0; i < 4; i++)
            out[4 * bin + i] = (uint8_t)digits[h >> 4 * i & 15];
    }
    return true;
}
