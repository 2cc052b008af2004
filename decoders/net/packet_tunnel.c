/* SPDX-License-Identifier: Apache-2.0 */
/* packet_tunnel: GRE, ERSPAN, VXLAN and GENEVE: mirrors and overlays that carry frames in IP. */
#include "decoders/net/packet_layers.h"

enum gre_flag {
    GRE_CHECKSUM = 0x8000,
    GRE_ROUTING = 0x4000,
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_ACK = 0x0080,
    GRE_VERSION = 7
};

static size_t gre_length(uint16_t flags)
{
    bool acks = (flags & GRE_VERSION) == 1 && (flags & GRE_ACK);

    return 4u + (flags & GRE_CHECKSUM ? 4 : 0) + (flags & GRE_KEY ? 4 : 0) +
           (flags & GRE_SEQUENCE ? 4 : 0) + (acks ? 4 : 0);
}

/* RFC 2784, RFC 2890; version 1 is PPTP's (RFC 2637). Source routes of RFC 1701 are long gone. */
enum layer peel_gre(struct peel *x)
{
    uint16_t flags;
    size_t n;

    if (x->rest.n < 4)
        return peel_short(x, 4);
    if (!peel_tunnel(x))
        return LAYER_DONE;
    flags = be16(x->rest.p);
    x->type = be16(x->rest.p + 2);
    n = gre_length(flags);
    if ((flags & GRE_ROUTING) || (flags & GRE_VERSION) > 1)
        return peel_done(x, PACKET_MALFORMED);
    if (x->rest.n < n)
        return peel_short(x, n);
    peel_skip(x, n);
    if (x->type == ETHERTYPE_ERSPAN_2) /* type I has no sequence number and no header */
        return flags & GRE_SEQUENCE ? LAYER_ERSPAN_2 : LAYER_ETHERNET;
    return x->type == ETHERTYPE_ERSPAN_3 ? LAYER_ERSPAN_3 : LAYER_ETHERTYPE;
}

enum layer peel_erspan_2(struct peel *x)
{
    if (x->rest.n < 8)
        return peel_short(x, 8);
    peel_skip(x, 8);
    return LAYER_ETHERNET;
}

/* 12 bytes; the last word's O bit adds a platform header of 8, its FT field says Ethernet or IP. */
enum layer peel_erspan_3(struct peel *x)
{
    uint16_t word;
    size_t n;

    if (x->rest.n < 12)
        return peel_short(x, 12);
    word = be16(x->rest.p + 10);
    n = word & 1 ? 20 : 12;
    if (x->rest.n < n)
        return peel_short(x, n);
    peel_skip(x, n);
    return (word >> 10 & 31) == 2 ? LAYER_IP : LAYER_ETHERNET;
}

/* RFC 7348; the caller looked at the flags. */
enum layer peel_vxlan(struct peel *x)
{
    if (!peel_tunnel(x))
        return LAYER_DONE;
    peel_skip(x, 8);
    return LAYER_ETHERNET;
}

/* RFC 8926 */
enum layer peel_geneve(struct peel *x)
{
    size_t n = 8u + (x->rest.p[0] & 63) * 4u;

    if (!peel_tunnel(x))
        return LAYER_DONE;
    if (x->rest.n < n)
        return peel_short(x, n);
    x->type = be16(x->rest.p + 2);
    peel_skip(x, n);
    return LAYER_ETHERTYPE;
}

/* A port alone proves nothing: a client may take it for its DNS queries. The headers' fixed bits
 * decide. */
enum layer tunnel_of_udp(uint16_t src_port, uint16_t dst_port, struct span payload)
{
    if (payload.n < 8 || src_port == 53)
        return LAYER_DONE;
    switch (dst_port) {
    case 4789:
    case 8472: /* Linux before the port was assigned */
        return (payload.p[0] & 8) && !payload.p[7] ? LAYER_VXLAN : LAYER_DONE;
    case 6081:
        return !(payload.p[0] >> 6) && !(payload.p[1] & 63) && !payload.p[7] ? LAYER_GENEVE
                                                                             : LAYER_DONE;
    default:
        return LAYER_DONE;
    }
}
