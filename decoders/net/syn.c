/* SPDX-License-Identifier: Apache-2.0 */
/* syn: a SYN's headers packed, and written again. */
#include "decoders/net/syn.h"

enum {
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    TCP_HEADER = 20,
    TCP_ECE_CWR = 0xc0, /* RFC 3168 6.1 */
    OLEN_MOST = 255,
    ETHERNET_MTU = 1500
};

/* Numbers of RFC 9293 3.1, RFC 7323 and RFC 2018. */
enum { TCP_EOL = 0, TCP_NOP = 1, TCP_MSS = 2, TCP_SCALE = 3, TCP_SACK_OK = 4, TCP_SACK = 5, TCP_TIME = 8 };

enum syn_option { SYN_EOL, SYN_NOP, SYN_MSS, SYN_WS, SYN_SOK, SYN_SACK, SYN_TS, SYN_OTHER };

static bool any_set(const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (b[i])
            return true;
    return false;
}

static void quirk(struct syn *s, enum syn_quirk q)
{
    s->quirks = (s->quirks | 1u << q) & 0xffffff;
}

static void quirk_if(struct syn *s, bool is, enum syn_quirk q)
{
    if (is)
        quirk(s, q);
}

/* --- the layout's half-bytes --- */

static void put_item(struct syn *s, unsigned item)
{
    unsigned at = s->items++;

    s->layout[at / 2] |= (uint8_t)(at & 1 ? item << 4 : item);
}

static unsigned item_at(const struct syn *s, unsigned at)
{
    return at & 1 ? s->layout[at / 2] >> 4 : s->layout[at / 2] & 15;
}

/* An option, and for SYN_EOL and SYN_OTHER a number of 8 bits. The first that does not fit is the end. */
static void put_option(struct syn *s, enum syn_option o, unsigned number)
{
    bool numbered = o == SYN_EOL || o == SYN_OTHER;

    if (s->cut || s->items + (numbered ? 3u : 1u) > 2 * sizeof(s->layout)) {
        s->cut = 1;
        return;
    }
    put_item(s, o);
    if (numbered) {
        put_item(s, number & 15);
        put_item(s, number >> 4);
    }
}

/* --- reading --- */

static void read_ipv4(struct syn *s, struct span header)
{
    const uint8_t *h = header.p;
    bool may_not_fragment = h[6] & 0x40;

    s->olen = (uint8_t)((header.n - IPV4_HEADER) / 4);
    quirk_if(s, may_not_fragment, SYN_QUIRK_DF);
    quirk_if(s, may_not_fragment && be16(h + 4), SYN_QUIRK_ID_SET);
    quirk_if(s, !may_not_fragment && !be16(h + 4), SYN_QUIRK_ID_ZERO);
    quirk_if(s, h[1] & 3, SYN_QUIRK_ECN);
    quirk_if(s, h[6] & 0x80, SYN_QUIRK_ZERO);
}

static void read_ipv6(struct syn *s, struct span header)
{
    const uint8_t *h = header.p;
    size_t extensions = (header.n - IPV6_HEADER) / 4;

    s->six = 1;
    s->olen = (uint8_t)(extensions < OLEN_MOST ? extensions : OLEN_MOST);
    quirk_if(s, h[1] & 0x30, SYN_QUIRK_ECN);
    quirk_if(s, (h[1] & 15) || be16(h + 2), SYN_QUIRK_FLOW);
}

static void read_tcp(struct syn *s, const struct packet *p, const uint8_t *h)
{
    s->window = p->window;
    s->payload = p->payload_wire != 0;
    quirk_if(s, h[13] & TCP_ECE_CWR, SYN_QUIRK_ECN);
    quirk_if(s, !p->seq, SYN_QUIRK_SEQ);
    quirk_if(s, p->ack, SYN_QUIRK_ACK);
    quirk_if(s, p->urgent && !(p->flags & TCP_URG), SYN_QUIRK_UPTR);
    quirk_if(s, p->flags & TCP_URG, SYN_QUIRK_URG);
    quirk_if(s, p->flags & TCP_PSH, SYN_QUIRK_PUSH);
}

/* What an option of a known number says; its length fits. */
static void read_value(struct syn *s, unsigned number, const uint8_t *value)
{
    if (number == TCP_MSS) {
        s->mss = (uint16_t)be16(value);
    } else if (number == TCP_SCALE) {
        s->scale = value[0];
        quirk_if(s, value[0] > 14, SYN_QUIRK_EXWS);
    } else if (number == TCP_TIME) {
        quirk_if(s, !any_set(value, 4), SYN_QUIRK_TS1);
        quirk_if(s, any_set(value + 4, 4), SYN_QUIRK_TS2);
    }
}

