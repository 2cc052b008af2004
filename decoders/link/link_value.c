/* SPDX-License-Identifier: Apache-2.0 */
/* link_value: small grammars of attribute values that hold URLs. */
#include "decoders/link/link_value.h"

static bool is_space(uint8_t c)
{
    return c <= ' ';
}

struct span value_trim(struct span s)
{
    while (s.n && is_space(s.p[0]))
        s = span_from(s, 1);
    while (s.n && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

static size_t word_end(struct span s, size_t i)
{
    while (i < s.n && !is_space(s.p[i]))
        i++;
    return i;
}

static size_t skip(struct span s, size_t i, bool commas)
{
    while (i < s.n && (is_space(s.p[i]) || (commas && s.p[i] == ',')))
        i++;
    return i;
}

void value_list(struct span value, value_found found, void *ctx)
{
    for (size_t i = skip(value, 0, true); i < value.n;) {
        size_t end = word_end(value, i);
        struct span word = span_from(span_head(value, end), i);

        while (word.n && word.p[word.n - 1] == ',')
            word.n--;
        if (word.n)
            found(ctx, word);
        i = skip(value, end, true);
    }
}

/* A URL ends at white space; a comma at its end separates, one inside does not. */
void value_srcset(struct span value, value_found found, void *ctx)
{
    for (size_t i = skip(value, 0, true); i < value.n;) {
        size_t end = word_end(value, i);
        struct span word = span_from(span_head(value, end), i);
        bool descriptors = word.p[word.n - 1] != ',';

        while (word.n && word.p[word.n - 1] == ',')
            word.n--;
        if (word.n)
            found(ctx, word);
        i = descriptors ? span_find(value, end, ',') : end;
        i = skip(value, i, true);
    }
}

void value_parts(struct span value, value_found found, void *ctx)
{
    while (value.n) {
        size_t end = span_find(value, 0, ';');

        found(ctx, span_head(value, end));
        value = span_from(value, end + 1);
    }
}

static struct span unquoted(struct span s)
{
    uint8_t quote = s.n ? s.p[0] : 0;

    if (quote != '"' && quote != '\'')
        return s;
    s = span_from(s, 1);
    return span_head(s, span_find(s, 0, quote));
}

/* WHATWG HTML 4.2.5.3: the number, then ; or , or space, then "url =" in any case, or the URL at once. */
struct span value_refresh(struct span content)
{
    size_t i = skip(content, 0, false);
    struct span rest;

    while (i < content.n && (ascii_digit(content.p[i]) || content.p[i] == '.'))
        i++;
    i = skip(content, i, false);
    if (i < content.n && (content.p[i] == ';' || content.p[i] == ','))
        i = skip(content, i + 1, false);
    rest = span_from(content, i);
    if (span_starts_nocase(rest, SPAN("url"))) {
        size_t equals = skip(rest, 3, false);

        if (equals < rest.n && rest.p[equals] == '=')
            rest = span_from(rest, skip(rest, equals + 1, false));
    }
    rest = value_trim(unquoted(rest));
    return rest.n ? rest : (struct span){NULL, 0};
}

void value_style_url(struct span s, value_found found, void *ctx)
{
    struct span inner = span_from(s, skip(s, 0, false));

    if (inner.n && (inner.p[0] == '"' || inner.p[0] == '\''))
        inner = unquoted(inner);
    inner = value_trim(inner);
    if (inner.n)
        found(ctx, inner);
}

static void style_import(struct span s, value_found found, void *ctx)
{
    struct span inner = span_from(s, skip(s, 0, false));

    if (inner.n && (inner.p[0] == '"' || inner.p[0] == '\''))
        inner = value_trim(unquoted(inner));
    else
        return; /* url( follows: found by its bracket */
    if (inner.n)
        found(ctx, inner);
}

static bool stands_before(struct span s, size_t at, struct span word)
{
    return at >= word.n && span_eq_nocase(span_of(s.p + at - word.n, word.n), word);
}

void value_style(struct span css, value_found found, void *ctx)
{
    for (size_t i = span_find(css, 0, '('); i < css.n; i = span_find(css, i + 1, '(')) {
        size_t close = stands_before(css, i, SPAN("url")) ? span_find(css, i, ')') : i;

        if (close > i)
            value_style_url(span_from(span_head(css, close), i + 1), found, ctx);
        i = close;
    }
    for (size_t i = span_find(css, 0, '@'); i < css.n; i = span_find(css, i + 1, '@'))
        if (span_starts_nocase(span_from(css, i + 1), SPAN("import")))
            style_import(span_from(css, i + 7), found, ctx);
}
