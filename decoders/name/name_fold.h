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
/* From the queue, which is filled first where it is empty; for name_fold_next. */
int name_fold_queued(struct name_fold *f);

/* All of it at once, as name_fold_next gives it byte by byte: its length. 0: nothing is left of text, or it may need more than cap. */
size_t name_fold_whole(struct span text, uint8_t *out, size_t cap);

/* The usual step inside of a word: a letter or digit of ASCII. NAME_END: it is another. */
static inline int name_fold_inside_word(struct name_fold *f)
{
    uint8_t c = f->at < f->text.n ? f->text.p[f->at] : 0;

    if (f->border || !ascii_alnum(c))
        return NAME_END;
    f->end = ++f->at;
    return ascii_lower(c);
}

/* Kana (U+3040 to U+323F) and ideographs: nothing folds them (url_idn.c). */
static inline bool name_fold_is_itself(struct span s)
{
    if (s.n < 3 || s.p[0] < 0xe3 || s.p[0] > 0xe9 || (s.p[1] & 0xc0) != 0x80 || (s.p[2] & 0xc0) != 0x80)
        return false;
    return s.p[0] > 0xe3 || (s.p[1] > 0x80 && (s.p[1] < 0x89 || s.p[1] >= 0x90));
}

/* The usual step outside: a byte of one of those, given where it stands. NAME_END: it is another. */
static inline int name_fold_inside_character(struct name_fold *f)
{
    if (f->more)
        return f->text.p[f->at - f->more--];
    if (!name_fold_is_itself(span_from(f->text, f->at)))
        return NAME_END;
    f->end = f->at += 3;
    f->more = 2;
    f->border = false;
    return f->text.p[f->at - 3];
}

/* The next byte of the folded text, or NAME_END. Constant work, in all linear in the text. */
static inline int name_fold_next(struct name_fold *f)
{
    int usual = NAME_END;

    if (f->i == f->n)
        usual = f->in_word ? name_fold_inside_word(f) : name_fold_inside_character(f);
    return usual == NAME_END ? name_fold_queued(f) : usual;
}

#endif
