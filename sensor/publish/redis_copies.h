/* SPDX-License-Identifier: Apache-2.0 */
/* redis_copies: knows a mail that was seen before on its way to a relay (REDIS.md, Copies). */
#ifndef MXTAP_PUBLISH_REDIS_COPIES_H
#define MXTAP_PUBLISH_REDIS_COPIES_H

#include "decoders/base/siphash.h"
#include "sensor/publish/redis_record.h"

/* Holds the last LIMIT_REDIS_COPIES mails that have a Message-ID; older ones make room. */
struct redis_copies;

struct redis_copies *redis_copies_new(struct mem *m, const struct hash_key *key);
void redis_copies_free(struct redis_copies *c);

/* Every mail, in delivery order: whether it is a relayed copy of an earlier one, which is then named; and
 * remembers it. The bytes behind the header are compared as the number of parts and their decoded sizes. */
struct redis_copy redis_copies_look(struct redis_copies *c, const struct record *r);

#endif
