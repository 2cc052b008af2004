/* SPDX-License-Identifier: Apache-2.0 */
/* owned: exact blocks, no spare room: these texts stay for the connection's life. */
#include "decoders/smtp/owned.h"

static size_t block(const struct owned *o)
{
    return o->n ? o->n : 1;
}

void owned_free(struct owned *o, struct mem *m)
{
    mem_free(m, o->p, block(o));
    *o = (struct owned){NULL, 0};
}

void owned_set(struct owned *o, struct mem *m, struct span s, size_t max)
{
    uint32_t n = (uint32_t)(s.n < max ? s.n : max);
    uint8_t *p = s.p ? mem_resize(m, NULL, 0, n ? n : 1) : NULL;

    if (p)
        memcpy(p, s.p, n);
    owned_free(o, m);
    o->p = p;
    o->n = p ? n : 0;
}

void owned_move(struct owned *to, struct mem *m, struct owned *from)
{
    owned_free(to, m);
    *to = *from;
    *from = (struct owned){NULL, 0};
}
