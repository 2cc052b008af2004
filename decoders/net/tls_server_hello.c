/* SPDX-License-Identifier: Apache-2.0 */
/* tls_server_hello: what the server chose, and its certificate. */
#include "decoders/net/tls_message.h"

/* RFC 8446 4.1.3: the random of a ServerHello that asks for another ClientHello. */
static const uint8_t retry_random[TLS_RANDOM] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

/* JA3S: version, cipher and the extensions in their order. */
static void write_ja3s(struct buf *b, uint32_t version, uint32_t cipher, struct span extensions)
{
    struct tls_cursor c = {.rest = extensions};
    struct span content;
    uint32_t number;
    bool first = true;

    buf_add_number(b, version);
    buf_add_byte(b, ',');
    buf_add_number(b, cipher);
    buf_add_byte(b, ',');
    while (tls_extension(&c, &number, &content)) {
        if (!first)
            buf_add_byte(b, '-');
        buf_add_number(b, number);
        first = false;
    }
}

/* The version it chose (RFC 8446 4.2.1). False: the list is bad. */
static bool chosen_version(struct span extensions, uint16_t *version)
{
    struct tls_cursor c = {.rest = extensions};
    struct span content;
    uint32_t number;

    while (tls_extension(&c, &number, &content))
        if (number == TLS_EXTENSION_VERSIONS && content.n == 2)
            *version = be16(content.p);
    return !c.bad;
}

bool tls_server_hello(struct tls_hello *x, struct span body, bool *retry)
{
    struct tls_cursor c = {.rest = body};
    struct tls_server s = {.version = (uint16_t)tls_number(&c, 2)};
    uint32_t legacy = s.version;
    struct span random = tls_take(&c, TLS_RANDOM), extensions;
    struct buf ja3s;

    tls_vector(&c, 1); /* session */
    s.cipher = (uint16_t)tls_number(&c, 2);
    tls_number(&c, 1); /* compression */
    extensions = c.rest.n ? tls_vector(&c, 2) : (struct span){NULL, 0};
    if (c.bad || c.rest.n || !chosen_version(extensions, &s.version) || !s.version)
        return false;
    *retry = span_eq(random, span_of(retry_random, sizeof(retry_random)));
    if (*retry)
        return true;
    x->version = s.version;
    buf_init(&ja3s, x->mem, 4 * LIMIT_TLS_HANDSHAKE);
    write_ja3s(&ja3s, legacy, s.cipher, extensions);
    s.ja3s = ja3s.truncated ? (struct span){NULL, 0} : buf_whole(&ja3s);
    x->events->server(x->ctx, &s);
    buf_free(&ja3s);
    return true;
}

bool tls_certificate(struct tls_hello *x, struct span body)
{
    struct tls_cursor c = {.rest = body};
    struct span first;

    if (!tls_number(&c, 3)) /* a list of none: RFC 5246 7.4.6 has it for clients */
        return !c.bad;
    first = tls_vector(&c, 3);
    if (c.bad)
        return false;
    x->events->certificate(x->ctx, first);
    return true;
}
