/* SPDX-License-Identifier: Apache-2.0 */
/* first_packets: the packets a connection began with, kept until nDPI has named it. They may hold what AUTH said. */
#ifndef MXTAP_FLOWS_FIRST_PACKETS_H
#define MXTAP_FLOWS_FIRST_PACKETS_H

#include "decoders/base/squeeze.h"
#include "decoders/net/packet.h"

enum {
    FIRST_PACKETS = 12,         /* with payload */
    FIRST_PACKETS_BYTES = 4096, /* of all of them, from their IP headers on */
    FIRST_PACKETS_BRIEF = 256   /* bytes of one that is told in brief */
};

/* bytes comes last: what lies behind the first `kept` of them is not written and need not be wiped. */
struct first_packets {
    unsigned n;
    size_t kept; /* bytes */
    struct {
        uint16_t n, brief; /* bytes; brief: of them, what a mail dissector needs */
        uint64_t ms;
    } packet[FIRST_PACKETS];
    uint8_t bytes[FIRST_PACKETS_BYTES];
};

/* One more, ip being p's from its IP header on. False: there is no room, and nothing changed. */
bool first_packets_add(struct first_packets *k, const struct packet *p, struct span ip, uint64_t ms);
/*
 * Packet i, which begins at byte `at`, as far as a mail dissector needs it. nDPI's asks of each line, with more than thirty
 * comparisons, what it says; those of a reply to EHLO all say 250, so the first of them is enough. Points into k, or into
 * room where the packet was cut: then its header says that it is no longer, since nDPI takes none that was cut.
 */
struct span first_packets_brief(const struct first_packets *k, unsigned i, size_t at, uint8_t room[FIRST_PACKETS_BRIEF]);

/*
 * They are the three that a mail session usually begins with: a banner (220), EHLO or HELO, and its reply (250), each in whole lines.
 * nDPI's mail dissector counts kinds of lines, whoever says them, and names what has three of them. It looks addresses and names up
 * among forty thousand networks and its providers, which may be added to the name of a protocol but make no other of it: so what it
 * calls these three is certain. False where they are anything else, or nDPI might see another reason to pass one by: out of order, cut,
 * with flags or headers that are rare.
 */
bool first_packets_greet(const struct first_packets *k);

void first_packets_fold(struct squeezed *out, const struct first_packets *k);
/* k is zeroed but for its bytes. */
void first_packets_unfold(struct span *in, struct first_packets *k);

#endif
