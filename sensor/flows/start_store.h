/* SPDX-License-Identifier: Apache-2.0 */
/* start_store: what a library asks for while it starts, in one piece; all of it goes back at once. */
#ifndef MXTAP_FLOWS_START_STORE_H
#define MXTAP_FLOWS_START_STORE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Pages of its own, one block behind the other: a block costs an addition. For blocks that stay as long as the store does: what is
 * freed before is not used again. Any thread may ask whose a block is.
 */
struct start_store;

/* NULL: the system has none left, or all places for stores are taken. */
struct start_store *start_store_new(void);
/* Every block of it is gone. The system empties what goes back to it. */
void start_store_free(struct start_store *s);

/* n bytes, zeroed, aligned for any type; NULL where it is full. */
void *start_store_take(struct start_store *s, size_t n);
/* Of its pages, bytes. */
size_t start_store_resident(const struct start_store *s);
/* False: start_store_take said no once. */
bool start_store_held_all(const struct start_store *s);

/* A block of a store that is not freed yet. */
bool start_store_has(const void *p);

#endif
