/* SPDX-License-Identifier: Apache-2.0 */
/* tag_memo: tags met before, as they were written, of which nothing matters but their element: a page repeats its cells and paragraphs,
 * and its neighbours' pages do. */
#ifndef MXTAP_LINK_TAG_MEMO_H
#define MXTAP_LINK_TAG_MEMO_H

#include "decoders/base/bytes.h"
#include "decoders/base/mem.h"

/* Nineteen tags of twenty have no more bytes. */
enum { TAG_MEMO_BYTES = 228, TAG_FRONT_LEAST = 8 };

/* All that such a tag does. */
struct tag_effect {
    const void *element; /* static: the reader's */
    bool settles;        /* a value was read on the way, and led nowhere */
    bool border;         /* words in front of it end there */
    uint8_t place;       /* of a front: the reader's, of the attribute whose value follows */
    uint8_t raw;         /* enum html_text of what it begins */
};

/* n 0: free. Invariant: a tag with this text, whole in one piece, does this to every page, whatever stood before it. */
struct known_tag {
    struct tag_effect effect;
    uint8_t n;
    uint8_t text[TAG_MEMO_BYTES]; /* from behind < to > */
};

/* The same of a tag of up to 8 bytes: its text as le64 has it, zeros behind it. 0: free. */
struct known_word {
    uint64_t text;
    struct tag_effect effect;
};

enum { TAG_MEMO_WORD_BITS = 9, TAG_MEMO_PLACE_BITS = 8, TAG_MEMO_REST_BITS = 6 };

/* A fixed number of places, 108 KB in all, the newest tag of each. It belongs to one thread; many tokenizers may use it. */
struct tag_memo {
    struct mem *mem;
    struct known_word words[1 << TAG_MEMO_WORD_BITS];
    struct known_tag places[1 << TAG_MEMO_PLACE_BITS], rests[1 << TAG_MEMO_REST_BITS], fronts[1 << TAG_MEMO_REST_BITS];
};

/* NULL when memory is refused. */
struct tag_memo *tag_memo_new(struct mem *m);
void tag_memo_free(struct tag_memo *x);

/* Index of the first > among the first TAG_MEMO_BYTES, or TAG_MEMO_BYTES. */
size_t tag_end(struct span s);
size_t tag_end_scalar(struct span s);

static inline unsigned tag_memo_hash(uint64_t word, unsigned bits)
{
    return (unsigned)(word * UINT64_C(0x9e3779b97f4a7c15) >> (64 - bits));
}

/* Two tags of three have up to 8 bytes, their > among them: such a one is found by one word. There are 8 bytes at p. Returns its place,
 * and sets n, its bytes, and met: it is the one in there. NULL: it is longer. */
static inline struct known_word *tag_memo_word(struct tag_memo *x, const uint8_t *p, size_t *n, bool *met)
{
    const uint64_t each = 0x0101010101010101u;
    uint64_t text = le64(p), other = text ^ '>' * each;
    uint64_t ends = (other - each) & ~other & 0x80 * each; /* exact up to the first > */
    struct known_word *w;

    if (!ends)
        return NULL;
    text &= ends ^ (ends - 1);
    w = &x->words[tag_memo_hash(text, TAG_MEMO_WORD_BITS)];
    *n = (size_t)__builtin_ctzll(ends) / 8 + 1;
    *met = w->text == text;
    return w;
}

/* The place of the tag that s begins with, up to its first > (*n bytes); met: the tag in it is this one. NULL: it has none, as its end
 * is not near. */
struct known_tag *tag_memo_place(struct tag_memo *x, struct span s, size_t *n, bool *met);
/* The same of the rest of a tag, behind one of its attributes' values. Invariant: a rest with this text, of this element, does nothing
 * but end the tag. */
struct known_tag *tag_memo_rest(struct tag_memo *x, struct span s, size_t *n, bool *met);
/* The place of a front that s begins with: all of a tag up to where a quoted value of something to say begins, TAG_FRONT_LEAST bytes or
 * more. Fronts that begin alike share one. There are so many bytes in s. Invariant: a front with this text begins this element, and before
 * that value nothing is said. */
struct known_tag *tag_memo_front(struct tag_memo *x, struct span s);

static inline bool known_tag_is(const struct known_tag *t, struct span tag)
{
    return t->n == tag.n && bytes_eq(t->text, tag.p, tag.n);
}

/* Does s, of at least 8 bytes, begin with this front? Most differ in the first. */
static inline bool known_front_begins(const struct known_tag *t, struct span s)
{
    return t->n && t->n <= s.n && le64(t->text) == le64(s.p) && bytes_eq(t->text, s.p, t->n);
}

/* The tag has the place from now on. It is no longer than 8 bytes or TAG_MEMO_BYTES. */
void known_word_set(struct known_word *w, struct span tag, const struct tag_effect *effect);
void known_tag_set(struct known_tag *t, struct span tag, const struct tag_effect *effect);

#endif
