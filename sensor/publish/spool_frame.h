/* SPDX-License-Identifier: Apache-2.0 */
/* spool_frame: one frame of a spool segment as bytes: a header that checks itself and its body. */
#ifndef MXTAP_PUBLISH_SPOOL_FRAME_H
#define MXTAP_PUBLISH_SPOOL_FRAME_H

#include "decoders/base/bytes.h"

/*
 * Little-endian: magic 8, kind 4, body's bytes 4, number in the segment 8, check of the body 8, check of the 32 bytes
 * before it 8. The checks are SipHash-2-4 under a fixed key: against accidents (torn writes, turned bits), not
 * against somebody who can write into the folder. What a sender writes is in a body with its control bytes escaped, so that
 * no mail can spell a header.
 */
enum { FRAME_HEADER = 40 };

struct frame_header {
    uint32_t kind, bytes;
    uint64_t number, body_check;
};

uint64_t frame_check(struct span s);
void frame_write(const struct frame_header *h, uint8_t out[FRAME_HEADER]);
/* False: these bytes are no header. */
bool frame_read(struct span s, struct frame_header *out);
/* Where the next header may begin, at or behind `from`; s.n if nowhere. */
size_t frame_find(struct span s, size_t from);

#endif
