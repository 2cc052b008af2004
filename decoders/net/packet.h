/* SPDX-License-Identifier: Apache-2.0 */
/* packet: one captured frame taken apart down to TCP or UDP, through every encapsulation. */
#ifndef MXTAP_NET_PACKET_H
#define MXTAP_NET_PACKET_H

#include "decoders/base/anomaly.h"
#include "decoders/base/endpoint.h"
#include "decoders/base/limits.h"

/* Link types as libpcap numbers them (DLT_ and LINKTYPE_): decoders do not include its header. */
enum link_type {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_PPP = 9,
    LINK_RAW = 12,
    LINK_RAW_BSD = 14,
    LINK_PPP_SERIAL = 50,
    LINK_PPP_ETHER = 51,
    LINK_RAW_FILE = 101,
    LINK_LOOP = 108,
    LINK_LINUX_SLL = 113,
    LINK_MPLS = 219,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_LINUX_SLL2 = 276
};

enum tcp_flag {
    TCP_FIN = 1,
    TCP_SYN = 2,
    TCP_RST = 4,
    TCP_PSH = 8,
    TCP_ACK = 16,
    TCP_URG = 32
};

/* What became of a frame. PACKET_TCP, _UDP, _OTHER and _FRAGMENT are uses; the rest are reasons
 * to drop it. */
enum packet_verdict {
    PACKET_TCP,       /* all TCP fields below are filled */
    PACKET_UDP,       /* payload is the datagram's */
    PACKET_OTHER,     /* IP, another protocol */
    PACKET_FRAGMENT,  /* hand it to fragments_push */
    PACKET_NOT_IP,
    PACKET_TRUNCATED, /* cut by the capture before the headers ended */
    PACKET_MALFORMED,
    PACKET_TOO_DEEP,
    PACKET_CHECKSUM,
    PACKET_LINK_TYPE
};

/*
 * Spans point into the frame (or the reassembled datagram) and live as long as it does.
 * Addresses are the innermost ones; vlan is outermost first.
 */
struct packet {
    struct endpoint src, dst;
    uint8_t protocol;                /* IANA number of the innermost IP payload */
    uint8_t vlans;                   /* tags kept */
    uint8_t encapsulations;          /* tunnels peeled */
    uint16_t vlan[LIMIT_VLAN_TAGS];  /* 12-bit ids */
    struct span ip;                  /* innermost IP packet from its header on, as captured */
    uint8_t ttl;                     /* or hop limit */
    uint16_t ip_id;                  /* IPv4 identification; 0 for IPv6 */
    uint16_t checksum;               /* TCP, as sent */
    uint32_t seq, ack;
    uint16_t window, urgent;
    uint8_t flags;                   /* enum tcp_flag */
    struct span options;             /* TCP options, as far as captured */
    struct span payload;             /* captured bytes; padding of short frames is not part of it */
    uint32_t payload_wire;           /* bytes on the wire, >= payload.n: the rest was cut off */
    struct {                         /* PACKET_FRAGMENT only */
        uint32_t id;
        uint32_t offset;             /* bytes */
        bool more;
        uint8_t protocol;
    } fragment;
    anomaly_set anomalies;
};

/* PACKET_CHECK_SUMS: IPv4, TCP and UDP sums must be right, where all their bytes were captured
 * and no offload left them open. Without it sums are not looked at: cards of the sending machine
 * fill them in behind the capture. */
enum packet_option { PACKET_CHECK_SUMS = 1 };

/* Whether packet_decode can read frames of this link type: ask before a file is opened for good. */
bool packet_knows_link(int link_type);

/* frame: captured bytes; wire: its length before the capture cut it (>= frame.n); link_type: a
 * DLT_ number of libpcap. */
enum packet_verdict packet_decode(struct packet *p, int link_type, struct span frame, uint32_t wire,
                                  unsigned options);

/* The same from an IP header on: for datagrams put together from fragments. p is the packet that
 * completed the datagram: its vlan tags and the count of its tunnels are kept. */
enum packet_verdict packet_decode_ip(struct packet *p, struct span ip, uint32_t wire,
                                     unsigned options);

/* For a PACKET_TCP: whether its checksum is right (false too where payload was cut off). */
bool packet_tcp_sum_is_right(const struct packet *p);

/* The one's complement sum of the payload (of 16-bit words as they lie in memory) as the
 * sender's checksum tells it, without reading the payload: two copies of a segment whose sums
 * differ have different payloads, where their checksums are right. */
uint16_t packet_payload_sum(const struct packet *p);

/* The same sum of bytes, read. */
uint16_t packet_span_sum(struct span bytes);

#endif
