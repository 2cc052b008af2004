/* SPDX-License-Identifier: Apache-2.0 */
/* findings_sender: From against the envelope, Reply-To, Message-ID and the recipient. */
#include "sensor/judge/findings_case.h"

#include "sensor/flows/identity.h"

static struct span count_text(const struct finding_case *c, uint32_t n, const char *what)
{
    char digits[10];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n && at);
    return evidence_pair(c, span_of(digits + at, sizeof(digits) - at), " ", span_cstr(what));
}

/* RFC 5322 3.6.2: one From, with an address. Only where the header was seen to its end. */
struct span from_malformed(const struct finding_case *c)
{
    const struct record_email *e = &c->r->email;

    if (!c->whole || !c->r->has_email || e->state == MESSAGE_HEADER || e->state == MESSAGE_EMPTY)
        return nothing();
    if (!e->from_fields)
        return SPAN("no From");
    if (e->from_fields > 1)
        return count_text(c, e->from_fields, "From fields");
    if (c->from_usable)
        return nothing();
    return e->from.n ? e->from : SPAN("an empty From");
}

/* host is From's domain, or From's own host (an address of two @ has a host outside its domain): most say the same again, and
 * nothing need be looked for. */
static bool is_froms(const struct finding_case *c, struct span host)
{
    return span_eq_nocase(c->from_domain, host) ||
           (span_eq_nocase(c->from_host, host) && span_eq(c->from_registered, c->from_domain));
}

static struct span differs(const struct finding_case *c, struct span host)
{
    struct span domain;

    if (!c->from_domain.n || is_froms(c, host))
        return nothing();
    domain = domain_of_host(c, host);
    if (!domain.n || span_eq(c->from_domain, domain))
        return nothing();
    return evidence_pair(c, c->from_domain, ", ", domain);
}

struct span from_not_envelope(const struct finding_case *c)
{
    return differs(c, c->r->envelope_domain);
}

/* The first address of it. */
struct span from_not_reply_to(const struct finding_case *c)
{
    struct span s = c->r->email.reply_to;
    size_t open = span_find(s, 0, '<'), end;

    if (open < s.n)
        s = span_from(s, open);
    end = s.n;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '>' || s.p[i] == ',' || s.p[i] == ' ' || s.p[i] == ';') {
            end = i;
            break;
        }
    return differs(c, host_of_address(span_head(s, end)));
}

struct span from_not_message_id(const struct finding_case *c)
{
    return differs(c, host_of_address(c->r->email.message_id));
}

/* Passive DNS: the domain that From names is the sender's own. */
struct span from_address_match(const struct finding_case *c)
{
    if (!c->from_domain.n || !c->public_origin || !dns_names_origin(c, c->from_domain))
        return nothing();
    return c->from_domain;
}

/* Where nothing shows that the mail came from the domain's own hosts. */
static bool from_outside(const struct finding_case *c, struct span domain)
{
    if (is_authenticated(c) || dns_names_origin(c, domain) || span_eq(c->ptr_domain, domain))
        return false;
    if (c->o->home_n)
        return !identity_in(c->o->home, c->o->home_n, &c->r->origin.ip);
    return !span_eq(c->helo_domain, domain);
}

/* A display name that holds a recipient's domain, whatever stands before it: "support example.jp", "mail_example.jp". */
static bool names_domain(struct span name, struct span domain)
{
    size_t at = domain.n ? find_nocase(name, domain) : name.n;
    size_t end = at + domain.n;

    return at < name.n && (end == name.n || !ascii_alnum(name.p[end])) && (!at || !ascii_alnum(name.p[at - 1]));
}

static struct span name_of_recipient(const struct finding_case *c)
{
    struct span name = c->r->email.from_name;

    for (uint32_t i = 0; i < c->r->rcpt_domains.n; i++)
        if (names_domain(name, c->r->rcpt_domains.items[i]) && !span_eq(c->from_domain, c->r->rcpt_domains.items[i]))
            return name;
    for (unsigned i = 0; i < c->o->home_domains_n; i++)
        if (names_domain(name, c->o->home_domains[i]) && !host_under(c->from_domain, c->o->home_domains[i]))
            return name;
    return nothing();
}

struct span from_is_recipient(const struct finding_case *c)
{
    if (!c->public_origin || c->r->role == ROLE_SUBMISSION)
        return nothing();
    if (is_recipients_domain(c, c->from_domain) && from_outside(c, c->from_domain))
        return c->r->email.from_address;
    return name_of_recipient(c);
}
