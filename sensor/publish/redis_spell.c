/* SPDX-License-Identifier: Apache-2.0 */
/* redis_spell: a bucket's part of a batch as the operations that redis_step.c reads. */
#include "sensor/publish/redis_batch_state.h"
#include "sensor/publish/redis_forms.h"
#include "sensor/publish/redis_pack.h"

_Static_assert((int)KINDS < FORM_SEVERAL && FORM_SEVERAL + (int)KINDS < FORM_OFTEN && FORM_OFTEN + (int)KINDS < 128, "what a place is raised by tells");

/* Whether every member came once: then none is followed by how often. */
static bool all_once(const struct redis_batch *b, const struct group *g)
{
    uint32_t at = g->first;

    while (at && b->items[at - 1].add == 1)
        at = b->items[at - 1].next;
    return !at;
}

/* Elements of the pairs of an entity, as put_pair writes them. */
static unsigned pairs_size(const struct redis_batch *b, const struct item *entity)
{
    unsigned n = 1;

    for (uint32_t at = entity->pairs; at; at = b->groups[at - 1].next) {
        const struct group *g = &b->groups[at - 1];

        n += all_once(b, g) ? 1 + (g->n > 1) + g->n : 2 + 2 * g->n;
    }
    return n;
}

static void put_members(struct redis_pack *a, const struct redis_batch *b, const struct group *g)
{
    pack_number(a, g->n);
    for (uint32_t at = g->first; at; at = b->items[at - 1].next) {
        pack_text(a, b->items[at - 1].member);
        pack_digits(a, b->items[at - 1].add);
    }
}

/* The place of the other kind and one member; else raised by FORM_SEVERAL and followed by their number, or by FORM_OFTEN, where each member
 * is followed by how often it came. */
static void put_pair(struct redis_pack *a, const struct redis_batch *b, unsigned place, const struct group *g)
{
    if (!all_once(b, g)) {
        pack_number(a, FORM_OFTEN + place);
        put_members(a, b, g);
        return;
    }
    pack_number(a, g->n > 1 ? FORM_SEVERAL + place : place);
    if (g->n > 1)
        pack_number(a, g->n);
    for (uint32_t at = g->first; at; at = b->items[at - 1].next)
        pack_text(a, b->items[at - 1].member);
}

static void put_pairs(struct redis_pack *a, const struct redis_batch *b, const struct item *entity)
{
    unsigned n = 0;

    for (uint32_t at = entity->pairs; at; at = b->groups[at - 1].next)
        n++;
    pack_number(a, n);
    for (uint32_t at = entity->pairs; at; at = b->groups[at - 1].next)
        put_pair(a, b, form_place(entity->entity->kind, b->groups[at - 1].kind), &b->groups[at - 1]);
}

/* Sessions are on no board: where there is nothing else, no board's lifetime begins. */
static bool boards_anew(struct redis_batch *b, const struct group *g)
{
    for (uint32_t at = g->first; at; at = b->items[at - 1].next)
        if (b->items[at - 1].entity && b->items[at - 1].entity->mails)
            return redis_lives_anew(b->lives, g->hash);
    return false;
}

static void put_entities(struct redis_pack *a, struct form_times *times, struct redis_batch *b, const struct group *g)
{
    pack_word(a, "E");
    form_kind(a, g->kind, g->key, boards_anew(b, g));
    pack_number(a, g->n);
    for (uint32_t at = g->first; at; at = b->items[at - 1].next) {
        const struct item *it = &b->items[at - 1];

        if (!it->entity) /* no memory: the batch is not sent */
            continue;
        form_entity(a, times, it->entity, pairs_size(b, it));
        put_pairs(a, b, it);
    }
}

static void put_counts(struct redis_pack *a, struct redis_batch *b, const struct group *g)
{
    static const char *const names[] = {[OP_COUNT] = "S", [OP_ALL_TIME] = "BA", [OP_DAY] = "BD"};

    pack_word(a, names[g->op]);
    pack_text(a, g->key);
    pack_number(a, g->op == OP_DAY && redis_lives_anew(b->lives, g->hash));
    put_members(a, b, g);
}

static void put_list(struct redis_pack *a, const struct list_write *l)
{
    static const char *const names[] = {[LIST_STREAM] = "X", [LIST_ALERT] = "A", [LIST_HASH] = "H"};

    pack_word(a, names[l->what]);
    pack_text(a, l->key);
    pack_number(a, l->n);
    for (unsigned i = 0; i < l->n; i++)
        pack_text(a, l->texts[i]);
}

uint32_t redis_spell(struct redis_batch *b, unsigned bucket)
{
    struct redis_pack a = {&b->packed, 0};
    struct form_times times;

    buf_clear(&b->packed);
    form_times_begin(&times, &b->times);
    for (uint32_t at = b->first_group[bucket]; at; at = b->groups[at - 1].next) {
        const struct group *g = &b->groups[at - 1];

        if (g->op == OP_ENTITY)
            put_entities(&a, &times, b, g);
        else
            put_counts(&a, b, g);
    }
    for (uint32_t i = 0; i < b->lists_n; i++)
        if (b->lists[i].bucket == bucket)
            put_list(&a, &b->lists[i]);
    if (a.n)
        form_times_end(&a, &times);
    return a.n;
}
