/* SPDX-License-Identifier: Apache-2.0 */
/* transfer_encoding: the encodings by name, and the call that goes to each. */
#include "decoders/mail/transfer_encoding.h"

#include "decoders/mail/base64.h"
#include "decoders/mail/quoted_printable.h"
#include "decoders/mail/uuencode.h"

static const struct {
    struct span name;
    enum transfer_encoding encoding;
} names[] = {
    {SPAN_INIT("7bit"), TRANSFER_IDENTITY}, {SPAN_INIT("8bit"), TRANSFER_IDENTITY}, {SPAN_INIT("binary"), TRANSFER_IDENTITY},
    {SPAN_INIT("none"), TRANSFER_IDENTITY}, {SPAN_INIT("7-bit"), TRANSFER_IDENTITY}, {SPAN_INIT("8-bit"), TRANSFER_IDENTITY},
    {SPAN_INIT("base64"), TRANSFER_BASE64}, {SPAN_INIT("base-64"), TRANSFER_BASE64}, {SPAN_INIT("b"), TRANSFER_BASE64},
    {SPAN_INIT("quoted-printable"), TRANSFER_QUOTED_PRINTABLE}, {SPAN_INIT("quotedprintable"), TRANSFER_QUOTED_PRINTABLE},
    {SPAN_INIT("quoted_printable"), TRANSFER_QUOTED_PRINTABLE}, {SPAN_INIT("q"), TRANSFER_QUOTED_PRINTABLE},
    {SPAN_INIT("x-uuencode"), TRANSFER_UUENCODE}, {SPAN_INIT("uuencode"), TRANSFER_UUENCODE}, {SPAN_INIT("x-uue"), TRANSFER_UUENCODE},
    {SPAN_INIT("uue"), TRANSFER_UUENCODE},
};

static bool is_token(uint8_t c)
{
    return ascii_alnum(c) || c == '-' || c == '_';
}

/* A leading comment is stepped over, nested ones counted. */
static size_t skip_comment(struct span s, size_t i)
{
    int depth = 0;

    for (; i < s.n; i++) {
        if (s.p[i] == '(')
            depth++;
        else if (s.p[i] == ')' && --depth <= 0)
            return i + 1;
    }
    return i;
}

enum transfer_encoding transfer_encoding_find(struct span value)
{
    size_t i = 0, end;

    while (i < value.n && !is_token(value.p[i]))
        i = value.p[i] == '(' ? skip_comment(value, i) : i + 1;
    for (end = i; end < value.n && is_token(value.p[end]);)
        end++;
    value = span_of(value.p + i, end - i);
    if (!value.n)
        return TRANSFER_IDENTITY;
    for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
        if (span_eq_nocase(value, names[k].name))
            return names[k].encoding;
    return TRANSFER_UNKNOWN;
}

enum anomaly transfer_anomaly(enum transfer_encoding e)
{
    return e == TRANSFER_QUOTED_PRINTABLE ? ANOMALY_MIME_QP_INVALID : ANOMALY_MIME_BASE64_INVALID;
}

void transfer_begin(struct transfer_decoder *d, enum transfer_encoding e)
{
    d->encoding = e;
    d->odd = d->long_blanks = false;
    d->n = d->padding = d->uu = d->left = 0;
    d->bits = 0;
}

/* Every decoder makes at most the bytes it takes and those it held, so a piece that leaves room for
 * those cannot overrun. */
struct transfer_step transfer_push(struct transfer_decoder *d, struct span in, uint8_t *out, size_t room)
{
    struct transfer_step step;

    in = span_head(in, room - sizeof(d->held));
    step.used = in.n;
    switch (d->encoding) {
    case TRANSFER_BASE64:
        step.made = base64_push(d, in, out);
        break;
    case TRANSFER_QUOTED_PRINTABLE:
        step.made = quoted_printable_push(d, in, out);
        break;
    case TRANSFER_UUENCODE:
        step.made = uuencode_push(d, in, out);
        break;
    default:
        memcpy(out, in.p, in.n);
        step.made = in.n;
    }
    return step;
}

uint64_t transfer_count(struct transfer_decoder *d, struct span in)
{
    uint8_t scratch[2048];
    uint64_t made = 0;

    if (d->encoding == TRANSFER_BASE64)
        return base64_count(d, in);
    if (d->encoding == TRANSFER_IDENTITY || d->encoding == TRANSFER_UNKNOWN)
        return in.n;
    while (in.n) {
        struct transfer_step step = transfer_push(d, in, scratch, sizeof(scratch));

        made += step.made;
        in = span_from(in, step.used);
    }
    return made;
}

size_t transfer_finish(struct transfer_decoder *d, uint8_t *out)
{
    uint8_t scratch[TRANSFER_ROOM];

    if (!out)
        out = scratch;
    if (d->encoding == TRANSFER_BASE64)
        return base64_finish(d, out);
    if (d->encoding == TRANSFER_QUOTED_PRINTABLE)
        return quoted_printable_finish(d, out);
    return 0;
}

void transfer_gap(struct transfer_decoder *d)
{
    if (d->encoding == TRANSFER_UUENCODE) {
        uuencode_gap(d);
        return;
    }
    d->n = 0;
    d->bits = 0;
    d->padding = 0;
    d->long_blanks = false;
}
