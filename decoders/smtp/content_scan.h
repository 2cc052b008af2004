/* SPDX-License-Identifier: Apache-2.0 */
/* content_scan: the vector search under the end of data: a dot at the start of a line, bare CR and
 * LF. */
#ifndef MXTAP_SMTP_CONTENT_SCAN_H
#define MXTAP_SMTP_CONTENT_SCAN_H

#include "decoders/base/bytes.h"

/* How the bytes seen so far end. */
enum line_break { BREAK_NONE, BREAK_CR, BREAK_LF, BREAK_CRLF };

enum { CONTENT_BARE_LF = 1, CONTENT_BARE_CR = 2 };

/*
 * Index of the first '.' behind a CR or LF (before: how the bytes in front of s ended), or s.n.
 * Bare CR and LF in front of it are added to *seen; a CR that ends s is the next call's to judge.
 */
size_t content_scan(struct span s, enum line_break before, unsigned *seen);
size_t content_scan_scalar(struct span s, enum line_break before, unsigned *seen);

/*
 * How many bytes at the front of s have nothing to be told of: no such dot, no bare CR or LF (but a CR that ends them). There may be more, but with
 * AVX-512 there are not.
 * On the way they are copied to `to` (room for s.n bytes, none of them in s), if that is not NULL; what is written behind them is anything.
 */
size_t content_scan_plain(struct span s, enum line_break before, uint8_t *to);

/* How s[0..n) ends, when what stood in front of it ended as before says. */
enum line_break content_break(struct span s, size_t n, enum line_break before);

#endif
