/* SPDX-License-Identifier: Apache-2.0 */
/* findings_link: where links really go, by their form. The first one that shows it is the evidence. */
#include "sensor/judge/findings_case.h"

#include "decoders/base/escape.h"

typedef bool (*link_test)(const struct finding_case *c, const struct link *l);

/* have: what such a link has. */
static const struct link *first_link(const struct finding_case *c, enum links_have have, link_test is)
{
    for (uint32_t i = 0; (c->links & have) && i < c->r->links_n; i++)
        if (is(c, &c->r->links[i]))
            return &c->r->links[i];
    return NULL;
}

static struct span first_url(const struct finding_case *c, enum links_have have, link_test is)
{
    const struct link *l = first_link(c, have, is);

    return l ? l->url : nothing();
}

static bool is_web(const struct link *l)
{
    return !l->scheme.n || span_eq(l->scheme, SPAN("http")) || span_eq(l->scheme, SPAN("https"));
}

bool link_is_followed(const struct link *l)
{
    static const char *const tags[] = {"a", "area", "form", "button", "input", "meta", "bare", "base", "script"};

    if (!is_web(l) || !l->host.n || l->in == LINK_IN_HEADER)
        return false;
    for (size_t i = 0; l->tag && i < sizeof(tags) / sizeof(*tags); i++)
        if (strcmp(l->tag, tags[i]) == 0)
            return true;
    return !l->tag;
}

/* "Example.com" in running text is a name; an address is shown by its form: a scheme, www, or a path. */
static bool shows_an_address(const struct link *l)
{
    struct span text = span_trim(l->text);
    size_t host = find_nocase(text, l->text_host), end = host + l->text_host.n;

    return span_starts_nocase(l->text_host, SPAN("www.")) || find_nocase(text, SPAN("://")) < text.n ||
           (end < text.n && text.p[end] == '/');
}

/* A link scanner's link goes where its inner one goes. */
static bool shows_another(const struct finding_case *c, const struct link *l)
{
    struct span shown, goes = l->domain.n ? l->domain : l->host;

    if (!l->text_host.n || span_eq(l->text_host, l->host) || !link_is_followed(l) || l->wrapped.n || !shows_an_address(l))
        return false;
    shown = domain_of_host(c, l->text_host);
    return !span_eq(shown.n ? shown : l->text_host, goes);
}

struct span link_text_differs(const struct finding_case *c)
{
    const struct link *l = first_link(c, LINKS_SHOW_HOST, shows_another);

    return l ? evidence_pair(c, l->text_host, " leads to ", l->host) : nothing();
}

/* One of the reader's own network (a router, a printer) leads to no stranger. */
static bool is_plain_address(const struct link *l)
{
    struct ip_addr ip;

    return l->ip.family && ip_parse(l->host, &ip);
}

static bool to_address(const struct finding_case *c, const struct link *l)
{
    (void)c;
    return l->ip.family && link_is_followed(l) && is_plain_address(l) && ip_is_public(&l->ip);
}

static bool to_odd_address(const struct finding_case *c, const struct link *l)
{
    (void)c;
    return l->ip.family && link_is_followed(l) && !is_plain_address(l) && ip_is_public(&l->ip);
}

struct span link_address(const struct finding_case *c)
{
    return first_url(c, LINKS_ADDRESS, to_address);
}

struct span link_odd_address(const struct finding_case *c)
{
    return first_url(c, LINKS_ADDRESS, to_odd_address);
}

static bool has_userinfo(const struct finding_case *c, const struct link *l)
{
    (void)c;
    return l->userinfo && is_web(l);
}

struct span link_userinfo(const struct finding_case *c)
{
    return first_url(c, LINKS_USERINFO, has_userinfo);
}

/* Any link at all with From's domain, in the header too, answers for the others. */
struct span link_not_from(const struct finding_case *c)
{
    const struct link *other = NULL;

    if (!c->from_domain.n || !c->whole || anomaly_has(c->r->anomalies, ANOMALY_URL_TOO_MANY))
        return nothing();
    for (uint32_t i = 0; i < c->r->links_n; i++) {
        const struct link *l = &c->r->links[i];

        if (span_eq(l->domain, c->from_domain))
            return nothing();
        if (!other && link_is_followed(l))
            other = l;
    }
    return other ? other->host : nothing();
}

/* Pictures inside the mail are ordinary. */
static bool is_data(const struct finding_case *c, const struct link *l)
{
    (void)c;
    return span_eq(l->scheme, SPAN("data")) && !span_starts_nocase(l->url, SPAN("data:image/"));
}

static bool is_script(const struct finding_case *c, const struct link *l)
{
    (void)c;
    return span_eq(l->scheme, SPAN("javascript")) || span_eq(l->scheme, SPAN("vbscript"));
}

struct span link_data(const struct finding_case *c)
{
    return first_url(c, LINKS_NOT_WEB, is_data);
}

struct span link_script(const struct finding_case *c)
{
    return first_url(c, LINKS_NOT_WEB, is_script);
}

/* --- several names, one address --- */

/* First of the addresses that passive DNS saw for the host of link i; family 0: none. */
static struct ip_addr address_of(const struct record *r, uint32_t i)
{
    const struct record_name *n = &r->link_names[i];

    return n->ips_n ? n->ips[0] : (struct ip_addr){0};
}

/* Two names of one owner may share a server: two owners' names do so at a hoster, a CDN, or one that has many names.
 * The first links are compared, each with each. */
struct span link_one_server(const struct finding_case *c)
{
    const struct record *r = c->r;
    uint32_t n = !r->link_names ? 0 : r->links_n < LIMIT_FINDING_PAIRS ? r->links_n : LIMIT_FINDING_PAIRS;

    for (uint32_t i = 1; i < n; i++) {
        struct ip_addr ip = address_of(r, i);

        for (uint32_t k = 0; ip.family && k < i; k++) {
            struct ip_addr other = address_of(r, k);

            if (ip_eq(&ip, &other) && !span_eq(r->links[i].domain, r->links[k].domain))
                return evidence_pair(c, r->links[k].host, " and ", r->links[i].host);
        }
    }
    return nothing();
}
