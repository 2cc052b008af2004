/* SPDX-License-Identifier: Apache-2.0 */
/* line: one memchr per piece; a byte is looked at once and copied at most once. */
#define _GNU_SOURCE
#include "decoders/smtp/line.h"

static bool line_grow(struct line *l, struct mem *m, size_t need, size_t max)
{
    size_t cap = l->cap ? l->cap : 64;
    uint8_t *p;

    while (cap < need)
        cap *= 2;
    if (cap > max)
        cap = max;
    p = mem_resize(m, NULL, 0, cap);
    if (!p)
        return false;
    /* Not realloc: the old block must not go back with a credential in it. */
    if (l->p) {
        memcpy(p, l->p, l->n);
        explicit_bzero(l->p, l->n);
        mem_free(m, l->p, l->cap);
    }
    l->p = p;
    l->cap = (uint16_t)cap;
    return true;
}

static void line_keep(struct line *l, struct mem *m, struct span s, size_t max)
{
    size_t n = s.n < max - l->n ? s.n : max - l->n;

    for (size_t i = l->seen; i < LINE_START && i - l->seen < s.n; i++)
        l->start[i] = s.p[i - l->seen];
    if (l->n != l->seen && l->n < max)
        n = 0; /* memory was refused before: no hole in the middle of a line */
    if (n && (l->n + n <= l->cap || line_grow(l, m, l->n + n, max))) {
        memcpy(l->p + l->n, s.p, n);
        l->n = (uint16_t)(l->n + n);
    }
    if (s.n) {
        l->last_cr = s.p[s.n - 1] == '\r';
        l->seen = s.n > UINT32_MAX / 2 - l->seen ? UINT32_MAX / 2 : l->seen + (uint32_t)s.n;
    }
}

bool line_append(struct line *l, struct mem *m, struct span s, size_t max)
{
    size_t before = l->n;

    line_keep(l, m, s, max);
    return l->n == before + s.n;
}

enum line_end line_take(struct line *l, struct mem *m, struct span *in, size_t max,
                        struct line_read *out)
{
    size_t at = span_find(*in, 0, '\n'), length;
    struct span text;
    enum line_end end;

    if (at == in->n) {
        line_keep(l, m, *in, max);
        *in = span_from(*in, in->n);
        return LINE_MORE;
    }
    text = span_head(*in, at);
    *in = span_from(*in, at + 1);
    if (l->seen) {
        line_keep(l, m, text, max);
        text = span_of(l->p, l->n);
        length = l->seen;
        end = l->last_cr ? LINE_CRLF : LINE_LF;
    } else {
        length = text.n;
        end = at && text.p[at - 1] == '\r' ? LINE_CRLF : LINE_LF;
    }
    if (end == LINE_CRLF)
        length--;
    out->text = span_head(text, length < max ? length : max);
    out->truncated = out->text.n < length;
    return end;
}

bool line_skip(struct span *in)
{
    size_t at = span_find(*in, 0, '\n');
    bool whole = at < in->n;

    *in = span_from(*in, at + whole);
    return whole;
}

void line_clear(struct line *l, struct mem *m)
{
    if (l->p)
        explicit_bzero(l->p, l->n);
    mem_free(m, l->p, l->cap);
    *l = (struct line){0};
}
