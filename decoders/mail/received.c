/* SPDX-License-Identifier: Apache-2.0 */
/* received: what stands behind which keyword says what it is. */
#include "decoders/mail/received.h"

#include "decoders/mail/received_token.h"

/* An IPv4 address has a dot behind one to three digits, an IPv6 address a colon behind at most four hexadecimal digits. Most words that are asked about
 * are names. */
static bool may_be_ip(struct span s)
{
    size_t n = s.n < 5 ? s.n : 5;

    if (!n || (s.p[0] != ':' && ascii_hex(s.p[0]) < 0))
        return false;
    for (size_t i = 0; i < n; i++)
        if (s.p[i] == ':' || (s.p[i] == '.' && ascii_digit(s.p[0])))
            return true;
    return false;
}

/* The text of an address: "1.2.3.4", "[1.2.3.4]:25", "IPv6:2001:db8::1", "fe80::1%4", "1.2.3.4:25". What a server
 * that listens on both families writes as ::ffff:1.2.3.4 is 1.2.3.4. */
static bool read_ip(struct span s, struct ip_addr *ip)
{
    size_t cut;
    bool found;

    if (s.n && s.p[0] == '[') {
        s = span_head(s, span_find(s, 0, ']'));
        s = span_from(s, 1);
    }
    if (span_starts_nocase(s, SPAN("IPv6:")))
        s = span_from(s, 5);
    if (!may_be_ip(s)) {
        *ip = (struct ip_addr){0};
        return false;
    }
    s = span_head(s, span_find(s, 0, '%'));
    while (s.n && (s.p[s.n - 1] == ',' || s.p[s.n - 1] == '.'))
        s.n--;
    cut = span_find(s, 0, ':');
    found = ip_parse(s, ip) || (cut < s.n && ip_parse(span_head(s, cut), ip));
    ip_unmap(ip);
    return found;
}

static struct span without_final_dot(struct span s)
{
    while (s.n && (s.p[s.n - 1] == '.' || s.p[s.n - 1] == ','))
        s.n--;
    return s;
}

static void set(struct span *slot, struct span value)
{
    if (!slot->p && value.n)
        *slot = value;
}

/* What a word of 2 to 4 letters says of the one behind it. */
enum keyword { NO_KEYWORD, FROM, BY, WITH, ID, FOR, VIA };

#define LETTERS(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

static enum keyword keyword_of(struct span w)
{
    const uint8_t *p = w.p;

    if (w.n < 2 || w.n > 4)
        return NO_KEYWORD;
    switch (LETTERS(p[0], p[1], w.n > 2 ? p[2] : 0, w.n > 3 ? p[3] : 0) | LETTERS(0x20, 0x20, 0x20, 0x20)) { /* no sign becomes a letter */
    case LETTERS('b', 'y', ' ', ' '):
        return w.n == 2 ? BY : NO_KEYWORD;
    case LETTERS('i', 'd', ' ', ' '):
        return w.n == 2 ? ID : NO_KEYWORD;
    case LETTERS('f', 'o', 'r', ' '):
        return w.n == 3 ? FOR : NO_KEYWORD;
    case LETTERS('v', 'i', 'a', ' '):
        return w.n == 3 ? VIA : NO_KEYWORD;
    case LETTERS('f', 'r', 'o', 'm'):
        return FROM;
    case LETTERS('w', 'i', 't', 'h'):
        return WITH;
    default:
        return NO_KEYWORD;
    }
}

/* A word behind "helo=", "helo:", "HELO ", "EHLO "; *rest is what follows the mark. */
static bool is_helo_mark(struct span w, struct span *rest)
{
    if (w.n < 4 || (!span_starts_nocase(w, SPAN("helo")) && !span_starts_nocase(w, SPAN("ehlo"))))
        return false;
    if (w.n > 4 && w.p[4] != '=' && w.p[4] != ':')
        return false;
    *rest = span_from(w, 5);
    return true;
}

/* "TLSv1.3", "TLS1_2", "SSLv3": a protocol name and version, not the TLS_ of a cipher. */
static void read_tls(struct span s, struct received *r)
{
    if (r->tls.p || s.n <= 4)
        return;
    for (size_t i = received_tls_find(s, 0); i + 4 < s.n && !r->tls.p; i = received_tls_find(s, i + 1)) {
        struct span at = span_from(s, i);
        bool ssl = (s.p[i] | 0x20) == 's';
        size_t n = 3;

        if ((i && ascii_alnum(s.p[i - 1])) || (ssl && ascii_lower(at.p[3]) != 'v'))
            continue;
        if (ascii_lower(at.p[n]) == 'v')
            n++;
        if (n == at.n || !ascii_digit(at.p[n]))
            continue;
        while (n < at.n && (ascii_digit(at.p[n]) || at.p[n] == '.' || at.p[n] == '_'))
            n++;
        r->tls = without_final_dot(span_head(at, n));
    }
}

