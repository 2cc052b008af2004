/* SPDX-License-Identifier: Apache-2.0 */
/* export: mails from where they are to the format's file, and one line on what was left out. */
#include "sensor/export/export.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "sensor/console/console.h"
#include "sensor/console/patience.h"
#include "sensor/console/whole_file.h"
#include "sensor/export/export_walk.h"
#include "sensor/language.h"
#include "sensor/log.h"
#include "sensor/options.h"
#include "sensor/record.h"

enum { LEFT_OUT = 1200 };

/* What the redactor must know of a mail, as a record. */
struct recipients_of {
    struct record record;
    struct smtp_rcpt rcpt[LIMIT_SMTP_RCPT];
    struct span to[LIMIT_ADDRESSES], cc[LIMIT_ADDRESSES];
    struct received hops[LIMIT_RECEIVED];
};

struct run {
    struct export x;
    const struct export_format *format;
    struct mem mem;
    struct whole_file file;
    struct judge *judge;
    struct blocklist blocks;
    struct recipients_of *known;
    struct export_walk_counts counts;
};

static uint32_t at_most(size_t n, size_t most)
{
    return (uint32_t)(n < most ? n : most);
}

static void learn_recipients(struct run *r, const struct mail_facts *f)
{
    struct recipients_of *k = r->known;
    struct record *rec = &k->record;

    rec->rcpt = k->rcpt;
    rec->email.to.items = k->to;
    rec->email.cc.items = k->cc;
    rec->hops = k->hops;
    rec->rcpt_n = at_most(mail_facts_count(f, "smtp.rcpt_to"), LIMIT_SMTP_RCPT);
    rec->email.to.n = at_most(mail_facts_count(f, "email.to"), LIMIT_ADDRESSES);
    rec->email.cc.n = at_most(mail_facts_count(f, "email.cc"), LIMIT_ADDRESSES);
    rec->hops_n = at_most(mail_facts_count(f, "mxtap.received"), LIMIT_RECEIVED);
    for (uint32_t i = 0; i < rec->rcpt_n; i++)
        k->rcpt[i].path = fact_at(f, "smtp.rcpt_to.*", i);
    for (uint32_t i = 0; i < rec->email.to.n; i++)
        k->to[i] = fact_at(f, "email.to.*", i);
    for (uint32_t i = 0; i < rec->email.cc.n; i++)
        k->cc[i] = fact_at(f, "email.cc.*", i);
    for (uint32_t i = 0; i < rec->hops_n; i++)
        k->hops[i].for_ = fact_at(f, "mxtap.received.*.for", i);
    redactor_begin(r->x.redactor, rec);
}

static void on_mail(void *ctx, const struct mail_facts *f)
{
    struct run *r = ctx;

    r->x.mails++;
    r->x.links_cut += f->links_all > f->links_n;
    if (r->format->blocks)
        blocklist_add(&r->blocks, f);
    if (!r->format->mail)
        return;
    learn_recipients(r, f);
    r->format->mail(&r->x, f);
    whole_file_flush(&r->file);
}

/* --- what a person is told --- */

