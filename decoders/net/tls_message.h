/* SPDX-License-Identifier: Apache-2.0 */
/* tls_message: the door between tls_hello and the messages that it puts together; nobody else includes this. */
#ifndef MXTAP_NET_TLS_MESSAGE_H
#define MXTAP_NET_TLS_MESSAGE_H

#include "decoders/net/tls_hello.h"

/* Reads straight through; what leads outside gives nothing and is latched: check once, at the end. */
struct tls_cursor {
    struct span rest;
    bool bad;
};

static inline struct span tls_take(struct tls_cursor *c, size_t n)
{
    struct span s = span_head(c->rest, n);

    if (n > c->rest.n) {
        c->bad = true;
        s.n = 0;
        c->rest.n = 0;
        return s;
    }
    c->rest = span_from(c->rest, n);
    return s;
}

static inline uint32_t tls_number(struct tls_cursor *c, unsigned bytes)
{
    struct span s = tls_take(c, bytes);
    uint32_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n = n << 8 | s.p[i];
    return n;
}

/* A vector whose length stands before it in so many bytes (RFC 8446 3.4). */
static inline struct span tls_vector(struct tls_cursor *c, unsigned bytes)
{
    return tls_take(c, tls_number(c, bytes));
}

enum {
    TLS_RANDOM = 32,
    TLS_EXTENSION_SNI = 0,
    TLS_EXTENSION_GROUPS = 10,
    TLS_EXTENSION_POINT_FORMATS = 11,
    TLS_EXTENSION_SIGNATURES = 13,
    TLS_EXTENSION_ALPN = 16,
    TLS_EXTENSION_VERSIONS = 43
};

static inline bool tls_is_grease(uint32_t n)
{
    return (n & 0x0f0f) == 0x0a0a && (n >> 8 & 255) == (n & 255);
}

/* The next extension: its number and content; false at the end, or where the list is bad. */
static inline bool tls_extension(struct tls_cursor *c, uint32_t *number, struct span *content)
{
    if (!c->rest.n || c->bad)
        return false;
    *number = tls_number(c, 2);
    *content = tls_vector(c, 2);
    return !c->bad;
}

/* Bodies of whole messages. False: malformed; nothing was told. */
bool tls_client_hello(struct tls_hello *x, struct span body);
/* *retry: it is a HelloRetryRequest, and nothing was told. */
bool tls_server_hello(struct tls_hello *x, struct span body, bool *retry);
/* body may be cut at LIMIT_TLS_HANDSHAKE behind the first certificate. */
bool tls_certificate(struct tls_hello *x, struct span body);

#endif