static enum syn_option option_of(unsigned number)
{
    static const uint8_t known[] = {
        [TCP_EOL] = SYN_EOL, [TCP_NOP] = SYN_NOP,   [TCP_MSS] = SYN_MSS, [TCP_SCALE] = SYN_WS,
        [TCP_SACK_OK] = SYN_SOK, [TCP_SACK] = SYN_SACK, [6] = SYN_OTHER, [7] = SYN_OTHER, [TCP_TIME] = SYN_TS,
    };

    return number < sizeof(known) ? (enum syn_option)known[number] : SYN_OTHER;
}

/* A known option has one length only; a list of SACK blocks one to four of 8 bytes. */
static bool length_is_right(unsigned number, unsigned n)
{
    static const uint8_t lengths[] = {[TCP_MSS] = 4, [TCP_SCALE] = 3, [TCP_SACK_OK] = 2, [TCP_TIME] = 10};

    if (number == TCP_SACK)
        return n >= 10 && n <= 34;
    return number >= sizeof(lengths) || !lengths[number] || lengths[number] == n;
}

/* One option with a length at the front of o, which is not empty; its bytes, 0: what follows has no borders. */
static size_t read_option(struct syn *s, struct span o)
{
    unsigned number = o.p[0], n = o.n > 1 ? o.p[1] : 0;

    put_option(s, option_of(number), number);
    if (n < 2 || n > o.n || !length_is_right(number, n)) {
        quirk(s, SYN_QUIRK_BAD);
        return 0;
    }
    read_value(s, number, o.p + 2);
    return n;
}

static void read_options(struct syn *s, struct span o)
{
    size_t n;

    for (; o.n; o = span_from(o, n)) {
        n = 1;
        if (o.p[0] == TCP_EOL) {
            put_option(s, SYN_EOL, (unsigned)o.n - 1);
            quirk_if(s, any_set(o.p + 1, o.n - 1), SYN_QUIRK_OPT);
            return;
        }
        if (o.p[0] == TCP_NOP)
            put_option(s, SYN_NOP, 0);
        else if (!(n = read_option(s, o)))
            return;
    }
}

bool syn_read(struct syn *s, const struct packet *p)
{
    const uint8_t *tcp = p->options.p - TCP_HEADER;
    struct span header = span_of(p->ip.p, (size_t)(tcp - p->ip.p));

    if ((tcp[12] >> 4) * 4u - TCP_HEADER > p->options.n)
        return false;
    *s = (struct syn){.seen = 1, .ttl = p->ttl};
    if (p->src.ip.family == 4)
        read_ipv4(s, header);
    else
        read_ipv6(s, header);
    read_tcp(s, p, tcp);
    read_options(s, p->options);
    return true;
}

unsigned syn_initial_ttl(const struct syn *s)
{
    return s->ttl <= 32 ? 32 : s->ttl <= 64 ? 64 : s->ttl <= 128 ? 128 : 255;
}

/* --- writing --- */

/* Most systems choose a window of so many segments (of which time stamps take 12 bytes) or packets; where a router on
 * the way lowered the MSS, of those that Ethernet takes. p0f tries the same, in this order, IPv4's for IPv6 too. */
static void write_window(struct buf *b, const struct syn *s, bool stamps)
{
    const unsigned units[] = {
        s->mss, s->mss - (stamps ? 12u : 0), ETHERNET_MTU - 40, ETHERNET_MTU - 52, ETHERNET_MTU - (s->six ? 60 : 40),
        ETHERNET_MTU - (s->six ? 72 : 52), s->mss + 40u, s->mss + (s->six ? 60u : 40u), ETHERNET_MTU,
    };
    enum { OF_PACKETS = 6, UNITS = sizeof(units) / sizeof(*units) };
    unsigned i = s->mss >= 100 && s->window ? 0 : UNITS;

    while (i < UNITS && s->window % units[i])
        i++;
    if (i < UNITS)
        buf_add(b, i < OF_PACKETS ? SPAN("mss*") : SPAN("mtu*"));
    buf_add_number(b, i < UNITS ? s->window / units[i] : s->window);
}

static bool has_stamps(const struct syn *s)
{
    for (unsigned i = 0; i < s->items; i++) {
        unsigned item = item_at(s, i);

        if (item == SYN_TS)
            return true;
        i += item == SYN_EOL || item == SYN_OTHER ? 2 : 0;
    }
    return false;
}

