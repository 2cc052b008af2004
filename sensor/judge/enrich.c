/* SPDX-License-Identifier: Apache-2.0 */
/* enrich: joins the chain walk, the suffix list and the geo databases on one record. */
#include "sensor/judge/enrich.h"

#include "sensor/flows/identity.h"
#include "sensor/judge/findings.h"
#include "sensor/judge/passive_dns.h"
#include "sensor/judge/subject_key.h"

static bool is_trusted(void *ctx, const struct ip_addr *ip)
{
    return identity_trusted(ctx, ip);
}

static void fill_hop(struct record_origin *to, const struct record *r, int hop)
{
    const struct received *h = &r->hops[hop - 1];

    to->hop = (uint32_t)hop;
    to->ip = h->ip;
    to->helo = h->helo;
    to->ptr = h->rdns;
}

static void walk_chain(struct record *r, const struct worker_options *o)
{
    struct received_origin at =
        received_origin(r->hops, r->hops_n, &r->client, is_trusted, (void *)(uintptr_t)o);

    if (at.hop == 0) {
        r->origin.ip = r->client;
        r->origin.helo = r->helo;
    } else if (at.hop > 0) {
        fill_hop(&r->origin, r, at.hop);
    }
    if (at.claimed > 0)
        fill_hop(&r->claimed, r, at.claimed);
}

/* Lower case, no final dot, in the record's arena. */
static struct span fold_host(struct arena *a, struct span host)
{
    while (host.n && host.p[host.n - 1] == '.')
        host.n--;
    return arena_dup_lower(a, host);
}

/* The host of an address, of whose domain the suffixes are asked: what they remember comes from memory while something else is done. */
struct asked_host {
    struct span name; /* absent: the address has none */
    uint64_t asked;
};

static struct asked_host ask_host(struct arena *a, struct span address, const struct suffix *suffix)
{
    struct asked_host host = {{NULL, 0}, 0};
    size_t at = address.n;

    while (at && address.p[at - 1] != '@')
        at--;
    if (!at || at == address.n)
        return host;
    host.name = fold_host(a, span_from(address, at));
    if (host.name.n && host.name.p[0] != '[')
        host.asked = suffix_ask(suffix, host.name);
    return host;
}

/* Its registrable domain; the whole host where the list knows no better (inside names, address literals). */
static struct span domain_of(const struct asked_host *host, const struct suffix *suffix)
{
    struct span domain;

    if (!host->name.n || host->name.p[0] == '[')
        return host->name;
    domain = suffix_answer(suffix, host->name, host->asked);
    return domain.p ? domain : host->name;
}

static struct span inside_brackets(struct span path)
{
    path = span_trim(path);
    if (path.n && path.p[0] == '<')
        path = span_from(path, 1);
    return span_head(path, span_find(path, 0, '>'));
}

static void add_domain(struct record *r, struct list *l, struct span domain)
{
    struct span *slot;

    for (uint32_t i = 0; i < l->n; i++)
        if (span_eq(((const struct span *)l->items)[i], domain))
            return;
    slot = domain.n ? list_add(l, &r->arena, sizeof(*slot), LIMIT_REDIS_VALUES) : NULL;
    if (slot)
        *slot = domain;
}

static void rcpt_domains(struct record *r, const struct suffix *suffix)
{
    struct list l = {0};

    for (uint32_t i = 0; i < r->rcpt_n; i++) {
        struct asked_host host = ask_host(&r->arena, inside_brackets(r->rcpt[i].path), suffix);

        add_domain(r, &l, domain_of(&host, suffix));
    }
    r->rcpt_domains = (struct text_list){.items = l.items, .n = l.n};
}

static void look_up_links(struct record *r, const struct geoip *g)
{
    for (uint32_t i = 0; i < r->links_n; i++) {
        const struct ip_addr *ip = record_link_ip(r, i, 0);

        if (!ip)
            continue;
        if (!r->link_geo)
            r->link_geo = arena_zalloc(&r->arena, r->links_n * sizeof(*r->link_geo));
        if (!r->link_geo)
            return;
        geoip_lookup(g, ip, &r->arena, &r->link_geo[i]);
    }
}

static void look_up_hops(struct record *r, const struct geoip *g)
{
    for (uint32_t i = 0; i < r->hops_n; i++) {
        if (!r->hops[i].ip.family)
            continue;
        if (!r->hop_geo)
            r->hop_geo = arena_zalloc(&r->arena, r->hops_n * sizeof(*r->hop_geo));
        if (!r->hop_geo)
            return;
        geoip_lookup(g, &r->hops[i].ip, &r->arena, &r->hop_geo[i]);
    }
}

/* IDN hosts of links in the form that the link does not have. */
static void other_hosts(struct record *r, const struct unicode_names *u)
{
    uint8_t out[UNICODE_NAME_OUT];

    for (uint32_t i = 0; i < r->links_n; i++) {
        struct span host = r->links[i].host;
        unsigned back = r->links[i].host_back;
        size_t n = 0;

        if (back && r->link_hosts)
            r->link_hosts[i] = r->link_hosts[i - back];
        if (back)
            continue;
        if (unicode_name_has_ace(host))
            n = unicode_name_to_unicode(u, host, out);
        else if (host.p)
            n = unicode_name_to_ascii(u, host, out);
        if (!n)
            continue;
        if (!r->link_hosts)
            r->link_hosts = arena_zalloc(&r->arena, r->links_n * sizeof(*r->link_hosts));
        if (!r->link_hosts)
            return;
        r->link_hosts[i] = arena_dup(&r->arena, span_of(out, n));
    }
}

static void look_up_addresses(struct record *r, const struct geoip *g)
{
    if (!geoip_knows(g))
        return;
    geoip_lookup(g, &r->src.ip, &r->arena, &r->src_geo);
    geoip_lookup(g, &r->dst.ip, &r->arena, &r->dest_geo);
    if (r->origin.ip.family)
        geoip_lookup(g, &r->origin.ip, &r->arena, &r->origin.geo);
    if (r->claimed.ip.family)
        geoip_lookup(g, &r->claimed.ip, &r->arena, &r->claimed.geo);
    look_up_hops(r, g);
    look_up_links(r, g);
}

static void own_domains(struct record *r, const struct suffix *suffix)
{
    struct asked_host from = ask_host(&r->arena, r->email.from_address, suffix);
    struct asked_host envelope = ask_host(&r->arena, inside_brackets(r->mail_from), suffix);

    r->subject_key = subject_key(&r->arena, r->email.subject);
    rcpt_domains(r, suffix);
    r->from_domain = domain_of(&from, suffix);
    r->envelope_domain = domain_of(&envelope, suffix);
}

void enrich_record(struct record *r, const struct worker_options *o, const struct enrich_sources *from)
{
    const struct judge *judge = from->judge;
    const struct suffix *suffix = from->suffix;

    r->client_trusted = identity_trusted(o, &r->client);
    if (r->type == RECORD_SMTP) {
        walk_chain(r, o);
        own_domains(r, suffix);
        listings_of_refusal(r, judge ? judge->lists : NULL);
        if (from->dns)
            passive_dns(r, from->dns, judge, from->now_us);
    }
    if (judge) {
        look_up_addresses(r, judge->geoip);
        other_hosts(r, judge->unicode);
        for (unsigned i = 0; i < judge->watchlists_n; i++)
            watchlist_match(judge->watchlists[i], r);
    }
    if (r->type == RECORD_SMTP)
        findings_record(r, o, judge, suffix, from->hosts);
}
