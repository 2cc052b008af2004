/* SPDX-License-Identifier: Apache-2.0 */
/* mime_param: a lenient reader of "value; name=value; ..." and the joining of RFC 2231 pieces. */
#include "decoders/mail/mime_param.h"

#include "decoders/base/scan.h"
#include "decoders/mail/encoded_word.h"
#include "decoders/mail/field_word.h"

/* Behind the blanks and comments at i. A comment that is never closed is taken for text. */
static size_t skip_blanks(struct span s, size_t i)
{
    for (;;) {
        size_t at;
        int depth = 0;

        while (i < s.n && field_blank(s.p[i]))
            i++;
        if (i == s.n || s.p[i] != '(')
            return i;
        for (at = i; at < s.n; at++) {
            if (s.p[at] == '\\' && at + 1 < s.n)
                at++;
            else if (s.p[at] == '(')
                depth++;
            else if (s.p[at] == ')' && --depth == 0)
                break;
        }
        if (at == s.n)
            return s.n;
        i = at + 1;
    }
}

/* "text / html" was legal once; "text/html charset=x" lacks its semicolon. */
static size_t value_end(struct span s, size_t i)
{
    for (;;) {
        size_t end = field_word_end(s, i, FIELD_WORD_COMMA), next = end;

        if (end < s.n && s.p[end] != ';' && s.p[end] != ',')
            next = skip_blanks(s, end);
        if (next == end || next == s.n || (s.p[next] != '/' && s.p[end - 1] != '/')) /* no blank stands at i */
            return end;
        i = next;
    }
}

static struct span value_copy(struct span s, struct arena *a)
{
    struct span copy = arena_dup_lower(a, s);
    uint8_t *p = (uint8_t *)(uintptr_t)copy.p;
    size_t n = 0;

    if (field_word_end(copy, 0, FIELD_WORD) == copy.n && span_find(copy, 0, '"') == copy.n)
        return copy;
    for (size_t i = 0; i < copy.n; i++)
        if (!field_blank(p[i]) && p[i] != '"')
            p[n++] = p[i];
    copy.n = n;
    return copy;
}

/* A quoted string at s[i]: its content without backslashes goes to *out. Returns the index behind it.
 * Where the closing quote is missing it ends at the next semicolon. */
static size_t quoted(struct span s, size_t i, struct arena *a, struct mime_value *v, struct span *out)
{
    size_t end = scan_any3(s, i + 1, '"', '\\', '\\'), n = 0, behind;
    bool plain = end < s.n && s.p[end] == '"';
    uint8_t *p;

    while (end < s.n && s.p[end] != '"')
        end += s.p[end] == '\\' && end + 1 < s.n ? 2 : 1;
    if (end >= s.n) {
        anomaly_raise(&v->odd, ANOMALY_MIME_PARAM_INVALID);
        end = span_find(s, i, ';');
    }
    behind = end < s.n && s.p[end] == '"' ? end + 1 : end;
    if (plain) {
        *out = arena_dup(a, span_of(s.p + i + 1, end - i - 1));
        return behind;
    }
    p = arena_alloc(a, end - i);
    if (!p)
        return behind;
    for (size_t k = i + 1; k < end; k++) {
        if (s.p[k] == '\\' && k + 1 < end && (s.p[k + 1] == '"' || s.p[k + 1] == '\\'))
            k++;
        p[n++] = s.p[k];
    }
    *out = span_of(p, n);
    return behind;
}

/* File names are sent bare with blanks and brackets in them; other bare values end at those. */
static size_t bare(struct span s, size_t i, bool is_name, struct arena *a, struct span *out)
{
    size_t end = is_name ? span_find(s, i, ';') : field_word_end(s, i, FIELD_WORD);

    *out = arena_dup(a, span_trim(span_of(s.p + i, end - i)));
    return end;
}

