/* SPDX-License-Identifier: Apache-2.0 */
/* html: the states outside of text (html_text) and of tags (html_tag). */
#include "decoders/link/html.h"

#include "decoders/base/scan.h"
#include "decoders/link/html_state.h"

/* What is held is the text behind an &, complete with the byte that ended it. */
static void finish_reference(struct html *h)
{
    struct span held = span_of(h->held, h->held_n);
    uint8_t utf8[ENTITY_UTF8_MAX];
    size_t used = 0, n = entity_decode(held, ENTITY_IN_TEXT, utf8, &used);

    html_emit(h, n ? span_of(utf8, n) : SPAN("&"));
    html_emit(h, span_from(held, used));
    h->held_n = 0;
    h->state = h->raw == HTML_TITLE ? HTML_RAW : HTML_TEXT;
}

static size_t in_reference(struct html *h, struct span s, size_t i)
{
    uint8_t c;

    while (i < s.n && entity_name_byte(s.p[i]) && h->held_n < ENTITY_NAME_MAX)
        h->held[h->held_n++] = s.p[i++];
    if (i == s.n)
        return i;
    c = s.p[i];
    if (c == ';') {
        h->held[h->held_n++] = c;
        i++;
    }
    finish_reference(h);
    return i;
}

static size_t in_less(struct html *h, struct span s, size_t i)
{
    uint8_t c = s.p[i];

    if (ascii_alpha(c)) {
        html_tag_begin(h, false);
        return i;
    }
    if (c == '/' || c == '!' || c == '?') {
        h->state = c == '/' ? HTML_CLOSE : c == '!' ? HTML_BANG : HTML_BOGUS;
        return i + 1;
    }
    h->state = HTML_TEXT;
    html_emit(h, SPAN("<"));
    return i;
}

static size_t in_close(struct html *h, struct span s, size_t i)
{
    if (ascii_alpha(s.p[i])) {
        html_tag_begin(h, true);
        return i;
    }
    h->state = s.p[i] == '>' ? HTML_TEXT : HTML_BOGUS;
    return i + (s.p[i] == '>');
}

/* Behind "<!": a comment, or something that ends at the next >. */
static size_t in_bang(struct html *h, struct span s, size_t i)
{
    if (s.p[i] != '-') {
        h->state = HTML_BOGUS;
        return i;
    }
    if (h->held_n++ == 0)
        return i + 1;
    h->held_n = 0;
    h->dashes = 2; /* <!--> is a whole comment */
    h->state = HTML_COMMENT_START;
    return i + 1;
}

/* "[if" at a comment's beginning, maybe behind spaces, makes it a conditional one. */
static size_t in_comment_start(struct html *h, struct span s, size_t i)
{
    static const char conditional[] = "[if";
    uint8_t c = s.p[i];

    if ((c == ' ' || c == '\t' || c == '\r' || c == '\n') && !h->held_n) {
        h->dashes = 0;
        return i + 1;
    }
    if (ascii_lower(c) != (uint8_t)conditional[h->held_n]) {
        h->dashes = h->held_n ? 0 : h->dashes;
        h->state = HTML_COMMENT;
        return i;
    }
    if (++h->held_n == 3) {
        h->held_n = 0;
        h->state = HTML_BOGUS;
    }
    return i + 1;
}

static size_t in_comment(struct html *h, struct span s, size_t i)
{
    uint8_t c = s.p[i];

    if (!h->dashes) {
        i = span_find(s, i, '-');
        h->dashes = i < s.n;
        return i < s.n ? i + 1 : i;
    }
    if (c == '-')
        h->dashes = 2;
    else if (c == '>' && h->dashes == 2)
        h->state = HTML_TEXT;
    else if (c != '!' || h->dashes != 2)
        h->dashes = 0;
    return i + 1;
}

static size_t in_bogus(struct html *h, struct span s, size_t i)
{
    i = span_find(s, i, '>');
    if (i == s.n)
        return i;
    h->state = HTML_TEXT;
    return i + 1;
}

/* Script, style, title: text until their end tag. References count in a title only. */
static size_t in_raw(struct html *h, struct span s, size_t i)
{
    size_t end = h->raw == HTML_TITLE ? scan_any3(s, i, '<', '&', '&') : span_find(s, i, '<');

    html_emit(h, span_from(span_head(s, end), i));
    if (end == s.n)
        return end;
    h->held_n = 0;
    h->matched = 1;
    h->state = s.p[end] == '<' ? HTML_RAW_LESS : HTML_REFERENCE;
    return end + 1;
}

static const char *raw_end(const struct html *h)
{
    static const char *const ends[] = {
        [HTML_VISIBLE] = "", [HTML_SCRIPT] = "</script", [HTML_STYLE] = "</style", [HTML_TITLE] = "</title"};

    return ends[h->raw];
}

static bool ends_name(uint8_t c)
{
    return c == '>' || c == '/' || c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

static size_t in_raw_less(struct html *h, struct span s, size_t i)
{
    const char *end = raw_end(h);
    uint8_t c = s.p[i];

    if (end[h->matched] && ascii_lower(c) == (uint8_t)end[h->matched]) {
        h->matched++;
        return i + 1;
    }
    if (!end[h->matched] && ends_name(c)) {
        h->raw = HTML_VISIBLE;
        html_tag_named(h, span_cstr(end + 2));
        return i;
    }
    h->state = HTML_RAW;
    html_emit(h, span_of(end, h->matched));
    return i;
}

typedef size_t (*step)(struct html *h, struct span s, size_t i);

static const step steps[] = {
    [HTML_TEXT] = html_in_text,
    [HTML_REFERENCE] = in_reference,
    [HTML_LESS] = in_less,
    [HTML_CLOSE] = in_close,
    [HTML_BANG] = in_bang,
    [HTML_COMMENT_START] = in_comment_start,
    [HTML_COMMENT] = in_comment,
    [HTML_BOGUS] = in_bogus,
    [HTML_RAW] = in_raw,
    [HTML_RAW_LESS] = in_raw_less,
    [HTML_TAG_NAME] = html_tag_name,
    [HTML_BEFORE_ATTRIBUTE] = html_before_attribute,
    [HTML_ATTRIBUTE_NAME] = html_attribute_name,
    [HTML_AFTER_NAME] = html_after_name,
    [HTML_BEFORE_VALUE] = html_before_value,
    [HTML_QUOTED] = html_quoted,
    [HTML_UNQUOTED] = html_unquoted,
};

void html_push(struct html *h, struct span text)
{
    for (size_t i = 0; i < text.n;)
        i = steps[h->state](h, text, i);
}

void html_init(struct html *h, struct mem *m, const struct html_events *events, void *ctx)
{
    *h = (struct html){.events = events, .ctx = ctx};
    buf_init(&h->value, m, LIMIT_HTML_ATTRIBUTE);
    buf_init(&h->decoded, m, LIMIT_HTML_ATTRIBUTE);
}

void html_free(struct html *h)
{
    buf_free(&h->value);
    buf_free(&h->decoded);
}

void html_begin(struct html *h)
{
    h->state = HTML_TEXT;
    h->raw = HTML_VISIBLE;
    h->held_n = 0;
}

void html_gap(struct html *h)
{
    html_begin(h);
}

void html_end(struct html *h)
{
    if (h->state == HTML_REFERENCE)
        finish_reference(h);
    else if (h->state == HTML_LESS)
        html_emit(h, SPAN("<"));
    h->state = HTML_TEXT;
}
