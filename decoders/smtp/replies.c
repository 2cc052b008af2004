/* SPDX-License-Identifier: Apache-2.0 */
/* replies: a queue of what was asked, and for each kind of question what its answer changes. */
#include "decoders/smtp/replies.h"

#include "decoders/smtp/reply.h"

static uint16_t code_of(const struct reply *r)
{
    return r ? r->code : 0;
}

/* A refused HELO or AUTH may be all that a session came to. */
static void note_refusal(uint16_t *kept, uint16_t code)
{
    if (code >= 400 && (!*kept || code < 500))
        *kept = code;
}

static enum smtp_proto proto_of(uint8_t kind)
{
    return kind == VERB_LHLO   ? SMTP_PROTO_LMTP
           : kind == VERB_EHLO ? SMTP_PROTO_ESMTP
                               : SMTP_PROTO_SMTP;
}

static void helo(struct dialogue *d, struct pending *p, const struct reply *r)
{
    uint16_t code = code_of(r);

    d->helo_waiting--;
    if (!d->helo_waiting)
        owned_free(&d->helo_other, d->mem);
    if (code >= 400) {
        if (!d->helo_taken)
            d->helo_code = code;
        note_refusal(&d->helo_refusal, code);
        return;
    }
    owned_move(&d->helo, d->mem, &p->text);
    if (d->finishing)
        return; /* unanswered: the last sent names the client, but resets nothing */
    d->helo_taken |= code != 0;
    d->helo_code = code;
    d->proto = (uint8_t)proto_of(p->kind);
    d->pipelining = d->pipelining_line;
    d->chunking = d->chunking_line;
    transactions_forget_offer(d);
    d->unkept = false;
    if (p->tx)
        transactions_reset(d, p->tx);
}

/* The reply that names the reason: MAIL's refusal, or the recipients' where none of them is left,
 * not what later commands are told for it. A text that repeats what AUTH sent is not kept. */
static void keep_reply(struct dialogue *d, struct transaction *x, const struct reply *r)
{
    bool echo = d->extra && auth_echoed(&d->extra->auth, r->text);

    if (x->reason_kept && r->code >= 400)
        return;
    x->reason_kept = x->t.mail_code >= 400 || transaction_no_rcpt_left(x) || x->chunk_refused;
    transaction_keep_reply(x, r->code, echo ? (struct span){NULL, 0} : r->text);
}

/* What holds for the mail at the moment the server answers its MAIL: a HELO that waits then came behind it. */
static void settle_mail(struct dialogue *d, struct transaction *x)
{
    transaction_set_helo(x, owned_span(&d->helo), d->helo_code, dialogue_proto(d));
    transactions_set_client(d, x);
}

static void mail(struct dialogue *d, struct pending *p, const struct reply *r)
{
    struct transaction *asked = p->flags & PENDING_UNKEPT ? NULL : p->tx;
    uint16_t code = code_of(r);

    if (p->flags & PENDING_UNKEPT)
        transactions_settle_unkept(d, p, code);
    if (asked && (asked->outer || asked->in_unkept))
        p->tx = transactions_settle_nested(d, asked, code);
    if (asked && p->tx == asked)
        transactions_begin(d, asked);
    if (reply_is_positive(code))
        transactions_forget_offer(d);
    chunk_owner_known(d);
    if (!asked || p->tx != asked || asked->t.mail_code || !code)
        return; /* an outer one keeps its own, seen or not */
    p->tx->t.mail_code = code;
    settle_mail(d, p->tx);
    if (code < 400)
        return;
    keep_reply(d, p->tx, r);
    transactions_close(d, p->tx);
}

static void rcpt(struct dialogue *d, struct pending *p, const struct reply *r)
{
    if (!p->tx || !r)
        return;
    if (reply_is_positive(r->code))
        transactions_prove(d, p->tx);
    transaction_rcpt_reply(p->tx, p->rcpt == PENDING_NO_RCPT ? -1 : p->rcpt, r->code,
                           reply_no_mailbox(r->code, r->text));
    if (r->code >= 400)
        keep_reply(d, p->tx, r);
}

