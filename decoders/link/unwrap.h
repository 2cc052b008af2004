/* SPDX-License-Identifier: Apache-2.0 */
/* unwrap: the URL inside a redirector's or link scanner's URL. */
#ifndef MXTAP_LINK_UNWRAP_H
#define MXTAP_LINK_UNWRAP_H

#include "decoders/link/url.h"

/* Which ends of host names are in the table of redirectors: tells most hosts from it at once. Built by its
 * owner, once (decoders hold no globals). */
struct unwrapper {
    uint64_t ends[64];      /* a bit by hash of the last bytes, of short names */
    uint64_t long_ends[64]; /* of the others by more bytes */
    bool open_path[256]; /* by the two bytes behind the slash in the paths of names that end in * */
};

void unwrap_init(struct unwrapper *w);

/* Puts the target of u, decoded, into out (emptied first). False when u is no redirector we know or names no
 * target. */
bool unwrap(const struct unwrapper *w, const struct url *u, struct buf *out);

/* False: unwrap finds nothing in u, which most often is known at once. */
bool unwrap_possible(const struct unwrapper *w, const struct url *u);

#endif
