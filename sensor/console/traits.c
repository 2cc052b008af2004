/* SPDX-License-Identifier: Apache-2.0 */
/* traits: shapes are texts whose numbers became N. */
#include "sensor/console/traits.h"

#include <stdio.h>

#include "decoders/base/endpoint.h"

enum { PATHS = 4 };

static const struct {
    const char *name;
    bool of_sender, alone;
} kinds[] = {
#define X(symbol, name, side, alone) {name, side, alone},
    TRAITS(X)
#undef X
};

const char *trait_name(enum trait_kind k)
{
    return kinds[k].name;
}

bool trait_of_sender(enum trait_kind k)
{
    return kinds[k].of_sender;
}

bool trait_alone(enum trait_kind k)
{
    return kinds[k].alone;
}

static void add(struct trait_list *l, enum trait_kind k, struct span text)
{
    if (!text.n || l->n == TRAITS_MOST)
        return;
    for (unsigned i = 0; i < l->n; i++)
        if (l->v[i].kind == k && span_eq(l->v[i].text, text))
            return;
    l->v[l->n++] = (struct trait){k, text};
}

/* --- shapes --- */

/* Runs of digits as N; dotted: numbers with dots between are one (a version). */
static struct span numbers_as_n(struct arena *a, struct span s, bool dotted)
{
    uint8_t *out = arena_alloc(a, s.n + 1);
    size_t n = 0;

    for (size_t i = 0; out && i < s.n; i++) {
        if (!ascii_digit(s.p[i])) {
            out[n++] = s.p[i];
            continue;
        }
        while (i + 1 < s.n && (ascii_digit(s.p[i + 1]) ||
                               (dotted && i + 2 < s.n && s.p[i + 1] == '.' && ascii_digit(s.p[i + 2]))))
            i++;
        out[n++] = 'N';
    }
    return span_of(out, out ? n : 0);
}

static bool has_digit(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (ascii_digit(s.p[i]))
            return true;
    return false;
}

static struct span folded(struct arena *a, struct span s)
{
    uint8_t *out = arena_alloc(a, s.n + 1);

    while (s.n && s.p[s.n - 1] == '.')
        s.n--;
    for (size_t i = 0; out && i < s.n; i++)
        out[i] = ascii_lower(s.p[i]);
    return span_of(out, out ? s.n : 0);
}

static struct span last_label(struct span host)
{
    size_t at = host.n;

    while (at && host.p[at - 1] != '.')
        at--;
    return span_from(host, at);
}

static bool is_address(struct span s)
{
    struct ip_addr ip;

    return (s.n && s.p[0] == '[') || ip_parse(s, &ip);
}

/* Below a public suffix the owner's name is another one every time: the first label tells. */
static struct span public_shape(struct arena *a, const struct suffix *suffixes, struct span helo)
{
    struct span own = suffix_registrable(suffixes, helo), label = span_head(helo, span_find(helo, 0, '.')), shape;
    uint8_t *out;

    if (!own.n || own.n == helo.n)
        return span_of(NULL, 0);
    shape = numbers_as_n(a, label, false);
    out = arena_alloc(a, shape.n + 2);
    if (!out)
        return span_of(NULL, 0);
    memcpy(out, shape.p, shape.n);
    memcpy(out + shape.n, ".*", 2);
    return span_of(out, shape.n + 2);
}

struct span helo_shape(struct arena *a, const struct suffix *suffixes, struct span helo)
{
    helo = folded(a, helo);
    if (!helo.n || is_address(helo))
        return span_of(NULL, 0);
    if (suffix_is_tld(suffixes, last_label(helo)))
        return public_shape(a, suffixes, helo);
    return has_digit(helo) ? numbers_as_n(a, helo, false) : span_of(NULL, 0);
}

struct span mailer_shape(struct arena *a, struct span mailer)
{
    return has_digit(mailer) ? numbers_as_n(a, mailer, true) : span_of(NULL, 0);
}

struct span path_shape(struct arena *a, struct span path)
{
    return path.n > 1 ? numbers_as_n(a, span_head(path, LIMIT_TRAIT), false) : span_of(NULL, 0);
}

/* --- one mail --- */

/* RFC 2606: nobody's, so they say nothing about who uses them. */
static bool is_reserved(struct span domain)
{
    return span_eq(domain, SPAN("example.com")) || span_eq(domain, SPAN("example.net")) ||
           span_eq(domain, SPAN("example.org"));
}

static bool is_this_host(struct span helo)
{
    return span_eq(helo, SPAN("localhost")) || span_eq(helo, SPAN("localhost.localdomain")) ||
           span_eq(helo, SPAN("localdomain"));
}

