/* SPDX-License-Identifier: Apache-2.0 */
/* mail_decoder: joins message and links; header fields are header_fields.c's business. */
#include "sensor/flows/mail_decoder.h"

#include "decoders/link/tag_memo.h"
#include "sensor/flows/body_fields.h"
#include "sensor/flows/header_fields.h"
#include "sensor/flows/header_links.h"
#include "sensor/flows/part_hash.h"

struct mail_decoder {
    struct mail_decoder *next; /* idle ones */
    struct mail_decoders *pool;
    struct message *message;
    struct links *links;
    struct record *r;
    struct header_fields fields;
    struct list parts;        /* struct record_part */
    struct body_text body;
    struct part_hash *hash;   /* --hash, else NULL */
    struct buf raw_header;    /* --keep-headers */
    uint64_t refused;         /* the pool's refused requests when the mail began */
    bool header_over;
    bool plain, shown;        /* the open part is text that people see: as it is, or as HTML */
    bool slot;                /* the open part has the last place in parts */
};

struct mail_decoders {
    struct mem *mem;
    struct hash_key key;
    const struct suffix *suffix;
    struct charset_memos *memos; /* NULL: memory was refused, conversion is slower */
    struct tag_memo *tags;       /* NULL: so it was, and every tag is read */
    struct mail_reader_options options;
    struct mail_decoder *idle;
};

static struct mail_decoder *of(void *ctx)
{
    return ctx;
}

static void on_field(void *ctx, enum field_name which, struct span name, struct span value)
{
    struct mail_decoder *x = of(ctx);

    (void)name;
    header_field(&x->fields, which, value);
    if (which == FIELD_SUBJECT)
        value = x->r->email.subject; /* decoded */
    header_links(x->links, which, value);
}

static void on_header_end(void *ctx)
{
    struct mail_decoder *x = of(ctx);

    x->header_over = true;
    body_fields_header(&x->body, x->r);
}

static enum link_in where(const struct mail_part *p)
{
    if (p->attachment)
        return LINK_IN_ATTACHMENT;
    return p->text == MAIL_TEXT_HTML ? LINK_IN_HTML : LINK_IN_TEXT;
}

static bool has_content_lines(const struct mail_part *p)
{
    static const struct span types[] = {SPAN_INIT("text/calendar"), SPAN_INIT("text/x-vcalendar"), SPAN_INIT("text/vcard"),
                                        SPAN_INIT("text/x-vcard"), SPAN_INIT("text/directory")};

    for (size_t i = 0; p->text == MAIL_TEXT_PLAIN && i < sizeof(types) / sizeof(*types); i++)
        if (span_eq(p->type, types[i]))
            return true;
    return false;
}

static void on_part_begin(void *ctx, const struct mail_part *part)
{
    struct mail_decoder *x = of(ctx);
    struct record_part *slot =
        part->shared ? NULL : list_add(&x->parts, &x->r->arena, sizeof(*slot), LIMIT_MIME_PARTS);

    x->slot = slot != NULL;
    if (slot)
        slot->mail = part;
    else
        anomaly_raise(&x->r->anomalies, ANOMALY_MIME_TOO_MANY_PARTS);
    if (x->hash)
        part_hash_begin(x->hash);
    x->plain = part->text == MAIL_TEXT_PLAIN && !part->attachment && !has_content_lines(part);
    x->shown = part->text == MAIL_TEXT_HTML && !part->attachment;
    if (has_content_lines(part))
        links_part_begin_lines(x->links, where(part));
    else if (part->text != MAIL_TEXT_NONE)
        links_part_begin(x->links, where(part), part->text == MAIL_TEXT_HTML);
}

/* What HTML shows is told by links, which reads it anyway. */
static void on_text(void *ctx, const struct mail_part *part, struct span utf8)
{
    struct mail_decoder *x = of(ctx);

    if (x->plain)
        body_text_push(&x->body, utf8);
    (void)part;
    links_push(x->links, utf8);
}

static void on_visible(void *ctx, struct span piece)
{
    struct mail_decoder *x = of(ctx);

    if (x->shown)
        body_text_push(&x->body, piece);
}

static void on_last(void *ctx, struct span piece)
{
    struct mail_decoder *x = of(ctx);

    if (x->shown)
        body_text_last(&x->body, piece);
}

static void on_space(void *ctx, size_t n)
{
    struct mail_decoder *x = of(ctx);

    if (x->shown)
        body_text_space(&x->body, n);
}

static void on_border(void *ctx)
{
    body_text_break(&of(ctx)->body);
}

static void on_bytes(void *ctx, const struct mail_part *part, struct span bytes)
{
    (void)part;
    part_hash_push(of(ctx)->hash, bytes);
}

/* A digest of half a file names no file: there is none then. */
static void take_digest(struct mail_decoder *x, const struct mail_part *part)
{
    struct record_part *last = (struct record_part *)x->parts.items + (x->parts.n - 1);

    if (x->slot && part->whole)
        last->sha256 = part_hash_end(x->hash, &x->r->arena);
}

static void on_part_end(void *ctx, const struct mail_part *part)
{
    struct mail_decoder *x = of(ctx);

    if (part->text != MAIL_TEXT_NONE)
        links_part_end(x->links);
    body_text_break(&x->body);
    if (x->hash && x->parts.n)
        take_digest(x, part);
}

static void on_anomaly(void *ctx, enum anomaly a)
{
    anomaly_raise(&of(ctx)->r->anomalies, a);
}

static const struct message_events events = {
    .field = on_field,
    .header_end = on_header_end,
    .part_begin = on_part_begin,
    .text = on_text,
    .bytes = on_bytes,
    .part_end = on_part_end,
    .anomaly = on_anomaly,
};

