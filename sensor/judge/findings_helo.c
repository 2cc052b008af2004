/* SPDX-License-Identifier: Apache-2.0 */
/* findings_helo: the name a host gives itself, the name its address has, and what passive DNS knows of both. */
#include "sensor/judge/findings_case.h"

#include "sensor/flows/identity.h"

static bool is_literal(struct span helo)
{
    return helo.n && helo.p[0] == '[';
}

static bool is_bare_word(struct span helo)
{
    struct ip_addr ip;

    return helo.n && span_find(helo, 0, '.') == helo.n && !is_literal(helo) && !ip_parse(helo, &ip);
}

/* Not the client's own: what it says of another. */
static struct span as_claimed(const struct finding_case *c, struct span said)
{
    return evidence_pair(c, said, ", as a Received field has it", SPAN(""));
}

/* RFC 5321 4.1.1.1: a fully-qualified name. The one that a relay claims below itself counts too: the tools that forge
 * a Received field put a random word there. */
struct span helo_not_fqdn(const struct finding_case *c)
{
    const struct received *below = claimed_hop(c);

    if (is_bare_word(c->helo))
        return c->r->origin.helo;
    if (below && is_bare_word(below->helo))
        return as_claimed(c, below->helo);
    return nothing();
}

/* Names that no DNS of the world has: RFC 6761 (localhost), 6762 (local, and in its appendix G what networks use:
 * intranet, internal, private, corp, home, lan), 8375 (home.arpa), ICANN's internal; the defaults of Red Hat's
 * installer (localdomain) and of OpenStack (novalocal). */
struct span helo_private_name(const struct finding_case *c)
{
    static const struct span inside[] = {SPAN_INIT("local"), SPAN_INIT("localdomain"), SPAN_INIT("localhost"), SPAN_INIT("internal"),
                                         SPAN_INIT("intranet"), SPAN_INIT("private"), SPAN_INIT("corp"), SPAN_INIT("home"),
                                         SPAN_INIT("lan"), SPAN_INIT("novalocal"), SPAN_INIT("home.arpa"), SPAN_INIT("openstacklocal"),
                                         SPAN_INIT("workgroup")};

    if (is_bare_word(c->helo))
        return nothing();
    for (size_t i = 0; i < sizeof(inside) / sizeof(*inside); i++)
        if (host_under(c->helo, inside[i]))
            return c->r->origin.helo;
    return nothing();
}

/* RFC 5321 4.1.3: [192.0.2.1], [IPv6:2001:db8::1]. */
static bool literal_address(struct span helo, struct ip_addr *ip)
{
    struct span inside = span_head(span_from(helo, 1), span_find(helo, 0, ']') - 1);

    if (span_starts_nocase(inside, SPAN("ipv6:")))
        inside = span_from(inside, 5);
    return ip_parse(inside, ip);
}

struct span helo_address(const struct finding_case *c)
{
    struct ip_addr ip;

    if (!is_literal(c->helo))
        return ip_parse(c->helo, &ip) ? c->r->origin.helo : nothing();
    if (literal_address(c->helo, &ip) && ip_eq(&ip, &c->r->origin.ip))
        return nothing();
    return c->r->origin.helo;
}

/* With --home the packet says what is outside. Without it a host of the recipient's own may well be in the
 * recipient's domain; what no host of a domain says is the bare domain, or the very name the server gave itself. */
struct span helo_is_recipient(const struct finding_case *c)
{
    const struct record *r = c->r;
    struct span banner = r->reply.banner;
    bool servers_own = c->helo_domain.n && find_nocase(banner, c->helo) < banner.n;

    if (dns_names_origin(c, c->helo_domain) || span_eq(c->ptr_domain, c->helo_domain))
        return nothing();
    if (!is_recipients_domain(c, c->helo_domain))
        return nothing();
    if (c->o->home_n ? !identity_in(c->o->home, c->o->home_n, &r->origin.ip) : servers_own || span_eq(c->helo, c->helo_domain))
        return r->origin.helo;
    return nothing();
}

