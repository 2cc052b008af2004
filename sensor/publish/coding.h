/* SPDX-License-Identifier: Apache-2.0 */
/* coding: how links, raw headers and ESMTP parameters write what they carry. */
#ifndef MXTAP_PUBLISH_CODING_H
#define MXTAP_PUBLISH_CODING_H

#include "decoders/base/bytes.h"

enum coding {
    CODING_NONE,
    CODING_PERCENT,       /* %2B, RFC 3986 2.1 */
    CODING_PERCENT_TWICE, /* %252B: a URL inside a URL; %2B too */
    CODING_EQUALS,        /* =2B, RFC 2047 4.2 */
    CODING_PLUS,          /* +2B, xtext of ESMTP parameters, RFC 3461 4 */
    CODING_DASH,          /* -2B, and _ for /: a URL inside urldefense's second form */
    CODINGS
};

enum {
    CODED_MIN = 8,   /* a@b.cd in base64 */
    CODED_MAX = 8192 /* letters of one run of base64 that are looked at: a whole URL's (LIMIT_URL) */
};

/* Whether s is worth a look under that coding: it has an escape of it, and where escapes look like anything, one of an
 * @ = : / or \. Always under CODING_NONE. */
bool coding_in(struct span s, enum coding c);
/* How many bytes of s the byte at i takes (1, or its whole escape), and what it is. */
size_t coding_step(enum coding c, struct span s, size_t i, uint8_t *byte);
/* s without its escapes: s itself under CODING_NONE, else in out (out->truncated: not all of it). */
struct span coding_undone(struct buf *out, struct span s, enum coding c);

/* Goes along a text and its view without the escapes: byte `view` of the one is made of byte `at` of the other. */
struct coding_walk {
    enum coding coding;
    struct span s;
    size_t at, view;
};
/* On to a byte of the view; where it is in the text. */
size_t coding_walk_to(struct coding_walk *w, size_t view);

/* Length of the run of letters and digits at `from`, CODED_MAX at most. An address in ASCII makes no + in base64 and,
 * but for ? and DEL, no /, and both may stand around it in a URL. */
size_t base64_run(struct span s, size_t from);
/* What run says, in out (CODED_MAX bytes are enough); bits that make no byte are left out. */
struct span base64_undone(uint8_t *out, struct span run);
void base64_done(struct buf *out, struct span s);

#endif