/* name, name*, name*0, name*0*: RFC 2231 3, 4. */
static void read_name(struct span s, struct arena *a, struct mime_param *p)
{
    size_t star = span_find(s, 0, '*');

    p->section = -1;
    p->name = arena_dup_lower(a, span_head(s, star));
    if (star == s.n)
        return;
    s = span_from(s, star + 1);
    if (!s.n || s.p[s.n - 1] == '*') {
        p->extended = true;
        s.n -= s.n > 0;
    }
    for (size_t i = 0; i < s.n && i < 3 && ascii_digit(s.p[i]); i++)
        p->section = (p->section < 0 ? 0 : p->section) * 10 + (s.p[i] - '0');
}

static bool is_name_param(struct span name)
{
    return span_eq(name, SPAN("filename")) || span_eq(name, SPAN("name"));
}

/* One parameter at s[i]; returns the index behind it. */
static size_t read_param(struct span s, size_t i, struct arena *a, struct mime_value *v)
{
    struct mime_param param = {0};
    size_t end = field_word_end(s, i, FIELD_WORD_EQUALS);

    read_name(span_of(s.p + i, end - i), a, &param);
    i = skip_blanks(s, end);
    if (i == s.n || s.p[i] != '=') {
        anomaly_raise(&v->odd, ANOMALY_MIME_PARAM_INVALID);
        return i == end && i < s.n && s.p[i] != ';' ? i + 1 : i;
    }
    i++;
    if (!is_name_param(param.name))
        i = skip_blanks(s, i);
    while (i < s.n && field_blank(s.p[i]))
        i++;
    if (i < s.n && s.p[i] == '"')
        i = quoted(s, i, a, v, &param.value);
    else
        i = bare(s, i, is_name_param(param.name), a, &param.value);
    if (v->n < LIMIT_MIME_PARAMS && param.value.p && param.name.n)
        v->params[v->n++] = param;
    return i;
}

bool mime_value_parse(struct span field, struct arena *a, struct mime_value *out)
{
    size_t i = skip_blanks(field, 0), end;
    uint32_t reads = 0;

    out->n = 0;
    out->odd = 0;
    end = value_end(field, i);
    out->value = value_copy(span_of(field.p + i, end - i), a);
    for (i = end; reads < LIMIT_MIME_PARAMS * 4; reads++) {
        bool separated = false;

        while ((i = skip_blanks(field, i)) < field.n && (field.p[i] == ';' || field.p[i] == ',')) {
            if (field.p[i++] == ',')
                anomaly_raise(&out->odd, ANOMALY_MIME_PARAM_INVALID);
            separated = true;
        }
        if (i >= field.n)
            break;
        if (!separated)
            anomaly_raise(&out->odd, ANOMALY_MIME_PARAM_INVALID);
        i = read_param(field, i, a, out);
    }
    return out->value.p != NULL && !a->refused;
}

static const struct mime_param *find(const struct mime_value *v, struct span name, int section,
                                     bool extended)
{
    for (uint32_t i = 0; i < v->n; i++)
        if (v->params[i].section == section && v->params[i].extended == extended &&
            span_eq(v->params[i].name, name))
            return &v->params[i];
    return NULL;
}

static const struct mime_param *find_any(const struct mime_value *v, struct span name, int section)
{
    const struct mime_param *p = find(v, name, section, true);

    return p ? p : find(v, name, section, false);
}

static void add_percent_decoded(struct buf *out, struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        int hi = i + 2 < s.n ? ascii_hex(s.p[i + 1]) : -1;
        int lo = i + 2 < s.n ? ascii_hex(s.p[i + 2]) : -1;

        if (s.p[i] == '%' && hi >= 0 && lo >= 0) {
            buf_add_byte(out, (uint8_t)(hi << 4 | lo));
            i += 2;
        } else {
            buf_add_byte(out, s.p[i]);
        }
    }
}

/* charset'language'text: the charset's label, and *s is what follows. Absent where there is none. */
static struct span take_charset(struct span *s)
{
    size_t first = span_find(*s, 0, '\'');
    size_t second = span_find(*s, first + 1, '\'');
    struct span label = {NULL, 0};

