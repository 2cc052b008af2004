/* SPDX-License-Identifier: Apache-2.0 */
/* share: whose a packet is, where several workers divide the traffic among them. */
#ifndef MXTAP_SENSOR_SHARE_H
#define MXTAP_SENSOR_SHARE_H

#include "decoders/net/packet.h"
#include "sensor/intake/capture.h"

/*
 * A connection is one worker's: the one its two innermost ends give, whichever way the packet goes and however it was
 * wrapped. Fragments and DNS are everybody's: no piece but the first tells its ports, and a mail's record asks what DNS said
 * before. The numbers are drawn for each run, so that nobody outside can choose a worker for his connections. It
 * is a multiplication and no SipHash, since the kernel must work out the same (intake/fanout): a stranger who guessed it
 * could make one worker slower than the others, and nothing else; no table is looked up by it.
 */
struct share {
    unsigned n;         /* workers; 0 or 1: everything is one's */
    uint32_t add, times[2]; /* drawn; both factors are odd */
};

/* False without randomness. */
bool share_draw(struct share *s, unsigned n);

enum { SHARE_EVERYBODY = 254, SHARE_NOBODY = 255 };

/* 0..n-1, SHARE_EVERYBODY, or SHARE_NOBODY: no connection, anybody may count it. is_dns: it is DNS that is read. */
unsigned share_whose(const struct share *s, const struct packet *p, enum packet_verdict v, bool is_dns);

/* What both ends of a connection add up to, before it is made a worker's number. */
uint32_t share_sum(const struct endpoint *a, const struct endpoint *b);
/* The worker of such a sum. */
static inline unsigned share_of(const struct share *s, uint32_t sum)
{
    uint32_t h = (sum + s->add) * s->times[0];

    h ^= h >> 16; /* ports that follow each other are the rule: one product alone would keep them together */
    h = (h * s->times[1]) >> 16;
    return s->n & (s->n - 1) ? h % s->n : h & (s->n - 1); /* a division takes longer than all the rest */
}

/* Bytes of tags in front of what is in the frame: two at most, as in a provider's network. */
static inline unsigned share_tags(const uint8_t *type, size_t n)
{
    enum { TAG = 4, TAGS = 2, CUSTOMER = 0x8100, PROVIDER = 0x88a8 };
    unsigned at = 0;

    while (at < TAGS * TAG && at + TAG + 2 <= n && (be16(type + at) == CUSTOMER || be16(type + at) == PROVIDER))
        at += TAG;
    return at;
}

/* Most frames are plain IPv4 TCP in Ethernet, tagged or not (VLAN), whole in their headers, and for them the sum is told without taking
 * them apart: packet_decode would say PACKET_TCP, no tunnel, and these ends. False for all others. */
static inline bool share_plain(const struct frame *f, uint32_t *sum)
{
    enum { IP = 14, TCP = IP + 20, LEAST = TCP + 20, TYPE = 12, IPV4 = 0x0800, NO_OPTIONS = 0x45, FRAGMENT = 0x3fff };
    const uint8_t *b = f->bytes.p;
    size_t n = f->bytes.n;
    uint32_t total, header;

    if (f->link_type != LINK_ETHERNET || n < LEAST)
        return false;
    if (be16(b + TYPE) != IPV4) {
        unsigned tags = share_tags(b + TYPE, n - TYPE);

        b += tags;
        if (n < tags + LEAST || be16(b + TYPE) != IPV4)
            return false;
    }
    if (b[IP] != NO_OPTIONS || b[IP + 9] != 6 || (be16(b + IP + 6) & FRAGMENT))
        return false;
    total = be16(b + IP + 2);
    header = (b[TCP + 12] >> 4) * 4u;
    if (total < LEAST - IP || header < 20 || header > total - 20)
        return false;
    *sum = be32(b + IP + 12) + be32(b + IP + 16) + be16(b + TCP) + be16(b + TCP + 2);
    return true;
}

#endif
