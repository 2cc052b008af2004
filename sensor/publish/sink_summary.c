/* SPDX-License-Identifier: Apache-2.0 */
/* sink_summary: what a run saw, as a block for a person to read; distinct counts without any
 * server. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "sensor/language.h"
#include "sensor/publish/columns.h"
#include "sensor/publish/recipients.h"
#include "sensor/publish/sinks.h"
#include "sensor/publish/tally.h"
#include "sensor/titles.h"

enum { TOP = 5, WIDTH = 80, COUNT_WIDTH = 7, NAME_WIDTH = 15, NUMBER_WIDTH = 10, TEXT_MAX = 64 * 1024 };

enum { OUTCOMES = SMTP_UNFINISHED + 1 };

struct summary {
    struct sink sink;
    FILE *out;
    const bool *unread;
    struct mem mem;
    struct redactor *redactor;
    uint64_t sources, packets, sessions, encrypted, mails, outcomes[OUTCOMES];
    int64_t first_us, last_us;
    struct tally senders, helos, sender_domains, subjects, link_domains, owners, countries;
    struct counters counters; /* of the last statistics record: the whole run's */
};

static struct summary *of(struct sink *sink)
{
    return (struct summary *)(void *)sink;
}

/* --- counting --- */

/* Names are compared as DNS does. */
static void add_name(struct tally *t, struct span name, uint64_t mark)
{
    uint8_t lower[LIMIT_SUMMARY_VALUE];
    size_t n = name.n < sizeof(lower) ? name.n : sizeof(lower);

    if (n && n == name.n && name.p[n - 1] == '.')
        n--;
    for (size_t i = 0; i < n; i++)
        lower[i] = ascii_lower(name.p[i]);
    tally_add(t, span_of(lower, n), mark);
}

static void count_links(struct summary *s, const struct record *r)
{
    char ip[IP_TEXT];

    for (uint32_t i = 0; i < r->links_n; i++) {
        const struct link *l = &r->links[i];

        if (l->domain.n)
            add_name(&s->link_domains, l->domain, s->mails);
        else if (l->ip.family)
            tally_add(&s->link_domains, span_of(ip, ip_format(&l->ip, ip)), s->mails);
        else
            add_name(&s->link_domains, l->host, s->mails);
    }
}

/* Whose the sender's address is, where a database said it. */
static void count_owner(struct summary *s, const struct geo *g)
{
    char asn[16];

    if (g->org.n)
        tally_add(&s->owners, g->org, s->mails);
    else if (g->asn)
        tally_add(&s->owners, span_of(asn, (size_t)snprintf(asn, sizeof(asn), "AS%u", g->asn)), s->mails);
    tally_add(&s->countries, g->country, s->mails);
}

static void count_mail(struct summary *s, const struct record *r)
{
    const struct ip_addr *ip = r->origin.ip.family ? &r->origin.ip : &r->client;
    char text[IP_TEXT];

    s->mails++;
    redactor_begin(s->redactor, r);
    s->outcomes[r->outcome]++;
    tally_add(&s->senders, span_of(text, ip_format(ip, text)), s->mails);
    add_name(&s->helos, redactor_apply(s->redactor, r->origin.ip.family ? r->origin.helo : r->helo), s->mails);
    add_name(&s->sender_domains, r->from_domain, s->mails);
    tally_add(&s->subjects, redactor_apply(s->redactor, r->subject_key), s->mails);
    count_links(s, r);
    count_owner(s, r->origin.ip.family ? &r->origin.geo : &r->src_geo);
}

static void see_time(struct summary *s, int64_t ts_us)
{
    if (!s->first_us || ts_us < s->first_us)
        s->first_us = ts_us;
    if (ts_us > s->last_us)
        s->last_us = ts_us;
}

static bool put(struct sink *sink, const struct record *r)
{
    struct summary *s = of(sink);

    if (r->type == RECORD_STATS) {
        if (r->counters)
            s->counters = *r->counters;
        return true;
    }
    if (r->open_at_end)
        return true; /* the next call's */
    see_time(s, r->ts_us);
    if (r->type == RECORD_SMTP) {
        count_mail(s, r);
        return true;
    }
    s->sessions++;
    s->encrypted += r->tls == SMTP_TLS_STARTTLS || r->tls == SMTP_TLS_IMPLICIT;
    return true;
}

