/* SPDX-License-Identifier: Apache-2.0 */
/* redis_lives: which keys' lifetimes were begun anew in this half of a day, so that EXPIRE is sent once in it, not with every write. */
#ifndef MXTAP_PUBLISH_REDIS_LIVES_H
#define MXTAP_PUBLISH_REDIS_LIVES_H

#include "decoders/base/bytes.h"

/*
 * Only what lengthens a life is remembered here. That a key is new, and needs its first lifetime, the step sees by itself: a
 * Redis that was flushed or came back older has no key without one.
 */
struct redis_lives;

struct redis_lives *redis_lives_new(struct mem *m);
void redis_lives_free(struct redis_lives *l);

/* hash: of the key, by SipHash. True once in half a day of wall clock; more often where two keys share a place. */
bool redis_lives_anew(struct redis_lives *l, uint64_t hash);

#endif
