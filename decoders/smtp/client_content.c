/* SPDX-License-Identifier: Apache-2.0 */
/* client_content: the bytes of mails, behind DATA and in BDAT chunks, passed on in place. */
#define _GNU_SOURCE
#include "decoders/smtp/replies.h"

void content_begin(struct dialogue *d, struct transaction *x)
{
    content_expect(d, x);
    if (d->filling)
        transactions_prove(d, d->filling);
}

void content_expect(struct dialogue *d, struct transaction *x)
{
    content_init(&d->content);
    smuggling_forget(d);
    d->assumed = false;
    if (x && x->content_ended)
        x = NULL; /* a 354 that came for a mail whose end was seen */
    d->filling = x;
}

static void deliver(struct dialogue *d, struct span bytes)
{
    struct transaction *x = d->filling;

    if (!x || !bytes.n)
        return;
    x->phantom = false;
    transactions_begin(d, x);
    if (x->content_hole && !x->t.content_seen && d->events->content_gap)
        d->events->content_gap(d->ctx, x->t.id, 0); /* its beginning */
    x->t.content_seen = true;
    x->t.content_bytes += bytes.n;
    if (d->events->content)
        d->events->content(d->ctx, x->t.id, bytes);
}

static void note_breaks(struct dialogue *d, struct transaction *x)
{
    if (d->content.seen & CONTENT_BARE_LF)
        anomaly_raise(&x->t.anomalies, ANOMALY_SMTP_BARE_LF);
    if (d->content.seen & CONTENT_BARE_CR)
        anomaly_raise(&x->t.anomalies, ANOMALY_SMTP_BARE_CR);
}

static void expect(struct dialogue *d, unsigned kind, struct transaction *x)
{
    replies_expect(d, kind, x, -1, (struct span){NULL, 0});
}

/* The last byte of x's content came, or its end was lost. */
static void content_over(struct dialogue *d, bool complete)
{
    struct transaction *x = d->filling;

    d->filling = NULL;
    d->client_mode = CLIENT_COMMAND;
    d->unkept &= x != NULL;
    if (!x || x->phantom)
        return;
    complete = complete && !x->content_hole;
    x->t.content_seen = true;
    x->t.content_complete = complete;
    x->content_ended = true;
    if (d->events->content_end)
        d->events->content_end(d->ctx, x->t.id, complete);
}

/* A server that took the false end had given its verdict there: to it, the end's dot is a command. */
static unsigned end_asks_for(const struct transaction *x)
{
    return x && x->t.smuggling.verdict == SMTP_SMUGGLING_ACCEPTED && x->t.final_code ? VERB_UNKNOWN
                                                                                     : PENDING_END_OF_DATA;
}

void content_finish(struct dialogue *d, bool complete)
{
    content_finish_asking(d, complete, end_asks_for(d->filling));
}

void content_finish_asking(struct dialogue *d, bool complete, unsigned kind)
{
    struct transaction *x = d->filling;
    bool late = d->late_gap;

    if (x) {
        x->refs++; /* it must not end before all of this is done */
        note_breaks(d, x);
        smuggling_found(d, x);
    }
    d->late_gap |= resync_behind_assumed(d); /* what was lost may reach further than its 354 */
    content_over(d, complete);
    resync_before_command(d, PENDING_END_OF_DATA);
    if (kind == PENDING_END_OF_DATA)
        expect(d, kind, x);
    else if (kind != PENDING_KINDS)
        expect(d, kind, NULL);
    d->late_gap = late;
    if (x) {
        transactions_close(d, x);
        transactions_release(d, x);
    }
}

void content_end_lost(struct dialogue *d)
{
    const struct transaction *x = d->filling;

    if (d->client_mode != CLIENT_CONTENT || !x || !x->reply_lost || (d->assumed && !x->verdict_hole))
        return;
    content_finish(d, false);
    replies_give_up(d);
    d->client_doubt = true;
}

