/* SPDX-License-Identifier: Apache-2.0 */
/* message: the parser's life, and its fields on their way to the caller. */
#include "decoders/mail/header_once.h"
#include "decoders/mail/message_state.h"

void message_raise(void *ctx, enum anomaly a)
{
    struct message *x = ctx;

    if (x->events->anomaly)
        x->events->anomaly(x->ctx, a);
}

static void on_field(void *ctx, enum field_name which, struct span name, struct span value)
{
    struct message *x = ctx;

    part_header_field(&x->part, which, value);
    if (!x->top_header)
        return;
    if (header_once_again(&x->once, which) && !x->header.gapped) /* behind a hole it may be a part's, or a mail's inside */
        message_raise(x, ANOMALY_HEADER_DUPLICATE);
    if (x->header.fields <= LIMIT_HEADER_FIELDS && x->events->field)
        x->events->field(x->ctx, which, name, value);
}

static struct stream *last_stream(struct message *x)
{
    return &x->streams[x->n - 1];
}

/* A line with "--" in a header: a delimiter of an open multipart, or of the one this header declares. */
static bool on_boundary_line(void *ctx, struct span line)
{
    struct message *x = ctx;
    struct stream *s = last_stream(x);
    int level = boundary_match(x->entities.text + s->base, x->entities.n - s->base, line, &s->closing);

    x->own_boundary = false;
    if (level < 0 && x->part.boundary.p) {
        level = boundary_match(&x->part.boundary, 1, line, &s->closing);
        x->own_boundary = level == 0;
    }
    if (level < 0)
        return false;
    s->level = s->base + (unsigned)level;
    return true;
}

static const struct header_block_events header_events = {on_field, on_boundary_line, message_raise};

struct message *message_new(struct mem *m, const struct message_events *events, bool want_bytes)
{
    struct message *x = mem_zalloc(m, sizeof(*x));

    if (!x)
        return NULL;
    x->mem = m;
    x->events = events;
    x->charsets = charsets_new(m);
    if (!x->charsets) {
        mem_free(m, x, sizeof(*x));
        return NULL;
    }
    header_block_init(&x->header, m, &header_events);
    part_header_init(&x->part, m, x->charsets);
    buf_init(&x->preamble, m, LIMIT_MIME_PREAMBLE);
    x->leaf.events = events;
    x->leaf.charsets = x->charsets;
    x->leaf.want_bytes = want_bytes;
    return x;
}

void message_free(struct message *x)
{
    if (!x)
        return;
    leaf_abandon(&x->leaf);
    for (int i = 0; i < STREAMS; i++)
        mem_free(x->mem, x->streams[i].out, STREAM_BYTES);
    header_block_free(&x->header);
    part_header_free(&x->part);
    buf_free(&x->preamble);
    charsets_free(x->charsets);
    mem_free(x->mem, x, sizeof(*x));
}

void message_reset(struct message *x, struct arena *arena, void *ctx)
{
    leaf_abandon(&x->leaf);
    x->arena = arena;
    x->ctx = x->leaf.ctx = ctx;
    x->state = MESSAGE_EMPTY;
    x->top_header = x->complete = true;
    x->gapped = false;
    x->parts = 0;
    x->once = 0;
    x->entities.n = 0;
    x->n = 0;
    message_begin_stream(x);
}

void message_push(struct message *x, struct span bytes)
{
    if (!x->n || !bytes.n)
        return;
    if (x->state == MESSAGE_EMPTY)
        x->state = MESSAGE_HEADER;
    x->streams[0].in = bytes;
    message_run(x);
}

void message_gap(struct message *x, uint64_t n)
{
    (void)n;
    if (!x->n)
        return;
    if (x->state == MESSAGE_EMPTY)
        x->state = MESSAGE_HEADER;
    x->gapped = true;
    for (unsigned i = 0; i < x->n; i++) {
        struct stream *s = &x->streams[i];

        if (s->place == IN_HEADER) {
            header_block_gap(&x->header);
            continue;
        }
        s->body[0] = boundary_gap(&s->scanner);
        message_run(x);
        if (s->place == IN_ENCODED)
            transfer_gap(&s->transfer);
        else if (s->place == IN_LEAF)
            leaf_gap(&x->leaf);
        else if (s->place == IN_PREAMBLE)
            message_lose_preamble(x, s);
    }
}

void message_finish(struct message *x, bool complete)
{
    if (!x->n)
        return;
    x->complete = complete;
    if (!complete && last_stream(x)->place == IN_LEAF)
        leaf_cut(&x->leaf); /* half a group of base64 or half a delimiter is no fault of the mail */
    else if (!complete && last_stream(x)->place == IN_PREAMBLE)
        message_lose_preamble(x, last_stream(x));
    x->streams[0].ending = true;
    message_run(x);
    x->n = 0;
    if (complete)
        x->state = MESSAGE_DONE;
}

bool message_only_counts(const struct message *x)
{
    return x->n && x->streams[x->n - 1].place == IN_LEAF && x->leaf.part && !leaf_is_read(&x->leaf);
}

size_t message_header_bytes(const struct message *x)
{
    return x->header_bytes;
}

enum message_state message_state(const struct message *x)
{
    return x->state;
}

struct charsets *message_charsets(const struct message *x)
{
    return x->charsets;
}
