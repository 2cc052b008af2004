/* SPDX-License-Identifier: Apache-2.0 */
/* transaction: the envelope kept in its own arena; RECORD.md's outcome, first that fits. */
#include "decoders/smtp/transaction.h"

#include "decoders/smtp/queue_id.h"
#include "decoders/smtp/reply.h"

struct transaction *transaction_new(struct mem *m, size_t envelope)
{
    struct transaction *x = mem_zalloc(m, sizeof(*x));

    if (x)
        arena_init(&x->arena, m, envelope);
    return x;
}

void transaction_free(struct transaction *x, struct mem *m)
{
    arena_free(&x->arena);
    mem_free(m, x, sizeof(*x));
}

static struct span keep(struct transaction *x, struct span s, size_t max)
{
    struct span kept;

    if (s.n > max) {
        anomaly_raise(&x->t.anomalies, ANOMALY_SMTP_LINE_TOO_LONG);
        s.n = max;
    }
    kept = arena_dup(&x->arena, s);
    if (s.p && !kept.p)
        anomaly_raise(&x->t.anomalies, ANOMALY_RECORD_TOO_LARGE);
    return kept;
}

static struct span keep_lower(struct transaction *x, struct span s)
{
    uint8_t *p = arena_alloc(&x->arena, s.n ? s.n : 1);

    if (!p)
        return (struct span){NULL, 0};
    for (size_t i = 0; i < s.n; i++)
        p[i] = ascii_lower(s.p[i]);
    return span_of(p, s.n);
}

static bool has_param(const struct transaction *x, struct span key)
{
    const struct smtp_param *p = x->params.items;

    for (uint32_t i = 0; i < x->params.n; i++)
        if (span_eq_nocase(p[i].key, key))
            return true;
    return false;
}

/* RFC 5321 4.1.2, esmtp-keyword: what is none may be anything, an address too. */
static bool is_keyword(struct span key)
{
    for (size_t i = 0; i < key.n; i++)
        if (!ascii_alpha(key.p[i]) && !ascii_digit(key.p[i]) && key.p[i] != '-')
            return false;
    return key.n > 0;
}

/* Each is allowed once: the first counts, a second makes the command odd. */
static void add_param(struct transaction *x, struct span key, struct span value, bool keep_auth)
{
    struct smtp_param *p;

    if (!is_keyword(key) || has_param(x, span_head(key, LIMIT_SMTP_PATH))) {
        anomaly_raise(&x->t.anomalies, ANOMALY_SMTP_SYNTAX);
        return;
    }
    p = list_add(&x->params, &x->arena, sizeof(*p), LIMIT_SMTP_PARAMS);
    if (!p)
        return;
    p->key = keep_lower(x, span_head(key, LIMIT_SMTP_PATH));
    if (!keep_auth && span_eq_nocase(key, SPAN("AUTH")) && !span_eq(value, SPAN("<>")))
        return;
    p->value = keep(x, value, LIMIT_SMTP_PATH);
}

bool transaction_set_mail(struct transaction *x, const struct command_path *p, bool keep_auth)
{
    struct span params = p->params, key, value;

    x->t.mail_from = keep(x, p->path, LIMIT_SMTP_PATH);
    while (command_param_next(&params, &key, &value))
        add_param(x, key, value, keep_auth);
    return !x->params.full;
}

void transaction_set_helo(struct transaction *x, struct span name, uint16_t code,
                          enum smtp_proto proto)
{
    if (!span_eq(x->t.helo, name))
        x->t.helo = keep(x, name, LIMIT_SMTP_HELO);
    x->t.helo_code = code;
    x->t.proto = proto;
}

int transaction_add_rcpt(struct transaction *x, struct span path)
{
    struct smtp_rcpt *r = list_add(&x->rcpt, &x->arena, sizeof(*r), LIMIT_SMTP_RCPT);

    x->rcpt_sent++;
    if (!r) {
        anomaly_raise(&x->t.anomalies, ANOMALY_SMTP_TOO_MANY_RCPT);
        return -1;
    }
    r->path = keep(x, path, LIMIT_SMTP_PATH);
    return (int)x->rcpt.n - 1;
}

static struct smtp_rcpt *rcpt_at(struct transaction *x, int i)
{
    return i >= 0 && (uint32_t)i < x->rcpt.n ? (struct smtp_rcpt *)x->rcpt.items + i : NULL;
}

