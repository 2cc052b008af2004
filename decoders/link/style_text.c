/* SPDX-License-Identifier: Apache-2.0 */
/* style_text: finds the brackets behind "url" and what they hold. */
#include "decoders/link/style_text.h"

void style_text_init(struct style_text *s, struct mem *m)
{
    *s = (struct style_text){.inside = false};
    buf_init(&s->url, m, LIMIT_URL);
}

void style_text_free(struct style_text *s)
{
    buf_free(&s->url);
}

void style_text_begin(struct style_text *s)
{
    memset(s->last, 0, sizeof(s->last));
    s->inside = false;
}

static void remember(struct style_text *s, struct span passed)
{
    for (size_t i = passed.n > 3 ? passed.n - 3 : 0; i < passed.n; i++) {
        s->last[0] = s->last[1];
        s->last[1] = s->last[2];
        s->last[2] = passed.p[i];
    }
}

static size_t outside(struct style_text *s, struct span piece, size_t i, const struct style_events *e, void *ctx)
{
    size_t open = span_find(piece, i, '(');
    struct span text = span_from(span_head(piece, open + 1), i);

    e->text(ctx, text);
    if (open == piece.n) {
        remember(s, text);
        return open;
    }
    remember(s, span_head(text, text.n - 1));
    s->inside = span_eq_nocase(span_of(s->last, 3), SPAN("url"));
    if (s->inside)
        e->border(ctx);
    buf_clear(&s->url);
    remember(s, SPAN("("));
    return open + 1;
}

static size_t inside(struct style_text *s, struct span piece, size_t i, const struct style_events *e, void *ctx)
{
    size_t close = span_find(piece, i, ')');

    buf_add(&s->url, span_from(span_head(piece, close), i));
    if (close == piece.n)
        return close;
    s->inside = false;
    if (!s->url.truncated)
        value_style_url(buf_span(&s->url), e->found, ctx);
    return close + 1;
}

void style_text_push(struct style_text *s, struct span piece, const struct style_events *e, void *ctx)
{
    for (size_t i = 0; i < piece.n;)
        i = s->inside ? inside(s, piece, i, e, ctx) : outside(s, piece, i, e, ctx);
}
