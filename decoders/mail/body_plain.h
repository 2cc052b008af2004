/* SPDX-License-Identifier: Apache-2.0 */
/* body_plain: the words that most text is made of: letters of ASCII and Latin-1 alone, maybe a sign behind them, and a space. */
#ifndef MXTAP_MAIL_BODY_PLAIN_H
#define MXTAP_MAIL_BODY_PLAIN_H

#include "decoders/mail/body_key.h"

/* Takes such words of s for the key, from i on, where none has begun; words of ASCII without a letter are nothing, and passed. At the first
 * thing that is none, white space apart, it stops. A word that
 * the end of s may cut is none, unless last: nothing comes behind. Returns the index behind what was used. */
size_t body_plain_words(struct body_key *k, struct span s, size_t i, bool last);

/* What up to 64 bytes are: a bit each. Behind the last byte nothing is anything. */
struct body_marks {
    uint64_t blank;  /* ASCII that is in no word: spaces, controls */
    uint64_t letter; /* ASCII letters, and both bytes of U+00C0 to U+00FF */
    uint64_t sign;   /* ASCII that shows and is no letter, digit or @ */
    uint64_t bare;   /* the same with digits and @ */
    uint64_t kept;   /* bytes of letters that are the same in small letters without their bit 5: first ones of Latin-1, and U+00D7 and U+00DF */
};

struct body_marks body_marks_at(const uint8_t *p, size_t n);
struct body_marks body_marks_scalar(const uint8_t *p, size_t n);

#endif
