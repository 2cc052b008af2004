/* SPDX-License-Identifier: Apache-2.0 */
/* html_text: text, and the tags that stand in it, most of which were met before. */
#include "decoders/link/html_state.h"

#include "decoders/base/vector.h"
#include "decoders/link/copy_until.h"
#include "decoders/link/url_trigger.h"

enum { TEXT_BYTES = 512 }; /* of text told in one piece where it has references: more than the next tag is away */

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
static size_t html_past_indent(struct span s, size_t i)
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
            return html_past_indent(s, i);
    return i;
}

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

/* Written by its parts, where it stays: a structure that is returned is loaded whole as soon as it was stored in parts, and waits for them. */
static inline __attribute__((always_inline)) void tag_here(const struct html *h, struct span s, struct here *tag)
{
    tag->word = NULL;
    tag->place = tag->front = NULL;
    tag->effect = NULL;
    tag->n = 0;
    tag->met = false;
    if (!h->memo || s.n < 8)
        return;
    tag->word = tag_memo_word(h->memo, s.p, &tag->n, &tag->met);
    if (tag->word) {
        tag->effect = tag->met ? &tag->word->effect : NULL;
        return;
    }
    /* A tag whose front is known has something to say: it is in no place. */
    tag->front = tag_memo_front(h->memo, s);
    if (known_front_begins(tag->front, s)) {
        tag->effect = &tag->front->effect;
        return;
    }
    tag->place = tag_memo_place(h->memo, s, &tag->n, &tag->met);
    tag->effect = tag->met ? &tag->place->effect : NULL;
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

/* Behind a border where nothing is open (html_events.again) tags that were met do nothing, white space only counts, and a text between two
 * borders is told in one word. */
struct calm {
    bool is;
    size_t spaces; /* bytes of white space that nobody was told of */
};

static inline void wake(struct html *h, struct calm *calm)
{
    if (calm->spaces)
        h->events->calm_space(h->ctx, calm->spaces);
    *calm = (struct calm){.is = false};
}

/* What stands in front of a tag. */
struct ahead {
    struct span text;
    bool plain; /* url_trigger finds nothing in it */
};

/* Text from i on: white space alone is told, or counted where it is calm; of two neighbouring tags most have nothing or a line break
 * between them. Returns where it ends. */
static inline __attribute__((always_inline)) size_t text_ahead(struct html *h, struct span s, size_t i, uint8_t *decoded, struct calm *calm,
                                                               struct ahead *a)
{
    size_t begin = i, end, n;
    bool may = false;

    i = past_space(s, i);
    if (i > begin && (i == s.n || s.p[i] == '<')) {
        if (calm->is)
            calm->spaces += i - begin;
        else
            h->events->space(h->ctx, span_from(span_head(s, i), begin));
        begin = i;
    }
    end = i < s.n && s.p[i] != '<' ? url_trigger_text(s, i, &may) : i;
    a->text = span_of(s.p + begin, end - begin);
    if (end < s.n && s.p[end] == '&' && a->text.n < TEXT_BYTES / 2) {
        wake(h, calm);
        end = with_references(h, s, begin, decoded, &n);
        a->text = span_of(decoded, n);
        may = true;
    }
    a->plain = !may;
    return end;
}

/* The tag behind a <, and the text in front of it. Returns where what follows begins. */
static inline __attribute__((always_inline)) size_t tag_and_ahead(struct html *h, struct span s, size_t i, const struct ahead *a,
                                                                  struct calm *calm)
{
    struct here tag;

    tag_here(h, span_from(s, i), &tag);
    if (calm->is && tag.met && tag.effect->raw == HTML_VISIBLE && (!a->text.n || (a->plain && tag.effect->border))) {
        if (a->text.n) {
            h->events->calm_last(h->ctx, calm->spaces, a->text);
            calm->spaces = 0;
        }
        return i + tag.n;
    }
    wake(h, calm);
    if (a->text.n && tag.effect && tag.effect->border)
        h->events->last(h->ctx, a->text, a->plain);
    else
        html_emit(h, a->text);
    if (!tag.met)
        return unknown_tag(h, s, i, &tag);
    enter_content(h, tag.effect->raw);
    calm->is = h->events->again(h->ctx, tag.effect);
    return i + tag.n;
}

size_t html_in_text(struct html *h, struct span s, size_t i)
{
    uint8_t decoded[TEXT_BYTES + ENTITY_UTF8_MAX];
    struct calm calm = {.is = false};
    struct ahead a;

    while (i < s.n && h->state == HTML_TEXT) {
        i = text_ahead(h, s, i, decoded, &calm, &a);
        if (i == s.n || s.p[i] != '<' || h->state != HTML_TEXT) {
            wake(h, &calm);
            html_emit(h, a.text);
            return i;
        }
        i = tag_and_ahead(h, s, i + 1, &a, &calm);
    }
    wake(h, &calm);
    return i;
}
