/* SPDX-License-Identifier: Apache-2.0 */
/* body_characters: rows of characters of three bytes, as Chinese, Japanese and Korean have them, as words of a text's key. */
#ifndef MXTAP_MAIL_BODY_CHARACTERS_H
#define MXTAP_MAIL_BODY_CHARACTERS_H

#include "decoders/mail/body_key.h"

/* Letters of them are words, signs and spaces are nothing. */
static inline bool body_character_is_word(uint32_t c)
{
    return !((c >= 0x2000 && c < 0x2e80) || (c >= 0x3000 && c < 0x3040) || (c >= 0xd800 && c < 0xf900) || c >= 0xfe00);
}

/* Takes all from U+3000 to U+DFFF that follow one another from s.p[i] on; returns the index behind them. The second says the same, one at
 * a time. */
size_t body_characters(struct body_key *k, struct span s, size_t i);
size_t body_characters_scalar(struct body_key *k, struct span s, size_t i);

#endif
