/* SPDX-License-Identifier: Apache-2.0 */
/* aged_table: what is remembered under a stranger's keys: keyed hash, a budget of bytes, oldest out first. */
#ifndef MXTAP_FLOWS_AGED_TABLE_H
#define MXTAP_FLOWS_AGED_TABLE_H

#include "decoders/base/siphash.h"

/*
 * Invariants: an entry is in one hash chain and in the list of all, which is in the order in which they were put;
 * the bytes of all entries and of the buckets never exceed the budget. Nothing is ever swept: the oldest goes when a
 * new one needs its place.
 */
struct aged_entry {
    struct aged_entry *chain, *older, *newer;
    uint32_t data_n;
    uint16_t key_n;
    _Alignas(8) uint8_t data[]; /* data_n bytes, then the key */
};

struct aged_table;

/* buckets: a power of two, for good. evicted: the owner's counter of what went for lack of room. NULL when memory
 * is refused, or when the budget does not hold the buckets. */
struct aged_table *aged_table_new(const struct hash_key *key, uint32_t buckets, size_t budget, uint64_t *evicted);
void aged_table_free(struct aged_table *t);

/* Borrowed until the entry is put again, removed or evicted. */
struct aged_entry *aged_table_find(const struct aged_table *t, struct span key);
/* A new entry, the youngest, its data zeroed, in place of one of the same key. NULL when memory is refused, or it
 * does not fit the budget even alone. */
struct aged_entry *aged_table_put(struct aged_table *t, struct span key, uint32_t data_n);
void aged_table_remove(struct aged_table *t, struct aged_entry *e);
void aged_table_clear(struct aged_table *t);
/* NULL: the table is empty. */
struct aged_entry *aged_table_oldest(const struct aged_table *t);
/* Bytes held now. */
size_t aged_table_bytes(const struct aged_table *t);
uint32_t aged_table_count(const struct aged_table *t);

#endif
