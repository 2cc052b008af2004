/* SPDX-License-Identifier: Apache-2.0 */
/* charset_utf7: UTF-7 (RFC 2152). Not by iconv: what that makes of a surrogate without its partner hangs on where a piece ends. */
#include "decoders/mail/charset_out.h"
#include "decoders/mail/charset_units.h"

/* d->state. BEGUN: behind a plus sign, before anything else. */
enum { DIRECT, BEGUN, CODED };

/* A run of base64, in d->held while no push is under way. bits: the last bits_n of them made no unit yet. */
struct utf7 {
    uint32_t bits;
    uint8_t bits_n;
    uint16_t high; /* a surrogate that waits for its partner; 0: none */
};

typedef char utf7_fits[sizeof(struct utf7) <= sizeof(((struct charset_decoder *)NULL)->held) ? 1 : -1];

/* What stands for itself: set D, set O and rule 3. */
static bool is_direct(uint8_t c)
{
    return (c >= ' ' && c <= '}' && c != '+' && c != '\\') || c == '\t' || c == '\n' || c == '\r';
}

static int sextet(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static void pair(struct charset_out *o, uint16_t high, uint16_t low)
{
    uint32_t c = 0x10000 + ((uint32_t)(high & 0x3ff) << 10 | (low & 0x3ff));
    uint8_t utf8[] = {(uint8_t)(0xf0 | c >> 18), (uint8_t)(0x80 | (c >> 12 & 63)), (uint8_t)(0x80 | (c >> 6 & 63)), (uint8_t)(0x80 | (c & 63))};

    charset_out_span(o, span_of(utf8, sizeof(utf8)));
}

static void unit(struct charset_out *o, struct utf7 *x, uint16_t u)
{
    bool low = (u & 0xfc00) == 0xdc00;
    uint16_t high = x->high;
    uint8_t utf8[4];

    x->high = 0;
    if (high && low) {
        pair(o, high, u);
        return;
    }
    if (high)
        charset_out_replace(o);
    if ((u & 0xfc00) == 0xd800)
        x->high = u;
    else if (low)
        charset_out_replace(o);
    else
        charset_out_span(o, span_of(utf8, charset_units_utf8_scalar(&u, 1, utf8)));
}

/* The run breaks off amid a character: padding is less than a sextet, and zero. */
static bool is_broken(const struct utf7 *x)
{
    return x->high || x->bits_n >= 6 || x->bits;
}

/* A byte that is no base64 ends the run. Returns bytes used: a minus sign belongs to it. */
static size_t end_run(struct charset_out *o, struct utf7 *x, uint8_t c)
{
    bool nothing = o->d->state == BEGUN; /* stood behind the + (RFC 2152: ill-formed, but for +-) */

    if (nothing && c == '-')
        charset_out_span(o, SPAN("+"));
    else if (nothing || is_broken(x))
        charset_out_replace(o);
    *x = (struct utf7){0};
    o->d->state = DIRECT;
    return c == '-';
}

static size_t coded(struct charset_out *o, struct utf7 *x, uint8_t c)
{
    int six = sextet(c);

    if (six < 0)
        return end_run(o, x, c);
    o->d->state = CODED;
    x->bits = x->bits << 6 | (uint32_t)six;
    x->bits_n = (uint8_t)(x->bits_n + 6);
    if (x->bits_n >= 16) {
        x->bits_n = (uint8_t)(x->bits_n - 16);
        unit(o, x, (uint16_t)(x->bits >> x->bits_n));
        x->bits &= (1u << x->bits_n) - 1;
    }
    return 1;
}

static size_t direct(struct charset_out *o, struct span s)
{
    size_t n = 0;

    while (n < s.n && is_direct(s.p[n]))
        n++;
    charset_out_span(o, span_head(s, n));
    if (n == s.n)
        return n;
    if (s.p[n] == '+')
        o->d->state = BEGUN;
    else
        charset_out_replace(o);
    return n + 1;
}

void charset_push_utf7(struct charset_out *o, struct span s)
{
    struct charset_decoder *d = o->d;
    struct utf7 x = {0};

    if (d->state != DIRECT)
        memcpy(&x, d->held, sizeof(x));
    for (size_t i = 0; i < s.n;)
        i += d->state == DIRECT ? direct(o, span_from(s, i)) : coded(o, &x, s.p[i]);
    memcpy(d->held, &x, sizeof(x));
    d->held_n = d->state == BEGUN || is_broken(&x);
}
