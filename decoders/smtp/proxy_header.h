/* SPDX-License-Identifier: Apache-2.0 */
/* proxy_header: HAProxy's PROXY protocol, versions 1 and 2, at the start of a client's stream. */
#ifndef MXTAP_SMTP_PROXY_HEADER_H
#define MXTAP_SMTP_PROXY_HEADER_H

#include "decoders/base/endpoint.h"

enum proxy_step {
    PROXY_MORE, /* all was taken, the header is not whole yet */
    PROXY_NONE, /* this is no header: what was taken before is in seen[0..n) */
    PROXY_DONE  /* *in is what follows; client is set unless family is 0 (LOCAL, UNKNOWN) */
};

enum { PROXY_V1_MAX = 107, PROXY_V2_HEAD = 16, PROXY_V2_ADDRESSES = 36 };

/* Invariant: seen[0..n) is the stream's start so far; skip counts a v2 header's bytes still to
 * pass. */
struct proxy_header {
    uint8_t seen[PROXY_V1_MAX];
    uint8_t n;
    uint16_t skip;
    struct endpoint client;
};

/* p zeroed before the first call. */
enum proxy_step proxy_header_take(struct proxy_header *p, struct span *in);

#endif
