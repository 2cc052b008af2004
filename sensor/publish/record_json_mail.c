/* SPDX-License-Identifier: Apache-2.0 */
/* record_json_mail: envelope replies, header, chain and parts of a mail as JSON. */
#include "sensor/publish/record_json_mail.h"

#include <stdio.h>

#include "sensor/publish/recipients.h"
#include "sensor/publish/text_memo.h"

static inline __attribute__((always_inline)) void json_mailboxes(struct json *j, const char *key, const struct text_list *l)
{
    struct json_mark m;

    if (!l->n)
        return;
    m = json_try(j, key, '[');
    for (uint32_t i = 0; i < l->n; i++)
        json_shown(j, NULL, redactor_mailbox(j->redact, l->items[i]));
    json_end_try(j, m, ']');
}

static inline __attribute__((always_inline)) void json_code(struct json *j, const char *key, uint16_t code)
{
    if (code)
        json_number(j, key, code);
}

static bool rcpt_accepted(const struct smtp_rcpt *x)
{
    return x->code >= 200 && x->code < 300;
}

static void json_final(struct json *j, const struct record *r)
{
    struct json_mark m;

    if (!r->reply.final_per_rcpt) {
        json_code(j, "final", r->reply.final);
        return;
    }
    m = json_try(j, "final", '[');
    for (uint32_t i = 0; i < r->rcpt_n; i++)
        if (rcpt_accepted(&r->rcpt[i]))
            json_number(j, NULL, r->rcpt[i].final);
    json_end_try(j, m, ']');
}

void json_reply(struct json *j, const struct record *r)
{
    struct json_mark m = json_try(j, "reply", '{');

    json_text(j, "banner", r->reply.banner);
    if (r->type == RECORD_SMTP) {
        json_code(j, "helo", r->reply.helo);
        json_code(j, "mail", r->reply.mail);
        json_code(j, "data", r->reply.data);
        if (r->rcpt_n) {
            json_open(j, "rcpt", '[');
            for (uint32_t i = 0; i < r->rcpt_n; i++)
                json_number(j, NULL, r->rcpt[i].code);
            json_close(j, ']');
        }
        json_final(j, r);
        json_text(j, "enhanced", r->reply.enhanced);
        json_text(j, "text", r->reply.text);
        json_text(j, "queued_as", r->reply.queued_as);
    }
    json_end_try(j, m, '}');
}

/* SIZE is a number, a parameter without a value is true, the rest is text. */
static void json_param(struct json *j, const struct smtp_param *p)
{
    int64_t n = 0;
    size_t i = 0;

    while (i < p->value.n && i < 18 && ascii_digit(p->value.p[i]))
        n = n * 10 + (p->value.p[i++] - '0');
    if (!p->value.n)
        json_true_keyed(j, p->key);
    else if (i == p->value.n && span_eq(p->key, SPAN("size")))
        json_number(j, "size", n);
    else
        json_text_keyed(j, p->key, p->value);
}

void json_mail_params(struct json *j, const struct record *r)
{
    struct json_mark m;

    if (!r->params_n)
        return;
    m = json_try(j, "mail_params", '{');
    for (uint32_t i = 0; i < r->params_n; i++)
        json_param(j, &r->params[i]);
    json_end_try(j, m, '}');
}

static void json_attachments(struct json *j, const struct record *r)
{
    struct json_mark m = json_try(j, "attachment", '[');

    for (uint32_t i = 0; i < r->parts_n; i++)
        if (r->parts[i].mail->filename.n)
            json_text(j, NULL, r->parts[i].mail->filename);
    json_end_try(j, m, ']');
}

static void json_fields(struct json *j, const struct text_list *l, uint64_t *plain)
{
    struct json_mark m;

    _Static_assert(LIMIT_RECEIVED <= 64, "a bit for each");
    if (!l->n)
        return;
    m = json_try(j, "received", '[');
    for (uint32_t i = 0; i < l->n; i++)
        *plain |= (uint64_t)json_text(j, NULL, l->items[i]) << i;
    json_end_try(j, m, ']');
}

