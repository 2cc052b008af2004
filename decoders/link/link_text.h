/* SPDX-License-Identifier: Apache-2.0 */
/* link_text: the visible text of one anchor, white space folded. */
#ifndef MXTAP_LINK_LINK_TEXT_H
#define MXTAP_LINK_LINK_TEXT_H

#include "decoders/base/bytes.h"
#include "decoders/base/limits.h"

struct link_text {
    uint8_t bytes[2 * LIMIT_LINK_TEXT]; /* ASCII white space folded already */
    uint8_t alt[LIMIT_LINK_TEXT];       /* of the first image that has one */
    uint16_t n, alt_n;
    bool space; /* white space is due before the next byte */
};

void link_text_begin(struct link_text *t);
void link_text_add(struct link_text *t, struct span piece);
/* A border that shows as space: a block, a cell, a line break. */
void link_text_break(struct link_text *t);
void link_text_alt(struct link_text *t, struct span alt);

/* The text, or the image's where there is none: at most LIMIT_LINK_TEXT bytes of whole characters, no-break
 * spaces folded, zero-width characters dropped. Valid until the next call on t; n 0 when nothing shows. */
struct span link_text_end(struct link_text *t);

/* Index of the first byte at or after from that, by what stands next to it, may begin what shows as a space or not at all, or s.n. */
size_t link_text_hidden(struct span s, size_t from);
size_t link_text_hidden_scalar(struct span s, size_t from);

#endif