static void run_end(struct sink *sink, uint64_t packets, uint64_t bytes)
{
    (void)bytes;
    of(sink)->sources++;
    of(sink)->packets += packets;
}

/* --- printing --- */

static void say(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct buf *b, const char *format, ...)
{
    char text[512];
    va_list ap;
    int n;

    va_start(ap, format);
    n = vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    if (n > 0)
        buf_add(b, span_head(span_cstr(text), (size_t)n));
}

static void print_words(struct buf *b, const char *name, const char *what)
{
    columns_label(b, name, NAME_WIDTH);
    say(b, " %*s  %s\n", NUMBER_WIDTH, "", what);
}

static void print_time(struct buf *b, const struct summary *s)
{
    const int64_t ends[] = {s->first_us / 1000000, s->last_us / 1000000};
    char text[2][32], line[128];

    if (!s->first_us)
        return;
    for (int i = 0; i < 2; i++) {
        time_t t = (time_t)ends[i];
        struct tm utc;

        if (!gmtime_r(&t, &utc) || !strftime(text[i], sizeof(text[i]), "%Y-%m-%d %H:%M:%S", &utc))
            return;
    }
    snprintf(line, sizeof(line), _("%s to %s UTC"), text[0], text[1]);
    print_words(b, _("time"), line);
}

static void print_number(struct buf *b, const char *name, uint64_t n, bool more, const char *what)
{
    char text[128];

    if (more) {
        snprintf(text, sizeof(text), _("more than %" PRIu64 " %s"), n, what);
        print_words(b, name, text);
        return;
    }
    columns_label(b, name, NAME_WIDTH);
    say(b, " %*" PRIu64 "%s%s\n", NUMBER_WIDTH, n, *what ? "  " : "", what);
}

static void print_outcomes(struct buf *b, const struct summary *s)
{
    char text[480] = "";
    size_t at = 0;

    for (unsigned i = 0; i < OUTCOMES; i++)
        if (s->outcomes[i])
            at += (size_t)snprintf(text + at, sizeof(text) - at, _("%s%" PRIu64 " %s"), at ? _(", ") : "",
                                   s->outcomes[i], title_of(smtp_outcome_name((enum smtp_outcome)i)));
    print_number(b, _("mails"), s->mails, false, text);
}

static uint64_t mails_cut(const struct counters *c)
{
    return c->mails_cut_gap + c->mails_cut_close + c->mails_cut_idle + c->mails_cut_evicted +
           c->mails_cut_end;
}

static void print_incomplete(struct buf *b, const struct counters *c)
{
    struct {
        uint64_t n;
        const char *what;
    } rows[] = {
        {mails_cut(c), _("mails cut before their end")},
        {c->tcp_gaps, _("holes in connections")},
        {c->tcp_gap_bytes, _("bytes missing in them")},
        {c->packets_truncated + c->packets_malformed, _("packets cut or malformed")},
        {c->packets_fragment_lost, _("fragments without the rest")},
        {c->flows_midstream, _("connections begun before the capture")},
        {c->flows_one_sided, _("connections seen from one side")},
    };
    const char *name = _("incomplete");

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].n) {
            print_number(b, name, rows[i].n, false, rows[i].what);
            name = "";
        }
    if (*name)
        print_words(b, name, _("nothing"));
}

static void print_distinct(struct buf *b, const char *name, const struct tally *t, const char *what)
{
    print_number(b, name, t->n, t->full, what);
}

static void print_cell(struct buf *b, const struct tally_entry *e, unsigned width, bool pad)
{
    say(b, "%*" PRIu64 "  ", COUNT_WIDTH, e->count);
    columns_add(b, e->value, width - COUNT_WIDTH - 2, pad);
}

static void print_head(struct buf *b, const char *title, unsigned width)
{
    columns_label_right(b, _("mails"), COUNT_WIDTH);
    buf_add(b, SPAN("  "));
    columns_label(b, title, width);
}

