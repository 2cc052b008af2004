/* SPDX-License-Identifier: Apache-2.0 */
/* body_word: which words are names, numbers, links or addresses. */
#include "decoders/mail/body_word.h"

#include "decoders/mail/mixed_script.h"

#define REP4(x) x, x, x, x
#define REP16(x) REP4(x), REP4(x), REP4(x), REP4(x)
const uint8_t body_kinds[256] = {
    REP16(0), REP16(0),
    0, REP4(SIGN), REP4(SIGN), REP4(SIGN), SIGN, DOT, SIGN, /* 0x20 to 0x2f */
    REP4(DIGIT), REP4(DIGIT), DIGIT, DIGIT, COLON, SIGN, REP4(SIGN),
    AT, REP4(LETTER), REP4(LETTER), REP4(LETTER), LETTER, LETTER, LETTER,
    REP4(LETTER), REP4(LETTER), LETTER, LETTER, LETTER, SIGN, REP4(SIGN),
    SIGN, REP4(LETTER), REP4(LETTER), REP4(LETTER), LETTER, LETTER, LETTER,
    REP4(LETTER), REP4(LETTER), LETTER, LETTER, LETTER, SIGN, SIGN, SIGN, SIGN, 0,
    REP16(HIGH), REP16(HIGH), REP16(HIGH), REP16(HIGH),
    0, 0, 0, HIGH, REP4(HIGH), REP4(HIGH), HIGH, ALIEN, ALIEN, ALIEN, /* 0xc0 to 0xcf */
    REP4(ALIEN), ALIEN, HIGH, HIGH, HIGH, REP4(HIGH), REP4(HIGH),
    REP16(0), REP16(0),
};

/* Capital letters of Latin-1, Greek and Cyrillic; others stay. */
static uint32_t folded(uint32_t c)
{
    if ((c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f))
        return c + 0x20;
    if (c >= 0x400 && c <= 0x40f)
        return c + 0x50;
    return c >= 0x100 && c < 0x180 ? c | 1 : c;
}

/* One letter at s folded into out; its bytes, 0 where none begins here. *digit: it is one. */
static size_t fold_letter(struct span s, uint8_t *out, size_t *out_n, bool *digit)
{
    uint8_t kind = body_kinds[s.p[0]];
    uint32_t c;

    if (kind & (LETTER | DIGIT)) {
        out[(*out_n)++] = ascii_lower(s.p[0]);
        *digit |= kind == DIGIT;
        return 1;
    }
    if (s.n < 2 || s.p[0] < 0xc3 || (s.p[1] & 0xc0) != 0x80)
        return 0;
    c = folded((s.p[0] & 31u) << 6 | (s.p[1] & 63u));
    out[(*out_n)++] = (uint8_t)(0xc0 | c >> 6);
    out[(*out_n)++] = (uint8_t)(0x80 | (c & 63));
    return 2;
}

typedef void (*word_fn)(struct body_key *k, uint64_t word);

/* The words between the signs of s; those with a digit are numbers, and left out. */
static void split_words(struct body_text *x, struct span s, word_fn take)
{
    uint8_t word[LIMIT_BODY_WORD + 2];

    while (s.n) {
        size_t n = 0, used;
        bool digit = false;

        while (s.n && n < LIMIT_BODY_WORD && (used = fold_letter(s, word, &n, &digit)))
            s = span_from(s, used);
        if (n && !digit)
            take(&x->key, body_key_hash(span_of(word, n)));
        if (!n)
            s = span_from(s, 1);
    }
}

/* --- links and addresses --- */

static bool is_alnum_at(struct span s, size_t i)
{
    return i < s.n && (body_kinds[s.p[i]] & (LETTER | DIGIT | HIGH));
}

/* A link, a host, a file, a number with a point: a dot inside, or ://. */
static bool is_link(struct span s, uint8_t has)
{
    if ((has & COLON) && span_find_span(s, 0, SPAN("://")) < s.n)
        return true;
    for (size_t i = (has & DOT) ? span_find(s, 0, '.') : s.n; i < s.n; i = span_find(s, i + 1, '.'))
        if (i && is_alnum_at(s, i - 1) && is_alnum_at(s, i + 1))
            return true;
    return false;
}

/* Of a local part as people have it. RFC 5322 has more signs, which in text stand between an address and what is around. */
static bool is_address_byte(uint8_t c)
{
    return ascii_alnum(c) || c == '.' || c == '_' || c == '-' || c == '+' || c == '\'';
}

/* From its local part to its domain: the address around the @ at i; n 0 where there is none. */
static struct span address_at(struct span s, size_t i)
{
    size_t begin = i, end = i + 1;

    while (begin && is_address_byte(s.p[begin - 1]))
        begin--;
    while (end < s.n && (ascii_alnum(s.p[end]) || s.p[end] == '.' || s.p[end] == '-'))
        end++;
    while (end > i + 1 && !ascii_alnum(s.p[end - 1]))
        end--;
    return begin == i || end == i + 1 ? (struct span){NULL, 0} : span_of(s.p + begin, end - begin);
}

static bool same_address(struct span a, struct span b)
{
    return a.n == b.n && span_eq_nocase(a, b);
}

static void note_address(struct body_text *x, struct span a)
{
    for (unsigned i = 0; i < x->addresses_n; i++)
        if (same_address(x->addresses[i], a))
            return;
    if (!a.n || x->addresses_n == LIMIT_BODY_ADDRESSES)
        return;
    a = arena_dup(x->arena, a);
    if (a.p)
        x->addresses[x->addresses_n++] = a;
}

static void note_addresses(struct body_text *x, struct span s)
{
    for (size_t i = span_find(s, 0, '@'); i < s.n; i = span_find(s, i + 1, '@'))
        note_address(x, address_at(s, i));
}

static void note_homoglyph(struct body_text *x, struct span s)
{
    struct span word = mixed_script_word(s);

    if (word.n)
        x->homoglyph = arena_dup(x->arena, word);
}

void body_word_take(struct body_text *x, struct span s, uint8_t has, bool keyed)
{
    if (!(has & (HIGH | LETTER)))
        return;
    if ((has & (ALIEN | LETTER)) == (ALIEN | LETTER) && !x->homoglyph.p)
        note_homoglyph(x, s);
    if (has & AT)
        note_addresses(x, s);
    else if (keyed && !is_link(s, has))
        split_words(x, s, body_key_word);
}

void body_word_names(struct body_text *x, struct span s)
{
    split_words(x, s, body_key_name);
}
