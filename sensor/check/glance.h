/* SPDX-License-Identifier: Apache-2.0 */
/* glance: what passes by, told from headers and first bytes: for `mxtap check`, before anything is captured for good. */
#ifndef MXTAP_CHECK_GLANCE_H
#define MXTAP_CHECK_GLANCE_H

#include "decoders/base/siphash.h"
#include "decoders/net/packet.h"
#include "sensor/intake/capture.h"

/* Counts of frames, and of connections of mail servers below; all since glance_new. */
struct glance_counts {
    uint64_t frames, mail;            /* frames; those of TCP from or to a mail port */
    uint64_t other;                   /* whole, and not of a mail port */
    uint64_t tagged, tunnelled;       /* of mail: under VLAN tags, in tunnels */
    uint64_t twice;                   /* of mail with payload: the segment before it once more, with the same IP id */
    uint64_t payloads;                /* of mail with payload */
    uint64_t fragments, cut, malformed, too_deep, link_type; /* frames that could not be looked into, by reason */
    uint64_t connections, connections_more; /* kept; frames of connections for which there was no room */
    int64_t first_us, last_us;        /* packet times; 0 where there was no frame */
    uint8_t vlan[4096 / 8];           /* outermost ids seen on mail, as bits */
};

/* One mail server, by the connections that were seen of it. */
struct glance_server {
    struct endpoint at;
    uint64_t packets[2];  /* to it, from it */
    uint64_t connections; /* of which were seen: */
    uint64_t both;        /* both sides */
    uint64_t one[2];      /* only what goes to it, only what comes from it, though the other side must have spoken */
    uint64_t encrypted;   /* that speak TLS */
    uint64_t readable;    /* that said something else, and never TLS */
};

struct glance;

/* ports: mail ports, sorted or not, borrowed for its life; key: random. NULL without memory. */
struct glance *glance_new(const uint16_t *ports, unsigned ports_n, const struct hash_key *key);
void glance_free(struct glance *l);

void glance_frame(struct glance *l, const struct frame *f);

const struct glance_counts *glance_counts(const struct glance *l);
/* Servers, those with most packets first; owned by l, until the next glance_frame. NULL without memory, or where *n is 0. */
const struct glance_server *glance_servers(struct glance *l, unsigned *n);

#endif
