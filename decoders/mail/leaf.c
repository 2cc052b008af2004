/* SPDX-License-Identifier: Apache-2.0 */
/* leaf: bytes nobody reads are counted at the speed of a scan; identity bodies go on in place. */
#include "decoders/mail/leaf.h"

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

static bool is_read(const struct leaf *l)
{
    return l->want_bytes || l->part->text != MAIL_TEXT_NONE;
}

void leaf_begin(struct leaf *l, struct mail_part *part, enum transfer_encoding e, const struct charset *cs)
{
    l->part = part;
    l->gapped = false;
    transfer_begin(&l->transfer, e);
    if (part->text != MAIL_TEXT_NONE)
        charset_begin(&l->text, l->charsets, cs, to_text, l);
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
    if (l->part->text != MAIL_TEXT_NONE)
        charset_push(&l->text, decoded);
}

void leaf_push(struct leaf *l, struct span bytes)
{
    uint8_t out[LEAF_BYTES];

    if (!l->part || !bytes.n)
        return;
    if (!is_read(l)) {
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

void leaf_gap(struct leaf *l)
{
    if (!l->part)
        return;
    l->gapped = true;
    l->part->whole = false;
    transfer_gap(&l->transfer);
    if (l->part->text != MAIL_TEXT_NONE)
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
    l->gapped = true;
    l->part->whole = false;
}

static void finish_transfer(struct leaf *l)
{
    uint8_t out[TRANSFER_ROOM];
    size_t n = transfer_finish(&l->transfer, out);

    if (is_read(l))
        deliver(l, span_of(out, n));
    else
        l->part->size += n;
    judge_transfer(l);
}

void leaf_end(struct leaf *l)
{
    if (!l->part)
        return;
    finish_transfer(l);
    if (l->part->text != MAIL_TEXT_NONE)
        charset_end(&l->text);
    if (l->events->part_end)
        l->events->part_end(l->ctx, l->part);
    l->part = NULL;
}
