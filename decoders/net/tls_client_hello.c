/* SPDX-License-Identifier: Apache-2.0 */
/* tls_client_hello: what the client offers, and the texts of JA3 and JA4 (FoxIO's JA4 alone, which is free to use). */
#include "decoders/net/tls_message.h"

/* The lists of a hello, each as it came; absent where it was not there. */
struct hello {
    uint16_t version;    /* as the old field says it */
    uint16_t highest;    /* offered */
    struct span ciphers, extensions; /* numbers of 2 bytes; the list of extensions */
    struct span groups, formats, signatures, first_alpn;
    struct span sni;
    bool has_sni;
};

/* --- lists of numbers --- */

typedef void (*number_fn)(void *ctx, uint32_t number);

/* Every 16-bit number of a list that is no GREASE. */
static void each_number(struct span list, number_fn fn, void *ctx)
{
    for (size_t i = 0; i + 1 < list.n; i += 2)
        if (!tls_is_grease(be16(list.p + i)))
            fn(ctx, be16(list.p + i));
}

/* The numbers of the extensions that are no GREASE. */
static void each_extension(struct span extensions, number_fn fn, void *ctx)
{
    struct tls_cursor c = {.rest = extensions};
    struct span content;
    uint32_t number;

    while (tls_extension(&c, &number, &content))
        if (!tls_is_grease(number))
            fn(ctx, number);
}

static void count_one(void *ctx, uint32_t number)
{
    (void)number;
    ++*(unsigned *)ctx;
}

/* Numbers written with a mark between them. */
struct writer {
    struct buf *out;
    char between;
    bool begun;
};

static void write_decimal(void *ctx, uint32_t number)
{
    struct writer *w = ctx;

    if (w->begun)
        buf_add_byte(w->out, (uint8_t)w->between);
    w->begun = true;
    buf_add_number(w->out, number);
}

static void write_hex(void *ctx, uint32_t number)
{
    static const char digits[] = "0123456789abcdef";
    struct writer *w = ctx;

    if (w->begun)
        buf_add_byte(w->out, (uint8_t)w->between);
    w->begun = true;
    for (int shift = 12; shift >= 0; shift -= 4)
        buf_add_byte(w->out, (uint8_t)digits[number >> shift & 15]);
}

/* --- JA3 --- */

static void write_ja3(struct buf *b, const struct hello *h)
{
    struct writer w = {b, '-', false};

    buf_add_number(b, h->version);
    buf_add_byte(b, ',');
    each_number(h->ciphers, write_decimal, &w);
    buf_add_byte(b, ',');
    w.begun = false;
    each_extension(h->extensions, write_decimal, &w);
    buf_add_byte(b, ',');
    w.begun = false;
    each_number(h->groups, write_decimal, &w);
    buf_add_byte(b, ',');
    w.begun = false;
    for (size_t i = 0; i < h->formats.n; i++)
        write_decimal(&w, h->formats.p[i]);
}

/* --- JA4 --- */

static const char *ja4_version(uint16_t v)
{
    static const struct {
        uint16_t version;
        const char *text;
    } names[] = {{0x0304, "13"}, {0x0303, "12"}, {0x0302, "11"}, {0x0301, "10"}, {0x0300, "s3"}, {0x0002, "s2"}};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (names[i].version == v)
            return names[i].text;
    return "00";
}

static void two_digits(struct buf *b, unsigned n)
{
    n = n < 99 ? n : 99;
    buf_add_byte(b, (uint8_t)('0' + n / 10));
    buf_add_byte(b, (uint8_t)('0' + n % 10));
}

/* First and last character of the first protocol offered; of its hexadecimal form where one of them is no letter or
 * digit. */
static void ja4_alpn(struct buf *b, struct span alpn)
{
    static const char digits[] = "0123456789abcdef";

    if (!alpn.n) {
        buf_add(b, SPAN("00"));
    } else if (ascii_alnum(alpn.p[0]) && ascii_alnum(alpn.p[alpn.n - 1])) {
        buf_add_byte(b, alpn.p[0]);
        buf_add_byte(b, alpn.p[alpn.n - 1]);
    } else {
        buf_add_byte(b, (uint8_t)digits[alpn.p[0] >> 4]);
        buf_add_byte(b, (uint8_t)digits[alpn.p[alpn.n - 1] & 15]);
    }
}

