/* SPDX-License-Identifier: Apache-2.0 */
/* unwrap: the URL inside a redirector's or link scanner's URL. */
#ifndef MXTAP_LINK_UNWRAP_H
#define MXTAP_LINK_UNWRAP_H

#include "decoders/link/url.h"

/* Puts the target of u, decoded, into out (emptied first). False when u is no redirector we know or names no target. */
bool unwrap(const struct url *u, struct buf *out);

#endif
