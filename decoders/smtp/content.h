/* SPDX-License-Identifier: Apache-2.0 */
/* content: what follows DATA: finds its end, removes dot-stuffing, notes false ends (RFC
 * 5321 4.5.2). */
#ifndef MXTAP_SMTP_CONTENT_H
#define MXTAP_SMTP_CONTENT_H

#include "decoders/smtp/content_scan.h"

enum content_step { CONTENT_MORE, CONTENT_BYTES, CONTENT_END };

/*
 * The end is CRLF.CRLF and nothing else. Other pairs of line breaks around a lone dot, which some
 * servers take for it, are remembered: the first one, by its offset in the message.
 * Invariant: state says what of a dot's surroundings was consumed and not yet decided.
 */
struct content {
    uint64_t delivered; /* bytes given out so far */
    uint64_t watched;   /* offset of the line break in front of the dot under watch */
    uint64_t alike_at;  /* offset of the first false end */
    uint64_t alike_end; /* and of what a server that took it reads as commands */
    uint8_t state;
    uint8_t last;       /* enum line_break, of what was consumed */
    uint8_t before;     /* enum line_break, in front of the dot under watch */
    uint8_t seen;       /* CONTENT_BARE_LF, CONTENT_BARE_CR */
    bool hole;          /* the next byte stands behind lost ones */
    uint8_t alike_before, alike_after; /* enum line_break; BREAK_NONE: no false end yet */
};

void content_init(struct content *c);

/*
 * Takes bytes from the front of *in. CONTENT_BYTES: *out is the next piece of the message, in place
 * (or static); call again. CONTENT_MORE: *in is used up. CONTENT_END: *in is what follows the end.
 */
enum content_step content_next(struct content *c, struct span *in, struct span *out);

/* Bytes are missing here: what was undecided stays so. No line begins behind the hole, but an LF
 * there had its CR. */
void content_gap(struct content *c);

/* The false end's bytes as they were; at most 5. Returns their number, 0 where there was none. */
size_t content_false_end(const struct content *c, uint8_t form[8]);

#endif
