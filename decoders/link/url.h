/* SPDX-License-Identifier: Apache-2.0 */
/* url: one URL taken apart, as browsers do (WHATWG URL), also in the spellings people hide it in. */
#ifndef MXTAP_LINK_URL_H
#define MXTAP_LINK_URL_H

#include "decoders/base/bytes.h"
#include "decoders/base/endpoint.h"
#include "decoders/base/limits.h"

enum { URL_SCHEME_MAX = 24, URL_HOST_MAX = 255 };

/* Spans are borrowed from the text that was parsed. */
struct url {
    char scheme[URL_SCHEME_MAX]; /* lower case, as meant (hxxp gives http); NUL-terminated, "" = none */
    uint8_t host[URL_HOST_MAX];  /* lower case, percent-decoded, dots refanged, no brackets, no final dot */
    size_t host_n;               /* 0: no host, or none that can be looked up */
    struct ip_addr ip;           /* where the host is an address: dotted, decimal, hex, octal, IPv6 */
    uint16_t port;               /* 0 = not written, or no port number */
    struct span authority;       /* userinfo, host and port as written; absent where the scheme has none */
    struct span userinfo;        /* what stands before the @; absent without one */
    struct span password;        /* part of userinfo behind its colon; absent without one */
    struct span path;            /* path, query, fragment; of an opaque URL (data:) all behind the colon */
    bool opaque;                 /* a scheme without authority: data:, javascript: ... */
};

enum url_form {
    URL_WITH_SCHEME, /* scheme first; //host counts, with no scheme */
    URL_BARE         /* host first */
};

/* False where text is neither: no scheme, and not //host. No size limit of its own, one pass. */
bool url_parse(struct span text, enum url_form form, struct url *u);

static inline struct span url_host(const struct url *u)
{
    return span_of(u->host_n ? u->host : NULL, u->host_n);
}

/* Appends text with *** in the password's place. u: from url_parse of the same text. */
void url_masked(struct span text, const struct url *u, struct buf *out);

/* Appends ref resolved against base (RFC 3986 5.2; backslashes and a scheme that is base's own as WHATWG URL 4.4
 * has it), both as written. False when nothing comes of it: base has no host or ref is only a fragment. */
bool url_resolve(struct span base, struct span ref, struct buf *out);

/* Length of the scheme s begins with, colon not counted; 0 when it begins with none (RFC 3986 3.1). */
size_t url_scheme_length(struct span s);

#endif
