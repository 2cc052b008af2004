/* SPDX-License-Identifier: Apache-2.0 */
/* passive_dns: a record's addresses and names, each asked of the memory once. */
#include "sensor/judge/passive_dns.h"

/* The look-ups of one mail. */
struct look_up {
    struct record *r;
    const struct dns_memory *d;
    const struct judge *judge;
    int64_t now_us;
    struct list names, listings;
};

static enum dns_known addresses_of(const struct look_up *x, const struct dns_name *name, struct dns_addresses *out)
{
    return dns_memory_addresses(x->d, name, x->now_us, out);
}

/* --- reverse names --- */

static bool has_address(const struct dns_addresses *a, const struct ip_addr *ip)
{
    for (unsigned i = 0; i < a->n; i++)
        if (ip_eq(&a->ips[i], ip))
            return true;
    return false;
}

/* Whether name points back to the origin; *first: where it points. */
static enum ptr_state ptr_state_of(const struct look_up *x, const struct dns_name *name, struct ip_addr *first)
{
    struct dns_addresses a;

    switch (addresses_of(x, name, &a)) {
    case DNS_KNOWN: break;
    case DNS_DENIED: return PTR_NOT_CONFIRMED;
    default: return PTR_NAMED;
    }
    if (has_address(&a, &x->r->origin.ip))
        return PTR_CONFIRMED;
    /* A name of IPv4 addresses alone says nothing of an IPv6 client: the server may not have asked. */
    for (unsigned i = 0; i < a.n; i++) {
        if (a.ips[i].family != x->r->origin.ip.family)
            continue;
        *first = a.ips[i];
        return PTR_NOT_CONFIRMED;
    }
    return PTR_NAMED;
}

static struct span kept_text(struct record *r, const struct dns_name *name)
{
    char text[DNS_TEXT_MAX];
    size_t n = dns_name_format(name, text);

    return n ? arena_dup(&r->arena, span_of(text, n)) : span_of(NULL, 0);
}

/* Of several reverse names the first that points back, else the first. */
static void take_ptr(const struct look_up *x, const struct dns_names *names)
{
    struct record_origin *o = &x->r->origin;

    for (unsigned i = 0; i < names->n; i++) {
        struct ip_addr first = {0};
        enum ptr_state state = ptr_state_of(x, &names->names[i], &first);

        if (o->ptr.p && state != PTR_CONFIRMED)
            continue;
        o->ptr = kept_text(x->r, &names->names[i]);
        o->ptr_state = o->ptr.p ? state : PTR_UNKNOWN;
        o->ptr_ip = first;
        if (state == PTR_CONFIRMED)
            return;
    }
}

static void look_up_ptr(const struct look_up *x)
{
    struct record_origin *o = &x->r->origin;
    struct dns_name name;
    struct dns_names found;

    if (!o->ip.family)
        return;
    if (o->ptr.p) { /* Received said it, and the server asked where it points */
        if (dns_name_parse(o->ptr, &name))
            o->ptr_state = ptr_state_of(x, &name, &o->ptr_ip);
        return;
    }
    if (!dns_name_reverse(&o->ip, span_of(NULL, 0), &name))
        return;
    switch (dns_memory_names(x->d, &name, DNS_TYPE_PTR, x->now_us, &found)) {
    case DNS_KNOWN: take_ptr(x, &found); break;
    case DNS_DENIED: o->ptr_state = PTR_MISSING; break;
    default: break;
    }
}

/* --- names --- */

/* A name in another script is looked up in its ASCII form (IDNA). */
static bool name_of(const struct look_up *x, struct span text, struct dns_name *out)
{
    uint8_t ascii[UNICODE_NAME_OUT];
    size_t n;

    if (dns_name_parse(text, out))
        return true;
    n = x->judge ? unicode_name_to_ascii(x->judge->unicode, text, ascii) : 0;
    return n && dns_name_parse(span_of(ascii, n), out);
}

static bool keep_addresses(const struct look_up *x, const struct dns_addresses *a, struct record_name *out)
{
    struct ip_addr *kept = arena_alloc(&x->r->arena, a->n * sizeof(*kept));

    if (!kept)
        return false;
    memcpy(kept, a->ips, a->n * sizeof(*kept));
    out->ips = kept;
    out->ips_n = a->n;
    return true;
}

