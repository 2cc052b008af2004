/* SPDX-License-Identifier: Apache-2.0 */
/* visible_text: who wants to hear what HTML shows. */
#ifndef MXTAP_LINK_VISIBLE_TEXT_H
#define MXTAP_LINK_VISIBLE_TEXT_H

#include "decoders/base/bytes.h"

/* text: references decoded, in pieces, valid during the call; border: no word goes on (a block, a cell, lost bytes). */
struct visible_text {
    void (*text)(void *ctx, struct span piece);
    void (*border)(void *ctx);
    void *ctx;
};

#endif
