/* SPDX-License-Identifier: Apache-2.0 */
/* grouping_list: each campaign's mails, senders, span of time and traits. */
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>

#include "sensor/console/grouping_state.h"

static int compare_texts(struct span a, struct span b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;

    return order ? order : (a.n > b.n) - (a.n < b.n);
}

/* What holds it together first, then by mails, kind and text: the same whatever the order of input. */
static int by_weight(const void *x, const void *y)
{
    const struct group_trait *a = x, *b = y;

    if (a->holds != b->holds)
        return a->holds ? -1 : 1;
    if (a->mails != b->mails)
        return a->mails > b->mails ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return compare_texts(a->text, b->text);
}

static int by_size(const void *x, const void *y)
{
    const struct group *a = x, *b = y;

    if (a->mails != b->mails)
        return a->mails > b->mails ? -1 : 1;
    return a->members[0] < b->members[0] ? -1 : a->members[0] > b->members[0];
}

static void set_id(struct group *gr, const struct grouped_mail *m)
{
    uint8_t hash[SHA256_DIGEST_LENGTH];
    char text[96];
    int n = snprintf(text, sizeof(text), "%.*s %llu %u", SPAN_FMT(m->timestamp), (unsigned long long)m->flow_id,
                     m->tx_id);

    SHA256((const uint8_t *)text, (size_t)n, hash);
    for (unsigned i = 0; i < 6; i++)
        snprintf(gr->id + 2 * i, 3, "%02x", hash[i]);
}

/* Counts every trait of the group; stamp holds counts and is left as it was found, all 0. */
static bool count_traits(struct grouping *g, struct group *gr)
{
    uint32_t distinct = 0, n = 0;

    for (uint32_t i = 0; i < gr->mails; i++) {
        const struct grouped_mail *m = &g->mails[gr->members[i]];

        for (uint32_t k = 0; k < m->traits_n; k++)
            distinct += !g->stamp[g->shown[m->traits + k]]++;
    }
    gr->traits = calloc(distinct + 1, sizeof(*gr->traits));
    for (uint32_t i = 0; i < gr->mails; i++) {
        const struct grouped_mail *m = &g->mails[gr->members[i]];

        for (uint32_t k = 0; k < m->traits_n; k++) {
            uint32_t t = g->shown[m->traits + k], mails = g->stamp[t];
            const struct grouped_trait *x = &g->traits[t];

            g->stamp[t] = 0;
            if (!mails || !gr->traits)
                continue;
            gr->traits[n++] = (struct group_trait){x->kind, x->text, mails, x->holds && mails > 1};
            gr->senders += x->kind == TRAIT_SENDER;
            gr->networks += x->kind == TRAIT_NET;
        }
    }
    gr->traits_n = n;
    if (gr->traits)
        qsort(gr->traits, n, sizeof(*gr->traits), by_weight);
    return gr->traits != NULL;
}

static bool describe(struct grouping *g, struct group *gr)
{
    set_id(gr, &g->mails[gr->members[0]]);
    gr->first = g->mails[gr->members[0]].timestamp;
    gr->last = g->mails[gr->members[gr->mails - 1]].timestamp;
    for (uint32_t i = 0; i < gr->mails && !gr->subject.n; i++)
        gr->subject = g->mails[gr->members[i]].subject;
    return count_traits(g, gr);
}

/* Members in a row for each root, in order of time. size: mails of each root; place: where its row goes on. */
static bool collect(struct grouping *g, uint32_t *size, uint32_t *place)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < g->n; i++)
        if (!g->mails[i].left_out)
            size[grouping_root(g, i)]++;
    for (uint32_t i = 0; i < g->n; i++) {
        place[i] = at;
        at += size[i];
        g->groups_n += size[i] > 1;
    }
    g->members = calloc(at + 1, sizeof(*g->members));
    g->groups = calloc(g->groups_n + 1, sizeof(*g->groups));
    if (!g->members || !g->groups)
        return false;
    for (uint32_t i = 0, n = 0; i < g->n; i++)
        if (size[i] > 1)
            g->groups[n++] = (struct group){.members = g->members + place[i], .mails = size[i]};
    for (uint32_t i = 0; i < g->n; i++)
        if (!g->mails[i].left_out)
            g->members[place[grouping_root(g, i)]++] = i;
    return true;
}

bool grouping_list(struct grouping *g)
{
    uint32_t *size = calloc(g->n + 1, sizeof(*size)), *place = calloc(g->n + 1, sizeof(*place));
    bool ok = size && place && collect(g, size, place);

    free(size);
    free(place);
    if (!ok)
        return false;
    memset(g->stamp, 0, (g->names.n + 1) * sizeof(*g->stamp));
    for (uint32_t i = 0; ok && i < g->groups_n; i++)
        ok = describe(g, &g->groups[i]);
    if (ok && g->groups_n)
        qsort(g->groups, g->groups_n, sizeof(*g->groups), by_size);
    return ok;
}