static void keep_refusal(struct dialogue *d, struct transaction *x, const struct reply *r)
{
    x->t.data_code = r->code;
    if (r->code >= 400)
        keep_reply(d, x, r);
}

/* RFC 5321 4.2.1: a client that does not know the code goes by its first digit. */
static bool starts_content(const struct reply *r)
{
    return r->code / 100 == 3;
}

/* The reply to DATA came after its content was taken for granted. */
static void settle_assumed(struct dialogue *d, const struct reply *r)
{
    d->assumed = false;
    if (starts_content(r))
        return;
    content_abandon(d);
    d->client_doubt = true;
}

static void data(struct dialogue *d, struct pending *p, const struct reply *r)
{
    if (!r) {
        if (d->hold == VERB_DATA)
            hold_assume(d);
        return;
    }
    if (p->tx && !(transaction_amid_chunks(p->tx) && r->code >= 400))
        keep_refusal(d, p->tx, r);
    if (d->client_mode == CLIENT_CONTENT && d->assumed && d->filling == p->tx)
        settle_assumed(d, r);
    if (d->client_mode != CLIENT_HOLD || d->hold != VERB_DATA)
        return;
    if (!starts_content(r)) {
        hold_release(d, CLIENT_COMMAND);
        return;
    }
    if (hold_has_bytes(d))
        dialogue_raise(d, ANOMALY_SMTP_DATA_BEFORE_354);
    hold_release(d, CLIENT_CONTENT);
    content_begin(d, p->tx);
}

static void bdat(struct dialogue *d, struct pending *p, const struct reply *r)
{
    bool first = p->tx && !p->tx->chunk_refused;

    if (!r)
        return;
    if (p->tx)
        p->tx->chunk_refused |= r->code >= 400 && d->chunking;
    if (first)
        keep_refusal(d, p->tx, r);
    if ((r->code == 500 || r->code == 502) && d->client_mode == CLIENT_CHUNK)
        content_abandon(d);
}

static void end_of_data(struct dialogue *d, struct pending *p, const struct reply *r)
{
    struct transaction *x = p->tx;

    if (x && !r)
        x->reply_lost |= !d->finishing;
    if (!x || !r)
        return;
    transaction_final_reply(x, r->code);
    transactions_offer_answered(d, x, r->code);
    if (!(reply_is_positive(x->t.final_code) && r->code >= 400))
        keep_reply(d, x, r);
    if (reply_is_positive(r->code) && x->t.reply_text.n)
        transaction_find_queue_id(x, x->t.reply_text);
    if ((r->code == 500 || r->code == 502) && d->client_mode == CLIENT_CHUNK && d->filling == x)
        content_abandon(d);
    d->forward_via = SMTP_VIA_TCP;
}

void replies_final_early(struct dialogue *d, struct transaction *x, const struct reply *r)
{
    transaction_final_reply(x, r->code);
    keep_reply(d, x, r);
    if (reply_is_positive(r->code) && x->t.reply_text.n)
        transaction_find_queue_id(x, x->t.reply_text);
}

/* RSET or QUIT, refused: the envelope stands. (A 421 closes the connection all the same.) */
static bool goes_on(struct dialogue *d, const struct pending *p, const struct reply *r)
{
    bool stays = p->flags & PENDING_STAYS;

    if (r ? r->code < 400 || r->code == 421 : !stays)
        return false;
    if (!stays && !d->current)
        transactions_resume(d, p->tx);
    return true;
}

static void rset(struct dialogue *d, struct pending *p, const struct reply *r)
{
    if (p->tx && !goes_on(d, p, r))
        transactions_reset(d, p->tx);
}

static void quit(struct dialogue *d, struct pending *p, const struct reply *r)
{
    if (p->tx && !goes_on(d, p, r))
        transactions_close(d, p->tx);
}

/* A line that is DATA to this server alone. */
static void unknown(struct dialogue *d, struct pending *p, const struct reply *r)
{
    (void)p;
    if (!r || !starts_content(r) || d->client_mode != CLIENT_COMMAND)
        return;
    if (d->current)
        keep_refusal(d, d->current, r);
    d->client_mode = CLIENT_CONTENT;
    content_begin(d, d->current);
}

