/* SPDX-License-Identifier: Apache-2.0 */
/* tls_seen: hashes and names of what tls_hello tells. */
#include "sensor/flows/tls_seen.h"

#include <openssl/evp.h>

#include "decoders/mail/date.h"
#include "sensor/flows/certificate.h"

enum { MD5_BYTES = 16, SHA256_BYTES = 32, JA4_FIRST = 10, JA4_HASH = 12, JA4_TEXT = JA4_FIRST + 2 * (1 + JA4_HASH) };
enum { TEXT_SNI, TEXT_ALPN, TEXT_SUBJECT, TEXT_ISSUER, TEXTS };

struct tls_seen {
    struct mem *mem;
    struct tls_hello *reading; /* NULL: nothing more will be told */
    uint8_t *texts;          /* one block, TEXTS texts behind each other */
    uint16_t text_n[TEXTS];
    bool text_is[TEXTS];
    bool has_ja3, has_ja3s, has_ja4, has_end;
    uint8_t ja3[MD5_BYTES], ja3s[MD5_BYTES];
    uint8_t ja4[JA4_TEXT];
    uint16_t version, cipher; /* 0: no ServerHello */
    int64_t not_after;
    anomaly_set anomalies;
};

static struct tls_seen *of(void *ctx)
{
    return ctx;
}

/* --- texts in one block --- */

static size_t text_at(const struct tls_seen *x, int text)
{
    size_t at = 0;

    for (int i = 0; i < text; i++)
        at += x->text_n[i];
    return at;
}

/* Texts come in the order of their numbers, each once. */
static void keep_text(struct tls_seen *x, int text, struct span s)
{
    size_t n = text_at(x, TEXTS);
    uint8_t *p;

    if (!s.n || x->text_is[text])
        return;
    p = mem_resize(x->mem, x->texts, n, n + s.n);
    if (!p)
        return;
    x->texts = p;
    memmove(p + text_at(x, text) + s.n, p + text_at(x, text), n - text_at(x, text));
    memcpy(p + text_at(x, text), s.p, s.n);
    x->text_n[text] = (uint16_t)s.n;
    x->text_is[text] = true;
}

static struct span text_of(const struct tls_seen *x, int text)
{
    return x->text_is[text] ? span_of(x->texts + text_at(x, text), x->text_n[text]) : (struct span){NULL, 0};
}

/* --- hashes --- */

static bool digest(const EVP_MD *md, struct span s, uint8_t *out)
{
    return s.p && EVP_Digest(s.p, s.n, out, NULL, md, NULL);
}

static void put_hex(uint8_t *to, const uint8_t *from, size_t bytes)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < bytes; i++) {
        to[2 * i] = (uint8_t)digits[from[i] >> 4];
        to[2 * i + 1] = (uint8_t)digits[from[i] & 15];
    }
}

/* The beginning of a SHA-256, and zeros for nothing. */
static bool ja4_part(uint8_t to[JA4_HASH], struct span text)
{
    uint8_t sum[SHA256_BYTES] = {0};

    if (!text.p || (text.n && !digest(EVP_sha256(), text, sum)))
        return false;
    put_hex(to, sum, JA4_HASH / 2);
    return true;
}

static bool make_ja4(uint8_t to[JA4_TEXT], const struct tls_client *c)
{
    if (c->ja4.n != JA4_FIRST)
        return false;
    memcpy(to, c->ja4.p, JA4_FIRST);
    to[JA4_FIRST] = to[JA4_FIRST + 1 + JA4_HASH] = '_';
    return ja4_part(to + JA4_FIRST + 1, c->ja4_ciphers) && ja4_part(to + JA4_FIRST + JA4_HASH + 2, c->ja4_extensions);
}

/* --- what tls_hello says --- */

static void on_client(void *ctx, const struct tls_client *c)
{
    struct tls_seen *x = of(ctx);

    keep_text(x, TEXT_SNI, c->sni);
    keep_text(x, TEXT_ALPN, c->alpn);
    x->has_ja3 = digest(EVP_md5(), c->ja3, x->ja3);
    x->has_ja4 = make_ja4(x->ja4, c);
}

static void on_server(void *ctx, const struct tls_server *s)
{
    struct tls_seen *x = of(ctx);

    x->version = s->version;
    x->cipher = s->cipher;
    x->has_ja3s = digest(EVP_md5(), s->ja3s, x->ja3s);
}

