/* SPDX-License-Identifier: Apache-2.0 */
/* word_finder: a trie whose nodes know where to go on when no edge fits. */
#include "decoders/name/word_finder.h"

/* fail: the longest tail of this node's path that is a path too; hit: the nearest node on the way of fails, itself
 * included, at which a word ends (0: none). Node 0 is the root: no node's child. */
struct node {
    uint32_t child, sibling, fail, hit, id;
    uint8_t byte;
};

struct word_finder {
    struct mem *mem;
    struct node *nodes;
    uint32_t n, cap;
    uint32_t first[256]; /* the root's children, which are asked for most */
};

struct word_finder *word_finder_new(struct mem *m)
{
    struct word_finder *f = mem_zalloc(m, sizeof(*f));

    if (!f)
        return NULL;
    f->mem = m;
    f->n = f->cap = 1;
    f->nodes = mem_zalloc(m, sizeof(*f->nodes));
    if (!f->nodes) {
        word_finder_free(f);
        return NULL;
    }
    return f;
}

void word_finder_free(struct word_finder *f)
{
    if (!f)
        return;
    mem_free(f->mem, f->nodes, f->cap * sizeof(*f->nodes));
    mem_free(f->mem, f, sizeof(*f));
}

static uint32_t child_of(const struct word_finder *f, uint32_t at, uint8_t byte)
{
    uint32_t c;

    if (!at)
        return f->first[byte];
    for (c = f->nodes[at].child; c && f->nodes[c].byte != byte; c = f->nodes[c].sibling)
        ;
    return c;
}

/* 0 when memory is refused. */
static uint32_t new_node(struct word_finder *f, uint32_t parent, uint8_t byte)
{
    if (f->n == f->cap) {
        uint32_t cap = f->cap * 2;
        struct node *nodes = cap > f->cap ? mem_resize(f->mem, f->nodes, f->cap * sizeof(*nodes), cap * sizeof(*nodes))
                                          : NULL;

        if (!nodes)
            return 0;
        f->nodes = nodes;
        f->cap = cap;
    }
    f->nodes[f->n] = (struct node){.sibling = f->nodes[parent].child, .byte = byte};
    f->nodes[parent].child = f->n;
    if (!parent)
        f->first[byte] = f->n;
    return f->n++;
}

bool word_finder_add(struct word_finder *f, struct span word, uint32_t id, uint32_t *had)
{
    uint32_t at = 0, next;

    *had = 0;
    for (size_t i = 0; i < word.n; i++) {
        next = child_of(f, at, word.p[i]);
        if (!next)
            next = new_node(f, at, word.p[i]);
        if (!next)
            return false;
        at = next;
    }
    if (at && !f->nodes[at].id)
        f->nodes[at].id = id;
    else if (at)
        *had = f->nodes[at].id;
    return true;
}

static void join(struct word_finder *f, uint32_t parent, uint32_t c)
{
    struct node *n = &f->nodes[c];
    uint32_t back = parent;

    n->fail = 0;
    while (back && !n->fail) {
        back = f->nodes[back].fail;
        n->fail = child_of(f, back, n->byte);
    }
    n->hit = n->id ? c : f->nodes[n->fail].hit;
}

/* Nodes in order of their depth: a node's fail is less deep than itself. */
bool word_finder_seal(struct word_finder *f)
{
    uint32_t *queue = mem_resize(f->mem, NULL, 0, f->n * sizeof(*queue));
    uint32_t n = 0;

    if (!queue)
        return false;
    queue[n++] = 0;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t c = f->nodes[queue[i]].child; c; c = f->nodes[c].sibling) {
            join(f, queue[i], c);
            queue[n++] = c;
        }
    mem_free(f->mem, queue, f->n * sizeof(*queue));
    return true;
}

uint32_t word_finder_step(const struct word_finder *f, uint32_t state, uint8_t byte)
{
    uint32_t next = child_of(f, state, byte);

    while (!next && state) {
        state = f->nodes[state].fail;
        next = child_of(f, state, byte);
    }
    return next;
}

uint32_t word_finder_hit(const struct word_finder *f, uint32_t state)
{
    return f->nodes[state].hit;
}

uint32_t word_finder_next(const struct word_finder *f, uint32_t hit)
{
    return f->nodes[f->nodes[hit].fail].hit;
}

uint32_t word_finder_id(const struct word_finder *f, uint32_t hit)
{
    return f->nodes[hit].id;
}
