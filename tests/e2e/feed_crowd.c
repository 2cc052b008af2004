/* SPDX-License-Identifier: Apache-2.0 */
/* feed_crowd: numbers by hash, names from numbers. */
#include "tests/e2e/feed_crowd.h"

#include <stdio.h>
#include <string.h>

enum { DAY_BEGINS = 1687564800, BENCH_MAILS_S = 100, DAYS = 30, DAYS_ADDRESSES = 200 };

enum crowd_kind crowd_parse(const char *name)
{
    static const char *const names[] = {"none", "bench", "names", "days"};

    for (unsigned i = 1; i < sizeof(names) / sizeof(*names); i++)
        if (strcmp(name, names[i]) == 0)
            return (enum crowd_kind)i;
    return CROWD_NONE;
}

int64_t crowd_time(const struct crowd *c, uint64_t i)
{
    uint64_t per_s = 1000000 / BENCH_MAILS_S;

    if (c->kind == CROWD_DAYS)
        per_s = (uint64_t)DAYS * 24 * 3600 * 1000000 / (c->mails + 1);
    return DAY_BEGINS * INT64_C(1000000) + (int64_t)(i * per_s);
}

/* splitmix64: mail i's number for `what`, even over below. */
static uint64_t draw(uint64_t i, uint64_t what, uint64_t below)
{
    uint64_t x = (i + what * 0x51ed270b) * 0x9e3779b97f4a7c15;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return (x ^ (x >> 31)) % below;
}

static struct span text(struct record *r, const char *format, uint64_t a, uint64_t b)
{
    char line[256];

    snprintf(line, sizeof(line), format, (unsigned long)a, (unsigned long)b);
    return arena_dup(&r->arena, span_cstr(line));
}

/* Benchmarking addresses, 198.18.0.0/15 (RFC 2544). */
static struct ip_addr ip4(uint64_t n)
{
    return (struct ip_addr){4, {198, (uint8_t)(18 + (n >> 16 & 1)), (uint8_t)(n >> 8), (uint8_t)n}};
}

/* 2001:db8:<n>:<n>::<n>: a network of its own. */
static struct ip_addr ip6(uint64_t n, uint8_t what)
{
    return (struct ip_addr){6, {0x20, 1, 0xd, 0xb8, what, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n,
                                0, 0, 0, 0, 0, 0, 0, (uint8_t)(n >> 24)}};
}

/* What a mail shows, before it is spelled. */
struct numbers {
    const char *name; /* what names begin with */
    uint64_t sender, sender_domain, envelope, subject, mailer, ip, claimed, host[2], domain[2], url[2], attachment, rcpt;
    unsigned links;
};

static void spell_links(struct record *r, const struct numbers *n, const struct ip_addr *ip)
{
    struct link *l = arena_zalloc(&r->arena, n->links * sizeof(*l));

    for (unsigned k = 0; l && k < n->links; k++) {
        char form[64];

        snprintf(form, sizeof(form), "https://%s-host%%lu.example/p/%%lu", n->name);
        l[k].url = text(r, form, n->host[k], n->url[k]);
        l[k].scheme = SPAN("https");
        snprintf(form, sizeof(form), "www%%lu.%s-host%%lu.example", n->name);
        l[k].host = text(r, form, n->host[k] & 1, n->host[k]);
        snprintf(form, sizeof(form), "%s-host%%lu.example", n->name);
        l[k].domain = text(r, form, n->domain[k], 0);
    }
    if (l && n->links)
        l[0].ip = *ip;
    r->links = l;
    r->links_n = l ? n->links : 0;
}

static void spell_attachment(struct record *r, const struct numbers *n)
{
    struct mail_part *m = arena_zalloc(&r->arena, sizeof(*m));
    struct record_part *p = arena_zalloc(&r->arena, sizeof(*p));

    if (!m || !p || !n->attachment)
        return;
    m->type = SPAN("application/pdf");
    m->filename = text(r, "invoice-%lu.pdf", n->attachment, 0);
    m->size = 1000;
    m->attachment = m->whole = true;
    p->mail = m;
    r->parts = p;
    r->parts_n = 1;
}

static void spell(struct record *r, const struct numbers *n)
{
    char form[96];

#define NAMED(format, a, b) (snprintf(form, sizeof(form), format, n->name, n->name), text(r, form, a, b))
    r->has_email = true;
    r->email.state = MESSAGE_DONE;
    r->email.from_address = NAMED("%s-user%%lu@%.0sfrom%%lu.example", n->sender, n->sender_domain);
    r->email.from = r->email.from_address;
    r->from_domain = NAMED("%s-from%%lu.example%.0s", n->sender_domain, 0);
    r->envelope_domain = NAMED("%s-envelope%%lu.example%.0s", n->envelope, 0);
    r->mail_from = NAMED("<%s-user%%lu@%.0senvelope.example>", n->sender, 0);
    r->email.subject = r->subject_key = NAMED("お支払い方法の情報を更新 %s %%lu%.0s", n->subject, 0);
    r->email.x_mailer = NAMED("%s Mailer %%lu%.0s", n->mailer, 0);
    r->helo = r->origin.helo = NAMED("%s-mail%%lu.example%.0s", n->ip, 0);
    r->origin.ptr = NAMED("%s-ptr%%lu.example%.0s", n->ip, 0);
#undef NAMED
    spell_attachment(r, n);
}

