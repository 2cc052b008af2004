/* SPDX-License-Identifier: Apache-2.0 */
/* html: escaping, in one place. */
#define _GNU_SOURCE /* wcwidth */
#include "sensor/report/html.h"

#include <stdio.h>
#include <wchar.h>

#include "decoders/base/escape.h"

enum { SAID = 1024 };

/* How a character is written. */
enum place { IN_TEXT, IN_SVG, IN_ATTRIBUTE };

static void put(struct html *h, const void *p, size_t n)
{
    buf_add(&h->file->out, span_of(p, n));
    whole_file_flush(h->file);
}

void html_bytes(struct html *h, struct span s)
{
    put(h, s.p, s.n);
}

void html_raw(struct html *h, const char *markup)
{
    put(h, markup, strlen(markup));
}

void html_rawf(struct html *h, const char *format, ...)
{
    char text[SAID];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    html_raw(h, text);
}

/* --- characters --- */

bool html_is_hidden(uint32_t c)
{
    return (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x34f || c == 0x61c ||
           (c >= 0x115f && c <= 0x1160) || (c >= 0x17b4 && c <= 0x17b5) || (c >= 0x180b && c <= 0x180f) ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0x3164 ||
           c == 0xfeff || c == 0xffa0 || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff);
}

static void put_hidden(struct html *h, uint32_t c, enum place place)
{
    char text[64];
    int n = snprintf(text, sizeof(text), place == IN_TEXT ? "<b class=\"m\">U+%04X</b>" : "[U+%04X]", c);

    put(h, text, (size_t)n);
}

static const char *entity(uint8_t c)
{
    switch (c) {
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '&': return "&amp;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

/* From byte `at` on the run that stands for itself. */
static size_t plain_run(struct span s, size_t at)
{
    size_t from = at;

    while (at < s.n && s.p[at] >= 0x20 && s.p[at] < 0x7f && !entity(s.p[at]))
        at++;
    return at - from;
}

static void put_text(struct html *h, struct span s, enum place place)
{
    for (size_t at = 0; at < s.n;) {
        size_t run = plain_run(s, at);
        const char *e;
        uint32_t c = 0;
        unsigned n;

        put(h, s.p + at, run);
        at += run;
        if (at == s.n)
            return;
        n = utf8_next(span_from(s, at), &c);
        e = n == 1 ? entity(s.p[at]) : NULL;
        if (e)
            html_raw(h, e);
        else if (!n)
            html_raw(h, "\xef\xbf\xbd");
        else if (html_is_hidden(c))
            put_hidden(h, c, place);
        else
            put(h, s.p + at, n);
        at += n ? n : 1;
    }
}

void html_say(struct html *h, const char *format, ...)
{
    char text[SAID];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    put_text(h, span_cstr(text), IN_TEXT);
}

static unsigned width_of(uint32_t c)
{
    int w = html_is_hidden(c) ? 8 : wcwidth((wchar_t)c);

    return w < 0 ? 1 : (unsigned)w;
}

/* Bytes of s that take at most that many columns. */
static size_t fit(struct span s, unsigned columns, unsigned *used)
{
    size_t at = 0;

    *used = 0;
    while (at < s.n) {
        uint32_t c = 0xfffd;
        unsigned n = utf8_next(span_from(s, at), &c), w = width_of(n ? c : 0xfffd);

        if (*used + w > columns)
            break;
        *used += w;
        at += n ? n : 1;
    }
    return at;
}

unsigned html_columns(struct span s)
{
    unsigned used;

    fit(s, UINT32_MAX - 16, &used);
    return used;
}

static void put_head(struct html *h, struct span s, unsigned columns, enum place place)
{
    unsigned used;
    size_t n = fit(s, columns, &used);

    if (n < s.n) {
        n = fit(s, columns ? columns - 1 : 0, &used);
        put_text(h, span_head(s, n), place);
        html_raw(h, "…");
    } else {
        put_text(h, s, place);
    }
}

void html_text(struct html *h, struct span s)
{
    html_head(h, s, UINT32_MAX - 16);
}

void html_head(struct html *h, struct span s, unsigned columns)
{
    if (!s.n)
        return;
    html_raw(h, "<bdi>");
    put_head(h, s, columns, IN_TEXT);
    html_raw(h, "</bdi>");
}

void html_svg_text(struct html *h, struct span s, unsigned columns)
{
    put_head(h, s, columns, IN_SVG);
}

void html_svg_host(struct html *h, struct span s, unsigned columns)
{
    unsigned left = html_columns(s);
    bool cut = left > columns;

    while (s.n && left > columns - cut) {
        uint32_t c = 0xfffd;
        unsigned n = utf8_next(s, &c);

        left -= width_of(n ? c : 0xfffd);
        s = span_from(s, n ? n : 1);
    }
    html_raw(h, cut ? "…" : "");
    put_text(h, s, IN_SVG);
}

void html_attribute(struct html *h, struct span s)
{
    put_text(h, s, IN_ATTRIBUTE);
}

void html_data(struct html *h, struct span json)
{
    for (size_t at = 0; at < json.n;) {
        size_t from = at;

        while (at < json.n && json.p[at] != '<' && json.p[at] != '>' && json.p[at] != '&')
            at++;
        put(h, json.p + from, at - from);
        if (at < json.n)
            html_rawf(h, "\\u%04x", json.p[at++]);
    }
}

/* --- links --- */

static void add_dots(struct buf *out, struct span host)
{
    for (size_t i = 0; i < host.n; i++) {
        if (host.p[i] == '.')
            buf_add(out, SPAN("[.]"));
        else
            buf_add_byte(out, host.p[i]);
    }
}

/* "http:", "https:", "http%3A": mail programs make links of them wherever they stand. */
static bool is_scheme(struct span s)
{
    size_t at = 4;

    if (!span_starts_nocase(s, SPAN("http")))
        return false;
    at += at < s.n && ascii_lower(s.p[at]) == 's';
    return at < s.n && (s.p[at] == ':' || s.p[at] == '%');
}

/* What stands behind the host: a redirector has the real target in it. */
static void add_rest(struct buf *out, struct span rest)
{
    size_t from = 0;

    for (size_t at = 0; at < rest.n; at++) {
        if (ascii_lower(rest.p[at]) != 'h' || !is_scheme(span_from(rest, at)))
            continue;
        buf_add(out, span_head(span_from(rest, from), at - from));
        buf_add(out, SPAN("hxxp"));
        at += 3;
        from = at + 1;
    }
    buf_add(out, span_from(rest, from));
}

static bool is_slash(uint8_t c)
{
    return c == '/' || c == '\\'; /* browsers take either */
}

/* Where the host begins: behind the scheme and its slashes, however many. */
static size_t host_of(struct span url)
{
    size_t at = 0;

    while (at < url.n && ascii_alnum(url.p[at]))
        at++;
    if (at == url.n || url.p[at] != ':')
        return 0;
    at++;
    while (at < url.n && is_slash(url.p[at]))
        at++;
    return at;
}

void defang(struct buf *out, struct span url)
{
    size_t host = host_of(url), end = host;

    while (end < url.n && !is_slash(url.p[end]) && url.p[end] != '?' && url.p[end] != '#')
        end++;
    add_rest(out, span_head(url, host));
    add_dots(out, span_head(span_from(url, host), end - host));
    add_rest(out, span_from(url, end));
}
