/* SPDX-License-Identifier: Apache-2.0 */
/* plain_file: a file that several may read at once, each for himself, and get the same bytes. */
#ifndef MXTAP_INTAKE_PLAIN_FILE_H
#define MXTAP_INTAKE_PLAIN_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "sensor/intake/pieces.h"

/* Which file it was when it was looked at, and how long: whoever opens it later must meet the same, and reads no more. */
struct plain_file {
    bool there; /* it could be opened */
    dev_t device;
    ino_t inode;
    uint64_t size;
    struct pieces *pieces; /* of all its readers, borrowed; NULL: each reads it for himself */
    uint64_t first_piece;  /* its number */
};

/* False: it is a pipe, or the like, which gives its bytes once; or compressed: unpacking costs more than it would win. */
bool plain_file_look(const char *path, struct plain_file *out);
/* Whether an open file is that one. */
bool plain_file_is(const struct plain_file *f, const struct stat *st);

#endif
