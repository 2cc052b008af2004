/* SPDX-License-Identifier: Apache-2.0 */
/* body_key: a key of a text that stays when names, numbers and links in it change: mails of one template share it. */
#ifndef MXTAP_MAIL_BODY_KEY_H
#define MXTAP_MAIL_BODY_KEY_H

#include "decoders/base/bytes.h"

enum { BODY_KEY_BINS = 4, BODY_KEY_TEXT = 16, BODY_KEY_NAMES = 16 };

/*
 * A text is a row of words; each pair of neighbours is hashed, and falls into one of four bins by that hash. The key is
 * made of the least hash of each bin (one permutation min-wise hashing: Broder 1997; Li, Owen, Zhang 2012), 16 bits of
 * each. So two texts that share a part J of all their pairs have a quarter of the key in common with the probability J,
 * and all of it with J^4: 0.85 where four pairs of a hundred differ, one in ten thousand where one in ten is the same.
 * The hash is not keyed: a key must be the same in every sensor and year. Who wants the key of another's mail can have
 * it, by writing that mail.
 */
struct body_key {
    uint64_t least[BODY_KEY_BINS];  /* see body_key_least */
    uint64_t last;                  /* the word before; 0: none */
    uint32_t character;             /* the one before, where it was one of those that are words; 0: it was not */
    uint32_t weight;                /* of the text: 3 a word, 1 a character */
    uint64_t names_bloom;           /* a bit for each of names: most words are none */
    uint64_t names[BODY_KEY_NAMES]; /* hashes of words that are left out */
    uint8_t names_n;
};

void body_key_begin(struct body_key *k);
/* A word of folded bytes; not empty. */
uint64_t body_key_hash(struct span word);

/* The odd factors that hashes are made with. */
#define BODY_KEY_BLOCK UINT64_C(0x9e3779b97f4a7c15)
#define BODY_KEY_LAST UINT64_C(0xbf58476d1ce4e5b9)
#define BODY_KEY_PAIR UINT64_C(0x94d049bb133111eb)

/* One block more of a hash: 8 bytes, the first one lowest, zeros behind the last. */
static inline uint64_t body_key_block(uint64_t h, uint64_t block)
{
    h = (h ^ block) * BODY_KEY_BLOCK;
    return h ^ h >> 29;
}

/* A word that is left out from here on. */
void body_key_name(struct body_key *k, uint64_t word);
bool body_key_is_name(const struct body_key *k, uint64_t word);

static inline uint64_t body_key_bit(uint64_t word)
{
    return UINT64_C(1) << (word & 63);
}

/* A pair, hashed. No jump: whether it is less nobody can foresee. */
static inline void body_key_least(struct body_key *k, uint64_t pair)
{
    uint64_t least = k->least[pair & 3];

    k->least[pair & 3] = pair < least ? pair : least;
}

static inline void body_key_next(struct body_key *k, uint64_t word, uint32_t weight)
{
    uint64_t pair;

    pair = k->last * BODY_KEY_LAST + word;
    k->last = word;
    k->weight += weight;
    body_key_least(k, (pair ^ pair >> 31) * BODY_KEY_PAIR);
}

/* The next word of the text. */
static inline void body_key_word(struct body_key *k, uint64_t word)
{
    if ((k->names_bloom & body_key_bit(word)) && body_key_is_name(k, word))
        return;
    k->character = 0;
    body_key_next(k, word, 3);
}

/* The next word is a character: with the one before it, so that a pair holds three. Pairs of two are in every text. */
static inline void body_key_character(struct body_key *k, uint32_t c)
{
    body_key_next(k, body_key_block(k->character, c), 1);
    k->character = c;
}

/* 16 hexadecimal digits; false where the text is too short to tell one from another. */
bool body_key_write(const struct body_key *k, uint8_t out[BODY_KEY_TEXT]);

#endif
