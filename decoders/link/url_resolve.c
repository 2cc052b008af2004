/* SPDX-License-Identifier: Apache-2.0 */
/* url_resolve: a relative reference against a base (RFC 3986 5.2). */
#include "decoders/link/url.h"

/* Path without query and fragment. */
static struct span path_only(struct span path)
{
    size_t n = 0;

    while (n < path.n && path.p[n] != '?' && path.p[n] != '#')
        n++;
    return span_head(path, n);
}

/* A backslash is as good as a slash (WHATWG URL 4.4, relative slash state): "\\\\host" leaves base's host too. */
static bool is_slash(uint8_t c)
{
    return c == '/' || c == '\\';
}

static size_t find_slash(struct span s, size_t i)
{
    while (i < s.n && !is_slash(s.p[i]))
        i++;
    return i;
}

static void drop_segment(struct buf *out, size_t floor)
{
    while (out->n > floor && !is_slash(out->p[--out->n]))
        ;
}

/* 1 for "." and 2 for "..", also as %2e; 0 for other segments. */
static unsigned dots(struct span segment)
{
    unsigned n = 0;

    while (segment.n && n < 3) {
        bool plain = segment.p[0] == '.';

        if (!plain && !span_starts_nocase(segment, SPAN("%2e")))
            return 0;
        segment = span_from(segment, plain ? 1 : 3);
        n++;
    }
    return n < 3 ? n : 0;
}

/* RFC 3986 5.2.4, in one pass: out holds the finished segments from floor on. */
static void add_without_dots(struct buf *out, struct span path)
{
    size_t floor = out->n, at = 0;

    while (at < path.n) {
        size_t end = find_slash(path, at + 1);
        unsigned up = dots(span_from(span_head(path, end), at + 1));

        if (up == 2)
            drop_segment(out, floor);
        else if (!up)
            buf_add(out, span_from(span_head(path, end), at));
        if (up && end == path.n)
            buf_add(out, SPAN("/"));
        at = end;
    }
}

/* RFC 3986 5.2.3: base's path up to its last slash, then ref's. */
static void add_merged(struct buf *out, struct span base_path, struct span ref_path, struct mem *m)
{
    struct buf merged;
    size_t keep = base_path.n;

    while (keep && !is_slash(base_path.p[keep - 1]))
        keep--;
    buf_init(&merged, m, out->max);
    buf_add(&merged, keep ? span_head(base_path, keep) : SPAN("/"));
    buf_add(&merged, ref_path);
    if (merged.n && !merged.truncated)
        add_without_dots(out, buf_span(&merged));
    buf_free(&merged);
}

/* "http:x" with a base of the same scheme is relative too (WHATWG URL 4.4, special relative or authority state). */
static struct span without_scheme(struct span base, struct span ref)
{
    size_t n = url_scheme_length(ref);

    if (!n || n != url_scheme_length(base) || !span_starts_nocase(base, span_head(ref, n)))
        return ref;
    return span_from(ref, n + 1);
}

bool url_resolve(struct span base, struct span written, struct buf *out)
{
    struct span ref = without_scheme(base, written), ref_path = path_only(ref);
    struct url b;
    size_t head;

    if (!ref.n || ref.p[0] == '#' || !url_parse(base, URL_WITH_SCHEME, &b) || !b.authority.n)
        return false;
    if (ref.n > 1 && is_slash(ref.p[0]) && is_slash(ref.p[1])) {
        buf_add(out, span_head(base, url_scheme_length(base)));
        buf_add(out, SPAN(":"));
        return buf_add(out, ref);
    }
    head = (size_t)(b.authority.p + b.authority.n - base.p);
    buf_add(out, span_head(base, head));
    if (!ref_path.n)
        buf_add(out, path_only(b.path));
    else if (is_slash(ref_path.p[0]))
        add_without_dots(out, ref_path);
    else
        add_merged(out, path_only(b.path), ref_path, out->mem);
    return buf_add(out, span_from(ref, ref_path.n));
}
