/* SPDX-License-Identifier: Apache-2.0 */
/* server: reply lines put together, and the server's TLS told from its plain text. */
#include "decoders/smtp/reply.h"
#include "decoders/smtp/replies.h"

static bool is_helo(unsigned kind)
{
    return kind == VERB_EHLO || kind == VERB_LHLO || kind == VERB_HELO;
}

/* What only the lines of some replies say. */
static void note_line(struct dialogue *d, const struct reply *r, bool more)
{
    const struct pending *p;

    if (!d->pending.n || !reply_is_positive(r->code))
        return;
    p = pending_at(&d->pending, 0);
    if (is_helo(p->kind) && reply_keyword(r->text, SPAN("PIPELINING")))
        d->pipelining_line = true;
    if (is_helo(p->kind) && reply_keyword(r->text, SPAN("CHUNKING")))
        d->chunking_line = true;
    if (p->kind == PENDING_END_OF_DATA && p->tx && more &&
        !(d->extra && auth_echoed(&d->extra->auth, r->text)))
        transaction_find_queue_id(p->tx, r->text);
}

static void reply_line(struct dialogue *d, struct span text)
{
    struct reply_line r = reply_line_parse(text);

    if (r.malformed || (d->reply_open && r.reply.code != d->reply_code))
        dialogue_raise_if_whole(d, ANOMALY_SMTP_REPLY_MALFORMED);
    if (!r.reply.code)
        return;
    note_line(d, &r.reply, r.more);
    d->reply_open = r.more;
    d->reply_code = r.reply.code;
    if (r.more)
        return;
    replies_take(d, &r.reply); /* where it stands: a copy as a whole of what was just written in parts waits */
    hold_run(d);
}

static void lines(struct dialogue *d, struct span *in)
{
    struct line *l = &d->line[SMTP_SERVER];
    struct line_read r;
    enum line_end end = line_take(l, d->mem, in, LIMIT_SMTP_REPLY_LINE, &r);

    if (end == LINE_MORE)
        return;
    if (r.truncated)
        dialogue_raise(d, ANOMALY_SMTP_LINE_TOO_LONG);
    reply_line(d, line_is_unkept(l) ? line_start(l) : r.text); /* one that does not count would leave all later ones to wrong commands */
    line_clear(l, d->mem);
}

/* Where TLS may begin: replies begin with a digit, TLS records with 20 to 23. */
static void tls_check(struct dialogue *d, const struct span *in)
{
    if (ascii_digit(in->p[0])) {
        d->server_mode = SERVER_LINES;
        if (d->client_mode == CLIENT_TLS) {
            d->client_mode = CLIENT_COMMAND;
            d->client_doubt = true;
            d->encrypted = false;
            d->tls = d->tls == SMTP_TLS_IMPLICIT ? SMTP_TLS_NONE : d->tls;
        }
        return;
    }
    d->server_mode = SERVER_TLS;
    d->encrypted = true;
    if (d->tls == SMTP_TLS_NONE || d->tls == SMTP_TLS_REFUSED)
        d->tls = d->implicit_tls ? SMTP_TLS_IMPLICIT : SMTP_TLS_STARTTLS;
}

/* The client is not seen: a TLS record where a reply should begin. */
static bool tls_unannounced(const struct dialogue *d, const struct span *in)
{
    return !d->client_seen && line_is_empty(&d->line[SMTP_SERVER]) && in->p[0] == TLS_HANDSHAKE;
}

void server_consume(struct dialogue *d, struct span in)
{
    while (in.n) {
        if (d->server_mode == SERVER_LINES && tls_unannounced(d, &in))
            d->server_mode = SERVER_TLS_CHECK;
        if (d->server_mode == SERVER_TLS_CHECK)
            tls_check(d, &in);
        if (d->server_mode == SERVER_TLS) {
            if (d->events->tls)
                d->events->tls(d->ctx, SMTP_SERVER, in);
            return;
        }
        lines(d, &in);
    }
}

/* Bytes of a reply of one line, at most; a 354 has no more lines. */
enum { REPLY_MOST = 64 };

/* Replies were lost while a mail comes or is about to; more of them than were asked for with it hold its verdict. */
static void note_hole(struct dialogue *d, uint64_t bytes)
{
    bool held = d->client_mode == CLIENT_HOLD && d->hold == VERB_DATA;
    struct transaction *x = d->filling ? d->filling : d->current;
    bool verdict = bytes > REPLY_MOST * (uint64_t)(d->pending.n ? d->pending.n : 1);

    if (!x)
        return;
    x->verdict_hole |= verdict;
    if (!d->filling && !(held && verdict))
        return;
    x->server_hole = true;
    x->reply_lost |= x->content_hole;
}

/* Commands that were seen and wait for their replies. */
static uint64_t known_pending(const struct dialogue *d)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < d->pending.n; i++)
        n += pending_at(&d->pending, i)->kind != PENDING_HOLE;
    return n;
}

void server_gap(struct dialogue *d, uint64_t bytes)
{
    struct transaction *x = d->current ? d->current : d->oldest;

    if (d->server_mode == SERVER_TLS)
        return;
    if (x)
        x->t.missing += bytes;
    note_hole(d, bytes);
    if (bytes > REPLY_MOST * known_pending(d)) {
        d->unsure_replies += bytes;
        d->lost_replies += bytes;
    }
    line_clear(&d->line[SMTP_SERVER], d->mem);
    d->reply_open = false;
    d->banner_expected = false;
    resync_server_gap(d);
    content_end_lost(d);
    d->late_gap = true; /* what waits was sent before anybody knew of the gap: its replies may be in it */
    hold_run(d);
    d->late_gap = false;
}
