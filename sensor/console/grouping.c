/* SPDX-License-Identifier: Apache-2.0 */
/* grouping: takes mails in, puts them in order, leaves out what was seen twice. */
#include <stdlib.h>

#include "decoders/base/siphash.h"
#include "sensor/console/array_room.h"
#include "sensor/console/grouping_state.h"

enum {
    TRAITS_IN_ALL = 64 * 1024 * 1024,
    COPIES_LOOKED_AT = 64 /* mails of one identity: somebody may send the same mail for ever */
};
static const size_t text_max = (size_t)8 << 30;

struct grouping *grouping_new(void)
{
    struct grouping *g = calloc(1, sizeof(*g));

    if (!g)
        return NULL;
    mem_init(&g->mem, 0);
    arena_init(&g->arena, &g->mem, text_max);
    arena_init(&g->scratch, &g->mem, 16 << 20);
    value_set_init(&g->names, &g->mem, TRAITS_IN_ALL, text_max);
    g->suffixes = suffix_new(&g->mem, NULL, &g->names.key);
    if (g->suffixes)
        return g;
    grouping_free(g);
    return NULL;
}

void grouping_free(struct grouping *g)
{
    if (!g)
        return;
    suffix_free(g->suffixes);
    value_set_free(&g->names);
    arena_free(&g->arena);
    arena_free(&g->scratch);
    for (uint32_t i = 0; g->groups && i < g->groups_n; i++)
        free(g->groups[i].traits);
    free(g->groups);
    free(g->members);
    free(g->mails);
    free(g->traits);
    free(g->shown);
    free(g->by_trait);
    free(g->parent);
    free(g->stamp);
    free(g);
}

/* --- taking in --- */

static uint32_t trait_number(struct grouping *g, const struct trait *t)
{
    uint8_t name[LIMIT_TRAIT + 1];
    struct span text = span_head(t->text, LIMIT_TRAIT);
    uint32_t before = g->names.n, at;

    /* First the place: every number has its trait. */
    if (!array_room((void **)&g->traits, &g->traits_cap, before, sizeof(*g->traits)))
        return VALUE_NONE;
    name[0] = (uint8_t)t->kind;
    memcpy(name + 1, text.p, text.n);
    at = value_set_add(&g->names, span_of(name, text.n + 1));
    if (at == VALUE_NONE || at < before)
        return at;
    g->traits[at] = (struct grouped_trait){.kind = t->kind, .text = span_from(g->names.values[at], 1)};
    return at;
}

static bool show(struct grouping *g, uint32_t trait)
{
    if (g->shown_n == g->shown_cap) {
        size_t cap = g->shown_cap ? 2 * g->shown_cap : 4096;
        uint32_t *p = realloc(g->shown, cap * sizeof(*p));

        if (!p)
            return false;
        g->shown = p;
        g->shown_cap = cap;
    }
    g->shown[g->shown_n++] = trait;
    return true;
}

static bool take_traits(struct grouping *g, struct grouped_mail *m, const struct trait_list *l)
{
    m->traits = (uint32_t)g->shown_n;
    m->sender = m->subject_trait = VALUE_NONE;
    for (unsigned i = 0; i < l->n; i++) {
        uint32_t t = trait_number(g, &l->v[i]);

        if (t == VALUE_NONE || g->shown_n == UINT32_MAX || !show(g, t))
            return false;
        if (l->v[i].kind == TRAIT_SENDER)
            m->sender = t;
        if (l->v[i].kind == TRAIT_SUBJECT)
            m->subject_trait = t;
        m->traits_n++;
    }
    return true;
}

