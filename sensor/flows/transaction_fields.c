/* SPDX-License-Identifier: Apache-2.0 */
/* transaction_fields: what the dialogue told of one mail. */
#include "sensor/flows/transaction_fields.h"

static void copy_rcpt(struct record *r, const struct smtp_transaction *t)
{
    r->rcpt = arena_zalloc(&r->arena, t->rcpt_n * sizeof(*r->rcpt));
    for (uint32_t i = 0; r->rcpt && i < t->rcpt_n; i++) {
        r->rcpt[i] = t->rcpt[i];
        r->rcpt[i].path = arena_dup(&r->arena, t->rcpt[i].path);
        if (!r->rcpt[i].path.p)
            break; /* path and code stand side by side */
        r->rcpt_n++;
    }
}

static void copy_params(struct record *r, const struct smtp_transaction *t)
{
    r->params = arena_zalloc(&r->arena, t->params_n * sizeof(*r->params));
    for (uint32_t i = 0; r->params && i < t->params_n; i++) {
        r->params[i].key = arena_dup(&r->arena, t->params[i].key);
        r->params[i].value = arena_dup(&r->arena, t->params[i].value);
        if (!r->params[i].key.p || !r->params[i].value.p != !t->params[i].value.p)
            break; /* without its value it would say true */
        r->params_n++;
    }
}

void transaction_fields(struct record *r, const struct smtp_transaction *t)
{
    r->outcome = t->outcome;
    r->helo = arena_dup(&r->arena, t->helo);
    r->mail_from = arena_dup(&r->arena, t->mail_from);
    copy_rcpt(r, t);
    copy_params(r, t);
    r->proto = t->proto;
    if (t->via != SMTP_VIA_TCP) {
        r->via = t->via;
        r->client = t->client.ip;
        ip_unmap(&r->client);
    }
    r->reply.helo = t->helo_code;
    r->reply.mail = t->mail_code;
    r->reply.data = t->data_code;
    r->reply.final = t->final_code;
    r->reply.final_per_rcpt = t->proto == SMTP_PROTO_LMTP;
    r->reply.enhanced = arena_dup(&r->arena, t->enhanced);
    r->reply.text = arena_dup(&r->arena, t->reply_text);
    r->reply.queued_as = arena_dup(&r->arena, t->queued_as);
    r->size = t->content_bytes;
    r->missing = t->missing;
    r->anomalies |= t->anomalies;
    r->smuggling.verdict = t->smuggling.verdict;
    memcpy(r->smuggling.form, t->smuggling.form, sizeof(r->smuggling.form));
    r->smuggling.form_n = t->smuggling.form_n;
    r->smuggling.offset = t->smuggling.offset;
}
