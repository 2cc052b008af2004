/* SPDX-License-Identifier: Apache-2.0 */
/* escape_forms: first what is unsafe anywhere, then what the form itself gives a meaning to. */
#include "sensor/export/escape_forms.h"

#include "decoders/base/escape.h"

enum { TEXT_MAX = 64 << 20, WORD_BYTES = 45, HEADER_MAX = 600, QP_WIDTH = 73 };

static const char hex[] = "0123456789ABCDEF";

static void safe(struct buf *t, const struct buf *out, struct span s)
{
    buf_init(t, out->mem, TEXT_MAX);
    escape_text(t, s, 0);
}

/* A text of which memory took a part is none: whoever writes out says so once. */
static void done(struct buf *t, struct buf *out)
{
    out->truncated = out->truncated || t->truncated;
    buf_free(t);
}

/* --- CSV --- */

static bool is_formula(struct span s)
{
    static const char *const starts[] = {"=", "+", "-", "@", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};

    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '\r' || s.p[0] == '\n'))
        s = span_from(s, 1);
    while (span_starts_nocase(s, SPAN("\xe3\x80\x80"))) /* the full-width blank */
        s = span_from(s, 3);
    for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
        if (span_starts_nocase(s, span_cstr(starts[i])))
            return true;
    return false;
}

void csv_text(struct buf *out, struct span s)
{
    bool control = s.n && (s.p[0] == '\t' || s.p[0] == '\r' || s.p[0] == '\n');
    struct buf t;

    safe(&t, out, s);
    buf_add_byte(out, '"');
    if (control || is_formula(s))
        buf_add_byte(out, '\'');
    for (size_t i = 0; i < t.n; i++) {
        if (t.p[i] == '"')
            buf_add_byte(out, '"');
        buf_add_byte(out, t.p[i]);
    }
    buf_add_byte(out, '"');
    done(&t, out);
}

/* --- URLs --- */

void defanged_url(struct buf *out, struct span url)
{
    size_t scheme = span_find_span(url, 0, SPAN("://")), at = 0, end;

    if (scheme < url.n && scheme < 16) {
        if (span_starts_nocase(url, SPAN("http"))) {
            buf_add(out, SPAN("hxxp"));
            at = 4;
        }
        buf_add(out, span_head(span_from(url, at), scheme - at));
        buf_add(out, at ? SPAN("://") : SPAN("[:]//"));
        at = scheme + 3;
    }
    for (end = at; end < url.n && url.p[end] != '/' && url.p[end] != '?' && url.p[end] != '#';)
        end++;
    for (; at < end; at++)
        buf_add(out, url.p[at] == '.' ? SPAN("[.]") : url.p[at] == ':' && scheme == url.n ? SPAN("[:]") : span_of(url.p + at, 1));
    buf_add(out, span_from(url, end));
}

/* --- Zeek --- */

void zeek_text(struct buf *out, struct span s, bool in_set)
{
    struct buf t;
    size_t at = 0;

    if (!s.n) {
        buf_add(out, SPAN("(empty)"));
        return;
    }
    if (span_eq(s, SPAN("-"))) {
        buf_add(out, SPAN("\\x2d"));
        return;
    }
    safe(&t, out, s);
    if (span_eq(buf_span(&t), SPAN("(empty)")) || (t.n && t.p[0] == '#')) {
        buf_add(out, t.p[0] == '#' ? SPAN("\\x23") : SPAN("\\x28"));
        at = 1;
    }
    for (; at < t.n; at++)
        buf_add(out, in_set && t.p[at] == ',' ? SPAN("\\x2c") : span_of(t.p + at, 1));
    done(&t, out);
}

/* --- STIX --- */

void stix_literal(struct buf *out, struct span s)
{
    buf_add_byte(out, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\'' || s.p[i] == '\\')
            buf_add_byte(out, '\\');
        buf_add_byte(out, s.p[i]);
    }
    buf_add_byte(out, '\'');
}

/* --- mail --- */

static bool is_plain(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 0x20 || s.p[i] >= 0x7f)
            return false;
    return s.n <= 200 && span_find_span(s, 0, SPAN("=?")) == s.n && span_trim(s).n == s.n;
}

static void base64(struct buf *out, struct span s)
{
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < s.n; i += 3) {
        uint32_t v = (uint32_t)s.p[i] << 16 | (i + 1 < s.n ? (uint32_t)s.p[i + 1] << 8 : 0) | (i + 2 < s.n ? s.p[i + 2] : 0);

        buf_add_byte(out, (uint8_t)set[v >> 18]);
        buf_add_byte(out, (uint8_t)set[v >> 12 & 63]);
        buf_add_byte(out, i + 1 < s.n ? (uint8_t)set[v >> 6 & 63] : '=');
        buf_add_byte(out, i + 2 < s.n ? (uint8_t)set[v & 63] : '=');
    }
}

void header_text(struct buf *out, struct span s)
{
    struct buf t;
    struct span rest;

    if (is_plain(s)) {
        buf_add(out, s);
        return;
    }
    safe(&t, out, span_head(s, HEADER_MAX));
    for (rest = buf_span(&t); rest.n;) {
        size_t n = rest.n < WORD_BYTES ? rest.n : WORD_BYTES;

        while (n < rest.n && n > 1 && (rest.p[n] & 0xc0) == 0x80) /* a word holds whole characters (RFC 2047 5) */
            n--;
        if (rest.p != t.p)
            buf_add(out, SPAN("\n "));
        buf_add(out, SPAN("=?UTF-8?B?"));
        base64(out, span_head(rest, n));
        buf_add(out, SPAN("?="));
        rest = span_from(rest, n);
    }
    done(&t, out);
}

/* Whether byte i of s must be written as =XX; column 0: what mbox, SMTP or a boundary would take for its own. */
static bool must_code(struct span s, size_t i, unsigned column)
{
    uint8_t c = s.p[i];
    bool last = i + 1 == s.n || s.p[i + 1] == '\n' || (s.p[i + 1] == '\r' && i + 2 < s.n && s.p[i + 2] == '\n');

    if (c == ' ' || c == '\t')
        return last;
    if (column == 0 && (c == '.' || c == '-' || c == 'F'))
        return c != 'F' || span_starts_nocase(span_from(s, i), SPAN("From "));
    return c < 0x21 || c > 0x7e || c == '=';
}

void quoted_printable(struct buf *out, struct span s)
{
    unsigned column = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')
            i++;
        if (s.p[i] == '\n') {
            buf_add_byte(out, '\n');
            column = 0;
            continue;
        }
        if (column > QP_WIDTH - 3) {
            buf_add(out, SPAN("=\n"));
            column = 0;
        }
        if (must_code(s, i, column)) {
            buf_add(out, span_of((uint8_t[]){'=', (uint8_t)hex[s.p[i] >> 4], (uint8_t)hex[s.p[i] & 15]}, 3));
            column += 3;
        } else {
            buf_add_byte(out, s.p[i]);
            column++;
        }
    }
    if (column)
        buf_add_byte(out, '\n');
}
