/* SPDX-License-Identifier: Apache-2.0 */
/* html_tag: names, attributes and values inside < >. */
#include "decoders/link/html_state.h"

#include "decoders/base/vector.h"
#include "decoders/link/html_value.h"

/* What each byte ends. */
enum { ENDS_TAG_NAME = 1, ENDS_NAME = 2, ENDS_UNQUOTED = 4, SPACE = 8 };

static const uint8_t ends[256] = {
    [' '] = ENDS_TAG_NAME | ENDS_NAME | ENDS_UNQUOTED | SPACE,
    ['\t'] = ENDS_TAG_NAME | ENDS_NAME | ENDS_UNQUOTED | SPACE,
    ['\n'] = ENDS_TAG_NAME | ENDS_NAME | ENDS_UNQUOTED | SPACE,
    ['\f'] = ENDS_TAG_NAME | ENDS_NAME | ENDS_UNQUOTED | SPACE,
    ['\r'] = ENDS_TAG_NAME | ENDS_NAME | ENDS_UNQUOTED | SPACE,
    ['/'] = ENDS_TAG_NAME | ENDS_NAME,
    ['>'] = ENDS_TAG_NAME | ENDS_NAME | ENDS_UNQUOTED,
    ['='] = ENDS_NAME,
};

static size_t until(struct span s, size_t i, uint8_t what)
{
    while (i < s.n && !(ends[s.p[i]] & what))
        i++;
    return i;
}

#define L16(c) (c), (c) + 1, (c) + 2, (c) + 3, (c) + 4, (c) + 5, (c) + 6, (c) + 7, (c) + 8, (c) + 9, (c) + 10, (c) + 11, \
               (c) + 12, (c) + 13, (c) + 14, (c) + 15
/* In lower case, what can stand in any name; 0: look again. */
static const uint8_t in_name[256] = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 11, 0, 0, 14, 15, L16(16), 0, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 0,
    48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 0, 0, 63, 64, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108,
    109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 91, 92, 93, 94, 95, L16(96), L16(112),
    L16(128), L16(144), L16(160), L16(176), L16(192), L16(208), L16(224), L16(240)};
#undef L16

/* A name in lower case, as far as there is room; returns the index of the byte that ends it. */
static size_t read_name(struct html *h, struct span s, size_t i, uint8_t what)
{
    size_t n = h->name_n;

    for (; i < s.n; i++) {
        uint8_t c = in_name[s.p[i]];

        if (!c) { /* it ends some names, or is a NUL */
            if (ends[s.p[i]] & what)
                break;
            c = s.p[i];
        }
        if (n < LIMIT_HTML_TAG_NAME)
            h->name[n++] = c;
    }
    h->name_n = (uint8_t)n;
    return i;
}

static size_t skip_space(struct span s, size_t i)
{
    while (i < s.n && (ends[s.p[i]] & SPACE))
        i++;
    return i;
}

static void add_name(struct html *h, struct span piece)
{
    for (size_t i = 0; i < piece.n && h->name_n < LIMIT_HTML_TAG_NAME; i++)
        h->name[h->name_n++] = ascii_lower(piece.p[i]);
}

void html_tag_begin(struct html *h, bool closing)
{
    h->closing = closing;
    h->name_n = 0;
    h->state = HTML_TAG_NAME;
}

/* The element whose content is not mark-up. */
static uint8_t raw_kind(struct span name)
{
    if (name.n == 6 && !memcmp(name.p, "script", 6))
        return HTML_SCRIPT;
    if (name.n == 5 && !memcmp(name.p, "style", 5))
        return HTML_STYLE;
    return name.n == 5 && !memcmp(name.p, "title", 5) ? HTML_TITLE : HTML_VISIBLE;
}

static void name_done(struct html *h, struct span name)
{
    h->next_raw = h->closing ? HTML_VISIBLE : raw_kind(name);
    h->state = HTML_BEFORE_ATTRIBUTE;
    h->events->tag(h->ctx, name, h->closing);
}

void html_tag_named(struct html *h, struct span name)
{
    h->closing = true;
    name_done(h, name);
}

size_t html_tag_name(struct html *h, struct span s, size_t i)
{
    size_t end = read_name(h, s, i, ENDS_TAG_NAME);

    if (end < s.n)
        name_done(h, span_of(h->name, h->name_n));
    return end;
}

static size_t tag_done(struct html *h, size_t i)
{
    h->raw = h->next_raw;
    h->state = h->raw == HTML_VISIBLE ? HTML_TEXT : HTML_RAW;
    h->events->tag_end(h->ctx);
    return i + 1;
}

