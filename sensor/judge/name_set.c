/* SPDX-License-Identifier: Apache-2.0 */
/* name_set: open addressing, and marks in front of it. */
#define _GNU_SOURCE
#include "sensor/judge/name_set.h"

enum { FIRST_SLOTS = 64 };

struct name_slot {
    const uint8_t *p;
    uint32_t n, value; /* value 0: free */
};

/* Of a text's length, beginning and end. It has no key: who picks names that leave the marks of others makes the set as
 * slow as it is without them. */
static uint32_t trace_of(struct span text)
{
    uint64_t begin = 0, end = 0;

    if (text.n >= 8) {
        memcpy(&begin, text.p, 8);
        memcpy(&end, text.p + text.n - 8, 8);
    } else if (text.n >= 4) {
        memcpy(&begin, text.p, 4);
        memcpy(&end, text.p + text.n - 4, 4);
    } else if (text.n) {
        begin = text.p[0];
        end = (uint64_t)text.p[text.n / 2] << 8 | text.p[text.n - 1];
    }
    end = end << 21 | end >> 43;
    return (uint32_t)(((begin ^ end) + text.n) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

/* Two bits of one byte: of the names that are not there, one in a hundred has both. */
static uint8_t bits_of(uint32_t trace)
{
    return (uint8_t)(1u << (trace & 7) | 1u << (trace >> 29));
}

static uint8_t *marks_of(const struct name_set *s, uint32_t trace)
{
    return &s->marks[trace >> 3 & (s->slots_n - 1)];
}

static void mark(struct name_set *s, struct span text)
{
    uint32_t trace = trace_of(text);

    *marks_of(s, trace) |= bits_of(trace);
}

static bool is_marked(const struct name_set *s, uint32_t trace)
{
    return !(bits_of(trace) & ~*marks_of(s, trace));
}

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

static void put(struct name_set *s, struct name_slot slot)
{
    struct span text = span_of(slot.p, slot.n);

    *slot_of(s, text) = slot;
    mark(s, text);
}

static void free_room(struct name_set *s)
{
    mem_free(s->mem, s->slots, s->slots_n * sizeof(*s->slots));
    mem_free(s->mem, s->marks, s->slots_n);
}

static bool grow(struct name_set *s)
{
    struct name_set larger = *s;

    larger.slots_n = s->slots_n ? s->slots_n * 2 : FIRST_SLOTS;
    if (larger.slots_n < s->slots_n)
        return false;
    larger.slots = mem_zalloc(s->mem, larger.slots_n * sizeof(*s->slots));
    larger.marks = mem_zalloc(s->mem, larger.slots_n);
    if (!larger.slots || !larger.marks) {
        free_room(&larger);
        return false;
    }
    for (uint32_t i = 0; i < s->slots_n; i++)
        if (s->slots[i].value)
            put(&larger, s->slots[i]);
    free_room(s);
    *s = larger;
    return true;
}

bool name_set_add(struct name_set *s, struct span text, uint32_t value, uint32_t *had)
{
    *had = 0;
    if (text.n > UINT32_MAX || (2 * (s->n + 1) > s->slots_n && !grow(s)))
        return false;
    *had = slot_of(s, text)->value;
    if (!*had) {
        put(s, (struct name_slot){text.p, (uint32_t)text.n, value});
        s->n++;
    }
    return true;
}

uint32_t name_set_find(const struct name_set *s, struct span text)
{
    return s->n && text.p && is_marked(s, trace_of(text)) ? slot_of(s, text)->value : 0;
}

void name_tails_of(struct name_tails *t, struct span host)
{
    size_t end = host.n - 1; /* a dot there is a final one */
    const uint8_t *dot = host.p;

    t->host = host;
    t->n = 0;
    while (host.n && dot && t->n < NAME_SET_LABELS - 1) {
        dot = memrchr(host.p, '.', end);
        end = dot ? (size_t)(dot - host.p) : 0;
        t->at[t->n] = (uint32_t)end + (dot != NULL);
        t->trace[t->n] = trace_of(span_from(host, t->at[t->n]));
        t->n++;
    }
}

/* Of most hosts no tail is marked: all are asked without a jump between them. */
static bool is_any_marked(const struct name_set *s, const struct name_tails *t)
{
    bool any = false;

    for (uint32_t i = 0; i < t->n; i++)
        any |= is_marked(s, t->trace[i]);
    return any;
}

uint32_t name_set_find_tail(const struct name_set *s, const struct name_tails *t, struct span *found)
{
    uint32_t value = 0;

    *found = (struct span){NULL, 0};
    if (!s->n || !is_any_marked(s, t))
        return 0;
    for (uint32_t i = 0; i < t->n; i++) {
        struct span tail = span_from(t->host, t->at[i]);
        uint32_t its = is_marked(s, t->trace[i]) ? slot_of(s, tail)->value : 0;

        if (its) {
            value = its;
            *found = tail;
        }
    }
    return value;
}

uint32_t name_set_find_domain(const struct name_set *s, struct span host, struct span *found)
{
    struct name_tails t;

    name_tails_of(&t, host);
    return name_set_find_tail(s, &t, found);
}

void name_set_free(struct name_set *s)
{
    free_room(s);
    s->slots = NULL;
    s->marks = NULL;
    s->slots_n = s->n = 0;
}
