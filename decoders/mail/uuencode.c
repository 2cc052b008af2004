/* SPDX-License-Identifier: Apache-2.0 */
/* uuencode: one state for each place in the file, so that it can be cut anywhere. */
#include "decoders/mail/uuencode.h"

enum uu_place {
    UU_BEFORE,   /* matching "begin " at a line's start, n bytes matched */
    UU_PREAMBLE, /* in a line that is not it */
    UU_NAME,     /* behind "begin " */
    UU_LENGTH,   /* at the start of a data line */
    UU_DATA,     /* left bytes of the line are due */
    UU_REST,     /* behind them */
    UU_AFTER     /* end was met */
};

static size_t group(struct transfer_decoder *d, uint8_t c, uint8_t *out)
{
    size_t n = 0;

    d->bits = d->bits << 6 | ((c - 32u) & 63);
    if (++d->n < 4)
        return 0;
    for (int shift = 16; shift >= 0 && d->left; shift -= 8, d->left--)
        out[n++] = (uint8_t)(d->bits >> shift);
    d->n = 0;
    d->bits = 0;
    if (!d->left)
        d->uu = UU_REST;
    return n;
}

static void begin_line(struct transfer_decoder *d, uint8_t c)
{
    unsigned length = (c - 32u) & 63;

    d->n = 0;
    d->bits = 0;
    d->left = (uint8_t)length;
    if (c < 32 || c > 96) {
        d->uu = c == 'e' ? UU_AFTER : UU_REST;
        d->odd |= c != 'e' && c != '\r';
        return;
    }
    d->uu = length ? UU_DATA : UU_REST;
}

static void match_begin(struct transfer_decoder *d, uint8_t c)
{
    static const char begin[] = "begin ";

    if (c != (uint8_t)begin[d->n]) {
        d->uu = UU_PREAMBLE;
    } else if (!begin[++d->n]) {
        d->uu = UU_NAME;
    }
}

static void end_line(struct transfer_decoder *d)
{
    if (d->uu == UU_DATA)
        d->odd = true;
    d->n = 0;
    if (d->uu == UU_PREAMBLE || d->uu == UU_BEFORE)
        d->uu = UU_BEFORE;
    else if (d->uu != UU_AFTER)
        d->uu = UU_LENGTH;
}

size_t uuencode_push(struct transfer_decoder *d, struct span in, uint8_t *out)
{
    size_t made = 0;

    for (size_t i = 0; i < in.n && d->uu != UU_AFTER; i++) {
        uint8_t c = in.p[i];

        if (c == '\n')
            end_line(d);
        else if (d->uu == UU_DATA && c >= 32)
            made += group(d, c, out + made);
        else if (d->uu == UU_LENGTH)
            begin_line(d, c);
        else if (d->uu == UU_BEFORE)
            match_begin(d, c);
    }
    return made;
}

void uuencode_gap(struct transfer_decoder *d)
{
    d->n = 0;
    d->bits = 0;
    if (d->uu == UU_BEFORE)
        d->uu = UU_PREAMBLE;
    else if (d->uu == UU_NAME || d->uu == UU_LENGTH || d->uu == UU_DATA)
        d->uu = UU_REST;
}
