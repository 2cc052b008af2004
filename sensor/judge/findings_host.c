/* SPDX-License-Identifier: Apache-2.0 */
/* findings_host: what the judge's files say of hosts: of all links' in one pass, and of From's. */
#include "sensor/judge/findings_case.h"

#include "sensor/judge/host_memo.h"

static const char *const how_words[] = {
    [LOOKALIKE_NONE] = "", [LOOKALIKE_SKELETON] = " looks like ", [LOOKALIKE_SLIP] = " is a slip away from ",
    [LOOKALIKE_INSIDE] = " has in it ",
};

static struct span what_it_is_like(const struct finding_case *c, struct span host, const struct host_facts *f)
{
    return evidence_pair(c, host, how_words[f->like], f->found.like);
}

/* What a customer chose of a host: all of it, but of names that a provider gives to anybody (x.onmicrosoft.com) the front. */
static struct span chosen(const struct finding_case *c, struct span host)
{
    struct span domain = c->from_domain;

    if (!domain.n || !c->from_anybodys || !host_under(host, domain))
        return host;
    return span_head(host, host.n > domain.n ? host.n - domain.n - 1 : 0);
}

struct span from_lookalike(const struct finding_case *c)
{
    struct span host = c->from_host, looked_at, domain;
    struct host_facts f;

    if (!c->judge || !c->from_usable)
        return nothing();
    looked_at = chosen(c, host);
    if (!looked_at.n)
        return nothing();
    domain = looked_at.n == host.n ? c->from_registered : domain_of_folded(c, looked_at);
    host_facts(c->memo, c->judge, c->suffix, looked_at, domain, &f);
    return f.like == LOOKALIKE_NONE ? nothing() : what_it_is_like(c, host, &f);
}

static void first(struct span *slot, struct span host)
{
    if (!slot->p)
        *slot = host;
}

static void see_like(struct finding_case *c, const struct link *l, const struct host_facts *f)
{
    struct span *slot = f->like == LOOKALIKE_INSIDE ? &c->link_inside : &c->link_like;

    if (l->domain.n && f->like != LOOKALIKE_NONE && !slot->p)
        *slot = what_it_is_like(c, l->host, f);
}

static void see_link(struct finding_case *c, const struct link *l, const struct host_facts *f)
{
    if (f->idn)
        first(&c->link_idn, l->host);
    if (f->owner && f->owner != c->from_owner)
        first(&c->link_site, l->host);
    if (l->in == LINK_IN_HEADER)
        return;
    if (f->shortener)
        first(&c->link_short, l->host);
    if (f->redirector)
        first(&c->link_led_on, l->host);
    if (f->random && link_is_followed(l))
        first(&c->link_random, l->host);
    see_like(c, l, f);
}

static unsigned what_it_has(const struct link *l)
{
    bool not_web = l->scheme.n && l->scheme.p[0] != 'h';

    return (l->ip.family ? LINKS_ADDRESS : 0) | (l->userinfo ? LINKS_USERINFO : 0) | (not_web ? LINKS_NOT_WEB : 0) |
           (l->text_host.n ? LINKS_SHOW_HOST : 0);
}

/* Of a host that comes again nothing is asked where nothing was said of it. */
void see_link_hosts(struct finding_case *c)
{
    bool any[LIMIT_LINKS];
    struct host_facts f;

    for (uint32_t i = 0; i < c->r->links_n; i++) {
        const struct link *l = &c->r->links[i];

        c->links |= what_it_has(l);
        any[i] = l->host.n && (!l->host_back || any[i - l->host_back]);
        if (!any[i])
            continue;
        host_facts(c->memo, c->judge, c->suffix, l->host, l->domain, &f);
        any[i] = f.any;
        if (f.any)
            see_link(c, l, &f);
    }
}

struct span link_brand_in_name(const struct finding_case *c)
{
    return c->link_inside;
}

struct span link_lookalike(const struct finding_case *c)
{
    return c->link_like;
}

/* The brand's real site, in a mail that is not the brand's. */
struct span link_brand_site(const struct finding_case *c)
{
    return c->link_site;
}

struct span link_punycode(const struct finding_case *c)
{
    return c->link_idn;
}

struct span link_shortener(const struct finding_case *c)
{
    return c->link_short;
}

struct span link_redirector(const struct finding_case *c)
{
    return c->link_led_on;
}

struct span link_random_host(const struct finding_case *c)
{
    return c->link_random;
}
