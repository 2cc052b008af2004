/* SPDX-License-Identifier: Apache-2.0 */
/* redis_entity: numbers are added, times and the score kept at their ends; of what is known the last counts. */
#include "sensor/publish/redis_entity.h"

static void merge_facts(struct arena *strings, struct redis_entity *to, const struct redis_entity *e)
{
    bool same = to->facts_n == e->facts_n;

    for (unsigned i = 0; same && i < e->facts_n; i++)
        same = to->facts[i].field == e->facts[i].field && span_eq(to->facts[i].value, e->facts[i].value);
    if (same || !e->facts_n)
        return;
    to->facts_n = e->facts_n;
    for (unsigned i = 0; i < e->facts_n; i++) {
        to->facts[i].field = e->facts[i].field;
        to->facts[i].value = arena_dup(strings, e->facts[i].value);
    }
}

void entity_merge(struct arena *strings, struct redis_entity *to, const struct redis_entity *e)
{
    to->mails += e->mails;
    to->accepted += e->accepted;
    to->refused += e->refused;
    to->sessions += e->sessions;
    if (e->first < to->first)
        to->first = e->first;
    if (e->last > to->last)
        to->last = e->last;
    if (e->score > to->score)
        to->score = e->score;
    merge_facts(strings, to, e);
}

struct redis_entity *entity_copy(struct arena *strings, const struct redis_entity *e)
{
    struct redis_entity *to = arena_zalloc(strings, sizeof(*to));

    if (!to)
        return NULL;
    *to = *e;
    to->value = arena_dup(strings, e->value);
    to->member = arena_dup(strings, e->member);
    to->facts_n = 0;
    merge_facts(strings, to, e);
    return to;
}
