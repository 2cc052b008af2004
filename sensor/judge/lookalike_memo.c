/* SPDX-License-Identifier: Apache-2.0 */
/* lookalike_memo: one place a hash; the newer host has it. */
#include "sensor/judge/lookalike_memo.h"

enum { PLACES = 2048 }; /* hosts, some 100 KB: a day's newsletters link to few at a time */

struct place {
    uint64_t hash; /* 0: free */
    struct lookalike_found found;
    enum lookalike how;
};

/* number: of the judge whose brands the places borrow from. */
struct lookalike_memo {
    struct mem *mem;
    struct hash_key key;
    unsigned long number;
    struct place places[PLACES];
};

struct lookalike_memo *lookalike_memo_new(struct mem *m, const struct hash_key *key)
{
    struct lookalike_memo *x = mem_zalloc(m, sizeof(*x));

    if (!x)
        return NULL;
    x->mem = m;
    x->key = *key;
    return x;
}

void lookalike_memo_free(struct lookalike_memo *x)
{
    if (x)
        mem_free(x->mem, x, sizeof(*x));
}

static void turn_to(struct lookalike_memo *x, const struct judge *j)
{
    if (x->number == j->number)
        return;
    memset(x->places, 0, sizeof(x->places));
    x->number = j->number;
}

enum lookalike lookalike_remembered(struct lookalike_memo *x, const struct judge *j, struct span host, struct span domain,
                                    struct lookalike_found *found)
{
    struct place *p;
    uint64_t hash;

    if (!x)
        return brands_lookalike(j->brands, host, domain, found);
    turn_to(x, j);
    hash = siphash(&x->key, host);
    hash += !hash;
    p = &x->places[hash % PLACES];
    if (p->hash != hash) {
        p->found = (struct lookalike_found){NULL, {NULL, 0}};
        p->how = brands_lookalike(j->brands, host, domain, &p->found);
        p->hash = hash;
    }
    *found = p->found;
    return p->how;
}
