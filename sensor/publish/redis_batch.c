/* SPDX-License-Identifier: Apache-2.0 */
/* redis_batch: one hash table of writes by (operation, key, member). */
#include "sensor/publish/redis_batch.h"

#include "sensor/publish/redis_args.h"
#include "sensor/publish/redis_batch_state.h"
#include "sensor/publish/redis_entity.h"
#include "sensor/publish/redis_pack.h"

/* What one costs the server, in quarters of a command; LIMIT_REDIS_COMMANDS of those are some 10 ms (docs/PERFORMANCE.md). */
static const struct {
    unsigned group, item;
} ops[] = {
    [OP_COUNT] = {4, 1}, [OP_ALL_TIME] = {4, 2}, [OP_DAY] = {4, 2}, [OP_ENTITY] = {16, 8}, [OP_PAIR] = {3, 1},
};

_Static_assert(ITEMS_MAX < 65535, "slots are 16 bits");
_Static_assert(ITEMS_MAX >= 4 * LIMIT_REDIS_COMMANDS && ITEMS_MAX > STAGED_MAX, "what fits has a place");
_Static_assert(SLOTS >= 2 * ITEMS_MAX, "probes stay short");

struct redis_batch *redis_batch_new(struct mem *m, const struct hash_key *key, unsigned buckets)
{
    struct redis_batch *b = mem_zalloc(m, sizeof(*b));

    if (!b)
        return NULL;
    b->mem = m;
    b->most = 4 * (buckets > 1 ? LIMIT_REDIS_CLUSTER_COMMANDS : LIMIT_REDIS_COMMANDS);
    b->hash = *key;
    arena_init(&b->strings, m, STRINGS_MAX);
    buf_init(&b->packed, m, STRINGS_MAX);
    buf_init(&b->times, m, STRINGS_MAX);
    b->lives = redis_lives_new(m);
    if (!b->lives) {
        redis_batch_free(b);
        return NULL;
    }
    return b;
}

void redis_batch_free(struct redis_batch *b)
{
    if (!b)
        return;
    arena_free(&b->strings);
    buf_free(&b->packed);
    buf_free(&b->times);
    redis_lives_free(b->lives);
    mem_free(b->mem, b, sizeof(*b));
}

void redis_stage_begin(struct redis_batch *b)
{
    b->staged_n = 0;
    b->staged_entities_n = 0;
    b->staged_lists_n = 0;
    b->staged_bytes = 0;
    b->bucket = 0;
}

void redis_stage_bucket(struct redis_batch *b, unsigned bucket)
{
    b->bucket = (uint8_t)(bucket % REDIS_BUCKETS);
}

static struct item *stage(struct redis_batch *b, enum op op, struct span key, struct span member)
{
    struct item *it;

    if (b->staged_n == STAGED_MAX)
        return NULL;
    it = &b->staged[b->staged_n++];
    *it = (struct item){.op = op, .bucket = b->bucket, .key = key, .member = member};
    it->hash = siphash(&b->hash, member) * 31 + siphash(&b->hash, key) + op;
    it->bytes = (uint32_t)(key.n + member.n + ITEM_BYTES);
    return it;
}

static void stage_number(struct redis_batch *b, enum op op, struct span key, struct span member, int64_t add)
{
    struct item *it = add ? stage(b, op, key, member) : NULL;

    if (it)
        it->add = add;
}

void redis_stage_count(struct redis_batch *b, struct span key, struct span field, int64_t add)
{
    stage_number(b, OP_COUNT, key, field, add);
}

void redis_stage_board(struct redis_batch *b, enum redis_board life, struct span key, struct span member,
                       int64_t add)
{
    stage_number(b, (enum op)(OP_ALL_TIME + life), key, member, add);
}

unsigned redis_stage_entity(struct redis_batch *b, const struct redis_entity *e)
{
    struct item *it;

    if (b->staged_entities_n == sizeof(b->staged_entities) / sizeof(*b->staged_entities))
        return STAGED_MAX;
    it = stage(b, OP_ENTITY, e->hour, e->value);
    if (!it)
        return STAGED_MAX;
    it->hash += e->kind;
    it->entity = &b->staged_entities[b->staged_entities_n++];
    *it->entity = *e;
    for (unsigned i = 0; i < e->facts_n; i++)
        it->bytes += (uint32_t)(strlen(e->facts[i].field) + e->facts[i].value.n + ITEM_BYTES);
    return (unsigned)(it - b->staged);
}

