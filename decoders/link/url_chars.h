/* SPDX-License-Identifier: Apache-2.0 */
/* url_chars: which characters of running text belong to a URL, and which end it. */
#ifndef MXTAP_LINK_URL_CHARS_H
#define MXTAP_LINK_URL_CHARS_H

#include "decoders/base/bytes.h"

enum char_class {
    CHAR_STOP,   /* space, control, < > " and the like, CJK and full-width punctuation, symbols, emoji */
    CHAR_ASCII,  /* may stand in a URL */
    CHAR_LETTER, /* a letter of a script written with spaces: Latin, Cyrillic, Thai ... */
    CHAR_KANA,   /* hiragana: after an ASCII URL it is a particle of the sentence */
    CHAR_CJK,    /* Han, katakana, hangul: written without spaces, so a sentence may run into a URL */
    CHAR_CUT     /* the bytes end within the character */
};

/* ASCII that ends a word wherever it stands: space, control, < > " ` { } | \ ^ */
extern const bool char_stop[256];

/* As char_class_at, of a byte that is not ASCII. */
enum char_class char_class_wide(struct span s, size_t at, size_t *n);

/* Class of the character at s[at] (at < s.n) and its length in bytes (1 for a byte that is not UTF-8). */
static inline enum char_class char_class_at(struct span s, size_t at, size_t *n)
{
    if (s.p[at] >= 0x80)
        return char_class_wide(s, at, n);
    *n = 1;
    return char_stop[s.p[at]] ? CHAR_STOP : CHAR_ASCII;
}

/* Letters, digits, - and _: what ASCII labels of host names are made of, as far as they are looked for. */
extern const bool char_label[256];

/* Index of the first byte at or after from (from <= s.n) that is no label's and no dot, or s.n. */
size_t char_host_end(struct span s, size_t from);
size_t char_host_end_scalar(struct span s, size_t from);
/* The same of labels and / . % = & ?: what most of a path is made of, and asks no question where it ends. */
size_t char_path_end(struct span s, size_t from);
size_t char_path_end_scalar(struct span s, size_t from);

/* Index of the first char_stop byte at or after from, or s.n. */
size_t char_find_stop(struct span s, size_t from);

#endif
