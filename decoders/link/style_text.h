/* SPDX-License-Identifier: Apache-2.0 */
/* style_text: a style element's text, pushed in pieces, parted into url() and the rest. */
#ifndef MXTAP_LINK_STYLE_TEXT_H
#define MXTAP_LINK_STYLE_TEXT_H

#include "decoders/base/limits.h"
#include "decoders/link/link_value.h"

struct style_events {
    void (*text)(void *ctx, struct span piece); /* outside url() */
    void (*border)(void *ctx);                  /* no word reaches over a url( */
    value_found found;
};

struct style_text {
    uint8_t last[3]; /* bytes before the next one */
    bool inside;     /* behind "url(" */
    struct buf url;  /* what stands in the brackets so far */
};

void style_text_init(struct style_text *s, struct mem *m);
void style_text_free(struct style_text *s);
void style_text_begin(struct style_text *s);
void style_text_push(struct style_text *s, struct span piece, const struct style_events *e, void *ctx);

#endif
