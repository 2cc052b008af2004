/* SPDX-License-Identifier: Apache-2.0 */
/* dialogue: its life, and the way in for both sides' bytes. */
#include "decoders/smtp/replies.h"

void dialogue_raise(struct dialogue *d, enum anomaly a)
{
    anomaly_raise(&d->anomalies, a);
    if (d->current)
        anomaly_raise(&d->current->t.anomalies, a);
}

bool dialogue_is_whole(const struct dialogue *d)
{
    return !d->midstream && !anomaly_has(d->anomalies, ANOMALY_TCP_GAP);
}

void dialogue_raise_if_whole(struct dialogue *d, enum anomaly a)
{
    if (dialogue_is_whole(d))
        dialogue_raise(d, a);
}

struct extra *dialogue_extra(struct dialogue *d)
{
    if (!d->extra)
        d->extra = mem_zalloc(d->mem, sizeof(*d->extra));
    return d->extra;
}

/* RECORD.md, smtp.helo: the last accepted one, or the last sent while it is unanswered; none where
 * every one was refused. */
struct span dialogue_helo(const struct dialogue *d)
{
    return owned_span(d->helo_waiting ? &d->helo_other : &d->helo);
}

/* MAIL without any HELO is plain SMTP; one whose HELO nobody saw may be anything. */
enum smtp_proto dialogue_proto(const struct dialogue *d)
{
    if (d->proto == SMTP_PROTO_UNKNOWN && !d->helo_unseen)
        return SMTP_PROTO_SMTP;
    return (enum smtp_proto)d->proto;
}

struct dialogue *dialogue_new(struct mem *m, const struct dialogue_events *events, void *ctx,
                              const struct dialogue_options *options)
{
    struct dialogue *d = mem_zalloc(m, sizeof(*d));

    if (!d)
        return NULL;
    if (!pending_init(&d->pending, m)) {
        mem_free(m, d, sizeof(*d));
        return NULL;
    }
    d->mem = m;
    d->events = events;
    d->ctx = ctx;
    d->one_sided = options->one_sided;
    d->proxy_trusted = options->proxy_trusted;
    d->implicit_tls = options->implicit_tls;
    d->midstream = options->midstream;
    d->keep_auth_user = options->keep_auth_user;
    d->banner_expected = !options->midstream;
    d->client_doubt = options->midstream;
    d->helo_unseen = options->midstream;
    d->server_mode = options->implicit_tls ? SERVER_TLS_CHECK : SERVER_LINES;
    return d;
}

void dialogue_fetch(const struct dialogue *d)
{
    for (size_t at = 0; at < sizeof(*d); at += 64)
        __builtin_prefetch((const char *)d + at);
}

/* The commands that wait, and the counts and flags of a mail whose content is coming: where there is none something else is asked for, since a
 * jump that nobody foresees costs more. */
void dialogue_fetch_mail(const struct dialogue *d)
{
    const void *filling = d->filling ? d->filling : (const void *)d;

    __builtin_prefetch(d->pending.ring);
    __builtin_prefetch((const char *)filling + offsetof(struct transaction, t.content_bytes));
    __builtin_prefetch((const char *)filling + offsetof(struct transaction, content_ended));
}

void dialogue_push(struct dialogue *d, enum smtp_side side, struct span bytes)
{
    if (!bytes.n)
        return;
    if (side == SMTP_SERVER) {
        d->server_seen = true;
        server_consume(d, bytes);
        return;
    }
    d->client_seen = true;
    if (!hold_has_bytes(d))
        client_consume(d, &bytes);
    if (bytes.n)
        hold_push(d, bytes);
}

void dialogue_gap(struct dialogue *d, enum smtp_side side, uint64_t bytes)
{
    if (!bytes)
        return;
    dialogue_raise(d, ANOMALY_TCP_GAP);
    if (d->extra)
        auth_lost(&d->extra->auth);
    if (side == SMTP_CLIENT) {
        d->client_seen = true;
        client_gap(d, bytes);
    } else {
        d->server_seen = true;
        server_gap(d, bytes);
    }
}

void dialogue_end(struct dialogue *d, enum smtp_side side)
{
    (void)d;
    (void)side; /* replies to what was asked may still come from the other one */
}

void dialogue_finish(struct dialogue *d)
{
    d->finishing = true;
    if (d->client_mode == CLIENT_HOLD && d->hold != PENDING_AUTH_RESPONSE && d->hold != VERB_AUTH &&
        d->hold != VERB_STARTTLS) {
        hold_assume(d);
        hold_run(d);
    }
    client_content_stop(d);
    replies_give_up(d);
    transactions_end_all(d);
    hold_free(d);
    line_clear(&d->line[SMTP_CLIENT], d->mem);
    line_clear(&d->line[SMTP_SERVER], d->mem);
}

static void drop_pending(struct dialogue *d)
{
    while (d->pending.n) {
        struct pending p = pending_take(&d->pending);

        owned_free(&p.text, d->mem);
    }
    pending_free(&d->pending, d->mem);
}

void dialogue_free(struct dialogue *d)
{
    struct mem *m;

    if (!d)
        return;
    m = d->mem;
    drop_pending(d);
    while (d->oldest) {
        struct transaction *x = d->oldest;

        d->oldest = x->next;
        transaction_free(x, m);
    }
    hold_free(d);
    line_clear(&d->line[SMTP_CLIENT], m);
    line_clear(&d->line[SMTP_SERVER], m);
    owned_free(&d->banner, m);
    owned_free(&d->helo, m);
    owned_free(&d->helo_other, m);
    transactions_forget_offer(d);
    smuggling_forget(d);
    if (d->extra) {
        auth_free(&d->extra->auth);
        mem_free(m, d->extra, sizeof(*d->extra));
    }
    mem_free(m, d, sizeof(*d));
}
