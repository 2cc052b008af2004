/* SPDX-License-Identifier: Apache-2.0 */
/* dialogue_rest: a dialogue in which nothing is asked and nothing is under way, in few bytes. */
#include "decoders/smtp/dialogue_rest.h"

#include "decoders/smtp/dialogue_state.h"

bool dialogue_rest_may(const struct dialogue *d)
{
    return !d->oldest && !d->current && !d->filling && !d->watched && !d->pending.n && !d->pending.overflow && !d->extra &&
           !d->offered.from.p && !d->line[SMTP_CLIENT].p && !d->line[SMTP_SERVER].p && !d->finishing;
}

/* A text that is there, be it empty, is told from one that is not. What lies between fields is nobody's, and zero. */
static void fold_text(struct owned *to, const struct owned *o)
{
    memset(to, 0, sizeof(*to));
    to->p = o->p ? (uint8_t *)1 : NULL;
    to->n = o->n;
}

void dialogue_rest_fold(struct squeezed *out, const struct dialogue *d)
{
    struct dialogue t = *d;

    t.mem = NULL;
    t.events = NULL;
    t.ctx = NULL;
    memset(&t.pending, 0, sizeof(t.pending));
    fold_text(&t.banner, &d->banner);
    fold_text(&t.helo, &d->helo);
    fold_text(&t.helo_other, &d->helo_other);
    squeeze(out, &t, sizeof(t));
    squeeze_text(out, owned_span(&d->banner));
    squeeze_text(out, owned_span(&d->helo));
    squeeze_text(out, owned_span(&d->helo_other));
}

static bool unfold_text(struct span *in, struct owned *o, struct mem *m)
{
    struct span text = unsqueeze_text(in, o->n);
    bool there = o->p;

    *o = (struct owned){0};
    if (there)
        owned_set(o, m, text.p ? text : SPAN(""), text.n);
    return !there || o->p;
}

struct dialogue *dialogue_rest_unfold(struct span *in, struct mem *m, const struct dialogue_events *events, void *ctx)
{
    struct dialogue *d = mem_zalloc(m, sizeof(*d));
    bool whole;

    if (!d)
        return NULL;
    whole = unsqueeze(in, d, sizeof(*d));
    d->mem = m;
    d->events = events;
    d->ctx = ctx;
    whole &= unfold_text(in, &d->banner, m);
    whole &= unfold_text(in, &d->helo, m);
    whole &= unfold_text(in, &d->helo_other, m);
    if (whole && pending_init(&d->pending, m))
        return d;
    dialogue_free(d);
    return NULL;
}
