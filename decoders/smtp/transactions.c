/* SPDX-License-Identifier: Apache-2.0 */
/* transactions: which ones are open, which one MAIL inside another leaves standing, and when each
 * ends. */
#include "decoders/smtp/replies.h"

void transactions_nest(struct transaction *x, struct transaction *outer)
{
    if (x->outer)
        x->outer->inner = NULL;
    x->outer = outer;
    if (!outer)
        return;
    if (outer->inner)
        outer->inner->outer = NULL;
    outer->inner = x;
}

static void unlink_open(struct dialogue *d, struct transaction *x)
{
    struct transaction **at = &d->oldest, *before = NULL;

    while (*at != x) {
        before = *at;
        at = &before->next;
    }
    *at = x->next;
    if (d->newest == x)
        d->newest = before;
    d->open_n--;
    transactions_nest(x, NULL);
    if (x->inner)
        transactions_nest(x->inner, NULL);
    if (d->current == x)
        d->current = NULL;
    if (d->filling == x)
        d->filling = NULL;
    if (d->watched == x)
        d->watched = NULL;
}

static void count(struct dialogue *d, const struct transaction *x)
{
    enum smtp_outcome o = x->t.outcome;

    d->mails++;
    d->accepted += o == SMTP_ACCEPTED || o == SMTP_PARTIAL;
    d->refused += o == SMTP_REFUSED;
    d->deferred += o == SMTP_DEFERRED;
    d->unfinished += o == SMTP_UNFINISHED;
    d->unknown += o == SMTP_UNKNOWN;
    d->rcpt_refused += x->rcpt_4xx + x->rcpt_5xx;
}

void transactions_begin(struct dialogue *d, struct transaction *x)
{
    if (x->begun)
        return;
    x->begun = true;
    x->t.id = d->next_id++;
    if (d->events->begin)
        d->events->begin(d->ctx, x->t.id);
}

static void end(struct dialogue *d, struct transaction *x)
{
    if (x->phantom && !x->begun) { /* one that began is told to its end */
        unlink_open(d, x);
        transaction_free(x, d->mem);
        return;
    }
    transactions_begin(d, x);
    if (x->t.content_seen && !x->content_ended && d->events->content_end)
        d->events->content_end(d->ctx, x->t.id, false);
    transaction_seal(x, d->server_seen);
    d->anomalies |= x->t.anomalies;
    count(d, x);
    unlink_open(d, x);
    if (d->events->end)
        d->events->end(d->ctx, &x->t);
    transaction_free(x, d->mem);
}

/* Entries that name x from now on name to. */
static void hand_over_replies(struct dialogue *d, struct transaction *x, struct transaction *to,
                              uint32_t rcpt_base)
{
    for (unsigned i = 0; i < d->pending.n && x->refs; i++) {
        struct pending *p = pending_at(&d->pending, i);

        if (p->tx != x)
            continue;
        x->refs--;
        p->tx = to;
        if (!to)
            continue;
        to->refs++;
        if (p->rcpt != PENDING_NO_RCPT)
            p->rcpt = p->rcpt + rcpt_base < to->rcpt.n ? (uint16_t)(p->rcpt + rcpt_base)
                                                        : PENDING_NO_RCPT;
    }
}

struct transaction *transactions_add(struct dialogue *d)
{
    struct transaction *x;

    if (d->open_n >= LIMIT_SMTP_TRANSACTIONS) {
        dialogue_raise_if_whole(d, ANOMALY_SMTP_TOO_MANY_PENDING);
        hand_over_replies(d, d->oldest, NULL, 0);
        end(d, d->oldest);
    }
    x = transaction_new(d->mem, d->open_n < LIMIT_SMTP_TRANSACTIONS_LARGE ? LIMIT_SMTP_ENVELOPE
                                                                         : LIMIT_SMTP_ENVELOPE_LATER);
    if (!x)
        return NULL;
    *(d->newest ? &d->newest->next : &d->oldest) = x;
    d->newest = x;
    d->open_n++;
    return x;
}

static void end_if_over(struct dialogue *d, struct transaction *x)
{
    if (x->closed && !x->refs && d->filling != x)
        end(d, x);
}

void transactions_close(struct dialogue *d, struct transaction *x)
{
    x->closed = true;
    if (d->current == x)
        d->current = NULL;
    end_if_over(d, x);
}

