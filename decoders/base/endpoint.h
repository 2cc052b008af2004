/* SPDX-License-Identifier: Apache-2.0 */
/* endpoint: an IP address, and an address with a port. */
#ifndef MXTAP_BASE_ENDPOINT_H
#define MXTAP_BASE_ENDPOINT_H

#include "decoders/base/bytes.h"

/* family 0 = none, 4, 6. IPv4 takes the first four bytes, the rest are 0, so that two addresses
 * are equal exactly when the structs are. */
struct ip_addr {
    uint8_t family;
    uint8_t b[16]; /* network order */
};

struct endpoint {
    struct ip_addr ip;
    uint16_t port;
};

struct ip_net {
    struct ip_addr ip;
    uint8_t bits;
};

enum { IP_TEXT = 46 }; /* longest text form with its NUL */

/* Text per RFC 5952 (IPv4 dotted, IPv6 shortest, ::ffff:a.b.c.d mapped form); NUL-terminated,
 * returns its length. An absent address gives "". */
size_t ip_format(const struct ip_addr *a, char text[IP_TEXT]);

/* Dotted IPv4 of four decimal parts, or IPv6 as RFC 4291 has it (no zone, no brackets).
 * True when all of s is one address. */
bool ip_parse(struct span s, struct ip_addr *out);

/* "addr/bits" or a lone address. Host bits are cleared. */
bool ip_net_parse(struct span s, struct ip_net *out);
/* ::ffff:a.b.c.d is a.b.c.d, on both sides. */
bool ip_in_net(const struct ip_addr *a, const struct ip_net *net);

/* ::ffff:a.b.c.d, as servers write it that listen on both families at once, becomes a.b.c.d; others stay. */
void ip_unmap(struct ip_addr *a);

/* Not private, loopback, link-local, CGNAT, multicast, unspecified. Documentation ranges are public
 * (RECORD.md, claimed). ::ffff:0:0/96 is judged by its IPv4 address. */
bool ip_is_public(const struct ip_addr *a);

/* Two words: of sixteen bytes gcc calls memcmp in places. */
static inline bool ip_eq(const struct ip_addr *a, const struct ip_addr *b)
{
    return a->family == b->family && !((le64(a->b) ^ le64(b->b)) | (le64(a->b + 8) ^ le64(b->b + 8)));
}

#endif
