/* SPDX-License-Identifier: Apache-2.0 */
/* packet_layers: the steps between packet.c and the headers it peels; nobody else includes this. */
#ifndef MXTAP_NET_PACKET_LAYERS_H
#define MXTAP_NET_PACKET_LAYERS_H

#include "decoders/net/packet.h"

/* What the next header is. Each has one function that peels it and says what follows: no recursion,
 * so a frame of tunnels in tunnels costs stack for one. */
enum layer {
    LAYER_ETHERNET,
    LAYER_COOKED_1,  /* Linux cooked, DLT_LINUX_SLL */
    LAYER_COOKED_2,  /* DLT_LINUX_SLL2 */
    LAYER_LOOPBACK,  /* address family in four bytes of either order */
    LAYER_ETHERTYPE, /* type says what rest is */
    LAYER_LLC,
    LAYER_MPLS,
    LAYER_PPPOE,
    LAYER_PPP,
    LAYER_IP,        /* version by the first four bits: raw IP, MPLS */
    LAYER_IPV4,
    LAYER_IPV6,
    LAYER_PROTOCOL,  /* type is an IANA protocol number */
    LAYER_TCP,
    LAYER_UDP,
    LAYER_AH,
    LAYER_GRE,
    LAYER_ERSPAN_2,
    LAYER_ERSPAN_3,
    LAYER_VXLAN,
    LAYER_GENEVE,
    LAYER_DONE,      /* verdict is set */
    LAYERS
};

enum ethertype {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_BRIDGED = 0x6558, /* an Ethernet frame: GRE, GENEVE */
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_PPP = 0x880b,
    ETHERTYPE_MPLS = 0x8847,
    ETHERTYPE_MPLS_UPSTREAM = 0x8848,
    ETHERTYPE_PPPOE_SESSION = 0x8864,
    ETHERTYPE_ERSPAN_2 = 0x88be, /* and type I, which has no header of its own */
    ETHERTYPE_ERSPAN_3 = 0x22eb
};

enum ip_protocol {
    PROTOCOL_HOP_BY_HOP = 0,
    PROTOCOL_IPV4 = 4,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_IPV6 = 41,
    PROTOCOL_ROUTING = 43,
    PROTOCOL_FRAGMENT = 44,
    PROTOCOL_GRE = 47,
    PROTOCOL_AH = 51,
    PROTOCOL_NO_NEXT = 59,
    PROTOCOL_DESTINATION = 60,
    PROTOCOL_MOBILITY = 135,
    PROTOCOL_MPLS = 137,
    PROTOCOL_HIP = 139,
    PROTOCOL_SHIM6 = 140
};

/* Invariant: rest are the captured bytes from the next header on, wire their number on the wire;
 * wire >= rest.n always. */
struct peel {
    struct packet *p;
    struct span rest;
    uint32_t wire;
    uint32_t type;
    unsigned options;
    bool sum_unknown; /* a routing header or TSO: the transport checksum cannot be checked */
    enum packet_verdict verdict;
};

static inline enum layer peel_done(struct peel *x, enum packet_verdict v)
{
    x->verdict = v;
    return LAYER_DONE;
}

/* A header of n bytes is not all there: cut by the capture, or never sent whole. */
static inline enum layer peel_short(struct peel *x, size_t n)
{
    return peel_done(x, x->wire < n ? PACKET_MALFORMED : PACKET_TRUNCATED);
}

/* n <= rest.n */
static inline void peel_skip(struct peel *x, size_t n)
{
    x->rest.p += n;
    x->rest.n -= n;
    x->wire -= (uint32_t)n;
}

/* What follows is n bytes long by its own header; what is captured behind that is padding. More
 * than the frame had on the wire is believed too: mirrors that slice frames do not tell. */
static inline void peel_length(struct peel *x, uint32_t n)
{
    if (n < x->rest.n)
        x->rest.n = n;
    x->wire = n;
}

/* One more tunnel: false where the cap is reached and the verdict was set. */
static inline bool peel_tunnel(struct peel *x)
{
    if (x->p->encapsulations >= LIMIT_ENCAPSULATIONS) {
        x->verdict = PACKET_TOO_DEEP;
        return false;
    }
    x->p->encapsulations++;
    return true;
}

typedef enum layer (*peel_layer)(struct peel *);

/* packet_link.c */
enum layer peel_ethernet(struct peel *x);
enum layer peel_cooked_1(struct peel *x);
enum layer peel_cooked_2(struct peel *x);
enum layer peel_loopback(struct peel *x);
enum layer peel_ethertype(struct peel *x);
enum layer peel_llc(struct peel *x);
enum layer peel_mpls(struct peel *x);
enum layer peel_pppoe(struct peel *x);
enum layer peel_ppp(struct peel *x);

/* packet_ip.c */
enum layer peel_ip(struct peel *x);
enum layer peel_ipv4(struct peel *x);
enum layer peel_ipv6(struct peel *x);
enum layer peel_protocol(struct peel *x);
enum layer peel_tcp(struct peel *x);
enum layer peel_udp(struct peel *x);
enum layer peel_ah(struct peel *x);

/* packet_tunnel.c */
enum layer peel_gre(struct peel *x);
enum layer peel_erspan_2(struct peel *x);
enum layer peel_erspan_3(struct peel *x);
enum layer peel_vxlan(struct peel *x);
enum layer peel_geneve(struct peel *x);
/* The tunnel that a UDP datagram to this port with this payload is, or LAYER_DONE: none. */
enum layer tunnel_of_udp(uint16_t src_port, uint16_t dst_port, struct span payload);

/* packet_sum.c: RFC 1071. Both are true where the sum is right. */
bool sum_ipv4_header(struct span header);
bool sum_transport(const struct packet *p, uint8_t protocol, struct span segment);

#endif