void replies_auth_over(struct dialogue *d, uint16_t code)
{
    if (d->extra)
        d->extra->auth.code = code;
    note_refusal(&d->auth_refusal, code);
    d->auth_taken |= reply_is_positive(code);
}

static void auth(struct dialogue *d, struct pending *p, const struct reply *r)
{
    bool held = d->client_mode == CLIENT_HOLD && d->hold == p->kind;

    if (!r) {
        if (held && !d->finishing)
            hold_assume(d);
        return;
    }
    if (r->code == 334) {
        if (held && d->extra && d->extra->auth.responses)
            d->extra->auth.responses--;
        if (held)
            hold_release(d, CLIENT_AUTH);
        else if (d->client_mode == CLIENT_COMMAND && line_is_empty(&d->line[SMTP_CLIENT]))
            d->client_mode = CLIENT_AUTH; /* it was thought to be over when replies were lost */
        return;
    }
    replies_auth_over(d, r->code);
    if (held)
        hold_release(d, CLIENT_COMMAND);
}

/* The server took another client for the sender. Where memory was refused for whom, nobody knows: certainly not the peer. */
static void xclient(struct dialogue *d, struct pending *p, const struct reply *r)
{
    struct endpoint client = {0};
    struct span said = owned_span(&p->text);
    struct extra *x;

    if (!r || !reply_is_positive(r->code) || (said.p && !command_client_attributes(said, &client)))
        return;
    x = dialogue_extra(d);
    if (p->kind == VERB_XCLIENT) {
        d->via = SMTP_VIA_XCLIENT;
        if (x)
            x->client = client;
    } else {
        d->forward_via = SMTP_VIA_XFORWARD;
        if (x)
            x->forwarded = client;
    }
}

/* A server that knows PROXY says nothing to it; an error is the answer of one that does not. */
static void proxy(struct dialogue *d, struct pending *p, const struct reply *r)
{
    (void)p;
    if (r && r->code >= 400 && d->via == SMTP_VIA_PROXY)
        d->via = SMTP_VIA_TCP;
}

static void nothing(struct dialogue *d, struct pending *p, const struct reply *r)
{
    (void)d;
    (void)p;
    (void)r;
}

typedef void (*answer_fn)(struct dialogue *d, struct pending *p, const struct reply *r);

static const answer_fn answers[PENDING_KINDS] = {
    [VERB_HELO] = helo,
    [VERB_EHLO] = helo,
    [VERB_LHLO] = helo,
    [VERB_UNKNOWN] = unknown,
    [VERB_MAIL] = mail,
    [VERB_RCPT] = rcpt,
    [VERB_DATA] = data,
    [VERB_BDAT] = bdat,
    [VERB_RSET] = rset,
    [VERB_QUIT] = quit,
    [VERB_STARTTLS] = replies_starttls,
    [VERB_AUTH] = auth,
    [PENDING_AUTH_RESPONSE] = auth,
    [VERB_XCLIENT] = xclient,
    [VERB_XFORWARD] = xclient,
    [PENDING_END_OF_DATA] = end_of_data,
    [PENDING_PROXY] = proxy,
};

static void answer(struct dialogue *d, struct pending *p, const struct reply *r)
{
    answer_fn f = answers[p->kind] ? answers[p->kind] : nothing;

    f(d, p, r);
    owned_free(&p->text, d->mem);
    if (p->tx && !r && !d->finishing && d->server_seen && !dialogue_is_whole(d))
        transactions_note_loss(d, p->tx);
    if (p->tx)
        transactions_release(d, p->tx);
}

void replies_answer_next(struct dialogue *d, const struct reply *r)
{
    struct pending *head = pending_at(&d->pending, 0), p;

    if (r && head->kind == PENDING_END_OF_DATA && head->tx && transaction_wants_more(head->tx)) {
        end_of_data(d, head, r);
        return;
    }
    if (head->flags & PENDING_CHUNK)
        chunk_answered(d, head, code_of(r));
    p = pending_take(&d->pending);
    answer(d, &p, r);
}

