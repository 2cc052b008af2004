/* SPDX-License-Identifier: Apache-2.0 */
/* The SMTP dialogue of one connection, as turns that alternate between client and server. */
#define _GNU_SOURCE /* memmem */
#include "dialogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const HOST[SERVER_KINDS] = {"mx1.recv-example.co.jp", "mx2.recv-example.co.jp",
                                               "mx3.recv-example.co.jp"};

void dialogue_free(struct dialogue *d)
{
    buf_free(&d->bytes);
    free(d->turns);
}

/* What is added to bytes from here on belongs to this turn; the same side goes on with its turn. */
static void turn(struct dialogue *d, enum side side, uint32_t think_us)
{
    if (d->count && d->turns[d->count - 1].side == side)
        return;
    if (d->count == d->cap) {
        d->cap = d->cap ? d->cap * 2 : 64;
        d->turns = realloc(d->turns, d->cap * sizeof(*d->turns));
        if (!d->turns) {
            fputs("corpus: out of memory\n", stderr);
            exit(1);
        }
    }
    d->turns[d->count++] = (struct turn){side, d->bytes.len, 0, think_us};
}

static void said(struct dialogue *d)
{
    struct turn *t = &d->turns[d->count - 1];
    t->len = d->bytes.len - t->at;
}

static void client(struct prng *p, struct dialogue *d)
{
    turn(d, CLIENT, prng_between(p, 50, 3000));
}

static void server(struct prng *p, struct dialogue *d)
{
    turn(d, SERVER,
         prng_chance(p, 100) ? prng_between(p, 20000, 200000) : prng_between(p, 80, 4000));
}

static void banner(struct dialogue *d)
{
    static const char *const text[SERVER_KINDS] = {
        "220 mx1.recv-example.co.jp ESMTP Postfix\r\n",
        "220 mx2.recv-example.co.jp ESMTP Exim 4.96 Tue, 05 Mar 2024 17:00:00 +0900\r\n",
        "220-mx3.recv-example.co.jp ESMTP Sendmail 8.17.1/8.17.1\r\n220 No unsolicited commercial mail, please\r\n"};
    buf_str(&d->bytes, text[d->server]);
}

static void ehlo_reply(struct dialogue *d, const char *client_name)
{
    struct buf *b = &d->bytes;

    if (!d->esmtp) {
        buf_printf(b, "250 %s\r\n", HOST[d->server]);
    } else if (d->server == POSTFIX) {
        buf_printf(
            b,
            "250-%s\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n250-ETRN\r\n250-ENHANCEDSTATUSCODES\r\n"
            "250-8BITMIME\r\n250-DSN\r\n250 CHUNKING\r\n",
            HOST[POSTFIX]);
    } else if (d->server == EXIM) {
        buf_printf(
            b,
            "250-%s Hello %s\r\n250-SIZE 52428800\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 HELP\r\n",
            HOST[EXIM], client_name);
    } else {
        buf_printf(
            b,
            "250-%s Hello %s, pleased to meet you\r\n250-ENHANCEDSTATUSCODES\r\n250-PIPELINING\r\n"
            "250-8BITMIME\r\n250-SIZE\r\n250-DSN\r\n250-DELIVERBY\r\n250 HELP\r\n",
            HOST[SENDMAIL], client_name);
    }
}

void dialogue_begin(struct prng *p, struct dialogue *d, enum server_kind kind,
                    const char *client_name)
{
    buf_reset(&d->bytes);
    d->count = 0;
    d->server = kind;
    d->esmtp = !prng_chance(p, 50);
    d->pipelining = d->esmtp && prng_chance(p, 450);
    server(p, d);
    banner(d);
    said(d);
    client(p, d);
    buf_printf(&d->bytes, "%s %s\r\n", d->esmtp ? "EHLO" : "HELO", client_name);
    said(d);
    server(p, d);
    ehlo_reply(d, client_name);
    said(d);
}

static void mail_reply(struct dialogue *d, const char *from)
{
    static const char *const text[SERVER_KINDS] = {"250 2.1.0 Ok\r\n", "250 OK\r\n", NULL};
    if (text[d->server])
        buf_str(&d->bytes, text[d->server]);
    else
        buf_printf(&d->bytes, "250 2.1.0 <%s>... Sender ok\r\n", from);
}