static void deliver(struct html *h, struct span value, bool references);

/* The name at i if it is up to 15 lower letters, as nearly all are: where it stands. Empty: it is another, or s is too short. */
static inline struct span lower_name(struct span s, size_t i)
{
#ifdef __x86_64__
    __m128i from_a;
    unsigned letters;
    size_t n;

    if (s.n - i < 16)
        return (struct span){NULL, 0};
    from_a = _mm_sub_epi8(vector_load(s.p + i), _mm_set1_epi8((char)('a' + 128)));
    letters = (unsigned)_mm_movemask_epi8(_mm_cmplt_epi8(from_a, _mm_set1_epi8(-128 + 26)));
    n = (unsigned)__builtin_ctz(~letters);
    if (n < 16 && (ends[s.p[i + n]] & ENDS_NAME))
        return span_of(s.p + i, n);
#else
    (void)s, (void)i;
#endif
    return (struct span){NULL, 0};
}

/* A tag that is read from its beginning, at `at`, and where its front may be kept; place NULL: nowhere. */
struct front {
    struct known_tag *place;
    size_t at;
};

/* A wanted value begins at value: what stands before it is remembered, where that said nothing but the element. */
static void learn_front(struct html *h, struct span s, const struct front *f, size_t value)
{
    size_t n = value - f->at;
    struct tag_effect effect;

    if (f->place && n >= TAG_FRONT_LEAST && n <= TAG_MEMO_BYTES && h->events->front(h->ctx, &effect)) {
        effect.raw = h->next_raw;
        known_tag_set(f->place, span_from(span_head(s, value), f->at), &effect);
    }
}

/* The tag's front was met before. Returns where the value behind it ends, its quote used; 0: it is not whole. */
static size_t met_front(struct html *h, struct span s, const struct front *f)
{
    size_t value = f->at + f->place->n, close;
    bool references;

    close = html_value_end(s, value, s.p[value - 1], &references);
    if (close == s.n)
        return 0;
    h->closing = h->cut = false;
    h->next_raw = f->place->effect.raw;
    h->state = HTML_BEFORE_ATTRIBUTE;
    h->events->front_again(h->ctx, &f->place->effect);
    deliver(h, span_from(span_head(s, close), value), references);
    return close + 1;
}

/* The usual attribute, name="value" with all of it in s: taken at once. 0 when it is another. */
static size_t whole_attribute(struct html *h, struct span s, size_t i, const struct front *f)
{
    struct span name = lower_name(s, i);
    size_t end = i + name.n, close;
    bool references;

    if (!name.n) {
        h->name[0] = ascii_lower(s.p[i]); /* whatever it is */
        h->name_n = 1;
        end = read_name(h, s, i + 1, ENDS_NAME);
        name = span_of(h->name, h->name_n);
    }
    if (end + 1 >= s.n || s.p[end] != '=' || (s.p[end + 1] != '"' && s.p[end + 1] != '\''))
        return 0;
    close = html_value_end(s, end + 2, s.p[end + 1], &references);
    if (close == s.n)
        return 0;
    if (!h->closing && h->events->wants(h->ctx, name)) {
        learn_front(h, s, f, end + 2);
        h->cut = false;
        deliver(h, span_from(span_head(s, close), end + 2), references);
    }
    return close + 1;
}

/* What of a tag follows an attribute with something of its own to say, a URL most often: n bytes from at on. */
struct rest {
    struct known_tag *place; /* NULL: none, or nobody remembers */
    const void *element;
    size_t at, n;
};

/* Behind an attribute. True: the rest of the tag was met before, and is passed by with the tag's end. */
static bool met_rest(struct html *h, struct span s, size_t i, struct rest *r)
{
    const void *element = h->memo ? h->events->odd(h->ctx) : NULL;
    bool met = false;

    if (!element)
        return false;
    r->element = element;
    r->at = i;
    r->place = tag_memo_rest(h->memo, span_from(s, i), &r->n, &met);
    return met && r->place->effect.element == element;
}

/* The tag ends at i: its rest is remembered, if that is all of it and nothing in it was odd. */
static void learn_rest(struct html *h, struct span s, size_t i, const struct rest *r)
{
    struct tag_effect none = {.element = r->element};

    if (r->place && i + 1 == r->at + r->n && !h->events->odd(h->ctx))
        known_tag_set(r->place, span_of(s.p + r->at, r->n), &none);
}

