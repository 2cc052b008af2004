/* SPDX-License-Identifier: Apache-2.0 */
/* url_host: a host name as written in a URL, brought to the one form that names the machine. */
#ifndef MXTAP_LINK_URL_HOST_H
#define MXTAP_LINK_URL_HOST_H

#include "decoders/base/bytes.h"
#include "decoders/base/endpoint.h"

/* Writes written without brackets of an IPv6 literal to host (room bytes), lower case, percent escapes
 * undone, [.] (.) {.} [dot] as dots, full-width letters and ideographic stops as ASCII (UTS 46), soft
 * hyphens and zero-width characters dropped, no final dot. Returns its length; 0 when it does not fit or
 * holds a control character or space. */
size_t url_host_normal(struct span written, uint8_t *host, size_t room);

/* IPv4 in all forms inet_aton and browsers take (one to four parts, decimal, 0x hex, 0 octal), or IPv6.
 * host: normal form. */
bool url_host_address(struct span host, struct ip_addr *ip);

/* The dot that stands at s[at], plain or defanged: its length in bytes, 0 when none stands there. */
size_t url_host_dot(struct span s, size_t at);

#endif
