/* SPDX-License-Identifier: Apache-2.0 */
/* word_finder: a trie whose nodes know where to go on when no edge fits, and in front of it a set of how words begin: the trie is some
 * hundred KB, of which a text of thirty bytes would fetch a line a byte. */
#include "decoders/name/word_finder.h"

/* Of the trie while words are added. Node 0 is the root: no node's child. */
struct node {
    uint32_t child, sibling, fail, hit, id;
    uint8_t byte;
};

/* The same once sealed, in order of depth: the few nodes that most texts touch lie together, and all edges of one node in a row,
 * from child on. edges: a bit for each byte that one of them has, by its last six bits. fail: the longest tail of this node's
 * path that is a path too; hit: the nearest node on the way of fails, itself included, at which a word ends (0: none). */
struct state {
    uint64_t edges;
    uint32_t child, fail, hit, id;
    uint16_t children;
};

/* FRONT: bytes that a walk keeps (word_finder_walk). */
enum { FRONT = 4, FRONT_BITS = 15 };

/* fronts: a bit for a hash of the first FRONT bytes of each word. deep: states from this one on are FRONT bytes deep and more. 0, so that
 * every byte is a step, where a word is shorter or begins with 0. */
struct word_finder {
    struct mem *mem;
    struct node *nodes;    /* until the seal */
    struct state *states;  /* from then on: n of each */
    uint8_t *bytes;        /* by which a state is entered */
    uint32_t n, cap, deep;
    bool shorter;        /* some word is */
    uint32_t first[256]; /* the root's children, which are asked for most */
    uint64_t fronts[(1 << FRONT_BITS) / 64];
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
    mem_free(f->mem, f->states, f->n * sizeof(*f->states));
    mem_free(f->mem, f->bytes, f->n);
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

static inline uint32_t front_of(uint32_t window)
{
    return window * UINT32_C(0x9e3779b1) >> (32 - FRONT_BITS);
}

static void add_front(struct word_finder *f, struct span word)
{
    uint32_t front;

    f->shorter |= word.n && (word.n < FRONT || !word.p[0]); /* a walk begins with zeros that are not of its text */
    if (word.n < FRONT)
        return;
    front = front_of(be32(word.p));
    f->fronts[front / 64] |= UINT64_C(1) << front % 64;
}

bool word_finder_add(struct word_finder *f, struct span word, uint32_t id, uint32_t *had)
{
    uint32_t at = 0, next;

    *had = 0;
    add_front(f, word);
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

/* order: all nodes by depth, so that a node's fail is in front of it, and a node's children in a row. */
static void walk(struct word_finder *f, uint32_t *order)
{
    uint32_t n = 0;

    order[n++] = 0;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t c = f->nodes[order[i]].child; c; c = f->nodes[c].sibling) {
            join(f, order[i], c);
            order[n++] = c;
        }
}

/* place: where a node is in order. */
static void write_states(struct word_finder *f, const uint32_t *order, const uint32_t *place)
{
    for (uint32_t i = 0; i < f->n; i++) {
        const struct node *from = &f->nodes[order[i]];
        struct state *to = &f->states[i];

        to->child = from->child ? place[from->child] : 0;
        to->fail = place[from->fail];
        to->hit = place[from->hit];
        to->id = from->id;
        f->bytes[i] = from->byte;
        for (uint32_t c = from->child; c; c = f->nodes[c].sibling) {
            to->edges |= UINT64_C(1) << (f->nodes[c].byte & 63);
            to->children++;
        }
    }
    for (unsigned b = 0; b < 256; b++)
        f->first[b] = place[f->first[b]];
}

/* The first state that is FRONT bytes deep: in order of depth, children of one level are the next one. */
static uint32_t first_deep(const struct word_finder *f)
{
    uint32_t begin = 0, end = 1;

    for (unsigned depth = 0; depth < FRONT; depth++) {
        uint32_t next = end;

        while (begin < end)
            next += f->states[begin++].children;
        end = next;
    }
    return begin;
}

bool word_finder_seal(struct word_finder *f)
{
    uint32_t *order = mem_resize(f->mem, NULL, 0, f->n * sizeof(*order));
    uint32_t *place = mem_resize(f->mem, NULL, 0, f->n * sizeof(*place));

    f->states = mem_zalloc(f->mem, f->n * sizeof(*f->states));
    f->bytes = mem_zalloc(f->mem, f->n);
    if (order && place && f->states && f->bytes) {
        walk(f, order);
        for (uint32_t i = 0; i < f->n; i++)
            place[order[i]] = i;
        write_states(f, order, place);
        f->deep = f->shorter ? 0 : first_deep(f);
        mem_free(f->mem, f->nodes, f->cap * sizeof(*f->nodes));
        f->nodes = NULL;
    }
    mem_free(f->mem, order, f->n * sizeof(*order));
    mem_free(f->mem, place, f->n * sizeof(*place));
    return !f->nodes;
}

static inline uint32_t edge(const struct word_finder *f, uint32_t state, uint8_t byte)
{
    const struct state *s = &f->states[state];

    if (!(s->edges >> (byte & 63) & 1))
        return 0;
    for (uint32_t c = s->child; c < s->child + s->children; c++)
        if (f->bytes[c] == byte)
            return c;
    return 0;
}

static uint32_t step(const struct word_finder *f, uint32_t state, uint8_t byte)
{
    for (; state; state = f->states[state].fail) {
        uint32_t next = edge(f, state, byte);

        if (next)
            return next;
    }
    return f->first[byte];
}

static bool begins(const struct word_finder *f, uint32_t window)
{
    uint32_t front = front_of(window);

    return f->fronts[front / 64] >> front % 64 & 1;
}

/* Few bytes come this far. */
static __attribute__((noinline)) uint32_t go_on(const struct word_finder *f, struct word_finder_walk *w)
{
    unsigned bytes = w->state >= f->deep ? 1 : FRONT;
    uint32_t state = bytes == 1 ? w->state : 0;

    while (bytes-- > 0)
        state = step(f, state, (uint8_t)(w->window >> 8 * bytes));
    w->state = state;
    return f->states[state].hit;
}

/* Where no word that is under way had FRONT bytes before this one, one of FRONT bytes at most is now, and only if words begin so. */
uint32_t word_finder_step(const struct word_finder *f, struct word_finder_walk *w, uint8_t byte)
{
    w->window = w->window << 8 | byte;
    return w->state < f->deep && !begins(f, w->window) ? 0 : go_on(f, w);
}

/* The place from i on behind which a word may begin that is not told before its FRONT bytes, or the text's length. */
static size_t front_in(const struct word_finder *f, struct span text, size_t i)
{
    while (i + FRONT <= text.n && !begins(f, be32(text.p + i)))
        i++;
    return i + FRONT <= text.n ? i : text.n;
}

/* Where no word is under way that had FRONT bytes, those behind are looked at where they stand. */
uint32_t word_finder_first(const struct word_finder *f, struct span text)
{
    struct word_finder_walk w = {0, 0};
    size_t i = 0;
    uint32_t hit = 0;

    while (i < text.n && !hit) {
        if (w.state < f->deep) {
            i = front_in(f, text, i < FRONT ? 0 : i - FRONT + 1);
            if (i == text.n)
                break;
            w.window = be32(text.p + i) >> 8;
            i += FRONT - 1;
        }
        hit = word_finder_step(f, &w, text.p[i++]);
    }
    return hit;
}

uint32_t word_finder_next(const struct word_finder *f, uint32_t hit)
{
    return f->states[f->states[hit].fail].hit;
}

uint32_t word_finder_id(const struct word_finder *f, uint32_t hit)
{
    return f->states[hit].id;
}
