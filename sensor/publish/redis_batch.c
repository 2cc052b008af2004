/* SPDX-License-Identifier: Apache-2.0 */
/* redis_batch: one hash table of writes by (operation, key, member), and their protocol form. */
#include "sensor/publish/redis_batch.h"

#include "decoders/base/limits.h"
#include "sensor/publish/redis_bucket.h"
#include "sensor/publish/redis_entity.h"
#include "sensor/publish/redis_forms.h"
#include "sensor/publish/redis_lives.h"

/* The names of the operations in the step's arguments; redis_step.c reads them. */
enum op { OP_COUNT, OP_ALL_TIME, OP_DAY, OP_TOPS, OP_GRAPH, OP_ENTITY };
/* What one costs the server, in quarters of a command; LIMIT_REDIS_COMMANDS of those are some 10 ms (docs/PERFORMANCE.md). */
static const struct {
    const char *name;
    unsigned group, item;
} ops[] = {
    [OP_COUNT] = {"S", 4, 1}, [OP_ALL_TIME] = {"BA", 4, 2}, [OP_DAY] = {"BD", 4, 2}, [OP_TOPS] = {"T", 14, 7},
    [OP_GRAPH] = {"G", 4, 2}, [OP_ENTITY] = {"E", 4, 8},
};

enum {
    /* A record at every cap (64 values of eight kinds and their pairs) stages under 4,000. */
    STAGED_MAX = 6144,
    LISTS_MAX = 4,
    BATCH_LISTS_MAX = LIMIT_REDIS_COMMANDS + LISTS_MAX,
    ITEMS_MAX = 16384, /* the lightest weigh a quarter of a command; a cluster's batch of such alone is cut earlier */
    SLOTS = 32768,     /* power of two, twice ITEMS_MAX */
    ITEM_BYTES = 48, /* protocol marks and numbers around an item's strings, roughly */
    STRINGS_MAX = 64 * 1024 * 1024
};

struct item {
    uint64_t hash;
    enum op op;
    uint8_t bucket; /* given by key and member */
    struct span key, member;
    int64_t add;
    struct redis_entity *entity;
    uint32_t bytes; /* in a step, roughly */
    uint32_t next;  /* of its group, 1 + index */
};

struct group {
    uint64_t hash;
    enum op op;
    uint8_t bucket;
    uint32_t next; /* of its bucket, 1 + index */
    struct span key;
    enum redis_kind kind; /* OP_ENTITY */
    uint32_t first, last, n;
};

struct list_write {
    enum redis_list what;
    uint8_t bucket;
    struct span key;
    const struct span *texts;
    unsigned n;
};

