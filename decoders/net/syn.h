/* SPDX-License-Identifier: Apache-2.0 */
/* syn: what a client's SYN tells about its host, in 24 bytes; written as p0f 3 writes it. */
#ifndef MXTAP_NET_SYN_H
#define MXTAP_NET_SYN_H

#include "decoders/net/packet.h"

/* In the order in which they are written. */
#define SYN_QUIRKS(X) \
    X(DF, "df")       /* IPv4: do not fragment */                          \
    X(ID_SET, "id+")  /* and an identification all the same */             \
    X(ID_ZERO, "id-") /* IPv4: may be fragmented, but has none */          \
    X(ECN, "ecn")     /* congestion notification, in IP or TCP */          \
    X(ZERO, "0+")     /* IPv4: the flag that must be zero is set */        \
    X(FLOW, "flow")   /* IPv6: a flow label */                             \
    X(SEQ, "seq-")    /* sequence number 0 */                              \
    X(ACK, "ack+")    /* an acknowledgement number, but no ACK flag */     \
    X(UPTR, "uptr+")  /* an urgent pointer, but no URG flag */             \
    X(URG, "urgf+")                                                        \
    X(PUSH, "pushf+")                                                      \
    X(TS1, "ts1-")    /* its own time stamp is 0 */                        \
    X(TS2, "ts2+")    /* the peer's is not */                              \
    X(OPT, "opt+")    /* something stands behind the end of the options */ \
    X(EXWS, "exws")   /* window scale above 14 (RFC 7323 2.3) */           \
    X(BAD, "bad")     /* an option's length is wrong, or it is cut off */

enum syn_quirk {
#define X(symbol, name) SYN_QUIRK_##symbol,
    SYN_QUIRKS(X)
#undef X
        SYN_QUIRK_COUNT
};

/*
 * Kept for each connection, so it is small. All zero: no SYN was seen. The order of the options stands in half-bytes
 * of layout, items of them used: enum syn_option; SYN_OTHER and SYN_EOL are followed by two for the option's number
 * and for the bytes behind the end. What does not fit (a dozen bytes hold every stack's) is not in it: cut.
 */
struct syn {
    uint32_t quirks : 24; /* bits of enum syn_quirk */
    uint32_t seen : 1, six : 1, payload : 1, cut : 1;
    uint16_t mss, window; /* mss 0: no such option */
    uint8_t ttl;          /* as it came */
    uint8_t scale;
    uint8_t olen;         /* of IPv4 options or IPv6 extension headers, in units of 4 bytes; 255: that or more */
    uint8_t items;
    uint8_t layout[12];
};

/* p: a PACKET_TCP with SYN and without ACK. False, and s untouched, where the capture cut its options off: the rest
 * would not say whose it is. */
bool syn_read(struct syn *s, const struct packet *p);

/* The value nearest above that systems begin with: 32, 64, 128, 255. */
unsigned syn_initial_ttl(const struct syn *s);

/*
 * ver:ittl:olen:mss:wsize,scale:olayout:quirks:pclass, as https://lcamtuf.coredump.cx/p0f3/README describes it, with
 * the guessed initial TTL alone (p0f's raw form adds the distance). Of a layout that was cut, "..." is the last item.
 * Returns its length; out is not NUL-terminated.
 */
enum { SYN_TEXT = 320 };
size_t syn_signature(const struct syn *s, uint8_t out[SYN_TEXT]);

/* The family of systems whose SYN looks like that, coarsely; static, NULL where none or several do. A relay or a
 * proxy in front shows its own. */
const char *syn_guess(const struct syn *s);

#endif
