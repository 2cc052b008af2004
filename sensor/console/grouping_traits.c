/* SPDX-License-Identifier: Apache-2.0 */
/* grouping_traits: how many mails, addresses and subjects show each trait; which are rare enough to tell something. */
#include <stdlib.h>

#include "sensor/console/grouping_state.h"

enum { PRIOR = 16 /* addresses nobody saw: in a handful of mails two that look alike are already many */ };

/* by_trait: each trait's mails in a row, in order of time. */
static bool index_mails(struct grouping *g)
{
    uint32_t at = 0, *fill;

    g->by_trait = calloc(g->shown_n + 1, sizeof(*g->by_trait));
    fill = calloc(g->names.n + 1, sizeof(*fill));
    if (!g->by_trait || !fill) {
        free(fill);
        return false;
    }
    for (uint32_t i = 0; i < g->n; i++)
        for (uint32_t k = 0; !g->mails[i].left_out && k < g->mails[i].traits_n; k++)
            g->traits[g->shown[g->mails[i].traits + k]].mails++;
    for (uint32_t t = 0; t < g->names.n; t++) {
        g->traits[t].from = fill[t] = at;
        at += g->traits[t].mails;
    }
    for (uint32_t i = 0; i < g->n; i++)
        for (uint32_t k = 0; !g->mails[i].left_out && k < g->mails[i].traits_n; k++)
            g->by_trait[fill[g->shown[g->mails[i].traits + k]]++] = i;
    free(fill);
    return true;
}

/* Distinct senders and subjects of one trait's mails. stamp: the last trait that counted a sender or subject. */
static void count_trait(struct grouping *g, uint32_t t)
{
    struct grouped_trait *x = &g->traits[t];

    for (uint32_t i = x->from; i < x->from + x->mails; i++) {
        const struct grouped_mail *m = &g->mails[g->by_trait[i]];

        if (m->sender == VALUE_NONE || g->stamp[m->sender] != t + 1)
            x->senders++;
        if (m->sender != VALUE_NONE)
            g->stamp[m->sender] = t + 1;
        if (m->subject_trait == VALUE_NONE || g->stamp[m->subject_trait] != t + 1)
            x->subjects++;
        if (m->subject_trait != VALUE_NONE)
            g->stamp[m->subject_trait] = t + 1;
    }
}

static void judge(struct grouping *g, struct grouped_trait *t)
{
    uint64_t all = (uint64_t)g->senders + PRIOR, shown_by = t->senders, subjects = t->subjects;
    bool of_one_box = trait_of_sender(t->kind) && t->senders < 2;

    if (t->mails < 2)
        return;
    t->rare = shown_by * shown_by <= all;
    t->uncommon = t->rare || shown_by * 8 <= all;
    t->alone = trait_alone(t->kind) && !of_one_box && (t->rare || subjects * subjects <= t->mails);
}

bool grouping_judge(struct grouping *g)
{
    if (!index_mails(g))
        return false;
    g->stamp = calloc(g->names.n + 1, sizeof(*g->stamp));
    if (!g->stamp)
        return false;
    for (uint32_t t = 0; t < g->names.n; t++) {
        g->senders += g->traits[t].kind == TRAIT_SENDER && g->traits[t].mails;
        count_trait(g, t);
    }
    for (uint32_t t = 0; t < g->names.n; t++)
        judge(g, &g->traits[t]);
    return true;
}
