/* SPDX-License-Identifier: Apache-2.0 */
/* message_entity: what a header makes of the body behind it, and where a delimiter leaves it. */
#include <stddef.h>

#include "decoders/mail/message_state.h"

static void raise_all(struct message *x, anomaly_set set)
{
    for (int a = 0; set; a++, set >>= 1)
        if (set & 1)
            message_raise(x, (enum anomaly)a);
}

/* Those of a part are its own business. */
static field_set wanted(const struct message *x)
{
    if (!x->top_header)
        return PART_HEADER_FIELDS;
    return x->events->other_fields ? FIELD_ALL : FIELD_KNOWN;
}

static void begin_header(struct message *x, struct stream *s)
{
    s->place = IN_HEADER;
    x->refused = x->mem->refused;
    header_block_reset(&x->header, x, wanted(x));
    part_header_reset(&x->part);
}

void message_begin_stream(struct message *x)
{
    struct stream *s = &x->streams[x->n++];

    memset(s, 0, offsetof(struct stream, scanner));
    s->base = x->entities.n;
    begin_header(x, s);
}

/* The part's struct in the arena; beyond the cap, or without memory, the one shared by all such. */
static struct mail_part *new_part(struct message *x)
{
    struct mail_part *p = NULL;

    if (x->parts++ < LIMIT_MIME_PARTS)
        p = arena_alloc(x->arena, sizeof(*p));
    else
        message_raise(x, ANOMALY_MIME_TOO_MANY_PARTS);
    return p ? p : &x->extra;
}

static void begin_leaf(struct message *x, struct stream *s)
{
    struct mail_part *p = new_part(x);
    const struct charset *cs;

    part_header_leaf(&x->part, p == &x->extra ? NULL : x->arena, p);
    if (x->header.gapped && !x->part.has_type)
        p->type = (struct span){NULL, 0}; /* it may be what was lost; read as text all the same */
    p->shared = p == &x->extra;
    cs = part_header_charset(&x->part, p);
    p->whole = !x->header.gapped;
    s->place = IN_LEAF;
    leaf_begin(&x->leaf, p, x->part.encoding, cs);
}

static bool is_encoded(enum transfer_encoding e)
{
    return e != TRANSFER_IDENTITY && e != TRANSFER_UNKNOWN;
}

/* A nested message: in this stream, or decoded into one of its own. False when it goes too deep. */
static bool begin_message(struct message *x, struct stream *s)
{
    enum transfer_encoding e = x->part.encoding;

    if (!is_encoded(e)) {
        if (!entities_push_message(&x->entities))
            return false;
        begin_header(x, s);
        return true;
    }
    if (x->n == STREAMS)
        return false;
    if (!s->out)
        s->out = mem_zalloc(x->mem, STREAM_BYTES);
    if (!s->out)
        return false;
    transfer_begin(&s->transfer, e);
    s->place = IN_ENCODED;
    s->drained = false;
    message_begin_stream(x);
    return true;
}

static bool begin_multipart(struct message *x, struct stream *s)
{
    bool digest = span_eq(x->part.type.value, SPAN("multipart/digest"));

    if (!entities_push_multipart(&x->entities, x->part.boundary, digest))
        return false;
    s->place = IN_PREAMBLE;
    buf_clear(&x->preamble);
    return true;
}

/* Memory was refused for some of the header, or for what decodes the body: what rules it may be missing, and no part is better
 * than one read in the wrong encoding, or a message listed as a leaf. */
static void skip_body(struct message *x, struct stream *s)
{
    message_raise(x, ANOMALY_RECORD_TOO_LARGE);
    boundary_begin(&s->scanner);
    s->place = IN_BETWEEN;
    if (x->own_boundary)
        s->hit = false;
}

/* The header's fields are all known: what follows them begins. */
static void begin_body(struct message *x, struct stream *s)
{
    bool in_digest = x->entities.n > s->base && x->entities.digest[x->entities.n - 1] &&
                     x->entities.text[x->entities.n - 1].p;
    enum part_kind kind = part_header_kind(&x->part, in_digest);
    bool begun;

    boundary_begin(&s->scanner);
    begun = kind == PART_MULTIPART ? begin_multipart(x, s)
            : kind == PART_MESSAGE ? begin_message(x, s) : false;
    if (x->mem->refused != x->refused) {
        skip_body(x, s);
        return;
    }
    if (!begun) {
        if (kind != PART_LEAF)
            message_raise(x, ANOMALY_MIME_TOO_DEEP);
        begin_leaf(x, s);
    }
    raise_all(x, x->part.odd);
    x->part.odd = 0;
}

