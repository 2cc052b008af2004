/* SPDX-License-Identifier: Apache-2.0 */
/* script_signs: whether a script writes the page, unpacks hidden code, hands over a file, or leads to another page. */
#ifndef MXTAP_LINK_SCRIPT_SIGNS_H
#define MXTAP_LINK_SCRIPT_SIGNS_H

#include "decoders/base/bytes.h"

enum { SCRIPT_WORD = 24 };

/* Words are looked at wherever they stand, in strings and comments too: a page that hides them there means them. */
struct script_signs {
    uint8_t word_n;   /* > SCRIPT_WORD: longer than any that counts */
    uint8_t before;   /* enum of the word before, behind which this one counts */
    uint8_t assigned; /* behind "location": 1 = an = may follow, 2 = it did */
    uint8_t word[SCRIPT_WORD];
};

void script_signs_begin(struct script_signs *s);
/* The next bytes of the script; true when they complete a sign. */
bool script_signs_push(struct script_signs *s, struct span text);

#endif
