/* SPDX-License-Identifier: Apache-2.0 */
/* part_hash: SHA-256 of one part's decoded bytes at a time (--hash). */
#ifndef MXTAP_FLOWS_PART_HASH_H
#define MXTAP_FLOWS_PART_HASH_H

#include "decoders/base/bytes.h"

struct part_hash;

/* One object is used for many parts. NULL: no memory, or OpenSSL has no SHA-256. Free it. */
struct part_hash *part_hash_new(void);
void part_hash_free(struct part_hash *x);
/* Begins a part; what was begun before is forgotten. */
void part_hash_begin(struct part_hash *x);
void part_hash_push(struct part_hash *x, struct span bytes);
/* The digest of what was pushed, 64 hexadecimal digits in a; absent where it could not be made. */
struct span part_hash_end(struct part_hash *x, struct arena *a);

#endif