/* One thing more that was left out, behind the others. */
static void add_left_out(char text[LEFT_OUT], const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add_left_out(char text[LEFT_OUT], const char *format, ...)
{
    size_t at = strlen(text);
    va_list ap;

    at += (size_t)snprintf(text + at, LEFT_OUT - at, "%s", at ? "; " : "");
    va_start(ap, format);
    if (at < LEFT_OUT)
        vsnprintf(text + at, LEFT_OUT - at, format, ap);
    va_end(ap);
}

static void say_left_out(const struct blocklist *b)
{
    char text[LEFT_OUT] = "";

    if (b->below)
        add_left_out(text, _("%llu mails under a score of %llu"), (unsigned long long)b->below, (unsigned long long)b->o.alert_score);
    if (b->other)
        add_left_out(text, _("%llu mails not inbound"), (unsigned long long)b->other);
    if (b->links_unread)
        add_left_out(text, _("%llu links behind the first 64 of a mail"), (unsigned long long)b->links_unread);
    for (unsigned v = 0; v < BLOCK_VERDICTS_N; v++)
        if (b->left_out[v])
            add_left_out(text, "%u %s", b->left_out[v], _(block_verdict_words(v)));
    log_line(LOG_NOTE, "export: %u addresses and %u domains of %llu mails may be blocked; left out: %s", b->of_kind[BLOCK_IP],
             b->of_kind[BLOCK_DOMAIN], (unsigned long long)b->mails, text[0] ? text : _("nothing"));
    if (!b->o.home_n)
        log_line(LOG_NOTE, "export: without --home, addresses of your own that sent such mails are not known to be yours");
}

static void say(const struct run *r)
{
    if (!r->x.mails)
        log_line(LOG_NOTE, "export: none of %llu mails was asked for", (unsigned long long)r->counts.looked);
    if (r->counts.copies)
        log_line(LOG_NOTE, "export: %llu relayed copies left out", (unsigned long long)r->counts.copies);
    if (r->x.links_cut && r->format->mails)
        log_line(LOG_NOTE, "export: %llu mails have more than 64 links; the others of them are not told", (unsigned long long)r->x.links_cut);
    if (r->x.headers_missing)
        log_line(LOG_NOTE, "export: %llu of %llu mails without their header block, which a complaint desk wants: capture with "
                 "--keep-headers, export with --input", (unsigned long long)r->x.headers_missing, (unsigned long long)r->x.mails);
    if (r->format->blocks)
        say_left_out(&r->blocks);
}

/* --- the verb --- */

static bool start(struct run *r)
{
    const struct export_options *e = &r->x.o->export;
    struct blocklist_options b = {.alert_score = e->alert_score, .home = e->home, .home_n = e->home_n, .trusted = e->trusted,
                                  .trusted_n = e->trusted_n};
    char err[JUDGE_ERR];

    r->known = calloc(1, sizeof(*r->known));
    r->x.redactor = redactor_new(&r->mem, &(struct recipients_policy){.mode = e->recipients});
    if (!r->known || !r->x.redactor)
        return console_no_memory() == STATUS_OK;
    if (!r->format->blocks)
        return true;
    r->judge = judge_open(&e->judge, err);
    if (!r->judge) {
        log_line(LOG_TROUBLE, "export: %s", err);
        return false;
    }
    b.judge = r->judge;
    return blocklist_init(&r->blocks, &r->mem, &b) || console_no_memory() == STATUS_OK;
}

/* One word alone: only values of that kind. */
static enum block_kind only_kind(const struct question_options *o)
{
    return o->words_n != 1 ? BLOCK_KINDS : o->kind == KIND_IP ? BLOCK_IP : BLOCK_DOMAIN;
}

static int finish(struct run *r, int status)
{
    if (status == STATUS_FAILED || status == STATUS_USAGE)
        return status; /* a list of some of it would pass for the whole */
    if (r->format->blocks && !blocklist_end(&r->blocks, only_kind(r->x.o))) {
        log_line(LOG_TROUBLE, "export: more addresses and domains than memory holds; choose a shorter time");
        return STATUS_FAILED;
    }
    if (r->format->blocks)
        r->x.blocks = &r->blocks;
    if (r->format->end)
        r->format->end(&r->x);
    if (!whole_file_finish(&r->file))
        return STATUS_FAILED;
    say(r);
    return status;
}

static int answer(struct run *r)
{
    const struct question_options *o = r->x.o;
    char err[WHOLE_FILE_ERR];
    int status;

    if (!start(r))
        return STATUS_FAILED;
    if (!whole_file_open(&r->file, &r->mem, "export", "--output", o->export.output, err)) {
        log_line(LOG_TROUBLE, "export: %s", err);
        return STATUS_FAILED;
    }
    if (!o->export.output && isatty(STDOUT_FILENO))
        patience_hush(); /* the answer itself comes as it is found */
    r->x.out = &r->file.out;
    if (r->format->begin)
        r->format->begin(&r->x);
    status = finish(r, export_walk(o, &r->mem, on_mail, r, &r->counts));
    whole_file_close(&r->file);
    return status;
}

int console_export(const struct question_options *o)
{
    struct run *r = calloc(1, sizeof(*r));
    int status;

    if (!r)
        return console_no_memory();
    mem_init(&r->mem, 0);
    r->format = o->export.format;
    r->x = (struct export){.o = o, .mem = &r->mem};
    value_set_init(&r->x.named, &r->mem, BLOCK_VALUES, (size_t)1 << 30);
    status = answer(r);
    value_set_free(&r->x.named);
    if (r->blocks.mem)
        blocklist_free(&r->blocks);
    judge_release(r->judge);
    redactor_free(r->x.redactor);
    free(r->known);
    free(r);
    return status;
}
