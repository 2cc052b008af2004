/* SPDX-License-Identifier: Apache-2.0 */
/* spool_segment: what the rooms of the spool share: its segments and the files open now. */
#ifndef MXTAP_PUBLISH_SPOOL_SEGMENT_H
#define MXTAP_PUBLISH_SPOOL_SEGMENT_H

#include "sensor/publish/spool.h"
#include "sensor/publish/spool_sync.h"

enum {
    SEGMENT_NAME = 32,
    SEGMENTS = 16 /* at least so many fit, so that a full spool loses a small part of it */
};

struct spool_segment {
    struct spool_segment *next;
    uint64_t number, bytes, frames, held;
};

struct spool {
    char *folder;
    int dir, fd, read_fd; /* fd: of the segment written to; read_fd: of the one read last */
    uint64_t most, bytes, segment_most;
    struct spool_segment *first, *last, *writing, *reading;
    struct spool_sync sync;
    uint64_t found; /* number of the last segment that was there at open */
    char why[256];
};

/* spool.c */
void segment_name(uint64_t number, char name[SEGMENT_NAME]);
/* At the end of the list; NULL without memory. */
struct spool_segment *segment_add(struct spool *s, uint64_t number, uint64_t bytes);
/* Takes g out of the list and off the disk. */
void segment_remove(struct spool *s, struct spool_segment *g);
/* The segment written to is full, or in the way. */
void segment_end(struct spool *s);
/* errno with what it befell, for spool_why. */
void spool_fails(struct spool *s, const char *what);

#endif
