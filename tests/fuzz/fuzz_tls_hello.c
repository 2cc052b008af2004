/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_tls_hello: both sides of a TLS connection in any pieces: the same is told whole and byte by byte, within bounds,
 * and no memory is left. */
#include <stdlib.h>

#include "decoders/net/tls_hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
    uint64_t hash;
    unsigned clients, servers, certificates;
};

static void mix(struct told *t, struct span s)
{
    t->hash = (t->hash ^ (s.p ? s.n + 1 : 0)) * UINT64_C(1099511628211);
    for (size_t i = 0; i < s.n; i++)
        t->hash = (t->hash ^ s.p[i]) * UINT64_C(1099511628211);
}

static void on_client(void *ctx, const struct tls_client *c)
{
    struct told *t = ctx;

    if (t->clients++ || c->sni.n > LIMIT_TLS_NAME || c->alpn.n > LIMIT_TLS_NAME)
        abort();
    mix(t, c->sni);
    mix(t, c->alpn);
    mix(t, c->ja3);
    mix(t, c->ja4);
    mix(t, c->ja4_ciphers);
    mix(t, c->ja4_extensions);
}

static void on_server(void *ctx, const struct tls_server *s)
{
    struct told *t = ctx;

    if (t->servers++ || !s->version)
        abort();
    t->hash += (uint64_t)s->version << 16 | s->cipher;
    mix(t, s->ja3s);
}

static void on_certificate(void *ctx, struct span der)
{
    struct told *t = ctx;

    if (t->certificates++ || !t->servers)
        abort();
    mix(t, der);
}

static void on_anomaly(void *ctx, enum anomaly a)
{
    struct told *t = ctx;

    t->hash += (uint64_t)a << 40;
}

static const struct tls_hello_events events = {
    .client = on_client, .server = on_server, .certificate = on_certificate, .anomaly = on_anomaly,
};

/* Steps: side and whether bytes were lost before it, length (2 bytes), bytes. piece: at most so many at once. */
static struct told run(struct span in, struct mem *m, size_t piece)
{
    struct told t = {0};
    struct tls_hello x;

    tls_hello_init(&x, m, &events, &t);
    while (in.n > 3) {
        enum tls_side side = in.p[0] & 1 ? TLS_SERVER : TLS_CLIENT;
        struct span step = span_head(span_from(in, 3), be16(in.p + 1));

        if (in.p[0] >= 0xf0)
            tls_hello_gap(&x, side);
        in = span_from(in, 3 + step.n);
        for (; step.n; step = span_from(step, piece < step.n ? piece : step.n))
            tls_hello_push(&x, side, span_head(step, piece));
        if (tls_hello_is_done(&x) && m->used)
            abort();
    }
    tls_hello_free(&x);
    if (m->used || m->peak > 8 * LIMIT_TLS_HANDSHAKE * 4)
        abort();
    return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mem m;
    struct told whole, pieces;

    if (!size)
        return 0;
    mem_init(&m, 0);
    whole = run(span_of(data + 1, size - 1), &m, SIZE_MAX);
    pieces = run(span_of(data + 1, size - 1), &m, 1);
    if (whole.hash != pieces.hash || whole.certificates != pieces.certificates)
        abort();
    mem_init(&m, 0);
    m.fail_after = data[0]; /* 0: none is refused */
    run(span_of(data + 1, size - 1), &m, 100);
    return 0;
}