/* What the from clause looked like: Exim's helo=, "source:[ip]", words that are no name ("mail pickup service"). */
struct from_shape {
    bool exim, source, words;
};

/* Names have a dot, but for localhost; "unknown" is none, nor is "port=25". */
static bool is_name(struct span w)
{
    struct ip_addr ip;

    return span_eq_nocase(w, SPAN("localhost")) ||
           (span_find(w, 0, '.') < w.n && span_find(w, 0, '=') == w.n && !read_ip(w, &ip));
}

/* What stands for a name where the server found none, or was told no more than that. */
static bool is_no_name(struct span w)
{
    static const struct span words[] = {SPAN_INIT("unknown"), SPAN_INIT("<unknown>"), SPAN_INIT("unverified"), SPAN_INIT("untrusted"),
                                        SPAN_INIT("verified"), SPAN_INIT("HELO"), SPAN_INIT("EHLO")};

    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (span_eq_nocase(w, words[i]))
            return true;
    return false;
}

/* The host of "user@host", which ident gives. */
static struct span without_user(struct span w)
{
    size_t at = span_find(w, 0, '@');

    return without_final_dot(at < w.n ? span_from(w, at + 1) : w);
}

/* A reverse name: "host", or "user@host" of ident; nothing where the server found none. */
static void set_rdns(struct received *r, struct span w)
{
    w = without_user(w);
    if (is_name(w))
        set(&r->rdns, w);
}

/* The one word before [ip] is a name even without a dot: that of a host of the server's own network. */
static void set_rdns_before(struct received *r, struct span w)
{
    struct ip_addr ip;

    w = without_user(w);
    if (w.n && span_find(w, 0, '=') == w.n && !is_no_name(w) && !read_ip(w, &ip))
        set(&r->rdns, w);
}

/* "name[ip]" */
static bool read_name_and_ip(struct span w, struct received *r)
{
    size_t bracket = span_find(w, 0, '[');

    if (!bracket || bracket == w.n || !read_ip(span_from(w, bracket), &r->ip))
        return false;
    set_rdns_before(r, span_head(w, bracket));
    return true;
}

/* The address that w is, if the server itself put it there: in brackets anywhere; bare only at the front or behind
 * a name, since a proxy's word ("proxying for 1.2.3.4") is its client's. user@1.2.3.4 is qmail's with ident. */
static bool read_client_ip(struct span w, unsigned before, struct received *r)
{
    size_t at;

    if (w.p[0] != '[' && before > 1)
        return false;
    if (read_ip(w, &r->ip))
        return true;
    at = span_find(w, 0, '@');
    return at < w.n && read_ip(span_from(w, at + 1), &r->ip);
}

/*
 * A comment behind the from word: "rdns [ip]", "[ip] helo=name", "HELO name", "ip", "rdns ip",
 * "port=1 helo=name", "unknown [ip] (may be forged)".
 */
static void read_from_comment(struct span s, struct received *r, struct from_shape *shape)
{
    struct span w, first = {NULL, 0}, rest;
    struct received_words words;
    unsigned before = 0;

    received_comment_words(s, &words);
    for (; (w = received_comment_word(&words)).p; before++) {
        if (is_helo_mark(w, &rest)) {
            shape->exim = w.n > 4;
            set(&r->helo, w.n > 4 ? rest : received_comment_word(&words));
        } else if (!r->ip.family && read_client_ip(w, before, r)) {
            if (before == 1 && w.p[0] == '[')
                set_rdns_before(r, first);
            else
                set_rdns(r, first);
        } else if (!r->ip.family) {
            read_name_and_ip(w, r);
        }
        if (!first.p)
            first = w;
    }
}

/* Protocols of which the from word is no HELO name: a user, or a browser. */
static bool has_no_helo(struct span with)
{
    return span_eq_nocase(with, SPAN("local")) || span_starts_nocase(with, SPAN("HTTP")) ||
           span_eq_nocase(with, SPAN("mapi"));
}

/* Whether the from word is what a client said: not qmail's "unknown (1.2.3.4)", not the sender of a mail that no
 * client brought ("from <a@b> by x with RULES"). */
static bool is_helo_word(const struct received *r, const struct from_shape *shape)
{
    if (shape->words)
        return false;
    if (!r->ip.family)
        return span_find(r->from, 0, '@') == r->from.n;
    return r->rdns.p || !span_eq_nocase(r->from, SPAN("unknown"));
}

/* What the comments left open: the from word is the HELO name (Postfix, Sendmail, Exchange), the
 * reverse name (Exim with helo=, qmail with HELO), or the address itself. */