void redis_stage_pair(struct redis_batch *b, unsigned entity, struct span key, enum redis_kind other, struct span member)
{
    struct item *it = entity < b->staged_n ? stage(b, OP_PAIR, key, member) : NULL;

    if (!it)
        return;
    it->add = 1;
    it->owner = entity;
    it->other = other;
}

void redis_stage_list(struct redis_batch *b, enum redis_list what, struct span key, const struct span *texts,
                      unsigned n)
{
    if (b->staged_lists_n == LISTS_MAX)
        return;
    b->staged_lists[b->staged_lists_n++] = (struct list_write){what, b->bucket, key, texts, n};
    for (unsigned i = 0; i < n; i++)
        b->staged_bytes += texts[i].n + ITEM_BYTES / 4;
}

/* What tells items and groups of one operation and key apart besides. */
static enum redis_kind kind_of(const struct item *it)
{
    return it->entity ? it->entity->kind : it->other;
}

static uint16_t *item_slot(struct redis_batch *b, const struct item *want)
{
    uint32_t at = (uint32_t)want->hash & (SLOTS - 1);

    for (; b->item_slots[at]; at = (at + 1) & (SLOTS - 1)) {
        const struct item *it = &b->items[b->item_slots[at] - 1];

        if (it->hash == want->hash && it->op == want->op && kind_of(it) == kind_of(want) &&
            span_eq(it->member, want->member) && span_eq(it->key, want->key))
            break;
    }
    return &b->item_slots[at];
}

static uint16_t *group_slot(struct redis_batch *b, const struct item *it, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & (SLOTS - 1);

    for (; b->group_slots[at]; at = (at + 1) & (SLOTS - 1)) {
        const struct group *g = &b->groups[b->group_slots[at] - 1];

        if (g->hash == hash && g->op == it->op && g->kind == kind_of(it) && g->bucket == it->bucket &&
            span_eq(g->key, it->key))
            break;
    }
    return &b->group_slots[at];
}

static uint64_t group_hash(const struct redis_batch *b, const struct item *it)
{
    return siphash(&b->hash, it->key) + it->op + (uint64_t)it->bucket * 16 + (uint64_t)kind_of(it) * 1024;
}

bool redis_batch_is_empty(const struct redis_batch *b)
{
    return !b->n && !b->lists_n;
}

unsigned redis_batch_commands(const struct redis_batch *b)
{
    return b->quarters / 4;
}

bool redis_batch_fits(const struct redis_batch *cb)
{
    struct redis_batch *b = (struct redis_batch *)(uintptr_t)cb;
    unsigned quarters = 0, in_bucket[REDIS_BUCKETS];
    size_t bytes = b->bytes + b->staged_bytes;
    uint32_t n = b->n;

    if (redis_batch_is_empty(b))
        return true;
    if (b->lists_n + b->staged_lists_n > BATCH_LISTS_MAX)
        return false;
    memcpy(in_bucket, b->in_bucket, sizeof(in_bucket));
    for (uint32_t i = 0; i < b->staged_lists_n; i++)
        in_bucket[b->staged_lists[i].bucket] += 8;
    for (uint32_t i = 0; i < b->staged_n; i++) {
        const struct item *it = &b->staged[i];

        if (*item_slot(b, it))
            continue;
        n++;
        bytes += it->bytes;
        in_bucket[it->bucket] += ops[it->op].item;
        if (!*group_slot(b, it, group_hash(b, it)))
            in_bucket[it->bucket] += ops[it->op].group;
    }
    for (unsigned i = 0; i < REDIS_BUCKETS; i++) {
        quarters += in_bucket[i];
        if (in_bucket[i] > 4 * LIMIT_REDIS_COMMANDS)
            return false;
    }
    return n <= ITEMS_MAX && bytes <= LIMIT_REDIS_BATCH_BYTES && quarters <= b->most;
}

static void weigh(struct redis_batch *b, unsigned bucket, unsigned quarters)
{
    b->quarters += quarters;
    b->in_bucket[bucket] += quarters;
}

/* At the end of its bucket's groups; a pair's at the end of those of its entity, which the record has brought too. */
static void link_group(struct redis_batch *b, const struct item *it, struct group *g, uint32_t place)
{
    struct item *owner = it->op == OP_PAIR ? &b->items[b->staged[it->owner].applied] : NULL;
    uint32_t *first = owner ? &owner->pairs : &b->first_group[g->bucket];
    uint32_t *last = owner ? &owner->last_pair : &b->last_group[g->bucket];

    if (*last)
        b->groups[*last - 1].next = place;
    else
        *first = place;
    *last = place;
}