    if (second >= s->n)
        return label;
    label = span_head(*s, first);
    *s = span_from(*s, second + 1);
    return label;
}

static void add_piece(struct buf *out, const struct mime_param *p, bool first, struct span *charset)
{
    struct span s = p->value;

    if (p->extended && first)
        *charset = take_charset(&s);
    if (p->extended)
        add_percent_decoded(out, s);
    else
        buf_add(out, s);
}

/* The value as bytes; charset: as RFC 2231 declares it. False where there is no such parameter. The
 * extended form goes before the plain one that is sent along for old readers. */
static bool join(const struct mime_value *v, struct span name, struct buf *out, struct span *charset)
{
    const struct mime_param *p = find(v, name, -1, true);
    int section = 0;

    if (!p && (p = find_any(v, name, 0))) {
        do
            add_piece(out, p, section == 0, charset);
        while ((p = find_any(v, name, ++section)));
        return true;
    }
    if (!p)
        p = find(v, name, -1, false);
    if (p)
        add_piece(out, p, true, charset);
    return p != NULL;
}

/* The ordinary case: one plain parameter and no RFC 2231 form of it; its value needs no copy. */
static const struct mime_param *find_plain(const struct mime_value *v, struct span name)
{
    const struct mime_param *plain = NULL;

    for (uint32_t i = 0; i < v->n; i++) {
        if (!span_eq(v->params[i].name, name))
            continue;
        if (v->params[i].extended || v->params[i].section >= 0)
            return NULL;
        if (!plain)
            plain = &v->params[i];
    }
    return plain;
}

struct span mime_param_raw(const struct mime_value *v, struct span name, struct arena *a)
{
    const struct mime_param *plain = find_plain(v, name);
    struct span charset, value = {NULL, 0};
    struct buf out;

    if (plain)
        return span_trim(span_head(plain->value, LIMIT_MIME_PARAM));
    buf_init(&out, a->mem, LIMIT_MIME_PARAM);
    if (join(v, name, &out, &charset))
        value = arena_dup(a, span_trim(buf_whole(&out)));
    buf_free(&out);
    return value;
}

/* raw in the charset declared; *text is its UTF-8. */
static void convert(struct charsets *c, struct span label, struct span raw, struct buf *text,
                    anomaly_set *set)
{
    const struct charset *cs = charset_find(label);
    struct charset_decoder d;

    if (!cs)
        anomaly_raise(set, ANOMALY_MIME_CHARSET_UNKNOWN);
    charset_begin(&d, c, cs ? cs : charset_unknown(), charset_to_buf, text);
    charset_push(&d, raw);
    if (!charset_end(&d))
        anomaly_raise(set, ANOMALY_HEADER_UNDECODABLE);
}

struct span mime_param_text(const struct mime_value *v, struct span name, struct charsets *c,
                            struct arena *a, anomaly_set *set)
{
    const struct mime_param *plain = find_plain(v, name);
    struct span charset = {NULL, 0}, value = {NULL, 0};
    struct buf raw, text;

    if (plain && plain->value.n <= LIMIT_MIME_PARAM && scan_not_plain(plain->value, 0) == plain->value.n &&
        scan_pair(plain->value, 0, '=', '?') == plain->value.n)
        return arena_dup(a, plain->value);

    buf_init(&raw, a->mem, LIMIT_MIME_PARAM);
    buf_init(&text, a->mem, LIMIT_MIME_PARAM);
    if (join(v, name, &raw, &charset)) {
        if (charset.p && charset.n)
            convert(c, charset, buf_span(&raw), &text, set);
        else if (raw.n)
            *set |= encoded_word_decode(c, buf_span(&raw), &text);
        value = arena_dup(a, raw.refused ? (struct span){NULL, 0} : buf_whole(&text));
    }
    buf_free(&raw);
    buf_free(&text);
    return value;
}
