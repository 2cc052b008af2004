/* SPDX-License-Identifier: Apache-2.0 */
/* operator_file: a text file that the operator edits, line by line; what is wrong in it is named with its line. */
#ifndef MXTAP_JUDGE_OPERATOR_FILE_H
#define MXTAP_JUDGE_OPERATOR_FILE_H

#include "decoders/base/bytes.h"

/*
 * UTF-8, a byte order mark and CR before LF are skipped, lines that are blank or begin with # are comments. The whole
 * file is read into memory first: one that is replaced, cut or written to while it is read can do no harm.
 */
struct operator_file {
    struct mem *mem;
    const char *path; /* borrowed */
    struct span text;
    size_t size, at;
    unsigned line;  /* number of the line given last, from 1 */
    unsigned wrong; /* lines that were named wrong */
};

enum { OPERATOR_FILE_ERR = 256 };

/* False with err naming the file and the fault. m outlives it. */
bool operator_file_open(struct operator_file *f, struct mem *m, const char *path, char err[OPERATOR_FILE_ERR]);
/* After the last line: says how many wrong lines were not named. */
void operator_file_end(struct operator_file *f);
/* Gives the text's memory back. */
void operator_file_close(struct operator_file *f);

/* The next line that says something, blanks at both ends removed; false at the end. Valid until the close, and the
 * caller may write into it. */
bool operator_file_next(struct operator_file *f, struct span *line);
/* "FILE:LINE: what: why" to the log, for the first ones of a file; what is escaped and cut there. */
void operator_file_wrong(struct operator_file *f, struct span what, const char *why);

/* The first blank-separated word of *rest, which moves behind it and the blanks. */
struct span operator_word(struct span *rest);
/* The first piece of *rest up to a comma, trimmed; *rest moves behind it. */
struct span operator_piece(struct span *rest);

#endif
