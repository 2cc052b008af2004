/* SPDX-License-Identifier: Apache-2.0 */
/* aged_table: chains under SipHash, one list by age. */
#include "sensor/flows/aged_table.h"

struct aged_table {
    struct mem mem;
    struct hash_key key;
    struct aged_entry **bucket;
    struct aged_entry *oldest, *newest;
    uint64_t *evicted;
    uint32_t buckets, n;
};

struct aged_table *aged_table_new(const struct hash_key *key, uint32_t buckets, size_t budget, uint64_t *evicted)
{
    struct mem mem;
    struct aged_table *t;

    mem_init(&mem, budget);
    t = mem_zalloc(&mem, sizeof(*t));
    if (!t)
        return NULL;
    *t = (struct aged_table){.mem = mem, .key = *key, .buckets = buckets, .evicted = evicted};
    t->bucket = mem_zalloc(&t->mem, buckets * sizeof(*t->bucket));
    if (t->bucket)
        return t;
    aged_table_free(t);
    return NULL;
}

static size_t size_of(uint32_t data_n, size_t key_n)
{
    return sizeof(struct aged_entry) + data_n + key_n;
}

static struct span key_of(const struct aged_entry *e)
{
    return span_of(e->data + e->data_n, e->key_n);
}

static struct aged_entry **place_of(const struct aged_table *t, struct span key)
{
    struct aged_entry **at = &t->bucket[siphash13(&t->key, key) & (t->buckets - 1)];

    while (*at && !span_eq(key_of(*at), key))
        at = &(*at)->chain;
    return at;
}

struct aged_entry *aged_table_find(const struct aged_table *t, struct span key)
{
    return *place_of(t, key);
}

void aged_table_remove(struct aged_table *t, struct aged_entry *e)
{
    struct aged_entry **at = place_of(t, key_of(e));

    *at = e->chain;
    if (e->older)
        e->older->newer = e->newer;
    else
        t->oldest = e->newer;
    if (e->newer)
        e->newer->older = e->older;
    else
        t->newest = e->older;
    t->n--;
    mem_free(&t->mem, e, size_of(e->data_n, e->key_n));
}

static void make_room(struct aged_table *t, size_t size)
{
    while (t->oldest && t->mem.used + size > t->mem.budget) {
        aged_table_remove(t, t->oldest);
        ++*t->evicted;
    }
}

struct aged_entry *aged_table_put(struct aged_table *t, struct span key, uint32_t data_n)
{
    size_t size = size_of(data_n, key.n);
    struct aged_entry **at = place_of(t, key), *e;

    if (*at)
        aged_table_remove(t, *at);
    make_room(t, size);
    e = mem_zalloc(&t->mem, size);
    if (!e)
        return NULL;
    e->data_n = data_n;
    e->key_n = (uint16_t)key.n;
    memcpy(e->data + data_n, key.p, key.n);
    at = place_of(t, key); /* the room may have come from this chain */
    e->chain = *at;
    *at = e;
    e->older = t->newest;
    if (t->newest)
        t->newest->newer = e;
    else
        t->oldest = e;
    t->newest = e;
    t->n++;
    return e;
}

struct aged_entry *aged_table_oldest(const struct aged_table *t)
{
    return t->oldest;
}

size_t aged_table_bytes(const struct aged_table *t)
{
    return t->mem.used;
}

uint32_t aged_table_count(const struct aged_table *t)
{
    return t->n;
}

void aged_table_clear(struct aged_table *t)
{
    while (t->oldest)
        aged_table_remove(t, t->oldest);
}

void aged_table_free(struct aged_table *t)
{
    struct mem mem;

    if (!t)
        return;
    aged_table_clear(t);
    if (t->bucket)
        mem_free(&t->mem, t->bucket, t->buckets * sizeof(*t->bucket));
    mem = t->mem;
    mem_free(&mem, t, sizeof(*t));
}