static struct group *group_of(struct redis_batch *b, const struct item *it)
{
    uint64_t hash = group_hash(b, it);
    uint16_t *slot = group_slot(b, it, hash);
    struct group *g;

    if (*slot)
        return &b->groups[*slot - 1];
    g = &b->groups[b->groups_n++];
    *g = (struct group){.hash = hash, .op = it->op, .bucket = it->bucket, .kind = kind_of(it)};
    g->key = arena_dup(&b->strings, it->key);
    *slot = (uint16_t)b->groups_n;
    weigh(b, g->bucket, ops[g->op].group);
    link_group(b, it, g, b->groups_n);
    return g;
}

static void merge_item(struct redis_batch *b, struct item *it, const struct item *staged)
{
    it->add += staged->add;
    if (it->entity && staged->entity)
        entity_merge(&b->strings, it->entity, staged->entity);
}

static void apply_item(struct redis_batch *b, struct item *staged)
{
    uint16_t *slot = item_slot(b, staged);
    struct group *g;
    struct item *it;

    if (*slot) {
        staged->applied = *slot - 1u;
        merge_item(b, &b->items[*slot - 1], staged);
        return;
    }
    g = group_of(b, staged);
    staged->applied = b->n;
    it = &b->items[b->n++];
    *it = *staged;
    it->key = g->key;
    it->member = arena_dup(&b->strings, staged->member);
    if (staged->entity)
        it->entity = entity_copy(&b->strings, staged->entity);
    *slot = (uint16_t)b->n;
    if (g->n++)
        b->items[g->last - 1].next = b->n;
    else
        g->first = b->n;
    g->last = b->n;
    weigh(b, it->bucket, ops[it->op].item);
    b->bytes += it->bytes;
}

static void apply_list(struct redis_batch *b, const struct list_write *staged)
{
    struct list_write *l = &b->lists[b->lists_n];
    struct span *texts = arena_alloc(&b->strings, staged->n * sizeof(*texts));

    if (!texts)
        return;
    for (unsigned i = 0; i < staged->n; i++)
        texts[i] = arena_dup(&b->strings, staged->texts[i]);
    *l = (struct list_write){staged->what, staged->bucket, arena_dup(&b->strings, staged->key), texts, staged->n};
    b->lists_n++;
    weigh(b, l->bucket, 4 + 4 * (l->what == LIST_ALERT));
}

void redis_batch_apply(struct redis_batch *b)
{
    for (uint32_t i = 0; i < b->staged_n; i++)
        apply_item(b, &b->staged[i]);
    for (uint32_t i = 0; i < b->staged_lists_n; i++)
        apply_list(b, &b->staged_lists[i]);
    b->bytes += b->staged_bytes;
    redis_stage_begin(b);
}

/* A step's operations as one argument: the array's head, then its elements. */
static bool put_step(struct buf *out, struct span elements, uint32_t n)
{
    uint8_t head[PACK_HEAD];

    pack_head(n, head);
    return protocol_number(out, '$', PACK_HEAD + elements.n) && buf_add(out, span_of(head, PACK_HEAD)) &&
           buf_add(out, elements) && buf_add(out, SPAN("\r\n"));
}

static void empty(struct redis_batch *b)
{
    memset(b->item_slots, 0, sizeof(b->item_slots));
    memset(b->group_slots, 0, sizeof(b->group_slots));
    memset(b->first_group, 0, sizeof(b->first_group));
    memset(b->last_group, 0, sizeof(b->last_group));
    b->n = b->groups_n = b->lists_n = 0;
    b->quarters = 0;
    memset(b->in_bucket, 0, sizeof(b->in_bucket));
    b->bytes = 0;
    arena_reset(&b->strings);
}

bool redis_batch_seal(struct redis_batch *b, struct buf *out, struct redis_block *blocks, unsigned buckets)
{
    bool ok = !b->strings.refused;

    for (unsigned i = 0; i < buckets; i++) {
        uint32_t n = redis_spell(b, i);

        if (n)
            ok &= put_step(out, buf_span(&b->packed), n);
        ok &= !b->packed.truncated;
        blocks[i] = (struct redis_block){out->n, n > 0};
    }
    empty(b);
    return ok && !out->truncated;
}
