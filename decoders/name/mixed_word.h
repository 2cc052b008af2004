/* SPDX-License-Identifier: Apache-2.0 */
/* mixed_word: words that mix scripts whose letters look alike, as "Аmazon" with a Cyrillic А. */
#ifndef MXTAP_NAME_MIXED_WORD_H
#define MXTAP_NAME_MIXED_WORD_H

#include "decoders/base/bytes.h"

/* The next word of text from *at on that has letters of the Latin script and of one that looks like it (Greek,
 * Cyrillic, Armenian, Cherokee, Coptic, Lisu, mathematical letters): a span of text, *at moves behind it. Absent when
 * there is none. A word is a run of letters, digits and marks; Japanese characters end it, for those stand beside
 * Latin words in honest text. Linear in text. */
struct span mixed_word_next(struct span text, size_t *at);

#endif
