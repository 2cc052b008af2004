/* SPDX-License-Identifier: Apache-2.0 */
/* meta_charset: tags other than meta are passed over by their >, as the standard does it. */
#include "decoders/mail/meta_charset.h"

struct attribute {
    struct span name, value;
};

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static size_t skip_space(struct span s, size_t i)
{
    while (i < s.n && is_space(s.p[i]))
        i++;
    return i;
}

static size_t word_end(struct span s, size_t i)
{
    while (i < s.n && !is_space(s.p[i]) && s.p[i] != '>' && s.p[i] != ';')
        i++;
    return i;
}

/* A value at i, quoted or not; *end is behind it. */
static struct span value_at(struct span s, size_t i, size_t *end)
{
    uint8_t quote = i < s.n ? s.p[i] : 0;

    if (quote == '"' || quote == '\'') {
        *end = span_find(s, i + 1, quote);
        return span_from(span_head(s, *end), i + 1);
    }
    *end = word_end(s, i);
    return span_from(span_head(s, *end), i);
}

/* The next attribute of a tag from i on; returns the index behind it, s.n at the tag's end. */
static size_t next_attribute(struct span s, size_t i, struct attribute *a)
{
    size_t from, end;

    while (i < s.n && (is_space(s.p[i]) || s.p[i] == '/' || s.p[i] == '"' || s.p[i] == '\'' || s.p[i] == ';'))
        i++;
    *a = (struct attribute){{NULL, 0}, {NULL, 0}};
    if (i == s.n || s.p[i] == '>')
        return s.n;
    for (from = i; i < s.n && !is_space(s.p[i]) && s.p[i] != '=' && s.p[i] != '>';)
        i++;
    a->name = span_from(span_head(s, i), from);
    end = skip_space(s, i);
    if (end == s.n || s.p[end] != '=')
        return i == from ? i + 1 : i;
    a->value = value_at(s, skip_space(s, end + 1), &end);
    return end;
}

/* "text/html; charset=x" */
static struct span charset_in(struct span content)
{
    static const struct span key = {(const uint8_t *)"charset", 7};

    for (size_t at = 0; at + key.n < content.n; at++) {
        size_t end;

        if (!span_starts_nocase(span_from(content, at), key))
            continue;
        end = skip_space(content, at + key.n);
        if (end < content.n && content.p[end] == '=')
            return value_at(content, skip_space(content, end + 1), &end);
    }
    return (struct span){NULL, 0};
}

/* tag: all behind "<meta"; its end need not be there. */
static struct span label_of(struct span tag)
{
    struct span named = {NULL, 0}, content = {NULL, 0};
    bool is_type = false;
    struct attribute a;

    for (size_t i = next_attribute(tag, 0, &a); a.name.p; i = next_attribute(tag, i, &a)) {
        if (span_eq_nocase(a.name, SPAN("charset")) && !named.p)
            named = a.value;
        else if (span_eq_nocase(a.name, SPAN("content")) && !content.p)
            content = a.value;
        else if (span_eq_nocase(a.name, SPAN("http-equiv")))
            is_type = span_eq_nocase(span_trim(a.value), SPAN("content-type"));
    }
    return named.n || !is_type ? named : charset_in(content);
}

/* UTF-16 could not have been read this far: what says so is UTF-8. */
static const struct charset *find(struct span label)
{
    label = span_trim(label);
    if (span_starts_nocase(label, SPAN("utf-16")))
        label = SPAN("utf-8");
    return label.n && label.n <= LIMIT_CHARSET_LABEL ? charset_find(label) : NULL;
}

static const struct charset *by_mark(struct span head)
{
    if (head.n >= 3 && !memcmp(head.p, "\xef\xbb\xbf", 3))
        return charset_find(SPAN("utf-8"));
    if (head.n >= 2 && (!memcmp(head.p, "\xff\xfe", 2) || !memcmp(head.p, "\xfe\xff", 2)))
        return charset_find(SPAN("utf-16"));
    return NULL;
}

const struct charset *meta_charset(struct span head)
{
    const struct charset *cs = by_mark(head);

    head = span_head(head, LIMIT_META_CHARSET);
    for (size_t at = span_find(head, 0, '<'); at < head.n && !cs; at = span_find(head, at + 1, '<')) {
        struct span tag = span_from(head, at + 1);

        if (span_starts_nocase(tag, SPAN("!--")))
            at += span_find_span(tag, 1, SPAN("-->")); /* <!--> is a whole comment */
        else if (span_starts_nocase(tag, SPAN("meta")) && tag.n > 4 && (is_space(tag.p[4]) || tag.p[4] == '/'))
            cs = find(label_of(span_from(tag, 4)));
    }
    return cs;
}
