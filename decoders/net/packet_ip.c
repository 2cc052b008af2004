/* SPDX-License-Identifier: Apache-2.0 */
/* packet_ip: IPv4, IPv6 with its extension headers, TCP and UDP. */
#include "decoders/net/packet_layers.h"

enum layer peel_ip(struct peel *x)
{
    if (!x->rest.n)
        return peel_short(x, 1);
    switch (x->rest.p[0] >> 4) {
    case 4:
        return LAYER_IPV4;
    case 6:
        return LAYER_IPV6;
    default:
        return peel_done(x, PACKET_NOT_IP);
    }
}

static void set_addresses(struct packet *p, uint8_t family, const uint8_t *src, const uint8_t *dst)
{
    size_t n = family == 4 ? 4 : 16;

    p->src = p->dst = (struct endpoint){0};
    p->src.ip.family = p->dst.ip.family = family;
    memcpy(p->src.ip.b, src, n);
    memcpy(p->dst.ip.b, dst, n);
}

/* What is left is the payload of p. */
static enum layer end_with_payload(struct peel *x, enum packet_verdict v)
{
    x->p->payload = x->rest;
    x->p->payload_wire = x->wire;
    if (x->wire > x->rest.n)
        anomaly_raise(&x->p->anomalies, ANOMALY_IP_TRUNCATED);
    return peel_done(x, v);
}

static enum layer end_with_fragment(struct peel *x, uint32_t id, uint32_t offset, bool more)
{
    x->p->fragment.id = id;
    x->p->fragment.offset = offset;
    x->p->fragment.more = more;
    x->p->fragment.protocol = (uint8_t)x->type;
    x->p->protocol = (uint8_t)x->type;
    if (!x->wire || offset + x->wire > 65535)
        return peel_done(x, PACKET_MALFORMED); /* RFC 1122 3.3.2, "ping of death" */
    return end_with_payload(x, PACKET_FRAGMENT);
}

enum layer peel_ipv4(struct peel *x)
{
    const uint8_t *h = x->rest.p;
    uint32_t header, total, fragment;

    if (x->rest.n < 20)
        return peel_short(x, 20);
    header = (h[0] & 15) * 4u;
    total = be16(h + 2);
    if (!total) { /* segmentation offload: the card would have filled it in */
        total = x->wire;
        x->sum_unknown = true;
    }
    if (h[0] >> 4 != 4 || header < 20 || total < header)
        return peel_done(x, PACKET_MALFORMED);
    if (x->rest.n < header)
        return peel_short(x, header);
    if ((x->options & PACKET_CHECK_SUMS) && !x->sum_unknown && !sum_ipv4_header(span_of(h, header)))
        return peel_done(x, PACKET_CHECKSUM);
    peel_length(x, total);
    x->p->ip = x->rest;
    set_addresses(x->p, 4, h + 12, h + 16);
    x->p->ip_id = be16(h + 4);
    x->p->ttl = h[8];
    x->type = h[9];
    peel_skip(x, header);
    fragment = be16(h + 6);
    if (fragment & 0x3fff)
        return end_with_fragment(x, be16(h + 4), (fragment & 0x1fff) * 8, fragment & 0x2000);
    return LAYER_PROTOCOL;
}

/* The length of the extension header at b (2 bytes readable), 0 where protocol is none (RFC 8200
 * 4). */
static uint32_t extension_length(uint32_t protocol, const uint8_t *b)
{
    switch (protocol) {
    case PROTOCOL_HOP_BY_HOP:
    case PROTOCOL_ROUTING:
    case PROTOCOL_DESTINATION:
    case PROTOCOL_MOBILITY:
    case PROTOCOL_HIP:
    case PROTOCOL_SHIM6:
        return (b[1] + 1u) * 8;
    case PROTOCOL_FRAGMENT:
        return 8;
    default:
        return 0;
    }
}

static bool is_extension(uint32_t protocol)
{
    static const uint8_t any[2] = {0};

    return extension_length(protocol, any) != 0;
}

/* One extension header: LAYER_PROTOCOL to go on, LAYER_DONE with a verdict. */
static enum layer skip_extension(struct peel *x)
{
    const uint8_t *b = x->rest.p;
    uint32_t kind = x->type, n;

    if (x->rest.n < 8)
        return peel_short(x, 8);
    n = extension_length(kind, b);
    if (x->rest.n < n)
        return peel_short(x, n);
    if (kind == PROTOCOL_ROUTING && b[3])
        x->sum_unknown = true; /* the sum is over the final address */
    x->type = b[0];
    peel_skip(x, n);
    /* An atomic fragment (RFC 6946) is a whole packet. */
    if (kind == PROTOCOL_FRAGMENT && (be16(b + 2) & 0xfff9))
        return end_with_fragment(x, be32(b + 4), be16(b + 2) & 0xfff8, b[3] & 1);
    return LAYER_PROTOCOL;
}

