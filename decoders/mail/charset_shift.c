/* SPDX-License-Identifier: Apache-2.0 */
/* charset_shift: ISO-2022-JP and HZ-GB-2312, their shifts undone into EUC forms that iconv reads statelessly. */
#include "decoders/base/scan.h"
#include "decoders/mail/charset_out.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { ESC = 0x1b };

/* What a byte means now. */
enum shift { SHIFT_ASCII, SHIFT_PAIRS, SHIFT_KANA, SHIFT_JIS_X_0212 };

/* EUC bytes of whole characters waiting for iconv. */
struct euc {
    struct charset_out *o;
    size_t n;
    uint8_t b[512];
};

static void euc_flush(struct euc *e)
{
    size_t used = e->n ? charset_out_convert(e->o, span_of(e->b, e->n)) : 0;

    if (used < e->n)
        charset_out_replace(e->o);
    e->n = 0;
}

static void euc_add(struct euc *e, uint8_t prefix, uint8_t a, uint8_t b)
{
    if (e->n + 3 > sizeof(e->b))
        euc_flush(e);
    if (prefix)
        e->b[e->n++] = prefix;
    e->b[e->n++] = a;
    if (b)
        e->b[e->n++] = b;
}

static void ascii(struct euc *e, struct span s)
{
    if (!s.n)
        return;
    euc_flush(e);
    charset_out_span(e->o, s);
}

static void bad(struct euc *e)
{
    euc_flush(e);
    charset_out_replace(e->o);
}

static bool in_set(uint8_t c)
{
    return c >= 0x21 && c <= 0x7e;
}

/* The escape sequence in held[0..n): its shift, -1 where more bytes decide, -2 where it is none. The
 * sets of JIS X 0213 are read as JIS X 0208, which they extend. */
static int escape(const uint8_t *p, size_t n)
{
    if (n == 1)
        return -1;
    if (n == 2)
        return p[1] == '$' || p[1] == '(' || p[1] == '&' ? -1 : -2;
    if (p[1] == '&')
        return p[2] == '@' ? SHIFT_ASCII : -2;
    if (p[1] == '(')
        return p[2] == 'B' || p[2] == 'J' || p[2] == 'H' ? SHIFT_ASCII : p[2] == 'I' ? SHIFT_KANA : -2;
    if (p[2] == 'B' || p[2] == '@')
        return SHIFT_PAIRS;
    if (p[2] != '(')
        return -2;
    if (n == 3)
        return -1;
    return p[3] == 'D' ? SHIFT_JIS_X_0212
           : p[3] == 'B' || p[3] == '@' || p[3] == 'O' || p[3] == 'Q' ? SHIFT_PAIRS : -2;
}

/* One of the usual two at the front of s, between ASCII and JIS X 0208. Returns its bytes; 0: there is none that is whole. */
static inline size_t usual_escape(struct charset_decoder *d, struct span s)
{
    if (s.n < 3 || s.p[0] != ESC || s.p[2] != 'B' || (s.p[1] != '(' && s.p[1] != '$'))
        return 0;
    d->state = s.p[1] == '(' ? SHIFT_ASCII : SHIFT_PAIRS;
    return 3;
}

/* One more byte behind ESC. Returns bytes used. */
static size_t jis_escape(struct euc *e, uint8_t c)
{
    struct charset_decoder *d = e->o->d;
    int shift;

    d->held[d->held_n] = c;
    shift = escape(d->held, d->held_n + 1u);
    if (shift == -2) {
        ascii(e, span_of(d->held, d->held_n));
        d->held_n = 0;
        return 0;
    }
    d->held_n++;
    if (shift >= 0) {
        d->state = (uint8_t)shift;
        d->held_n = 0;
    }
    return 1;
}

/* The second byte of a pair whose first is held. Returns bytes used. */
static size_t second_of_pair(struct euc *e, uint8_t c)
{
    struct charset_decoder *d = e->o->d;

    d->held_n = 0;
    if (!in_set(c)) {
        bad(e);
        return 0;
    }
    euc_add(e, d->state == SHIFT_JIS_X_0212 ? 0x8f : 0, d->held[0] | 0x80, c | 0x80);
    return 1;
}

/* A byte in a shifted state, or a strange one in ASCII. A line end returns to ASCII (RFC 1468 wants
 * the sender to have done so). */
