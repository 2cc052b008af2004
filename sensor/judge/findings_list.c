/* SPDX-License-Identifier: Apache-2.0 */
/* findings_list: what the operator's lists name: bulk tools, shorteners, redirectors, watchlists. */
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

static struct span first_host_on(const struct finding_case *c, enum domain_list which)
{
    for (uint32_t i = 0; c->judge && i < c->r->links_n; i++) {
        const struct link *l = &c->r->links[i];

        if (l->host.n && l->in != LINK_IN_HEADER && list_has(c->judge->lists, which, l->host))
            return l->host;
    }
    return nothing();
}

struct span link_shortener(const struct finding_case *c)
{
    return first_host_on(c, LIST_SHORTENER);
}

struct span link_redirector(const struct finding_case *c)
{
    return first_host_on(c, LIST_REDIRECTOR);
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
