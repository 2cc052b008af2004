/* SPDX-License-Identifier: Apache-2.0 */
/* url_host: host names and addresses in all the spellings that browsers accept. */
#include "decoders/link/url_host.h"

#include "decoders/base/vector.h"
#include "decoders/link/url_idn.h"

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
    if (!url_host_may_open(s.p[at]))
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

/* The byte at s[at], a percent escape undone, and how many bytes it takes there. */
static uint8_t unescaped(struct span s, size_t at, size_t *taken)
{
    int high, low;

    *taken = 1;
    if (s.p[at] != '%' || at + 2 >= s.n)
        return s.p[at];
    high = ascii_hex(s.p[at + 1]);
    low = ascii_hex(s.p[at + 2]);
    if (high < 0 || low < 0)
        return s.p[at];
    *taken = 3;
    return (uint8_t)(high << 4 | low);
}

/* A character that is not ASCII, its bytes maybe percent-escaped. */
struct wide {
    uint8_t utf8[4];
    size_t n;
    size_t taken; /* bytes of the text */
    uint32_t c;   /* 0: no UTF-8, then utf8 is one byte */
};

static void read_wide(struct span s, size_t at, struct wide *w)
{
    size_t length, first, taken = 0;
    uint8_t byte;

    w->utf8[0] = unescaped(s, at, &first);
    w->taken = first;
    w->n = 1;
    w->c = 0;
    if (w->utf8[0] < 0xc2 || w->utf8[0] > 0xf4)
        return;
    length = w->utf8[0] >= 0xf0 ? 4 : w->utf8[0] >= 0xe0 ? 3 : 2;
    w->c = w->utf8[0] & (0x7fu >> length);
    for (at += w->taken; w->n < length; at += taken) {
        byte = at < s.n ? unescaped(s, at, &taken) : 0;
        if ((byte & 0xc0) != 0x80) {
            w->taken = first;
            w->n = 1;
            w->c = 0;
            return;
        }
        w->utf8[w->n++] = byte;
        w->taken += taken;
        w->c = w->c << 6 | (byte & 0x3fu);
    }
}

/* UTS 46; returns the bytes it took. */
static size_t put_wide(struct host_out *o, struct span s, size_t at)
{
    struct wide w;
    char to[URL_IDN_MAX];
    size_t n = 0;
    bool mapped;

    read_wide(s, at, &w);
    mapped = w.c && url_idn_map(w.c, to, &n);
    for (size_t i = 0; i < (mapped ? n : w.n); i++)
        put(o, mapped ? (uint8_t)to[i] : w.utf8[i]);
    return w.taken;
}

static size_t put_next(struct host_out *o, struct span s, size_t at)
{
    size_t taken, dot;
    uint8_t c = unescaped(s, at, &taken);

    if (c >= 0x80)
        return put_wide(o, s, at);
    dot = taken == 1 ? url_host_dot(s, at) : 0;
    put(o, dot ? '.' : c);
    return dot ? dot : taken;
}

/* WHATWG's forbidden domain code points. Quotes and braces are allowed, and a name with them is found where DNS
 * answers for every name of a zone. */
static bool usable(const uint8_t *host, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!ascii_alnum(host[i]) && (host[i] <= ' ' || host[i] == 0x7f || memchr("#/:<>?@[\\]|^%", host[i], 13)))
            return false;
    return true;
}

size_t url_host_undotted(const uint8_t *host, size_t n)
{
    if (n && host[n - 1] == '.')
        n--;
    return n == 1 && host[0] == '.' ? 0 : n;
}

/* "[::1]": 0 when it is no IPv6 address. */
static size_t put_ipv6(struct span written, uint8_t *host, size_t room)
{
    struct span inside = span_from(span_head(written, written.n - 1), 1);
    struct ip_addr ip;

    if (written.p[written.n - 1] != ']' || inside.n > room || !ip_parse(inside, &ip))
        return 0;
    for (size_t i = 0; i < inside.n; i++)
        host[i] = ascii_lower(inside.p[i]);
    return inside.n;
}

