/* SPDX-License-Identifier: Apache-2.0 */
/* format_csv: RFC 4180, a mail a line: what an analyst writes down, for a spreadsheet. */
#include "sensor/export/block_head.h"
#include "sensor/export/escape_forms.h"
#include "sensor/language.h"

enum { CELL_MAX = 1 << 20 };

/* Several values of a mail in one cell, blanks between them. */
static void add_each(struct buf *cell, struct span s)
{
    if (!s.n)
        return;
    if (cell->n)
        buf_add_byte(cell, ' ');
    buf_add(cell, s);
}

/* A list that goes on does not look whole. */
static void add_more(struct buf *cell, uint64_t all, uint64_t shown)
{
    char text[40];

    if (all > shown)
        add_each(cell, span_of(text, (size_t)snprintf(text, sizeof(text), "(and %llu more)", (unsigned long long)(all - shown))));
}

static void add_links(const struct export *x, struct buf *cell, const struct mail_facts *f)
{
    for (unsigned i = 0; i < f->links_n; i++) {
        struct buf url;

        buf_init(&url, x->mem, CELL_MAX);
        defanged_url(&url, export_shown(x, f->links[i].url));
        add_each(cell, buf_span(&url));
        buf_free(&url);
    }
    add_more(cell, f->links_all, f->links_n);
}

static void add_link_domains(const struct export *x, struct buf *cell, const struct mail_facts *f)
{
    (void)x;
    for (unsigned i = 0; i < f->links_n; i++)
        add_each(cell, f->links[i].domain.n ? f->links[i].domain : f->links[i].host);
}

static void add_link_ips(const struct export *x, struct buf *cell, const struct mail_facts *f)
{
    (void)x;
    for (unsigned i = 0; i < f->links_n; i++)
        add_each(cell, f->links[i].ip);
}

static void add_link_owners(const struct export *x, struct buf *cell, const struct mail_facts *f)
{
    (void)x;
    for (unsigned i = 0; i < f->links_n; i++)
        add_each(cell, f->links[i].org.n ? f->links[i].org : f->links[i].country);
}

static void add_findings(const struct export *x, struct buf *cell, const struct mail_facts *f)
{
    (void)x;
    for (unsigned i = 0; i < f->findings_n; i++)
        add_each(cell, f->findings[i]);
    add_more(cell, f->findings_all, f->findings_n);
}

static void add_files(const struct export *x, struct buf *cell, const struct mail_facts *f)
{
    for (unsigned i = 0; i < f->files_n; i++)
        add_each(cell, export_shown(x, f->files[i]));
}

static void add_recipients(const struct export *x, struct buf *cell, const struct mail_facts *f)
{
    for (unsigned i = 0; i < f->rcpt_n; i++)
        add_each(cell, redactor_address(x->redactor, f->rcpt[i]));
    add_more(cell, mail_facts_count(f, "smtp.rcpt_to"), f->rcpt_n);
}

static void add_mailer(const struct export *x, struct buf *cell, const struct mail_facts *f)
{
    buf_add(cell, export_shown(x, f->mailer));
}

static void add_number(struct buf *cell, uint64_t n)
{
    char text[24];

    buf_add(cell, span_of(text, (size_t)snprintf(text, sizeof(text), "%llu", (unsigned long long)n)));
}

static void add_asn(const struct export *x, struct buf *cell, const struct mail_facts *f)
{
    (void)x;
    if (f->asn)
        add_number(cell, f->asn);
}

static void add_score(const struct export *x, struct buf *cell, const struct mail_facts *f)
{
    (void)x;
    add_number(cell, f->score);
}

static void add_flow(const struct export *x, struct buf *cell, const struct mail_facts *f)
{
    (void)x;
    add_number(cell, f->flow_id);
}

static void add_tx(const struct export *x, struct buf *cell, const struct mail_facts *f)
{
    (void)x;
    add_number(cell, f->tx_id);
}

/* One of path and add. */
static const struct {
    const char *name, *path;
    void (*add)(const struct export *x, struct buf *cell, const struct mail_facts *f);
} columns[] = {
    {"timestamp", "timestamp", NULL},
    {"subject", "email.subject", NULL},
    {"date", "email.date", NULL},
    {"zone", "mxtap.date.zone", NULL},
    {"from", "email.from", NULL},
    {"mail_from", "smtp.mail_from", NULL},
    {"reply_to", "email.reply_to", NULL},
    {"rcpt_to", NULL, add_recipients},
    {"origin_ip", "mxtap.origin.ip", NULL},
    {"ptr", "mxtap.origin.ptr", NULL},
    {"helo", "mxtap.origin.helo", NULL},
    {"net", "mxtap.origin.net", NULL},
    {"asn", NULL, add_asn},
    {"org", "mxtap.origin.org", NULL},
    {"country", "mxtap.origin.country", NULL},
    {"city", "mxtap.origin.city", NULL},
    {"claimed_ip", "mxtap.claimed.ip", NULL},
    {"mailer", NULL, add_mailer},
    {"outcome", "mxtap.outcome", NULL},
    {"score", NULL, add_score},
    {"findings", NULL, add_findings},
    {"links", NULL, add_links},
    {"link_domains", NULL, add_link_domains},
    {"link_ips", NULL, add_link_ips},
    {"link_owners", NULL, add_link_owners},
    {"attachments", NULL, add_files},
    {"message_id", "email.message_id", NULL},
    {"sensor", "mxtap.sensor", NULL},
    {"flow_id", NULL, add_flow},
    {"tx_id", NULL, add_tx},
};

static void begin(struct export *x)
{
    if (x->o->export.bom)
        export_add(x, "\xef\xbb\xbf");
    for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
        export_add(x, "%s%s", i ? "," : "", columns[i].name);
    export_add(x, "\r\n");
}

static void mail(struct export *x, const struct mail_facts *f)
{
    struct buf cell;

    buf_init(&cell, x->mem, CELL_MAX);
    for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
        buf_clear(&cell);
        if (columns[i].add)
            columns[i].add(x, &cell, f);
        else
            buf_add(&cell, export_shown(x, mail_facts_text(f, columns[i].path)));
        if (i)
            export_add(x, ",");
        if (cell.n)
            csv_text(x->out, buf_span(&cell));
    }
    export_add(x, "\r\n");
    buf_free(&cell);
}

const struct export_format format_csv = {
    .name = "csv", .does = N_("mails, a line each, for a spreadsheet"), .mails = true, .begin = begin, .mail = mail};
