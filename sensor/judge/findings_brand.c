/* SPDX-License-Identifier: Apache-2.0 */
/* findings_brand: whose names the mail uses, and whether they are its own. */
#include "sensor/judge/findings_case.h"

#include "decoders/name/mixed_word.h"
#include "sensor/judge/country_zones.h"
#include "sensor/judge/host_memo.h"

static const struct brands *brands_of(const struct finding_case *c)
{
    return c->judge ? c->judge->brands : NULL;
}

const struct brand *brand_owning(const struct finding_case *c, struct span host)
{
    return c->judge && host.n ? brand_of_domain(c->judge->brands, host) : NULL;
}

/* --- is the origin the brand's? --- */

enum whose { OWN, FOREIGN, NOBODY_KNOWS };

bool host_on_list(const struct finding_case *c, enum domain_list which, struct span host)
{
    return c->judge && host.n && list_has(c->judge->lists, which, host);
}

/* Countries that a brand's domains are under; at is where to look on. Absent when there are no more. */
static struct span next_country(const struct brand *b, uint32_t *at)
{
    while (*at < b->domains_n) {
        struct span d = b->domains[(*at)++], last;
        size_t dot = d.n;

        while (dot && d.p[dot - 1] != '.')
            dot--;
        last = span_from(d, dot);
        if (last.n == 2)
            return span_eq(last, SPAN("uk")) ? SPAN("gb") : last;
    }
    return nothing();
}

static bool is_abroad(const struct brand *b, struct span country)
{
    struct span home;
    uint32_t at = 0;
    bool any = false;

    while ((home = next_country(b, &at)).p) {
        any = true;
        if (span_eq_nocase(home, country))
            return false;
    }
    return any && country.n;
}

/* The network by the brands file, else the reverse name, else the country: what is not known decides nothing. Who sends
 * for others is nobody's forger. */
static enum whose origin_of(const struct finding_case *c, const struct brand *b)
{
    const struct record_origin *o = &c->r->origin;
    struct span ptr = folded_host(c, o->ptr);

    if (brand_owns_address(b, &o->ip) || (o->geo.asn && brand_owns_asn(b, o->geo.asn)))
        return OWN;
    if (ptr.n && o->ptr_state != PTR_NOT_CONFIRMED && brand_owns_host(brands_of(c), b, ptr))
        return OWN;
    for (uint32_t i = 0; i < b->domains_n; i++)
        if (dns_names_origin(c, b->domains[i]))
            return OWN;
    if (host_on_list(c, LIST_BULK_SENDER, ptr.n ? ptr : c->helo))
        return NOBODY_KNOWS;
    if (b->nets_n || (b->asns_n && o->geo.asn) || ptr.n || is_abroad(b, o->geo.country))
        return FOREIGN;
    return NOBODY_KNOWS;
}

static struct span whose_it_is(const struct finding_case *c, struct span said)
{
    const struct record_origin *o = &c->r->origin;
    char text[IP_TEXT];
    struct span at = o->ptr.n ? o->ptr : o->geo.org;

    if (!at.n)
        at = span_of(text, ip_format(&o->ip, text));
    return evidence_pair(c, said, ", from ", at);
}

/* Hardly a server of a brand calls itself by the brand's bare domain: there it is enough that nothing says it is one.
 * Carriers and mail providers do (docomo.ne.jp). */
struct span helo_brand(const struct finding_case *c)
{
    const struct brand *b = brand_owning(c, c->helo);
    enum whose whose = b ? origin_of(c, b) : OWN;

    bool bare = span_eq(c->helo, c->helo_domain) && !host_on_list(c, LIST_FREE_MAIL, c->helo);

    if (whose == FOREIGN || (whose == NOBODY_KNOWS && bare))
        return whose_it_is(c, c->r->origin.helo);
    return nothing();
}

/* b: who owns the domain. */
static struct span forged(const struct finding_case *c, const struct brand *b, struct span domain, struct span said)
{
    if (!b || is_authenticated(c) || host_on_list(c, LIST_FREE_MAIL, domain) || origin_of(c, b) != FOREIGN)
        return nothing();
    return whose_it_is(c, said);
}

struct span from_forged(const struct finding_case *c)
{
    return forged(c, c->from_domain.n ? c->from_owner : NULL, c->from_domain, c->r->email.from_address);
}

struct span envelope_forged(const struct finding_case *c)
{
    struct span domain = c->r->envelope_domain;
    const struct brand *b = span_eq(domain, c->r->from_domain) ? c->from_owner : brand_owning(c, domain);

    return forged(c, b, domain, c->r->mail_from);
}

/* --- names in From and in the subject --- */

struct named {
    const struct brand *brand[BRANDS_IN_TEXT];
    unsigned n;
};

static struct named named_in(const struct finding_case *c, struct span text)
{
    struct named x = {.n = 0};

    if (c->judge && text.n)
        x.n = brands_in_text(c->judge->brands, text, x.brand);
    return x;
}

static bool one_owns(const struct finding_case *c, const struct named *x, struct span host)
{
    for (unsigned i = 0; i < x->n; i++)
        if (host.n && brand_owns_host(brands_of(c), x->brand[i], host))
            return true;
    return false;
}

static struct span local_part(struct span address)
{
    struct span host = host_of_address(address);

    return host.p ? span_head(address, (size_t)(host.p - address.p) - 1) : nothing();
}