static void rcpt_reply(struct dialogue *d, const char *to, int refused)
{
    static const char *const good[SERVER_KINDS] = {"250 2.1.5 Ok\r\n", "250 Accepted\r\n", NULL};

    d->refused += (uint32_t)refused;
    if (refused && d->server == POSTFIX)
        buf_printf(&d->bytes, "550 5.1.1 <%s>: Recipient address rejected: User unknown\r\n", to);
    else if (refused && d->server == EXIM)
        buf_printf(&d->bytes, "550-Unrouteable address: %s\r\n550 Unknown user\r\n", to);
    else if (refused)
        buf_printf(&d->bytes, "550 5.1.1 <%s>... User unknown\r\n", to);
    else if (good[d->server])
        buf_str(&d->bytes, good[d->server]);
    else
        buf_printf(&d->bytes, "250 2.1.5 <%s>... Recipient ok\r\n", to);
}

static void data_reply(struct dialogue *d)
{
    static const char *const text[SERVER_KINDS] = {
        "354 End data with <CR><LF>.<CR><LF>\r\n",
        "354 Enter message, ending with \".\" on a line by itself\r\n",
        "354 Enter mail, end with \".\" on a line by itself\r\n"};
    buf_str(&d->bytes, text[d->server]);
}

static void final_reply(struct prng *p, struct dialogue *d)
{
    unsigned a = prng_below(p, 1u << 31), b = prng_below(p, 1u << 20);

    if (d->server == POSTFIX)
        buf_printf(&d->bytes, "250 2.0.0 Ok: queued as %05X%05X\r\n", b, a & 0xfffff);
    else if (d->server == EXIM)
        buf_printf(&d->bytes, "250 OK id=1rhX%02x-0000%02x-1a\r\n", a & 255, b & 255);
    else
        buf_printf(&d->bytes, "250 2.0.0 4258%04x%06u Message accepted for delivery\r\n",
                   a & 0xffff, b % 1000000);
}

static void mail_command(struct dialogue *d, const struct mail_plan *plan, const struct mail *m)
{
    buf_printf(&d->bytes, "MAIL FROM:<%s>", plan->sender);
    if (d->esmtp)
        buf_printf(&d->bytes, " SIZE=%zu", m->bytes.len);
    if (d->esmtp && plan->transfer == EIGHT_BIT)
        buf_str(&d->bytes, " BODY=8BITMIME");
    buf_str(&d->bytes, "\r\n");
}

/* RFC 5321 4.5.2: a line that begins with a dot gets one more. */
static void stuffed(struct buf *out, const uint8_t *data, size_t n)
{
    const uint8_t *end = data + n, *line = data;

    while (line < end) {
        if (*line == '.')
            buf_str(out, ".");
        const uint8_t *dot = memmem(line, (size_t)(end - line), "\r\n.", 3);
        const uint8_t *stop = dot ? dot + 2 : end;
        buf_add(out, line, (size_t)(stop - line));
        line = stop;
    }
}

static void envelope(struct prng *p, struct dialogue *d, const struct mail_plan *plan,
                     const struct mail *m, uint32_t refused)
{
    uint32_t step = 0, steps = plan->rcpts + 2;

    while (step < steps) {
        uint32_t first = step;
        client(p, d);
        do {
            if (step == 0)
                mail_command(d, plan, m);
            else if (step < steps - 1)
                buf_printf(&d->bytes, "RCPT TO:<%s>\r\n", plan->rcpt[step - 1]);
            else
                buf_str(&d->bytes, "DATA\r\n");
            step++;
        } while (d->pipelining && step < steps);
        said(d);
        server(p, d);
        for (uint32_t i = first; i < step; i++) {
            if (i == 0)
                mail_reply(d, plan->sender);
            else if (i < steps - 1)
                rcpt_reply(d, plan->rcpt[i - 1], i - 1 == refused);
            else
                data_reply(d);
        }
        said(d);
    }
}

void dialogue_mail(struct prng *p, struct dialogue *d, const struct mail_plan *plan,
                   const struct mail *m, int last)
{
    int refuse = plan->rcpts > 1 && prng_chance(p, 120);

    envelope(p, d, plan, m, refuse ? plan->rcpts - 1 : UINT32_MAX);
    client(p, d);
    stuffed(&d->bytes, m->bytes.data, m->bytes.len);
    buf_str(&d->bytes, ".\r\n");
    if (last && d->pipelining)
        buf_str(&d->bytes, "QUIT\r\n");
    said(d);
    server(p, d);
    final_reply(p, d);
    said(d);
}

void dialogue_end(struct prng *p, struct dialogue *d)
{
    if (!d->pipelining) {
        client(p, d);
        buf_str(&d->bytes, "QUIT\r\n");
        said(d);
        server(p, d);
    }
    buf_str(&d->bytes, d->server == POSTFIX ? "221 2.0.0 Bye\r\n" : "221 closing connection\r\n");
    said(d);
}
