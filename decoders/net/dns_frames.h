/* SPDX-License-Identifier: Apache-2.0 */
/* dns_frames: the DNS messages of one direction of a TCP connection, each behind its length (RFC 1035 4.2.2). */
#ifndef MXTAP_NET_DNS_FRAMES_H
#define MXTAP_NET_DNS_FRAMES_H

#include "decoders/base/bytes.h"

/*
 * Invariant: held is the front of one message with its two bytes of length, and never as much as a whole one; it
 * grows with the bytes that came, so that a length alone costs nothing.
 */
struct dns_frames {
    struct buf held;
    bool lost; /* bytes are missing: nobody knows where a message begins */
};

/* message: valid during the call only; in place where it came in one piece. */
typedef void (*dns_frames_fn)(void *ctx, struct span message);

/* m is borrowed until dns_frames_free. */
void dns_frames_init(struct dns_frames *f, struct mem *m);
/* Any bytes in any pieces; each whole message is told as it ends. */
void dns_frames_push(struct dns_frames *f, struct span bytes, dns_frames_fn tell, void *ctx);
/* Bytes are missing: nothing more is told. */
void dns_frames_gap(struct dns_frames *f);
void dns_frames_free(struct dns_frames *f);

#endif