struct mail_decoders *mail_decoders_new(struct mem *m, const struct hash_key *key, const struct suffix *suffix,
                                      const struct mail_reader_options *o)
{
    struct mail_decoders *p = mem_zalloc(m, sizeof(*p));

    if (!p)
        return NULL;
    *p = (struct mail_decoders){.mem = m, .key = *key, .suffix = suffix, .options = *o};
    p->memos = charset_memos_new(m);
    p->tags = tag_memo_new(m);
    return p;
}

static void decoder_free(struct mail_decoder *x)
{
    struct mail_decoders *p = x->pool;

    if (x->message)
        message_free(x->message);
    if (x->links)
        links_free(x->links);
    part_hash_free(x->hash);
    buf_free(&x->raw_header);
    mem_free(p->mem, x, sizeof(*x));
}

void mail_decoders_free(struct mail_decoders *p)
{
    struct mail_decoder *next;

    if (!p)
        return;
    for (struct mail_decoder *x = p->idle; x; x = next) {
        next = x->next;
        decoder_free(x);
    }
    charset_memos_free(p->memos);
    tag_memo_free(p->tags);
    mem_free(p->mem, p, sizeof(*p));
}

bool mail_decoders_trim(struct mail_decoders *p)
{
    struct mail_decoder *x = p->idle;

    if (!x)
        return false;
    p->idle = x->next;
    decoder_free(x);
    return true;
}

static struct mail_decoder *decoder_new(struct mail_decoders *p)
{
    struct mail_decoder *x = mem_zalloc(p->mem, sizeof(*x));

    if (!x)
        return NULL;
    x->pool = p;
    buf_init(&x->raw_header, p->mem, LIMIT_HEADER_BYTES);
    x->message = message_new(p->mem, &events, p->options.hash_parts);
    x->links = links_new(p->mem, &p->key, p->suffix);
    x->hash = p->options.hash_parts ? part_hash_new() : NULL;
    if (!x->message || !x->links || (p->options.hash_parts && !x->hash)) {
        decoder_free(x);
        return NULL;
    }
    links_show_text(x->links, &(struct visible_text){on_visible, on_border, on_space, on_last, x});
    links_remember(x->links, p->tags);
    charsets_remember(message_charsets(x->message), p->memos);
    return x;
}

/* The record was begun at MAIL, and other mails came between: what the header fills lies in a farther cache. */
static void fetch(const struct record *r)
{
    for (size_t i = 0; i < sizeof(r->email); i += 64)
        __builtin_prefetch((const char *)&r->email + i, 1);
}

struct mail_decoder *mail_decoder_take(struct mail_decoders *p, struct record *r)
{
    struct mail_decoder *x = p->idle;

    fetch(r);
    if (x)
        p->idle = x->next;
    else
        x = decoder_new(p);
    if (!x)
        return NULL;
    x->r = r;
    x->parts = (struct list){0};
    x->refused = p->mem->refused;
    x->header_over = false;
    buf_clear(&x->raw_header);
    links_reset(x->links, &r->arena);
    body_text_begin(&x->body, &r->arena);
    x->plain = x->shown = false;
    message_reset(x->message, &r->arena, x);
    header_fields_begin(&x->fields, r, message_charsets(x->message));
    return x;
}

void mail_decoder_push(struct mail_decoder *x, struct span bytes)
{
    if (x->pool->options.keep_headers && !x->header_over)
        buf_add(&x->raw_header, bytes);
    message_push(x->message, bytes);
}

bool mail_decoder_only_counts(const struct mail_decoder *x)
{
    return message_only_counts(x->message);
}

void mail_decoder_gap(struct mail_decoder *x, uint64_t bytes)
{
    message_gap(x->message, bytes);
    links_gap(x->links);
    body_text_lost(&x->body);
}

/* As sent, up to where the parser says that it ended: an empty line, a boundary, or lines that are no header. */
static struct span raw_header(const struct mail_decoder *x)
{
    struct span s = buf_whole(&x->raw_header);

    if (!x->header_over)
        return s;
    s = span_head(s, message_header_bytes(x->message));
    if (span_ends_nocase(s, SPAN("\n\r\n")))
        s.n -= 2;
    else if (span_ends_nocase(s, SPAN("\n\n")))
        s.n--;
    return s;
}

static bool short_of_memory(const struct mail_decoder *x)
{
    return x->pool->mem->refused != x->refused || x->r->arena.mem->refused;
}

/* Where memory was refused, a link may be the middle of another, or what an a element shows instead of where it
 * leads: none is told. */
static void take_links(struct mail_decoder *x)
{
    struct record *r = x->r;

    r->links = links_all(x->links, &r->links_n);
    r->anomalies |= links_anomalies(x->links);
    if (short_of_memory(x))
        r->links_n = 0;
}

static void take_results(struct mail_decoder *x)
{
    struct record *r = x->r;

    r->email.state = message_state(x->message);
    r->has_email = r->email.state != MESSAGE_EMPTY;
    take_links(x);
    if (!short_of_memory(x))
        body_fields_take(&x->body, r);
    r->parts = x->parts.items;
    r->parts_n = x->parts.n;
    x->fields.short_of_memory = short_of_memory(x);
    header_fields_end(&x->fields, x->pool->options.authserv, x->pool->options.authserv_n);
    if (raw_header(x).n && !short_of_memory(x))
        r->header_block = arena_dup(&r->arena, raw_header(x));
    if (r->arena.refused)
        anomaly_raise(&r->anomalies, ANOMALY_RECORD_TOO_LARGE);
}

void mail_decoder_finish(struct mail_decoder *x, bool complete)
{
    message_finish(x->message, complete);
    if (!complete)
        body_text_lost(&x->body);
    take_results(x);
    x->r = NULL;
    x->next = x->pool->idle;
    x->pool->idle = x;
}
