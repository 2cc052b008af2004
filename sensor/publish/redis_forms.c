/* SPDX-License-Identifier: Apache-2.0 */
/* redis_forms: words and numbers in the order that the step expects. */
#include "sensor/publish/redis_forms.h"

#include <stdio.h>
#include <time.h>

#include "decoders/base/siphash.h"
#include "sensor/publish/redis_record.h"

enum { LIFE_S = 12 * 3600 };

/* "a21c9f3c2e": the half of a day of the wall clock, and what is known of it. Where an entity in Redis has another half, its lifetime and
 * those of its graph keys begin anew; where it has another word, the facts are written. The key is fixed: all sensors must come to the
 * same. */
static void put_life(struct redis_pack *a, const struct redis_entity *e)
{
    static const struct hash_key key = {0x6d787461702d6661, 0x6374732d6c696665};
    uint64_t facts = 0;
    char text[24];

    for (unsigned i = 0; i < e->facts_n; i++)
        facts = facts * 31 + siphash(&key, e->facts[i].value) + siphash(&key, span_cstr(e->facts[i].field));
    snprintf(text, sizeof(text), "%04x%06x", (unsigned)(time(NULL) / LIFE_S) & 0xffff, (unsigned)(facts >> 40));
    pack_word(a, text);
}

void form_times_begin(struct form_times *t, struct buf *out)
{
    *t = (struct form_times){.pack = {out, 0}};
    buf_clear(out);
}

/* A mail's values have one time: it is among the last ones, mostly. */
static uint32_t time_place(struct form_times *t, const struct redis_entity *e)
{
    enum { RECENT = sizeof(t->recent) / sizeof(t->recent[0]) };
    uint32_t place = t->pack.n + 1;

    for (unsigned i = 0; i < RECENT; i++)
        if (t->recent[i].place && t->recent[i].first == e->first && t->recent[i].last == e->last)
            return t->recent[i].place;
    t->recent[t->next].first = e->first;
    t->recent[t->next].last = e->last;
    t->recent[t->next].place = place;
    t->next = (t->next + 1) % RECENT;
    pack_time(&t->pack, e->first);
    pack_time(&t->pack, e->last);
    pack_digits(&t->pack, e->last);
    return place;
}

void form_times_end(struct redis_pack *a, const struct form_times *t)
{
    uint32_t n = t->pack.n;

    pack_all(a, &t->pack);
    pack_number(a, n);
}

/* What is seldom there. */
static bool has_rare(const struct redis_entity *e)
{
    return e->refused || e->sessions || e->score > 0;
}

static void put_rare(struct redis_pack *a, const struct redis_entity *e)
{
    pack_number(a, has_rare(e));
    if (!has_rare(e))
        return;
    pack_number(a, e->refused);
    pack_number(a, e->sessions);
    pack_number(a, e->score > 0 ? (uint64_t)e->score : 0);
}

static void put_facts(struct redis_pack *a, const struct redis_entity *e)
{
    pack_number(a, 2 * e->facts_n);
    for (unsigned i = 0; i < e->facts_n; i++) {
        pack_word(a, e->facts[i].field);
        pack_text(a, e->facts[i].value);
    }
}

void form_entity(struct redis_pack *a, struct form_times *t, const struct redis_entity *e, unsigned more)
{
    pack_text(a, e->value);
    if (span_eq(e->member, e->value))
        pack_number(a, 0);
    else
        pack_text(a, e->member);
    pack_number(a, e->mails);
    pack_number(a, e->accepted);
    pack_number(a, time_place(t, e));
    put_life(a, e);
    pack_number(a, 2 + 3 * has_rare(e) + 2 * e->facts_n + more);
    put_rare(a, e);
    put_facts(a, e);
}

void form_kind(struct redis_pack *a, enum redis_kind k, struct span hour, bool anew)
{
    unsigned n = 0;

    pack_word(a, kind_name(k));
    pack_text(a, hour);
    pack_number(a, anew);
    for (enum redis_kind other = 0; other < KINDS; other++)
        n += redis_record_has_pair(k, other);
    pack_number(a, n);
    for (enum redis_kind other = 0; other < KINDS; other++)
        if (redis_record_has_pair(k, other)) {
            pack_word(a, kind_name(other));
            pack_number(a, other);
        }
}

unsigned form_place(enum redis_kind k, enum redis_kind other)
{
    unsigned place = 1;

    for (enum redis_kind i = 0; i < other; i++)
        place += redis_record_has_pair(k, i);
    return place;
}
