/* SPDX-License-Identifier: Apache-2.0 */
/* columns: text of strangers cut and padded to columns of a terminal, full-width characters
 * included. */
#ifndef MXTAP_PUBLISH_COLUMNS_H
#define MXTAP_PUBLISH_COLUMNS_H

#include "decoders/base/bytes.h"

/*
 * Appends s, escaped (decoders/base/escape.h), in at most width columns: what is longer is cut at a
 * character and ends in "…". pad: blanks up to width. Widths are wcwidth's: the program's LC_CTYPE
 * is UTF-8.
 */
void columns_add(struct buf *out, struct span s, unsigned width, bool pad);
/* The same for text that was escaped before (what Redis holds): its '\\' stays as it is. */
void columns_add_stored(struct buf *out, struct span s, unsigned width, bool pad);

/* Text of our own in at least width columns, blanks behind it or before it; what is longer stays whole. */
void columns_label(struct buf *out, const char *text, unsigned width);
void columns_label_right(struct buf *out, const char *text, unsigned width);

#endif
