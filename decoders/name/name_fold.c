/* SPDX-License-Identifier: Apache-2.0 */
/* name_fold: one character at a time through a small queue, but for the usual ones. */
#include "decoders/name/name_fold.h"

#include "decoders/base/escape.h"
#include "decoders/link/url_idn.h"

/* U+FF66 to U+FF9D as full-width kana. */
static const uint16_t kana[] = {
    0x30f2, 0x30a1, 0x30a3, 0x30a5, 0x30a7, 0x30a9, 0x30e3, 0x30e5, 0x30e7, 0x30c3, 0x30fc, 0x30a2, 0x30a4, 0x30a6,
    0x30a8, 0x30aa, 0x30ab, 0x30ad, 0x30af, 0x30b1, 0x30b3, 0x30b5, 0x30b7, 0x30b9, 0x30bb, 0x30bd, 0x30bf, 0x30c1,
    0x30c4, 0x30c6, 0x30c8, 0x30ca, 0x30cb, 0x30cc, 0x30cd, 0x30ce, 0x30cf, 0x30d2, 0x30d5, 0x30d8, 0x30db, 0x30de,
    0x30df, 0x30e0, 0x30e1, 0x30e2, 0x30e4, 0x30e6, 0x30e8, 0x30e9, 0x30ea, 0x30eb, 0x30ec, 0x30ed, 0x30ef, 0x30f3};

enum { KANA_FIRST = 0xff66, KANA_LAST = 0xff9d, VOICED = 0xff9e, HALF_VOICED = 0xff9f };

_Static_assert(sizeof(kana) / sizeof(*kana) == KANA_LAST - KANA_FIRST + 1, "a kana for each half-width one");

void name_fold_begin(struct name_fold *f, struct span text)
{
    *f = (struct name_fold){.text = text};
}

/* A voiced kana follows its plain one, a half-voiced one that; U+30F4 alone stands elsewhere. */
static uint32_t with_mark(uint32_t full, uint32_t mark)
{
    bool ha_row = full >= 0x30cf && full <= 0x30db;

    if (mark == HALF_VOICED)
        return ha_row ? full + 2 : 0;
    if (full == 0x30a6)
        return 0x30f4;
    return full >= 0x30ab && full <= 0x30db && (full < 0x30ca || ha_row) ? full + 1 : 0;
}

/* The full-width form of half-width kana c; the mark behind it is taken along. */
static uint32_t full_width(struct name_fold *f, uint32_t c)
{
    uint32_t full = kana[c - KANA_FIRST], mark = 0, voiced;
    unsigned n = utf8_next(span_from(f->text, f->at), &mark);

    voiced = n && (mark == VOICED || mark == HALF_VOICED) ? with_mark(full, mark) : 0;
    if (voiced)
        f->at += n;
    return voiced ? voiced : full;
}

static void put(struct name_fold *f, uint8_t c)
{
    f->queue[f->n++] = c;
}

static void put_border(struct name_fold *f)
{
    if (!f->border)
        put(f, NAME_BORDER);
    f->border = true;
}

static bool is_blank(uint32_t c)
{
    return c <= ' ' || c == 0xa0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029;
}

/* Of a folded character: ASCII, or two bytes of the Latin blocks up to U+024F. */
static bool is_letter(const uint8_t *p, size_t n)
{
    return n == 1 ? ascii_alnum(p[0]) : n == 2 && p[0] >= 0xc3 && p[0] <= 0xc8;
}

static void put_character(struct name_fold *f, const uint8_t *p, size_t n)
{
    bool letter = is_letter(p, n);

    if (letter != f->in_word)
        put_border(f);
    f->in_word = letter;
    for (size_t i = 0; i < n; i++)
        put(f, p[i]);
    f->border = false;
}

static void end_word(struct name_fold *f)
{
    if (f->in_word)
        put_border(f);
    f->in_word = false;
}

/* A character that may fold to several, each put by itself: "℡" gives "tel". */
static void put_folded(struct name_fold *f, const uint8_t *p, size_t n)
{
    for (size_t i = 0, len; i < n; i += len) {
        uint32_t c;

        len = utf8_next(span_of(p + i, n - i), &c);
        if (!len)
            return;
        put_character(f, p + i, len);
    }
}

