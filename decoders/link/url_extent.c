/* SPDX-License-Identifier: Apache-2.0 */
/* url_extent: URLs with a scheme: which scheme stands before the colon, what follows it. */
#include "decoders/link/url_extent.h"

#include "decoders/link/url_chars.h"
#include "decoders/link/url_tail.h"

/* Longest first where one ends with another. */
static const struct span schemes[] = {SPAN_INIT("https"), SPAN_INIT("hxxps"), SPAN_INIT("htxps"), SPAN_INIT("hxtps"), SPAN_INIT("h**ps"),
                                      SPAN_INIT("http"), SPAN_INIT("hxxp"), SPAN_INIT("htxp"), SPAN_INIT("hxtp"), SPAN_INIT("h**p"),
                                      SPAN_INIT("sftp"), SPAN_INIT("ftps"), SPAN_INIT("ftp"), SPAN_INIT("fxp"), SPAN_INIT("file"),
                                      SPAN_INIT("wss")};

/* Start of the scheme that ends before end, or end when it is none of ours. */
static size_t scheme_start(const struct extent_view *v, size_t end)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
        struct span scheme = schemes[i];

        if (end - v->floor >= scheme.n && span_eq_nocase(span_of(v->s.p + end - scheme.n, scheme.n), scheme))
            return end - scheme.n;
    }
    return end;
}

/* "://" or "[:]//": where the authority begins; 0 when there is none. *more: it cannot be told yet. */
static size_t authority_start(const struct extent_view *v, size_t at, bool *more)
{
    bool defanged = at + 1 < v->s.n && v->s.p[at + 1] == ']';
    struct span rest = span_from(v->s, at + 1 + defanged), slashes = SPAN("//");

    *more = false;
    if (rest.n < 3) {
        *more = !v->final && span_eq(span_head(slashes, rest.n), span_head(rest, 2));
        return 0;
    }
    return span_eq(span_head(rest, 2), slashes) ? at + 3 + defanged : 0;
}

static bool may_begin_host(const struct extent_view *v, size_t at)
{
    uint8_t c = v->s.p[at];

    return ascii_alnum(c) || c >= 0x80 || memchr("[%_-", c, 4);
}

enum extent_verdict extent_scheme(const struct extent_view *v, size_t at, struct extent *e)
{
    bool more, bracket = at > v->floor && v->s.p[at - 1] == '[' && at + 1 < v->s.n && v->s.p[at + 1] == ']';
    size_t colon = at - bracket, start, authority;

    e->next = at + 1;
    start = scheme_start(v, colon);
    if (start == colon)
        return EXTENT_NONE;
    authority = authority_start(v, at, &more);
    if (more)
        return EXTENT_MORE;
    if (!authority || !may_begin_host(v, authority))
        return EXTENT_NONE;
    if (!url_tail(v, start, authority, TAIL_HOST, e))
        return EXTENT_MORE;
    return e->end > authority ? EXTENT_URL : EXTENT_NONE;
}
