/* SPDX-License-Identifier: Apache-2.0 */
/* charset_utf8: UTF-8 checked (RFC 3629) and handed on in place; what is none becomes U+FFFD. */
#include "decoders/base/scan.h"
#include "decoders/mail/charset_out.h"
#include "decoders/mail/utf8_avx2.h"
#include "decoders/mail/utf8_avx512.h"

/* Second byte's bounds keep out overlong forms, surrogates and what lies above U+10FFFF. */
static int lead_length(uint8_t a, uint8_t *low, uint8_t *high)
{
    *low = a == 0xe0 ? 0xa0 : a == 0xf0 ? 0x90 : 0x80;
    *high = a == 0xed ? 0x9f : a == 0xf4 ? 0x8f : 0xbf;
    if (a < 0x80)
        return 1;
    if (a < 0xc2 || a > 0xf4)
        return 0;
    return a < 0xe0 ? 2 : a < 0xf0 ? 3 : 4;
}

/* Length of the character at p; 0 where the end cuts it; -k where k bytes are no character. */
static int step(const uint8_t *p, size_t n)
{
    uint8_t low, high;
    int need = lead_length(p[0], &low, &high);

    if (!need)
        return -1;
    for (int i = 1; i < need; i++) {
        if ((size_t)i == n)
            return 0;
        if (p[i] < low || p[i] > high)
            return -i;
        low = 0x80;
        high = 0xbf;
    }
    return need;
}

/* A character was cut by the last piece: goes on with it; returns bytes of s used. */
static size_t finish_held(struct charset_out *o, struct span s)
{
    struct charset_decoder *d = o->d;
    size_t used = 0;

    while (d->held_n && used < s.n) {
        int r;

        d->held[d->held_n] = s.p[used];
        r = step(d->held, d->held_n + 1u);
        if (r < 0) {
            charset_out_replace(o);
            d->held_n = 0;
            break;
        }
        d->held_n++;
        used++;
        if (r > 0) {
            charset_out_span(o, span_of(d->held, (size_t)r));
            d->held_n = 0;
        }
    }
    return used;
}

/* Three bytes of CJK text, whose lead has no second byte of its own bounds. */
static bool is_common_three(const uint8_t *p)
{
    return p[0] > 0xe0 && p[0] < 0xf0 && p[0] != 0xed && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80;
}

/* Blocks without a fault, where the processor has a kernel for them. */
static inline size_t valid_blocks(struct span s)
{
#ifdef __x86_64__
    if (vector_has_avx512())
        return utf8_valid_avx512(s.p, s.n);
    if (vector_has_avx2())
        return utf8_valid_avx2(s.p, s.n);
#endif
    return 0;
}

/* Index of the first byte at or after i that does not begin a whole valid character; *r as step says. */
static size_t valid_until(struct span s, size_t i, int *r)
{
    *r = 0;
    i += valid_blocks(span_from(s, i));
    while (i < s.n) {
        if (s.p[i] < 0x80) {
            i = scan_not_plain(s, i + 1);
            continue;
        }
        while (i + 3 <= s.n && is_common_three(s.p + i))
            i += 3;
        if (i == s.n || s.p[i] < 0x80)
            continue;
        *r = step(s.p + i, s.n - i);
        if (*r <= 0)
            break;
        i += (size_t)*r;
    }
    return i;
}

void charset_push_utf8(struct charset_out *o, struct span s)
{
    size_t i = finish_held(o, s);

    while (i < s.n) {
        int r;
        size_t end = valid_until(s, i, &r);

        charset_out_span(o, span_of(s.p + i, end - i));
        i = end;
        if (i == s.n)
            break;
        if (r == 0) {
            o->d->held_n = (uint8_t)(s.n - i);
            memcpy(o->d->held, s.p + i, s.n - i);
            break;
        }
        charset_out_replace(o);
        i += (size_t)-r;
    }
}
