/* SPDX-License-Identifier: Apache-2.0 */
/* whole_file: where an export or a page goes: standard output, or a file of mode 0600 that is there whole or not at all. */
#ifndef MXTAP_CONSOLE_WHOLE_FILE_H
#define MXTAP_CONSOLE_WHOLE_FILE_H

#include "decoders/base/bytes.h"

struct whole_file {
    struct buf out;
    const char *verb; /* what lines of the log begin with */
    const char *path; /* NULL: standard output */
    char *part;       /* what is written until all is there; NULL: path itself, which is no plain file */
    int fd;
    bool failed;      /* said once; what follows goes nowhere */
};

enum { WHOLE_FILE_ERR = 512 };

/* verb and path are borrowed; NULL or "-" is standard output. option: that names the path. False with a sentence in err. whole_file_close is due only after true. */
bool whole_file_open(struct whole_file *f, struct mem *m, const char *verb, const char *option, const char *path,
                     char err[WHOLE_FILE_ERR]);
/* Writes what has gathered, where that is much. */
void whole_file_flush(struct whole_file *f);
/* All of it, then the file takes the place of the one that was there. False after one line of the log: nothing was replaced. */
bool whole_file_finish(struct whole_file *f);
void whole_file_close(struct whole_file *f);

#endif
