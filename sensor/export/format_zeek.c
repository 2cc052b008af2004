/* SPDX-License-Identifier: Apache-2.0 */
/* format_zeek: the columns of Zeek's smtp.log in its TSV form, and behind them what mxtap knows more. */
#define _GNU_SOURCE /* timegm */
#include <time.h>

#include "sensor/export/block_head.h"
#include "sensor/export/escape_forms.h"
#include "sensor/language.h"

static void unset(struct export *x)
{
    buf_add_byte(x->out, '-');
}

/* --- one function for each kind of column; path is the record's --- */

static void put_text(struct export *x, const struct mail_facts *f, const char *path)
{
    struct span s = mail_facts_text(f, path);

    if (s.p)
        zeek_text(x->out, export_shown(x, s), false);
    else
        unset(x);
}

static void put_addr(struct export *x, const struct mail_facts *f, const char *path)
{
    struct ip_addr ip;
    char text[IP_TEXT];

    if (ip_parse(mail_facts_text(f, path), &ip))
        buf_add(x->out, span_of(text, ip_format(&ip, text)));
    else
        unset(x);
}

static void put_number(struct export *x, const struct mail_facts *f, const char *path)
{
    export_add(x, "%lld", (long long)mail_facts_number(f, path));
}

static void put_depth(struct export *x, const struct mail_facts *f, const char *path)
{
    export_add(x, "%lld", (long long)mail_facts_number(f, path) + 1);
}

/* Seconds since 1970 with six decimals. */
static void put_time(struct export *x, const struct mail_facts *f, const char *path)
{
    char text[32];
    unsigned us = 0;
    struct tm tm = {0};

    snprintf(text, sizeof(text), "%.*s", (int)(f->timestamp.n < 31 ? f->timestamp.n : 31), (const char *)f->timestamp.p);
    (void)path;
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%6u", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec,
               &us) < 6) {
        unset(x);
        return;
    }
    tm.tm_year -= 1900;
    tm.tm_mon--;
    export_add(x, "%lld.%06u", (long long)timegm(&tm), us);
}

