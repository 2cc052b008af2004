/* SPDX-License-Identifier: Apache-2.0 */
/* header_block: the lines of one header block to unfolded fields (RFC 5322 2.2), capped and linear. */
#ifndef MXTAP_MAIL_HEADER_BLOCK_H
#define MXTAP_MAIL_HEADER_BLOCK_H

#include "decoders/base/anomaly.h"
#include "decoders/base/bytes.h"
#include "decoders/base/limits.h"
#include "decoders/mail/field_name.h"

struct header_block_events {
    /* One field that is wanted; more than LIMIT_HEADER_FIELDS may come (h->fields tells): name without colon and trailing blanks, value unfolded and
     * trimmed at both ends, otherwise raw. Valid during the call. */
    void (*field)(void *ctx, enum field_name which, struct span name, struct span value);
    /* A line that begins with "--" (line end removed): true when it is a MIME boundary, and then the
     * block ends with it. NULL where there is none to look for. */
    bool (*boundary)(void *ctx, struct span line);
    void (*anomaly)(void *ctx, enum anomaly a);
};

enum header_block_state {
    HEADER_BLOCK_OPEN,     /* more lines may come */
    HEADER_BLOCK_ENDED,    /* by an empty line, or by lines that are no fields: see leftover */
    HEADER_BLOCK_BOUNDARY, /* by a line that boundary() took */
};

/*
 * A first line that is no field means that there is no header at all. A later one is kept back: if a field follows, it was noise (header.malformed) and is
 * dropped; if the block ends, or a second such line follows, the body had begun without an empty line
 * (as Postfix, Exim and Sendmail see it) and the kept lines are the leftover.
 */
struct header_block {
    const struct header_block_events *events;
    void *ctx;
    struct buf line;     /* a line that is not all there yet */
    struct buf field;    /* a field whose next line is not yet known */
    struct buf leftover; /* lines that were no fields */
    struct span pending; /* the field, while all of it lies in the current push */
    size_t name_n, colon; /* of the field: length of its name, index of its colon */
    field_set wanted;    /* of these the caller is told; all are counted and held to the caps */
    uint64_t bytes;      /* of the block so far, without the boundary that ended it */
    uint32_t fields, strange; /* fields, wanted or not; lines kept back */
    enum header_block_state state;
    bool has_field, line_cut, first_line, skip_line, skip_field;
    bool gapped; /* something was never seen */
};

void header_block_init(struct header_block *h, struct mem *m, const struct header_block_events *events);
/* Begins a block. */
void header_block_reset(struct header_block *h, void *ctx, field_set wanted);
/* Takes bytes until the block ends; returns how many it took (all of them while it stays open). */
size_t header_block_push(struct header_block *h, struct span bytes);
/* Bytes were lost: the line in progress is dropped, lines are taken up again at the next field. */
void header_block_gap(struct header_block *h);
/* The input ended: what is pending is delivered, and the state is no longer OPEN. */
void header_block_finish(struct header_block *h);
/* Body bytes the block swallowed before it knew; borrowed until the next reset. */
struct span header_block_leftover(const struct header_block *h);
void header_block_free(struct header_block *h);

#endif