void json_email(struct json *j, const struct record *r, struct mail_written *w)
{
    static const char *const state[] = {
        [MESSAGE_EMPTY] = "HEADER_STARTED",
        [MESSAGE_HEADER] = "HEADER_STARTED",
        [MESSAGE_BODY] = "BODY_STARTED",
        [MESSAGE_DONE] = "PARSE_DONE",
    };
    const struct record_email *e = &r->email;

    json_open(j, "email", '{');
    json_word(j, "status", state[e->state]);
    json_text(j, "from", e->from);
    json_mailboxes(j, "to", &e->to);
    json_mailboxes(j, "cc", &e->cc);
    json_text(j, "subject", e->subject);
    json_text(j, "date", e->date);
    json_text(j, "message_id", e->message_id);
    json_text(j, "x_mailer", e->x_mailer);
    json_text(j, "user_agent", e->user_agent);
    json_text(j, "reply_to", e->reply_to);
    json_text(j, "in_reply_to", e->in_reply_to);
    json_text(j, "sender", e->sender);
    json_text(j, "return_path", e->return_path);
    json_text(j, "x_originating_ip", e->x_originating_ip);
    json_text(j, "organization", e->organization);
    json_fields(j, &e->received, &w->hops_plain);
    json_urls(j, r, &w->links);
    json_attachments(j, r);
    json_close(j, '}');
}

static inline __attribute__((always_inline)) void json_iso_date(struct json *j, const char *key, int64_t seconds)
{
    struct span date = text_memo_date(seconds);

    if (date.n)
        json_word_span(j, key, date);
}

static void json_origin(struct json *j, const struct record_origin *o)
{
    json_ip(j, "ip", &o->ip);
    json_text(j, "ptr", o->ptr);
    json_text(j, "helo", o->helo);
    json_number(j, "hop", o->hop);
    json_geo(j, &o->geo);
    json_close(j, '}');
}

/* plain: all that was read is a part of a text that needs no look. */
static void json_hop(struct json *j, const struct record *r, uint32_t i, bool plain)
{
    const struct received *h = &r->hops[i];

    json_open(j, NULL, '{');
    json_piece(j, "from", h->from, plain);
    json_piece(j, "helo", h->helo, plain);
    json_piece(j, "rdns", h->rdns, plain);
    json_ip(j, "ip", &h->ip);
    json_piece(j, "by", h->by, plain);
    json_piece(j, "with", h->with, plain);
    json_piece(j, "id", h->id, plain);
    json_shown(j, "for", redactor_address(j->redact, h->for_));
    if (h->has_date)
        json_iso_date(j, "date", h->date.utc);
    json_piece(j, "tls", h->tls, plain);
    json_geo_try(j, r->hop_geo ? &r->hop_geo[i] : NULL);
    json_close(j, '}');
}

void json_chain(struct json *j, const struct record *r, const struct mail_written *w)
{
    if (r->origin.ip.family) {
        json_open(j, "origin", '{');
        json_origin(j, &r->origin);
    }
    if (r->claimed.ip.family) {
        json_open(j, "claimed", '{');
        json_origin(j, &r->claimed);
    }
    if (!r->hops_n)
        return;
    json_open(j, "received", '[');
    for (uint32_t i = 0; i < r->hops_n; i++)
        json_hop(j, r, i, w->hops_plain >> i & 1);
    json_close(j, ']');
}

static void json_authentication(struct json *j, const struct record_authentication *a)
{
    struct json_mark m = json_try(j, "authentication", '{');

    json_text(j, "spf", a->spf);
    json_text(j, "dkim", a->dkim);
    json_text(j, "dmarc", a->dmarc);
    json_text(j, "arc", a->arc);
    json_text(j, "spf_domain", a->spf_domain);
    json_text(j, "dkim_domain", a->dkim_domain);
    json_text(j, "by", a->by);
    if (a->trusted)
        json_true(j, "trusted");
    json_end_try(j, m, '}');
}

