/* SPDX-License-Identifier: Apache-2.0 */
/* message: one loop over streams: the mail itself, and what encoded messages inside it decode to. */
#include "decoders/mail/message.h"

#include <stddef.h>

#include "decoders/mail/boundary.h"
#include "decoders/mail/entities.h"
#include "decoders/mail/header_block.h"
#include "decoders/mail/header_once.h"
#include "decoders/mail/leaf.h"
#include "decoders/mail/part_header.h"

enum { STREAMS = LIMIT_ENCODED_MESSAGES + 1, STREAM_BYTES = 4096 };

/* Where a stream stands. */
enum place {
    IN_HEADER,  /* of the mail, a part or a nested message */
    IN_LEAF,    /* the body of a leaf part */
    IN_BETWEEN, /* preamble or epilogue: nobody sees it */
    IN_ENCODED  /* a message in base64 or quoted-printable: what it decodes to is the next stream */
};

/* What a step leaves to do. */
enum step { STEP_IDLE, STEP_AGAIN, STEP_INWARD };

/* One sequence of lines with its own boundaries: entities from base on belong to it. */
struct stream {
    enum place place;
    unsigned base;
    struct span in;       /* of the current push, not yet looked at */
    struct span body[2];  /* body bytes found, not yet handed on */
    bool hit, closing;    /* a delimiter behind them */
    unsigned level;       /* whose */
    bool ending;          /* no more bytes will come */
    bool scanned, drained; /* while ending: the scanner, the transfer decoder said their last */
    struct boundary_scanner scanner;
    struct transfer_decoder transfer; /* IN_ENCODED */
    uint8_t *out;         /* STREAM_BYTES of decoded bytes for the next stream; kept for later mails */
};

/*
 * Invariant: streams 0..n-1 are open; all but the last are IN_ENCODED. Only the last can be in a
 * header or a leaf, so one header_block and one leaf serve all.
 */
struct message {
    struct mem *mem;
    const struct message_events *events;
    struct arena *arena;
    void *ctx;
    enum message_state state;
    bool top_header;      /* fields go to the caller */
    bool complete;        /* the end that is being worked off is a true one */
    bool gapped;          /* bytes were lost: a delimiter may be among them */
    bool own_boundary;    /* the header's own multipart began without an empty line */
    uint32_t parts, once; /* once: header_once */
    unsigned n;
    struct charsets *charsets;
    struct mail_part extra; /* parts beyond LIMIT_MIME_PARTS share it */
    struct header_block header;
    struct part_header part;
    struct entities entities;
    struct leaf leaf;
    struct stream streams[STREAMS];
};

static void raise_anomaly(void *ctx, enum anomaly a)
{
    struct message *x = ctx;

    if (x->events->anomaly)
        x->events->anomaly(x->ctx, a);
}

static void raise_all(struct message *x, anomaly_set set)
{
    for (int a = 0; set; a++, set >>= 1)
        if (set & 1)
            raise_anomaly(x, (enum anomaly)a);
}

static void on_field(void *ctx, struct span name, struct span value)
{
    struct message *x = ctx;

    part_header_field(&x->part, name, value);
    if (!x->top_header)
        return;
    if (header_once_again(&x->once, name))
        raise_anomaly(x, ANOMALY_HEADER_DUPLICATE);
    if (x->header.fields <= LIMIT_HEADER_FIELDS && x->events->field)
        x->events->field(x->ctx, name, value);
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

static const struct header_block_events header_events = {on_field, on_boundary_line, raise_anomaly};

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
    x->leaf.events = events;
    x->leaf.charsets = x->charsets;
    x->leaf.want_bytes = want_bytes;
    return x;
}

void message_free(struct message *x)
{
    if (!x)
        return;
    if (x->leaf.part && x->leaf.part->text != MAIL_TEXT_NONE)
        charset_abandon(&x->leaf.text);
    for (int i = 0; i < STREAMS; i++)
        mem_free(x->mem, x->streams[i].out, STREAM_BYTES);
    header_block_free(&x->header);
    part_header_free(&x->part);
    charsets_free(x->charsets);
    mem_free(x->mem, x, sizeof(*x));
}

static void begin_header(struct message *x, struct stream *s)
{
    s->place = IN_HEADER;
    header_block_reset(&x->header, x);
    part_header_reset(&x->part);
}

static void begin_stream(struct message *x)
{
    struct stream *s = &x->streams[x->n++];
    uint8_t *out = s->out;

    memset(s, 0, offsetof(struct stream, scanner));
    s->out = out;
    s->base = x->entities.n;
    begin_header(x, s);
}

void message_reset(struct message *x, struct arena *arena, void *ctx)
{
    if (x->leaf.part && x->leaf.part->text != MAIL_TEXT_NONE)
        charset_abandon(&x->leaf.text);
    x->arena = arena;
    x->ctx = x->leaf.ctx = ctx;
    x->leaf.part = NULL;
    x->state = MESSAGE_EMPTY;
    x->top_header = x->complete = true;
    x->gapped = false;
    x->parts = x->once = 0;
    x->entities.n = 0;
    x->n = 0;
    begin_stream(x);
}