static void jis_byte(struct euc *e, uint8_t c)
{
    struct charset_decoder *d = e->o->d;

    if (c == ESC || (in_set(c) && (d->state == SHIFT_PAIRS || d->state == SHIFT_JIS_X_0212))) {
        d->held[0] = c;
        d->held_n = 1;
    } else if (c >= 0xa1 && c <= 0xdf) {
        euc_add(e, 0x8e, c, 0);
    } else if (d->state == SHIFT_KANA && in_set(c) && c <= 0x5f) {
        euc_add(e, 0x8e, c | 0x80, 0);
    } else if (c >= 0x80) {
        bad(e);
    } else {
        ascii(e, span_of(&c, 1));
        if (c == '\n')
            d->state = SHIFT_ASCII;
    }
}

/* How many bytes from the front of s on are of a set. Signed compares: from 0x80 on bytes are negative, so they are in none. */
static size_t set_bytes(struct span s)
{
    size_t i = 0;

#ifdef __SSE2__
    for (; i + 16 <= s.n; i += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(s.p + i));
        __m128i fine = _mm_and_si128(_mm_cmpgt_epi8(x, _mm_set1_epi8(0x20)), _mm_cmplt_epi8(x, _mm_set1_epi8(0x7f)));
        unsigned other = ~(unsigned)_mm_movemask_epi8(fine); /* the bits above the 16 are set */

        if (other != 0xffff0000)
            return i + (unsigned)__builtin_ctz(other);
    }
#endif
    while (i < s.n && in_set(s.p[i]))
        i++;
    return i;
}

/* Whole pairs from s[i] on; returns the index behind them. */
static size_t whole_pairs(struct euc *e, struct span s, size_t i)
{
    size_t end = i + (set_bytes(span_from(s, i)) & ~(size_t)1);

    euc_flush(e);
    i += charset_out_pairs(e->o, span_of(s.p + i, end - i));
    for (; i < end; i += 2)
        euc_add(e, 0, s.p[i] | 0x80, s.p[i + 1] | 0x80);
    return end;
}

/* As many bytes from s[i] on, where no character is begun, as need no look at each; returns the index behind them. */
static size_t jis_run(struct euc *e, struct span s, size_t i)
{
    struct charset_decoder *d = e->o->d;
    size_t end = i;

    if (d->state == SHIFT_ASCII) {
        end = scan_not_plain(s, i);
        ascii(e, span_of(s.p + i, end - i));
    } else if (d->state == SHIFT_PAIRS) {
        end = whole_pairs(e, s, i);
    }
    return end + usual_escape(d, span_from(s, end));
}

void charset_push_jis(struct charset_out *o, struct span s)
{
    struct charset_decoder *d = o->d;
    struct euc e = {.o = o};
    size_t i = 0, end;

    while (i < s.n) {
        if (d->held_n && d->held[0] == ESC) {
            i += jis_escape(&e, s.p[i]);
        } else if (d->held_n) {
            i += second_of_pair(&e, s.p[i]);
        } else {
            end = jis_run(&e, s, i);
            if (end == i)
                jis_byte(&e, s.p[end++]);
            i = end;
        }
    }
    euc_flush(&e);
}

/* The byte behind ~ (RFC 1843). Returns bytes used. */
static size_t hz_tilde(struct euc *e, uint8_t c)
{
    struct charset_decoder *d = e->o->d;

    d->held_n = 0;
    if (c == '{')
        d->state = SHIFT_PAIRS;
    else if (c == '}')
        d->state = SHIFT_ASCII;
    else if (c != '\n') {
        ascii(e, SPAN("~"));
        return c == '~';
    }
    return 1;
}

static void hz_byte(struct euc *e, uint8_t c)
{
    struct charset_decoder *d = e->o->d;

    if (c == '~' || (d->state == SHIFT_PAIRS && in_set(c))) {
        d->held[0] = c;
        d->held_n = 1;
    } else if (c >= 0x80) {
        bad(e);
    } else {
        ascii(e, span_of(&c, 1));
        if (c == '\n')
            d->state = SHIFT_ASCII;
    }
}

void charset_push_hz(struct charset_out *o, struct span s)
{
    struct charset_decoder *d = o->d;
    struct euc e = {.o = o};
    size_t i = 0;

    while (i < s.n) {
        if (d->held_n && d->held[0] == '~')
            i += hz_tilde(&e, s.p[i]);
        else if (d->held_n)
            i += second_of_pair(&e, s.p[i]);
        else
            hz_byte(&e, s.p[i++]);
    }
    euc_flush(&e);
}