/* "C" and the flow_id to the base 62: a name that is one connection's, as Zeek's are. */
static void put_uid(struct export *x, const struct mail_facts *f, const char *path)
{
    static const char set[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    char text[16];
    size_t at = sizeof(text);
    uint64_t v = f->flow_id;

    (void)path;
    do {
        text[--at] = set[v % 62];
        v /= 62;
    } while (v);
    buf_add_byte(x->out, 'C');
    buf_add(x->out, span_of(text + at, sizeof(text) - at));
}

/* A list of texts: addresses of people as --recipients shows them, our own words as they are. */
static void put_list(struct export *x, const struct mail_facts *f, const char *path, struct span (*shown)(const struct redactor *, struct span))
{
    size_t n = mail_facts_count(f, path), put = 0;
    char at[64];

    snprintf(at, sizeof(at), "%s.*", path);
    for (size_t i = 0; i < n; i++) {
        struct span s = fact_at(f, at, i);

        if (shown)
            s = shown(x->redactor, s);
        if (!s.p)
            continue;
        if (put++)
            buf_add_byte(x->out, ',');
        zeek_text(x->out, s, true);
    }
    if (!put)
        unset(x);
}

static void put_rcpt(struct export *x, const struct mail_facts *f, const char *path)
{
    put_list(x, f, path, redactor_address);
}

static void put_mailboxes(struct export *x, const struct mail_facts *f, const char *path)
{
    put_list(x, f, path, redactor_mailbox);
}

static void put_findings(struct export *x, const struct mail_facts *f, const char *path)
{
    (void)path;
    for (unsigned i = 0; i < f->findings_n; i++) {
        if (i)
            buf_add_byte(x->out, ',');
        zeek_text(x->out, f->findings[i], true);
    }
    if (!f->findings_n)
        unset(x);
}

/* The way that the mail took, from here backwards: server, client, then what Received says. */
static void put_path(struct export *x, const struct mail_facts *f, const char *path)
{
    size_t n = mail_facts_count(f, path);
    struct ip_addr ip;
    char text[IP_TEXT];

    put_addr(x, f, "dest_ip");
    buf_add_byte(x->out, ',');
    put_addr(x, f, "src_ip");
    for (size_t i = 0; i < n; i++)
        if (ip_parse(fact_at(f, "mxtap.received.*.ip", i), &ip)) {
            buf_add_byte(x->out, ',');
            buf_add(x->out, span_of(text, ip_format(&ip, text)));
        }
}

static void put_reply(struct export *x, const struct mail_facts *f, const char *path)
{
    int64_t code = mail_facts_number(f, "mxtap.reply.final");
    struct span text = export_shown(x, mail_facts_text(f, path));

    if (!code && !text.n) {
        unset(x);
        return;
    }
    if (code)
        export_add(x, "%lld%s", (long long)code, text.n ? " " : "");
    if (text.n)
        zeek_text(x->out, text, false);
}

static void put_mailer(struct export *x, const struct mail_facts *f, const char *path)
{
    (void)path;
    if (f->mailer.n)
        zeek_text(x->out, export_shown(x, f->mailer), false);
    else
        unset(x);
}

/* A mail that can be read did not go over TLS. */
static void put_false(struct export *x, const struct mail_facts *f, const char *path)
{
    (void)f;
    (void)path;
    buf_add_byte(x->out, 'F');
}

static void put_unset(struct export *x, const struct mail_facts *f, const char *path)
{
    (void)f;
    (void)path;
    unset(x);
}

static const struct {
    const char *name, *type;
    void (*put)(struct export *x, const struct mail_facts *f, const char *path);
    const char *path;
} fields[] = {
    {"ts", "time", put_time, NULL},
    {"uid", "string", put_uid, NULL},
    {"id.orig_h", "addr", put_addr, "src_ip"},
    {"id.orig_p", "port", put_number, "src_port"},
    {"id.resp_h", "addr", put_addr, "dest_ip"},
    {"id.resp_p", "port", put_number, "dest_port"},
    {"trans_depth", "count", put_depth, "tx_id"},
    {"helo", "string", put_text, "smtp.helo"},
    {"mailfrom", "string", put_text, "smtp.mail_from"},
    {"rcptto", "set[string]", put_rcpt, "smtp.rcpt_to"},
    {"date", "string", put_text, "email.date"},
    {"from", "string", put_text, "email.from"},
    {"to", "set[string]", put_mailboxes, "email.to"},
    {"cc", "set[string]", put_mailboxes, "email.cc"},
    {"reply_to", "string", put_text, "email.reply_to"},
    {"msg_id", "string", put_text, "email.message_id"},
    {"in_reply_to", "string", put_text, "email.in_reply_to"},
    {"subject", "string", put_text, "email.subject"},
    {"x_originating_ip", "addr", put_addr, "email.x_originating_ip"},
    {"first_received", "string", put_text, "email.received.0"},
    {"second_received", "string", put_text, "email.received.1"},
    {"last_reply", "string", put_reply, "mxtap.reply.text"},
    {"path", "vector[addr]", put_path, "mxtap.received"},
    {"user_agent", "string", put_mailer, NULL},
    {"tls", "bool", put_false, NULL},
    {"fuids", "vector[string]", put_unset, NULL},
    {"mxtap_origin", "addr", put_addr, "mxtap.origin.ip"},
    {"mxtap_country", "string", put_text, "mxtap.origin.country"},
    {"mxtap_outcome", "string", put_text, "mxtap.outcome"},
    {"mxtap_score", "count", put_number, "mxtap.score"},
    {"mxtap_findings", "set[string]", put_findings, NULL},
};
enum { FIELDS = sizeof(fields) / sizeof(*fields) };

static void put_clock(struct export *x, const char *word)
{
    time_t now = (time_t)x->o->now_s;
    struct tm tm = {.tm_mday = 1};
    char text[32];

    gmtime_r(&now, &tm);
    strftime(text, sizeof(text), "%Y-%m-%d-%H-%M-%S", &tm);
    export_add(x, "#%s\t%s\n", word, text);
}

static void begin(struct export *x)
{
    export_add(x, "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tsmtp\n");
    put_clock(x, "open");
    export_add(x, "#fields");
    for (unsigned i = 0; i < FIELDS; i++)
        export_add(x, "\t%s", fields[i].name);
    export_add(x, "\n#types");
    for (unsigned i = 0; i < FIELDS; i++)
        export_add(x, "\t%s", fields[i].type);
    export_add(x, "\n");
}

static void mail(struct export *x, const struct mail_facts *f)
{
    for (unsigned i = 0; i < FIELDS; i++) {
        if (i)
            buf_add_byte(x->out, '\t');
        fields[i].put(x, f, fields[i].path);
    }
    buf_add_byte(x->out, '\n');
}

static void end(struct export *x)
{
    put_clock(x, "close");
}

const struct export_format format_zeek = {
    .name = "zeek", .does = N_("mails, as Zeek's smtp.log"), .mails = true, .begin = begin, .mail = mail, .end = end};
