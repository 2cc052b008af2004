/* SPDX-License-Identifier: Apache-2.0 */
/* message_stream: one loop over streams, the mail and what encoded messages in it decode to; no recursion. */
#include "decoders/mail/message_state.h"

/* What a step leaves to do. */
enum step { STEP_IDLE, STEP_AGAIN, STEP_INWARD };

/* The delimiter ends stream i's encoded message: its decoder's last bytes go in, then it ends too. */
static enum step drain(struct message *x, unsigned i)
{
    struct stream *s = &x->streams[i], *inner = &x->streams[i + 1];

    if (!s->drained) {
        s->drained = true;
        inner->in = span_of(s->out, transfer_finish(&s->transfer, s->out));
        if (s->transfer.odd && !x->gapped && x->complete)
            message_raise(x, transfer_anomaly(s->transfer.encoding));
    }
    inner->ending = true;
    return STEP_INWARD;
}

/* Body bytes go where the stream stands. */
static enum step hand_on(struct message *x, unsigned i)
{
    struct stream *s = &x->streams[i];
    struct span *body = s->body[0].n ? &s->body[0] : &s->body[1];
    struct transfer_step decoded;

    if (s->place != IN_ENCODED) {
        if (s->place == IN_LEAF)
            leaf_push(&x->leaf, *body);
        else if (s->place == IN_PREAMBLE)
            message_take_preamble(x, s, *body);
        body->n = 0;
        return STEP_AGAIN;
    }
    decoded = transfer_push(&s->transfer, *body, s->out, STREAM_BYTES);
    *body = span_from(*body, decoded.used);
    x->streams[i + 1].in = span_of(s->out, decoded.made);
    return STEP_INWARD;
}

static void take_boundary_step(struct stream *s, const struct boundary_step *step)
{
    s->body[0] = step->released;
    s->body[1] = step->data;
    s->hit = step->level >= 0;
    s->closing = step->closing;
    s->level = s->base + (unsigned)(s->hit ? step->level : 0);
}

/* The stream's own entities: those of the streams inside it are written in what it decodes to. */
static unsigned own_entities(const struct message *x, const struct stream *s)
{
    const struct stream *inner = s + 1;

    return (inner < x->streams + x->n ? inner->base : x->entities.n) - s->base;
}

/* Half of all bytes are attachments in base64, which are only counted: looked at once, not also for delimiters. */
static bool count(struct message *x, struct stream *s)
{
    if (s->place != IN_LEAF || !boundary_holds_no_line(&s->scanner) || !leaf_count(&x->leaf, s->in))
        return false;
    boundary_pass(&s->scanner, s->in);
    s->in.n = 0;
    return true;
}

static enum step look(struct message *x, struct stream *s)
{
    unsigned own = own_entities(x, s);
    struct boundary_step step;

    if (s->place == IN_HEADER) {
        s->in = span_from(s->in, header_block_push(&x->header, s->in));
        if (x->header.state != HEADER_BLOCK_OPEN)
            message_end_header(x, s);
        return STEP_AGAIN;
    }
    if (!entities_any_open(&x->entities, s->base, own)) {
        s->body[1] = s->in;
        s->in.n = 0;
        return STEP_AGAIN;
    }
    if (count(x, s))
        return STEP_AGAIN;
    step = boundary_next(&s->scanner, x->entities.text + s->base, own, s->in);
    s->in = span_from(s->in, step.used);
    take_boundary_step(s, &step);
    return STEP_AGAIN;
}

/* A header is cut by the stream's end: a true end ends it, else it stays as it stands. */
static enum step end_in_header(struct message *x, struct stream *s)
{
    if (x->complete) {
        header_block_finish(&x->header);
        message_end_header(x, s);
    } else {
        header_block_gap(&x->header);
        s->place = IN_BETWEEN;
    }
    return STEP_AGAIN;
}

static enum step end_stream(struct message *x, unsigned i)
{
    struct stream *s = &x->streams[i];

    if (s->place == IN_HEADER)
        return end_in_header(x, s);
    if (!s->scanned) {
        struct boundary_step step = boundary_finish(&s->scanner, x->entities.text + s->base,
                                                    own_entities(x, s));
        s->scanned = true;
        take_boundary_step(s, &step);
        return STEP_AGAIN;
    }
    if (x->n > i + 1)
        return drain(x, i);
    message_end_part(x, s);
    message_pop_entities(x, s->base);
    if (i)
        x->n--;
    return STEP_IDLE;
}

static enum step step_stream(struct message *x, unsigned i)
{
    struct stream *s = &x->streams[i];

    if (s->body[0].n || s->body[1].n)
        return hand_on(x, i);
    if (s->hit && x->n > i + 1)
        return drain(x, i);
    if (s->hit) {
        message_take_delimiter(x, s);
        return STEP_AGAIN;
    }
    if (s->in.n)
        return look(x, s);
    return s->ending ? end_stream(x, i) : STEP_IDLE;
}

/* Until nothing is left to do in any stream. */
void message_run(struct message *x)
{
    unsigned i = 0;

    for (;;) {
        enum step step = step_stream(x, i);

        if (step == STEP_INWARD)
            i++;
        else if (step == STEP_IDLE && !i--)
            return;
    }
}
