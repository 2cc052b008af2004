/* SPDX-License-Identifier: Apache-2.0 */
/* flow_table: chained hash under SipHash, lists by state and age, no sweep over all flows ever. */
#include "sensor/flows/age_lists.h"

#include <stdlib.h>

#include "decoders/smtp/dialogue.h"

enum {
    BUCKETS_FIRST = 1024,
    FOLDED_MOST = 4096,  /* bytes: a banner, two HELO names and as much again */
    CHEAP_PART = 4,      /* of the flows, from which on the cheap ones go first */
    NODE_BYTES = 128     /* of a flow, that finding it reads */
};

/* Behind the node of a flow that rests stands what fold wrote. */
struct resting {
    struct flow_node node;
    uint8_t bytes[];
};

struct flow_table {
    struct mem *mem;
    struct hash_key key;
    struct flow_node **bucket;
    struct flow *last; /* found last, and awake; or NULL */
    uint32_t buckets, n, max; /* buckets: a power of two */
    struct age_lists ages;
    int64_t due_us; /* nothing is due before */
    const struct flow_table_events *events;
    void *ctx;
    struct flow parting; /* where one that rests is told its end */
};

struct flow_table *flow_table_new(struct mem *m, const struct hash_key *key, uint32_t max, const struct flow_table_events *events, void *ctx)
{
    struct flow_table *t = mem_zalloc(m, sizeof(*t));

    if (!t)
        return NULL;
    *t = (struct flow_table){.mem = m, .key = *key, .buckets = BUCKETS_FIRST, .max = max, .events = events, .ctx = ctx};
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

/* --- by address --- */

/* What IPv4 has to say: four bytes of each address, and the ports. */
static uint64_t hash_of_ipv4(const struct flow_table *t, const struct endpoint *a, const struct endpoint *b)
{
    uint64_t x = flow_table_ipv4(a), y = flow_table_ipv4(b);
    uint64_t lo = x < y ? x : y, hi = x < y ? y : x;

    return siphash13_of_12(&t->key, lo >> 16 << 32 | hi >> 16, (uint32_t)(lo << 16) | (hi & 0xffff));
}

static uint64_t hash_of_any(const struct flow_table *t, const struct endpoint *a, const struct endpoint *b)
{
    uint8_t key[2 * (16 + 2)];
    int order = memcmp(a->ip.b, b->ip.b, 16);
    bool swap = order ? order > 0 : a->port > b->port;
    const struct endpoint *lo = swap ? b : a, *hi = swap ? a : b;

    memcpy(key, lo->ip.b, 16);
    memcpy(key + 16, hi->ip.b, 16);
    memcpy(key + 32, &lo->port, 2);
    memcpy(key + 34, &hi->port, 2);
    return siphash13(&t->key, span_of(key, sizeof(key)));
}

/* Both directions give the same bytes: one end comes first in both. */
uint64_t flow_table_hash(const struct flow_table *t, const struct endpoint *a, const struct endpoint *b)
{
    return a->ip.family == 4 && b->ip.family == 4 ? hash_of_ipv4(t, a, b) : hash_of_any(t, a, b);
}

static bool endpoint_eq(const struct endpoint *a, const struct endpoint *b)
{
    return a->port == b->port && ip_eq(&a->ip, &b->ip);
}

static struct flow_node **bucket_at(const struct flow_table *t, uint64_t hash)
{
    return &t->bucket[hash & (t->buckets - 1)];
}

static struct flow_node **bucket_of(const struct flow_table *t, const struct flow_node *x)
{
    return bucket_at(t, flow_table_hash(t, &x->end[0], &x->end[1]));
}

/* Which end a could be is told by its port, by arithmetic: nobody foresees a frame's direction. */
static bool joins(const struct flow_node *x, const struct endpoint *a, const struct endpoint *b)
{
    unsigned side = x->end[0].port != a->port;

    if (endpoint_eq(&x->end[side], a) && endpoint_eq(&x->end[!side], b))
        return true;
    return a->port == b->port && endpoint_eq(&x->end[1], a) && endpoint_eq(&x->end[0], b);
}

static struct flow_node *find_node(const struct flow_table *t, uint64_t hash, const struct endpoint *a, const struct endpoint *b)
{
    struct flow_node *x;