static void on_certificate(void *ctx, struct span der)
{
    struct tls_seen *x = of(ctx);
    struct buf subject, issuer;

    buf_init(&subject, x->mem, LIMIT_TLS_NAME);
    buf_init(&issuer, x->mem, LIMIT_TLS_NAME);
    x->has_end = certificate_read(der, &subject, &issuer, &x->not_after);
    if (!x->has_end)
        anomaly_raise(&x->anomalies, ANOMALY_TLS_MALFORMED);
    keep_text(x, TEXT_SUBJECT, buf_whole(&subject));
    keep_text(x, TEXT_ISSUER, buf_whole(&issuer));
    buf_free(&subject);
    buf_free(&issuer);
}

static void on_anomaly(void *ctx, enum anomaly a)
{
    anomaly_raise(&of(ctx)->anomalies, a);
}

static const struct tls_hello_events events = {
    .client = on_client, .server = on_server, .certificate = on_certificate, .anomaly = on_anomaly,
};

/* --- life --- */

struct tls_seen *tls_seen_new(struct mem *m)
{
    struct tls_seen *x = mem_zalloc(m, sizeof(*x));

    if (!x)
        return NULL;
    x->mem = m;
    x->reading = mem_zalloc(m, sizeof(*x->reading));
    if (x->reading) {
        tls_hello_init(x->reading, m, &events, x);
        return x;
    }
    mem_free(m, x, sizeof(*x));
    return NULL;
}

static void stop_reading(struct tls_seen *x)
{
    if (!x->reading)
        return;
    tls_hello_free(x->reading);
    mem_free(x->mem, x->reading, sizeof(*x->reading));
    x->reading = NULL;
}

void tls_seen_free(struct tls_seen *x)
{
    if (!x)
        return;
    stop_reading(x);
    mem_free(x->mem, x->texts, text_at(x, TEXTS));
    mem_free(x->mem, x, sizeof(*x));
}

void tls_seen_push(struct tls_seen *x, enum tls_side side, struct span bytes)
{
    if (!x->reading)
        return;
    tls_hello_push(x->reading, side, bytes);
    if (tls_hello_is_done(x->reading))
        stop_reading(x);
}

void tls_seen_gap(struct tls_seen *x, enum tls_side side)
{
    if (!x->reading)
        return;
    tls_hello_gap(x->reading, side);
    if (tls_hello_is_done(x->reading))
        stop_reading(x);
}

anomaly_set tls_seen_anomalies(const struct tls_seen *x)
{
    return x->anomalies;
}

/* --- the record --- */

static struct span hex_of(struct arena *a, const uint8_t *bytes, size_t n)
{
    uint8_t *text = arena_alloc(a, 2 * n);

    if (text)
        put_hex(text, bytes, n);
    return span_of(text, text ? 2 * n : 0);
}

static struct span version_of(struct arena *a, uint16_t version)
{
    static const struct {
        uint16_t version;
        const char *text;
    } names[] = {
        {0x0304, "TLS 1.3"}, {0x0303, "TLS 1.2"}, {0x0302, "TLS 1.1"}, {0x0301, "TLS 1.0"}, {0x0300, "SSL 3.0"},
    };
    uint8_t bytes[2] = {(uint8_t)(version >> 8), (uint8_t)version};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (names[i].version == version)
            return span_cstr(names[i].text);
    return hex_of(a, bytes, 2); /* a draft's, or nobody's */
}

void tls_seen_fill(const struct tls_seen *x, struct record *r)
{
    struct record_tls *t = &r->tls_seen;
    uint8_t cipher[2] = {(uint8_t)(x->cipher >> 8), (uint8_t)x->cipher};
    char end[DATE_TEXT];

    if (x->version) {
        t->version = version_of(&r->arena, x->version);
        t->cipher = hex_of(&r->arena, cipher, 2);
    }
    t->sni = arena_dup(&r->arena, text_of(x, TEXT_SNI));
    t->alpn = arena_dup(&r->arena, text_of(x, TEXT_ALPN));
    if (x->has_ja3)
        t->ja3 = hex_of(&r->arena, x->ja3, MD5_BYTES);
    if (x->has_ja4)
        t->ja4 = arena_dup(&r->arena, span_of(x->ja4, JA4_TEXT));
    if (x->has_ja3s)
        t->ja3s = hex_of(&r->arena, x->ja3s, MD5_BYTES);
    t->subject = arena_dup(&r->arena, text_of(x, TEXT_SUBJECT));
    t->issuer = arena_dup(&r->arena, text_of(x, TEXT_ISSUER));
    if (x->has_end)
        t->not_after = arena_dup(&r->arena, span_of(end, date_format(x->not_after, end)));
}