static void settle_from(struct received *r, const struct from_shape *shape)
{
    struct ip_addr ip;
    bool literal;

    if (!r->from.p || shape->source)
        return;
    literal = read_ip(r->from, &ip);
    if (literal && !r->ip.family) {
        r->ip = ip;
        return;
    }
    if (!r->helo.p && !has_no_helo(r->with) && is_helo_word(r, shape))
        r->helo = r->from;
    else if (r->helo.p && !literal && (shape->exim || !r->rdns.p))
        set_rdns(r, r->from);
}

/* "from source:[1.2.3.4] helo:name" */
static bool is_source(struct span w, struct received *r)
{
    return span_starts_nocase(w, SPAN("source:")) && read_ip(span_from(w, 7), &r->ip);
}

/* The tokens from "from" to the next keyword; returns the index behind them. */
static unsigned read_from(const struct received_tokens *all, unsigned i, struct received *r,
                          struct from_shape *shape)
{
    struct span rest;

    if (++i < all->n && all->t[i].kind == RECEIVED_WORD) {
        r->from = all->t[i].text;
        shape->source = is_source(r->from, r);
        i++;
    }
    for (; i < all->n; i++) {
        struct span w = all->t[i].text;

        if (all->t[i].kind == RECEIVED_COMMENT) {
            read_tls(w, r);
            read_from_comment(w, r, shape);
        } else if (is_helo_mark(w, &rest) && rest.n) {
            set(&r->helo, rest);
        } else if (keyword_of(w) || all->t[i].kind == RECEIVED_SEMICOLON) {
            break;
        } else if (r->ip.family || w.p[0] != '[' || !read_ip(w, &r->ip)) { /* fetchmail: from host [ip] by */
            shape->words = true;
        }
    }
    return i;
}

/* "with Microsoft SMTP Server": the words up to the next keyword or comment are one value. */
static unsigned read_with(const struct received_tokens *all, unsigned i, struct span *with)
{
    struct span found = {NULL, 0};

    while (i < all->n && all->t[i].kind == RECEIVED_WORD && !keyword_of(all->t[i].text)) {
        const struct span *w = &all->t[i++].text;

        found = found.p ? span_of(found.p, (size_t)(w->p + w->n - found.p)) : *w;
    }
    set(with, found);
    return i;
}

/* The word behind keyword i. Returns the index behind it. */
static unsigned read_one(const struct received_tokens *all, unsigned i, struct span *slot)
{
    if (i >= all->n || all->t[i].kind != RECEIVED_WORD)
        return i;
    set(slot, without_final_dot(all->t[i].text));
    return i + 1;
}

/* The word at i and what belongs to it. Returns the index behind. */
static unsigned read_word(const struct received_tokens *all, unsigned i, struct received *r, struct from_shape *shape, struct span *via)
{
    switch (keyword_of(all->t[i].text)) {
    case FROM:
        return r->from.p || r->by.p ? i + 1 : read_from(all, i, r, shape);
    case BY:
        return read_one(all, i + 1, &r->by);
    case WITH:
        return read_with(all, i + 1, &r->with);
    case VIA:
        return read_one(all, i + 1, via);
    case ID:
        return read_one(all, i + 1, &r->id);
    case FOR:
        return read_one(all, i + 1, &r->for_);
    default:
        return i + 1;
    }
}

static void read_tokens(const struct received_tokens *all, struct received *r)
{
    struct span via = {NULL, 0};
    struct from_shape shape = {false, false, false};

    for (unsigned i = 0; i < all->n;) {
        if (all->t[i].kind != RECEIVED_WORD)
            read_tls(all->t[i++].text, r);
        else
            i = read_word(all, i, r, &shape, &via);
    }
    set(&r->with, via);
    settle_from(r, &shape);
}

void received_parse(struct span value, struct received *out)
{
    struct received_tokens all;

    memset(out, 0, sizeof(*out));
    received_tokens_read(value, &all, &out->date);
    out->has_date = all.dated;
    if (!all.dated && all.date_at < value.n)
        out->has_date = date_parse(span_from(value, all.date_at), &out->date);
    read_tokens(&all, out);
}

/* The lowest public address below hop. */
static int lowest_public(const struct received *hops, uint32_t n, int hop)
{
    for (int i = (int)n; i > hop; i--)
        if (ip_is_public(&hops[i - 1].ip))
            return i;
    return 0;
}

struct received_origin received_origin(const struct received *hops, uint32_t n,
                                       const struct ip_addr *client,
                                       bool (*trusted)(void *ctx, const struct ip_addr *ip), void *ctx)
{
    struct received_origin origin = {-1, 0};

    for (uint32_t i = 0; i <= n && origin.hop < 0; i++) {
        const struct ip_addr *ip = i ? &hops[i - 1].ip : client;

        if (ip->family && !trusted(ctx, ip))
            origin.hop = (int)i;
    }
    if (origin.hop >= 0)
        origin.claimed = lowest_public(hops, n, origin.hop);
    return origin;
}
