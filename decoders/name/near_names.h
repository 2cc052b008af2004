/* SPDX-License-Identifier: Apache-2.0 */
/* near_names: names within one or two slips (a letter more, less, another, two swapped) of one that is asked for. */
#ifndef MXTAP_NAME_NEAR_NAMES_H
#define MXTAP_NAME_NEAR_NAMES_H

#include "decoders/base/siphash.h"

/*
 * Every name is kept under the hash of each text that is left when one or two of its bytes are taken out, and a
 * question is asked under the same of its own: what is near shares one. So the work depends on the length of the
 * question (at most some 300 hashes) and not on the number of names. Hashes are polynomials at a secret point.
 * Read-only after the last add.
 */
struct near_names;

enum {
    NEAR_SHORTEST = 6, /* bytes: in shorter names a slip makes another word */
    NEAR_TWO = 10,     /* from this length on two slips are near */
    NEAR_LONGEST = 24  /* longer ones are not kept and not asked for */
};

struct near_names *near_names_new(struct mem *m, const struct hash_key *key);
void near_names_free(struct near_names *x);

/* name is borrowed for as long as x lives. False when memory is refused; names of other lengths are left out, and a
 * name that was added before keeps its id. */
bool near_names_add(struct near_names *x, struct span name, uint32_t id);

/* The id of a nearest name that is not s itself, *slips 1 or 2; 0: none. */
uint32_t near_names_find(const struct near_names *x, struct span s, unsigned *slips);

/* Slips between a and b (optimal string alignment), at most NEAR_LONGEST + 1 bytes each. */
unsigned near_names_distance(struct span a, struct span b);

#endif