void transactions_resume(struct dialogue *d, struct transaction *x)
{
    bool leaves = x->closed;

    for (unsigned i = 0; i < d->pending.n && !leaves; i++) {
        const struct pending *p = pending_at(&d->pending, i);

        leaves = p->tx == x && (p->kind == VERB_RSET || p->kind == VERB_QUIT) && !(p->flags & PENDING_STAYS);
    }
    if (!leaves)
        d->current = x;
}

/* The server answers what still waits as if there were no transaction: that is not said of x. */
static void forget_later_commands(struct dialogue *d, struct transaction *x)
{
    for (unsigned i = 0; i < d->pending.n; i++) {
        const struct pending *p = pending_at(&d->pending, i);

        if (p->tx == x && p->kind == VERB_RCPT) {
            x->rcpt_sent--;
            x->rcpt.n -= p->rcpt != PENDING_NO_RCPT && p->rcpt < x->rcpt.n;
        }
    }
    hand_over_replies(d, x, NULL, 0);
}

void transactions_reset(struct dialogue *d, struct transaction *x)
{
    while (x) {
        struct transaction *outer = x->outer;

        if (!d->finishing && x->refs > 1 && !x->t.content_seen)
            forget_later_commands(d, x);
        x->reset = true;
        transactions_close(d, x);
        x = outer;
    }
}

void transactions_release(struct dialogue *d, struct transaction *x)
{
    x->refs--;
    end_if_over(d, x);
}

/* The server kept the outer one: what came behind the refused MAIL is the outer one's. */
static void merge(struct dialogue *d, struct transaction *x, struct transaction *outer)
{
    uint32_t base = outer->rcpt.n;
    const struct smtp_rcpt *r = x->rcpt.items;

    for (uint32_t i = 0; i < x->rcpt.n; i++)
        transaction_add_rcpt(outer, r[i].path);
    outer->rcpt_sent += x->rcpt_sent - x->rcpt.n;
    x->rcpt.n = x->rcpt_sent = 0;
    transactions_nest(x, NULL);
    if (x->inner)
        transactions_nest(x->inner, outer);
    outer->t.missing += x->t.missing;
    outer->t.anomalies |= x->t.anomalies;
    hand_over_replies(d, x, outer, base);
    if (d->current == x)
        d->current = outer;
}

/* The outer one of x found no memory: where it stands, what came behind MAIL is nobody's. */
static struct transaction *settle_in_unkept(struct dialogue *d, struct transaction *x, uint16_t code)
{
    struct transaction *inner = x->inner;

    x->in_unkept = false;
    if (code >= 400 && !x->begun) {
        if (inner) {
            transactions_nest(inner, NULL);
            inner->in_unkept = true;
        }
        hand_over_replies(d, x, NULL, 0);
        x->rcpt.n = x->rcpt_sent = 0;
        if (d->current == x)
            d->current = NULL;
        d->unkept = !d->current;
    }
    if (code != 503 || x->begun)
        return x;
    unlink_open(d, x);
    transaction_free(x, d->mem);
    return NULL;
}

static struct transaction *settle_in_kept(struct dialogue *d, struct transaction *x, uint16_t code)
{
    struct transaction *outer = x->outer;

    bool none = outer->phantom && code != 503; /* MAIL was judged for itself */
    bool stands = code >= 400 && !none && !outer->closed && !x->begun;

    transactions_nest(x, NULL);
    if (stands)
        merge(d, x, outer);
    if (stands && code == 503) {
        outer->refs++; /* the reply being handled now */
        unlink_open(d, x);
        transaction_free(x, d->mem);
        return outer;
    }
    transactions_begin(d, x);
    if (code < 400 || none)
        transactions_close(d, outer);
    return x;
}

struct transaction *transactions_settle_nested(struct dialogue *d, struct transaction *x, uint16_t code)
{
    return x->in_unkept ? settle_in_unkept(d, x, code) : settle_in_kept(d, x, code);
}

/* The reply to its MAIL says nothing of the outer one. */
static void forget_mail(struct dialogue *d, const struct transaction *x)
{
    for (unsigned i = 0; i < d->pending.n; i++) {
        struct pending *p = pending_at(&d->pending, i);

        if (p->tx == x && p->kind == VERB_MAIL)
            p->kind = VERB_NOOP;
    }
}

void transactions_settle_unseen(struct dialogue *d)
{
    struct transaction *x;

    while ((x = d->current) && x->outer && !x->outer->closed && !x->begun) {
        forget_mail(d, x);
        merge(d, x, x->outer);
        if (x->refs)
            return; /* its reply is being handled now */
        unlink_open(d, x);
        transaction_free(x, d->mem);
    }
    if (x && x->in_unkept && !x->begun) {
        d->current = NULL;
        d->unkept = true;
    }
}

