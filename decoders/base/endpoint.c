/* SPDX-License-Identifier: Apache-2.0 */
/* endpoint: addresses to text and back. */
#include "decoders/base/endpoint.h"

#include <arpa/inet.h>

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
static size_t ip4_format(const uint8_t b[4], char text[IP_TEXT])
{
    char *to = text;

    for (int i = 0; i < 4; i++) {
        to = put_octet(to, b[i]);
        *to++ = '.';
    }
    *--to = 0;
    return (size_t)(to - text);
}

size_t ip_format(const struct ip_addr *a, char text[IP_TEXT])
{
    if (a->family == 4)
        return ip4_format(a->b, text);
    text[0] = 0;
    if (a->family)
        inet_ntop(AF_INET6, a->b, text, IP_TEXT);
    return strlen(text);
}

/* Words that are no address are asked about most. */
static bool may_be_address(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_digit(s.p[i]) && s.p[i] != '.' && s.p[i] != ':' && ascii_hex(s.p[i]) < 0)
            return false;
    return s.n && s.p[0] != '.';
}

bool ip_parse(struct span s, struct ip_addr *out)
{
    char text[IP_TEXT];

    *out = (struct ip_addr){0};
    if (s.n >= sizeof(text) || !may_be_address(s))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    if (inet_pton(AF_INET, text, out->b) == 1)
        out->family = 4;
    else if (inet_pton(AF_INET6, text, out->b) == 1)
        out->family = 6;
    return out->family != 0;
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
    struct ip_addr plain = *a;
    struct ip_net to = *net;

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
