/* SPDX-License-Identifier: Apache-2.0 */
/* findings_list: what the operator's lists name: bulk tools, watchlists. */
#include "sensor/judge/findings_case.h"

struct span mailer_bulk(const struct finding_case *c)
{
    const struct record_email *e = &c->r->email;

    if (!c->judge)
        return nothing();
    if (list_beginning(c->judge->lists, LIST_BULK_MAILER, e->x_mailer).p)
        return e->x_mailer;
    if (list_beginning(c->judge->lists, LIST_BULK_MAILER, e->user_agent).p)
        return e->user_agent;
    return nothing();
}

/* findings.c makes one of each list that is hit; this row is theirs. */
struct span watchlist_hit(const struct finding_case *c)
{
    (void)c;
    return nothing();
}

const char *watchlist_id(const struct finding_case *c, struct span list)
{
    struct span id = evidence_pair(c, SPAN("watchlist."), "", list);
    uint8_t *text = id.p ? arena_alloc(&c->r->arena, id.n + 1) : NULL;

    if (!text)
        return NULL;
    memcpy(text, id.p, id.n);
    text[id.n] = 0;
    return (const char *)text;
}