static size_t encode(uint32_t c, uint8_t to[3])
{
    to[0] = (uint8_t)(0xe0 | c >> 12);
    to[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    to[2] = (uint8_t)(0x80 | (c & 0x3f));
    return 3;
}

static void take(struct name_fold *f)
{
    struct span rest = span_from(f->text, f->at);
    uint8_t bytes[8];
    char folded[URL_IDN_MAX];
    uint32_t c = 0;
    size_t n = utf8_next(rest, &c);

    if (!n) { /* no character: it is a border of words and nothing else */
        f->at++;
        put_character(f, (const uint8_t *)"?", 1);
        return;
    }
    f->at += n;
    if (is_blank(c)) {
        end_word(f);
        return;
    }
    if (n == 1) {
        bytes[0] = ascii_lower(rest.p[0]);
        put_character(f, bytes, 1);
    } else if (c >= KANA_FIRST && c <= KANA_LAST) {
        put_character(f, bytes, encode(full_width(f, c), bytes));
    } else if (url_idn_map(c, folded, &n)) {
        put_folded(f, (const uint8_t *)folded, n);
    } else {
        put_character(f, rest.p, n);
    }
}

/* False: nothing is left. */
static bool fill_queue(struct name_fold *f)
{
    f->i = f->n = 0;
    while (!f->n && f->at < f->text.n)
        take(f);
    if (!f->n)
        end_word(f);
    return f->n;
}

int name_fold_queued(struct name_fold *f)
{
    uint8_t c;

    if (f->i == f->n && !fill_queue(f))
        return NAME_END;
    c = f->queue[f->i++];
    if (c != NAME_BORDER)
        f->end = f->at;
    return c;
}

/* Letters and digits of ASCII as they fold; 0: any other byte. */
static uint8_t letter_of(uint8_t c)
{
    static const uint8_t letters[256] = {
        ['0'] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
        ['A'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
        ['a'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
    };

    return letters[c];
}

/* A border in front of what begins or ends a word at out[n]. */
static inline size_t whole_border(struct name_fold *f, uint8_t *out, size_t n, bool letter)
{
    out[n] = NAME_BORDER;
    n += letter ? !f->in_word && !f->border : f->in_word;
    f->in_word = letter;
    return n;
}

/* From out[n] on: all of ASCII, and characters that nothing folds; to where there is no room for a border and three bytes. */
static size_t whole_usual(struct name_fold *f, uint8_t *out, size_t n, size_t cap)
{
    const uint8_t *p = f->text.p, *end = p + f->text.n;
    uint8_t letter;

    for (p += f->at; p < end && n + 4 <= cap;) {
        if ((letter = letter_of(*p))) {
            n = whole_border(f, out, n, true);
            f->border = false;
            do
                out[n++] = letter;
            while (++p < end && (letter = letter_of(*p)) && n < cap);
        } else if (*p <= ' ') {
            f->border |= f->in_word;
            n = whole_border(f, out, n, false);
            p++;
        } else if (*p < 0x80) {
            n = whole_border(f, out, n, false);
            f->border = false;
            out[n++] = *p++;
        } else if (name_fold_is_itself(span_of(p, (size_t)(end - p)))) {
            n = whole_border(f, out, n, false);
            f->border = false;
            memcpy(out + n, p, 3);
            n += 3;
            p += 3;
        } else {
            break;
        }
    }
    f->at = f->text.n - (size_t)(end - p);
    return n;
}

size_t name_fold_whole(struct span text, uint8_t *out, size_t cap)
{
    struct name_fold f;
    size_t n = 0;

    name_fold_begin(&f, text);
    n = whole_usual(&f, out, n, cap);
    while (fill_queue(&f)) {
        if (cap - n < sizeof(f.queue))
            return 0;
        memcpy(out + n, f.queue, sizeof(f.queue)); /* of which n are meant */
        n += f.n;
        n = whole_usual(&f, out, n, cap);
    }
    return n;
}
