/* SPDX-License-Identifier: Apache-2.0 */
/* endpoint: addresses to text and back. */
#include "decoders/base/endpoint.h"

static char *put_octet(char *to, unsigned v)
{
    if (v >= 100)
        *to++ = (char)('0' + v / 100);
    if (v >= 10)
        *to++ = (char)('0' + v / 10 % 10);
    *to++ = (char)('0' + v % 10);
    return to;
}

/* Every record has half a dozen of these: inet_ntop goes through sprintf. */
static char *put_ip4(char *to, const uint8_t b[4])
{
    for (int i = 0; i < 4; i++) {
        to = put_octet(to, b[i]);
        *to++ = '.';
    }
    return to - 1;
}

static char *put_hex(char *to, unsigned v)
{
    static const char digits[] = "0123456789abcdef";

    for (int shift = v > 0xfff ? 12 : v > 0xff ? 8 : v > 0xf ? 4 : 0; shift >= 0; shift -= 4)
        *to++ = digits[v >> shift & 15];
    return to;
}

/* Words from..end-1 are 0. */
struct zeros {
    int from, end;
};

/* The longest row of at least two, the first of such (RFC 5952 4.2); 8 and 8 where there is none. */
static struct zeros longest_zeros(const uint8_t b[16])
{
    struct zeros best = {8, 8};

    for (int i = 0, from = 0; i < 8; i++) {
        if (be16(b + 2 * i))
            from = i + 1;
        else if (i > from && i + 1 - from > best.end - best.from)
            best = (struct zeros){from, i + 1};
    }
    return best;
}

/* ::a.b.c.d and ::ffff:a.b.c.d, but not ::1. */
static bool ends_as_ip4(const uint8_t b[16], struct zeros z)
{
    return z.from == 0 && (z.end == 6 || (z.end == 5 && be16(b + 10) == 0xffff));
}

static char *put_ip6(char *to, const uint8_t b[16])
{
    struct zeros z = longest_zeros(b);

    for (int i = 0; i < 8; i++) {
        if (i == z.from) {
            *to++ = ':';
            i = z.end;
        }
        if (i || z.from == 0)
            *to++ = ':';
        if (i == 8)
            break;
        if (i == 6 && ends_as_ip4(b, z))
            return put_ip4(to, b + 12);
        to = put_hex(to, be16(b + 2 * i));
    }
    return to;
}

size_t ip_format(const struct ip_addr *a, char text[IP_TEXT])
{
    char *end = a->family == 4 ? put_ip4(text, a->b) : a->family ? put_ip6(text, a->b) : text;

    *end = 0;
    return (size_t)(end - text);
}

/* Four decimal numbers, none with a 0 in front. */
static bool parse_ip4(struct span s, uint8_t out[4])
{
    size_t i = 0;

    for (int k = 0; k < 4; k++) {
        size_t start = i;
        unsigned v = 0;

        for (; i < s.n && i - start < 4 && ascii_digit(s.p[i]); i++)
            v = v * 10 + (s.p[i] - '0');
        if (i == start || v > 255 || (i - start > 1 && s.p[start] == '0'))
            return false;
        out[k] = (uint8_t)v;
        if (k < 3 && (i == s.n || s.p[i++] != '.'))
            return false;
    }
    return i == s.n;
}

/* Up to four hexadecimal digits at i; returns how many, more than 4 being 5. */
static size_t parse_hex(struct span s, size_t i, unsigned *v)
{
    size_t most = s.n - i < 5 ? s.n - i : 5, n = 0;
    int digit;

    for (*v = 0; n < most && (digit = ascii_hex(s.p[i + n])) >= 0; n++)
        *v = *v << 4 | (unsigned)digit;
    return n;
}

enum { NO_GAP = 17 };

/* n bytes of out are known; where zeros were left out (::), they are put in at gap. False where that is not 16. */
static bool open_gap(uint8_t out[16], size_t n, size_t gap)
{
    if (gap == NO_GAP || n == 16)
        return gap == NO_GAP && n == 16;
    memmove(out + 16 - (n - gap), out + gap, n - gap);
    memset(out + gap, 0, 16 - n);
    return true;
}

