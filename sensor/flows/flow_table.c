/* SPDX-License-Identifier: Apache-2.0 */
/* flow_table: chained hash under SipHash, three lists by age, no sweep over all flows ever. */
#include "sensor/flows/flow_table.h"

#include <stdlib.h>

enum { BUCKETS_FIRST = 1024 };

struct age_list {
    struct flow *oldest, *newest;
};

struct flow_table {
    struct mem *mem;
    struct hash_key key;
    struct flow **bucket;
    struct flow *last; /* found last: more than half of all frames belong to the flow of the one before */
    uint32_t buckets, n, max; /* buckets: a power of two */
    struct age_list ages[AGE_CLASSES];
    flow_end_fn on_end;
    void *ctx;
};

static const int64_t age_us[AGE_CLASSES] = {
    [AGE_HALF_OPEN] = LIMIT_FLOW_SYN_SEC * 1000000LL,
    [AGE_OPEN] = LIMIT_FLOW_IDLE_SEC * 1000000LL,
    [AGE_CLOSED] = LIMIT_FLOW_CLOSED_SEC * 1000000LL,
};

struct flow_table *flow_table_new(struct mem *m, const struct hash_key *key, uint32_t max,
                                  flow_end_fn on_end, void *ctx)
{
    struct flow_table *t = mem_zalloc(m, sizeof(*t));

    if (!t)
        return NULL;
    *t = (struct flow_table){.mem = m, .key = *key, .buckets = BUCKETS_FIRST, .max = max, .on_end = on_end,
                             .ctx = ctx};
    t->bucket = mem_zalloc(m, BUCKETS_FIRST * sizeof(*t->bucket));
    if (!t->bucket) {
        mem_free(m, t, sizeof(*t));
        return NULL;
    }
    return t;
}

void flow_table_free(struct flow_table *t)
{
    if (!t)
        return;
    mem_free(t->mem, t->bucket, t->buckets * sizeof(*t->bucket));
    mem_free(t->mem, t, sizeof(*t));
}

static int endpoint_order(const struct endpoint *a, const struct endpoint *b)
{
    int c = memcmp(a->ip.b, b->ip.b, sizeof(a->ip.b));

    return c ? c : (int)a->port - (int)b->port;
}

/* Both directions give the same bytes: the smaller end comes first. */
static uint64_t hash_of(const struct flow_table *t, const struct endpoint *a, const struct endpoint *b)
{
    uint8_t key[2 * (16 + 2)];
    bool swap = endpoint_order(a, b) > 0;
    const struct endpoint *lo = swap ? b : a, *hi = swap ? a : b;

    memcpy(key, lo->ip.b, 16);
    memcpy(key + 16, hi->ip.b, 16);
    memcpy(key + 32, &lo->port, 2);
    memcpy(key + 34, &hi->port, 2);
    return siphash13(&t->key, span_of(key, sizeof(key)));
}

static bool endpoint_eq(const struct endpoint *a, const struct endpoint *b)
{
    return a->port == b->port && ip_eq(&a->ip, &b->ip);
}

static struct flow **bucket_of(struct flow_table *t, const struct endpoint *a, const struct endpoint *b)
{
    return &t->bucket[hash_of(t, a, b) & (t->buckets - 1)];
}

static bool joins(const struct flow *f, const struct endpoint *a, const struct endpoint *b)
{
    return (endpoint_eq(&f->end[0], a) && endpoint_eq(&f->end[1], b)) ||
           (endpoint_eq(&f->end[0], b) && endpoint_eq(&f->end[1], a));
}

struct flow *flow_table_find(struct flow_table *t, const struct endpoint *a, const struct endpoint *b)
{
    struct flow *f = t->last;

    if (f && joins(f, a, b))
        return f;
    for (f = *bucket_of(t, a, b); f && !joins(f, a, b); f = f->chain)
        ;
    if (f)
        t->last = f;
    return f;
}

/* Chains stay short: the table doubles while there are more flows than buckets. Refused memory only makes
 * it slower. */
static void grow(struct flow_table *t)
{
    uint32_t old_n = t->buckets;
    struct flow **old = t->bucket, **wide = mem_zalloc(t->mem, 2 * old_n * sizeof(*wide));

    if (!wide)
        return;
    t->bucket = wide;
    t->buckets = 2 * old_n;
    for (uint32_t i = 0; i < old_n; i++) {
        struct flow *next;

        for (struct flow *f = old[i]; f; f = next) {
            struct flow **to = bucket_of(t, &f->end[0], &f->end[1]);

            next = f->chain;
            f->chain = *to;
            *to = f;
        }
    }
    mem_free(t->mem, old, old_n * sizeof(*old));
}

static void unlist(struct flow_table *t, struct flow *f)
{
    struct age_list *l = &t->ages[f->age];

    if (f->older)
        f->older->newer = f->newer;
    else
        l->oldest = f->newer;
    if (f->newer)
        f->newer->older = f->older;
    else
        l->newest = f->older;
}

