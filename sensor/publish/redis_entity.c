/* SPDX-License-Identifier: Apache-2.0 */
/* redis_entity: numbers are added, times and the score kept at their ends; of what is known the last counts. */
#include "sensor/publish/redis_entity.h"

static void merge_fact(struct arena *strings, struct redis_entity *to, const struct redis_fact *fact)
{
    unsigned i = 0;

    while (i < to->facts_n && strcmp(to->facts[i].field, fact->field) != 0)
        i++;
    if (i == ENTITY_FACTS || (i < to->facts_n && span_eq(to->facts[i].value, fact->value)))
        return;
    to->facts_n += i == to->facts_n;
    to->facts[i].field = fact->field;
    to->facts[i].value = arena_dup(strings, fact->value);
}

/* Field by field: a session knows less of its client than the mails before it do. */
static void merge_facts(struct arena *strings, struct redis_entity *to, const struct redis_entity *e)
{
    for (unsigned i = 0; i < e->facts_n; i++)
        merge_fact(strings, to, &e->facts[i]);
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
