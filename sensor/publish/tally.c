/* SPDX-License-Identifier: Apache-2.0 */
/* tally: open addressing; the values are strangers' words, so the hash is keyed. */
#include "sensor/publish/tally.h"

#include "decoders/base/limits.h"

enum { FIRST_SIZE = 64 };

void tally_init(struct tally *t, struct mem *mem, struct hash_key key)
{
    *t = (struct tally){.mem = mem, .key = key};
    arena_init(&t->values, mem, LIMIT_SUMMARY_BYTES);
}

void tally_free(struct tally *t)
{
    mem_free(t->mem, t->entries, t->size * sizeof(*t->entries));
    mem_free(t->mem, t->slots, t->slots_n * sizeof(*t->slots));
    arena_free(&t->values);
}

static uint32_t *slot_of(const struct tally *t, struct span value)
{
    uint32_t mask = t->slots_n - 1, at = (uint32_t)siphash13(&t->key, value) & mask;

    while (t->slots[at] && !span_eq(t->entries[t->slots[at] - 1].value, value))
        at = (at + 1) & mask;
    return &t->slots[at];
}

static bool grow(struct tally *t)
{
    uint32_t size = t->size ? t->size * 2 : FIRST_SIZE;
    struct tally_entry *entries;
    uint32_t *slots = mem_zalloc(t->mem, 2 * size * sizeof(*slots));

    if (!slots)
        return false;
    entries = mem_resize(t->mem, t->entries, t->size * sizeof(*entries), size * sizeof(*entries));
    if (!entries) {
        mem_free(t->mem, slots, 2 * size * sizeof(*slots));
        return false;
    }
    mem_free(t->mem, t->slots, t->slots_n * sizeof(*slots));
    t->entries = entries;
    t->size = size;
    t->slots = slots;
    t->slots_n = 2 * size;
    for (uint32_t i = 0; i < t->n; i++)
        *slot_of(t, entries[i].value) = i + 1;
    return true;
}

static struct tally_entry *add_entry(struct tally *t, struct span value)
{
    struct span copy;

    if (t->n == LIMIT_SUMMARY_VALUES || (t->n == t->size && !grow(t)))
        return NULL;
    copy = arena_dup(&t->values, value);
    if (!copy.p)
        return NULL;
    t->entries[t->n] = (struct tally_entry){.value = copy};
    *slot_of(t, value) = ++t->n;
    return &t->entries[t->n - 1];
}

void tally_add(struct tally *t, struct span value, uint64_t mark)
{
    struct tally_entry *e = NULL;
    uint32_t *slot;

    if (value.n == 0)
        return;
    value = span_head(value, LIMIT_SUMMARY_VALUE);
    slot = t->slots_n ? slot_of(t, value) : NULL;
    if (slot && *slot)
        e = &t->entries[*slot - 1];
    else if (!(e = add_entry(t, value)))
        t->full = true;
    if (!e || (e->count && e->mark == mark))
        return;
    e->count++;
    e->mark = mark;
}

static bool before(const struct tally_entry *a, const struct tally_entry *b)
{
    size_t n = a->value.n < b->value.n ? a->value.n : b->value.n;
    int order;

    if (a->count != b->count)
        return a->count > b->count;
    order = memcmp(a->value.p, b->value.p, n);
    return order ? order < 0 : a->value.n < b->value.n;
}

unsigned tally_top(const struct tally *t, const struct tally_entry **out, unsigned max)
{
    unsigned n = 0;

    for (uint32_t i = 0; i < t->n && max; i++) {
        const struct tally_entry *e = &t->entries[i];
        unsigned at = n < max ? n : max - 1;

        if (n == max && !before(e, out[max - 1]))
            continue;
        for (; at > 0 && before(e, out[at - 1]); at--)
            out[at] = out[at - 1];
        out[at] = e;
        if (n < max)
            n++;
    }
    return n;
}