/* What follows a tag's name, or one of its attributes: as far as it is as usual. */
static __attribute__((noinline)) size_t attributes(struct html *h, struct span s, size_t i, bool behind_one, const struct front *f)
{
    struct rest rest = {0};
    size_t next;

    for (;; behind_one = true) {
        if (behind_one && met_rest(h, s, i, &rest))
            return tag_done(h, i + rest.n - 1);
        i = skip_space(s, i);
        while (i < s.n && s.p[i] == '/')
            i = skip_space(s, i + 1);
        if (i == s.n)
            return i;
        if (s.p[i] == '>') {
            learn_rest(h, s, i, &rest);
            return tag_done(h, i);
        }
        next = whole_attribute(h, s, i, f);
        if (!next)
            break;
        i = next;
    }
    /* A = here begins the name (WHATWG 13.2.5.32): take one byte whatever it is. */
    h->name_n = 0;
    add_name(h, span_of(s.p + i, 1));
    h->state = HTML_ATTRIBUTE_NAME;
    return i + 1;
}

size_t html_before_attribute(struct html *h, struct span s, size_t i)
{
    return attributes(h, s, i, false, &(struct front){NULL, 0});
}

size_t html_tag_read(struct html *h, struct span s, size_t i, struct known_tag *place, bool begun)
{
    bool closing = i < s.n && s.p[i] == '/';
    struct front front = {closing ? NULL : place, i};
    size_t end = begun ? met_front(h, s, &front) : 0;

    if (end)
        return attributes(h, s, end, true, &(struct front){NULL, 0});
    if (i + closing >= s.n || !ascii_alpha(s.p[i + closing]))
        return i;
    html_tag_begin(h, closing);
    i = html_tag_name(h, s, i + closing);
    return i < s.n ? attributes(h, s, i, false, &front) : i;
}

size_t html_attribute_name(struct html *h, struct span s, size_t i)
{
    size_t end = read_name(h, s, i, ENDS_NAME);

    if (end < s.n)
        h->state = HTML_AFTER_NAME;
    return end;
}

size_t html_after_name(struct html *h, struct span s, size_t i)
{
    i = skip_space(s, i);
    if (i == s.n)
        return i;
    if (s.p[i] != '=') {
        h->state = HTML_BEFORE_ATTRIBUTE;
        return i;
    }
    h->wanted = !h->closing && h->events->wants(h->ctx, span_of(h->name, h->name_n));
    h->state = HTML_BEFORE_VALUE;
    return i + 1;
}

size_t html_before_value(struct html *h, struct span s, size_t i)
{
    i = skip_space(s, i);
    if (i == s.n)
        return i;
    buf_clear(&h->value);
    h->cut = false;
    if (s.p[i] == '"' || s.p[i] == '\'') {
        h->quote = s.p[i];
        h->state = HTML_QUOTED;
        return i + 1;
    }
    h->state = HTML_UNQUOTED;
    return i;
}

/* references: there is one, maybe: the value is decoded to another place. */
static void deliver(struct html *h, struct span value, bool references)
{
    if (value.n > LIMIT_HTML_ATTRIBUTE) {
        value.n = LIMIT_HTML_ATTRIBUTE;
        h->cut = true;
    }
    if (references) {
        buf_clear(&h->decoded);
        entity_decode_attribute(value, &h->decoded);
        value = buf_span(&h->decoded);
    }
    h->events->value(h->ctx, value, h->cut);
}

static void deliver_any(struct html *h, struct span value)
{
    deliver(h, value, span_find(value, 0, '&') < value.n);
}

/* The value's bytes in s end at end; whole: and so does the value. In one piece it is used in place. */
static void add_value(struct html *h, struct span piece, bool whole)
{
    if (!h->wanted)
        return;
    if (whole && !h->value.n && !h->cut) {
        deliver_any(h, piece);
        return;
    }
    if (!buf_add(&h->value, piece))
        h->cut = true;
    if (whole)
        deliver_any(h, buf_span(&h->value));
}

size_t html_quoted(struct html *h, struct span s, size_t i)
{
    size_t end = span_find(s, i, h->quote);

    add_value(h, span_from(span_head(s, end), i), end < s.n);
    if (end == s.n)
        return end;
    h->state = HTML_BEFORE_ATTRIBUTE;
    return end + 1;
}

size_t html_unquoted(struct html *h, struct span s, size_t i)
{
    size_t end = until(s, i, ENDS_UNQUOTED);

    add_value(h, span_from(span_head(s, end), i), end < s.n);
    if (end < s.n)
        h->state = HTML_BEFORE_ATTRIBUTE;
    return end;
}
