/* SPDX-License-Identifier: Apache-2.0 */
/* overview: takes records in, each mail as numbers of its values; counts when all are there. */
#include "sensor/report/overview.h"

#include <stdlib.h>

#include "sensor/console/array_room.h"

enum { VALUE_BYTES = 32 << 20 };

bool overview_init(struct overview *o, const struct period *p, uint64_t limit, uint32_t rows)
{
    memset(o, 0, sizeof(*o));
    o->period = *p;
    o->limit = limit;
    mem_init(&o->mem, 0);
    buf_init(&o->scratch, &o->mem, 64 << 10);
    for (unsigned k = 0; k < OVER_KINDS; k++)
        value_set_init(&o->values[k], &o->mem, LIMIT_REPORT_VALUES, VALUE_BYTES);
    health_init(&o->health);
    o->grouping = grouping_new();
    return register_init(&o->register_, rows) && o->grouping;
}

void overview_free(struct overview *o)
{
    for (unsigned k = 0; k < OVER_KINDS; k++) {
        value_set_free(&o->values[k]);
        free(o->counted[k]);
    }
    register_free(&o->register_);
    grouping_free(o->grouping);
    health_free(&o->health);
    buf_free(&o->scratch);
    free(o->mails);
    free(o->links);
    free(o->findings);
}

/* --- taking in --- */

/* A set that is full says so itself (values[k].full). */
static uint32_t number(struct overview *o, enum over_kind k, struct span text)
{
    return text.n ? value_set_add(&o->values[k], span_head(text, LIMIT_REPORT_VALUE)) : VALUE_NONE;
}

/* Host names in one spelling, as the boards have them. */
static struct span host_text(struct overview *o, struct span host)
{
    while (host.n && host.p[host.n - 1] == '.')
        host.n--;
    buf_clear(&o->scratch);
    for (size_t i = 0; i < host.n && i < LIMIT_REPORT_VALUE; i++)
        buf_add_byte(&o->scratch, ascii_lower(host.p[i]));
    return buf_span(&o->scratch);
}

/* /24 and /48 where no database named the network. */
static struct span net_text(struct overview *o, const struct mail_facts *f)
{
    char text[IP_TEXT + 8];
    struct ip_net net;

    if (f->net.n)
        return f->net;
    if (!ip_net_parse(f->origin_ip, &net))
        return span_of(NULL, 0);
    net.bits = net.ip.family == 4 ? 24 : 48;
    memset(net.ip.b + net.bits / 8, 0, sizeof(net.ip.b) - net.bits / 8);
    buf_clear(&o->scratch);
    buf_add(&o->scratch, span_of(text, ip_format(&net.ip, text)));
    buf_add(&o->scratch, net.ip.family == 4 ? SPAN("/24") : SPAN("/48"));
    return buf_span(&o->scratch);
}

static enum over_outcome outcome_of(struct span outcome)
{
    if (span_eq(outcome, SPAN("accepted")) || span_eq(outcome, SPAN("partial")))
        return OVER_ACCEPTED;
    if (span_eq(outcome, SPAN("refused")))
        return OVER_REFUSED;
    return span_eq(outcome, SPAN("deferred")) ? OVER_DEFERRED : OVER_OTHER;
}

static void take_values(struct overview *o, struct over_mail *m, const struct mail_facts *f)
{
    m->value[OVER_SUBJECT] = number(o, OVER_SUBJECT, f->subject_key.n ? f->subject_key : f->subject);
    m->value[OVER_SENDER] = number(o, OVER_SENDER, f->origin_ip.n ? f->origin_ip : f->client_ip);
    m->value[OVER_HELO] = number(o, OVER_HELO, host_text(o, f->helo));
    m->value[OVER_NET] = number(o, OVER_NET, net_text(o, f));
    m->value[OVER_OWNER] = number(o, OVER_OWNER, owner_text(&o->scratch, f->org, f->asn));
    m->value[OVER_COUNTRY] = number(o, OVER_COUNTRY, f->country);
    m->value[OVER_PTR] = number(o, OVER_PTR, host_text(o, f->ptr));
}

static bool take_links(struct overview *o, struct over_mail *m, const struct mail_facts *f)
{
    m->links = o->links_n;
    for (unsigned i = 0; i < f->links_n && m->links_n < LIMIT_REPORT_LINKS; i++) {
        struct over_link l = {.server = number(o, OVER_SERVER, f->links[i].ip)};
        bool there = false;

        l.host = number(o, OVER_HOST, host_text(o, f->links[i].host));
        for (unsigned k = 0; k < m->links_n; k++)
            there = there || o->links[m->links + k].host == l.host;
        if (l.host == VALUE_NONE || there)
            continue;
        if (!array_room((void **)&o->links, &o->links_cap, o->links_n, sizeof(*o->links)))
            return false;
        o->links[o->links_n++] = l;
        m->links_n++;
    }
    return true;
}

static bool take_findings(struct overview *o, struct over_mail *m, const struct mail_facts *f)
{
    m->findings = o->findings_n;
    for (unsigned i = 0; i < f->findings_n; i++) {
        uint32_t id = number(o, OVER_FINDING, f->findings[i]);

        for (unsigned k = 0; k < m->findings_n; k++)
            id = o->findings[m->findings + k] == id ? VALUE_NONE : id;
        if (id == VALUE_NONE || !f->weights[i])
            continue;
        if (!array_room((void **)&o->findings, &o->findings_cap, o->findings_n, sizeof(*o->findings)))
            return false;
        o->findings[o->findings_n++] = id;
        m->findings_n++;
    }
    return true;
}

