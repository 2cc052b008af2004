/* SPDX-License-Identifier: Apache-2.0 */
/* word_finder: many words looked for in a text at once (Aho and Corasick 1975). */
#ifndef MXTAP_NAME_WORD_FINDER_H
#define MXTAP_NAME_WORD_FINDER_H

#include "decoders/base/bytes.h"

/*
 * The work is linear in the text, whatever words there are: a step follows at most one edge down and, over all of
 * a text, no more edges back than it went down; a node has at most 256 edges. Read-only once sealed, so any number
 * of threads may walk it.
 */
struct word_finder;

/* NULL when memory is refused. m outlives it. */
struct word_finder *word_finder_new(struct mem *m);
void word_finder_free(struct word_finder *f);

/* Before the seal. id is not 0; a word that was added before keeps its first id (*had, 0 if it is new). False
 * when memory is refused; an empty word is none. */
bool word_finder_add(struct word_finder *f, struct span word, uint32_t id, uint32_t *had);
/* After the last word: false when memory is refused. */
bool word_finder_seal(struct word_finder *f);

/* On the way through a text, which begins with all of it 0: the last bytes, and the state, which is not told while no word can have
 * begun with them. */
struct word_finder_walk {
    uint32_t window, state;
};

/* After one more byte of text: words that end with it, the longest first: a hit, then the next one, 0 at the end. */
uint32_t word_finder_step(const struct word_finder *f, struct word_finder_walk *w, uint8_t byte);
/* The first hit of all text: the same, where no text is on the way in pieces. */
uint32_t word_finder_first(const struct word_finder *f, struct span text);
uint32_t word_finder_next(const struct word_finder *f, uint32_t hit);
uint32_t word_finder_id(const struct word_finder *f, uint32_t hit);

#endif
