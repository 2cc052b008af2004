/* SPDX-License-Identifier: Apache-2.0 */
/* boundary: finds the delimiter lines of multiparts (RFC 2046 5.1.1) in a body that comes in pieces. */
#ifndef MXTAP_MAIL_BOUNDARY_H
#define MXTAP_MAIL_BOUNDARY_H

#include "decoders/base/bytes.h"
#include "decoders/base/limits.h"

/* Longest delimiter line looked at: "--", boundary, "--", blanks, line end. Where blanks reach beyond
 * it, the rest of the line is passed over. */
enum { BOUNDARY_LINE = LIMIT_MIME_BOUNDARY + 48 };

/* What a piece's end leaves undecided is held: a line end, and the beginning of a line with "--".
 * Invariant: held is empty, or CR, or a line end and less than a line, or (only where a body begins)
 * less than a line. */
struct boundary_scanner {
    bool line_start; /* the next byte begins a line, and no line end is held for it */
    bool skip_line;  /* behind a delimiter whose line is too long */
    uint16_t held_n;
    uint8_t held[2 + BOUNDARY_LINE];
    uint8_t released[2 + BOUNDARY_LINE];
};

struct boundary_step {
    size_t used;          /* bytes of in */
    struct span released; /* body bytes held before; first */
    struct span data;     /* body bytes in place; second */
    int level;            /* whose delimiter follows them, -1 = none */
    bool closing;         /* it is the closing one */
};

/* A body begins: its first byte begins a line. */
void boundary_begin(struct boundary_scanner *b);
/* Behind boundary_begin: before came ahead of what will be pushed. Returns it without a line end at its end, which is
 * held. */
struct span boundary_begin_behind(struct boundary_scanner *b, struct span before);
/* Up to the next delimiter of levels[0..n) (innermost last; absent ones are closed), or the end of in.
 * The line end before a delimiter belongs to the delimiter. */
struct boundary_step boundary_next(struct boundary_scanner *b, const struct span *levels, unsigned n,
                                   struct span in);
/* Whether nothing is held but a line end, or its first byte. */
bool boundary_holds_no_line(const struct boundary_scanner *b);
/* Where that is so: as boundary_next with an in that has no '-', and so no delimiter; but the line end that was held is not told, nor
 * is the one at the end of in while it may yet begin a delimiter. For who counts no blanks. */
void boundary_pass(struct boundary_scanner *b, struct span in);
/* The end: what is held is a delimiter without a line end, or data. */
struct boundary_step boundary_finish(struct boundary_scanner *b, const struct span *levels, unsigned n);
/* Bytes were lost: what is held is data; a line goes on in the middle. Valid until the next call. */
struct span boundary_gap(struct boundary_scanner *b);

/* Whose delimiter line is (line end removed): its level, or -1. */
int boundary_match(const struct span *levels, unsigned n, struct span line, bool *closing);

#endif
