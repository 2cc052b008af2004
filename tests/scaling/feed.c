/* SPDX-License-Identifier: Apache-2.0 */
/* feed: hostile bytes of any length, cut into pieces, through dialogue, message, header fields and links. */
#include "tests/scaling/feed.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "decoders/mail/authentication.h"
#include "decoders/mail/encoded_word.h"
#include "decoders/mail/mailbox.h"
#include "decoders/mail/received.h"

static struct feed *of(void *ctx)
{
    return ctx;
}

/* --- message: every field is read as the sensor reads it --- */

static void read_addresses(struct feed *f, struct span value)
{
    const struct mailbox *boxes;
    uint32_t n;

    mailbox_parse(arena_dup(&f->arena, value), message_charsets(f->message), &f->arena, &boxes, &n);
    for (uint32_t i = 0; i < n; i++)
        f->fields += mailbox_text(&boxes[i], &f->arena).n > 0;
}

static void read_received(struct feed *f, struct span value)
{
    struct received r;
    struct authentication a = {0};

    received_parse(value, &r);
    authentication_results_parse(value, &a);
    received_spf_parse(value, &a);
    f->fields += r.has_date;
}

static void on_field(void *ctx, enum field_name which, struct span name, struct span value)
{
    struct feed *f = of(ctx);
    anomaly_set odd = 0;

    (void)name;
    if (which == FIELD_TO || which == FIELD_FROM)
        read_addresses(f, value);
    else if (which == FIELD_RECEIVED)
        read_received(f, value);
    f->fields += encoded_word_text(message_charsets(f->message), &f->arena, value, &odd).n > 0;
}

static void on_part_begin(void *ctx, const struct mail_part *p)
{
    if (p->text != MAIL_TEXT_NONE)
        links_part_begin(of(ctx)->links, LINK_IN_HTML, p->text == MAIL_TEXT_HTML);
}

static void on_text(void *ctx, const struct mail_part *p, struct span utf8)
{
    (void)p;
    of(ctx)->content += utf8.n;
    links_push(of(ctx)->links, utf8);
}

static void on_part_end(void *ctx, const struct mail_part *p)
{
    of(ctx)->parts++;
    if (p->text != MAIL_TEXT_NONE)
        links_part_end(of(ctx)->links);
}

static const struct message_events message_events = {
    .field = on_field, .part_begin = on_part_begin, .text = on_text, .part_end = on_part_end, .other_fields = true};

/* --- dialogue --- */

static void on_begin(void *ctx, uint32_t id)
{
    (void)id;
    of(ctx)->mails++;
}

static void on_content(void *ctx, uint32_t id, struct span bytes)
{
    struct feed *f = of(ctx);

    (void)id;
    if (message_state(f->message) == MESSAGE_EMPTY) {
        arena_reset(&f->arena);
        links_reset(f->links, &f->arena);
        message_reset(f->message, &f->arena, f);
    }
    message_push(f->message, bytes);
}

static void on_content_end(void *ctx, uint32_t id, bool complete)
{
    struct feed *f = of(ctx);
    uint32_t n;

    (void)id;
    message_finish(f->message, complete);
    links_all(f->links, &n);
    f->urls += n;
    arena_reset(&f->arena);
    links_reset(f->links, &f->arena);
    message_reset(f->message, &f->arena, f);
}

static const struct dialogue_events dialogue_events = {
    .begin = on_begin, .content = on_content, .content_end = on_content_end};

static void *demand(void *p)
{
    if (!p) {
        fprintf(stderr, "scaling: no memory\n");
        exit(1);
    }
    return p;
}

static void to_dialogue(struct feed *f, enum smtp_side side, struct span piece)
{
    dialogue_push(f->dialogue, side, piece);
}

static void lost_to_dialogue(struct feed *f, enum smtp_side side, uint64_t bytes)
{
    dialogue_gap(f->dialogue, side, bytes);
}

void feed_open(struct feed *f, struct mem *m, const struct suffix *suffix, size_t piece, uint64_t bytes)
{
    static const struct hash_key key = {1, 2};
    static const struct dialogue_options options = {0};

    memset(f, 0, offsetof(struct feed, room));
    f->n = 0;
    f->side = SMTP_SERVER;
    f->deliver = to_dialogue;
    f->lose = lost_to_dialogue;
    f->mem = m;
    f->piece = piece;
    f->left = bytes;
    arena_init(&f->arena, m, LIMIT_RECORD_BYTES);
    f->message = demand(message_new(m, &message_events, false));
    f->links = demand(links_new(m, &key, suffix));
    links_reset(f->links, &f->arena);
    message_reset(f->message, &f->arena, f);
    f->dialogue = demand(dialogue_new(m, &dialogue_events, f, &options));
}

void feed_flush(struct feed *f)
{
    for (size_t at = 0; at < f->n; at += f->piece)
        f->deliver(f, f->side, span_of(f->room + at, f->piece < f->n - at ? f->piece : f->n - at));
    f->n = 0;
}

void feed_gap(struct feed *f, enum smtp_side side, uint64_t bytes)
{
    feed_flush(f);
    f->lose(f, side, bytes);
}

void feed_close(struct feed *f)
{
    feed_flush(f);
    dialogue_finish(f->dialogue);
    dialogue_free(f->dialogue);
    message_free(f->message);
    links_free(f->links);
    arena_free(&f->arena);
}

void feed_bytes(struct feed *f, enum smtp_side side, struct span s)
{
    if (side != f->side || f->n + s.n > FEED_ROOM)
        feed_flush(f);
    f->side = side;
    memcpy(f->room + f->n, s.p, s.n);
    f->n += s.n;
    f->left -= s.n < f->left ? s.n : f->left;
}

void feed_text(struct feed *f, enum smtp_side side, const char *text)
{
    feed_bytes(f, side, span_cstr(text));
}

void feed_format(struct feed *f, enum smtp_side side, const char *format, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    feed_text(f, side, text);
}

bool feed_more(const struct feed *f)
{
    return f->left > 0;
}

void feed_repeat(struct feed *f, enum smtp_side side, const char *unit)
{
    struct span s = span_cstr(unit);

    while (feed_more(f))
        feed_bytes(f, side, s);
}

void feed_greet(struct feed *f)
{
    feed_text(f, SMTP_SERVER, "220 mx ESMTP\r\n");
    feed_text(f, SMTP_CLIENT, "EHLO c\r\n");
    feed_text(f, SMTP_SERVER, "250-mx\r\n250 PIPELINING\r\n");
}

void feed_mail(struct feed *f, const char *header)
{
    feed_greet(f);
    feed_text(f, SMTP_CLIENT, "MAIL FROM:<a@c.example>\r\nRCPT TO:<b@mx.example>\r\nDATA\r\n");
    feed_text(f, SMTP_SERVER, "250 ok\r\n250 ok\r\n354 go\r\n");
    feed_text(f, SMTP_CLIENT, header);
}

void feed_mail_end(struct feed *f)
{
    feed_text(f, SMTP_CLIENT, "\r\n.\r\n");
    feed_text(f, SMTP_SERVER, "250 2.0.0 Ok: queued as Q1\r\n");
}
