/* SPDX-License-Identifier: Apache-2.0 */
/* findings: the table, one run over it for each mail. */
#include "sensor/judge/findings_case.h"

#include "decoders/base/escape.h"

static const struct row {
    const char *id;
    int weight;
    bool of_origin; /* about the host the mail came from: of no meaning where a server's own user hands it in */
    finding_test test;
    const char *sentence;
} table[] = {
#define X(id, weight, of_origin, test, sentence, why) {id, weight, of_origin, test, sentence},
    FINDINGS(X)
#undef X
};

enum { ROWS = sizeof(table) / sizeof(*table) };

/* Cut at a character. */
static struct span shortened(struct span s)
{
    if (s.n <= LIMIT_FINDING_EVIDENCE)
        return s;
    s.n = LIMIT_FINDING_EVIDENCE;
    while (s.n && (s.p[s.n] & 0xc0) == 0x80)
        s.n--;
    return s;
}

static void add(struct record *r, struct list *l, const struct row *row, struct span evidence)
{
    struct record_finding *f = list_add(l, &r->arena, sizeof(*f), LIMIT_FINDINGS);

    if (!f)
        return;
    *f = (struct record_finding){.id = row->id, .evidence = shortened(evidence), .weight = row->weight};
    r->score += row->weight;
}

static const struct row *watchlist_row(void)
{
    unsigned i = 0;

    while (table[i].test != watchlist_hit)
        i++;
    return &table[i];
}

const char *finding_sentence(struct span id)
{
    for (unsigned i = 0; i < ROWS; i++)
        if (span_eq(id, span_cstr(table[i].id)))
            return table[i].sentence;
    return span_starts_nocase(id, SPAN("watchlist.")) ? watchlist_row()->sentence : NULL;
}

static bool hit_before(const struct record *r, uint32_t at)
{
    for (uint32_t i = 0; i < at; i++)
        if (span_eq(r->watched[i].list, r->watched[at].list))
            return true;
    return false;
}

/* A finding for each list, its evidence the first thing that is on it. */
static void add_watched(const struct finding_case *c, struct list *found)
{
    struct row row = *watchlist_row();

    for (uint32_t i = 0; i < c->r->watched_n; i++) {
        const struct record_watch *w = &c->r->watched[i];

        row.id = hit_before(c->r, i) ? NULL : watchlist_id(c, w->list);
        if (row.id)
            add(c->r, found, &row, w->label.n ? evidence_pair(c, w->value, ", ", w->label) : w->value);
    }
}

static struct span last_label(struct span host)
{
    size_t dot = host.n;

    while (dot && host.p[dot - 1] != '.')
        dot--;
    return dot ? span_from(host, dot) : nothing();
}

/* "a@b" with a name of at least two labels, or an address literal, behind the @. iki.fi is a public suffix, and yet has
 * mailboxes. */
static bool is_usable(const struct finding_case *c, struct span address, struct span host)
{
    if (!host.n || host.n + 1 == address.n)
        return false;
    return host.p[0] == '[' || c->from_registered.n || suffix_is_tld(c->suffix, last_label(host));
}

static void look_at_from_domain(struct finding_case *c)
{
    struct name_tails tails;

    if (!c->judge || !c->r->from_domain.n)
        return;
    name_tails_of(&tails, c->r->from_domain);
    c->from_owner = brand_of_tails(c->judge->brands, &tails);
    c->from_anybodys = list_has_tail(c->judge->lists, LIST_FREE_MAIL, &tails);
}

static void look(struct finding_case *c)
{
    struct record *r = c->r;
    struct span host = host_of_address(r->email.from_address);

    c->helo = folded_host(c, r->origin.helo);
    c->helo_domain = domain_of_folded(c, c->helo);
    c->ptr_domain = domain_of_host(c, r->origin.ptr);
    c->from_host = folded_host(c, host);
    c->from_registered = domain_of_folded(c, c->from_host);
    c->from_usable = is_usable(c, r->email.from_address, host);
    if (c->from_usable)
        c->from_domain = r->from_domain.n && r->from_domain.p[0] != '[' ? r->from_domain : nothing();
    look_at_from_domain(c);
    c->whole = !r->arena.refused && !anomaly_has(r->anomalies, ANOMALY_RECORD_TOO_LARGE);
    c->public_origin = r->origin.ip.family && ip_is_public(&r->origin.ip);
    see_link_hosts(c);
}

void findings_record(struct record *r, const struct worker_options *o, const struct judge *judge,
                     const struct suffix *suffix, struct host_memo *memo)
{
    struct finding_case c = {.r = r, .o = o, .judge = judge, .suffix = suffix, .memo = memo};
    struct list found = {0};

    look(&c);
    for (unsigned i = 0; i < ROWS; i++) {
        struct span evidence;

        if (table[i].of_origin && (r->role == ROLE_SUBMISSION || !c.public_origin))
            continue;
        evidence = table[i].test(&c);
        if (evidence.p)
            add(r, &found, &table[i], evidence);
    }
    add_watched(&c, &found);
    r->findings = found.items;
    r->findings_n = found.n;
}