/* RFC 4291 2.2. */
static bool parse_ip6(struct span s, uint8_t out[16])
{
    size_t i = s.n >= 2 && s.p[0] == ':' && s.p[1] == ':', n = 0, gap = NO_GAP;

    while (i < s.n) {
        unsigned v;
        size_t digits = parse_hex(s, i, &v);
        int behind = i + digits < s.n ? s.p[i + digits] : -1;

        if (behind == '.')
            return n <= 12 && parse_ip4(span_from(s, i), out + n) && open_gap(out, n + 4, gap);
        i += digits + 1;
        if (!digits && behind == ':' && gap == NO_GAP && i > 1) { /* the second colon of two */
            gap = n;
            continue;
        }
        if (!digits || digits > 4 || n == 16 || (behind >= 0 && (behind != ':' || i == s.n)))
            return false;
        out[n++] = (uint8_t)(v >> 8);
        out[n++] = (uint8_t)v;
    }
    return open_gap(out, n, gap);
}

bool ip_parse(struct span s, struct ip_addr *out)
{
    uint8_t b[16];
    bool is_ip4 = parse_ip4(s, b);

    *out = (struct ip_addr){0};
    if (!is_ip4 && !parse_ip6(s, b))
        return false;
    out->family = is_ip4 ? 4 : 6;
    memcpy(out->b, b, is_ip4 ? 4 : 16);
    return true;
}

static bool is_mapped(const struct ip_addr *a)
{
    static const uint8_t prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

    return a->family == 6 && memcmp(a->b, prefix, sizeof(prefix)) == 0;
}

void ip_unmap(struct ip_addr *a)
{
    if (!is_mapped(a))
        return;
    a->family = 4;
    memcpy(a->b, a->b + 12, 4);
    memset(a->b + 4, 0, 12);
}

static void clear_host_bits(struct ip_net *net)
{
    for (unsigned i = 0; i < 16; i++) {
        unsigned first = i * 8;

        if (first >= net->bits)
            net->ip.b[i] = 0;
        else if (net->bits - first < 8)
            net->ip.b[i] &= (uint8_t)(0xff00 >> (net->bits - first));
    }
}

bool ip_net_parse(struct span s, struct ip_net *out)
{
    size_t slash = span_find(s, 0, '/');
    unsigned bits = 0, most;

    if (!ip_parse(span_head(s, slash), &out->ip))
        return false;
    most = out->ip.family == 4 ? 32 : 128;
    if (slash == s.n) {
        out->bits = (uint8_t)most;
        return true;
    }
    s = span_from(s, slash + 1);
    if (!s.n || s.n > 3)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (!ascii_digit(s.p[i]))
            return false;
        bits = bits * 10 + (s.p[i] - '0');
    }
    if (bits > most)
        return false;
    out->bits = (uint8_t)bits;
    clear_host_bits(out);
    return true;
}

static bool in_net(const struct ip_addr *a, const struct ip_net *net)
{
    unsigned whole = net->bits / 8, rest = net->bits % 8;

    if (a->family != net->ip.family || memcmp(a->b, net->ip.b, whole) != 0)
        return false;
    return !rest || !((a->b[whole] ^ net->ip.b[whole]) & (0xff00 >> rest) & 0xff);
}

bool ip_in_net(const struct ip_addr *a, const struct ip_net *net)
{
    struct ip_addr plain;
    struct ip_net to;

    if (a->family == 4 && net->ip.family == 4) /* as a number; of no bits, all of it is shifted out */
        return (uint64_t)(be32(a->b) ^ be32(net->ip.b)) >> (32 - net->bits) == 0;
    plain = *a;
    to = *net;
    ip_unmap(&plain);
    if (is_mapped(&to.ip) && to.bits >= 96) {
        ip_unmap(&to.ip);
        to.bits = (uint8_t)(to.bits - 96);
    }
    return in_net(&plain, &to);
}

static bool ip4_is_public(const uint8_t *b)
{
    if (b[0] == 0 || b[0] == 10 || b[0] == 127 || b[0] >= 224)
        return false;
    if (b[0] == 100 && (b[1] & 0xc0) == 64)
        return false;
    if (b[0] == 169 && b[1] == 254)
        return false;
    if (b[0] == 172 && (b[1] & 0xf0) == 16)
        return false;
    return !(b[0] == 192 && b[1] == 168);
}

bool ip_is_public(const struct ip_addr *a)
{
    static const uint8_t zero[15] = {0};

    if (a->family == 4)
        return ip4_is_public(a->b);
    if (a->family != 6)
        return false;
    if (is_mapped(a))
        return ip4_is_public(a->b + 12);
    if (memcmp(a->b, zero, sizeof(zero)) == 0 && a->b[15] <= 1)
        return false;
    if ((a->b[0] & 0xfe) == 0xfc || a->b[0] == 0xff)
        return false;
    return !(a->b[0] == 0xfe && (a->b[1] & 0x80) == 0x80);
}
