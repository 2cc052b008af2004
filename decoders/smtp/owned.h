/* SPDX-License-Identifier: Apache-2.0 */
/* owned: a copy of a few bytes that its holder frees; 16 bytes while empty. */
#ifndef MXTAP_SMTP_OWNED_H
#define MXTAP_SMTP_OWNED_H

#include "decoders/base/bytes.h"

/* p NULL = absent. Size of the block is n, or 1 for an empty, present text. */
struct owned {
    uint8_t *p;
    uint32_t n;
};

/* Replaces what is there by a copy of s, at most max bytes; absent where s is or memory is refused.
 */
void owned_set(struct owned *o, struct mem *m, struct span s, size_t max);
/* to takes over from's bytes; from is absent then. */
void owned_move(struct owned *to, struct mem *m, struct owned *from);
void owned_free(struct owned *o, struct mem *m);

static inline struct span owned_span(const struct owned *o)
{
    return (struct span){o->p, o->n};
}

#endif