/* Nearly all that a mail's pieces are is text and nothing else: it is looked at, and copied where it would be copied to, in one go. */
static void plain_bytes(struct dialogue *d, struct span *in)
{
    const struct transaction *x = d->filling;
    struct span whole = *in;
    uint8_t *to = NULL;
    size_t n;

    if (!x || !x->t.content_seen || content_has_false_end(&d->content))
        return;
    if (d->events->content_room)
        to = d->events->content_room(d->ctx, x->t.id, in->n);
    n = content_plain(&d->content, in, to);
    if (to && in->n)
        explicit_bzero(to + n, whole.n - n); /* a password may stand behind the end of data */
    deliver(d, span_of(to ? to : whole.p, n));
}

static void data_bytes(struct dialogue *d, struct span *in)
{
    struct span out;

    plain_bytes(d, in);
    for (;;) {
        enum content_step step = content_next(&d->content, in, &out);

        if (step == CONTENT_MORE)
            return;
        if (step == CONTENT_END) {
            d->client_doubt &= d->assumed; /* behind a 354, nothing but the end is a dot alone: a command follows */
            content_finish(d, true);
            return;
        }
        deliver(d, out);
        if (content_has_false_end(&d->content))
            smuggling_keep(d, out);
    }
}

/* What was kept of a line's start is content after all. */
static void give_line_start(struct dialogue *d)
{
    struct line *l = &d->line[SMTP_CLIENT];
    struct span start = span_of(l->p, l->n);

    d->line_start = false;
    if (start.n)
        data_bytes(d, &start);
    line_clear(l, d->mem);
}

/* The start of a line, byte by byte, into the client's line; what is no command goes on as content.
 */
static void unsure_line_start(struct dialogue *d, struct span *in)
{
    static const uint8_t mail[] = "MAIL FROM:<";
    struct line *l = &d->line[SMTP_CLIENT];

    if (ascii_lower(in->p[0]) == ascii_lower(mail[l->n]) &&
        line_append(l, d->mem, span_head(*in, 1), LIMIT_SMTP_LINE)) {
        *in = span_from(*in, 1);
        if (l->n == sizeof(mail) - 1) {
            content_finish(d, false);
            replies_give_up(d);
            d->client_doubt = true;
        }
        return;
    }
    give_line_start(d);
}

/* Bytes were lost and no server is seen to tell whether the end was among them: a MAIL at the start
 * of a line tells. */
static void unsure_content(struct dialogue *d, struct span *in)
{
    struct span line;

    if (d->line_start) {
        unsure_line_start(d, in);
        return;
    }
    line = span_head(*in, span_find(*in, 0, '\n') + 1);
    *in = span_from(*in, line.n);
    d->line_start = line.p[line.n - 1] == '\n';
    data_bytes(d, &line);
}

void client_content(struct dialogue *d, struct span *in)
{
    if (d->filling && d->filling->content_hole && (!d->server_seen || d->filling->reply_lost)) {
        unsure_content(d, in);
        return;
    }
    if (d->line_start)
        give_line_start(d);
    data_bytes(d, in);
}

void client_content_stop(struct dialogue *d)
{
    if (d->client_mode == CLIENT_CONTENT && d->line_start)
        give_line_start(d);
}

static void chunk_done(struct dialogue *d)
{
    struct transaction *x = d->filling;

    d->client_mode = CLIENT_COMMAND;
    if (!d->chunk_last) {
        d->filling = NULL;
        return;
    }
    content_over(d, true);
    if (!x)
        return;
    if (chunk_can_wait(d) && !x->phantom)
        transactions_offer(d, x);
    transactions_close(d, x);
}

static void chunk_start(struct dialogue *d, struct transaction *x)
{
    d->client_mode = CLIENT_CHUNK;
    d->assume = false;
    d->filling = x;
    if (x && !x->phantom)
        transactions_begin(d, x);
    if (!d->chunk_left)
        chunk_done(d);
}

bool chunk_can_wait(const struct dialogue *d)
{
    return d->server_seen && dialogue_is_whole(d);
}

static void expect_verdict(struct dialogue *d, struct transaction *x)
{
    uint32_t before = d->pending.n;

    hold_begin(d, VERB_BDAT);
    expect(d, VERB_BDAT, x);
    if (d->pending.n > before)
        pending_at(&d->pending, before)->flags |= PENDING_CHUNK;
    else
        chunk_assume(d); /* no room to wait in */
}

