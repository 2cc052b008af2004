/* SPDX-License-Identifier: Apache-2.0 */
/* quoted_printable: runs between escapes are copied whole; what a piece cuts is held byte by byte. */
#include "decoders/base/scan.h"
#include "decoders/mail/quoted_printable.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* What is held turned out to be content. */
static size_t release(struct transfer_decoder *d, uint8_t *out)
{
    size_t n = d->n;

    memcpy(out, d->held, n);
    if (n && d->held[0] == '=')
        d->odd = true;
    d->n = 0;
    return n;
}

/* A line end behind held bytes: = or blanks before it vanish; so does the line end behind =. */
static size_t line_end(struct transfer_decoder *d, uint8_t *out)
{
    bool soft = d->held[0] == '=', cr = d->held[d->n - 1] == '\r';
    size_t n = 0;

    d->n = 0;
    if (soft)
        return 0;
    if (cr)
        out[n++] = '\r';
    out[n++] = '\n';
    return n;
}

/* Whether c may follow what is held without deciding it. */
static bool may_follow(const struct transfer_decoder *d, uint8_t c)
{
    uint8_t last = d->held[d->n - 1];

    if (last == '\r' || (d->n == 2 && d->held[0] == '=' && ascii_hex(last) >= 0))
        return false;
    if (d->n == 1 && last == '=' && ascii_hex(c) >= 0)
        return true;
    return c == '\r' || is_blank(c);
}

/* One byte while something is held. Returns false when c was not used (nothing is held then). */
static bool with_held(struct transfer_decoder *d, uint8_t c, uint8_t *out, size_t *made)
{
    if (d->n == 2 && d->held[0] == '=' && ascii_hex(d->held[1]) >= 0 && ascii_hex(c) >= 0) {
        out[(*made)++] = (uint8_t)(ascii_hex(d->held[1]) << 4 | ascii_hex(c));
        d->n = 0;
        return true;
    }
    if (c == '\n' && !(d->n == 2 && ascii_hex(d->held[1]) >= 0)) {
        *made += line_end(d, out + *made);
        return true;
    }
    if (may_follow(d, c)) {
        d->held[d->n++] = c;
        if (is_blank(c) && d->n > TRANSFER_PADDING) {
            d->long_blanks = true;
            *made += release(d, out + *made);
        }
        return true;
    }
    *made += release(d, out + *made);
    return false;
}

/* Length of the run of blanks at the end of p[0..n), looked at no further than one beyond the padding
 * that counts. */
static size_t blanks_before(const uint8_t *p, size_t n)
{
    size_t k = 0;

    while (k < n && k <= TRANSFER_PADDING && is_blank(p[n - 1 - k]))
        k++;
    return k;
}

/* p[0..n) holds no = and ends with a line end: copies it without transport padding. */
static size_t copy_line(const uint8_t *p, size_t n, uint8_t *out)
{
    size_t eol = n > 1 && p[n - 2] == '\r' ? 2 : 1;
    size_t blanks = blanks_before(p, n - eol);
    size_t keep = n - eol;

    if (blanks <= TRANSFER_PADDING)
        keep -= blanks;
    memcpy(out, p, keep);
    memcpy(out + keep, p + n - eol, eol);
    return keep + eol;
}

/* p[0..n) holds neither = nor line end, and more may come: blanks at its end are held. */
static size_t copy_tail(struct transfer_decoder *d, const uint8_t *p, size_t n, uint8_t *out)
{
    size_t cr = n && p[n - 1] == '\r';
    size_t blanks = blanks_before(p, n - cr);

    if (blanks > TRANSFER_PADDING) {
        d->long_blanks = !cr;
        blanks = 0;
    }
    if (!blanks)
        cr = 0;
    n -= blanks + cr;
    memcpy(out, p, n);
    memcpy(d->held, p + n, blanks + cr);
    d->n = (uint8_t)(blanks + cr);
    return n;
}

/* = at p[0]; n bytes are there. Returns bytes used; 0 when more are needed or it is not simple. */
static size_t escape(const uint8_t *p, size_t n, uint8_t *out, size_t *made)
{
    int hi, lo;

    if (n < 3)
        return 0;
    hi = ascii_hex(p[1]);
    lo = ascii_hex(p[2]);
    if (hi >= 0 && lo >= 0) {
        out[(*made)++] = (uint8_t)(hi << 4 | lo);
        return 3;
    }
    return p[1] == '\r' && p[2] == '\n' ? 3 : p[1] == '\n' ? 2 : 0;
}

/* A run of blanks too long to be padding goes on. */
static size_t pass_blanks(struct transfer_decoder *d, struct span in, uint8_t *out, size_t *made)
{
    size_t i = 0;

    while (i < in.n && is_blank(in.p[i]))
        out[(*made)++] = in.p[i++];
    if (i < in.n)
        d->long_blanks = false;
    return i;
}

/* Nothing is held: up to the next escape, line end or the end of the piece. */
static size_t run(struct transfer_decoder *d, struct span in, uint8_t *out, size_t *made)
{
    size_t at = scan_any3(in, 0, '=', '\n', '\n'), used;

    if (at == in.n) {
        *made += copy_tail(d, in.p, in.n, out + *made);
        return in.n;
    }
    if (in.p[at] == '\n') {
        *made += copy_line(in.p, at + 1, out + *made);
        return at + 1;
    }
    memcpy(out + *made, in.p, at);
    *made += at;
    used = escape(in.p + at, in.n - at, out, made);
    if (!used) {
        d->held[0] = '=';
        d->n = 1;
        used = 1;
    }
    return at + used;
}

size_t quoted_printable_push(struct transfer_decoder *d, struct span in, uint8_t *out)
{
    size_t made = 0, i = 0;

    while (i < in.n) {
        if (d->n)
            i += with_held(d, in.p[i], out, &made);
        else if (d->long_blanks)
            i += pass_blanks(d, span_from(in, i), out, &made);
        else
            i += run(d, span_from(in, i), out, &made);
    }
    return made;
}

/* At the end = and blanks before it are padding too, as if a line end followed. */
size_t quoted_printable_finish(struct transfer_decoder *d, uint8_t *out)
{
    size_t n = 0;

    if (d->n == 2 && d->held[0] == '=' && ascii_hex(d->held[1]) >= 0)
        n = release(d, out);
    d->n = 0;
    d->long_blanks = false;
    return n;
}
