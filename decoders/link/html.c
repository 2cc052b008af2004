/* SPDX-License-Identifier: Apache-2.0 */
/* html: text, references and the outside of tags; attributes are html_tag's. */
#include "decoders/link/html.h"

#include "decoders/base/scan.h"
#include "decoders/base/vector.h"
#include "decoders/link/copy_until.h"
#include "decoders/link/html_state.h"
#include "decoders/link/url_trigger.h"

enum { TEXT_BYTES = 512 }; /* of text told in one piece where it has references: more than the next tag is away */

static void emit(struct html *h, struct span piece)
{
    if (piece.n)
        h->events->text(h->ctx, (enum html_text)h->raw, piece);
}

/* The name behind an & and its semicolon: bytes of s. */
static size_t reference_length(struct span s)
{
    size_t n = 0;

    while (n < s.n && n < ENTITY_NAME_MAX && entity_name_byte(s.p[n]))
        n++;
    return n + (n < s.n && s.p[n] == ';');
}

/* From i on text with references, decoded into text, as far as there is room for it; *n: its bytes. A reference that the end of s
 * cuts is begun. Returns the index of the first byte not used. */
static size_t with_references(struct html *h, struct span s, size_t i, uint8_t text[TEXT_BYTES + ENTITY_UTF8_MAX], size_t *n)
{
    size_t length, used, decoded;

    for (*n = 0; *n < TEXT_BYTES; i += decoded ? used : 0) {
        size_t end = copy_until(text + *n, span_head(s, i + TEXT_BYTES - *n), i, '<', '&');

        *n += end - i;
        i = end;
        if (*n == TEXT_BYTES || i == s.n || s.p[i] == '<')
            return i;
        i++;
        length = reference_length(span_from(s, i));
        if (i + length == s.n && s.p[s.n - 1] != ';') {
            h->held_n = 0;
            h->state = HTML_REFERENCE;
            return i;
        }
        decoded = entity_decode(span_head(span_from(s, i), length), ENTITY_IN_TEXT, text + *n, &used);
        if (!decoded)
            text[(*n)++] = '&';
        *n += decoded;
    }
    return i;
}

/* As past_space, where there is more than a line break. */
static size_t past_indent(struct span s, size_t i)
{
#ifdef __x86_64__
    for (; i + 16 <= s.n; i += 16) {
        __m128i x = vector_load(s.p + i);
        unsigned others = ~(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(' ')), x)) & 0xffff;

        if (others)
            return i + (unsigned)__builtin_ctz(others);
    }
#endif
    while (i < s.n && s.p[i] <= ' ')
        i++;
    return i;
}

/* Index of the first byte from i on that is not white space. None or a line break is usual, and is foreseen: what follows need not wait
 * for it. */
static inline size_t past_space(struct span s, size_t i)
{
    size_t few = i + 3;

    while (i < s.n && s.p[i] <= ' ')
        if (++i == few)
            return past_indent(s, i);
    return i;
}

static size_t text_and_tags(struct html *h, struct span s, size_t i, struct span text, bool plain);

/* Of two neighbouring tags most have nothing or a line break between them. */
static size_t in_text(struct html *h, struct span s, size_t i)
{
    uint8_t decoded[TEXT_BYTES + ENTITY_UTF8_MAX];
    size_t begin = i, end, n;
    struct span text;
    bool may = false;

    i = past_space(s, i);
    if (i > begin && (i == s.n || s.p[i] == '<')) {
        h->events->space(h->ctx, span_from(span_head(s, i), begin));
        begin = i;
    }
    end = i < s.n && s.p[i] != '<' ? url_trigger_text(s, i, &may) : i;
    text = span_from(span_head(s, end), begin);
    if (end < s.n && s.p[end] == '&' && text.n < TEXT_BYTES / 2) {
        end = with_references(h, s, begin, decoded, &n);
        text = span_of(decoded, n);
        may = true;
    }
    if (h->state == HTML_TEXT && end < s.n && s.p[end] == '<')
        return text_and_tags(h, s, end + 1, text, !may);
    emit(h, text);
    return end;
}

