/* SPDX-License-Identifier: Apache-2.0 */
/* entity: HTML character references: numeric ones, and the named ones that matter in mail. */
#ifndef MXTAP_LINK_ENTITY_H
#define MXTAP_LINK_ENTITY_H

#include "decoders/base/bytes.h"

enum {
    ENTITY_NAME_MAX = 40, /* bytes behind the &; leading zeros of numbers included */
    ENTITY_UTF8_MAX = 4
};

enum entity_in { ENTITY_IN_TEXT, ENTITY_IN_ATTRIBUTE };

/*
 * s begins behind an &. Writes the character as UTF-8, sets *used to the bytes of s it took (a semicolon
 * included) and returns the length of the UTF-8; 0 where there is no reference.
 *
 * Known names: all of HTML 5 that give ASCII, white space, a zero-width character or one that a host name folds
 * to ASCII (a URL can be hidden in them), and HTML 4's letters and typographic marks (they stand in visible text). The other two thousand,
 * mathematics mostly, stay as written. Old names (amp, lt, nbsp, eacute) count without semicolon too, but in
 * an attribute not before = or a letter or digit: "?a=1&copy=2" (WHATWG HTML 13.2.5.73).
 */
size_t entity_decode(struct span s, enum entity_in in, uint8_t utf8[ENTITY_UTF8_MAX], size_t *used);

/* Appends an attribute's value with its references decoded. */
void entity_decode_attribute(struct span value, struct buf *out);

static inline bool entity_name_byte(uint8_t c)
{
    return ascii_alnum(c) || c == '#';
}

#endif
