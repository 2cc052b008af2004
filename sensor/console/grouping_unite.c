/* SPDX-License-Identifier: Apache-2.0 */
/* grouping_unite: union-find, once a trait and once a pair of traits: the cost is that of what the mails show. */
#include <stdlib.h>

#include "sensor/console/grouping_state.h"

uint32_t grouping_root(struct grouping *g, uint32_t mail)
{
    while (g->parent[mail] != mail) {
        g->parent[mail] = g->parent[g->parent[mail]];
        mail = g->parent[mail];
    }
    return mail;
}

/* The earlier root stays: roots are the first mails of their campaigns. */
static void join(struct grouping *g, uint32_t a, uint32_t b)
{
    a = grouping_root(g, a);
    b = grouping_root(g, b);
    if (a < b)
        g->parent[b] = a;
    else
        g->parent[a] = b;
}

static void join_alone(struct grouping *g)
{
    for (uint32_t t = 0; t < g->names.n; t++) {
        struct grouped_trait *x = &g->traits[t];

        if (!x->alone)
            continue;
        x->holds = true;
        for (uint32_t i = 1; i < x->mails; i++)
            join(g, g->by_trait[x->from], g->by_trait[x->from + i]);
    }
}

struct pairs {
    struct value_set keys;
    uint32_t *first, cap; /* the first mail of each pair + 1 */
    bool failed;
};

static void meet(struct grouping *g, struct pairs *p, uint32_t mail, uint32_t a, uint32_t b)
{
    uint32_t key[2] = {a < b ? a : b, a < b ? b : a}, at = value_set_add(&p->keys, span_of(key, sizeof(key)));

    if (at != VALUE_NONE && at >= p->cap) {
        uint32_t cap = p->cap ? 2 * p->cap : 1024, *grown = realloc(p->first, cap * sizeof(*grown));

        if (grown) {
            memset(grown + p->cap, 0, (cap - p->cap) * sizeof(*grown));
            p->first = grown;
            p->cap = cap;
        }
    }
    if (at == VALUE_NONE || at >= p->cap) {
        p->failed = true;
    } else if (!p->first[at]) {
        p->first[at] = mail + 1;
    } else {
        join(g, p->first[at] - 1, mail);
        g->traits[a].holds = g->traits[b].holds = true;
    }
}

/* A site has the same paths in all its mails: with what one address alone shows a path tells nothing new. */
static bool tells_with(const struct grouped_trait *content, const struct grouped_trait *other)
{
    if (content->kind == TRAIT_PATH && trait_of_sender(other->kind) && other->senders < 2)
        return false;
    return !other->alone && other->uncommon && other->kind != content->kind &&
           (trait_of_sender(other->kind) || other->kind > content->kind);
}

/* One of the content that is rare, with any other that is not common. What a link or a mailer shared by more says
 * alone is not asked here again. */
static void meet_pairs(struct grouping *g, struct pairs *p, uint32_t mail)
{
    const struct grouped_mail *m = &g->mails[mail];
    const uint32_t *shown = g->shown + m->traits;

    for (uint32_t i = 0; i < m->traits_n; i++) {
        const struct grouped_trait *a = &g->traits[shown[i]];

        if (a->alone || !a->rare || trait_of_sender(a->kind))
            continue;
        for (uint32_t k = 0; k < m->traits_n; k++)
            if (tells_with(a, &g->traits[shown[k]]))
                meet(g, p, mail, shown[i], shown[k]);
    }
}

bool grouping_unite(struct grouping *g)
{
    struct pairs p = {.first = NULL};

    g->parent = calloc(g->n + 1, sizeof(*g->parent));
    if (!g->parent)
        return false;
    for (uint32_t i = 0; i < g->n; i++)
        g->parent[i] = i;
    join_alone(g);
    value_set_init(&p.keys, &g->mem, UINT32_MAX - 1, (size_t)8 << 30);
    for (uint32_t i = 0; i < g->n && !p.failed; i++)
        if (!g->mails[i].left_out)
            meet_pairs(g, &p, i);
    value_set_free(&p.keys);
    free(p.first);
    return !p.failed;
}
