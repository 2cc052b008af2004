/* SPDX-License-Identifier: Apache-2.0 */
/* spool: frames in files of one folder, checked byte by byte, that outlive the process; it knows nothing of what is in them. */
#ifndef MXTAP_PUBLISH_SPOOL_H
#define MXTAP_PUBLISH_SPOOL_H

#include "decoders/base/bytes.h"

/*
 * A folder holds segments, <16 hex digits>.spool (0600), in the order of their numbers; a segment holds frames.
 * What a killed process had begun to write, and what a disk has turned, is found by the checks and left out; reading
 * goes on at the next frame that is whole. One process at a time owns a folder.
 * Invariant: a segment is there as long as a frame in it is held, or it is the one written to.
 */
struct spool;
struct spool_segment;

/* Where a frame is. segment NULL = nowhere. */
struct spool_place {
    struct spool_segment *segment;
    uint64_t at;     /* of its header, bytes from the segment's begin */
    uint32_t bytes;  /* of its body */
};

enum { SPOOL_ERR = 512 };

/* The folder is made (0700) if it is not there. most: bytes of all segments. NULL with one line in err. */
struct spool *spool_open(const char *folder, uint64_t most, char err[SPOOL_ERR]);
/* Segments in which nothing is held go. Forgets the rest, which stays on disk for the next open. */
void spool_close(struct spool *s);

/* Every whole frame that was there at spool_open, in order; body is borrowed for the call. damaged: frames known to be
 * gone between the frame before and this one, by their numbers. False ends the walk. Segments in which the
 * callback holds nothing are removed. */
typedef bool (*spool_frame)(void *ctx, uint32_t kind, struct span body, const struct spool_place *at,
                            uint64_t damaged);
struct spool_found {
    uint64_t segments, frames, damaged; /* damaged: places where bytes had to be left out */
    uint64_t torn;                      /* ends of segments that were being written when the process died */
    uint64_t unread;                    /* segments that could not be read: they stay as they are */
};
void spool_walk(struct spool *s, spool_frame frame, void *ctx, struct spool_found *found);

enum spool_added {
    SPOOL_ADDED,
    SPOOL_FULL,  /* the disk, or `most`: make room (spool_drop_oldest) and try again */
    SPOOL_FAILED /* spool_why tells */
};
/* Appends one frame. Nothing of it is there unless SPOOL_ADDED; it is held once spool_hold says so. */
enum spool_added spool_add(struct spool *s, uint32_t kind, struct span body, struct spool_place *at);
/* The number of the segment that the next frame of so many bytes goes to: it may be a new one. */
uint64_t spool_next_segment(struct spool *s, uint64_t bytes);

/* The frame's body is appended to out. False: it is not what was written, or cannot be read. */
bool spool_read(struct spool *s, const struct spool_place *at, struct buf *out);

/* A frame is needed from now on, or no longer: a segment without any is removed once it is not written to. */
void spool_hold(struct spool *s, const struct spool_place *at);
void spool_release(struct spool *s, const struct spool_place *at);

/* The segment to give up first; NULL: none. What is held in it is the caller's to forget. */
struct spool_segment *spool_oldest(const struct spool *s);
void spool_drop_oldest(struct spool *s);

uint64_t spool_bytes(const struct spool *s);
const char *spool_folder(const struct spool *s);
/* Why the last call failed. */
const char *spool_why(const struct spool *s);

#endif
