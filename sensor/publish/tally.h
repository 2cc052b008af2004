/* SPDX-License-Identifier: Apache-2.0 */
/* tally: how often each of many values came, exact up to a cap, in a keyed hash table. */
#ifndef MXTAP_PUBLISH_TALLY_H
#define MXTAP_PUBLISH_TALLY_H

#include "decoders/base/siphash.h"

struct tally_entry {
    struct span value;
    uint64_t count;
    uint64_t mark; /* of the last count */
};

/* Invariant: slots hold the index + 1 of an entry or 0, at most half of them are taken. */
struct tally {
    struct mem *mem;
    struct hash_key key;
    struct arena values;
    struct tally_entry *entries;
    uint32_t *slots;
    uint32_t n, size, slots_n; /* size: entries allocated; slots_n: a power of two */
    bool full;                 /* values came that are not counted: there are more than n */
};

/* mem is borrowed and must outlive the tally. */
void tally_init(struct tally *t, struct mem *mem, struct hash_key key);
void tally_free(struct tally *t);

/* Counts value (copied, its first LIMIT_SUMMARY_VALUE bytes tell); not twice in a row for one mark,
 * so that a mail counts once however often it shows the value. An absent or empty value is nothing.
 */
void tally_add(struct tally *t, struct span value, uint64_t mark);

/* The most frequent ones, most frequent first, equal counts in byte order; returns how many, at
 * most max. Borrowed until tally_add or tally_free. */
unsigned tally_top(const struct tally *t, const struct tally_entry **out, unsigned max);

#endif
