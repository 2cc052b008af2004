/* SPDX-License-Identifier: Apache-2.0 */
/* dns_answer: the chain of aliases walked over the records of one message. */
#include "decoders/net/dns_answer.h"

/* How far the walk is: at is the name whose records count now. */
struct walk {
    const struct dns_message *m;
    struct dns_answer *out;
    struct dns_name at;
    unsigned aliases;
    bool other;     /* the name asked for has records of another type than is read */
    bool soa, ns;   /* in the authority section */
    uint32_t denial_ttl;
};

static void least(uint32_t *ttl, uint32_t of)
{
    if (of < *ttl)
        *ttl = of;
}

static bool is_read(uint16_t type)
{
    return type == DNS_TYPE_A || type == DNS_TYPE_AAAA || type == DNS_TYPE_PTR || type == DNS_TYPE_MX;
}

static void take_value(struct walk *w, const struct dns_record *x)
{
    struct dns_answer *out = w->out;
    bool address = x->type == DNS_TYPE_A || x->type == DNS_TYPE_AAAA;

    least(&out->ttl, x->ttl);
    out->says = address ? DNS_SAYS_ADDRESSES : DNS_SAYS_NAMES;
    if (!address && x->target.n == 1) /* the root: "no mail here" (RFC 7505), no name of a host */
        return;
    if (out->n == (address ? LIMIT_DNS_ADDRESSES : LIMIT_DNS_NAMES))
        out->cut = true;
    else if (address)
        out->ips[out->n++] = x->ip;
    else
        out->names[out->n++] = x->target;
}

static void take_authority(struct walk *w, const struct dns_record *x)
{
    if (x->type == DNS_TYPE_NS)
        w->ns = true;
    if (x->type != DNS_TYPE_SOA)
        return;
    w->soa = true;
    w->denial_ttl = x->ttl < x->minimum ? x->ttl : x->minimum;
}

/* True where x moved the walk on to another name: records before it may be that name's. */
static bool take(struct walk *w, const struct dns_record *x)
{
    if (x->section == DNS_AUTHORITY) {
        take_authority(w, x);
        return false;
    }
    if (!dns_name_eq(&x->name, &w->at))
        return false;
    if (x->type == DNS_TYPE_CNAME && w->m->type != DNS_TYPE_CNAME && w->aliases < LIMIT_DNS_CHAIN) {
        least(&w->out->ttl, x->ttl);
        w->at = x->target;
        w->aliases++;
        return true;
    }
    if (x->type == w->m->type && is_read(x->type))
        take_value(w, x);
    else
        w->other = true;
    return false;
}

/* One pass takes a chain whose records stand in its order, as they nearly always do; each further pass is paid
 * for by an alias. */
static bool walk_records(struct dns_reader *r, struct walk *w)
{
    bool moved = true;

    while (moved) {
        struct dns_record x;

        moved = false;
        dns_again(r);
        while (dns_next(r, &x))
            moved |= take(w, &x);
        moved &= w->out->says == DNS_SAYS_NOTHING;
    }
    w->out->cut |= r->cut;
    return !r->broken;
}

/* Nothing was there: is that a denial? A referral says nothing: it has name servers and no SOA. */
static void judge_absence(struct walk *w, const struct dns_reader *r)
{
    struct dns_answer *out = w->out;

    if (w->m->rcode == DNS_NO_SUCH_NAME && !r->cut)
        out->says = w->aliases ? DNS_SAYS_NONE : DNS_SAYS_NO_NAME;
    else if (w->other || r->cut || w->m->rcode != DNS_NO_ERROR)
        return;
    else if (w->soa || (!w->ns && !r->counts[DNS_ANSWER] && (w->m->authoritative || w->m->recursion)))
        out->says = DNS_SAYS_NONE;
    else if (w->aliases && w->aliases < LIMIT_DNS_CHAIN) {
        out->says = DNS_SAYS_ALIAS;
        out->names[0] = w->at;
        out->n = 1;
        return;
    }
    least(&out->ttl, w->soa ? w->denial_ttl : 0);
}

bool dns_answer_read(struct dns_reader *r, const struct dns_message *m, struct dns_answer *out)
{
    struct walk w = {.m = m, .out = out, .at = m->name};

    out->says = DNS_SAYS_NOTHING;
    out->ttl = UINT32_MAX;
    out->n = 0;
    out->cut = false;
    if (!walk_records(r, &w))
        return false;
    if (out->says == DNS_SAYS_NOTHING)
        judge_absence(&w, r);
    else if (m->rcode != DNS_NO_ERROR)
        out->says = DNS_SAYS_NOTHING; /* records beside an error: nobody can tell what they mean */
    return true;
}