    for (x = *bucket_at(t, hash); x && !joins(x, a, b); x = x->chain)
        ;
    return x;
}

static void chain(struct flow_table *t, struct flow_node *x)
{
    struct flow_node **head = bucket_of(t, x);

    x->chain = *head;
    *head = x;
}

static void unchain(struct flow_table *t, struct flow_node *x)
{
    struct flow_node **at = bucket_of(t, x);

    while (*at != x)
        at = &(*at)->chain;
    *at = x->chain;
}

/* Of functions that only ask, gcc thinks that nothing comes of them, and leaves calls of them out: these have no calls. */
#define INLINE inline __attribute__((always_inline))

/* Among many connections none of this one is in the cache: what is read next is asked for all at once. */
static INLINE void fetch(const void *p, size_t from, size_t n)
{
    for (size_t at = from; at < n; at += 64)
        __builtin_prefetch((const char *)p + at);
    __builtin_prefetch((const char *)p + n - 1);
}

/* Chains stay short: the table doubles while there are more flows than buckets. Refused memory only makes it slower. Nodes are in no cache. */
static void grow(struct flow_table *t)
{
    uint32_t old_n = t->buckets;
    struct flow_node **old = t->bucket, **wide = mem_zalloc(t->mem, 2 * old_n * sizeof(*wide));

    if (!wide)
        return;
    t->bucket = wide;
    t->buckets = 2 * old_n;
    for (uint32_t i = 0; i < old_n; i++) {
        if (i + 8 < old_n && old[i + 8])
            fetch(old[i + 8], 0, sizeof(**old));
        for (struct flow_node *x = old[i], *next; x; x = next) {
            next = x->chain;
            chain(t, x);
        }
    }
    mem_free(t->mem, old, old_n * sizeof(*old));
}

/* --- rest --- */

static struct flow *awake(struct flow_node *x)
{
    return (struct flow *)(void *)x;
}

static size_t resting_size(size_t bytes)
{
    return sizeof(struct resting) + bytes;
}

/* NULL: it is amid something, or memory is refused. */
static struct resting *fold(struct flow_table *t, const struct flow *f)
{
    uint8_t room[FOLDED_MOST];
    struct squeezed out = {.p = room, .room = sizeof(room)};
    struct resting *r;

    if (!t->events->fold(t->ctx, f, &out) || out.full)
        return NULL;
    r = mem_resize(t->mem, NULL, 0, resting_size(out.n));
    if (!r)
        return NULL;
    r->node = f->node;
    r->node.folded = (uint16_t)out.n;
    memcpy(r->bytes, room, out.n);
    return r;
}

/* What nDPI saw before it decided may be in it, and so may a password. */
static void resting_free(struct flow_table *t, struct flow_node *x)
{
    size_t n = resting_size(x->folded);

    explicit_bzero(x, n);
    mem_free(t->mem, x, n);
}

static void lay_to_rest(struct flow_table *t, struct flow *f)
{
    struct resting *r = fold(t, f);

    age_unlist(&t->ages, &f->node);
    if (!r) {
        age_enlist(&t->ages, &f->node, f->node.age, FLOW_BUSY);
        return;
    }
    unchain(t, &f->node);
    if (t->last == f)
        t->last = NULL;
    t->events->folded(t->ctx, f);
    mem_free(t->mem, f, sizeof(*f));
    chain(t, &r->node);
    age_enlist(&t->ages, &r->node, r->node.age, FLOW_RESTING);
}

static void unfold(struct flow_table *t, struct flow *f, struct flow_node *x)
{
    struct resting *r = (struct resting *)(void *)x;

    memset(f, 0, sizeof(*f));
    f->node = *x;
    t->events->unfold(t->ctx, f, span_of(r->bytes, x->folded));
}

static void remove_node(struct flow_table *t, struct flow_node *x, enum flow_end why)
{
    unchain(t, x);
    age_unlist(&t->ages, x);
    t->n--;
    if (x->state == FLOW_RESTING) {
        unfold(t, &t->parting, x);
        t->events->end(t->ctx, &t->parting, why);
        resting_free(t, x);
        return;
    }
    if (t->last == awake(x))
        t->last = NULL;
    t->events->end(t->ctx, awake(x), why);
    mem_free(t->mem, x, sizeof(struct flow));
}

/* A source that got no answer costs an attacker one packet, one that was answered by a reset two, and what is over waits for
 * late copies only: a flood of such pushes out its own kind, and not those who talk with each other. Where one direction
 * alone is mirrored all are of that kind, and take their turns. */
static bool evict_but(struct flow_table *t, const struct flow_node *not)
{
    struct flow_node *x = NULL;

    if (t->ages.cheap > t->n / CHEAP_PART)
        x = age_oldest(&t->ages, AGE_HALF_OPEN, AGE_OPEN, not);
    if (!x)
        x = age_oldest(&t->ages, 0, AGE_CLASSES, not);
    if (x)
        remove_node(t, x, FLOW_EVICTED);
    return x != NULL;
}

/* Memory for a flow, be it that of others; but not of x. */
static struct flow *room_for_flow(struct flow_table *t, const struct flow_node *not)
{
    struct flow *f;

    while (!(f = mem_resize(t->mem, NULL, 0, sizeof(*f))))
        if (!evict_but(t, not))
            return NULL;
    return f;
}

static struct flow *wake(struct flow_table *t, struct flow_node *x)
{
    struct flow *f = room_for_flow(t, x);

