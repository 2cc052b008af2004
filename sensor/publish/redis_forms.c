/* SPDX-License-Identifier: Apache-2.0 */
/* redis_forms: words and numbers in the order that the step expects. */
#include "sensor/publish/redis_forms.h"

#include "sensor/publish/redis_record.h"

void form_entity(struct redis_args *a, const struct redis_entity *e, bool anew)
{
    args_put(a, e->value);
    args_put(a, e->member);
    args_number(a, e->mails);
    args_number(a, e->accepted);
    args_number(a, e->refused);
    args_number(a, e->sessions);
    args_time(a, e->first);
    args_time(a, e->last);
    args_number(a, e->last);
    args_number(a, e->score);
    args_number(a, anew);
    args_number(a, e->facts_n);
    for (unsigned i = 0; i < e->facts_n; i++) {
        args_word(a, e->facts[i].field);
        args_put(a, e->facts[i].value);
    }
}

static void put_key(struct redis_args *a, void (*name)(struct buf *, enum redis_kind), enum redis_kind k)
{
    uint8_t text[64];
    struct buf b = {.p = text, .cap = sizeof(text), .max = sizeof(text)};

    name(&b, k);
    args_put(a, buf_span(&b));
}

void form_kind(struct redis_args *a, enum redis_kind k)
{
    unsigned n = 0;

    put_key(a, key_entity_stem, k);
    put_key(a, key_seen, k);
    put_key(a, key_first, k);
    for (enum redis_kind other = 0; other < KINDS; other++)
        n += redis_record_has_pair(k, other);
    args_number(a, n);
    for (enum redis_kind other = 0; other < KINDS; other++)
        if (redis_record_has_pair(k, other))
            args_word(a, kind_name(other));
}

/* The other kind or the period is the last word: it has no colon. */
void form_key_and_word(struct redis_args *a, struct span key)
{
    size_t at = key.n;

    while (at && key.p[at - 1] != ':')
        at--;
    args_put(a, span_head(key, at ? at - 1 : 0));
    args_put(a, span_from(key, at));
}