static void write_ja4(struct buf *b, const struct hello *h)
{
    unsigned ciphers = 0, extensions = 0;

    each_number(h->ciphers, count_one, &ciphers);
    each_extension(h->extensions, count_one, &extensions);
    buf_add_byte(b, 't');
    buf_add(b, span_cstr(ja4_version(h->highest)));
    buf_add_byte(b, h->has_sni ? 'd' : 'i');
    two_digits(b, ciphers);
    two_digits(b, extensions);
    ja4_alpn(b, h->first_alpn);
}

/* A list to be sorted, in bytes of the buffer's as they are in memory. */
static void keep(void *ctx, uint32_t number)
{
    uint16_t n = (uint16_t)number;

    buf_add(ctx, span_of(&n, sizeof(n)));
}

static void keep_unnamed(void *ctx, uint32_t number)
{
    if (number != TLS_EXTENSION_SNI && number != TLS_EXTENSION_ALPN)
        keep(ctx, number);
}

static uint16_t sorted_at(const uint8_t *list, size_t i)
{
    uint16_t n;

    memcpy(&n, list + 2 * i, sizeof(n));
    return n;
}

static void set_at(uint8_t *list, size_t i, uint16_t n)
{
    memcpy(list + 2 * i, &n, sizeof(n));
}

static void sift_down(uint8_t *list, size_t root, size_t n)
{
    uint16_t v = sorted_at(list, root);

    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && sorted_at(list, child + 1) > sorted_at(list, child))
            child++;
        if (sorted_at(list, child) <= v)
            break;
        set_at(list, root, sorted_at(list, child));
    }
    set_at(list, root, v);
}

/* Heapsort: in place, and n log n whatever the order; a hello may hold thousands. */
static void sort(uint8_t *list, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sift_down(list, i, n);
    while (n-- > 1) {
        uint16_t last = sorted_at(list, n);

        set_at(list, n, sorted_at(list, 0));
        set_at(list, 0, last);
        sift_down(list, 0, n);
    }
}

/* What is kept in list, sorted, in hexadecimal. */
static void write_sorted(struct buf *out, struct buf *list)
{
    struct writer w = {out, ',', false};

    sort(list->p, list->n / 2);
    for (size_t i = 0; i < list->n / 2; i++)
        write_hex(&w, sorted_at(list->p, i));
    out->refused |= list->refused;
}

static void write_ja4_extensions(struct buf *out, struct buf *list, const struct hello *h)
{
    struct writer w = {out, ',', false};
    unsigned signatures = 0;

    each_extension(h->extensions, keep_unnamed, list);
    if (!list->n)
        return;
    write_sorted(out, list);
    each_number(h->signatures, count_one, &signatures);
    if (!signatures)
        return;
    buf_add_byte(out, '_');
    each_number(h->signatures, write_hex, &w);
}

/* --- reading --- */

/* RFC 6066 3: the first name that is a host's. */
static bool read_sni(struct hello *h, struct span content)
{
    struct tls_cursor c = {.rest = content};
    struct tls_cursor names = {.rest = tls_vector(&c, 2)};

    h->has_sni = true;
    while (names.rest.n && !names.bad) {
        uint32_t type = tls_number(&names, 1);
        struct span name = tls_vector(&names, 2);

        if (!names.bad && type == 0 && !h->sni.p)
            h->sni = span_head(name, LIMIT_TLS_NAME);
    }
    return !c.bad && !names.bad;
}

/* RFC 7301 3.1. */
static bool read_alpn(struct hello *h, struct span content, struct buf *all)
{
    struct tls_cursor c = {.rest = content};
    struct tls_cursor names = {.rest = tls_vector(&c, 2)};

    while (names.rest.n && !names.bad) {
        struct span name = tls_vector(&names, 1);

        if (names.bad)
            break;
        if (all->n)
            buf_add_byte(all, ',');
        else
            h->first_alpn = name;
        buf_add(all, name);
    }
    return !c.bad && !names.bad;
}

static void note_version(void *ctx, uint32_t number)
{
    struct hello *h = ctx;

    if (number > h->highest)
        h->highest = (uint16_t)number;
}

