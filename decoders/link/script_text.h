/* SPDX-License-Identifier: Apache-2.0 */
/* script_text: the text of a script with the escapes undone that hide a URL in its strings. */
#ifndef MXTAP_LINK_SCRIPT_TEXT_H
#define MXTAP_LINK_SCRIPT_TEXT_H

#include "decoders/base/bytes.h"

/* piece: valid during the call. */
typedef void (*script_out)(void *ctx, struct span piece);

struct script_text {
    uint8_t held[8]; /* an escape that is not complete */
    uint8_t held_n;
};

void script_text_begin(struct script_text *s);
/* Hands piece on with \/ \xHH and \uHHHH of ASCII as the characters they mean; other escapes as written. */
void script_text_push(struct script_text *s, struct span piece, script_out out, void *ctx);
/* The script ends: what is held is handed on as written. */
void script_text_end(struct script_text *s, script_out out, void *ctx);

#endif