/* The part's struct in the arena; beyond the cap, or without memory, the one shared by all such. */
static struct mail_part *new_part(struct message *x)
{
    struct mail_part *p = NULL;

    if (x->parts++ < LIMIT_MIME_PARTS)
        p = arena_alloc(x->arena, sizeof(*p));
    else
        raise_anomaly(x, ANOMALY_MIME_TOO_MANY_PARTS);
    return p ? p : &x->extra;
}

static void begin_leaf(struct message *x, struct stream *s)
{
    struct mail_part *p = new_part(x);
    const struct charset *cs;

    part_header_leaf(&x->part, p == &x->extra ? NULL : x->arena, p);
    cs = part_header_charset(&x->part, p);
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
    begin_stream(x);
    return true;
}

static bool begin_multipart(struct message *x, struct stream *s)
{
    bool digest = span_eq(x->part.type.value, SPAN("multipart/digest"));

    if (!entities_push_multipart(&x->entities, x->part.boundary, digest))
        return false;
    s->place = IN_BETWEEN;
    return true;
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
    if (!begun) {
        if (kind != PART_LEAF)
            raise_anomaly(x, ANOMALY_MIME_TOO_DEEP);
        begin_leaf(x, s);
    }
    raise_all(x, x->part.odd);
    x->part.odd = 0;
}

static void end_header(struct message *x, struct stream *s)
{
    bool boundary = x->header.state == HEADER_BLOCK_BOUNDARY;
    struct span leftover = header_block_leftover(&x->header);

    if (x->top_header) {
        x->top_header = false;
        x->state = MESSAGE_BODY;
        if (!x->header.fields)
            raise_anomaly(x, ANOMALY_HEADER_MISSING);
        if (x->events->header_end)
            x->events->header_end(x->ctx);
    }
    begin_body(x, s);
    s->hit = boundary;
    if (boundary && x->own_boundary) {
        s->hit = s->place == IN_BETWEEN; /* else it goes too deep, and is read as text */
        s->level = x->entities.n - 1;
    }
    if (s->place == IN_LEAF && leftover.n)
        s->body[0] = leftover;
}

/* The stream's last part, and what is open inside it, end here. */
static void end_part(struct message *x, struct stream *s)
{
    if (s->place == IN_LEAF)
        leaf_end(&x->leaf);
    s->place = IN_BETWEEN;
}

static void pop_entities(struct message *x, unsigned n)
{
    if (entities_pop(&x->entities, n) && x->complete && !x->gapped)
        raise_anomaly(x, ANOMALY_MIME_BOUNDARY_MISSING);
}

/* A delimiter: entities inside its multipart end, whether they were closed or not. */
static void take_delimiter(struct message *x, struct stream *s)
{
    end_part(x, s);
    pop_entities(x, s->level + 1);
    s->hit = false;
    if (s->closing) {
        entities_close(&x->entities, s->level);
        return;
    }
    begin_header(x, s);
    x->header.skip_line = s->scanner.skip_line;
}

/* The delimiter ends stream i's encoded message: its decoder's last bytes go in, then it ends too. */
static enum step drain(struct message *x, unsigned i)
{
    struct stream *s = &x->streams[i], *inner = &x->streams[i + 1];

    if (!s->drained) {
        s->drained = true;
        inner->in = span_of(s->out, transfer_finish(&s->transfer, s->out));
        if (s->transfer.odd)
            raise_anomaly(x, transfer_anomaly(s->transfer.encoding));
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

static enum step look(struct message *x, struct stream *s)
{
    unsigned own = own_entities(x, s);
    struct boundary_step step;

    if (s->place == IN_HEADER) {
        s->in = span_from(s->in, header_block_push(&x->header, s->in));
        if (x->header.state != HEADER_BLOCK_OPEN)
            end_header(x, s);
        return STEP_AGAIN;
    }
    if (!entities_any_open(&x->entities, s->base, own)) {
        s->body[1] = s->in;
        s->in.n = 0;
        return STEP_AGAIN;
    }
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
        end_header(x, s);
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
    end_part(x, s);
    pop_entities(x, s->base);
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
        take_delimiter(x, s);
        return STEP_AGAIN;
    }
    if (s->in.n)
        return look(x, s);
    return s->ending ? end_stream(x, i) : STEP_IDLE;
}

/* Until nothing is left to do in any stream. */
static void run(struct message *x)
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

void message_push(struct message *x, struct span bytes)
{
    if (!x->n || !bytes.n)
        return;
    if (x->state == MESSAGE_EMPTY)
        x->state = MESSAGE_HEADER;
    x->streams[0].in = bytes;
    run(x);
}

void message_gap(struct message *x, uint64_t n)
{
    if (!x->n || !n)
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
        run(x);
        if (s->place == IN_ENCODED)
            transfer_gap(&s->transfer);
        else if (s->place == IN_LEAF)
            leaf_gap(&x->leaf);
    }
}

void message_finish(struct message *x, bool complete)
{
    if (!x->n)
        return;
    x->complete = complete;
    x->streams[0].ending = true;
    run(x);
    x->n = 0;
    if (complete)
        x->state = MESSAGE_DONE;
}

enum message_state message_state(const struct message *x)
{
    return x->state;
}

struct charsets *message_charsets(const struct message *x)
{
    return x->charsets;
}
