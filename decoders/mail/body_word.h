/* SPDX-License-Identifier: Apache-2.0 */
/* body_word: the door between body_text and what it does with a word; nobody else includes this. */
#ifndef MXTAP_MAIL_BODY_WORD_H
#define MXTAP_MAIL_BODY_WORD_H

#include "decoders/mail/body_text.h"

/*
 * What a byte is in a word; 0: it is in none. A word is ASCII that shows, and letters of two bytes (their first byte from
 * 0xc3 on: 0xc2 begins spaces and signs). Longer characters are words of their own: Chinese and Japanese have no spaces.
 * ALIEN: the first byte of a Greek or Cyrillic letter, all that look like Latin ones among them (mixed_script.h).
 */
enum { LETTER = 1, DIGIT = 2, SIGN = 4, HIGH = 8, AT = 16, DOT = 32, COLON = 64, ALIEN = 128 | HIGH };
extern const uint8_t body_kinds[256];

/* A whole word, from space to space, of fewer than LIMIT_BODY_WORD bytes; has: the kinds of its bytes. keyed: it counts
 * for the key; else it is looked at for an address and mixed scripts alone. */
void body_word_take(struct body_text *x, struct span s, uint8_t has, bool keyed);
/* The words of s, as body_word_take would cut it, are left out of the key. */
void body_word_names(struct body_text *x, struct span s);

#endif
