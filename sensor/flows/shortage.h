/* SPDX-License-Identifier: Apache-2.0 */
/* shortage: what a conversation's records may still say once memory was refused to it. */
#ifndef MXTAP_FLOWS_SHORTAGE_H
#define MXTAP_FLOWS_SHORTAGE_H

#include "sensor/record.h"

/* Kept by a conversation: between shortage_begin and shortage_end its own requests alone are made. */
struct shortage {
    uint64_t before; /* mem's refusals at begin */
    bool felt;       /* refused once: what was lost may be missing in any later record */
};

static inline void shortage_begin(struct shortage *s, const struct mem *m)
{
    s->before = m->refused;
}

static inline void shortage_end(struct shortage *s, const struct mem *m)
{
    s->felt |= m->refused != s->before;
}

/* A record is about to be published, between begin and end: where memory was refused it is marked
 * record.too_large, and does not claim of the sender what may be our own doing. */
void shortage_tell(const struct shortage *s, const struct mem *m, struct record *r);

#endif