static struct span differ(const struct finding_case *c, struct span helo, struct span helo_domain, struct span ptr, struct span ptr_domain)
{
    if (!helo_domain.n || !ptr_domain.n || span_eq(helo_domain, ptr_domain))
        return nothing();
    return evidence_pair(c, helo, ", reverse name ", ptr);
}

struct span helo_not_ptr(const struct finding_case *c)
{
    struct span said = differ(c, c->r->origin.helo, c->helo_domain, c->r->origin.ptr, c->ptr_domain);
    const struct received *below = said.p ? NULL : claimed_hop(c);

    if (below)
        said = differ(c, below->helo, domain_of_host(c, below->helo), below->rdns, domain_of_host(c, below->rdns));
    return below && said.p ? as_claimed(c, said) : said;
}

struct span helo_no_address(const struct finding_case *c)
{
    for (uint32_t i = 0; i < c->r->names_n; i++)
        if (c->r->names[i].none && span_eq(c->r->names[i].name, c->helo))
            return c->r->origin.helo;
    return nothing();
}

/* A word of the list subscriber-words.txt, and no piece between dots and hyphens that begins with "static". */
static bool names_a_line(const struct finding_case *c, struct span name)
{
    if (!c->judge || !list_word_in(c->judge->lists, LIST_SUBSCRIBER, name).p)
        return false;
    for (size_t at = 0; at + 6 <= name.n; at++)
        if ((!at || name.p[at - 1] == '.' || name.p[at - 1] == '-') && span_starts_nocase(span_from(name, at), SPAN("static")))
            return false;
    return true;
}

/* Numbers of name, in order, that are the last two bytes of the address in either order. */
static bool holds_bytes(struct span name, const uint8_t *b)
{
    int before = -1;

    for (size_t i = 0; i < name.n;) {
        int v = 0;
        size_t begin = i;

        while (i < name.n && ascii_digit(name.p[i]) && i - begin < 3)
            v = v * 10 + (name.p[i++] - '0');
        if (i == begin) {
            i++;
            continue;
        }
        if ((before == b[2] && v == b[3]) || (before == b[3] && v == b[2]))
            return true;
        before = v;
    }
    return false;
}

struct span ptr_dynamic(const struct finding_case *c)
{
    const struct record_origin *o = &c->r->origin;
    struct span name = folded_host(c, o->ptr);
    struct span own = span_head(name, name.n > c->ptr_domain.n ? name.n - c->ptr_domain.n : 0);

    if (o->ip.family != 4 || !names_a_line(c, own) || !holds_bytes(own, o->ip.b))
        return nothing();
    return o->ptr;
}

static struct span address_text(const struct finding_case *c, const struct ip_addr *ip)
{
    char text[IP_TEXT];

    return arena_dup(&c->r->arena, span_of(text, ip_format(ip, text)));
}

/* Postfix's form of it, in the field that a trusted server wrote. */
static bool field_says_unknown(const struct record *r)
{
    uint32_t n = r->origin.hop;
    struct span field = n && n <= r->email.received.n ? r->email.received.items[n - 1] : nothing();

    return !r->origin.ptr.p && find_nocase(field, SPAN("(unknown [")) < field.n;
}

struct span ptr_missing(const struct finding_case *c)
{
    return c->r->origin.ptr_state == PTR_MISSING || field_says_unknown(c->r) ? address_text(c, &c->r->origin.ip) : nothing();
}

struct span ptr_not_confirmed(const struct finding_case *c)
{
    const struct record_origin *o = &c->r->origin;

    if (o->ptr_state != PTR_NOT_CONFIRMED)
        return nothing();
    if (!o->ptr_ip.family)
        return evidence_pair(c, o->ptr, " has no address", SPAN(""));
    return evidence_pair(c, o->ptr, " is ", address_text(c, &o->ptr_ip));
}