static void enlist(struct flow_table *t, struct flow *f, enum flow_age age)
{
    struct age_list *l = &t->ages[age];

    f->age = (uint8_t)age;
    f->newer = NULL;
    f->older = l->newest;
    if (l->newest)
        l->newest->newer = f;
    else
        l->oldest = f;
    l->newest = f;
}

static struct flow *oldest_of_all(struct flow_table *t)
{
    struct flow *best = NULL;

    for (int i = 0; i < AGE_CLASSES; i++) {
        struct flow *f = t->ages[i].oldest;

        if (f && (!best || f->last_us < best->last_us))
            best = f;
    }
    return best;
}

struct flow *flow_table_add(struct flow_table *t, const struct endpoint *from, const struct endpoint *to,
                            int64_t now_us)
{
    struct flow *f, **head;

    if (t->n >= t->max)
        flow_table_remove(t, oldest_of_all(t), FLOW_EVICTED);
    f = mem_zalloc(t->mem, sizeof(*f));
    while (!f && t->n) {
        flow_table_remove(t, oldest_of_all(t), FLOW_EVICTED);
        f = mem_zalloc(t->mem, sizeof(*f));
    }
    if (!f)
        return NULL;
    if (t->n >= t->buckets)
        grow(t);
    f->end[0] = *from;
    f->end[1] = *to;
    f->first_us = f->last_us = now_us;
    f->client_side = 2;
    head = bucket_of(t, from, to);
    f->chain = *head;
    *head = f;
    t->n++;
    enlist(t, f, AGE_HALF_OPEN);
    return f;
}

void flow_table_touch(struct flow_table *t, struct flow *f, enum flow_age age, int64_t now_us)
{
    f->last_us = now_us;
    if (f->age == age && !f->newer)
        return;
    unlist(t, f);
    enlist(t, f, age);
}

void flow_table_remove(struct flow_table *t, struct flow *f, enum flow_end why)
{
    struct flow **at = bucket_of(t, &f->end[0], &f->end[1]);

    while (*at != f)
        at = &(*at)->chain;
    *at = f->chain;
    if (t->last == f)
        t->last = NULL;
    unlist(t, f);
    t->n--;
    t->on_end(t->ctx, f, why);
    mem_free(t->mem, f, sizeof(*f));
}

bool flow_table_evict(struct flow_table *t)
{
    struct flow *f = oldest_of_all(t);

    if (f)
        flow_table_remove(t, f, FLOW_EVICTED);
    return f != NULL;
}

static int by_first_frame(const void *pa, const void *pb)
{
    const struct flow *a = *(struct flow *const *)pa, *b = *(struct flow *const *)pb;

    return a->first_frame < b->first_frame ? -1 : a->first_frame > b->first_frame;
}

/* The flows at the old ends of the lists, as long as they are older than their class allows (all: every one);
 * list may be NULL to only count them. */
static uint32_t gather(const struct flow_table *t, int64_t now_us, bool all, struct flow **list)
{
    uint32_t n = 0;

    for (int i = 0; i < AGE_CLASSES; i++)
        for (struct flow *f = t->ages[i].oldest; f && (all || now_us - f->last_us >= age_us[i]); f = f->newer) {
            if (list)
                list[n] = f;
            n++;
        }
    return n;
}

static void remove_by_age(struct flow_table *t, int64_t now_us, bool all, enum flow_end why)
{
    for (int i = 0; i < AGE_CLASSES; i++) {
        struct flow *f;

        while ((f = t->ages[i].oldest) && (all || now_us - f->last_us >= age_us[i]))
            flow_table_remove(t, f, why);
    }
}

/* Many at once go in the order of their first frames, so that whoever takes their records can pass them on
 * as they come. Without memory for the order they go by age. */
static void remove_gathered(struct flow_table *t, int64_t now_us, bool all, enum flow_end why)
{
    uint32_t n = gather(t, now_us, all, NULL);
    struct flow **list = n > 1 ? mem_resize(t->mem, NULL, 0, n * sizeof(*list)) : NULL;

    if (!list) {
        remove_by_age(t, now_us, all, why);
        return;
    }
    gather(t, now_us, all, list);
    qsort(list, n, sizeof(*list), by_first_frame);
    for (uint32_t i = 0; i < n; i++)
        flow_table_remove(t, list[i], why);
    mem_free(t->mem, list, n * sizeof(*list));
}

void flow_table_expire(struct flow_table *t, int64_t now_us)
{
    for (int i = 0; i < AGE_CLASSES; i++) {
        struct flow *f = t->ages[i].oldest;

        if (f && now_us - f->last_us >= age_us[i]) {
            remove_gathered(t, now_us, false, FLOW_IDLE);
            return;
        }
    }
}

void flow_table_clear(struct flow_table *t, enum flow_end why)
{
    remove_gathered(t, 0, true, why);
}

uint32_t flow_table_count(const struct flow_table *t)
{
    return t->n;
}
