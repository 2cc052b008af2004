/* SPDX-License-Identifier: Apache-2.0 */
/* mixed_script: a word that mixes scripts to look like a Latin one: Amazon whose first letter is Cyrillic. */
#ifndef MXTAP_MAIL_MIXED_SCRIPT_H
#define MXTAP_MAIL_MIXED_SCRIPT_H

#include "decoders/base/bytes.h"

/*
 * The first word of a text in UTF-8 that has Latin letters and Cyrillic or Greek ones, every one of which looks like a
 * Latin letter; a part of the text, absent where there is none. A word has three letters at least, and all of it is in
 * one piece: digits, combining marks and characters that do not show belong to it. Other mixtures are usual: units
 * (k and Omega), formulas, Russian endings behind Latin abbreviations.
 */
struct span mixed_script_word(struct span utf8);

#endif