bool grouping_add(struct grouping *g, const struct mail_facts *f, struct span line)
{
    static const struct hash_key key = {0, 0}; /* the same in every run */
    struct trait_list l;
    struct grouped_mail *m;

    if (!mail_facts_counts(f) || !span_eq(f->event_type, SPAN("smtp")))
        return true;
    if (!array_room((void **)&g->mails, &g->cap, g->n, sizeof(*g->mails)))
        return false;
    m = &g->mails[g->n];
    *m = (struct grouped_mail){.flow_id = f->flow_id, .tx_id = f->tx_id, .taken = g->n, .content = siphash(&key, line)};
    m->timestamp = arena_dup(&g->arena, span_head(f->timestamp, 40));
    m->subject = arena_dup(&g->arena, span_head(f->subject, LIMIT_TRAIT));
    copy_mark_read(&m->mark, f);
    arena_reset(&g->scratch);
    traits_read(&l, &g->scratch, g->suffixes, f);
    if (g->arena.refused || !take_traits(g, m, &l))
        return false;
    g->n++;
    return true;
}

/* --- in order --- */

static int compare_texts(struct span a, struct span b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;

    return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int by_time(const void *x, const void *y)
{
    const struct grouped_mail *a = x, *b = y;
    int order = compare_texts(a->timestamp, b->timestamp);

    if (order)
        return order;
    if (a->flow_id != b->flow_id)
        return a->flow_id < b->flow_id ? -1 : 1;
    if (a->tx_id != b->tx_id)
        return a->tx_id < b->tx_id ? -1 : 1;
    return (a->content > b->content) - (a->content < b->content);
}

/* The first sighting counts: of the same record (two sensors, a file twice), of a relayed mail. */
static bool leave_out_again(struct grouping *g)
{
    struct value_set seen;
    uint32_t *before = calloc(g->n + 1, sizeof(*before)), *newest = calloc(g->n + 1, sizeof(*newest));
    bool ok = before && newest;

    value_set_init(&seen, &g->mem, UINT32_MAX - 1, text_max);
    for (uint32_t i = 0; ok && i < g->n; i++) {
        struct grouped_mail *m = &g->mails[i], *last = i ? &g->mails[i - 1] : NULL;
        uint32_t slot, looked = 0;

        if (last && span_eq(last->timestamp, m->timestamp) && last->flow_id == m->flow_id && last->tx_id == m->tx_id)
            m->left_out = true;
        if (m->left_out || !m->mark.identity)
            continue;
        slot = value_set_add(&seen, span_of(&m->mark.identity, sizeof(m->mark.identity)));
        ok = slot != VALUE_NONE;
        for (uint32_t at = ok ? newest[slot] : 0; at && looked < COPIES_LOOKED_AT && !m->left_out; looked++) {
            m->left_out = copy_is(&g->mails[at - 1].mark, &m->mark);
            g->copies += m->left_out;
            at = before[at - 1];
        }
        if (ok) {
            before[i] = newest[slot];
            newest[slot] = i + 1;
        }
    }
    value_set_free(&seen);
    free(before);
    free(newest);
    return ok;
}

bool grouping_run(struct grouping *g, const struct group **groups, uint32_t *n)
{
    if (g->n)
        qsort(g->mails, g->n, sizeof(*g->mails), by_time);
    *groups = NULL;
    *n = 0;
    if (!leave_out_again(g) || !grouping_judge(g) || !grouping_unite(g) || !grouping_list(g))
        return false;
    *groups = g->groups;
    *n = g->groups_n;
    return true;
}

struct grouping_span grouping_span(const struct grouping *g)
{
    struct grouping_span s = {.copies = g->copies, .senders = g->senders};

    for (uint32_t i = 0; i < g->n; i++) {
        if (g->mails[i].left_out)
            continue;
        if (!s.mails++)
            s.first = g->mails[i].timestamp;
        s.last = g->mails[i].timestamp;
    }
    return s;
}

void grouping_mail(const struct grouping *g, uint32_t member, uint64_t *flow_id, uint32_t *tx_id)
{
    *flow_id = g->mails[member].flow_id;
    *tx_id = g->mails[member].tx_id;
}

uint32_t grouping_taken(const struct grouping *g, uint32_t member)
{
    return g->mails[member].taken;
}

void grouping_left_out(const struct grouping *g, bool *out)
{
    for (uint32_t i = 0; i < g->n; i++)
        out[g->mails[i].taken] = g->mails[i].left_out;
}
