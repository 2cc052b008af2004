/* SPDX-License-Identifier: Apache-2.0 */
/* tls_hello: what the two sides of a TLS connection say of themselves before they speak in secret. */
#ifndef MXTAP_NET_TLS_HELLO_H
#define MXTAP_NET_TLS_HELLO_H

#include "decoders/base/anomaly.h"
#include "decoders/base/bytes.h"
#include "decoders/base/limits.h"

enum tls_side { TLS_CLIENT, TLS_SERVER };

/*
 * The first ClientHello (RFC 8446 4.1.2); one that answers a HelloRetryRequest is not told. Spans are valid during the
 * call only. The texts are what the fingerprints hash: decoders do not. GREASE (RFC 8701) is in none of them.
 */
struct tls_client {
    struct span sni;   /* host name as sent, at most LIMIT_TLS_NAME bytes; absent where there is none */
    struct span alpn;  /* the protocols offered, with commas between them, the same cap */
    struct span ja3;   /* "771,4866-4867,0-11-10,29-23,0-1-2": its MD5 is JA3 */
    struct span ja4;   /* "t13d1516h2": the first part of JA4, as it stands there */
    struct span ja4_ciphers;    /* sorted: the first 12 hexadecimal digits of its SHA-256 are the second part */
    struct span ja4_extensions; /* sorted, then _ and the signature algorithms: the third; empty: twelve 0 */
};

/* The ServerHello that is no HelloRetryRequest (RFC 8446 4.1.3). */
struct tls_server {
    uint16_t version; /* chosen: 0x0304 is TLS 1.3 */
    uint16_t cipher;
    struct span ja3s; /* "771,4866,51-43": its MD5 is JA3S */
};

struct tls_hello_events {
    void (*client)(void *ctx, const struct tls_client *c);
    void (*server)(void *ctx, const struct tls_server *s);
    /* The server's own certificate (DER), which it shows up to TLS 1.2; valid during the call. */
    void (*certificate)(void *ctx, struct span der);
    /* TLS_MALFORMED: a message that contradicts itself, or is larger than its cap. Of it nothing more is told. */
    void (*anomaly)(void *ctx, enum anomaly a);
};

/* A side's way through records and messages. Its message is kept until it is whole. */
struct tls_side_state {
    struct buf message;    /* body of the one that comes in */
    uint32_t message_left; /* bytes of it still to come */
    uint16_t record_left;
    uint8_t head[5], head_n;       /* of the record */
    uint8_t start[4], start_n;     /* of the message: type and length */
    uint8_t type;                  /* of the record */
    bool done;                     /* nothing more is wanted */
};

/*
 * Memory: at most LIMIT_TLS_HANDSHAKE bytes a side while its message comes in, and the texts during a call; none once
 * both sides are done. Cost is linear in the bytes (n log n in the members of a list).
 */
struct tls_hello {
    const struct tls_hello_events *events;
    void *ctx;
    struct mem *mem;
    struct tls_side_state side[2]; /* by enum tls_side */
    uint16_t version;              /* what the server chose, 0 before */
};

/* m, events and ctx are borrowed for the life of x. */
void tls_hello_init(struct tls_hello *x, struct mem *m, const struct tls_hello_events *events, void *ctx);
/* Bytes of one side from where TLS began. */
void tls_hello_push(struct tls_hello *x, enum tls_side side, struct span bytes);
/* Bytes of a side are missing: what was not told by then never is. */
void tls_hello_gap(struct tls_hello *x, enum tls_side side);
/* Nothing more will be told: push no more. */
bool tls_hello_is_done(const struct tls_hello *x);
void tls_hello_free(struct tls_hello *x);

#endif
