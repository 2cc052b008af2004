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

static void drop_segment(struct buf *out, size_t floor)
{
    while (out->n > floor && out->p[--out->n] != '/')
        ;
}

/* RFC 3986 5.2.4, in one pass: out holds the finished segments from floor on. */
static void add_without_dots(struct buf *out, struct span path)
{
    size_t floor = out->n, at = 0;

    while (at < path.n) {
        size_t end = span_find(path, at + 1, '/');
        struct span segment = span_from(span_head(path, end), at + 1);
        bool last = end == path.n;

        if (span_eq(segment, SPAN("..")))
            drop_segment(out, floor);
        else if (!span_eq(segment, SPAN("."))) {
            buf_add(out, span_from(span_head(path, end), at));
            last = false;
        }
        if (last)
            buf_add(out, SPAN("/"));
        at = end;
    }
}

/* RFC 3986 5.2.3: base's path up to its last slash, then ref's. */
static void add_merged(struct buf *out, struct span base_path, struct span ref_path, struct mem *m)
{
    struct buf merged;
    size_t keep = base_path.n;

    while (keep && base_path.p[keep - 1] != '/')
        keep--;
    buf_init(&merged, m, out->max);
    buf_add(&merged, keep ? span_head(base_path, keep) : SPAN("/"));
    buf_add(&merged, ref_path);
    if (merged.n && !merged.truncated)
        add_without_dots(out, buf_span(&merged));
    buf_free(&merged);
}

bool url_resolve(struct span base, struct span ref, struct buf *out)
{
    struct url b;
    struct span ref_path = path_only(ref);
    size_t head;

    if (!ref.n || ref.p[0] == '#' || !url_parse(base, URL_WITH_SCHEME, &b) || !b.authority.n)
        return false;
    if (ref.n > 1 && ref.p[0] == '/' && ref.p[1] == '/') {
        buf_add(out, span_head(base, url_scheme_length(base)));
        buf_add(out, SPAN(":"));
        return buf_add(out, ref);
    }
    head = (size_t)(b.authority.p + b.authority.n - base.p);
    buf_add(out, span_head(base, head));
    if (!ref_path.n)
        buf_add(out, path_only(b.path));
    else if (ref_path.p[0] == '/')
        add_without_dots(out, ref_path);
    else
        add_merged(out, path_only(b.path), ref_path, out->mem);
    return buf_add(out, span_from(ref, ref_path.n));
}
