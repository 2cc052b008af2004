/* SPDX-License-Identifier: Apache-2.0 */
/* tls_hello: records into messages (RFC 8446 4, 5.1), and which of them are wanted. */
#include "decoders/net/tls_message.h"

enum { RECORD_CHANGE_CIPHER = 20, RECORD_HANDSHAKE = 22, RECORD_MOST = (1 << 14) + 2048 /* RFC 5246 6.2.3 */ };
enum { MESSAGE_CLIENT_HELLO = 1, MESSAGE_SERVER_HELLO = 2, MESSAGE_CERTIFICATE = 11 };

void tls_hello_init(struct tls_hello *x, struct mem *m, const struct tls_hello_events *events, void *ctx)
{
    *x = (struct tls_hello){.events = events, .ctx = ctx, .mem = m};
    for (int i = 0; i < 2; i++)
        buf_init(&x->side[i].message, m, LIMIT_TLS_HANDSHAKE);
}

void tls_hello_free(struct tls_hello *x)
{
    for (int i = 0; i < 2; i++)
        buf_free(&x->side[i].message);
}

bool tls_hello_is_done(const struct tls_hello *x)
{
    return x->side[TLS_CLIENT].done && x->side[TLS_SERVER].done;
}

static void side_done(struct tls_side_state *s)
{
    s->done = true;
    buf_free(&s->message);
}

static void malformed(struct tls_hello *x, struct tls_side_state *s)
{
    side_done(s);
    x->events->anomaly(x->ctx, ANOMALY_TLS_MALFORMED);
}

void tls_hello_gap(struct tls_hello *x, enum tls_side side)
{
    side_done(&x->side[side]);
}

/* --- messages --- */

/* The message that began is one to keep: of each side the first of its kind, in their order. */
static bool is_wanted(const struct tls_hello *x, enum tls_side side, uint8_t type)
{
    if (side == TLS_CLIENT)
        return type == MESSAGE_CLIENT_HELLO;
    return type == (x->version ? MESSAGE_CERTIFICATE : MESSAGE_SERVER_HELLO);
}

/* TLS 1.3 shows nothing behind its ServerHello; a resumed session has no certificate. */
static bool take_message(struct tls_hello *x, enum tls_side side, uint8_t type, struct span body)
{
    struct tls_side_state *s = &x->side[side];
    bool retry = false, fine;

    if (type == MESSAGE_CLIENT_HELLO)
        fine = tls_client_hello(x, body);
    else if (type == MESSAGE_SERVER_HELLO)
        fine = tls_server_hello(x, body, &retry);
    else
        fine = tls_certificate(x, body);
    if (fine && (retry || (type == MESSAGE_SERVER_HELLO && x->version < 0x0304)))
        return true;
    s->done = true;
    return fine;
}

static void end_message(struct tls_hello *x, enum tls_side side)
{
    struct tls_side_state *s = &x->side[side];
    uint8_t type = s->start[0];
    /* A certificate's chain may be cut: the first one is wanted. Where memory was refused, nothing is known. */
    bool cut = s->message.truncated && (type != MESSAGE_CERTIFICATE || s->message.refused);
    struct span body = buf_span(&s->message);

    s->start_n = 0;
    if (s->message.refused)
        side_done(s);
    else if (cut || !take_message(x, side, type, body))
        malformed(x, s);
    else if (s->done)
        side_done(s);
    else
        buf_clear(&s->message);
}

/* Type and length of a message are there. */
static void begin_message(struct tls_hello *x, enum tls_side side)
{
    struct tls_side_state *s = &x->side[side];

    s->message_left = (uint32_t)s->start[1] << 16 | be16(s->start + 2);
    if (!is_wanted(x, side, s->start[0]))
        side_done(s);
    else if (s->start[0] != MESSAGE_CERTIFICATE && s->message_left > LIMIT_TLS_HANDSHAKE)
        malformed(x, s);
    else if (!s->message_left)
        end_message(x, side);
}

/* Bytes of handshake records. */
static void messages(struct tls_hello *x, enum tls_side side, struct span in)
{
    struct tls_side_state *s = &x->side[side];
    struct span piece;

    while (in.n && !s->done) {
        if (s->start_n < sizeof(s->start)) {
            s->start[s->start_n++] = in.p[0];
            in = span_from(in, 1);
            if (s->start_n == sizeof(s->start))
                begin_message(x, side);
            continue;
        }
        piece = span_head(in, s->message_left);
        buf_add(&s->message, piece);
        s->message_left -= (uint32_t)piece.n;
        in = span_from(in, piece.n);
        if (!s->message_left)
            end_message(x, side);
    }
}

/* --- records --- */

/* Behind a ServerHello of up to 1.2 a change of cipher means that an old session goes on; elsewhere it is there for the
 * looks (RFC 8446 D.4). What else is no handshake ends what can be read: an alert, secret bytes, or no TLS at all. */
static void begin_record(struct tls_hello *x, enum tls_side side)
{
    struct tls_side_state *s = &x->side[side];
    bool change = s->head[0] == RECORD_CHANGE_CIPHER && !(side == TLS_SERVER && x->version);

    s->type = s->head[0];
    s->record_left = be16(s->head + 3);
    s->head_n = s->record_left ? s->head_n : 0;
    if (s->type != RECORD_HANDSHAKE && !change)
        side_done(s);
    else if (s->head[1] != 3 || s->record_left > RECORD_MOST)
        malformed(x, s);
}

void tls_hello_push(struct tls_hello *x, enum tls_side side, struct span in)
{
    struct tls_side_state *s = &x->side[side];
    struct span piece;

    while (in.n && !s->done) {
        if (s->head_n < sizeof(s->head)) {
            s->head[s->head_n++] = in.p[0];
            in = span_from(in, 1);
            if (s->head_n == sizeof(s->head))
                begin_record(x, side);
            continue;
        }
        piece = span_head(in, s->record_left);
        if (s->type == RECORD_HANDSHAKE)
            messages(x, side, piece);
        s->record_left -= (uint16_t)piece.n;
        in = span_from(in, piece.n);
        if (!s->record_left)
            s->head_n = 0;
    }
}
