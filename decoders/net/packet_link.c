/* SPDX-License-Identifier: Apache-2.0 */
/* packet_link: link headers down to IP: Ethernet with VLAN tags, cooked, loopback, LLC, MPLS,
 * PPPoE. */
#include "decoders/net/packet_layers.h"

enum layer peel_ethernet(struct peel *x)
{
    if (x->rest.n < 14)
        return peel_short(x, 14);
    x->type = be16(x->rest.p + 12);
    peel_skip(x, 14);
    return LAYER_ETHERTYPE;
}

enum layer peel_cooked_1(struct peel *x)
{
    if (x->rest.n < 16)
        return peel_short(x, 16);
    x->type = be16(x->rest.p + 14);
    peel_skip(x, 16);
    return LAYER_ETHERTYPE;
}

enum layer peel_cooked_2(struct peel *x)
{
    if (x->rest.n < 20)
        return peel_short(x, 20);
    x->type = be16(x->rest.p);
    peel_skip(x, 20);
    return LAYER_ETHERTYPE;
}

/* DLT_NULL writes the family in the byte order of the machine that captured, DLT_LOOP in network
 * order; AF_INET6 is 10, 24, 28 or 30, by system. */
enum layer peel_loopback(struct peel *x)
{
    uint32_t family;

    if (x->rest.n < 4)
        return peel_short(x, 4);
    family = be32(x->rest.p);
    if (family & 0xffff0000)
        family = __builtin_bswap32(family);
    peel_skip(x, 4);
    switch (family) {
    case 2:
        return LAYER_IPV4;
    case 10:
    case 24:
    case 28:
    case 30:
        return LAYER_IPV6;
    default:
        return peel_done(x, PACKET_NOT_IP);
    }
}

static bool is_vlan_tag(uint32_t ethertype)
{
    switch (ethertype) {
    case 0x8100: /* 802.1Q */
    case 0x88a8: /* 802.1ad */
    case 0x9100: /* QinQ before it had a standard */
    case 0x9200:
    case 0x9300:
        return true;
    default:
        return false;
    }
}

/* Any number of tags; those over the cap are passed but not kept. */
static bool skip_vlan_tags(struct peel *x)
{
    while (is_vlan_tag(x->type)) {
        if (x->rest.n < 4)
            return false;
        if (x->p->vlans < LIMIT_VLAN_TAGS)
            x->p->vlan[x->p->vlans++] = be16(x->rest.p) & 0xfff;
        x->type = be16(x->rest.p + 2);
        peel_skip(x, 4);
    }
    return true;
}

enum layer peel_ethertype(struct peel *x)
{
    if (!skip_vlan_tags(x))
        return peel_short(x, 4);
    switch (x->type) {
    case ETHERTYPE_IPV4:
        return LAYER_IPV4;
    case ETHERTYPE_IPV6:
        return LAYER_IPV6;
    case ETHERTYPE_MPLS:
    case ETHERTYPE_MPLS_UPSTREAM:
        return LAYER_MPLS;
    case ETHERTYPE_PPPOE_SESSION:
        return LAYER_PPPOE;
    case ETHERTYPE_BRIDGED:
        return LAYER_ETHERNET;
    case ETHERTYPE_PPP:
        return LAYER_PPP;
    default:
        /* At most 1500 is an 802.3 length; cooked captures write 4 for LLC. */
        return x->type <= 1500 && x->type != 1 ? LAYER_LLC : peel_done(x, PACKET_NOT_IP);
    }
}

/* SNAP with an Ethernet type in it (RFC 1042); everything else on LLC is not IP. */
enum layer peel_llc(struct peel *x)
{
    static const uint8_t snap[6] = {0xaa, 0xaa, 3, 0, 0, 0};

    if (x->rest.n < 8)
        return x->wire < 8 ? peel_done(x, PACKET_NOT_IP) : peel_short(x, 8);
    if (memcmp(x->rest.p, snap, sizeof(snap)) != 0 || be16(x->rest.p + 6) <= 1500)
        return peel_done(x, PACKET_NOT_IP);
    x->type = be16(x->rest.p + 6);
    peel_skip(x, 8);
    return LAYER_ETHERTYPE;
}

static bool may_lead_to_ip(uint32_t ethertype)
{
    return ethertype == ETHERTYPE_IPV4 || ethertype == ETHERTYPE_IPV6 || is_vlan_tag(ethertype) ||
           ethertype == ETHERTYPE_MPLS || ethertype == ETHERTYPE_PPPOE_SESSION;
}

/* Nothing in MPLS says what it carries: an IP version in the first four bits is believed where
 * the length agrees. Else it is a pseudowire's Ethernet frame, behind a control word that begins
 * with four zero bits (RFC 4385), or without one, and then its first bits may be zero all the
 * same. */
static enum layer behind_labels(struct peel *x)
{
    const uint8_t *b = x->rest.p;

    if (x->rest.n < 20)
        return peel_short(x, 20);
    if (b[0] >> 4 == 4 && (b[0] & 15) >= 5 && be16(b + 2) <= x->wire)
        return LAYER_IPV4;
    if (b[0] >> 4 == 6 && (uint32_t)be16(b + 4) + 40 <= x->wire)
        return LAYER_IPV6;
    if (b[0] >> 4 == 0 && may_lead_to_ip(be16(b + 16)))
        peel_skip(x, 4);
    return LAYER_ETHERNET;
}

enum layer peel_mpls(struct peel *x)
{
    bool bottom;

    if (!peel_tunnel(x))
        return LAYER_DONE;
    do {
        if (x->rest.n < 4)
            return peel_short(x, 4);
        bottom = x->rest.p[2] & 1;
        peel_skip(x, 4);
    } while (!bottom);
    return behind_labels(x);
}

enum layer peel_pppoe(struct peel *x)
{
    uint16_t length;

    if (x->rest.n < 6)
        return peel_short(x, 6);
    if (!peel_tunnel(x))
        return LAYER_DONE;
    if (x->rest.p[0] != 0x11 || x->rest.p[1] != 0)
        return peel_done(x, PACKET_NOT_IP);
    length = be16(x->rest.p + 4);
    peel_skip(x, 6);
    peel_length(x, length);
    return LAYER_PPP;
}

/* Address and control may be left out, and the protocol number's zero byte too (RFC 1661 6.5,
 * 6.6). */
enum layer peel_ppp(struct peel *x)
{
    uint32_t protocol;

    if (x->rest.n >= 2 && x->rest.p[0] == 0xff && x->rest.p[1] == 3)
        peel_skip(x, 2);
    if (x->rest.n < 2)
        return peel_short(x, 2);
    protocol = x->rest.p[0];
    if (protocol & 1) {
        peel_skip(x, 1);
    } else {
        protocol = be16(x->rest.p);
        peel_skip(x, 2);
    }
    switch (protocol) {
    case 0x0021:
        return LAYER_IPV4;
    case 0x0057:
        return LAYER_IPV6;
    case 0x0281:
    case 0x0283:
        return LAYER_MPLS;
    default:
        return peel_done(x, PACKET_NOT_IP);
    }
}
