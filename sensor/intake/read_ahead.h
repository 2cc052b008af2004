/* SPDX-License-Identifier: Apache-2.0 */
/* read_ahead: a file's first frames, kept until they are delivered, and from 64 of them the file's identity. */
#ifndef MXTAP_INTAKE_READ_AHEAD_H
#define MXTAP_INTAKE_READ_AHEAD_H

#include "sensor/intake/savefile.h"

enum { READ_AHEAD_FRAMES = 64 };

struct read_ahead {
    struct frame frames[READ_AHEAD_FRAMES];
    struct mem mem;
    struct arena bytes;
    unsigned n, at;
    enum savefile_result
        then; /* what came behind the last of them (SAVEFILE_FRAME: there is more) */
};

void read_ahead_init(struct read_ahead *r);
/* Reads the first frames of s, most (1 to READ_AHEAD_FRAMES) of them. False when memory is refused. */
bool read_ahead_fill(struct read_ahead *r, struct savefile *s, unsigned most);
/* The next kept frame, valid until the next call; false when all are delivered, and wiped. */
bool read_ahead_take(struct read_ahead *r, struct frame *f);
static inline bool read_ahead_next(struct read_ahead *r, struct frame *f)
{
    return r->n && read_ahead_take(r, f);
}
/* SHA-256 in hex over the kept frames: time, wire length, captured length, bytes (REDIS.md,
 * Delivery 5). */
void read_ahead_id(const struct read_ahead *r, char id[65]);
void read_ahead_free(struct read_ahead *r);

#endif
