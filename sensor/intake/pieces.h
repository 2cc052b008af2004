/* SPDX-License-Identifier: Apache-2.0 */
/* pieces: the last pieces of a file, read once for all who read it beside each other. */
#ifndef MXTAP_INTAKE_PIECES_H
#define MXTAP_INTAKE_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Each piece is read by whoever comes first, and the others find it in the processor's last cache. Nobody waits: a piece that is not
 * there any more, or that somebody just reads, is read by whoever wants it into memory of his own. So there are as many as workers lie
 * apart (sensor/pace), and a few. Any thread.
 */
struct pieces;
struct piece;

enum {
    PIECE_BYTES = 128 * 1024, /* a quarter of a second-level cache: what was fetched is still there when it is parsed, and so are the flows */
    PIECES_BYTES = 12 << 20   /* of all of them: a third of a last cache, and a little more than workers lie apart at most in mail */
};

/* NULL without memory. Pages come as they are read into. */
struct pieces *pieces_new(void);
/* Nobody has one. */
void pieces_free(struct pieces *p);

/*
 * The piece of that number, which grows over all files that are read; numbers far apart share a place, and the higher one takes it as soon
 * as nobody has the other. NULL: it is not to be had. It is the caller's until piece_leave. *fresh: he is the first, reads it and says so
 * by piece_tell; where he cannot, he says nothing, and all others read it for themselves.
 */
struct piece *pieces_ask(struct pieces *p, uint64_t number, bool *fresh);
/* PIECE_BYTES, for the first one to write to until piece_tell. */
uint8_t *piece_bytes(const struct piece *x);
/* The file gave n bytes; less than PIECE_BYTES: it ends with them. */
void piece_tell(struct piece *x, size_t n);
/* As it was told. */
size_t piece_size(const struct piece *x);
/* x: or NULL. */
void piece_leave(struct piece *x);

#endif