/* Two delimiters one behind the other, or the end behind one: there is no part between them. */
static bool is_nothing(const struct message *x)
{
    const struct header_block *h = &x->header;

    return !h->fields && !h->strange && (h->state == HEADER_BLOCK_BOUNDARY || !h->bytes);
}

/* The body's first bytes were taken for a header. The line end behind them may belong to a delimiter. */
static void begin_with(struct message *x, struct stream *s, struct span leftover)
{
    if (entities_any_open(&x->entities, s->base, x->entities.n - s->base))
        leftover = boundary_begin_behind(&s->scanner, leftover);
    s->body[0] = leftover;
}

void message_end_header(struct message *x, struct stream *s)
{
    bool boundary = x->header.state == HEADER_BLOCK_BOUNDARY;
    struct span leftover = header_block_leftover(&x->header);

    s->hit = boundary;
    if (!x->top_header && is_nothing(x)) {
        s->place = IN_BETWEEN;
        return;
    }

    if (x->top_header) {
        x->top_header = false;
        x->header_bytes = (size_t)x->header.bytes - leftover.n;
        x->state = MESSAGE_BODY;
        if (!x->header.fields && !x->gapped)
            message_raise(x, ANOMALY_HEADER_MISSING);
        if (x->events->header_end)
            x->events->header_end(x->ctx);
    }
    if (x->mem->refused != x->refused) {
        skip_body(x, s);
        return;
    }
    begin_body(x, s);
    if (boundary && x->own_boundary) {
        s->hit = s->place == IN_PREAMBLE; /* else it goes too deep, and is read as text */
        s->level = x->entities.n - 1;
    }
    if (s->place == IN_LEAF && leftover.n)
        begin_with(x, s, leftover);
}

/* What was taken for a preamble is all that this multipart has: its header is still the last one read, and it is
 * read as text, since mail programs show it. */
static void preamble_is_text(struct message *x, struct stream *s)
{
    begin_leaf(x, s);
    raise_all(x, x->part.odd);
    x->part.odd = 0;
    leaf_push(&x->leaf, buf_span(&x->preamble));
    buf_clear(&x->preamble);
}

void message_lose_preamble(struct message *x, struct stream *s)
{
    buf_clear(&x->preamble);
    s->place = IN_BETWEEN;
}

void message_take_preamble(struct message *x, struct stream *s, struct span bytes)
{
    size_t held = x->preamble.n;

    if (buf_add(&x->preamble, bytes))
        return;
    if (x->preamble.refused) { /* not at its cap: what was held is no more of a text than what follows */
        message_lose_preamble(x, s);
        return;
    }
    bytes = span_from(bytes, x->preamble.n - held);
    preamble_is_text(x, s);
    leaf_push(&x->leaf, bytes);
}

/* The stream's last part, and what is open inside it, end here. */
void message_end_part(struct message *x, struct stream *s)
{
    if (s->place == IN_PREAMBLE && span_trim(buf_span(&x->preamble)).n)
        preamble_is_text(x, s);
    if (s->place == IN_LEAF)
        leaf_end(&x->leaf);
    s->place = IN_BETWEEN;
}

void message_pop_entities(struct message *x, unsigned n)
{
    if (entities_pop(&x->entities, n) && x->complete && !x->gapped)
        message_raise(x, ANOMALY_MIME_BOUNDARY_MISSING);
}

/* A delimiter: entities inside its multipart end, whether they were closed or not. */
void message_take_delimiter(struct message *x, struct stream *s)
{
    if (s->place == IN_PREAMBLE && s->level == x->entities.n - 1 && !s->closing)
        buf_clear(&x->preamble); /* it was one */
    message_end_part(x, s);
    message_pop_entities(x, s->level + 1);
    s->hit = false;
    if (s->closing) {
        entities_close(&x->entities, s->level);
        return;
    }
    begin_header(x, s);
    x->header.skip_line = s->scanner.skip_line;
}