/* False: nothing is known of name. */
static bool fill_name(const struct look_up *x, const struct dns_name *name, struct record_name *out)
{
    struct dns_addresses a;
    enum dns_known known = addresses_of(x, name, &a);

    out->none = known == DNS_DENIED;
    return known == DNS_KNOWN ? keep_addresses(x, &a, out) : out->none;
}

/* A domain may have no address but mail servers: theirs, where they are known, as far as there is room. */
static void fill_mail_servers(const struct look_up *x, const struct dns_name *name, struct record_name *out)
{
    struct dns_addresses all = {0}, a;
    struct dns_names mx;

    if (dns_memory_names(x->d, name, DNS_TYPE_MX, x->now_us, &mx) != DNS_KNOWN)
        return;
    for (unsigned i = 0; i < mx.n; i++) {
        if (addresses_of(x, &mx.names[i], &a) != DNS_KNOWN)
            continue;
        for (unsigned k = 0; k < a.n && all.n < sizeof(all.ips) / sizeof(all.ips[0]); k++)
            all.ips[all.n++] = a.ips[k];
    }
    out->none = false;
    if (all.n)
        keep_addresses(x, &all, out);
}

static void add_name(struct look_up *x, struct span text, bool takes_mail)
{
    struct record_name found = {0}, *slot;
    struct dns_name name;

    if (!text.n || !name_of(x, text, &name))
        return;
    fill_name(x, &name, &found);
    if (!found.ips_n && takes_mail)
        fill_mail_servers(x, &name, &found);
    if (!found.ips_n && !found.none)
        return;
    found.name = kept_text(x->r, &name);
    for (uint32_t i = 0; i < x->names.n; i++)
        if (span_eq(((const struct record_name *)x->names.items)[i].name, found.name))
            return;
    slot = found.name.p ? list_add(&x->names, &x->r->arena, sizeof(*slot), LIMIT_RECORD_NAMES) : NULL;
    if (slot)
        *slot = found;
}

/* What stands behind the last @ of an address, without the path's bracket. */
static struct span host_of(struct span address)
{
    size_t at = address.n;

    while (at && address.p[at - 1] != '@')
        at--;
    return at ? span_head(span_from(address, at), span_find(span_from(address, at), 0, '>')) : span_of(NULL, 0);
}

static void look_up_names(struct look_up *x)
{
    struct record *r = x->r;

    add_name(x, host_of(r->email.from_address), true);
    add_name(x, r->from_domain, true);
    add_name(x, host_of(r->mail_from), true);
    add_name(x, r->envelope_domain, true);
    add_name(x, r->helo, false);
    r->names = x->names.items;
    r->names_n = x->names.n;
}

/* --- links --- */

static void look_up_links(const struct look_up *x)
{
    struct record *r = x->r;

    for (uint32_t i = 0; i < r->links_n; i++) {
        struct record_name found = {0};
        struct dns_name name;

        if (r->links[i].ip.family || !name_of(x, r->links[i].host, &name) || !fill_name(x, &name, &found))
            continue;
        if (!r->link_names)
            r->link_names = arena_zalloc(&r->arena, r->links_n * sizeof(*r->link_names));
        if (!r->link_names)
            return;
        found.name = r->links[i].host;
        r->link_names[i] = found;
    }
}

/* --- blocklists --- */

static void add_listing(struct record *r, struct list *l, struct span zone, const struct ip_addr *answer)
{
    struct record_listing *slot;

    for (uint32_t i = 0; i < l->n; i++) {
        struct record_listing *old = &((struct record_listing *)l->items)[i];

        if (!span_eq(old->zone, zone) || (old->answer.family && answer->family && !ip_eq(&old->answer, answer)))
            continue;
        old->answer = answer->family ? *answer : old->answer;
        return;
    }
    slot = list_add(l, &r->arena, sizeof(*slot), LIMIT_RECORD_LISTINGS);
    if (slot)
        *slot = (struct record_listing){zone, *answer};
}

/* 127.0.0.2 and on say "listed" (RFC 5782 2.3); 127.0.0.1 is used by some for the contrary, and 127.255.255.x says
 * that the asker may not ask. */