/* --- those that find no memory --- */

/* Nobody will see it, but it was there: those behind it keep their numbers and senders. */
void transactions_begin_unkept(struct dialogue *d)
{
    d->next_id++;
    d->unfinished++;
    if (d->events->unkept)
        d->events->unkept(d->ctx);
}

void transactions_settle_unkept(struct dialogue *d, const struct pending *p, uint16_t code)
{
    struct transaction *outer = p->tx;
    bool inside = p->flags & PENDING_INSIDE;

    if (inside && code != 503)
        transactions_begin_unkept(d);
    if (!inside && code >= 400) { /* what was sent behind it is inside of none */
        d->unkept = false;
        if (d->current)
            d->current->in_unkept = false;
    }
    if (!outer || code == 503 || (code >= 400 && !outer->phantom))
        return;
    d->unkept = code < 400 && d->current == outer;
    forget_later_commands(d, outer);
    transactions_close(d, outer);
}

void transactions_mail_unkept(struct dialogue *d)
{
    struct pending p = {.tx = d->current, .flags = PENDING_UNKEPT};
    uint32_t before = d->pending.n;

    if (d->current || d->unkept)
        p.flags |= PENDING_INSIDE;
    else
        transactions_begin_unkept(d);
    transactions_forget_offer(d);
    d->unkept = !d->current;
    d->lost = 0;
    replies_expect(d, VERB_MAIL, NULL, -1, (struct span){NULL, 0});
    if (d->pending.n == before) { /* nobody will see its reply */
        transactions_settle_unkept(d, &p, 0);
        return;
    }
    pending_at(&d->pending, before)->flags |= p.flags;
    pending_at(&d->pending, before)->tx = p.tx;
    if (p.tx)
        p.tx->refs++;
}

void transactions_offer(struct dialogue *d, const struct transaction *x)
{
    owned_set(&d->offered.from, d->mem, x->t.mail_from, LIMIT_SMTP_PATH);
    d->offered.id = x->t.id;
    d->offered.refused = false;
}

void transactions_forget_offer(struct dialogue *d)
{
    owned_free(&d->offered.from, d->mem);
    d->offered.refused = false;
}

void transactions_offer_answered(struct dialogue *d, const struct transaction *x, uint16_t code)
{
    if (!d->offered.from.p || d->offered.id != x->t.id)
        return;
    if (code < 400) {
        transactions_forget_offer(d);
        return;
    }
    d->offered.refused = true;
    d->offered.mail_code = x->t.mail_code;
}

struct transaction *transactions_take_up(struct dialogue *d)
{
    struct command_path path = {owned_span(&d->offered.from), {NULL, 0}, false};
    struct transaction *x = path.path.p ? transactions_add(d) : NULL;

    if (!x)
        return NULL;
    x->phantom = true;
    transaction_set_mail(x, &path, false);
    transaction_set_helo(x, dialogue_helo(d), d->helo_code, dialogue_proto(d));
    transactions_set_client(d, x);
    return x;
}

void transactions_prove(struct dialogue *d, struct transaction *x)
{
    if (x->phantom)
        x->t.mail_code = d->offered.mail_code;
    x->phantom = false;
    transactions_begin(d, x);
}

void transactions_set_client(struct dialogue *d, struct transaction *x)
{
    const struct endpoint nobody = {0};

    x->t.via = SMTP_VIA_TCP;
    if (d->forward_via == SMTP_VIA_XFORWARD) {
        x->t.via = SMTP_VIA_XFORWARD;
        x->t.client = d->extra ? d->extra->forwarded : nobody;
    } else if (d->via != SMTP_VIA_TCP) {
        x->t.via = (enum smtp_via)d->via;
        x->t.client = d->extra ? d->extra->client : nobody;
    }
}

void transactions_note_loss(const struct dialogue *d, struct transaction *x)
{
    bool gap = anomaly_has(d->anomalies, ANOMALY_TCP_GAP);

    anomaly_raise(&x->t.anomalies, gap ? ANOMALY_TCP_GAP : ANOMALY_TCP_MIDSTREAM);
}

void transactions_end_all(struct dialogue *d)
{
    while (d->oldest) {
        hand_over_replies(d, d->oldest, NULL, 0);
        end(d, d->oldest);
    }
}
