/* SPDX-License-Identifier: Apache-2.0 */
/* proxy_header: bytes are gathered up to the cap of a header; what turns out to be none is handed
 * back. */
#include "decoders/smtp/proxy_header.h"

static const uint8_t v2_signature[12] = "\r\n\r\n\0\r\nQUIT\n";

enum { V2_PROXY = 0x21, V2_TCP4 = 0x11, V2_TCP6 = 0x21 };

static bool may_be(const uint8_t *s, size_t n, const void *start, size_t start_n)
{
    return memcmp(s, start, n < start_n ? n : start_n) == 0;
}

static struct span word(struct span *s)
{
    size_t n = span_find(*s, 0, ' ');
    struct span w = span_head(*s, n);

    *s = span_from(*s, n + 1);
    return w;
}

static bool port_number(struct span s, uint16_t *port)
{
    uint32_t v = 0;

    if (!s.n || s.n > 5)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (!ascii_digit(s.p[i]))
            return false;
        v = v * 10 + (s.p[i] - '0');
    }
    *port = (uint16_t)v;
    return v <= 65535;
}

/* "PROXY TCP4 source destination sport dport", without its CRLF. UNKNOWN gives no client. */
static bool v1(struct proxy_header *p, struct span line)
{
    struct span proto, source, sport;
    struct ip_addr other;
    uint16_t port;
    bool ok;

    word(&line);
    proto = word(&line);
    if (span_eq(proto, SPAN("UNKNOWN")))
        return true;
    source = word(&line);
    ok = ip_parse(source, &p->client.ip) && ip_parse(word(&line), &other);
    sport = word(&line);
    ok = ok && port_number(sport, &p->client.port) && port_number(line, &port) &&
         p->client.ip.family == other.family &&
         span_eq(proto, p->client.ip.family == 4 ? SPAN("TCP4") : SPAN("TCP6"));
    if (!ok)
        memset(&p->client, 0, sizeof(p->client));
    return ok;
}

static void v2_addresses(struct proxy_header *p)
{
    const uint8_t *a = p->seen + PROXY_V2_HEAD;
    size_t n = p->n - (size_t)PROXY_V2_HEAD;

    if (p->seen[12] != V2_PROXY)
        return;
    if (p->seen[13] == V2_TCP4 && n >= 12) {
        p->client.ip.family = 4;
        memcpy(p->client.ip.b, a, 4);
        p->client.port = (uint16_t)(a[8] << 8 | a[9]);
    } else if (p->seen[13] == V2_TCP6 && n >= 36) {
        p->client.ip.family = 6;
        memcpy(p->client.ip.b, a, 16);
        p->client.port = (uint16_t)(a[32] << 8 | a[33]);
    }
}

/* Bytes of the addresses that are kept; the rest of the header (its TLVs) is passed over. */
static size_t v2_kept(const struct proxy_header *p)
{
    size_t length = (size_t)(p->seen[14] << 8 | p->seen[15]);

    return PROXY_V2_HEAD + (length < PROXY_V2_ADDRESSES ? length : (size_t)PROXY_V2_ADDRESSES);
}

static enum proxy_step v2(struct proxy_header *p)
{
    size_t length;

    if (p->n < PROXY_V2_HEAD)
        return PROXY_MORE;
    if (p->seen[12] >> 4 != 2)
        return PROXY_NONE;
    if (p->n < v2_kept(p))
        return PROXY_MORE;
    length = (size_t)(p->seen[14] << 8 | p->seen[15]);
    p->skip = (uint16_t)(length + PROXY_V2_HEAD - p->n);
    v2_addresses(p);
    return PROXY_DONE;
}

static enum proxy_step judge(struct proxy_header *p)
{
    if (may_be(p->seen, p->n, v2_signature, sizeof(v2_signature)))
        return v2(p);
    if (!may_be(p->seen, p->n, "PROXY ", 6))
        return PROXY_NONE;
    if (p->seen[p->n - 1] != '\n')
        return p->n < PROXY_V1_MAX ? PROXY_MORE : PROXY_NONE;
    if (p->n < 8 || p->seen[p->n - 2] != '\r' || !v1(p, span_of(p->seen, p->n - 2u)))
        return PROXY_NONE;
    return PROXY_DONE;
}

static enum proxy_step pass_rest(struct proxy_header *p, struct span *in)
{
    size_t n = p->skip < in->n ? p->skip : in->n;

    *in = span_from(*in, n);
    p->skip = (uint16_t)(p->skip - n);
    return p->skip ? PROXY_MORE : PROXY_DONE;
}

enum proxy_step proxy_header_take(struct proxy_header *p, struct span *in)
{
    enum proxy_step step = PROXY_MORE;

    if (p->skip)
        return pass_rest(p, in);
    while (in->n && step == PROXY_MORE && p->n < PROXY_V1_MAX) {
        p->seen[p->n++] = in->p[0];
        *in = span_from(*in, 1);
        step = judge(p);
    }
    return step == PROXY_DONE ? pass_rest(p, in) : step;
}
