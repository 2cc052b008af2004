/* SPDX-License-Identifier: Apache-2.0 */
/* packet: the table of link types, the loop that peels one header after the other, and the short way for what is usual. */
#include "decoders/net/packet_layers.h"

static const struct {
    int link_type;
    enum layer first;
} link_types[] = {
    {LINK_NULL, LAYER_LOOPBACK},       {LINK_ETHERNET, LAYER_ETHERNET},
    {LINK_PPP, LAYER_PPP},             {LINK_RAW, LAYER_IP},
    {LINK_RAW_BSD, LAYER_IP},          {LINK_PPP_SERIAL, LAYER_PPP},
    {LINK_PPP_ETHER, LAYER_PPPOE},     {LINK_RAW_FILE, LAYER_IP},
    {LINK_LOOP, LAYER_LOOPBACK},       {LINK_LINUX_SLL, LAYER_COOKED_1},
    {LINK_MPLS, LAYER_MPLS},           {LINK_IPV4, LAYER_IPV4},
    {LINK_IPV6, LAYER_IPV6},           {LINK_LINUX_SLL2, LAYER_COOKED_2},
};

static const peel_layer layers[LAYERS] = {
    [LAYER_ETHERNET] = peel_ethernet,   [LAYER_COOKED_1] = peel_cooked_1,
    [LAYER_COOKED_2] = peel_cooked_2,   [LAYER_LOOPBACK] = peel_loopback,
    [LAYER_ETHERTYPE] = peel_ethertype, [LAYER_LLC] = peel_llc,
    [LAYER_MPLS] = peel_mpls,           [LAYER_PPPOE] = peel_pppoe,
    [LAYER_PPP] = peel_ppp,             [LAYER_IP] = peel_ip,
    [LAYER_IPV4] = peel_ipv4,           [LAYER_IPV6] = peel_ipv6,
    [LAYER_PROTOCOL] = peel_protocol,   [LAYER_TCP] = peel_tcp,
    [LAYER_UDP] = peel_udp,             [LAYER_AH] = peel_ah,
    [LAYER_GRE] = peel_gre,             [LAYER_ERSPAN_2] = peel_erspan_2,
    [LAYER_ERSPAN_3] = peel_erspan_3,   [LAYER_VXLAN] = peel_vxlan,
    [LAYER_GENEVE] = peel_geneve,
};

/* Every layer but the last takes at least one byte or one of the counted tunnels: the loop ends. */
static enum packet_verdict peel_all(struct peel *x, enum layer layer)
{
    while (layer != LAYER_DONE)
        layer = layers[layer](x);
    return x->verdict;
}

static enum layer first_layer(int link_type)
{
    if (link_type == LINK_ETHERNET)
        return LAYER_ETHERNET;
    for (size_t i = 0; i < sizeof(link_types) / sizeof(*link_types); i++)
        if (link_types[i].link_type == link_type)
            return link_types[i].first;
    return LAYER_DONE;
}

bool packet_knows_link(int link_type)
{
    return first_layer(link_type) != LAYER_DONE;
}

/* In two words, as it is compared a moment later (ip_eq): what was stored in parts can be loaded as a word only when all stores before it
 * have left the processor. The byte between address and port is cleared with them. */
static inline void set_ipv4(struct endpoint *e, const uint8_t *address, const uint8_t *port)
{
    uint64_t word[2] = {0, 0};

    memcpy(word, address, 4);
    e->ip.family = 4;
    memcpy(e->ip.b, &word[0], sizeof(word[0]));
    memcpy(e->ip.b + sizeof(word[0]), &word[1], sizeof(word[1]));
    *((uint8_t *)e + sizeof(e->ip)) = 0;
    e->port = be16(port);
}

enum { ETHERNET = 14, IPV4 = 20, TCP = 20 }; /* bytes of headers without options */

/* All of p is written; h is an IPv4 header without options, the captured rest is n bytes long. False: not all of the headers is there, or
 * their lengths lie, and p is as it was. */
static bool fill_plain(struct packet *p, const uint8_t *h, size_t n)
{
    const uint8_t *t = h + IPV4;
    uint32_t total = be16(h + 2), header = IPV4 + (t[12] >> 4) * 4u;

    n = n < total ? n : total;
    if (header < IPV4 + TCP || n < header)
        return false;
    set_ipv4(&p->src, h + 12, t);
    set_ipv4(&p->dst, h + 16, t + 2);
    p->protocol = PROTOCOL_TCP;
    p->vlans = p->encapsulations = 0;
    memset(p->vlan, 0, sizeof(p->vlan));
    p->ip = span_of(h, n);
    p->ttl = h[8];
    p->ip_id = be16(h + 4);
    p->checksum = be16(t + 16);
    p->seq = be32(t + 4);
    p->ack = be32(t + 8);
    p->window = be16(t + 14);
    p->urgent = be16(t + 18);
    p->flags = t[13] & 63;
    p->options = span_of(t + TCP, header - IPV4 - TCP);
    p->payload = span_of(h + header, n - header);
    p->payload_wire = total - header;
    memset(&p->fragment, 0, sizeof(p->fragment));
    p->anomalies = 0;
    if (total > n)
        anomaly_raise(&p->anomalies, ANOMALY_IP_TRUNCATED);
    return true;
}

/* What nearly every frame of mail is: Ethernet, IPv4 without options, TCP. The layers below say the same of it, at four times the
 * cost. False: they must be asked. */
static bool decode_plain(struct packet *p, struct span frame)
{
    const uint8_t *h = frame.p + ETHERNET;

    return frame.n >= ETHERNET + IPV4 + TCP && be16(h - 2) == ETHERTYPE_IPV4 && h[0] == 0x45 && h[9] == PROTOCOL_TCP &&
           !(be16(h + 6) & 0x3fff) && fill_plain(p, h, frame.n - ETHERNET);
}

/* In two parts, each of a few stores: all at once would be a loop of the processor's, which takes longer to begin than they do. */
static inline void clear(struct packet *p)
{
    memset(p, 0, offsetof(struct packet, seq));
    memset(&p->seq, 0, sizeof(*p) - offsetof(struct packet, seq));
}

enum packet_verdict packet_decode(struct packet *p, int link_type, struct span frame, uint32_t wire,
                                  unsigned options)
{
    struct peel x;

    if (link_type == LINK_ETHERNET && !options && decode_plain(p, frame))
        return PACKET_TCP;
    clear(p);
    x = (struct peel){.p = p, .rest = frame, .options = options, .verdict = PACKET_LINK_TYPE};
    x.wire = wire < frame.n ? (uint32_t)frame.n : wire;
    return peel_all(&x, first_layer(link_type));
}

enum packet_verdict packet_decode_ip(struct packet *p, struct span ip, uint32_t wire,
                                     unsigned options)
{
    struct peel x = {.p = p, .rest = ip, .options = options};

    x.wire = wire < ip.n ? (uint32_t)ip.n : wire;
    p->ip = p->options = p->payload = span_of(NULL, 0); /* of the last piece's frame */
    p->payload_wire = 0;
    memset(&p->fragment, 0, sizeof(p->fragment));
    return peel_all(&x, LAYER_IP);
}
