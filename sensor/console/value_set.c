/* SPDX-License-Identifier: Apache-2.0 */
/* value_set: open addressing, half empty; the key is the process's own. */
#include "sensor/console/value_set.h"

#include <sys/random.h>

enum { FIRST = 64 };

void value_set_init(struct value_set *s, struct mem *mem, uint32_t max, size_t bytes_max)
{
    *s = (struct value_set){.mem = mem, .max = max};
    arena_init(&s->texts, mem, bytes_max);
    if (getrandom(&s->key, sizeof(s->key), 0) != sizeof(s->key))
        s->key.k0 = (uintptr_t)s; /* a kernel without random bytes: then only the address is secret */
}

void value_set_free(struct value_set *s)
{
    arena_free(&s->texts);
    mem_free(s->mem, s->values, s->cap * sizeof(*s->values));
    mem_free(s->mem, s->slots, s->slots_n * sizeof(*s->slots));
    s->values = NULL;
    s->slots = NULL;
    s->n = s->cap = s->slots_n = 0;
}

/* The slot where text is or would be. */
static uint32_t slot_of(const struct value_set *s, struct span text)
{
    uint32_t at = (uint32_t)siphash13(&s->key, text) & (s->slots_n - 1);

    while (s->slots[at] && !span_eq(s->values[s->slots[at] - 1], text))
        at = (at + 1) & (s->slots_n - 1);
    return at;
}

static bool grow(struct value_set *s)
{
    uint32_t cap = s->cap ? 2 * s->cap : FIRST;
    void *values = mem_resize(s->mem, s->values, s->cap * sizeof(*s->values), cap * sizeof(*s->values));
    uint32_t *slots;

    if (!values)
        return false;
    s->values = values;
    s->cap = cap;
    slots = mem_zalloc(s->mem, 2 * (size_t)cap * sizeof(*slots));
    if (!slots)
        return false;
    mem_free(s->mem, s->slots, s->slots_n * sizeof(*s->slots));
    s->slots = slots;
    s->slots_n = 2 * cap;
    for (uint32_t i = 0; i < s->n; i++)
        s->slots[slot_of(s, s->values[i])] = i + 1;
    return true;
}

uint32_t value_set_add(struct value_set *s, struct span text)
{
    struct span copy;
    uint32_t at;

    if (!text.p)
        text = SPAN("");
    if (s->slots_n) {
        at = slot_of(s, text);
        if (s->slots[at])
            return s->slots[at] - 1;
    }
    if (s->n == s->max || (s->n * 2 >= s->slots_n && !grow(s))) {
        s->full = true;
        return VALUE_NONE;
    }
    copy = arena_dup(&s->texts, text);
    if (!copy.p) {
        s->full = true;
        return VALUE_NONE;
    }
    s->values[s->n] = copy;
    s->slots[slot_of(s, text)] = s->n + 1;
    return s->n++;
}

uint32_t value_set_find(const struct value_set *s, struct span text)
{
    uint32_t at;

    if (!s->slots_n)
        return VALUE_NONE;
    at = slot_of(s, text);
    return s->slots[at] ? s->slots[at] - 1 : VALUE_NONE;
}
