/* SPDX-License-Identifier: Apache-2.0 */
/* link_text: folding and capping of what an anchor shows. */
#include "decoders/link/link_text.h"

#include "decoders/base/vector.h"
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

/* May what begins at i be known to invisible()? Half of Japanese punctuation begins as its space does. */
static bool may_hide(struct span s, size_t i)
{
    uint8_t a = s.p[i], b = s.p[i + 1];

    return (a == 0xc2 && (b == 0xa0 || b == 0xad)) || (a == 0xe2 && (b & 0xfe) == 0x80) || (a == 0xcd && b == 0x8f) ||
           (a == 0xef && b == 0xbb) || (a == 0xe3 && b == 0x80 && i + 2 < s.n && s.p[i + 2] == 0x80);
}

size_t link_text_hidden_scalar(struct span s, size_t from)
{
    for (size_t i = from; i + 1 < s.n; i++)
        if (may_hide(s, i))
            return i;
    return s.n;
}

#ifdef __x86_64__

static inline __m128i equal(__m128i x, uint8_t c)
{
    return _mm_cmpeq_epi8(x, _mm_set1_epi8((char)c));
}

/* A bit for each byte of a that may_hide; behind a are zeros. */
static inline unsigned hidden(__m128i a)
{
    __m128i b = _mm_srli_si128(a, 1), c = _mm_srli_si128(a, 2), is_80 = equal(b, 0x80);
    __m128i latin = _mm_and_si128(equal(a, 0xc2), _mm_or_si128(equal(b, 0xa0), equal(b, 0xad)));
    __m128i mark = _mm_and_si128(equal(a, 0xe2), _mm_or_si128(is_80, equal(b, 0x81)));
    __m128i wide = _mm_and_si128(equal(a, 0xe3), _mm_and_si128(is_80, equal(c, 0x80)));
    __m128i rare = _mm_or_si128(_mm_and_si128(equal(a, 0xcd), equal(b, 0x8f)), _mm_and_si128(equal(a, 0xef), equal(b, 0xbb)));

    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(latin, mark), _mm_or_si128(wide, rare)));
}

/* Blocks share two bytes: none is missed at a border. */
size_t link_text_hidden(struct span s, size_t from)
{
    for (size_t i = from; i < s.n; i += 14) {
        size_t left = s.n - i;
        unsigned mask = hidden(left < 16 ? vector_short(s.p + i, left) : vector_load(s.p + i));

        if (mask)
            return i + (unsigned)__builtin_ctz(mask);
        if (left <= 16)
            break;
    }
    return s.n;
}

#else

size_t link_text_hidden(struct span s, size_t from)
{
    return link_text_hidden_scalar(s, from);
}

#endif

/* White space is folded already: two spaces meet only where something between them goes. */
static size_t fold_in_place(uint8_t *p, size_t n)
{
    struct span s = span_of(p, n);
    size_t to = link_text_hidden(s, 0), next;

    for (size_t i = to; i < n; i = next) {
        bool space = false;
        size_t gone = invisible(s, i, &space);

        if (space && to && p[to - 1] != ' ')
            p[to++] = ' ';
        if (!gone)
            p[to++] = p[i++];
        i += gone;
        if (gone && i < n && p[i] == ' ' && (!to || p[to - 1] == ' '))
            i++;
        next = link_text_hidden(s, i);
        if (to < i)
            memmove(p + to, p + i, next - i);
        to += next - i;
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
