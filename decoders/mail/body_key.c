/* SPDX-License-Identifier: Apache-2.0 */
/* body_key: words hashed, and the key of the least pairs. */
#include "decoders/mail/body_key.h"

#include <endian.h>

#include "decoders/base/vector.h"

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

/* In each byte of x, which is folded: its highest bit where the byte is no ASCII letter; raw: x before. */
static uint64_t no_letters(uint64_t x, uint64_t raw)
{
    static const uint64_t ones = UINT64_C(0x0101010101010101), top = UINT64_C(0x8080808080808080);
    uint64_t low = x & ~top;
    uint64_t from_a = low + ones * (0x80 - 'a'), behind_z = low + ones * (0x7f - 'z');

    return (~from_a | behind_z | raw) & top;
}

#ifdef __x86_64__

/* The same where there are 16 bytes and not all of them are letters; 16: they are, or there are not. Both blocks are hashed, so that no
 * jump hangs on a word's length. */
static inline size_t letters_16(struct span s, uint64_t *hash)
{
    static const uint8_t kept[32] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    __m128i x, from_a;
    uint64_t one, two;
    unsigned letters, n;

    if (s.n < 16)
        return 16;
    x = _mm_or_si128(vector_load(s.p), _mm_set1_epi8(0x20));
    from_a = _mm_sub_epi8(x, _mm_set1_epi8((char)('a' + 128)));
    letters = (unsigned)_mm_movemask_epi8(_mm_cmplt_epi8(from_a, _mm_set1_epi8(-128 + 26)));
    n = (unsigned)__builtin_ctz(~letters);
    x = _mm_and_si128(x, vector_load(kept + 16 - n));
    one = body_key_block(0, (uint64_t)_mm_cvtsi128_si64(x));
    two = body_key_block(one, (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(x, x)));
    *hash = n > BLOCK ? two : one;
    return n;
}

#else

static inline size_t letters_16(struct span s, uint64_t *hash)
{
    (void)s, (void)hash;
    return 16;
}

#endif

size_t body_key_letters(struct span s, uint64_t *hash)
{
    uint64_t h = 0, raw, x, stop = 0;
    size_t i = 0, n = letters_16(s, hash);

    if (n < 16)
        return n;
    while (!stop && i + BLOCK <= s.n) {
        raw = load(s.p + i, 8);
        x = raw | UINT64_C(0x2020202020202020);
        stop = no_letters(x, raw);
        n = stop ? (size_t)__builtin_ctzll(stop) / 8 : BLOCK;
        if (n < BLOCK)
            x &= (UINT64_C(1) << 8 * n) - 1;
        if (n)
            h = body_key_block(h, x);
        i += n;
    }
    *hash = h;
    return i;
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