static bool below_reserved(const struct suffix *suffixes, struct span host)
{
    return is_reserved(suffix_registrable(suffixes, host));
}

static void of_helo(struct trait_list *l, struct arena *a, const struct suffix *suffixes, struct span helo)
{
    struct span shape;
    bool numbered, reserved;

    helo = folded(a, helo);
    if (!helo.n || is_address(helo) || is_this_host(helo))
        return;
    shape = helo_shape(a, suffixes, helo);
    numbered = shape.n && memchr(shape.p, 'N', shape.n);
    reserved = below_reserved(suffixes, helo);
    if (!reserved)
        add(l, TRAIT_HELO, helo);
    if (numbered)
        add(l, TRAIT_HELO_SHAPE, shape);
    else if (!reserved)
        add(l, TRAIT_HELO_WORD, shape); /* "mail.*" is how half the world is called */
}

/* /24 and /48 where no database named the network. */
static struct span network(struct arena *a, const struct mail_facts *f)
{
    char text[IP_TEXT + 8];
    struct ip_net net;
    size_t n;

    if (f->net.n)
        return arena_dup(a, f->net);
    if (!ip_net_parse(f->origin_ip, &net))
        return span_of(NULL, 0);
    net.bits = net.ip.family == 4 ? 24 : 48;
    memset(net.ip.b + net.bits / 8, 0, sizeof(net.ip.b) - net.bits / 8);
    n = ip_format(&net.ip, text);
    n += (size_t)snprintf(text + n, sizeof(text) - n, "/%u", net.bits);
    return arena_dup(a, span_of(text, n));
}

static void of_sender(struct trait_list *l, struct arena *a, const struct mail_facts *f)
{
    char asn[24];

    add(l, TRAIT_SENDER, arena_dup(a, f->origin_ip));
    add(l, TRAIT_NET, network(a, f));
    if (f->asn)
        add(l, TRAIT_ASN, arena_dup(a, span_of(asn, (size_t)snprintf(asn, sizeof(asn), "%llu",
                                                                     (unsigned long long)f->asn))));
    add(l, TRAIT_CLAIMED, arena_dup(a, f->claimed_ip));
    add(l, TRAIT_MAILER, arena_dup(a, span_head(f->mailer, LIMIT_TRAIT)));
    add(l, TRAIT_MAILER_SHAPE, mailer_shape(a, span_head(f->mailer, LIMIT_TRAIT)));
    if (!f->client_trusted) { /* else they are the relay's */
        add(l, TRAIT_TLS, arena_dup(a, f->ja4));
        add(l, TRAIT_OS, arena_dup(a, f->os));
    }
}

/* What a page loads by itself lies on servers that everybody uses; what is to be clicked on is the sender's. */
static bool is_clicked(struct span tag)
{
    static const char *const loaded[] = {"img", "link", "script", "style", "background", "source", "video", "audio",
                                         "table", "td", "body", "tr", "th"};

    for (unsigned i = 0; i < sizeof(loaded) / sizeof(*loaded); i++)
        if (span_eq(tag, span_cstr(loaded[i])))
            return false;
    return true;
}

static bool is_www(struct span host, struct span domain)
{
    return host.n == domain.n + 4 && span_starts_nocase(host, SPAN("www."));
}

static void of_links(struct trait_list *l, struct arena *a, const struct mail_facts *f)
{
    unsigned paths = 0;

    for (unsigned i = 0; i < f->links_n; i++) {
        const struct mail_link *link = &f->links[i];
        struct span host, domain;

        if (!is_clicked(link->tag))
            continue;
        host = folded(a, link->host);
        domain = folded(a, link->domain);
        if (!is_reserved(domain)) {
            add(l, TRAIT_HOST, host);
            add(l, TRAIT_DOMAIN, domain);
        } else if (!span_eq(host, domain) && !is_www(host, domain)) {
            add(l, TRAIT_HOST, host);
        }
        if (link->path.n > 1 && paths++ < PATHS)
            add(l, TRAIT_PATH, path_shape(a, link->path));
    }
}

void traits_read(struct trait_list *l, struct arena *a, const struct suffix *suffixes, const struct mail_facts *f)
{
    l->n = 0;
    of_sender(l, a, f);
    of_helo(l, a, suffixes, span_head(f->helo, LIMIT_TRAIT));
    add(l, TRAIT_SUBJECT, arena_dup(a, span_head(f->subject_key, LIMIT_TRAIT)));
    add(l, TRAIT_BODY, arena_dup(a, f->body_key));
    for (unsigned i = 0; i < f->hashes_n; i++)
        add(l, TRAIT_FILE, arena_dup(a, f->hashes[i]));
    of_links(l, a, f);
}
