/* SPDX-License-Identifier: Apache-2.0 */
/* redis_pack: a step's operations as one MessagePack array, which Redis's cmsgpack reads: one argument instead of thousands, each of
 * which the server would parse, allocate and free. */
#ifndef MXTAP_PUBLISH_REDIS_PACK_H
#define MXTAP_PUBLISH_REDIS_PACK_H

#include "decoders/base/bytes.h"

/* The elements, without the array's head: their number is known at the end. out is borrowed; what does not fit sets out->truncated. */
struct redis_pack {
    struct buf *out;
    uint32_t n;
};

void pack_text(struct redis_pack *a, struct span s);
void pack_word(struct redis_pack *a, const char *s);
/* The elements of another, behind those that are there. */
void pack_all(struct redis_pack *a, const struct redis_pack *other);
/* A number the script counts with. */
void pack_number(struct redis_pack *a, uint64_t v);
/* A number that goes into a command: as text, since Redis prints a script's numbers with %.17g each time. */
void pack_digits(struct redis_pack *a, int64_t v);
/* "2023-07-01T07:06:08Z": as text such times sort as they follow each other. */
void pack_time(struct redis_pack *a, int64_t seconds);

/* The head of an array of n elements. */
enum { PACK_HEAD = 5 };
void pack_head(uint32_t n, uint8_t out[PACK_HEAD]);

#endif