static bool read_versions(struct hello *h, struct span content)
{
    struct tls_cursor c = {.rest = content};

    h->highest = 0;
    each_number(tls_vector(&c, 1), note_version, h);
    return !c.bad;
}

static bool read_list(struct span *list, struct span content, unsigned length)
{
    struct tls_cursor c = {.rest = content};

    *list = tls_vector(&c, length);
    return !c.bad;
}

/* One that contradicts itself is left out, and told; the rest stands. */
static bool read_extension(struct hello *h, uint32_t number, struct span content, struct buf *alpn)
{
    switch (number) {
    case TLS_EXTENSION_SNI:
        return read_sni(h, content);
    case TLS_EXTENSION_ALPN:
        return read_alpn(h, content, alpn);
    case TLS_EXTENSION_GROUPS:
        return read_list(&h->groups, content, 2);
    case TLS_EXTENSION_POINT_FORMATS:
        return read_list(&h->formats, content, 1);
    case TLS_EXTENSION_SIGNATURES:
        return read_list(&h->signatures, content, 2);
    case TLS_EXTENSION_VERSIONS:
        return read_versions(h, content);
    default:
        return true;
    }
}

static bool read_extensions(struct tls_hello *x, struct hello *h, struct buf *alpn)
{
    struct tls_cursor c = {.rest = h->extensions};
    struct span content;
    uint32_t number;
    bool odd = false;

    while (tls_extension(&c, &number, &content))
        odd |= !read_extension(h, number, content, alpn);
    if (odd && !c.bad)
        x->events->anomaly(x->ctx, ANOMALY_TLS_MALFORMED);
    return !c.bad;
}

static bool read_hello(struct hello *h, struct span body)
{
    struct tls_cursor c = {.rest = body};

    h->version = h->highest = (uint16_t)tls_number(&c, 2);
    tls_take(&c, TLS_RANDOM);
    tls_vector(&c, 1); /* session */
    h->ciphers = tls_vector(&c, 2);
    tls_vector(&c, 1); /* compression */
    if (c.rest.n)
        h->extensions = tls_vector(&c, 2);
    return !c.bad && !c.rest.n && h->ciphers.n % 2 == 0;
}

/* --- telling --- */

enum text { TEXT_ALPN, TEXT_JA3, TEXT_JA4, TEXT_CIPHERS, TEXT_EXTENSIONS, TEXT_LIST, TEXTS };

static struct span text_of(const struct buf *b)
{
    return b->truncated ? (struct span){NULL, 0} : buf_whole(b);
}

static void tell(struct tls_hello *x, const struct hello *h, struct buf *t)
{
    struct tls_client out = {.sni = h->sni};

    write_ja3(&t[TEXT_JA3], h);
    write_ja4(&t[TEXT_JA4], h);
    each_number(h->ciphers, keep, &t[TEXT_LIST]);
    write_sorted(&t[TEXT_CIPHERS], &t[TEXT_LIST]);
    buf_clear(&t[TEXT_LIST]);
    write_ja4_extensions(&t[TEXT_EXTENSIONS], &t[TEXT_LIST], h);
    out.alpn = t[TEXT_ALPN].n ? buf_whole(&t[TEXT_ALPN]) : (struct span){NULL, 0};
    out.ja3 = text_of(&t[TEXT_JA3]);
    out.ja4 = text_of(&t[TEXT_JA4]);
    out.ja4_ciphers = text_of(&t[TEXT_CIPHERS]);
    out.ja4_extensions = text_of(&t[TEXT_EXTENSIONS]);
    x->events->client(x->ctx, &out);
}

bool tls_client_hello(struct tls_hello *x, struct span body)
{
    struct hello h = {0};
    struct buf texts[TEXTS];
    bool fine;

    if (!read_hello(&h, body))
        return false;
    for (int i = 0; i < TEXTS; i++)
        buf_init(&texts[i], x->mem, i == TEXT_ALPN ? LIMIT_TLS_NAME : 4 * LIMIT_TLS_HANDSHAKE);
    fine = read_extensions(x, &h, &texts[TEXT_ALPN]);
    if (fine)
        tell(x, &h, texts);
    for (int i = 0; i < TEXTS; i++)
        buf_free(&texts[i]);
    return fine;
}
