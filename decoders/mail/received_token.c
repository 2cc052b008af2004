/* SPDX-License-Identifier: Apache-2.0 */
/* received_token: one pass; words end 16 bytes at a time. */
#include "decoders/mail/received_token.h"

#include "decoders/base/scan.h"
#include "decoders/base/vector.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool ends_word(uint8_t c, uint8_t other)
{
    return is_blank(c) || c == '(' || c == other;
}

size_t received_word_end_scalar(struct span s, size_t i, uint8_t other)
{
    while (i < s.n && !ends_word(s.p[i], other))
        i++;
    return i;
}

#ifdef __x86_64__

/* A bit for each of 16 bytes that may end a word: controls that are no blanks are among them. */
static inline unsigned may_end(const uint8_t *p, uint8_t other)
{
    __m128i x = vector_load(p), blank = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(' ')), x);
    __m128i mark = _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('(')), _mm_cmpeq_epi8(x, _mm_set1_epi8((char)other)));

    return (unsigned)_mm_movemask_epi8(_mm_or_si128(blank, mark));
}

size_t received_word_end(struct span s, size_t i, uint8_t other)
{
    while (i + 16 <= s.n) {
        unsigned mask = may_end(s.p + i, other);

        if (!mask) {
            i += 16;
            continue;
        }
        i += (unsigned)__builtin_ctz(mask);
        if (ends_word(s.p[i], other))
            return i;
        i++;
    }
    return received_word_end_scalar(s, i, other);
}

#else

size_t received_word_end(struct span s, size_t i, uint8_t other)
{
    return received_word_end_scalar(s, i, other);
}

#endif

static void add_token(struct received_tokens *all, enum received_token_kind kind, struct span s)
{
    if (s.n && all->n < LIMIT_RECEIVED_TOKENS)
        all->t[all->n++] = (struct received_token){kind, s};
}

/* Index of the bracket that closes the comment at i; where brackets do not match, from there on (*unclosed), of the first one that
 * closes any, or else (*no_more, so that none is looked for again) of the semicolon before the date: what follows is still read. */
static size_t comment_end(struct span s, size_t i, bool *unclosed, bool *no_more)
{
    size_t first = *no_more ? s.n : scan_any3(s, i + 1, ')', '(', '(');
    int depth = 0;

    if (first < s.n && s.p[first] == ')')
        return first; /* the usual comment holds no other */
    first = span_find(s, first, ')');
    *no_more = first == s.n;
    for (size_t k = i; k < s.n && !*unclosed; k++) {
        if (s.p[k] == '(')
            depth++;
        else if (s.p[k] == ')' && --depth == 0)
            return k;
    }
    *unclosed = true;
    return first < s.n ? first : span_find(s, i, ';');
}

void received_tokens_read(struct span s, struct received_tokens *all)
{
    bool unclosed = false, no_more = false;
    size_t i = 0;

    all->n = 0;
    all->date = s.n;
    while (i < s.n) {
        size_t start = i;

        if (is_blank(s.p[i])) {
            i++;
        } else if (s.p[i] == ';') {
            all->date = ++i;
            add_token(all, RECEIVED_SEMICOLON, span_of(s.p + start, 1));
        } else if (s.p[i] == '(') {
            i = comment_end(s, i, &unclosed, &no_more);
            add_token(all, RECEIVED_COMMENT, span_trim(span_of(s.p + start + 1, i - start - 1)));
            i += i < s.n && s.p[i] == ')';
        } else {
            i = received_word_end(s, i, ';');
            add_token(all, RECEIVED_WORD, span_of(s.p + start, i - start));
        }
    }
}

struct span received_comment_word(struct span s, size_t *at)
{
    size_t start;

    while (*at < s.n && ends_word(s.p[*at], ')'))
        ++*at;
    start = *at;
    *at = received_word_end(s, start, ')');
    return *at > start ? span_of(s.p + start, *at - start) : (struct span){NULL, 0};
}
