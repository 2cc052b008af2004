/* SPDX-License-Identifier: Apache-2.0 */
/* findings_chain: a chain of Received fields that contradicts itself. */
#include "sensor/judge/findings_case.h"

enum { CLOCKS_APART = 3600 }; /* seconds that two honest servers' clocks may differ, and a wrong daylight saving */

static struct span name_of(const struct received *h)
{
    return h->rdns.n ? h->rdns : h->helo.n ? h->helo : h->from;
}

/* hops[i] is above hops[i + 1], so it was written later. */
static struct span backwards(const struct finding_case *c, const struct received *upper, const struct received *lower)
{
    char a[DATE_TEXT], b[DATE_TEXT];

    if (!upper->has_date || !lower->has_date || upper->date.utc >= lower->date.utc - CLOCKS_APART)
        return nothing();
    return evidence_pair(c, span_of(a, date_format(upper->date.utc, a)), " is above ",
                         span_of(b, date_format(lower->date.utc, b)));
}

/* A private address is seen from inside its own house only: its host and the one that wrote the field have one domain. */
static struct span private_between(const struct finding_case *c, const struct received *h)
{
    struct span from, by;
    char text[IP_TEXT];

    if (!h->ip.family || ip_is_public(&h->ip))
        return nothing();
    from = domain_of_host(c, name_of(h));
    by = domain_of_host(c, h->by);
    if (!from.n || !by.n || span_eq(from, by))
        return nothing();
    return evidence_pair(c, span_of(text, ip_format(&h->ip, text)), " came to ", h->by);
}

static bool of_the_world(const struct finding_case *c, struct span domain)
{
    size_t dot = domain.n;

    while (dot && domain.p[dot - 1] != '.')
        dot--;
    return dot && suffix_is_tld(c->suffix, span_from(domain, dot));
}

/* Not where it is no name, or one that says nothing. */
static bool is_anothers(const struct finding_case *c, struct span by, struct span name)
{
    struct span domain = domain_of_host(c, name);

    return of_the_world(c, domain) && !span_eq(domain, by);
}

/* Who took the mail is the one who hands it on. Inside names say nothing: a house may have two. Nor does a reverse name
 * beside a HELO that fits: it is the provider's. */
static struct span handed_on(const struct finding_case *c, const struct received *lower, const struct received *upper)
{
    struct span name = upper->helo.n ? upper->helo : upper->from, by;

    if (!name.n || !upper->rdns.n || span_eq_nocase(lower->by, name) || span_eq_nocase(lower->by, upper->rdns))
        return nothing(); /* most chains: no domain need be looked for */
    by = domain_of_host(c, lower->by);
    if (!of_the_world(c, by) || !is_anothers(c, by, name) ||
        (!span_eq_nocase(name, upper->rdns) && !is_anothers(c, by, upper->rdns)))
        return nothing();
    return evidence_pair(c, lower->by, " took it, handed on by ", name_of(upper));
}

struct span received_inconsistent(const struct finding_case *c)
{
    const struct received *h = c->r->hops;
    struct span said = nothing();

    for (uint32_t i = 0; i + 1 < c->r->hops_n && !said.p; i++) {
        said = backwards(c, &h[i], &h[i + 1]);
        if (!said.p && i)
            said = private_between(c, &h[i]);
        if (!said.p)
            said = handed_on(c, &h[i + 1], &h[i]);
    }
    return said;
}