static bool take_mail(struct overview *o, const struct mail_facts *f, struct span line)
{
    struct over_mail m = {.second = mail_facts_second(f), .outcome = (uint8_t)outcome_of(f->outcome), .campaign = VALUE_NONE,
                          .score = f->score < UINT32_MAX ? (uint32_t)f->score : UINT32_MAX};

    if (!mail_facts_counts(f)) {
        o->not_inbound++;
        return true;
    }
    if (o->n >= o->limit || o->n == UINT32_MAX - 1 || !array_room((void **)&o->mails, &o->mails_cap, o->n, sizeof(*o->mails)))
        return false;
    take_values(o, &m, f);
    if (!take_links(o, &m, f) || !take_findings(o, &m, f) || !grouping_add(o->grouping, f, line))
        return false;
    o->mails[o->n++] = m;
    return register_take(&o->register_, f, m.second, o->n - 1);
}

static void take_session(struct overview *o, const struct mail_facts *f)
{
    o->sessions++;
    o->encrypted += span_eq(f->outcome, SPAN("encrypted"));
    o->tls_refused += span_eq(f->tls_how, SPAN("refused"));
}

bool overview_take(struct overview *o, const struct mail_facts *f, struct span line)
{
    int64_t hour = calendar_hour(&o->period.calendar, mail_facts_second(f));
    bool inside = o->period.all || (hour >= o->period.from && hour < o->period.to);

    if (span_eq(f->event_type, SPAN("stats"))) {
        health_take(&o->health, f, inside);
    } else if (span_eq(f->event_type, SPAN("session"))) {
        if (inside)
            take_session(o, f);
    } else if (span_eq(f->event_type, SPAN("smtp"))) {
        if (!inside)
            o->outside++;
        else if (!take_mail(o, f, line))
            o->full = true;
    }
    return !o->full;
}

/* --- counting --- */

static int most_first(const void *x, const void *y)
{
    const struct over_value *a = x, *b = y;

    if (a->mails != b->mails)
        return a->mails > b->mails ? -1 : 1;
    return (a->first > b->first) - (a->first < b->first);
}

static void count_one(struct over_value *v, uint32_t value, uint32_t mail)
{
    if (value == VALUE_NONE)
        return;
    if (!v[value].mails++)
        v[value].first = mail;
}

/* Two hosts on one server are one mail of it. */
static bool server_again(const struct overview *o, const struct over_mail *m, unsigned l)
{
    for (unsigned i = 0; i < l; i++)
        if (o->links[m->links + i].server == o->links[m->links + l].server)
            return true;
    return false;
}

static void count_mail(struct overview *o, uint32_t i)
{
    const struct over_mail *m = &o->mails[i];

    for (unsigned k = 0; k < OVER_SINGLE; k++)
        count_one(o->counted[k], m->value[k], i);
    for (unsigned l = 0; l < m->links_n; l++) {
        count_one(o->counted[OVER_HOST], o->links[m->links + l].host, i);
        if (!server_again(o, m, l))
            count_one(o->counted[OVER_SERVER], o->links[m->links + l].server, i);
    }
    for (unsigned f = 0; f < m->findings_n; f++)
        count_one(o->counted[OVER_FINDING], o->findings[m->findings + f], i);
    o->outcomes[m->outcome]++;
    if (!o->counted_mails++ || m->second < o->first)
        o->first = m->second;
    if (m->second > o->last)
        o->last = m->second;
}

static bool count_all(struct overview *o, uint64_t alert_score)
{
    for (unsigned k = 0; k < OVER_KINDS; k++) {
        uint32_t n = o->values[k].n;

        o->counted[k] = calloc((size_t)n + 1, sizeof(*o->counted[k]));
        if (!o->counted[k])
            return false;
        for (uint32_t v = 0; v < n; v++)
            o->counted[k][v].value = v;
    }
    for (uint32_t i = 0; i < o->n; i++) {
        if (o->mails[i].copy)
            o->copies++;
        else
            count_mail(o, i);
        o->alerts += !o->mails[i].copy && alert_score && o->mails[i].score >= alert_score;
    }
    for (unsigned k = 0; k < OVER_KINDS; k++) {
        uint32_t n = o->values[k].n;

        if (n)
            qsort(o->counted[k], n, sizeof(*o->counted[k]), most_first);
        while (n && !o->counted[k][n - 1].mails)
            n--; /* only copies had it */
        o->counted_n[k] = n;
    }
    return true;
}

static void mark_campaigns(struct overview *o)
{
    for (uint32_t c = 0; c < o->groups_n; c++)
        for (uint32_t i = 0; i < o->groups[c].mails; i++)
            o->mails[grouping_taken(o->grouping, o->groups[c].members[i])].campaign = c;
}

bool overview_settle(struct overview *o, uint64_t alert_score)
{
    bool *copies = calloc((size_t)o->n + 1, sizeof(*copies));

    if (!copies || !grouping_run(o->grouping, &o->groups, &o->groups_n)) {
        free(copies);
        return false;
    }
    grouping_left_out(o->grouping, copies);
    for (uint32_t i = 0; i < o->n; i++)
        o->mails[i].copy = copies[i];
    mark_campaigns(o);
    register_sort(&o->register_, copies);
    free(copies);
    return count_all(o, alert_score);
}

struct span over_text(const struct overview *o, enum over_kind k, uint32_t value)
{
    return value < o->values[k].n ? o->values[k].values[value] : span_of(NULL, 0);
}

struct span over_mail_text(const struct overview *o, const struct over_mail *m, enum over_kind k)
{
    return over_text(o, k, m->value[k]);
}
