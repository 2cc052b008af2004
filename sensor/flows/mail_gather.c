/* SPDX-License-Identifier: Apache-2.0 */
/* mail_gather: a few blocks, the oldest of which changes hands. */
#include "sensor/flows/mail_gather.h"

struct mail_block {
    struct gathered *of; /* NULL: free */
    uint64_t used;       /* the clock at its last push */
    size_t n;
    uint8_t bytes[MAIL_GATHER_BYTES];
};

/* Invariant: of the blocks `taken` have an owner, whose block they are. */
struct mail_gather {
    struct mem *mem;
    gathered_sink sink;
    const struct gathered *last; /* who pushed last; only compared */
    uint64_t clock;
    unsigned taken;
    struct mail_block blocks[MAIL_GATHER_BLOCKS];
};

struct mail_gather *mail_gather_new(struct mem *m, gathered_sink sink)
{
    struct mail_gather *g = mem_resize(m, NULL, 0, sizeof(*g)); /* its pages are not touched before they are used */

    if (!g)
        return NULL;
    g->mem = m;
    g->sink = sink;
    g->last = NULL;
    g->clock = 0;
    g->taken = 0;
    for (unsigned i = 0; i < MAIL_GATHER_BLOCKS; i++)
        g->blocks[i].of = NULL;
    return g;
}

void mail_gather_free(struct mail_gather *g)
{
    if (g)
        mem_free(g->mem, g, sizeof(*g));
}

static void hand_on(struct mail_gather *g, struct mail_block *b)
{
    size_t n = b->n;

    b->n = 0;
    if (n)
        g->sink(b->of->ctx, span_of(b->bytes, n));
}

static void release(struct mail_gather *g, struct mail_block *b)
{
    hand_on(g, b);
    b->of->block = NULL;
    b->of = NULL;
    g->taken--;
}

static struct mail_block *oldest(struct mail_gather *g)
{
    struct mail_block *found = g->blocks;

    for (unsigned i = 1; i < MAIL_GATHER_BLOCKS; i++)
        if (g->blocks[i].used < found->used)
            found = &g->blocks[i];
    return found;
}

/* The first free one: what a mail left is warm for the next. */
static struct mail_block *first_free(struct mail_gather *g)
{
    struct mail_block *b = g->blocks;

    while (b->of)
        b++;
    return b;
}

/* m gets a block, if it may. */
static void give(struct mail_gather *g, struct gathered *m, bool again)
{
    struct mail_block *b;

    if (g->taken == MAIL_GATHER_BLOCKS) {
        if (!again)
            return;
        release(g, oldest(g));
    }
    b = first_free(g);
    b->of = m;
    b->n = 0;
    m->block = b;
    g->taken++;
}

void mail_gather_push(struct mail_gather *g, struct gathered *m, struct span bytes, bool now)
{
    bool again = g->last == m;
    struct mail_block *b;

    g->last = m;
    now |= bytes.n > MAIL_GATHER_BYTES / 2;
    if (!m->block && !now)
        give(g, m, again);
    b = m->block;
    if (b && (now || b->n + bytes.n > MAIL_GATHER_BYTES))
        hand_on(g, b);
    if (!b || now) {
        g->sink(m->ctx, bytes);
        return;
    }
    memcpy(b->bytes + b->n, bytes.p, bytes.n);
    b->n += bytes.n;
    b->used = ++g->clock;
}

void mail_gather_end(struct mail_gather *g, struct gathered *m)
{
    if (m->block)
        release(g, m->block);
    if (g->last == m)
        g->last = NULL;
}
