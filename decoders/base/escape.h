/* SPDX-License-Identifier: Apache-2.0 */
/* escape: a stranger's text made unambiguous and safe for a terminal and for a key name (REDIS.md, Text). */
#ifndef MXTAP_BASE_ESCAPE_H
#define MXTAP_BASE_ESCAPE_H

#include "decoders/base/bytes.h"

enum escape_option {
    ESCAPE_COLON = 1, /* ':' too: for a value inside a key's name */
    ESCAPE_STORED = 2 /* not '\\': s was escaped before, and is only made safe once more */
};

/*
 * Appends s to out. C0, DEL, C1, U+2028/2029, bidi and zero-width characters, '\' itself and bytes that
 * are no UTF-8 become \xNN per byte; all else stays. The form can be turned back, so two texts that
 * differ never look alike. False when out could not take all of it (out->truncated is then set).
 */
bool escape_text(struct buf *out, struct span s, unsigned options);

/* The character at s.p: its code point in *c and its length, 1..4 bytes; 0 where s does not begin with
 * well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms) or is empty. */
unsigned utf8_next_any(struct span s, uint32_t *c);

/* The same: ASCII, and three bytes whose lead has no second byte of its own bounds (kana, ideographs, Hangul), without a call. */
static inline unsigned utf8_next(struct span s, uint32_t *c)
{
    if (s.n && s.p[0] < 0x80) {
        *c = s.p[0];
        return 1;
    }
    if (s.n < 3 || s.p[0] <= 0xe0 || s.p[0] >= 0xf0 || s.p[0] == 0xed || (s.p[1] & 0xc0) != 0x80 || (s.p[2] & 0xc0) != 0x80)
        return utf8_next_any(s, c);
    *c = (s.p[0] & 0xfu) << 12 | (s.p[1] & 0x3fu) << 6 | (s.p[2] & 0x3fu);
    return 3;
}

#endif
