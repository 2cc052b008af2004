/* SPDX-License-Identifier: Apache-2.0 */
/* client_content: the bytes of mails, behind DATA and in BDAT chunks, passed on in place. */
#include "decoders/smtp/replies.h"

void content_begin(struct dialogue *d, struct transaction *x)
{
    content_init(&d->content);
    if (x && x->content_ended)
        x = NULL; /* a 354 that came for a mail whose end was seen */
    d->filling = x;
    if (x)
        transactions_begin(d, x);
}

static void deliver(struct dialogue *d, struct span bytes)
{
    struct transaction *x = d->filling;

    if (!x || !bytes.n)
        return;
    x->t.content_seen = true;
    x->t.content_bytes += bytes.n;
    if (d->events->content)
        d->events->content(d->ctx, x->t.id, bytes);
}

static void note_form(struct dialogue *d, struct transaction *x)
{
    size_t n = content_false_end(&d->content, x->t.smuggling.form);

    if (d->content.seen & CONTENT_BARE_LF)
        anomaly_raise(&x->t.anomalies, ANOMALY_SMTP_BARE_LF);
    if (d->content.seen & CONTENT_BARE_CR)
        anomaly_raise(&x->t.anomalies, ANOMALY_SMTP_BARE_CR);
    if (!n)
        return;
    x->t.smuggling.form_n = (uint8_t)n;
    x->t.smuggling.offset = d->content.alike_at;
    anomaly_raise(&x->t.anomalies, ANOMALY_SMTP_SMUGGLING);
    if (x->t.smuggling.verdict == SMTP_NOT_SMUGGLED)
        x->t.smuggling.verdict = d->server_seen ? SMTP_SMUGGLING_ATTEMPTED : SMTP_SMUGGLING_UNKNOWN;
}

/* One reply, or in LMTP one for each recipient taken (RFC 2033 4.2). */
static void expect_final(struct dialogue *d, struct transaction *x)
{
    const struct smtp_rcpt *r = x ? x->rcpt.items : NULL;
    uint32_t left;

    if (!x || x->t.proto != SMTP_PROTO_LMTP || !x->rcpt_taken) {
        replies_expect(d, PENDING_END_OF_DATA, x, -1, (struct span){NULL, 0});
        return;
    }
    left = x->rcpt_taken;
    for (uint32_t i = 0; i < x->rcpt.n; i++)
        if (r[i].code >= 200 && r[i].code < 300) {
            replies_expect(d, PENDING_END_OF_DATA, x, (int)i, (struct span){NULL, 0});
            left--;
        }
    while (left--)
        replies_expect(d, PENDING_END_OF_DATA, x, -1, (struct span){NULL, 0});
}

/* The last byte of x's content came, or its end was lost. */
static void content_over(struct dialogue *d, bool complete)
{
    struct transaction *x = d->filling;

    d->filling = NULL;
    d->client_mode = CLIENT_COMMAND;
    if (!x)
        return;
    complete = complete && !x->content_hole;
    x->t.content_seen = true;
    x->t.content_complete = complete;
    x->content_ended = true;
    if (d->events->content_end)
        d->events->content_end(d->ctx, x->t.id, complete);
}

void content_finish(struct dialogue *d, bool complete)
{
    struct transaction *x = d->filling;

    if (x)
        note_form(d, x);
    content_over(d, complete);
    if (x)
        x->refs++; /* it must not end between its recipients' replies */
    expect_final(d, x);
    if (x) {
        transactions_close(d, x);
        transactions_release(d, x);
    }
}

void client_content(struct dialogue *d, struct span *in)
{
    struct span out;

    for (;;) {
        enum content_step step = content_next(&d->content, in, &out);

        if (step == CONTENT_MORE)
            return;
        if (step == CONTENT_END) {
            content_finish(d, true);
            return;
        }
        deliver(d, out);
    }
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
    if (x)
        transactions_close(d, x);
}

void chunk_begin(struct dialogue *d, const struct command_bdat *b)
{
    struct transaction *x = d->current;

    if (x)
        transactions_begin(d, x);
    d->filling = x;
    d->chunk_left = b->size;
    d->chunk_last = b->last;
    d->client_mode = CLIENT_CHUNK;
    if (b->last)
        expect_final(d, x);
    else
        replies_expect(d, VERB_BDAT, x, -1, (struct span){NULL, 0});
    if (!d->chunk_left && d->client_mode == CLIENT_CHUNK)
        chunk_done(d);
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

void chunk_abandon(struct dialogue *d)
{
    d->filling = NULL;
    d->chunk_left = 0;
    d->client_mode = CLIENT_COMMAND;
}

uint64_t client_content_gap(struct dialogue *d, uint64_t bytes)
{
    struct transaction *x = d->filling;
    uint64_t lost = bytes;

    if (d->client_mode == CLIENT_CHUNK && lost > d->chunk_left)
        lost = d->chunk_left;
    if (x) {
        x->t.missing += lost;
        x->t.content_seen = true;
        x->content_hole = true;
        if (d->events->content_gap)
            d->events->content_gap(d->ctx, x->t.id, lost);
    }
    if (d->client_mode == CLIENT_CONTENT) {
        content_gap(&d->content);
        return 0;
    }
    d->chunk_left -= lost;
    if (!d->chunk_left)
        chunk_done(d);
    return bytes - lost;
}