enum layer peel_ipv6(struct peel *x)
{
    const uint8_t *h = x->rest.p;
    uint32_t length;

    if (x->rest.n < 40)
        return peel_short(x, 40);
    if (h[0] >> 4 != 6)
        return peel_done(x, PACKET_MALFORMED);
    length = be16(h + 4);
    x->type = h[6];
    if (!length && x->type != PROTOCOL_NO_NEXT) { /* a jumbogram, or segmentation offload */
        length = x->wire - 40;
        x->sum_unknown = true;
    }
    peel_length(x, length + 40);
    x->p->ip = x->rest;
    set_addresses(x->p, 6, h + 8, h + 24);
    x->p->ip_id = 0;
    x->p->ttl = h[7];
    peel_skip(x, 40);
    for (int i = 0; is_extension(x->type); i++) {
        if (i == LIMIT_IPV6_EXTENSIONS)
            return peel_done(x, PACKET_TOO_DEEP);
        if (skip_extension(x) == LAYER_DONE)
            return LAYER_DONE;
    }
    return LAYER_PROTOCOL;
}

/* RFC 4302: authenticated, not hidden. */
enum layer peel_ah(struct peel *x)
{
    uint32_t n;

    if (x->rest.n < 12)
        return peel_short(x, 12);
    if (!peel_tunnel(x))
        return LAYER_DONE;
    n = (x->rest.p[1] + 2u) * 4;
    if (x->rest.n < n)
        return peel_short(x, n);
    x->type = x->rest.p[0];
    peel_skip(x, n);
    return is_extension(x->type) ? end_with_payload(x, PACKET_OTHER) : LAYER_PROTOCOL;
}

enum layer peel_protocol(struct peel *x)
{
    x->p->protocol = (uint8_t)x->type;
    switch (x->type) {
    case PROTOCOL_TCP:
        return LAYER_TCP;
    case PROTOCOL_UDP:
        return LAYER_UDP;
    case PROTOCOL_IPV4:
        return peel_tunnel(x) ? LAYER_IPV4 : LAYER_DONE;
    case PROTOCOL_IPV6:
        return peel_tunnel(x) ? LAYER_IPV6 : LAYER_DONE;
    case PROTOCOL_GRE:
        return LAYER_GRE;
    case PROTOCOL_MPLS:
        return LAYER_MPLS;
    case PROTOCOL_AH:
        return LAYER_AH;
    default:
        return end_with_payload(x, PACKET_OTHER);
    }
}

/* A segment or datagram that was captured whole must sum up, where that was asked for. */
static bool transport_sum_fails(struct peel *x, uint8_t protocol)
{
    if (!(x->options & PACKET_CHECK_SUMS) || x->sum_unknown || x->rest.n < x->wire)
        return false;
    return !sum_transport(x->p, protocol, x->rest);
}

/* The options may be cut by the capture: sequence numbers and length are known all the same. */
enum layer peel_tcp(struct peel *x)
{
    const uint8_t *h = x->rest.p;
    struct packet *p = x->p;
    uint32_t header;

    if (x->rest.n < 20)
        return peel_short(x, 20);
    header = (h[12] >> 4) * 4u;
    if (header < 20 || header > x->wire)
        return peel_done(x, PACKET_MALFORMED);
    if (transport_sum_fails(x, PROTOCOL_TCP))
        return peel_done(x, PACKET_CHECKSUM);
    p->src.port = be16(h);
    p->dst.port = be16(h + 2);
    p->seq = be32(h + 4);
    p->ack = be32(h + 8);
    p->flags = h[13] & 63;
    p->window = be16(h + 14);
    p->checksum = be16(h + 16);
    p->urgent = be16(h + 18);
    p->options = span_of(h + 20, (header < x->rest.n ? header : x->rest.n) - 20);
    if (x->rest.n < header) {
        x->wire -= header - (uint32_t)x->rest.n;
        header = (uint32_t)x->rest.n;
    }
    peel_skip(x, header);
    return end_with_payload(x, PACKET_TCP);
}

enum layer peel_udp(struct peel *x)
{
    const uint8_t *h = x->rest.p;
    struct packet *p = x->p;
    enum layer tunnel;
    uint32_t length;

    if (x->rest.n < 8)
        return peel_short(x, 8);
    length = be16(h + 4);
    if (!length) /* offload, or a jumbogram (RFC 2675 4) */
        length = x->wire;
    if (length < 8 || length > x->wire)
        return peel_done(x, PACKET_MALFORMED);
    peel_length(x, length);
    if (be16(h + 6) && transport_sum_fails(x, PROTOCOL_UDP))
        return peel_done(x, PACKET_CHECKSUM);
    p->src.port = be16(h);
    p->dst.port = be16(h + 2);
    peel_skip(x, 8);
    tunnel = tunnel_of_udp(p->src.port, p->dst.port, x->rest);
    if (tunnel != LAYER_DONE)
        return tunnel;
    return end_with_payload(x, PACKET_UDP);
}