static void json_date(struct json *j, const struct record *r)
{
    struct json_mark m = json_try(j, "date", '{');

    if (r->date.valid)
        json_iso_date(j, "utc", r->date.utc);
    json_text(j, "zone", r->date.zone);
    if (r->date.valid)
        json_number(j, "skew_s", r->date.skew_s);
    json_end_try(j, m, '}');
}

static void json_names(struct json *j, const struct record *r)
{
    struct json_mark m;

    if (!r->names_n)
        return;
    m = json_try(j, "names", '{');
    for (uint32_t i = 0; i < r->names_n; i++) {
        const struct record_name *name = &r->names[i];

        if (!name->ips_n)
            continue;
        json_open_keyed(j, name->name, '[');
        for (uint32_t n = 0; n < name->ips_n; n++)
            json_ip(j, NULL, &name->ips[n]);
        json_close(j, ']');
    }
    json_end_try(j, m, '}');
}

static void json_part(struct json *j, const struct record_part *part)
{
    const struct mail_part *p = part->mail;

    json_open(j, NULL, '{');
    json_text(j, "type", p->type);
    json_text(j, "charset", p->charset);
    json_text(j, "encoding", p->encoding);
    json_text(j, "disposition", p->disposition);
    json_text(j, "filename", p->filename);
    json_number(j, "size", (int64_t)p->size);
    json_word(j, "sniffed", p->sniffed);
    if (p->encrypted)
        json_true(j, "encrypted");
    json_text(j, "sha256", part->sha256);
    json_close(j, '}');
}

static void json_parts(struct json *j, const struct record *r)
{
    if (!r->parts_n)
        return;
    json_open(j, "parts", '[');
    for (uint32_t i = 0; i < r->parts_n; i++)
        json_part(j, &r->parts[i]);
    json_close(j, ']');
}

static void json_findings(struct json *j, const struct record *r)
{
    if (!r->findings_n)
        return;
    json_open(j, "findings", '[');
    for (uint32_t i = 0; i < r->findings_n; i++) {
        json_open(j, NULL, '{');
        json_word(j, "id", r->findings[i].id);
        json_text(j, "evidence", r->findings[i].evidence);
        json_number(j, "weight", r->findings[i].weight);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_number(j, "score", r->score);
}

void json_mail(struct json *j, const struct record *r, const struct json_options *o, struct mail_written *w)
{
    json_authentication(j, &r->authentication);
    json_date(j, r);
    json_names(j, r);
    json_links(j, r, &w->links);
    json_parts(j, r);
    if (r->has_email || r->size)
        json_number(j, "size", (int64_t)r->size);
    json_text(j, "subject_key", r->subject_key);
    json_piece(j, "body_key", r->body.key, true);
    if (o->header_block)
        json_text(j, "header_block", r->header_block);
    json_findings(j, r);
}

void json_smuggling(struct json *j, const struct record *r)
{
    static const char *const verdict[] = {
        [SMTP_NOT_SMUGGLED] = NULL,
        [SMTP_SMUGGLING_ATTEMPTED] = "attempted",
        [SMTP_SMUGGLING_ACCEPTED] = "accepted",
        [SMTP_SMUGGLING_UNKNOWN] = "unknown",
    };
    char form[2 * sizeof(r->smuggling.form) + 1] = "";

    if (r->smuggling.verdict == SMTP_NOT_SMUGGLED)
        return;
    for (unsigned i = 0; i < r->smuggling.form_n; i++)
        snprintf(form + 2 * i, 3, "%02x", r->smuggling.form[i]);
    json_open(j, "smuggling", '{');
    json_word(j, "form", form);
    json_number(j, "offset", (int64_t)r->smuggling.offset);
    json_word(j, "verdict", verdict[r->smuggling.verdict]);
    json_close(j, '}');
}