/* What is held is the text behind an &, complete with the byte that ended it. */
static void finish_reference(struct html *h)
{
    struct span held = span_of(h->held, h->held_n);
    uint8_t utf8[ENTITY_UTF8_MAX];
    size_t used = 0, n = entity_decode(held, ENTITY_IN_TEXT, utf8, &used);

    emit(h, n ? span_of(utf8, n) : SPAN("&"));
    emit(h, span_from(held, used));
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
    emit(h, SPAN("<"));
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

    emit(h, span_from(span_head(s, end), i));
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
    emit(h, span_of(end, h->matched));
    return i;
}

typedef size_t (*step)(struct html *h, struct span s, size_t i);

static const step steps[] = {
    [HTML_TEXT] = in_text,
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

static void enter_content(struct html *h, uint8_t raw)
{
    h->raw = raw;
    h->state = raw == HTML_VISIBLE ? HTML_TEXT : HTML_RAW;
}

/* A tag, by what stands behind its <. */
struct here {
    struct known_word *word;         /* its place, if it is so short; else NULL */
    struct known_tag *place, *front; /* of a longer one, and of what it begins with; NULL: none, or nobody remembers */
    const struct tag_effect *effect; /* of the tag, where it was met; else of its front, where that was; NULL: unknown */
    size_t n;                        /* bytes up to its first >, where it has a place */
    bool met;                        /* the tag was */
};

static inline struct here tag_here(const struct html *h, struct span s)
{
    struct here tag = {.met = false};

    if (!h->memo || s.n < 8)
        return tag;
    tag.word = tag_memo_word(h->memo, s.p, &tag.n, &tag.met);
    if (tag.word) {
        tag.effect = tag.met ? &tag.word->effect : NULL;
        return tag;
    }
    /* A tag whose front is known has something to say: it is in no place. */
    tag.front = tag_memo_front(h->memo, s);
    if (known_front_begins(tag.front, s)) {
        tag.effect = &tag.front->effect;
        return tag;
    }
    tag.place = tag_memo_place(h->memo, s, &tag.n, &tag.met);
    tag.effect = tag.met ? &tag.place->effect : NULL;
    return tag;
}

/* It was read, up to its first >: kept, if that was its end and it is plain. text: from behind its < on. */
static void learn(struct html *h, const struct here *tag, struct span text)
{
    struct tag_effect effect;

    if ((h->state != HTML_TEXT && h->state != HTML_RAW) || !h->events->plain(h->ctx, &effect))
        return;
    effect.raw = h->raw;
    if (tag->word)
        known_word_set(tag->word, text, &effect);
    else
        known_tag_set(tag->place, text, &effect);
}

static size_t unknown_tag(struct html *h, struct span s, size_t i, const struct here *tag)
{
    size_t end;

    h->held_n = 0;
    h->state = HTML_LESS;
    end = html_tag_read(h, s, i, tag->front, tag->effect != NULL);
    if (tag->n && end == i + tag->n)
        learn(h, tag, span_of(s.p + i, tag->n));
    return end;
}

/* Text up to a < in front of i, the tag behind it, and those that follow at once, as pages usually go on. */
static size_t text_and_tags(struct html *h, struct span s, size_t i, struct span text, bool plain)
{
    for (;; text.n = 0) {
        struct here tag = tag_here(h, span_from(s, i));
        size_t less;

        if (text.n && tag.effect && tag.effect->border)
            h->events->last(h->ctx, text, plain);
        else
            emit(h, text);
        if (!tag.met)
            return unknown_tag(h, s, i, &tag);
        enter_content(h, tag.effect->raw);
        h->events->again(h->ctx, tag.effect);
        i += tag.n;
        less = h->raw == HTML_VISIBLE ? past_space(s, i) : s.n;
        if (less == s.n || s.p[less] != '<')
            return i;
        if (less > i)
            h->events->space(h->ctx, span_from(span_head(s, less), i));
        i = less + 1;
    }
}

void html_push(struct html *h, struct span text)
{
    for (size_t i = 0; i < text.n;)
        i = h->state == HTML_TEXT ? in_text(h, text, i) : steps[h->state](h, text, i);
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
        emit(h, SPAN("<"));
    h->state = HTML_TEXT;
}
