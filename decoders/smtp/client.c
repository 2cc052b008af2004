/* SPDX-License-Identifier: Apache-2.0 */
/* client: what the client's next bytes are, and who takes them. */
#include "decoders/smtp/replies.h"

static void proxy_said(struct dialogue *d, const struct endpoint *client)
{
    if (!d->proxy_trusted) {
        dialogue_raise(d, ANOMALY_SMTP_PROXY_UNTRUSTED);
    } else if (client->ip.family) {
        if (d->extra)
            d->extra->client = *client;
        d->via = SMTP_VIA_PROXY;
    }
    replies_expect(d, PENDING_PROXY, NULL, -1, (struct span){NULL, 0});
}

/* Where memory is refused for it, a header that came in one piece is passed by: whom it named nobody knows, but it is no command. */
static bool proxy_unkept(struct dialogue *d, struct span *in)
{
    struct proxy_header p = {.n = 0};
    struct span rest = *in;

    if (proxy_header_take(&p, &rest) != PROXY_DONE)
        return false;
    *in = rest;
    proxy_said(d, &p.client);
    return true;
}

/* PROXY header, implicit TLS, or the first command. */
static void start(struct dialogue *d, struct span *in)
{
    if (d->implicit_tls && in->p[0] == TLS_HANDSHAKE) {
        d->tls = SMTP_TLS_IMPLICIT;
        d->encrypted = true;
        d->server_mode = SERVER_TLS_CHECK;
        d->client_mode = CLIENT_TLS;
        return;
    }
    if ((in->p[0] == 'P' || in->p[0] == '\r') && !(d->extra && d->extra->proxy.n)) {
        if (dialogue_extra(d)) {
            d->client_mode = CLIENT_PROXY;
            return;
        }
        if (d->via == SMTP_VIA_TCP && proxy_unkept(d, in))
            return;
    }
    d->client_first = d->banner_expected;
    d->client_mode = CLIENT_COMMAND;
}

static void proxy_done(struct dialogue *d)
{
    d->client_mode = CLIENT_START;
    proxy_said(d, &d->extra->proxy.client);
}

static void proxy(struct dialogue *d, struct span *in)
{
    struct proxy_header *p = &d->extra->proxy;
    enum proxy_step step = proxy_header_take(p, in);
    struct span seen;

    if (step == PROXY_DONE)
        proxy_done(d);
    if (step != PROXY_NONE)
        return;
    /* No header: at most the start of a few lines, none of them one that waits for its reply. */
    d->client_first = d->banner_expected;
    d->client_mode = CLIENT_COMMAND;
    seen = span_of(p->seen, p->n);
    client_consume(d, &seen);
}

static void note_line(struct dialogue *d, enum line_end end, const struct line_read *r)
{
    if (end == LINE_LF)
        dialogue_raise(d, ANOMALY_SMTP_BARE_LF);
    if (span_find(r->text, 0, '\r') < r->text.n)
        dialogue_raise(d, ANOMALY_SMTP_BARE_CR);
    if (r->truncated)
        dialogue_raise(d, ANOMALY_SMTP_LINE_TOO_LONG);
}

static void command(struct dialogue *d, struct span *in)
{
    struct line *l = &d->line[SMTP_CLIENT];
    struct line_read r;
    enum line_end end = line_take(l, d->mem, in, LIMIT_SMTP_LINE, &r);

    if (end == LINE_MORE)
        return;
    if (!d->client_doubt)
        note_line(d, end, &r);
    if (line_is_unkept(l) && !d->client_doubt && span_eq_nocase(line_start(l), SPAN("MAIL")))
        client_mail_unkept(d);
    else
        client_command(d, r.text);
    line_clear(l, d->mem);
}

/* A secret: passed over, not kept. */
static void auth_line(struct dialogue *d, struct span *in)
{
    struct span piece = *in;
    bool whole = line_skip(in);

    if (d->extra) {
        auth_bytes(&d->extra->auth, span_head(piece, piece.n - in->n - whole));
        if (whole)
            auth_line_end(&d->extra->auth);
    }
    if (!whole)
        return;
    resync_before_command(d, PENDING_AUTH_RESPONSE);
    hold_begin(d, PENDING_AUTH_RESPONSE);
    replies_expect(d, PENDING_AUTH_RESPONSE, NULL, -1, (struct span){NULL, 0});
    if (!d->server_seen)
        hold_assume(d);
}

static void tls_check(struct dialogue *d, struct span *in)
{
    /* Not only a handshake record: SSLv2's form of a hello begins with its length. */
    bool tls = !ascii_alpha(in->p[0]);

    d->client_mode = tls ? CLIENT_TLS : CLIENT_COMMAND;
    d->encrypted |= tls;
    d->server_mode = tls ? SERVER_TLS_CHECK : SERVER_LINES;
    if (tls && d->tls == SMTP_TLS_NONE)
        d->tls = SMTP_TLS_STARTTLS;
}

static void tls(struct dialogue *d, struct span *in)
{
    if (d->events->tls)
        d->events->tls(d->ctx, SMTP_CLIENT, *in);
    *in = span_from(*in, in->n);
}

void client_consume(struct dialogue *d, struct span *in)
{
    static void (*const take[])(struct dialogue *, struct span *) = {
        [CLIENT_START] = start,            [CLIENT_PROXY] = proxy,
        [CLIENT_COMMAND] = command,
        [CLIENT_CONTENT] = client_content, [CLIENT_CHUNK] = client_chunk,
        [CLIENT_AUTH] = auth_line,         [CLIENT_TLS_CHECK] = tls_check,
        [CLIENT_TLS] = tls,
    };

    while (in->n && d->client_mode != CLIENT_HOLD)
        take[d->client_mode](d, in);
}

/* What waited for a reply is cut off from what comes: it is used by the best guess. */
static void gap_while_held(struct dialogue *d)
{
    hold_assume(d);
    hold_run(d);
    if (d->client_mode != CLIENT_HOLD)
        return;
    if (d->hold == VERB_AUTH || d->hold == PENDING_AUTH_RESPONSE)
        hold_note_strays(d);
    hold_free(d);
    if (d->hold == VERB_DATA) {
        hold_assume_content(d);
    } else {
        hold_release(d, CLIENT_COMMAND);
    }
}

void client_gap(struct dialogue *d, uint64_t bytes)
{
    d->banner_expected &= d->server_seen; /* the client speaks behind it */
    if (d->client_mode == CLIENT_HOLD)
        gap_while_held(d);
    if (d->client_mode == CLIENT_CONTENT || d->client_mode == CLIENT_CHUNK) {
        bytes = client_content_gap(d, bytes);
        if (!bytes)
            return;
    }
    if (d->client_mode == CLIENT_TLS_CHECK) {
        d->client_mode = CLIENT_TLS;
        d->encrypted = true;
        d->server_mode = SERVER_TLS_CHECK;
    }
    if (d->client_mode == CLIENT_TLS)
        return;
    d->unkept = false; /* what ended it may be among them */
    if (d->current)
        d->current->t.missing += bytes;
    else
        d->lost += bytes;
    if (d->client_mode == CLIENT_AUTH || d->client_mode == CLIENT_START ||
        d->client_mode == CLIENT_PROXY)
        d->client_mode = CLIENT_COMMAND;
    d->unsure += bytes;
    line_clear(&d->line[SMTP_CLIENT], d->mem);
    resync_client_gap(d);
}