static void spell_network(struct record *r, uint64_t asn, uint64_t country, struct span net)
{
    struct geo *g = &r->origin.geo;

    g->asn = (uint32_t)(64512 + asn);
    g->org = text(r, "Example Network %lu", asn, 0);
    g->country = text(r, "%lu", 10 + country, 0);
    g->city = text(r, "City %lu", asn, 0);
    g->net = net;
}

static void spell_rest(struct record *r, uint64_t rcpt, unsigned findings)
{
    static const char *const ids[] = {"helo.not_fqdn", "link.text_differs", "from.not_envelope", "mailer.random", "date.skew",
                                      "link.random_host"};
    struct record_finding *f = arena_zalloc(&r->arena, 2 * sizeof(*f));
    struct span *domain = arena_zalloc(&r->arena, sizeof(*domain));

    for (unsigned k = 0; f && k < 2; k++)
        f[k] = (struct record_finding){.id = ids[(findings + k) % 6], .evidence = SPAN("x"), .weight = 10};
    r->findings = f;
    r->findings_n = f ? 2 : 0;
    if (domain)
        *domain = text(r, "rcpt%lu.example", rcpt, 0);
    r->rcpt_domains = (struct text_list){domain, domain ? 1 : 0, 1};
}

static void bench_mail(struct record *r, uint64_t i)
{
    struct numbers n = {.name = "b", .sender = draw(i, 1, 50000), .subject = draw(i, 2, 40000), .ip = draw(i, 3, 20000),
                        .mailer = draw(i, 4, 200), .claimed = draw(i, 5, 4), .links = 2};
    struct ip_addr link_ip = ip4(100000 + draw(i, 6, 5000));

    n.sender_domain = n.sender % 10000;
    n.envelope = draw(i, 7, 10000);
    n.attachment = draw(i, 8, 10) ? 0 : 1 + draw(i, 9, 2000);
    for (unsigned k = 0; k < 2; k++) {
        n.host[k] = n.domain[k] = draw(i, 10 + k, 10000);
        n.url[k] = 2 * i + k;
    }
    spell(r, &n);
    spell_links(r, &n, &link_ip);
    r->origin.ip = ip4(n.ip);
    spell_network(r, n.ip / 256 % 50, n.ip / 256 % 40, text(r, "198.18.%lu.0/24", n.ip / 256, 0));
    if (!n.claimed)
        r->claimed.ip = ip4(120000 + draw(i, 12, 2000));
    spell_rest(r, draw(i, 13, 10), (unsigned)draw(i, 14, 6));
}

/* 1 to 20, or 0: this mail is the flood's. */
static unsigned leader_of(const struct crowd *c, uint64_t i)
{
    unsigned slot, leader = 1;

    if (!c->leader_every || i % c->leader_every)
        return 0;
    slot = (unsigned)(i / c->leader_every * 233 % CROWD_ROUND);
    for (; slot >= 40 - leader; leader++)
        slot -= 40 - leader;
    return leader % 2 == 0 && i <= c->mails / 2 ? 0 : leader;
}

static void flood_mail(const struct crowd *c, struct record *r, uint64_t i)
{
    unsigned leader = leader_of(c, i);
    uint64_t v = leader ? leader : (uint32_t)(i * 2654435761u); /* each once; they sort anyhow */
    struct numbers n = {.name = leader ? "leader" : "n", .sender = v, .sender_domain = v, .envelope = v, .subject = v, .mailer = v,
                        .ip = v, .host = {v}, .domain = {v}, .url = {v}, .attachment = v, .links = 1};
    struct ip_addr link_ip = leader ? ip4(131000 + leader) : ip6(i, 2);
    char net[IP_TEXT];

    spell(r, &n);
    spell_links(r, &n, &link_ip);
    r->origin.ip = leader ? ip4(leader) : c->kind == CROWD_DAYS ? ip4(1000 + i % DAYS_ADDRESSES) : ip6(i, 1);
    r->claimed.ip = leader ? ip4(130000 + leader) : ip6(i, 3);
    ip_format(&r->origin.ip, net);
    spell_network(r, c->kind == CROWD_NAMES && !leader ? i : leader, i % 40,
                  arena_dup(&r->arena, span_cstr(strcat(net, r->origin.ip.family == 4 ? "/32" : "/64"))));
    spell_rest(r, v, (unsigned)(i % 6));
}

void crowd_mail(const struct crowd *c, struct record *r, uint64_t i)
{
    if (c->kind == CROWD_BENCH)
        bench_mail(r, i);
    else
        flood_mail(c, r, i);
    r->src.ip = r->client = r->origin.ip;
}
