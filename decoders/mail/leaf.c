/* SPDX-License-Identifier: Apache-2.0 */
/* leaf: bytes nobody reads are counted at the speed of a scan; identity bodies go on in place. */
#include "decoders/mail/leaf.h"

#include "decoders/mail/base64.h"
#include "decoders/mail/meta_charset.h"

enum { SNIFF_PIECE = 1024 };

static void raise_anomaly(struct leaf *l, enum anomaly a)
{
    if (l->events->anomaly)
        l->events->anomaly(l->ctx, a);
}

static void to_text(void *ctx, struct span utf8)
{
    struct leaf *l = ctx;

    if (l->events->text)
        l->events->text(l->ctx, l->part, utf8);
}

bool leaf_is_read(const struct leaf *l)
{
    return l->want_bytes || l->part->text != MAIL_TEXT_NONE;
}

static void open_text(struct leaf *l, const struct charset *cs)
{
    l->text_open = true;
    charset_begin(&l->text, l->charsets, cs, to_text, l);
}

/* A page whose header names no charset names one itself, or is guessed: head is its first bytes. */
static void open_page(struct leaf *l, struct span head)
{
    const struct charset *cs = meta_charset(head);

    open_text(l, cs ? cs : charset_unknown());
    charset_push(&l->text, head);
}

static void push_text(struct leaf *l, struct span decoded)
{
    size_t n = sizeof(l->meta) - l->meta_n;

    if (!l->text_open && !l->meta_n && decoded.n >= n) {
        open_page(l, decoded);
        return;
    }
    if (!l->text_open) {
        struct span head = span_head(decoded, n);

        memcpy(l->meta + l->meta_n, head.p, head.n);
        l->meta_n = (uint16_t)(l->meta_n + head.n);
        decoded = span_from(decoded, head.n);
        if (l->meta_n == sizeof(l->meta))
            open_page(l, span_of(l->meta, l->meta_n));
    }
    if (decoded.n)
        charset_push(&l->text, decoded);
}

/* What is held goes on: no more of the page's first bytes will come. */
static void end_of_head(struct leaf *l)
{
    if (l->part->text != MAIL_TEXT_NONE && !l->text_open)
        open_page(l, span_of(l->meta, l->meta_n));
}

void leaf_begin(struct leaf *l, struct mail_part *part, enum transfer_encoding e, const struct charset *cs)
{
    l->part = part;
    l->gapped = false;
    transfer_begin(&l->transfer, e);
    sniff_begin(&l->sniff);
    if (!part->whole)
        sniff_gap(&l->sniff);
    l->meta_n = 0;
    l->text_open = false;
    if (part->text == MAIL_TEXT_PLAIN || (part->text == MAIL_TEXT_HTML && cs != charset_unknown()))
        open_text(l, cs);
    if (l->events->part_begin)
        l->events->part_begin(l->ctx, part);
}

static void deliver(struct leaf *l, struct span decoded)
{
    if (!decoded.n)
        return;
    l->part->size += decoded.n;
    if (l->want_bytes && l->events->bytes)
        l->events->bytes(l->ctx, l->part, decoded);
    if (!l->sniff.done)
        sniff_push(&l->sniff, decoded);
    if (l->part->text != MAIL_TEXT_NONE)
        push_text(l, decoded);
}

/* Of a part that nobody reads: decoded until its type is known. Returns the rest, which is only counted. */
static struct span sniff_unread(struct leaf *l, struct span bytes)
{
    uint8_t out[SNIFF_PIECE + TRANSFER_ROOM];

    while (bytes.n && !l->sniff.done) {
        struct transfer_step step = transfer_push(&l->transfer, span_head(bytes, SNIFF_PIECE), out, sizeof(out));

        l->part->size += step.made;
        sniff_push(&l->sniff, span_of(out, step.made));
        bytes = span_from(bytes, step.used);
    }
    return bytes;
}

void leaf_push(struct leaf *l, struct span bytes)
{
    uint8_t out[LEAF_BYTES];

    if (!l->part || !bytes.n)
        return;
    if (!leaf_is_read(l)) {
        if (!l->sniff.done)
            bytes = sniff_unread(l, bytes);
        l->part->size += transfer_count(&l->transfer, bytes);
        return;
    }
    if (l->transfer.encoding == TRANSFER_IDENTITY || l->transfer.encoding == TRANSFER_UNKNOWN) {
        deliver(l, bytes);
        return;
    }
    while (bytes.n) {
        struct transfer_step step = transfer_push(&l->transfer, bytes, out, sizeof(out));

        deliver(l, span_of(out, step.made));
        bytes = span_from(bytes, step.used);
    }
}

bool leaf_count(struct leaf *l, struct span bytes)
{
    if (!l->part || leaf_is_read(l) || !l->sniff.done || l->transfer.encoding != TRANSFER_BASE64)
        return false;
    return base64_count_plain(&l->transfer, bytes, &l->part->size);
}

void leaf_gap(struct leaf *l)
{
    if (!l->part)
        return;
    l->gapped = true;
    l->part->whole = false;
    transfer_gap(&l->transfer);
    sniff_gap(&l->sniff);
    end_of_head(l);
    if (l->text_open)
        charset_gap(&l->text);
}

static void judge_transfer(struct leaf *l)
{
    if (l->transfer.odd && !l->gapped) /* a lost boundary makes the next part look like junk */
        raise_anomaly(l, transfer_anomaly(l->transfer.encoding));
}

void leaf_cut(struct leaf *l)
{
    if (!l->part)
        return;
    judge_transfer(l);
    sniff_gap(&l->sniff);
    l->gapped = true;
    l->part->whole = false;
}

static void finish_transfer(struct leaf *l)
{
    uint8_t out[TRANSFER_ROOM];
    size_t n = transfer_finish(&l->transfer, out);

    if (leaf_is_read(l)) {
        deliver(l, span_of(out, n));
    } else {
        l->part->size += n;
        if (!l->sniff.done)
            sniff_push(&l->sniff, span_of(out, n));
    }
    judge_transfer(l);
}

void leaf_end(struct leaf *l)
{
    if (!l->part)
        return;
    finish_transfer(l);
    end_of_head(l);
    if (l->text_open)
        charset_end(&l->text);
    sniff_end(&l->sniff);
    l->part->sniffed = l->sniff.found.type;
    l->part->encrypted = l->sniff.found.encrypted;
    if (l->events->part_end)
        l->events->part_end(l->ctx, l->part);
    l->part = NULL;
}

void leaf_abandon(struct leaf *l)
{
    if (l->part && l->text_open)
        charset_abandon(&l->text);
    l->part = NULL;
}
