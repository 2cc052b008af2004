/* SPDX-License-Identifier: Apache-2.0 */
/* compressed: a file that may be gzip or zstd, told by its first bytes, as plain bytes. */
#ifndef MXTAP_INTAKE_COMPRESSED_H
#define MXTAP_INTAKE_COMPRESSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct compressed;

/* So many bytes at a stream's beginning say whether it is compressed. */
enum { COMPRESSED_MAGIC = 4 };
bool compressed_is(const uint8_t *first, size_t n);

/* Takes fd (closed by compressed_close, or on failure). Nothing has to be seekable. Of the file, no more than limit bytes
 * are read (UINT64_MAX: all there are); read_at: no more than it takes to tell, for compressed_read_at will be called. NULL with one
 * line in err. */
struct compressed *compressed_open(int fd, uint64_t limit, bool read_at, char err[256]);

/* The next bytes, 1..n of them; 0 at the end, at damage, or when interrupted. */
size_t compressed_read(struct compressed *c, uint8_t *out, size_t n);

/* The bytes as they are: the stream is not compressed. */
bool compressed_plain(const struct compressed *c);
/* Of such a file, n bytes from that place on, or as many as there are, or as could be read before damage or an interruption. For one who
 * does not call compressed_read. */
size_t compressed_read_at(struct compressed *c, uint8_t *out, size_t n, uint64_t at);

/* What was wrong with the stream ("the gzip stream is cut"), or NULL; borrowed. */
const char *compressed_damage(const struct compressed *c);

/* A signal that does not restart calls (INT, TERM) ended the wait for more: it stops there. */
bool compressed_interrupted(const struct compressed *c);

/* Bytes taken from the file itself so far. */
uint64_t compressed_taken(const struct compressed *c);

void compressed_close(struct compressed *c);

#endif