    if (!f) {
        remove_node(t, x, FLOW_EVICTED);
        return NULL;
    }
    unchain(t, x);
    age_unlist(&t->ages, x);
    unfold(t, f, x);
    resting_free(t, x);
    f->node.folded = 0;
    chain(t, &f->node);
    age_enlist_woken(&t->ages, &f->node);
    return f;
}

/* --- what others ask --- */

struct flow *flow_table_last(const struct flow_table *t, const struct endpoint *a, const struct endpoint *b)
{
    return t->last && joins(&t->last->node, a, b) ? t->last : NULL;
}

/* Of one that is awake, what most frames need: its sides, the frames that were seen of both, since answers come right behind and do not
 * ask, its dialogue. */
static INLINE void fetch_awake(const struct flow *f)
{
    fetch(f, NODE_BYTES, offsetof(struct flow, stream.side[1].acked_first));
    fetch(f->stream.seen, 0, sizeof(f->stream.seen));
    fetch(f->conversation, 0, 128);
    if (f->dialogue)
        dialogue_fetch(f->dialogue);
}

void flow_table_ask_bucket(const struct flow_table *t, uint64_t hash)
{
    __builtin_prefetch(bucket_at(t, hash));
}

void flow_table_ask_node(const struct flow_table *t, uint64_t hash)
{
    fetch(*bucket_at(t, hash), 0, NODE_BYTES);
}

void flow_table_ask(const struct flow_table *t, uint64_t hash, const struct endpoint *a, const struct endpoint *b)
{
    struct flow_node *x = find_node(t, hash, a, b);

    if (!x)
        return;
    __builtin_prefetch(x->older); /* it becomes the youngest: its neighbours close up */
    __builtin_prefetch(x->newer);
    if (x->state == FLOW_RESTING)
        fetch(x, NODE_BYTES, resting_size(x->folded));
    else
        fetch_awake(awake(x));
}

struct flow *flow_table_find(struct flow_table *t, uint64_t hash, const struct endpoint *a, const struct endpoint *b)
{
    struct flow_node *x = find_node(t, hash, a, b);

    if (!x)
        return NULL;
    t->last = x->state == FLOW_RESTING ? wake(t, x) : awake(x);
    return t->last;
}

struct flow *flow_table_add(struct flow_table *t, const struct endpoint *from, const struct endpoint *to, int64_t now_us)
{
    struct flow *f;

    if (t->n >= t->max)
        evict_but(t, NULL);
    f = room_for_flow(t, NULL);
    if (!f)
        return NULL;
    if (t->n >= t->buckets)
        grow(t);
    memset(f, 0, sizeof(*f));
    f->node.end[0] = *from;
    f->node.end[1] = *to;
    f->node.last_us = now_us;
    f->client_side = 2;
    t->n++;
    chain(t, &f->node);
    age_enlist(&t->ages, &f->node, AGE_HALF_OPEN, FLOW_AWAKE);
    return f;
}

void flow_table_touch(struct flow_table *t, struct flow *f, enum flow_age age, int64_t now_us)
{
    struct flow_node *x = &f->node;

    x->last_us = now_us;
    if (x->age == age && x->state == FLOW_AWAKE && !x->newer)
        return;
    age_unlist(&t->ages, x);
    age_enlist(&t->ages, x, age, FLOW_AWAKE);
}

void flow_table_remove(struct flow_table *t, struct flow *f, enum flow_end why)
{
    remove_node(t, &f->node, why);
}

bool flow_table_evict(struct flow_table *t)
{
    return evict_but(t, NULL);
}

int flow_by_first_frame(const void *pa, const void *pb)
{
    const struct flow_node *a = *(struct flow_node *const *)pa, *b = *(struct flow_node *const *)pb;

    return a->first_frame < b->first_frame ? -1 : a->first_frame > b->first_frame;
}

/* Many at once go in the order of their first frames, so that whoever takes their records can pass them on
 * as they come. Without memory for the order they go by age. */
static void remove_gathered(struct flow_table *t, int64_t now_us, bool all, enum flow_end why)
{
    uint32_t n = age_gather(&t->ages, now_us, all, NULL);
    struct flow_node **list = n > 1 ? mem_resize(t->mem, NULL, 0, n * sizeof(*list)) : NULL, *x;

    if (!list) {
        while ((x = age_any(&t->ages, now_us, all)))
            remove_node(t, x, why);
        return;
    }
    age_gather(&t->ages, now_us, all, list);
    qsort(list, n, sizeof(*list), flow_by_first_frame);
    for (uint32_t i = 0; i < n; i++)
        remove_node(t, list[i], why);
    mem_free(t->mem, list, n * sizeof(*list));
}

int64_t flow_table_until(const struct flow_table *t)
{
    return t->due_us;
}

void flow_table_expire(struct flow_table *t, int64_t now_us)
{
    bool rests = t->events->fold;
    struct flow_node *x;

    if (now_us < t->due_us)
        return;
    remove_gathered(t, now_us, false, FLOW_IDLE);
    while (rests && (x = age_silent(&t->ages, now_us)))
        lay_to_rest(t, awake(x));
    t->due_us = age_next_due(&t->ages, now_us, rests);
}

void flow_table_clear(struct flow_table *t, enum flow_end why)
{
    remove_gathered(t, 0, true, why);
    t->due_us = INT64_MIN;
}

uint32_t flow_table_count(const struct flow_table *t)
{
    return t->n;
}
