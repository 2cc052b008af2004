/* SPDX-License-Identifier: Apache-2.0 */
/* visible_text: who wants to hear what HTML shows. */
#ifndef MXTAP_LINK_VISIBLE_TEXT_H
#define MXTAP_LINK_VISIBLE_TEXT_H

#include "decoders/base/bytes.h"

/* text: references decoded, in pieces, valid during the call; border: no word goes on (a block, a cell, lost bytes), told
 * where there was text since the last one. space: as text, n bytes of white space behind a border, or several such pieces. */
struct visible_text {
    void (*text)(void *ctx, struct span piece);
    void (*border)(void *ctx);
    void (*space)(void *ctx, size_t n);
    void (*last)(void *ctx, struct span piece); /* as text, and then border */
    void *ctx;
};

/* A page's way to its listener; to.text NULL: nobody listens. */
struct visible {
    struct visible_text to;
    bool showed;   /* it heard text since the last border */
    size_t spaces; /* bytes of white space that it has not heard of; 0 between pushes */
};

static inline void visible_border(struct visible *v)
{
    if (v->showed)
        v->to.border(v->to.ctx);
    v->showed = false;
}

static inline void visible_spaces(struct visible *v)
{
    if (v->spaces && v->to.text)
        v->to.space(v->to.ctx, v->spaces);
    v->spaces = 0;
}

static inline void visible_show(struct visible *v, struct span piece)
{
    if (!v->to.text)
        return;
    visible_spaces(v);
    v->showed = true;
    v->to.text(v->to.ctx, piece);
}

static inline void visible_last(struct visible *v, struct span piece)
{
    if (!v->to.text)
        return;
    visible_spaces(v);
    v->showed = false;
    v->to.last(v->to.ctx, piece);
}

#endif