/* Is the client ahead of the server, which did not offer that? */
static bool is_ahead(const struct dialogue *d, unsigned kind)
{
    return d->server_seen && !d->server_doubt && !d->pipelining && d->pending.n &&
           kind != PENDING_END_OF_DATA && kind != PENDING_HOLE &&
           pending_at(&d->pending, d->pending.n - 1u)->kind != PENDING_PROXY;
}

/* Where it stays: a copy of what was written in parts a moment ago waits for each of them. */
static void fill(struct pending *p, const struct dialogue *d, unsigned kind, struct transaction *x, int to)
{
    p->tx = x;
    p->text = (struct owned){NULL, 0};
    p->rcpt = to < 0 ? PENDING_NO_RCPT : (uint16_t)to;
    p->kind = (uint8_t)kind;
    p->flags = d->late_gap ? PENDING_DOUBTFUL : 0;
}

void replies_expect(struct dialogue *d, unsigned kind, struct transaction *x, int to,
                    struct span text)
{
    struct pending unkept, *p = NULL;
    bool waits = !d->one_sided || d->server_seen;

    if (is_ahead(d, kind))
        dialogue_raise_if_whole(d, ANOMALY_SMTP_PIPELINING_UNANNOUNCED);
    if (waits)
        p = pending_add(&d->pending, d->mem);
    if (waits && !p)
        dialogue_raise(d, ANOMALY_SMTP_TOO_MANY_PENDING);
    fill(p ? p : &unkept, d, kind, x, to);
    if (text.p)
        owned_set(p ? &p->text : &unkept.text, d->mem, text, HELO_KEPT);
    if (x)
        x->refs++;
    if (!p)
        answer(d, &unkept, NULL);
}

/* A command, or what was lost, that may be answered with 220. */
static bool asks_for_220(unsigned kind)
{
    return kind == VERB_STARTTLS || kind == VERB_XCLIENT || kind == VERB_UNKNOWN || kind == PENDING_HOLE ||
           kind == PENDING_PROXY;
}

/* Behind losses too the first 220 is the banner where a HELO waits and nothing else that it may answer. */
static bool is_late_banner(const struct dialogue *d)
{
    unsigned first = d->pending.n ? pending_at(&d->pending, 0)->kind : PENDING_KINDS;

    if (d->banner_code || (first != VERB_HELO && first != VERB_EHLO && first != VERB_LHLO))
        return false;
    for (unsigned i = 0; i < d->pending.n; i++)
        if (asks_for_220(pending_at(&d->pending, i)->kind))
            return false;
    return true;
}

static bool is_banner(const struct dialogue *d, const struct reply *r)
{
    if (d->banner_expected)
        return r->code == 220 || r->code >= 400;
    return r->code == 220 && is_late_banner(d);
}

static void take_banner(struct dialogue *d, const struct reply *r)
{
    uint8_t line[LIMIT_SMTP_REPLY_TEXT];
    size_t n = r->text.n < sizeof(line) - 4 ? r->text.n : sizeof(line) - 4;

    d->banner_code = r->code;
    line[0] = (uint8_t)('0' + r->code / 100);
    line[1] = (uint8_t)('0' + r->code / 10 % 10);
    line[2] = (uint8_t)('0' + r->code % 10);
    line[3] = ' ';
    if (n)
        memcpy(line + 4, r->text.p, n);
    owned_set(&d->banner, d->mem, span_of(line, n ? n + 4 : 3), sizeof(line));
    if (d->client_first)
        dialogue_raise(d, ANOMALY_SMTP_EARLY_TALKER);
}

void replies_take(struct dialogue *d, const struct reply *r)
{
    bool banner = is_banner(d, r);

    d->is_smtp = true;
    d->banner_expected = false;
    if (banner)
        take_banner(d, r);
    else if (!smuggling_reply(d, r) && resync_reply(d, r))
        replies_answer_next(d, r);
    pending_shrink(&d->pending, d->mem);
}

void replies_give_up(struct dialogue *d)
{
    while (d->pending.n)
        replies_answer_next(d, NULL);
}
