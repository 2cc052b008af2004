/* SPDX-License-Identifier: Apache-2.0 */
/* link_text: folding and capping of what an anchor shows. */
#include "decoders/link/link_text.h"

#include "decoders/base/scan.h"
#include "decoders/link/copy_until.h"

void link_text_begin(struct link_text *t)
{
    t->n = t->alt_n = 0;
    t->space = false;
}

static bool is_space(uint8_t c)
{
    return c <= ' ';
}

/* Text with its white space folded: n bytes at p; a word begins below most only, and goes no further, but has a byte where there
 * is room. */
struct folded {
    uint8_t *p;
    size_t n, most, room;
    bool space; /* one is due before the next word */
};

static void add_folded(struct folded *f, struct span piece)
{
    for (size_t i = 0, end; i < piece.n && f->n < f->most; i = end) {
        if (is_space(piece.p[i])) {
            f->space = true;
            end = i + 1;
            continue;
        }
        if (f->space && f->n)
            f->p[f->n++] = ' ';
        f->space = false;
        end = copy_word(f->p + f->n, span_head(piece, i + (f->n < f->most ? f->most : f->room) - f->n), i);
        f->n += end - i;
        if (end == i)
            return;
    }
}

void link_text_add(struct link_text *t, struct span piece)
{
    struct folded f = {t->bytes, t->n, sizeof(t->bytes), sizeof(t->bytes), t->space};

    add_folded(&f, piece);
    t->n = (uint16_t)f.n;
    t->space = f.space;
}

void link_text_break(struct link_text *t)
{
    t->space = true;
}

void link_text_alt(struct link_text *t, struct span alt)
{
    struct folded f = {t->alt, 0, sizeof(t->alt) - 1, sizeof(t->alt), false};

    if (t->alt_n)
        return;
    add_folded(&f, alt);
    t->alt_n = (uint16_t)f.n;
}

/* Length of what shows as a space (1) or not at all (0) at p, and how many bytes it takes; 0 for others. */
static size_t invisible(struct span s, size_t i, bool *space)
{
    struct span rest = span_from(s, i);

    *space = span_eq(span_head(rest, 2), SPAN("\xc2\xa0")) || span_eq(span_head(rest, 3), SPAN("\xe3\x80\x80"));
    if (*space)
        return rest.p[0] == 0xc2 ? 2 : 3;
    if (span_eq(span_head(rest, 2), SPAN("\xc2\xad")) || span_eq(span_head(rest, 2), SPAN("\xcd\x8f")))
        return 2; /* soft hyphen, grapheme joiner */
    if (rest.n >= 3 && rest.p[0] == 0xe2 && rest.p[1] == 0x80 && rest.p[2] >= 0x8b && rest.p[2] <= 0x8f)
        return 3; /* U+200B to U+200F */
    if (span_eq(span_head(rest, 3), SPAN("\xe2\x81\xa0")) || span_eq(span_head(rest, 3), SPAN("\xef\xbb\xbf")))
        return 3;
    return 0;
}

/* First bytes of what does not show. */
static const bool may_hide[256] = {[0xc2] = true, [0xcd] = true, [0xe2] = true, [0xe3] = true, [0xef] = true};

static size_t fold_in_place(uint8_t *p, size_t n)
{
    struct span s = span_of(p, n);
    size_t to = scan_not_plain(s, 0); /* what stands before is folded already */

    for (size_t i = to; i < n;) {
        bool space = false;
        size_t gone = may_hide[p[i]] ? invisible(s, i, &space) : 0;

        if (!gone || space) {
            uint8_t c = gone ? ' ' : p[i];

            if (c != ' ' || (to && p[to - 1] != ' '))
                p[to++] = c;
        }
        i += gone ? gone : 1;
    }
    while (to && p[to - 1] == ' ')
        to--;
    return to;
}

/* Whole characters only. */
static size_t cut(const uint8_t *p, size_t n, size_t max)
{
    size_t i = n < max ? n : max;

    while (i && i < n && (p[i] & 0xc0) == 0x80)
        i--;
    return i;
}

/* A character that the full buffer cut off is dropped. */
static size_t whole(const uint8_t *p, size_t n)
{
    size_t i = n, lead;

    while (i && n - i < 4 && (p[i - 1] & 0xc0) == 0x80)
        i--;
    if (!i || p[i - 1] < 0xc0)
        return n;
    lead = p[i - 1] >= 0xf0 ? 4 : p[i - 1] >= 0xe0 ? 3 : 2;
    return n - (i - 1) < lead ? i - 1 : n;
}

static struct span finish(uint8_t *p, size_t n)
{
    n = fold_in_place(p, whole(p, n));
    return span_of(p, cut(p, n, LIMIT_LINK_TEXT));
}

struct span link_text_end(struct link_text *t)
{
    struct span text = finish(t->bytes, t->n);

    return text.n ? text : finish(t->alt, t->alt_n);
}