static bool says_listed(const struct ip_addr *a)
{
    return a->family == 4 && a->b[0] == 127 && a->b[1] == 0 && a->b[2] == 0 && a->b[3] > 1;
}

static void look_up_listing(struct look_up *x, const struct ip_addr *ip, struct span zone)
{
    struct dns_addresses a;
    struct dns_name name;

    if (!dns_name_reverse(ip, zone, &name) || addresses_of(x, &name, &a) != DNS_KNOWN)
        return;
    for (unsigned i = 0; i < a.n; i++)
        if (says_listed(&a.ips[i]))
            add_listing(x->r, &x->listings, arena_dup(&x->r->arena, zone), &a.ips[i]);
}

/* Of the connection's client, and of the origin where a trusted relay stands between. */
static void look_up_listings(struct look_up *x)
{
    struct record *r = x->r;

    uint32_t zones = x->judge ? list_count(x->judge->lists, LIST_DNSBL) : 0;

    x->listings = (struct list){.items = r->listings, .n = r->listings_n, .cap = r->listings_n};
    for (uint32_t i = 0; i < zones; i++) {
        struct span zone = list_at(x->judge->lists, LIST_DNSBL, i);

        if (!dns_memory_lists(x->d, zone))
            continue;
        look_up_listing(x, &r->client, zone);
        if (r->origin.ip.family && !ip_eq(&r->origin.ip, &r->client))
            look_up_listing(x, &r->origin.ip, zone);
    }
    r->listings = x->listings.items;
    r->listings_n = x->listings.n;
}

void passive_dns(struct record *r, const struct dns_memory *d, const struct judge *judge, int64_t now_us)
{
    struct look_up x = {.r = r, .d = d, .judge = judge, .now_us = now_us};

    if (dns_memory_lacks(d, now_us))
        anomaly_raise(&r->anomalies, ANOMALY_RECORD_TOO_LARGE);
    look_up_ptr(&x);
    look_up_names(&x);
    look_up_links(&x);
    look_up_listings(&x);
}

/* --- refusals --- */

/* The host name that s begins with: at least two labels of letters, digits and hyphens. */
static struct span leading_host(struct span s)
{
    size_t n = 0, dots = 0;

    while (n < s.n && (ascii_alnum(s.p[n]) || s.p[n] == '-' || (s.p[n] == '.' && n && s.p[n - 1] != '.')))
        dots += s.p[n++] == '.';
    while (n && (s.p[n - 1] == '.' || s.p[n - 1] == '-')) {
        n--;
        dots -= s.p[n] == '.';
    }
    return dots && n <= DNS_NAME_MAX && ascii_alpha(s.p[n - 1]) ? span_head(s, n) : span_of(NULL, 0);
}

static struct span lower(struct arena *a, struct span s)
{
    uint8_t *p = s.n ? arena_alloc(a, s.n) : NULL;

    for (size_t i = 0; p && i < s.n; i++)
        p[i] = ascii_lower(s.p[i]);
    return span_of(p, p ? s.n : 0);
}

/* How servers word it. Only Postfix's own wording names nothing but lists; behind the others a list that we know must
 * stand. What a client said of itself (its HELO, its sender) may be in a reply too, but not behind such words. */
static const struct {
    const char *words;
    bool any_name;
} refusals[] = {
    {"blocked using ", true}, {"blocked by ", false}, {"listed in ", false},  {"listed by ", false},
    {"listed at ", false},    {"listed on ", false},  {"found in ", false},   {"found on ", false},
    {"rejected by ", false},  {"according to ", false},
};

void listings_of_refusal(struct record *r, const struct domain_lists *lists)
{
    struct list l = {0};
    struct span text;

    if (r->outcome != SMTP_REFUSED && r->outcome != SMTP_DEFERRED)
        return;
    text = lower(&r->arena, r->reply.text);
    for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
        struct span words = span_cstr(refusals[i].words);
        size_t at = span_find_span(text, 0, words);
        struct span zone = at < text.n ? leading_host(span_from(text, at + words.n)) : span_of(NULL, 0);

        if (zone.n && (refusals[i].any_name || (lists && list_has(lists, LIST_DNSBL, zone))))
            add_listing(r, &l, zone, &(struct ip_addr){0});
    }
    r->listings = l.items;
    r->listings_n = l.n;
}
