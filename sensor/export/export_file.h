/* SPDX-License-Identifier: Apache-2.0 */
/* export_file: where an export goes: standard output, or a file of mode 0600 that is there whole or not at all. */
#ifndef MXTAP_EXPORT_FILE_H
#define MXTAP_EXPORT_FILE_H

#include "decoders/base/bytes.h"

struct export_file {
    struct buf out;
    const char *path; /* NULL: standard output */
    char *part;       /* what is written until all is there; NULL: path itself, which is no plain file */
    int fd;
    bool failed;      /* said once; what follows goes nowhere */
};

enum { EXPORT_FILE_ERR = 512 };

/* path is borrowed. False with a sentence in err. export_file_close is due only after true. */
bool export_file_open(struct export_file *f, struct mem *m, const char *path, char err[EXPORT_FILE_ERR]);
/* Writes what has gathered, where that is much. */
void export_file_flush(struct export_file *f);
/* All of it, then the file takes the place of the one that was there. False after one line of the log: nothing was replaced. */
bool export_file_finish(struct export_file *f);
void export_file_close(struct export_file *f);

#endif
