/* SPDX-License-Identifier: Apache-2.0 */
/* content_lines: the text of calendars and address cards (RFC 5545 3.1, RFC 6350 3.2) as their readers see it. */
#ifndef MXTAP_LINK_CONTENT_LINES_H
#define MXTAP_LINK_CONTENT_LINES_H

#include "decoders/base/bytes.h"

/* piece: valid during the call. */
typedef void (*content_out)(void *ctx, struct span piece);

struct content_lines {
    uint8_t held; /* enum held */
};

void content_lines_begin(struct content_lines *c);
/* Hands text on with folded lines (a line end and a blank) joined and the escapes \n \, \; \\ undone. */
void content_lines_push(struct content_lines *c, struct span text, content_out out, void *ctx);
/* The text ends: what is held is handed on as written. */
void content_lines_end(struct content_lines *c, content_out out, void *ctx);

#endif
