/* SPDX-License-Identifier: Apache-2.0 */
/* url_host: a host name as written in a URL, brought to the one form that names the machine. */
#ifndef MXTAP_LINK_URL_HOST_H
#define MXTAP_LINK_URL_HOST_H

#include "decoders/base/bytes.h"
#include "decoders/base/endpoint.h"

/* Writes written to host (room bytes), lower case, percent escapes undone, [.] (.) {.} [dot] as dots, other
 * characters as UTS 46 maps them (full-width, circled, mathematical letters as ASCII; soft hyphens, zero-width
 * characters dropped), an IPv6 literal without its brackets, no final dot. Returns its length; 0 when it does not
 * fit, is no IPv6 address inside brackets, or holds what no name may (WHATWG's forbidden domain code points). */
size_t url_host_normal(struct span written, uint8_t *host, size_t room);

/* Bytes at the beginning of written that are letters, digits, dots and hyphens, as nearly all hosts are; lowered into host,
 * which has room for all of written, and may be overwritten as far. */
size_t url_host_plain(struct span written, uint8_t *host);
size_t url_host_plain_scalar(struct span written, uint8_t *host);
/* Length without the final dot; 0 when nothing but dots is there. */
size_t url_host_undotted(const uint8_t *host, size_t n);

/* IPv4 in all forms inet_aton and browsers take (one to four parts, decimal, 0x hex, 0 octal), or IPv6.
 * host: normal form. */
bool url_host_address(struct span host, struct ip_addr *ip);

/* A bracket that a defanged dot may begin with. */
static inline bool url_host_may_open(uint8_t c)
{
    return c == '[' || c == '(' || c == '{';
}

/* The dot that stands at s[at], plain or defanged: its length in bytes, 0 when none stands there. */
size_t url_host_dot(struct span s, size_t at);

#endif
