/* SPDX-License-Identifier: Apache-2.0 */
/* value_set: distinct texts, each once and numbered in the order in which they came; a keyed hash table. */
#ifndef MXTAP_CONSOLE_VALUE_SET_H
#define MXTAP_CONSOLE_VALUE_SET_H

#include "decoders/base/siphash.h"

enum { VALUE_NONE = UINT32_MAX };

/* Invariant: slots hold the index + 1 of a text or 0, at most half of them are taken. */
struct value_set {
    struct mem *mem;
    struct hash_key key;
    struct arena texts;
    struct span *values; /* by number */
    uint32_t *slots;
    uint32_t n, cap, slots_n, max;
    bool full; /* one did not fit: max or memory */
};

/* At most max texts of together bytes_max bytes. */
void value_set_init(struct value_set *s, struct mem *mem, uint32_t max, size_t bytes_max);
void value_set_free(struct value_set *s);

/* The number of that text, which is added (copied) where it is new; VALUE_NONE when it did not fit. */
uint32_t value_set_add(struct value_set *s, struct span text);
/* Its number, or VALUE_NONE. */
uint32_t value_set_find(const struct value_set *s, struct span text);

#endif
