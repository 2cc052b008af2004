/* SPDX-License-Identifier: Apache-2.0 */
/* seen_copies: buckets of a few marks by the mail's identity; the newest takes the place of the oldest. */
#include "sensor/export/seen_copies.h"

enum { BUCKETS = 16384, WAYS = 4 };

struct seen_copies {
    struct mem *mem;
    struct copy_mark marks[BUCKETS][WAYS];
    uint8_t next[BUCKETS];
};

struct seen_copies *seen_copies_new(struct mem *m)
{
    struct seen_copies *s = mem_zalloc(m, sizeof(*s));

    if (s)
        s->mem = m;
    return s;
}

void seen_copies_free(struct seen_copies *s)
{
    if (s)
        mem_free(s->mem, s, sizeof(*s));
}

bool seen_copies_has(struct seen_copies *s, const struct mail_facts *f)
{
    struct copy_mark now;
    unsigned bucket;
    bool is_copy = false;

    copy_mark_read(&now, f);
    if (!now.identity)
        return false;
    bucket = (unsigned)(now.identity >> 20) % BUCKETS;
    for (unsigned i = 0; i < WAYS; i++)
        is_copy = is_copy || copy_is(&s->marks[bucket][i], &now) || copy_is(&now, &s->marks[bucket][i]);
    s->marks[bucket][s->next[bucket]++ % WAYS] = now;
    return is_copy;
}