struct redis_batch {
    struct mem *mem;
    struct hash_key hash;
    struct arena strings;
    struct item staged[STAGED_MAX];
    struct redis_entity staged_entities[STAGED_MAX / 8];
    struct list_write staged_lists[LISTS_MAX];
    uint32_t staged_n, staged_entities_n, staged_lists_n;
    size_t staged_bytes; /* of the lists */
    uint8_t bucket; /* of what is staged next */
    struct item items[ITEMS_MAX];
    struct group groups[ITEMS_MAX];
    struct list_write lists[BATCH_LISTS_MAX];
    uint32_t n, groups_n, lists_n;
    uint32_t first_group[REDIS_BUCKETS], last_group[REDIS_BUCKETS]; /* 1 + index */
    unsigned quarters, in_bucket[REDIS_BUCKETS]; /* of commands: of all, of each bucket's step */
    unsigned most;     /* quarters of all */
    size_t bytes;
    uint16_t item_slots[SLOTS], group_slots[SLOTS]; /* 1 + index */
    struct redis_lives *lives;
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

void redis_stage_graph(struct redis_batch *b, struct span key, struct span member, int64_t add)
{
    stage_number(b, OP_GRAPH, key, member, add);
}

void redis_stage_tops(struct redis_batch *b, struct span key, struct span member)
{
    stage_number(b, OP_TOPS, key, member, 1);
}

void redis_stage_entity(struct redis_batch *b, const struct redis_entity *e)
{
    struct item *it;

    if (b->staged_entities_n == sizeof(b->staged_entities) / sizeof(*b->staged_entities))
        return;
    it = stage(b, OP_ENTITY, span_cstr(kind_name(e->kind)), e->value);
    if (!it)
        return;
    it->entity = &b->staged_entities[b->staged_entities_n++];
    *it->entity = *e;
    for (unsigned i = 0; i < e->facts_n; i++)
        it->bytes += (uint32_t)(strlen(e->facts[i].field) + e->facts[i].value.n + ITEM_BYTES);
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

static uint16_t *item_slot(struct redis_batch *b, const struct item *want)
{
    uint32_t at = (uint32_t)want->hash & (SLOTS - 1);

    for (; b->item_slots[at]; at = (at + 1) & (SLOTS - 1)) {
        const struct item *it = &b->items[b->item_slots[at] - 1];

        if (it->hash == want->hash && it->op == want->op && span_eq(it->member, want->member) &&
            span_eq(it->key, want->key))
            break;
    }
    return &b->item_slots[at];
}

static uint16_t *group_slot(struct redis_batch *b, const struct item *it, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & (SLOTS - 1);

    for (; b->group_slots[at]; at = (at + 1) & (SLOTS - 1)) {
        const struct group *g = &b->groups[b->group_slots[at] - 1];

        if (g->hash == hash && g->op == it->op && g->bucket == it->bucket && span_eq(g->key, it->key))
            break;
    }
    return &b->group_slots[at];
}

static uint64_t group_hash(const struct redis_batch *b, const struct item *it)
{
    return siphash(&b->hash, it->key) + it->op + (uint64_t)it->bucket * 16;
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

static struct group *group_of(struct redis_batch *b, const struct item *it)
{
    uint64_t hash = group_hash(b, it);
    uint16_t *slot = group_slot(b, it, hash);
    struct group *g;

    if (*slot)
        return &b->groups[*slot - 1];
    g = &b->groups[b->groups_n++];
    *g = (struct group){.hash = hash, .op = it->op, .bucket = it->bucket};
    g->key = it->op == OP_ENTITY ? it->key : arena_dup(&b->strings, it->key);
    if (it->entity)
        g->kind = it->entity->kind;
    *slot = (uint16_t)b->groups_n;
    weigh(b, g->bucket, ops[g->op].group);
    if (b->last_group[g->bucket])
        b->groups[b->last_group[g->bucket] - 1].next = b->groups_n;
    else
        b->first_group[g->bucket] = b->groups_n;
    b->last_group[g->bucket] = b->groups_n;
    return g;
}

static void apply_item(struct redis_batch *b, const struct item *staged)
{
    uint16_t *slot = item_slot(b, staged);
    struct group *g;
    struct item *it;

    if (*slot) {
        it = &b->items[*slot - 1];
        it->add += staged->add;
        if (it->entity && staged->entity)
            entity_merge(&b->strings, it->entity, staged->entity);
        return;
    }
    g = group_of(b, staged);
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

/* With what is known of it: when that changes it is written anew too. */
static uint64_t entity_hash(const struct redis_batch *b, const struct item *it)
{
    uint64_t hash = it->hash;

    for (unsigned i = 0; i < it->entity->facts_n; i++)
        hash = hash * 31 + siphash(&b->hash, it->entity->facts[i].value);
    return hash;
}

static void put_group_head(struct redis_args *a, struct redis_batch *b, const struct group *g)
{
    args_word(a, ops[g->op].name);
    if (g->op == OP_ENTITY)
        form_kind(a, g->kind);
    else if (g->op == OP_GRAPH || g->op == OP_TOPS)
        form_key_and_word(a, g->key);
    else
        args_put(a, g->key);
    if (g->op == OP_ALL_TIME)
        args_number(a, 0);
    else if (g->op == OP_DAY || g->op == OP_TOPS)
        args_number(a, redis_lives_anew(b->lives, g->hash));
    args_number(a, g->n);
}

/* An entity's graph keys stand behind it: its group began before theirs. */
static void put_group(struct redis_args *a, struct redis_batch *b, const struct group *g)
{
    put_group_head(a, b, g);
    for (uint32_t at = g->first; at; at = b->items[at - 1].next) {
        const struct item *it = &b->items[at - 1];

        if (it->op == OP_ENTITY) {
            if (it->entity)
                form_entity(a, it->entity, redis_lives_anew(b->lives, entity_hash(b, it)));
            continue;
        }
        args_put(a, it->member);
        args_number(a, it->add);
    }
}

static void put_list(struct redis_args *a, const struct list_write *l)
{
    static const char *const names[] = {[LIST_STREAM] = "X", [LIST_ALERT] = "A", [LIST_HASH] = "H"};

    args_word(a, names[l->what]);
    args_put(a, l->key);
    args_number(a, l->n);
    for (unsigned i = 0; i < l->n; i++)
        args_put(a, l->texts[i]);
}

static void put_bucket(struct redis_args *a, struct redis_batch *b, unsigned bucket)
{
    for (uint32_t at = b->first_group[bucket]; at; at = b->groups[at - 1].next)
        put_group(a, b, &b->groups[at - 1]);
    for (uint32_t i = 0; i < b->lists_n; i++)
        if (b->lists[i].bucket == bucket)
            put_list(a, &b->lists[i]);
}

bool redis_batch_seal(struct redis_batch *b, struct buf *out, struct redis_block *blocks, unsigned buckets)
{
    bool ok;

    for (unsigned i = 0; i < buckets; i++) {
        struct redis_args a = {out, 0};

        put_bucket(&a, b, i);
        blocks[i] = (struct redis_block){out->n, a.n};
    }
    ok = !out->truncated && !b->strings.refused;
    memset(b->item_slots, 0, sizeof(b->item_slots));
    memset(b->group_slots, 0, sizeof(b->group_slots));
    memset(b->first_group, 0, sizeof(b->first_group));
    memset(b->last_group, 0, sizeof(b->last_group));
    b->n = b->groups_n = b->lists_n = 0;
    b->quarters = 0;
    memset(b->in_bucket, 0, sizeof(b->in_bucket));
    b->bytes = 0;
    arena_reset(&b->strings);
    return ok;
}