/* A mailbox that anybody may have (x@gmail.com): it is not the brand speaking. What lies under such a domain is the
 * provider's own (x@mail.yahoo.co.jp). */
static bool is_anybodys(const struct finding_case *c, struct span address, struct span domain)
{
    return host_on_list(c, LIST_FREE_MAIL, domain) && span_eq_nocase(host_of_address(address), domain);
}

/* The brand speaks by a domain of its own. */
static bool speaks(const struct finding_case *c, const struct named *x, struct span address, struct span domain)
{
    return one_owns(c, x, domain) && !is_anybodys(c, address, domain);
}

static bool is_word_byte(uint8_t c)
{
    return ascii_alnum(c) || c >= 0x80;
}

/* The word at or behind *at, and whether it has a digit or a letter beyond ASCII; n 0 at the end. */
static struct span next_word(struct span text, size_t *at, bool *odd)
{
    size_t begin;

    while (*at < text.n && !is_word_byte(text.p[*at]))
        ++*at;
    begin = *at;
    for (*odd = false; *at < text.n && is_word_byte(text.p[*at]); ++*at)
        *odd = *odd || !ascii_alpha(text.p[*at]);
    return span_head(span_from(text, begin), *at - begin);
}

/* "Amaz0n", "PayPa1", "Ámazon": a brand's name with what looks like its letters. Plain words that a brand has for a domain
 * (booking, target) are words. */
static struct named disguised_in(const struct finding_case *c, struct span text)
{
    enum { LEAST = 5 };
    struct named x = {.n = 0};
    struct span word;
    size_t at = 0;
    bool odd;

    while (c->judge && !x.n && (word = next_word(text, &at, &odd)).n) {
        const struct brand *b = odd && word.n >= LEAST ? host_memo_look(c->memo, c->judge, word) : NULL;

        if (b)
            x = (struct named){.brand = {b}, .n = 1};
    }
    return x;
}

/* A name that is an address is no claim to be its provider: "ann@gmail.com" <ann@gmail.com>; nor is a customer's
 * name before the @. */
struct span from_brand(const struct finding_case *c)
{
    const struct record_email *e = &c->r->email;
    struct named x = named_in(c, e->from_name);
    bool shown;

    if (!x.n)
        x = disguised_in(c, e->from_name);
    shown = x.n && span_find(e->from_name, 0, '@') == e->from_name.n;
    if (!x.n)
        x = named_in(c, local_part(e->from_address));
    if (!x.n || (shown ? speaks(c, &x, e->from_address, c->r->from_domain) : one_owns(c, &x, c->r->from_domain)))
        return nothing();
    return e->from;
}

/* A reply quotes what it answers. Where From claims a brand the claim is counted there. */
struct span subject_brand(const struct finding_case *c)
{
    const struct record *r = c->r;
    struct named x = {.n = 0};

    if (!r->email.in_reply_to.n)
        x = named_in(c, r->email.subject);
    if (!x.n || from_brand(c).p || speaks(c, &x, r->email.from_address, r->from_domain) ||
        speaks(c, &x, r->mail_from, r->envelope_domain))
        return nothing();
    return evidence_pair(c, x.brand[0]->name, ", from ", c->from_domain.n ? c->from_domain : r->envelope_domain);
}

/* --- scripts --- */

static struct span mixed_in(const struct finding_case *c, struct span text)
{
    struct span word;
    size_t at = 0;

    while ((word = mixed_word_next(text, &at)).p)
        if (host_memo_look(c->memo, c->judge, word))
            return word;
    return nothing();
}

struct span text_homoglyph(const struct finding_case *c)
{
    const struct record *r = c->r;
    struct span word = nothing();

    if (!c->judge)
        return nothing();
    word = mixed_in(c, r->email.subject);
    if (!word.p)
        word = mixed_in(c, r->email.from_name);
    return word.p ? word : mixed_in(c, r->body.homoglyph);
}

struct span text_names_recipient(const struct finding_case *c)
{
    return c->r->body.greets;
}

/* --- the clock --- */

static enum zone_fit zone_of(const struct brand *b, struct span zone)
{
    enum zone_fit fit = ZONE_UNKNOWN;
    struct span country;
    uint32_t at = 0;

    while ((country = next_country(b, &at)).p) {
        enum zone_fit one = country_zone(country, zone);

        if (one == ZONE_FITS)
            return one;
        if (one == ZONE_FOREIGN)
            fit = one;
    }
    return fit;
}

/* Against the brand that From, HELO or the subject names, and against the origin's country: neither's clock. UTC is
 * everybody's. */
struct span date_zone_foreign(const struct finding_case *c)
{
    const struct record *r = c->r;
    struct span zone = r->date.zone;
    const struct brand *b = c->from_domain.n ? c->from_owner : NULL;
    struct named x = {.n = 0};

    if (span_eq(span_from(zone, 1), SPAN("0000")) || country_zone(r->origin.geo.country, zone) != ZONE_FOREIGN)
        return nothing();
    b = b ? b : brand_owning(c, c->helo);
    if (!b)
        x = named_in(c, r->email.from_name);
    if (!b && !x.n)
        x = named_in(c, r->email.subject);
    b = b ? b : x.n ? x.brand[0] : NULL;
    if (!b || zone_of(b, zone) != ZONE_FOREIGN)
        return nothing();
    return evidence_pair(c, evidence_pair(c, zone, ", neither ", r->origin.geo.country), " nor ", b->name);
}
