/* SPDX-License-Identifier: Apache-2.0 */
/* quoted_printable: runs between escapes are copied whole; what a piece cuts is held byte by byte. */
#include "decoders/mail/quoted_printable.h"

#include "decoders/base/vector.h"
#include "decoders/mail/quoted_printable_avx2.h"
#include "decoders/mail/quoted_printable_avx512.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define N16 -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1

/* Value of a hexadecimal digit, or -1. */
static const int8_t hex[256] = {
    N16, N16, N16,
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1, -1, -1, -1, -1, -1,
    -1, 10, 11, 12, 13, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1, N16,
    -1, 10, 11, 12, 13, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1, N16,
    N16, N16, N16, N16, N16, N16, N16, N16,
};

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

    if (last == '\r' || (d->n == 2 && d->held[0] == '=' && hex[last] >= 0))
        return false;
    if (d->n == 1 && last == '=' && hex[c] >= 0)
        return true;
    return c == '\r' || is_blank(c);
}

/* One byte while something is held. Returns false when c was not used (nothing is held then). */
static bool with_held(struct transfer_decoder *d, uint8_t c, uint8_t *out, size_t *made)
{
    if (d->n == 2 && d->held[0] == '=' && hex[d->held[1]] >= 0 && hex[c] >= 0) {
        out[(*made)++] = (uint8_t)(hex[d->held[1]] << 4 | hex[c]);
        d->n = 0;
        return true;
    }
    if (c == '\n' && !(d->n == 2 && hex[d->held[1]] >= 0)) {
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

#ifdef __SSE2__
/* Copies 16 bytes; a bit for each that is = or LF. */
static inline unsigned copy_16(const uint8_t *p, uint8_t *out)
{
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);

    _mm_storeu_si128((__m128i *)(void *)out, x);
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('=')), _mm_cmpeq_epi8(x, _mm_set1_epi8('\n'))));
}
#endif

/* Copies up to the first = or LF, or n bytes; returns how many. out has room for n: it is written to in blocks. */
static size_t copy_run(const uint8_t *p, size_t n, uint8_t *out)
{
    size_t i = 0;

#ifdef __SSE2__
    unsigned mask;

    for (; i + 32 <= n; i += 32) {
        mask = copy_16(p + i, out + i);
        mask |= copy_16(p + i + 16, out + i + 16) << 16;
        if (mask)
            return i + (unsigned)__builtin_ctz(mask);
    }
    if (i + 16 <= n) {
        mask = copy_16(p + i, out + i);
        if (mask)
            return i + (unsigned)__builtin_ctz(mask);
        i += 16;
    }
#endif
    for (; i < n && p[i] != '=' && p[i] != '\n'; i++)
        out[i] = p[i];
    return i;
}

/* LF at p[at]; what stands before it was copied. Writes the line end behind the content without its
 * transport padding; returns the line's length. */
static size_t end_line(const uint8_t *p, size_t at, uint8_t *out)
{
    size_t cr = at && p[at - 1] == '\r';
    size_t blanks = blanks_before(p, at - cr);
    size_t keep = at - cr - (blanks <= TRANSFER_PADDING ? blanks : 0);

    if (cr)
        out[keep++] = '\r';
    out[keep++] = '\n';
    return keep;
}

/* p[0..n) was copied, holds neither = nor line end, and more may come: blanks at its end are held.
 * Returns how much of it counts. */
static size_t hold_tail(struct transfer_decoder *d, const uint8_t *p, size_t n)
{
    size_t cr = n && p[n - 1] == '\r';
    size_t blanks = blanks_before(p, n - cr);

    if (blanks > TRANSFER_PADDING) {
        d->long_blanks = !cr;
        blanks = 0;
    }
    if (!blanks)
        return n;
    n -= blanks + cr;
    memcpy(d->held, p + n, blanks + cr);
    d->n = (uint8_t)(blanks + cr);
    return n;
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

/* Escapes that follow one another, from the = at p[0] on; returns bytes used. One that is cut or odd is
 * held. */
static size_t escapes(struct transfer_decoder *d, const uint8_t *p, size_t n, uint8_t *out, size_t *made)
{
    uint8_t *to = out + *made;
    size_t i = 0;

    while (i + 3 <= n && p[i] == '=') {
        int high = hex[p[i + 1]], low = hex[p[i + 2]];

        if (high >= 0 && low >= 0)
            *to++ = (uint8_t)(high << 4 | low);
        else if (p[i + 1] == '\n')
            i--;
        else if (p[i + 1] != '\r' || p[i + 2] != '\n')
            break;
        i += 3;
    }
    *made = (size_t)(to - out);
    if (i == n || p[i] != '=')
        return i;
    d->held[0] = '=';
    d->n = 1;
    return i + 1;
}

/* Many runs at once, up to one that only the way byte by byte can explain; 0 where the processor has no such kernel. */
static inline size_t blocks(struct span in, uint8_t *out, size_t *made)
{
#ifdef __x86_64__
    if (in.n >= QUOTED_PRINTABLE_BLOCK && vector_has_avx512())
        return quoted_printable_avx512(in.p, in.n, out, made);
    if (in.n >= QUOTED_PRINTABLE_HALF && vector_has_pext())
        return quoted_printable_avx2(in.p, in.n, out, made);
#endif
    return 0;
}

/* Nothing is held: up to behind the next escapes, line end or the end of the piece. */
static size_t run(struct transfer_decoder *d, struct span in, uint8_t *out, size_t *made)
{
    size_t used = blocks(in, out, made), at;

    in = span_from(in, used);
    at = copy_run(in.p, in.n, out + *made);
    if (at == in.n) {
        *made += hold_tail(d, in.p, in.n);
        return used + in.n;
    }
    if (in.p[at] == '\n') {
        *made += end_line(in.p, at, out + *made);
        return used + at + 1;
    }
    *made += at;
    return used + at + escapes(d, in.p + at, in.n - at, out, made);
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

    if (d->n == 2 && d->held[0] == '=' && hex[d->held[1]] >= 0)
        n = release(d, out);
    d->n = 0;
    d->long_blanks = false;
    return n;
}