void chunk_begin(struct dialogue *d, const struct command_bdat *b)
{
    struct transaction *x = d->current;

    d->chunk_left = b->size;
    d->chunk_last = b->last;
    d->chunk_odd = b->odd;
    if (chunk_can_wait(d) && (b->odd || !d->chunking || (x && x->phantom))) {
        expect_verdict(d, x);
        return;
    }
    if (b->last)
        expect(d, PENDING_END_OF_DATA, x);
    else
        expect(d, VERB_BDAT, x);
    if (x && !x->begun && chunk_can_wait(d))
        hold_begin(d, VERB_MAIL); /* it may be inside of another, or the one before it */
    else
        chunk_start(d, x);
}

/* The server took a chunk: where it is the last, its reply is the mail's. */
static void chunk_taken(const struct dialogue *d, struct pending *p)
{
    p->flags &= (uint8_t)~PENDING_CHUNK;
    if (d->chunk_last)
        p->kind = PENDING_END_OF_DATA;
}

void chunk_answered(struct dialogue *d, struct pending *p, uint16_t code)
{
    if (code >= 400 && (d->chunk_odd || !d->chunking)) { /* nor was it offered in between */
        p->flags &= (uint8_t)~PENDING_CHUNK;
        hold_release(d, CLIENT_COMMAND);
        return;
    }
    chunk_taken(d, p);
    chunk_start(d, p->tx && p->tx->phantom && code >= 400 ? NULL : p->tx); /* of no transaction, says the server */
}

void chunk_owner_known(struct dialogue *d)
{
    if (d->client_mode != CLIENT_HOLD || d->hold != VERB_MAIL)
        return;
    if (d->current && d->current->phantom) { /* it waits for its own reply then, the last one to come */
        d->hold = VERB_BDAT;
        pending_at(&d->pending, d->pending.n - 1u)->flags |= PENDING_CHUNK;
    } else if (!d->current || d->current->begun) {
        chunk_start(d, d->current);
    }
}

void chunk_assume(struct dialogue *d)
{
    struct pending *last = d->pending.n ? pending_at(&d->pending, d->pending.n - 1u) : NULL;

    if (last && last->flags & PENDING_CHUNK) /* nothing is sent behind it before it is known */
        chunk_taken(d, last);
    transactions_settle_unseen(d);
    chunk_start(d, d->current);
}

void content_lost_before(struct dialogue *d, struct transaction *x)
{
    x->content_hole = true;
    transactions_note_loss(d, x);
    if (x->t.content_seen && d->events->content_gap)
        d->events->content_gap(d->ctx, x->t.id, 0);
}

void client_chunk(struct dialogue *d, struct span *in)
{
    struct span bytes = span_head(*in, d->chunk_left < in->n ? (size_t)d->chunk_left : in->n);

    *in = span_from(*in, bytes.n);
    d->chunk_left -= bytes.n;
    deliver(d, bytes);
    if (!d->chunk_left)
        chunk_done(d);
}

void content_abandon(struct dialogue *d)
{
    client_content_stop(d);
    d->filling = NULL;
    d->chunk_left = 0;
    d->client_mode = CLIENT_COMMAND;
}

uint64_t client_content_gap(struct dialogue *d, uint64_t bytes)
{
    struct transaction *x;
    uint64_t lost = bytes;

    client_content_stop(d);
    x = d->filling;
    if (d->client_mode == CLIENT_CHUNK && lost > d->chunk_left)
        lost = d->chunk_left;
    if (x) {
        x->t.missing += lost;
        x->content_hole = true;
        x->reply_lost |= x->server_hole;
    }
    if (x && !x->phantom) {
        x->t.content_seen = true;
        if (d->events->content_gap)
            d->events->content_gap(d->ctx, x->t.id, lost);
    }
    if (d->client_mode == CLIENT_CONTENT) {
        content_gap(&d->content);
        d->line_start = true; /* a command would begin a segment, so right behind the hole */
        content_end_lost(d);
        return 0;
    }
    d->chunk_left -= lost;
    if (!d->chunk_left)
        chunk_done(d);
    return bytes - lost;
}
