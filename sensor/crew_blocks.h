/* SPDX-License-Identifier: Apache-2.0 */
/* crew_blocks: frames on their way from one reader to several workers, each of which sees all of them. */
#ifndef MXTAP_SENSOR_CREW_BLOCKS_H
#define MXTAP_SENSOR_CREW_BLOCKS_H

#include "sensor/intake/capture.h"

enum entry_kind {
    ENTRY_FRAME,
    ENTRY_SOURCE, /* the next source begins */
    ENTRY_END,    /* every connection ends: before a source that does not follow */
    ENTRY_OVER,   /* the same, and all input is over */
};

struct entry {
    uint8_t kind, owner; /* owner: a worker, or SHARE_EVERYBODY */
    bool filtered;
    int link_type;
    uint32_t wire, n, at; /* n captured bytes from at in the block */
    int64_t ts_us;
    uint64_t number;
    const uint8_t *name; /* ENTRY_SOURCE; wire bytes long, lives as long as the run */
};

/*
 * A ring of blocks. The reader fills one after the other, and waits where a worker is not through with the one it would
 * fill next; a worker reads up to what is filled, also of a block that is not full yet: a slow pipe's frames come at once.
 * One reader; each worker by its own number from its own thread.
 */
struct crew_blocks;

/* What they may come to hold. */
enum { CREW_BLOCKS_BYTES = 32 << 20 };

/* NULL without memory. */
struct crew_blocks *crew_blocks_new(unsigned workers);
void crew_blocks_free(struct crew_blocks *b);

/* Reader. bytes are copied. */
void crew_blocks_add(struct crew_blocks *b, const struct entry *e, struct span bytes);

/* Worker: the next entries, n of them, with the block's bytes; valid until the next call. 0: nothing new for a while. */
unsigned crew_blocks_take(struct crew_blocks *b, unsigned worker, const struct entry **entries, const uint8_t **bytes);

#endif
