/* SPDX-License-Identifier: Apache-2.0 */
/* url_tail: where a URL in running text ends, once its beginning is known. */
#ifndef MXTAP_LINK_URL_TAIL_H
#define MXTAP_LINK_URL_TAIL_H

#include "decoders/link/url_extent.h"

enum tail_part { TAIL_HOST, TAIL_PATH };

/* Reads on from byte from, which is in the given part of the URL that starts at start; sets e->end, next,
 * too_long and the wrapped line. False when more text must be seen. */
bool url_tail(const struct extent_view *v, size_t start, size_t from, enum tail_part part, struct extent *e);

#endif
