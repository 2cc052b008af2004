/* SPDX-License-Identifier: Apache-2.0 */
/* findings_case: what several tests share. */
#define _GNU_SOURCE /* memrchr */
#include "sensor/judge/findings_case.h"

#include "decoders/base/scan.h"

struct span evidence_pair(const struct finding_case *c, struct span a, const char *middle, struct span b)
{
    struct span m = span_cstr(middle);
    uint8_t *p = arena_alloc(&c->r->arena, a.n + m.n + b.n + 1);

    if (!p)
        return nothing();
    if (a.n)
        memcpy(p, a.p, a.n);
    memcpy(p + a.n, m.p, m.n);
    if (b.n)
        memcpy(p + a.n + m.n, b.p, b.n);
    return span_of(p, a.n + m.n + b.n);
}

struct span folded_host(const struct finding_case *c, struct span host)
{
    while (host.n && host.p[host.n - 1] == '.')
        host.n--;
    return host.n ? arena_dup_lower(&c->r->arena, host) : nothing();
}

struct span domain_of_host(const struct finding_case *c, struct span host)
{
    return domain_of_folded(c, folded_host(c, host));
}

struct span domain_of_folded(const struct finding_case *c, struct span host)
{
    struct ip_addr ip;

    if (!host.n || host.p[0] == '[' || ip_parse(host, &ip))
        return nothing();
    return suffix_registrable(c->suffix, host);
}

struct span host_of_address(struct span address)
{
    const uint8_t *at;

    address = span_trim(address);
    if (address.n && address.p[0] == '<')
        address = span_head(span_from(address, 1), span_find(address, 0, '>') - 1);
    at = address.n ? memrchr(address.p, '@', address.n) : NULL;
    return at ? span_from(address, (size_t)(at - address.p) + 1) : nothing();
}

bool host_under(struct span host, struct span domain)
{
    size_t before = host.n - domain.n;

    if (!domain.n || host.n < domain.n || !span_eq(span_from(host, before), domain))
        return false;
    return !before || host.p[before - 1] == '.';
}

bool is_recipients_domain(const struct finding_case *c, struct span domain)
{
    for (unsigned i = 0; i < c->o->home_domains_n; i++)
        if (domain.n && span_eq_nocase(domain, c->o->home_domains[i]))
            return true;
    for (uint32_t i = 0; i < c->r->rcpt_domains.n; i++)
        if (domain.n && span_eq(domain, c->r->rcpt_domains.items[i]))
            return true;
    return false;
}

static bool passed_for(const struct finding_case *c, struct span verdict, struct span domain)
{
    return span_eq_nocase(verdict, SPAN("pass")) && c->from_domain.n &&
           span_eq(domain_of_host(c, domain), c->from_domain);
}

bool is_authenticated(const struct finding_case *c)
{
    const struct record_authentication *a = &c->r->authentication;

    return a->trusted && c->r->client_trusted && (span_eq_nocase(a->dmarc, SPAN("pass")) || passed_for(c, a->spf, a->spf_domain) ||
                          passed_for(c, a->dkim, a->dkim_domain));
}

bool dns_names_origin(const struct finding_case *c, struct span domain)
{
    for (uint32_t i = 0; i < c->r->names_n; i++) {
        const struct record_name *n = &c->r->names[i];

        for (uint32_t k = 0; host_under(n->name, domain) && k < n->ips_n; k++)
            if (ip_eq(&n->ips[k], &c->r->origin.ip))
                return true;
    }
    return false;
}

size_t find_nocase(struct span s, struct span word)
{
    uint8_t first = ascii_lower(word.p[0]), other = ascii_alpha(first) ? first & 0xdf : first;

    for (size_t i = scan_any3(s, 0, first, other, other); i + word.n <= s.n; i = scan_any3(s, i + 1, first, other, other))
        if (span_eq_nocase(span_of(s.p + i, word.n), word))
            return i;
    return s.n;
}

/* Of the three bytes at p, letters as small ones: a place in a set of WORDS_OPENINGS bits. */
static unsigned opening(const uint8_t *p)
{
    return (ascii_lower(p[0]) + 31u * ascii_lower(p[1]) + 1009u * ascii_lower(p[2])) % WORDS_OPENINGS;
}

/* Nor behind what turns its meaning round (無制限). */
static bool is_denied(struct span s, size_t i)
{
    return !ascii_alpha(s.p[i]) && i >= 3 && span_eq(span_of(s.p + i - 3, 3), SPAN("無"));
}

enum { FIRST_LETTER = 1, FIRST_OTHER = 2, LETTER = 4 };

static void seal(struct nocase_words *w)
{
    for (unsigned c = 'a'; c <= 'z'; c++)
        w->first[c] = w->first[c ^ 0x20] = LETTER;
    for (size_t k = 0; k < w->n; k++) {
        unsigned at = opening((const uint8_t *)w->words[k]);

        w->opening[k] = (uint16_t)at;
        w->begin[at / 8] |= (uint8_t)(1u << at % 8);
        if (ascii_alpha((uint8_t)w->words[k][0]))
            w->first[(uint8_t)w->words[k][0]] = w->first[(uint8_t)(w->words[k][0] ^ 0x20)] = LETTER | FIRST_LETTER;
        else
            w->first[(uint8_t)w->words[k][0]] = FIRST_OTHER;
    }
    w->sealed = true;
}

/* The first of the words before `best` that s begins with, whose opening is at; else best. */
static size_t word_at(const struct nocase_words *w, struct span s, unsigned at, size_t best)
{
    for (size_t k = 0; k < best; k++)
        if (w->opening[k] == at && span_starts_nocase(s, span_cstr(w->words[k])))
            return k;
    return best;
}

size_t find_any_nocase(struct span s, struct nocase_words *w)
{
    unsigned before = 0; /* a letter: no word begins with one behind it ("unlimited", "blocked") */
    size_t best = w->n;

    if (!w->sealed)
        seal(w);
    for (size_t i = 0; i + 3 <= s.n; i++) {
        unsigned at, kind = w->first[s.p[i]], begins = kind & ~(before / LETTER) & (FIRST_LETTER | FIRST_OTHER);

        before = kind;
        if (!begins)
            continue;
        at = opening(s.p + i);
        if ((w->begin[at / 8] >> at % 8 & 1) && !is_denied(s, i))
            best = word_at(w, span_from(s, i), at, best);
    }
    return best;
}

/* RFC 3848: ESMTPA and ESMTPSA are clients that logged in; Postfix and Exchange say it in a comment. What is no SMTP
 * at all (HTTP, MAPI) is a person at a web page. */
static bool logged_in(struct span with, struct span field)
{
    static const char *const strangers[] = {"SMTP", "ESMTP", "ESMTPS", "SMTPS", "UTF8SMTP", "UTF8SMTPS"};
    bool stranger = !with.n;

    for (size_t i = 0; i < sizeof(strangers) / sizeof(*strangers); i++)
        stranger = stranger || span_eq_nocase(with, span_cstr(strangers[i]));
    return !stranger || find_nocase(field, SPAN("authenticated")) < field.n;
}

const struct received *claimed_hop(const struct finding_case *c)
{
    const struct record *r = c->r;
    uint32_t n = r->origin.hop + 1;
    struct span by;

    if (r->claimed.hop != n || n > r->hops_n || n > r->email.received.n)
        return NULL;
    by = folded_host(c, r->hops[n - 1].by);
    if (by.n && !span_eq(by, c->helo))
        return NULL;
    return logged_in(r->hops[n - 1].with, r->email.received.items[n - 1]) ? NULL : &r->hops[n - 1];
}