static void write_layout(struct buf *b, const struct syn *s)
{
    static const char *const names[] = {
        [SYN_EOL] = "eol+", [SYN_NOP] = "nop", [SYN_MSS] = "mss", [SYN_WS] = "ws",
        [SYN_SOK] = "sok", [SYN_SACK] = "sack", [SYN_TS] = "ts", [SYN_OTHER] = "?",
    };

    for (unsigned i = 0; i < s->items; i++) {
        unsigned item = item_at(s, i) & 7;

        if (i)
            buf_add_byte(b, ',');
        buf_add(b, span_cstr(names[item]));
        if (item != SYN_EOL && item != SYN_OTHER)
            continue;
        buf_add_number(b, item_at(s, i + 1) | item_at(s, i + 2) << 4);
        i += 2;
    }
    if (s->cut)
        buf_add(b, s->items ? SPAN(",...") : SPAN("..."));
}

static void write_quirks(struct buf *b, const struct syn *s)
{
    static const char *const names[] = {
#define X(symbol, name) name,
        SYN_QUIRKS(X)
#undef X
    };
    bool first = true;

    for (unsigned q = 0; q < SYN_QUIRK_COUNT; q++) {
        if (!(s->quirks >> q & 1))
            continue;
        if (!first)
            buf_add_byte(b, ',');
        buf_add(b, span_cstr(names[q]));
        first = false;
    }
}

size_t syn_signature(const struct syn *s, uint8_t out[SYN_TEXT])
{
    struct buf b = {.p = out, .cap = SYN_TEXT, .max = SYN_TEXT}; /* it has all its memory */

    buf_add(&b, s->six ? SPAN("6:") : SPAN("4:"));
    buf_add_number(&b, syn_initial_ttl(s));
    buf_add_byte(&b, ':');
    buf_add_number(&b, s->olen * 4u);
    buf_add_byte(&b, ':');
    buf_add_number(&b, s->mss);
    buf_add_byte(&b, ':');
    write_window(&b, s, has_stamps(s) && !(s->quirks >> SYN_QUIRK_TS1 & 1));
    buf_add_byte(&b, ',');
    buf_add_number(&b, s->scale);
    buf_add_byte(&b, ':');
    write_layout(&b, s);
    buf_add_byte(&b, ':');
    write_quirks(&b, s);
    buf_add(&b, s->payload ? SPAN(":+") : SPAN(":0"));
    return b.n;
}

/* --- guessing --- */

/* The order of the options is a stack's own, and hardly ever changes; the rest tells its kin apart. Any: 0. */
static const struct {
    const char *layout, *guess;
    uint8_t ttl;
    uint16_t window;
} shapes[] = {
    {"mss,sok,ts,nop,ws", "Linux", 64, 0},                         /* Android too */
    {"mss,nop,nop,sok,nop,ws", "Linux", 64, 0},                    /* without time stamps */
    {"mss,nop,ws,nop,nop,sok", "Windows", 128, 0},                 /* Vista and later */
    {"mss,nop,ws,sok,ts", "Windows", 128, 0},                      /* with time stamps */
    {"mss,nop,nop,sok", "Windows", 128, 0},                        /* XP, Server 2003 */
    {"mss,nop,ws,nop,nop,ts,sok,eol+1", "macOS or iOS", 64, 0},
    {"mss,sok,eol+1", "macOS or iOS", 64, 0},                      /* the last tries of a connection */
    {"mss,nop,ws,sok,ts", "FreeBSD", 64, 0},
    {"mss,nop,nop,sok,nop,ws,nop,nop,ts", "OpenBSD", 64, 0},
    {"mss,nop,ws,sok,nop,nop,nop,nop,ts", "NetBSD", 64, 0},
    {"sok,ts,mss,nop,ws", "Solaris", 64, 0},
    {"mss", "Cisco IOS", 255, 4128},
};

/* Some options come behind the usual ones, where a program asks for them: fast open, multipath, experiments. */
static bool is_layout(struct span s, struct span layout)
{
    struct span rest = span_from(s, layout.n);

    return span_eq(span_head(s, layout.n), layout) && (!rest.n || (rest.n > 1 && rest.p[0] == ',' && rest.p[1] == '?'));
}

const char *syn_guess(const struct syn *s)
{
    uint8_t text[SYN_TEXT];
    struct buf b = {.p = text, .cap = SYN_TEXT, .max = SYN_TEXT};

    write_layout(&b, s);
    for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
        if (is_layout(buf_span(&b), span_cstr(shapes[i].layout)) && shapes[i].ttl == syn_initial_ttl(s) &&
            (!shapes[i].window || shapes[i].window == s->window))
            return shapes[i].guess;
    return NULL;
}
