/* SPDX-License-Identifier: Apache-2.0 */
/* content: what follows DATA: finds its end, removes dot-stuffing, notes false ends (RFC
 * 5321 4.5.2). */
#ifndef MXTAP_SMTP_CONTENT_H
#define MXTAP_SMTP_CONTENT_H

#include "decoders/smtp/content_scan.h"

enum content_step { CONTENT_MORE, CONTENT_BYTES, CONTENT_END };

/* Something that is almost an end of data. */
struct false_end {
    uint64_t at;            /* its offset in the message */
    uint64_t end;           /* of what a server that took it reads as commands */
    uint8_t before, after;  /* enum line_break, around the dot; BREAK_NONE: there is none */
};

/*
 * The end is CRLF.CRLF and nothing else. Other pairs of line breaks around a lone dot, which some
 * servers take for it, are remembered by their offset in the message: the first one, and the last
 * one that came while the caller did not think much of the one before (weak).
 * Invariant: state says what of a dot's surroundings was consumed and not yet decided.
 */
struct content {
    uint64_t delivered; /* bytes given out so far */
    uint64_t watched;   /* offset of the line break in front of the dot under watch */
    struct false_end first, alike;
    uint8_t state;
    uint8_t last;       /* enum line_break, of what was consumed */
    uint8_t before;     /* enum line_break, in front of the dot under watch */
    uint8_t seen;       /* CONTENT_BARE_LF, CONTENT_BARE_CR */
    bool hole;          /* the next byte stands behind lost ones */
    bool weak;          /* no command stands behind alike: the next false end takes its place */
};

void content_init(struct content *c);

/*
 * Takes bytes from the front of *in. CONTENT_BYTES: *out is the next piece of the message, in place
 * (or static); call again. CONTENT_MORE: *in is used up. CONTENT_END: *in is what follows the end.
 */
enum content_step content_next(struct content *c, struct span *in, struct span *out);

/*
 * Takes bytes from the front of *in that are text and nothing else, and returns how many of the message they are; content_next says what the rest is,
 * which may begin with text too. They are copied on the way to `to` (room for in->n bytes), if that is not NULL, without the dots that were put in front
 * of lines; what is written behind them is anything. If it is NULL they end in front of such a dot.
 */
size_t content_plain(struct content *c, struct span *in, uint8_t *to);

/* Bytes are missing here: what was undecided stays so. No line begins behind the hole, but an LF
 * there had its CR. */
void content_gap(struct content *c);

/* The server spoke: it will take no further byte for a part of the end that it saw. */
void content_settle(struct content *c);

/* The false end's bytes as they were; at most 5. Returns their number, 0 where there was none. Where all were
 * weak it is the first one. */
size_t content_false_end(const struct content *c, uint8_t form[8], uint64_t *at);

static inline bool content_has_false_end(const struct content *c)
{
    return c->alike.after != BREAK_NONE;
}

#endif