/* Letters, lowered, digits, dots and hyphens. */
static const uint8_t plain[256] = {
    ['-'] = '-', ['.'] = '.', ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6',
    ['7'] = '7', ['8'] = '8', ['9'] = '9',
#define BOTH(capital, small) [capital] = small, [small] = small
    BOTH('A', 'a'), BOTH('B', 'b'), BOTH('C', 'c'), BOTH('D', 'd'), BOTH('E', 'e'), BOTH('F', 'f'), BOTH('G', 'g'),
    BOTH('H', 'h'), BOTH('I', 'i'), BOTH('J', 'j'), BOTH('K', 'k'), BOTH('L', 'l'), BOTH('M', 'm'), BOTH('N', 'n'),
    BOTH('O', 'o'), BOTH('P', 'p'), BOTH('Q', 'q'), BOTH('R', 'r'), BOTH('S', 's'), BOTH('T', 't'), BOTH('U', 'u'),
    BOTH('V', 'v'), BOTH('W', 'w'), BOTH('X', 'x'), BOTH('Y', 'y'), BOTH('Z', 'z')};
#undef BOTH

static size_t plain_from(struct span written, size_t i, uint8_t *host)
{
    uint8_t c;

    for (; i < written.n && (c = plain[written.p[i]]); i++)
        host[i] = c;
    return i;
}

size_t url_host_plain_scalar(struct span written, uint8_t *host)
{
    return plain_from(written, 0, host);
}

#ifdef __x86_64__

/* 0xff for each byte of x from first on, most of them. */
static __m128i among(__m128i x, char first, char most)
{
    __m128i from = _mm_sub_epi8(x, _mm_set1_epi8(first));

    return _mm_cmpeq_epi8(_mm_min_epu8(from, _mm_set1_epi8((char)(most - 1))), from);
}

size_t url_host_plain(struct span written, uint8_t *host)
{
    __m128i small = _mm_set1_epi8(0x20);
    size_t i = 0;

    for (; i + 16 <= written.n; i += 16) {
        __m128i x = vector_load(written.p + i);
        __m128i letters = among(_mm_or_si128(x, small), 'a', 26);
        __m128i others = _mm_andnot_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('/')), among(x, '-', 13)); /* - . 0 to 9 */
        unsigned ends = ~(unsigned)_mm_movemask_epi8(_mm_or_si128(letters, others)) & 0xffff;

        _mm_storeu_si128((__m128i *)(void *)(host + i), _mm_or_si128(x, _mm_and_si128(letters, small)));
        if (ends)
            return i + (unsigned)__builtin_ctz(ends);
    }
    return plain_from(written, i, host);
}

#else

size_t url_host_plain(struct span written, uint8_t *host)
{
    return plain_from(written, 0, host);
}

#endif

size_t url_host_normal(struct span written, uint8_t *host, size_t room)
{
    struct host_out o = {.p = host, .room = room};
    size_t usual = written.n <= room ? url_host_plain(written, host) : 0;

    if (usual && usual == written.n)
        return url_host_undotted(host, usual);
    if (written.n && written.p[0] == '[' && span_find(written, 0, ':') < written.n)
        return put_ipv6(written, host, room);
    /* "http://[a.com]/": brackets that say where the name is to be put in, or keep it from being clicked. */
    if (written.n > 2 && written.p[0] == '[' && ascii_alnum(written.p[1]) && written.p[written.n - 1] == ']')
        written = span_from(span_head(written, written.n - 1), 1);
    for (size_t i = 0; i < written.n && o.n <= room;)
        i += put_next(&o, written, i);
    if (o.n > room)
        return 0;
    return usable(host, o.n) ? url_host_undotted(host, o.n) : 0;
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
