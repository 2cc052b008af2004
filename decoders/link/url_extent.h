/* SPDX-License-Identifier: Apache-2.0 */
/* url_extent: from the dot or colon that gave a URL in running text away to where it begins and ends. */
#ifndef MXTAP_LINK_URL_EXTENT_H
#define MXTAP_LINK_URL_EXTENT_H

#include "decoders/base/limits.h"
#include "decoders/link/suffix.h"

enum {
    EXTENT_BACK = 256,  /* bytes before the trigger that a decision may look at */
    EXTENT_SLACK = 64   /* bytes behind the longest URL that a decision may look at */
};

/* Text around a trigger. */
struct extent_view {
    struct span s;
    size_t floor;   /* what lies before belongs to an earlier URL */
    uint8_t before; /* the byte before s; 0 at the beginning of the text */
    bool final;     /* the text ends with s */
    const struct suffix *suffix;
};

enum extent_verdict {
    EXTENT_NONE, /* no URL: scanning goes on at next */
    EXTENT_URL,  /* one with a scheme */
    EXTENT_BARE, /* a host name under a real top-level domain, maybe with port and path */
    EXTENT_MORE  /* more text must be seen */
};

struct extent {
    size_t start, end;           /* the URL */
    size_t wrap_start, wrap_end; /* its second line, inside < >; equal where there is none */
    size_t next;                 /* where scanning goes on */
    bool too_long;               /* cut at LIMIT_URL: the rest of the word belongs to it */
};

/* A URL with a scheme whose colon stands at s.p[at]. */
enum extent_verdict extent_scheme(const struct extent_view *v, size_t at, struct extent *e);

/* A bare host name whose first dot, plain or defanged, stands at s.p[at]. */
enum extent_verdict extent_bare(const struct extent_view *v, size_t at, struct extent *e);

#endif
