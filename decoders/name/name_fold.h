/* SPDX-License-Identifier: Apache-2.0 */
/* name_fold: a text as names are looked for in it: spellings that read alike become one. */
#ifndef MXTAP_NAME_NAME_FOLD_H
#define MXTAP_NAME_NAME_FOLD_H

#include "decoders/base/bytes.h"

/*
 * Lower case; full-width, circled and mathematical letters as the plain ones; half-width kana as full-width; what
 * does not show (zero width, soft hyphen) and blanks are left out. Before and after every run of Latin letters and
 * digits stands one NAME_BORDER: a name that begins or ends with it is found only as a word, while Japanese, which
 * has no blanks, is found anywhere.
 */
enum { NAME_BORDER = 1, NAME_END = -1 };

struct name_fold {
    struct span text; /* UTF-8; any byte is taken */
    size_t at;        /* bytes of text taken */
    size_t end;       /* bytes of text up to the end of the last symbol given, borders not counted */
    uint8_t queue[16];
    uint8_t n, i;
    uint8_t more;     /* bytes in front of at that are to be given */
    bool in_word, border; /* inside a run of letters; the last symbol given was a border */
};

void name_fold_begin(struct name_fold *f, struct span text);
/* The next byte of the folded text, or NAME_END. Constant work, in all linear in the text. */
int name_fold_next(struct name_fold *f);

#endif
