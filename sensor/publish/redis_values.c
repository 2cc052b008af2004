/* SPDX-License-Identifier: Apache-2.0 */
/* redis_values: a record's fields folded to the forms under which they are counted. */
#include "sensor/publish/redis_values.h"

#include <stdio.h>

#include "sensor/publish/recipients.h"
#include "sensor/publish/redis_bucket.h"

static struct span keep(struct redis_values *x)
{
    return arena_dup(x->arena, buf_span(&x->text));
}

static struct span keep_text(struct redis_values *x, struct span s)
{
    if (!s.p)
        return s;
    buf_clear(&x->text);
    buf_add_byte(&x->text, 0); /* a buffer that was never used has no address */
    x->text.n = 0;
    key_text(&x->text, s);
    return keep(x);
}

struct span values_text(struct redis_values *x, struct span s)
{
    return keep_text(x, redactor_apply(x->redactor, s));
}

/* Adds the value unless it is there; its index, or -1 for an absent value or a full list. Whatever it is, a recipient
 * may stand in it: a From that is the recipient's own, a mailer that names him. */
static int add(struct redis_values *x, enum redis_kind k, struct span s)
{
    struct redis_value_list *l = &x->kinds[k];
    struct redis_value v = {.facts_n = 0};

    s = redactor_apply(x->redactor, s);
    if (!s.n)
        return -1;
    v.member = keep_text(x, s);
    for (unsigned i = 0; i < l->n; i++)
        if (span_eq(l->v[i].member, v.member))
            return (int)i;
    if (l->n == LIMIT_REDIS_VALUES || !v.member.n)
        return -1;
    v.key = v.member;
    if (memchr(v.member.p, ':', v.member.n)) {
        buf_clear(&x->text);
        key_value(&x->text, k, s);
        v.key = keep(x);
    }
    if (!v.key.n)
        return -1;
    if (x->buckets > 1)
        v.bucket = redis_bucket_of(span_cstr(kind_name(k)), v.key);
    l->v[l->n] = v;
    return (int)l->n++;
}

/* Host names count in lower case and without their final dot. */
static int add_host(struct redis_values *x, enum redis_kind k, struct span host)
{
    uint8_t *copy;

    while (host.n && host.p[host.n - 1] == '.')
        host.n--;
    copy = host.n ? arena_alloc(x->arena, host.n) : NULL;
    if (!copy)
        return -1;
    for (size_t i = 0; i < host.n; i++)
        copy[i] = ascii_lower(host.p[i]);
    return add(x, k, span_of(copy, host.n));
}

static int add_ip(struct redis_values *x, enum redis_kind k, const struct ip_addr *ip)
{
    char text[IP_TEXT];

    return add(x, k, span_of(text, ip_format(ip, text)));
}

static void fact(struct redis_values *x, enum redis_kind k, int at, const char *field, struct span value)
{
    struct redis_value *v;

    if (at < 0 || !value.n)
        return;
    v = &x->kinds[k].v[at];
    for (unsigned i = 0; i < v->facts_n; i++)
        if (v->facts[i].field == field)
            return;
    if (v->facts_n < ENTITY_FACTS)
        v->facts[v->facts_n++] = (struct redis_fact){field, values_text(x, value)};
}

static struct span asn_text(const struct geo *g, char text[16])
{
    return span_of(text, g->asn ? (size_t)snprintf(text, 16, "%u", g->asn) : 0);
}

static void geo_facts(struct redis_values *x, enum redis_kind k, int at, const struct geo *g)
{
    char asn[16];

    fact(x, k, at, "asn", asn_text(g, asn));
    fact(x, k, at, "org", g->org);
    fact(x, k, at, "country", g->country);
    fact(x, k, at, "city", g->city);
    fact(x, k, at, "net", g->net);
}

/* The connection's own fingerprints: the origin's only where it made the connection itself. What stands in between with
 * a PROXY header has a SYN of its own and passes TLS on; who sends XCLIENT made both. */
static void of_connection(struct redis_values *x, const struct record *r, int ip)
{
    int at;

    if (r->via == SMTP_VIA_TCP || r->via == SMTP_VIA_PROXY)
        add(x, KIND_TLS, r->tls_seen.ja4);
    if (r->via != SMTP_VIA_TCP)
        return;
    at = add(x, KIND_OS, r->os.signature);
    fact(x, KIND_OS, at, "os", r->os.guess);
    fact(x, KIND_IP, ip, "os", r->os.guess);
}

