/* SPDX-License-Identifier: Apache-2.0 */
/* url_password: what stands between the first colon and the last @ of a URL's authority. */
#define _GNU_SOURCE /* memmem */
#include "sensor/publish/url_password.h"

#include <string.h>

#include "decoders/base/scan.h"
#include "sensor/publish/text_marks.h"

enum { SHORTEST = 7 /* //a:b@c */ };

/* %40, =40, +40, -40, %2540. */
static bool holds_escaped_at(struct span s)
{
    for (size_t i = scan_pair(s, 1, '4', '0'); i < s.n; i = scan_pair(s, i + 1, '4', '0'))
        if (memchr("%=+-5", s.p[i - 1], 5))
            return true;
    return false;
}

static bool possible(struct span s, unsigned marks)
{
    if (s.n < SHORTEST)
        return false;
    return (marks & MARK_USER) || ((marks & MARK_NUMBER) && holds_escaped_at(s));
}

bool url_password_possible(struct span s)
{
    return possible(s, text_marks(s));
}

/* Whichever of three bytes they begin at, three letters say them, of which the second is one of its own. */
bool url_password_coded(struct span s)
{
    static const struct {
        const char *before, *behind;
    } letters[256] = {
        ['y'] = {"L", "89"},    ['8'] = {"CSiy", "v"}, ['L'] = {"v", "wxyz0123456789"},
        ['D'] = {"N", "ABCD"}, ['Q'] = {"DTjz", "w"}, ['M'] = {"0", "ABCDEFGHIJKLMNOP"},
    };

    for (size_t i = 1; i + 1 < s.n; i++)
        if (letters[s.p[i]].before && strchr(letters[s.p[i]].before, s.p[i - 1]) && strchr(letters[s.p[i]].behind, s.p[i + 1]))
            return true;
    return false;
}

bool url_password_anywhere(struct span s, unsigned marks)
{
    return possible(s, marks) || ((marks & MARK_CODED) && url_password_coded(s));
}

static bool is_slash(uint8_t c)
{
    return c == '/' || c == '\\';
}

static bool ends_authority(uint8_t c)
{
    return c <= ' ' || is_slash(c) || c == '?' || c == '#';
}

/* They end a URL that stands in a text. Behind the first letters of a password they are its own: no port has letters. */
static bool ends_text(uint8_t c)
{
    return c == '<' || c == '>' || c == '"';
}

/* The password of the authority at `from`; absent where it has none, or but the mask. *end: of the authority. */
static struct span password_at(struct span s, size_t from, size_t *end)
{
    size_t colon = s.n, at = s.n, i = from;
    bool port = true; /* digits alone behind the colon, so far */

    for (; i < s.n && !ends_authority(s.p[i]) && (!ends_text(s.p[i]) || !port); i++) {
        if (colon < s.n)
            port = port && ascii_digit(s.p[i]);
        if (s.p[i] == ':' && colon == s.n)
            colon = i;
        if (s.p[i] == '@')
            at = i;
    }
    *end = i;
    if (at == s.n || colon + 1 >= at)
        return span_of(NULL, 0);
    s = span_of(s.p + colon + 1, at - colon - 1);
    return span_eq(s, SPAN("***")) ? span_of(NULL, 0) : s;
}

/* Of what stands in front of a colon: the schemes behind which a browser needs no slashes, and takes any (WHATWG URL,
 * special schemes). */
static bool ends_with_scheme(struct span s)
{
    static const struct span schemes[] = {{(const uint8_t *)"http", 4}, {(const uint8_t *)"https", 5}, {(const uint8_t *)"ftp", 3},
                                          {(const uint8_t *)"ws", 2}, {(const uint8_t *)"wss", 3}};
    size_t n = 0;

    while (n < s.n && n < 6 && ascii_alpha(s.p[s.n - n - 1]))
        n++;
    s = span_from(s, s.n - n);
    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
        if (span_eq_nocase(s, schemes[i]))
            return true;
    return false;
}

/* Where the next authority begins, at or behind from: behind two slashes of either kind and all that follow, or behind a
 * scheme and any. s.n where there is none. */
static size_t next_authority(struct span s, size_t from)
{
    for (size_t i = scan_any3(s, from, '/', '\\', ':'); i < s.n; i = scan_any3(s, i + 1, '/', '\\', ':')) {
        size_t behind = i + 1;

        while (behind < s.n && is_slash(s.p[behind]))
            behind++;
        if (s.p[i] == ':' ? ends_with_scheme(span_head(s, i)) : behind > i + 1)
            return behind;
    }
    return s.n;
}

bool url_password_next(void *ctx, struct span view, size_t from, struct rewriter_cut *cut)
{
    (void)ctx;
    while ((from = next_authority(view, from)) < view.n) {
        struct span password = password_at(view, from, &from);

        if (!password.p)
            continue;
        cut->start = (size_t)(password.p - view.p);
        cut->keep = cut->kept = cut->end = cut->start + password.n;
        cut->with = SPAN("***");
        return true;
    }
    return false;
}
