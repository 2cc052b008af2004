/* SPDX-License-Identifier: Apache-2.0 */
/* name_set: open addressing. */
#include "sensor/judge/name_set.h"

enum { FIRST_SLOTS = 64 };

struct name_slot {
    const uint8_t *p;
    uint32_t n, value; /* value 0: free */
};

static struct name_slot *slot_of(const struct name_set *s, struct span text)
{
    uint32_t at = (uint32_t)siphash13(s->key, text) & (s->slots_n - 1);
    struct name_slot *slot = &s->slots[at];

    while (slot->value && (slot->n != text.n || memcmp(slot->p, text.p, text.n))) {
        at = (at + 1) & (s->slots_n - 1);
        slot = &s->slots[at];
    }
    return slot;
}

static bool grow(struct name_set *s)
{
    struct name_set larger = *s;

    larger.slots_n = s->slots_n ? s->slots_n * 2 : FIRST_SLOTS;
    larger.slots = larger.slots_n > s->slots_n ? mem_zalloc(s->mem, larger.slots_n * sizeof(*s->slots)) : NULL;
    if (!larger.slots)
        return false;
    for (uint32_t i = 0; i < s->slots_n; i++)
        if (s->slots[i].value)
            *slot_of(&larger, span_of(s->slots[i].p, s->slots[i].n)) = s->slots[i];
    mem_free(s->mem, s->slots, s->slots_n * sizeof(*s->slots));
    *s = larger;
    return true;
}

bool name_set_add(struct name_set *s, struct span text, uint32_t value, uint32_t *had)
{
    struct name_slot *slot;

    *had = 0;
    if (text.n > UINT32_MAX || (2 * (s->n + 1) > s->slots_n && !grow(s)))
        return false;
    slot = slot_of(s, text);
    *had = slot->value;
    if (!slot->value) {
        *slot = (struct name_slot){text.p, (uint32_t)text.n, value};
        s->n++;
    }
    return true;
}

uint32_t name_set_find(const struct name_set *s, struct span text)
{
    return s->n && text.p ? slot_of(s, text)->value : 0;
}

uint32_t name_set_find_domain(const struct name_set *s, struct span host, struct span *found)
{
    size_t starts[NAME_SET_LABELS];
    unsigned n = 0;
    uint32_t value = 0;

    *found = (struct span){NULL, 0};
    if (!s->n || !host.n)
        return 0;
    for (size_t i = host.n; i-- > 1 && n < NAME_SET_LABELS - 1;)
        if (host.p[i - 1] == '.')
            starts[n++] = i;
    if (n < NAME_SET_LABELS - 1)
        starts[n++] = 0;
    while (n-- && !value) {
        *found = span_from(host, starts[n]);
        value = name_set_find(s, *found);
    }
    if (!value)
        *found = (struct span){NULL, 0};
    return value;
}

void name_set_free(struct name_set *s)
{
    mem_free(s->mem, s->slots, s->slots_n * sizeof(*s->slots));
    s->slots = NULL;
    s->slots_n = s->n = 0;
}
