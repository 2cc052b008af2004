/* SPDX-License-Identifier: Apache-2.0 */
/* compressed: a file that may be gzip or zstd, told by its first bytes, as a plain stream. */
#ifndef MXTAP_INTAKE_COMPRESSED_H
#define MXTAP_INTAKE_COMPRESSED_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct compressed;

/*
 * Takes fd (closed by compressed_close, or on failure). Nothing has to be seekable. NULL with one
 * line in err.
 */
struct compressed *compressed_open(int fd, char err[256]);

/* The stream to read; closed by compressed_close, unless it was given away: then by whoever took it,
 * before compressed_close. */
FILE *compressed_file(struct compressed *c);
void compressed_give_away(struct compressed *c);

/* What was wrong with the compressed stream so far, static ("the gzip stream is cut"), or NULL. */
const char *compressed_damage(const struct compressed *c);

/* A signal that does not restart calls (INT, TERM) ended the wait for more: the stream stops there. */
bool compressed_interrupted(const struct compressed *c);

/* Bytes taken from the file itself so far. */
uint64_t compressed_taken(const struct compressed *c);

void compressed_close(struct compressed *c);

#endif