void transaction_rcpt_reply(struct transaction *x, int i, uint16_t code, bool no_mailbox)
{
    struct smtp_rcpt *r = rcpt_at(x, i);

    if (r) {
        r->code = code;
        r->no_mailbox = no_mailbox;
    }
    x->rcpt_taken += reply_is_positive(code);
    x->rcpt_4xx += code >= 400 && code < 500;
    x->rcpt_5xx += code >= 500;
}

static void next_recipient_final(struct transaction *x, uint16_t code)
{
    struct smtp_rcpt *r;

    while ((r = rcpt_at(x, (int)x->final_next)) && !reply_is_positive(r->code))
        x->final_next++;
    if (!r)
        return;
    r->final = code;
    x->final_next++;
}

void transaction_final_reply(struct transaction *x, uint16_t code)
{
    if (x->t.proto == SMTP_PROTO_LMTP)
        next_recipient_final(x, code);
    /* LMTP: one recipient's success is the mail's. */
    if (!reply_is_positive(x->t.final_code))
        x->t.final_code = code;
    x->final_taken += reply_is_positive(code);
    x->final_4xx += code >= 400 && code < 500;
    x->final_5xx += code >= 500;
}

bool transaction_wants_more(const struct transaction *x)
{
    uint32_t had = x->final_taken + x->final_4xx + x->final_5xx;

    return x->t.proto == SMTP_PROTO_LMTP && had + 1 < x->rcpt_taken;
}

void transaction_keep_reply(struct transaction *x, uint16_t code, struct span text)
{
    struct span enhanced = reply_enhanced(code, text);

    if (!x->text_room.p) {
        void *room = arena_alloc(&x->arena, LIMIT_SMTP_REPLY_TEXT);

        if (!room)
            return;
        x->text_room = span_of(room, LIMIT_SMTP_REPLY_TEXT);
    }
    text = span_head(text, LIMIT_SMTP_REPLY_TEXT);
    /* text_room is this transaction's own arena memory. */
    if (text.n)
        memcpy((uint8_t *)(uintptr_t)x->text_room.p, text.p, text.n);
    x->t.reply_text = text.n ? span_of(x->text_room.p, text.n) : (struct span){NULL, 0};
    x->t.enhanced = enhanced.p ? span_head(x->t.reply_text, enhanced.n) : enhanced;
}

void transaction_find_queue_id(struct transaction *x, struct span text)
{
    struct span id;

    if (x->t.queued_as.p)
        return;
    id = queue_id_find(span_head(text, LIMIT_SMTP_REPLY_TEXT));
    if (id.p)
        x->t.queued_as = arena_dup(&x->arena, id);
}

bool transaction_no_rcpt_left(const struct transaction *x)
{
    return x->rcpt_sent && x->rcpt_4xx + x->rcpt_5xx == x->rcpt_sent;
}

static enum smtp_outcome by_code(uint16_t code)
{
    return code < 500 ? SMTP_DEFERRED : SMTP_REFUSED;
}

static enum smtp_outcome outcome(const struct transaction *x, bool server_seen)
{
    const struct smtp_transaction *t = &x->t;

    if (x->final_taken)
        return x->rcpt_4xx + x->rcpt_5xx + x->final_4xx + x->final_5xx ? SMTP_PARTIAL
                                                                      : SMTP_ACCEPTED;
    if (t->mail_code >= 400)
        return by_code(t->mail_code);
    if (transaction_no_rcpt_left(x))
        return x->rcpt_4xx ? SMTP_DEFERRED : SMTP_REFUSED;
    if (x->chunk_refused)
        return by_code(t->data_code);
    if (x->final_4xx + x->final_5xx)
        return x->final_4xx ? SMTP_DEFERRED : SMTP_REFUSED;
    if (t->data_code >= 400)
        return by_code(t->data_code);
    if (x->reset)
        return SMTP_RESET;
    if (!server_seen || x->reply_lost)
        return SMTP_UNKNOWN;
    return SMTP_UNFINISHED;
}

void transaction_seal(struct transaction *x, bool server_seen)
{
    x->t.rcpt = x->rcpt.items;
    x->t.rcpt_n = x->rcpt.n;
    x->t.params = x->params.items;
    x->t.params_n = x->params.n;
    x->t.outcome = outcome(x, server_seen);
    if (x->t.missing)
        anomaly_raise(&x->t.anomalies, ANOMALY_TCP_GAP);
}