/* One list, or two side by side (right NULL: one over the whole width). */
static void print_lists(struct buf *b, const char *left_title, const struct tally *left,
                        const char *right_title, const struct tally *right)
{
    const struct tally_entry *l[TOP], *r[TOP];
    unsigned width = right ? WIDTH / 2 : WIDTH;
    unsigned l_n = tally_top(left, l, TOP), r_n = right ? tally_top(right, r, TOP) : 0;

    if (l_n == 0 && r_n == 0)
        return;
    buf_add_byte(b, '\n');
    print_head(b, left_title, right ? width - COUNT_WIDTH - 2 : 0);
    if (right)
        print_head(b, right_title, 0);
    buf_add_byte(b, '\n');
    for (unsigned i = 0; i < l_n || i < r_n; i++) {
        if (i < l_n)
            print_cell(b, l[i], width - 1, i < r_n);
        else
            say(b, "%*s", (int)width - 1, "");
        if (i < r_n) {
            buf_add_byte(b, ' ');
            print_cell(b, r[i], width, false);
        }
        buf_add_byte(b, '\n');
    }
}

static void print(struct buf *b, const struct summary *s)
{
    char text[64];

    snprintf(text, sizeof(text), _("from %" PRIu64 " captures"), s->sources);
    print_time(b, s);
    print_number(b, _("packets"), s->packets, false, s->sources > 1 ? text : "");
    snprintf(text, sizeof(text), _("%" PRIu64 " of them went on in TLS"), s->encrypted);
    print_number(b, _("sessions"), s->sessions, false, s->encrypted ? text : "");
    print_outcomes(b, s);
    print_distinct(b, _("senders"), &s->senders, _("addresses"));
    print_distinct(b, _("HELO names"), &s->helos, "");
    print_distinct(b, _("sender domains"), &s->sender_domains, _("of From"));
    print_distinct(b, _("link domains"), &s->link_domains, "");
    print_incomplete(b, &s->counters);
    print_lists(b, _("senders"), &s->senders, _("HELO names"), &s->helos);
    print_lists(b, _("owners of senders"), &s->owners, _("countries"), &s->countries);
    print_lists(b, _("sender domains"), &s->sender_domains, _("link domains"), &s->link_domains);
    print_lists(b, _("subjects"), &s->subjects, NULL, NULL);
}

static int finish(struct sink *sink, int64_t deadline_us)
{
    struct summary *s = of(sink);
    struct buf b;
    int status = 0;

    (void)deadline_us;
    if (*s->unread)
        return 0;
    buf_init(&b, &s->mem, TEXT_MAX);
    print(&b, s);
    if (fwrite(b.p, 1, b.n, s->out) != b.n || fflush(s->out) != 0) {
        fprintf(stderr, _("mxtap: the summary could not be written\n"));
        status = 1;
    }
    buf_free(&b);
    return status;
}

static void summary_free(struct sink *sink)
{
    struct summary *s = of(sink);

    tally_free(&s->senders);
    tally_free(&s->helos);
    tally_free(&s->sender_domains);
    tally_free(&s->subjects);
    tally_free(&s->link_domains);
    tally_free(&s->owners);
    tally_free(&s->countries);
    redactor_free(s->redactor);
    free(s);
}

struct sink *sink_summary_open(const char *path, const struct recipients_policy *policy, const bool *unread, char err[SINK_ERR])
{
    struct summary *s = calloc(1, sizeof(*s));
    struct hash_key key;

    if (!s || getrandom(&key, sizeof(key), 0) != (ssize_t)sizeof(key)) {
        snprintf(err, SINK_ERR,
                 s ? _("no random numbers for the summary") : _("no memory for the summary"));
        free(s);
        return NULL;
    }
    s->sink = (struct sink){.name = "summary", .put = put, .run_end = run_end, .finish = finish,
                            .free = summary_free};
    s->out = path ? stdout : stderr;
    s->unread = unread;
    mem_init(&s->mem, 0);
    s->redactor = redactor_new(&s->mem, policy);
    if (!s->redactor) {
        snprintf(err, SINK_ERR, _("no memory for the summary"));
        free(s);
        return NULL;
    }
    tally_init(&s->senders, &s->mem, key);
    tally_init(&s->helos, &s->mem, key);
    tally_init(&s->sender_domains, &s->mem, key);
    tally_init(&s->subjects, &s->mem, key);
    tally_init(&s->link_domains, &s->mem, key);
    tally_init(&s->owners, &s->mem, key);
    tally_init(&s->countries, &s->mem, key);
    return &s->sink;
}