static void of_origin(struct redis_values *x, const struct record *r)
{
    const struct record_origin *o = &r->origin;
    char asn[16];
    int at;

    if (o->ip.family) {
        at = add_ip(x, KIND_IP, &o->ip);
        geo_facts(x, KIND_IP, at, &o->geo);
        fact(x, KIND_IP, at, "ptr", o->ptr);
        if (!o->hop)
            of_connection(x, r, at);
        at = add(x, KIND_NET, o->geo.net);
        fact(x, KIND_NET, at, "asn", asn_text(&o->geo, asn));
        fact(x, KIND_NET, at, "org", o->geo.org);
        fact(x, KIND_NET, at, "country", o->geo.country);
        at = add(x, KIND_ASN, asn_text(&o->geo, asn));
        fact(x, KIND_ASN, at, "org", o->geo.org);
        fact(x, KIND_ASN, at, "country", o->geo.country);
        add(x, KIND_COUNTRY, o->geo.country);
        add(x, KIND_CITY, o->geo.city);
        add_host(x, KIND_PTR, o->ptr);
        add_host(x, KIND_HELO, o->helo);
    }
    if (r->claimed.ip.family) {
        at = add_ip(x, KIND_CLAIMED_IP, &r->claimed.ip);
        geo_facts(x, KIND_CLAIMED_IP, at, &r->claimed.geo);
        fact(x, KIND_CLAIMED_IP, at, "ptr", r->claimed.ptr);
    }
}

static struct span tld_of(const struct link *l)
{
    size_t at = l->host.n;

    if (!l->domain.n) /* an address, or a name without a public suffix */
        return span_of(NULL, 0);
    while (at && l->host.p[at - 1] != '.')
        at--;
    return span_from(l->host, at);
}

static void of_link(struct redis_values *x, const struct record *r, uint32_t i)
{
    const struct link *l = &r->links[i];
    struct redis_link_values *v = &x->links[x->links_n++];
    const struct ip_addr *ip;
    int at = add(x, KIND_URL, l->url);

    fact(x, KIND_URL, at, "host", l->host);
    v->host = add_host(x, KIND_HOST, l->host);
    fact(x, KIND_HOST, v->host, "domain", l->domain);
    v->domain = add_host(x, KIND_DOMAIN, l->domain);
    add_host(x, KIND_TLD, tld_of(l));
    ip = record_link_ip(r, i, 0);
    v->link_ip = ip ? add_ip(x, KIND_LINK_IP, ip) : -1;
    if (ip && r->link_geo)
        geo_facts(x, KIND_LINK_IP, v->link_ip, &r->link_geo[i]);
}

/* A host's further addresses, once every link has its first: they take the places that links leave free. */
static void of_more_addresses(struct redis_values *x, const struct record *r)
{
    unsigned links_n = x->links_n;

    for (unsigned i = 0; i < links_n; i++) {
        const struct ip_addr *ip = record_link_ip(r, i, 1);

        for (uint32_t n = 1; ip && x->links_n < LIMIT_REDIS_VALUES; ip = record_link_ip(r, i, ++n)) {
            struct redis_link_values *v = &x->links[x->links_n++];

            *v = x->links[i];
            v->link_ip = add_ip(x, KIND_LINK_IP, ip);
        }
    }
}

/* By content where it is known, so that the same file under many names is one; the first name stays beside it. */
static void of_part(struct redis_values *x, const struct record_part *p)
{
    struct span name = p->mail->filename;
    int at;

    if (!p->mail->attachment)
        return;
    at = add(x, KIND_ATTACHMENT, p->sha256.n ? p->sha256 : name);
    if (p->sha256.n)
        fact(x, KIND_ATTACHMENT, at, "name", name);
}

static void of_recipients(struct redis_values *x, const struct record *r, const struct recipients_policy *policy)
{
    if (policy->mode == RECIPIENTS_NONE)
        return;
    for (uint32_t i = 0; i < r->rcpt_domains.n; i++)
        add_host(x, KIND_RCPT_DOMAIN, r->rcpt_domains.items[i]);
}

static void clear(struct redis_values *x)
{
    for (unsigned k = 0; k < KINDS; k++)
        x->kinds[k].n = 0;
    x->links_n = 0;
}

void values_of_mail(struct redis_values *x, const struct record *r, const struct recipients_policy *policy)
{
    int at;

    clear(x);
    of_origin(x, r);
    at = add(x, KIND_FROM, r->email.from_address);
    fact(x, KIND_FROM, at, "domain", r->from_domain);
    add_host(x, KIND_FROM_DOMAIN, r->from_domain);
    add_host(x, KIND_ENVELOPE_DOMAIN, r->envelope_domain);
    add(x, KIND_SUBJECT, r->subject_key);
    add(x, KIND_MAILER, r->email.x_mailer.n ? r->email.x_mailer : r->email.user_agent);
    for (uint32_t i = 0; i < r->links_n && i < LIMIT_REDIS_VALUES; i++)
        of_link(x, r, i);
    of_more_addresses(x, r);
    for (uint32_t i = 0; i < r->parts_n; i++)
        of_part(x, &r->parts[i]);
    for (uint32_t i = 0; i < r->findings_n; i++)
        add(x, KIND_FINDING, span_cstr(r->findings[i].id));
    of_recipients(x, r, policy);
}

void values_of_session(struct redis_values *x, const struct record *r)
{
    int at;

    clear(x);
    add_host(x, KIND_HELO, r->helo);
    if (r->client_trusted)
        return;
    at = add_ip(x, KIND_IP, r->client.family ? &r->client : &r->src.ip);
    geo_facts(x, KIND_IP, at, &r->src_geo);
    of_connection(x, r, at);
}
