/* SPDX-License-Identifier: Apache-2.0 */
/* url_host: host names and addresses in all the spellings that browsers accept. */
#include "decoders/link/url_host.h"

static bool is_at(struct span s, size_t at, const char *text)
{
    return span_starts_nocase(span_from(s, at), span_cstr(text));
}

size_t url_host_dot(struct span s, size_t at)
{
    if (at >= s.n)
        return 0;
    if (s.p[at] == '.')
        return 1;
    if (s.p[at] != '[' && s.p[at] != '(' && s.p[at] != '{')
        return 0;
    if (is_at(s, at, "[.]") || is_at(s, at, "(.)") || is_at(s, at, "{.}"))
        return 3;
    return is_at(s, at, "[dot]") || is_at(s, at, "(dot)") ? 5 : 0;
}

/* Host under construction; n > room once it did not fit. */
struct host_out {
    uint8_t *p;
    size_t n, room;
};

static void put(struct host_out *o, uint8_t c)
{
    if (o->n < o->room)
        o->p[o->n] = ascii_lower(c);
    o->n++;
}

/* Three-byte UTF-8 at s[at], or 0. */
static unsigned three(struct span s, size_t at)
{
    if (at + 3 > s.n || (s.p[at] & 0xf0) != 0xe0)
        return 0;
    return (s.p[at] & 0x0fu) << 12 | (s.p[at + 1] & 0x3fu) << 6 | (s.p[at + 2] & 0x3fu);
}

/* UTS 46 as far as it turns other characters into ASCII or nothing; returns bytes taken, 0 for none. */
static size_t put_mapped(struct host_out *o, struct span s, size_t at)
{
    unsigned c = three(s, at);

    if (s.p[at] == 0xc2 && at + 1 < s.n && s.p[at + 1] == 0xad)
        return 2; /* soft hyphen */
    if (c == 0x3002 || c == 0xff0e || c == 0xff61)
        put(o, '.');
    else if (c > 0xff00 && c < 0xff5f)
        put(o, (uint8_t)(c - 0xff00 + 0x20));
    else if (!(c >= 0x200b && c <= 0x200d) && c != 0x2060 && c != 0xfeff)
        return 0;
    return 3;
}

static int percent(struct span s, size_t at)
{
    int high, low;

    if (s.p[at] != '%' || at + 2 >= s.n)
        return -1;
    high = ascii_hex(s.p[at + 1]);
    low = ascii_hex(s.p[at + 2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

static size_t put_next(struct host_out *o, struct span s, size_t at)
{
    uint8_t c = s.p[at];
    size_t taken = 0;
    int byte;

    if (ascii_alnum(c) || c == '.' || c == '-') {
        put(o, c);
        return 1;
    }
    byte = percent(s, at);
    if (byte >= 0) {
        put(o, (uint8_t)byte);
        return 3;
    }
    if (c >= 0x80)
        taken = put_mapped(o, s, at);
    else if ((taken = url_host_dot(s, at)) != 0)
        put(o, '.');
    if (!taken)
        put(o, c);
    return taken ? taken : 1;
}

static bool usable(const uint8_t *host, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!ascii_alnum(host[i]) && (host[i] <= ' ' || host[i] == 0x7f || memchr("/\\<>\"[]{}|^`", host[i], 12)))
            return false;
    return true;
}

/* Bytes at the beginning of written that are letters, digits, dots and hyphens; lowered into host. */
static size_t put_plain(struct span written, uint8_t *host)
{
    size_t i = 0;

    for (; i < written.n; i++) {
        uint8_t c = written.p[i];

        if (!ascii_alnum(c) && c != '.' && c != '-')
            break;
        host[i] = ascii_lower(c);
    }
    return i;
}

size_t url_host_normal(struct span written, uint8_t *host, size_t room)
{
    struct host_out o = {.p = host, .room = room};
    size_t plain = written.n <= room ? put_plain(written, host) : 0;

    if (plain && plain == written.n)
        return plain - (host[plain - 1] == '.');

    if (written.n > 2 && written.p[0] == '[' && (ascii_hex(written.p[1]) >= 0 || written.p[1] == ':')) {
        written = span_from(written, 1);
        written.n = span_find(written, 0, ']');
    }
    for (size_t i = 0; i < written.n && o.n <= room;)
        i += put_next(&o, written, i);
    if (o.n > room)
        return 0;
    if (o.n && host[o.n - 1] == '.')
        o.n--;
    return usable(host, o.n) ? o.n : 0;
}

/* One part of an IPv4 address in any base; false when it is no number. */
static bool number(struct span s, uint64_t *value)
{
    unsigned base = 10;

    *value = 0;
    if (s.n > 1 && s.p[0] == '0') {
        base = s.p[1] == 'x' ? 16 : 8;
        s = span_from(s, base == 16 ? 2 : 1);
    } else if (!s.n) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        int digit = ascii_hex(s.p[i]);

        if (digit < 0 || (unsigned)digit >= base)
            return false;
        if (*value <= UINT32_MAX)
            *value = *value * base + (unsigned)digit;
    }
    return true;
}

/* Every part but the last is one byte; the last fills the rest (WHATWG URL, IPv4 parser). */
static bool aton(struct span s, uint32_t *out)
{
    uint64_t address = 0, part;

    for (unsigned parts = 1; parts <= 4; parts++) {
        size_t dot = span_find(s, 0, '.');

        if (!number(span_head(s, dot), &part))
            return false;
        if (dot == s.n) {
            unsigned bits = 8 * (5 - parts);

            *out = (uint32_t)(address << bits | part);
            return part < (uint64_t)1 << bits;
        }
        if (part > 255)
            return false;
        address = address << 8 | part;
        s = span_from(s, dot + 1);
    }
    return false;
}

bool url_host_address(struct span host, struct ip_addr *ip)
{
    uint32_t v4;

    if (host.n && (ascii_digit(host.p[0])) && aton(host, &v4)) {
        *ip = (struct ip_addr){.family = 4,
                               .b = {(uint8_t)(v4 >> 24), (uint8_t)(v4 >> 16), (uint8_t)(v4 >> 8),
                                     (uint8_t)v4}};
        return true;
    }
    return memchr(host.n ? host.p : (const uint8_t *)"", ':', host.n) && ip_parse(host, ip);
}
