/* SPDX-License-Identifier: Apache-2.0 */
/* name_set: texts and a number for each, looked up by keyed hash: flat in their number. */
#ifndef MXTAP_JUDGE_NAME_SET_H
#define MXTAP_JUDGE_NAME_SET_H

#include "decoders/base/siphash.h"

/* Invariant: slots is a power of two, or 0, and at most half of them are taken. marks: slots_n bytes, two bits set for each
 * text, so that most of what is not there is known without a hash. Texts are borrowed for the set's
 * life. Zeroed and given key and mem it is empty. Read-only after the last add, so any number of threads may ask. */
struct name_set {
    struct mem *mem;
    const struct hash_key *key;
    struct name_slot *slots;
    uint8_t *marks;
    uint32_t slots_n, n;
};

/* value 1 or more. *had: the value that text already has, which stays; 0 if it is new. False without memory. */
bool name_set_add(struct name_set *s, struct span text, uint32_t value, uint32_t *had);
/* The value, or 0. */
uint32_t name_set_find(const struct name_set *s, struct span text);
/* A host (lower case, borrowed) and the domains above it, made once for all sets that are asked about it: at most NAME_SET_LABELS labels
 * from the end are looked at. */
enum { NAME_SET_LABELS = 10 };
struct name_tails {
    struct span host;
    uint32_t n;
    uint32_t at[NAME_SET_LABELS], trace[NAME_SET_LABELS]; /* where each begins, the shortest first; what marks are made of */
};
void name_tails_of(struct name_tails *t, struct span host);
/* The value of the longest tail that is in the set, 0 if none is; *found is that tail. */
uint32_t name_set_find_tail(const struct name_set *s, const struct name_tails *t, struct span *found);
/* The same for one set: the value of host (lower case) or of the nearest domain above it, 0 if none of them is in the set; *found is that
 * tail of host. */
uint32_t name_set_find_domain(const struct name_set *s, struct span host, struct span *found);
void name_set_free(struct name_set *s);

#endif
