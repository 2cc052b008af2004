/* SPDX-License-Identifier: Apache-2.0 */
/* redis_lives: one place for each low part of a hash; the last key in it is known. */
#include "sensor/publish/redis_lives.h"

#include <time.h>

enum {
    PLACES = 262144, /* power of two; 2 MB */
    LIFE_S = 12 * 3600
};

struct redis_lives {
    struct mem *mem;
    uint64_t marks[PLACES]; /* the hash's upper 48 bits, and 16 of the half day's number */
};

struct redis_lives *redis_lives_new(struct mem *m)
{
    struct redis_lives *l = mem_zalloc(m, sizeof(*l));

    if (l)
        l->mem = m;
    return l;
}

void redis_lives_free(struct redis_lives *l)
{
    if (l)
        mem_free(l->mem, l, sizeof(*l));
}

bool redis_lives_anew(struct redis_lives *l, uint64_t hash)
{
    uint64_t *at = &l->marks[hash & (PLACES - 1)];
    uint64_t mark = (hash & ~UINT64_C(0xffff)) | ((uint64_t)(time(NULL) / LIFE_S) & 0xffff);
    bool anew = *at != mark;

    *at = mark;
    return anew;
}
