/* SPDX-License-Identifier: Apache-2.0 */
/* charset_memo: tables filled as characters are met; iconv costs some three hundred instructions a call. */
#include "decoders/mail/charset_memo.h"

#include "decoders/base/escape.h"
#include "decoders/mail/charset_units.h"

/* A character's UTF-8: its bytes from the lowest up, their number in the highest; 0 = not known. */
typedef uint32_t utf8_entry;

enum { ENTRY_BYTES = 3, UNITS = 256 };

/* A row of characters of two bytes, in UTF-16, which is half of their UTF-8's room in the cache; 0: not known. */
typedef uint16_t memo_row[256];

/* Of leads that were not met, or are none. */
static const memo_row no_row;

/* Invariant: what is known is what iconv gives for these bytes in its initial state, and it is back there
 * behind them. */
struct charset_memo {
    struct mem *mem;
    bool begun;
    bool ascii;                  /* is what it is everywhere */
    bool leads;                  /* one was met: it has characters of two bytes */
    utf8_entry single[256];
    uint16_t unit[256];          /* the same, where it is one character */
    const uint16_t *pair[256];   /* by lead, then second byte; no_row: see there */
    struct charset_bytes bytes;
};

struct charset_memos {
    struct mem *mem;
    struct charset_memo *of[CHARSET_COUNT_MAX];
};

struct charset_memos *charset_memos_new(struct mem *m)
{
    struct charset_memos *all = mem_zalloc(m, sizeof(*all));

    if (all)
        all->mem = m;
    return all;
}

static void memo_free(struct charset_memo *x)
{
    for (int i = 0; i < 256; i++)
        if (x->pair[i] != no_row)
            mem_free(x->mem, (void *)(uintptr_t)x->pair[i], sizeof(memo_row));
    mem_free(x->mem, x, sizeof(*x));
}

void charset_memos_free(struct charset_memos *all)
{
    if (!all)
        return;
    for (int i = 0; i < CHARSET_COUNT_MAX; i++)
        if (all->of[i])
            memo_free(all->of[i]);
    mem_free(all->mem, all, sizeof(*all));
}

static struct charset_memo *memo_new(struct mem *m)
{
    struct charset_memo *x = mem_zalloc(m, sizeof(*x));

    if (!x)
        return NULL;
    x->mem = m;
    for (int i = 0; i < 256; i++)
        x->pair[i] = no_row;
    return x;
}

/* ISO-2022-JP and HZ are read as what they shift: one memo for both forms. */
struct charset_memo *charset_memo_of(struct charset_memos *all, const struct charset *cs)
{
    unsigned i = cs->way == CHARSET_JIS ? CS_EUC_JP : cs->way == CHARSET_HZ ? CS_GBK : charset_index(cs);

    if (!all || cs->way == CHARSET_STATEFUL || i >= CHARSET_COUNT_MAX)
        return NULL;
    if (!all->of[i])
        all->of[i] = memo_new(all->mem);
    return all->of[i];
}

/* What iconv makes of exactly these bytes; 0 where it wants more, finds no character, keeps something back,
 * or makes more than an entry holds. */
static utf8_entry ask(iconv_t cd, const uint8_t *p, size_t n)
{
    uint8_t out[16];
    char *from = (char *)(uintptr_t)p, *to = (char *)out; /* iconv reads, but its type predates const */
    size_t left = n, room = sizeof(out), made;
    bool whole = iconv(cd, &from, &left, &to, &room) == 0 && !left;

    made = sizeof(out) - room;
    iconv(cd, NULL, NULL, &to, &room);
    if (!whole || !made || made > ENTRY_BYTES || made != sizeof(out) - room)
        return 0;
    return (uint32_t)made << 24 | out[0] | (made > 1 ? (uint32_t)out[1] << 8 : 0) |
           (made > 2 ? (uint32_t)out[2] << 16 : 0);
}

/* The one character that e is, which three bytes bring to U+FFFF at most; 0: none. */
static uint16_t unit_of(utf8_entry e)
{
    uint8_t utf8[ENTRY_BYTES] = {(uint8_t)e, (uint8_t)(e >> 8), (uint8_t)(e >> 16)};
    size_t n = e >> 24;
    uint32_t c;

    return n && utf8_next(span_of(utf8, n), &c) == n ? (uint16_t)c : 0;
}

static void know_single(struct charset_memo *x, uint8_t c, utf8_entry e)
{
    x->single[c] = e;
    x->unit[c] = unit_of(e);
    for (unsigned i = 0; c >= 0x80 && i < ENTRY_BYTES; i++)
        x->bytes.of[i][c - 0x80] = (uint8_t)(e >> 8 * i);
}

/* ASCII is asked for at once. Where it comes back changed (Johab has a Won for its backslash), each is learnt as it is met. */
static void begin(struct charset_memo *x, iconv_t cd)
{
    char ascii[127], out[sizeof(ascii)], *from = ascii, *to = out;
    size_t left = sizeof(ascii), room = sizeof(out);

    for (unsigned i = 0; i < sizeof(ascii); i++)
        ascii[i] = (char)(i + 1);
    x->begun = true;
    x->ascii = iconv(cd, &from, &left, &to, &room) == 0 && !left && !room && memcmp(ascii, out, sizeof(out)) == 0;
    iconv(cd, NULL, NULL, NULL, NULL);
    for (uint8_t c = 1; x->ascii && c < 0x80; c++)
        know_single(x, c, 1u << 24 | c);
}

/* A pair that is not known; where no row can be had, it is not kept. */
static bool learn_pair(struct charset_memo *x, iconv_t cd, const uint8_t *p)
{
    uint16_t c = unit_of(ask(cd, p, 2)), *row = NULL;

    if (c && x->pair[p[0]] != no_row)
        row = (uint16_t *)(uintptr_t)x->pair[p[0]];
    else if (c)
        row = mem_zalloc(x->mem, sizeof(memo_row));
    if (!row)
        return false;
    x->leads = true;
    x->pair[p[0]] = row;
    row[p[1]] = c;
    return true;
}

/* The character at p, which is not known yet. Returns whether it is now. */
static bool learn(struct charset_memo *x, iconv_t cd, const uint8_t *p, size_t n)
{
    utf8_entry e = p[0] == '\\' ? 1u << 24 | '\\' : ask(cd, p, 1); /* see charset_out_backslashes */

    if (e || p[0] < 0x80 || n < 2) {
        know_single(x, p[0], e);
        return e != 0;
    }
    return learn_pair(x, cd, p);
}

/* Four bytes, of which those that count come first. */
static inline uint8_t *put(uint8_t *out, utf8_entry e)
{
    out[0] = (uint8_t)e;
    out[1] = (uint8_t)(e >> 8);
    out[2] = (uint8_t)(e >> 16);
    out[3] = (uint8_t)(e >> 24);
    return out + (e >> 24);
}

/* From p to end, and where it goes. */
struct memo_run {
    const uint8_t *p, *end;
    uint8_t *to, *to_end;
};

/* How many characters fit, as units or one by one. */
static inline size_t most(const struct memo_run *r)
{
    size_t room = (size_t)(r->to_end - r->to), fit = room < CHARSET_UNITS_SPARE ? 0 : (room - CHARSET_UNITS_SPARE) / ENTRY_BYTES;

    return fit < UNITS ? fit : UNITS;
}

/* The unit of the pair at p, each of whose bytes is so much less than in the charset; 0: not known. */
static inline uint16_t pair_at(const struct charset_memo *x, const uint8_t *p, unsigned less)
{
    return x->pair[p[0] + less][p[1] + less];
}

/* Known pairs, n at most; returns how many follow one another. */
static inline size_t pairs(const struct charset_memo *x, const uint8_t *p, size_t n, unsigned less, uint16_t *u)
{
    size_t i = 0;

    for (; i + 4 <= n; i += 4) {
        if (!(u[i] = pair_at(x, p + 2 * i, less)))
            return i;
        if (!(u[i + 1] = pair_at(x, p + 2 * i + 2, less)))
            return i + 1;
        if (!(u[i + 2] = pair_at(x, p + 2 * i + 4, less)))
            return i + 2;
        if (!(u[i + 3] = pair_at(x, p + 2 * i + 6, less)))
            return i + 3;
    }
    while (i < n && (u[i] = pair_at(x, p + 2 * i, less)))
        i++;
    return i;
}

/* Known characters of one and two bytes. */
static void both(const struct charset_memo *x, struct memo_run *r)
{
    uint16_t units[UNITS + CHARSET_UNITS_END], *u = units, *full = units + most(r);

    while (r->p < r->end && u < full) {
        size_t there = (size_t)(r->end - r->p) / 2, fit = (size_t)(full - u), n = pairs(x, r->p, there < fit ? there : fit, 0, u);

        r->p += 2 * n;
        u += n;
        if (n == fit || r->p == r->end || !(*u = x->unit[*r->p]))
            break;
        r->p++;
        u++;
    }
    r->to += charset_units_utf8(units, (size_t)(u - units), r->to);
}

/* Known characters of one byte. */
static void singles(const struct charset_memo *x, struct memo_run *r)
{
    const uint8_t *p = r->p;
    uint8_t *to = r->to;
    size_t there = (size_t)(r->end - p), fit = most(r);

    for (size_t n = there < fit ? there : fit; n; n--, p++) {
        utf8_entry e = x->single[*p];

        if (!e)
            break;
        to = put(to, e);
    }
    r->p = p;
    r->to = to;
}

/* The same, by a kernel. */
static void bytes(const struct charset_memo *x, struct memo_run *r)
{
    size_t made;

    r->p += charset_bytes_utf8(&x->bytes, r->p, (size_t)(r->end - r->p), r->to, (size_t)(r->to_end - r->to), &made);
    r->to += made;
}

/* Known characters, as many as follow one another and as one call takes. */
static void known(const struct charset_memo *x, struct memo_run *r)
{
    const uint8_t *before = r->p;

    if (x->leads)
        both(x, r);
    else if (x->ascii)
        bytes(x, r);
    if (r->p == before) /* NUL is no unit, and not every processor has a kernel */
        singles(x, r);
}

bool charset_memo_is_bytes(const struct charset_memo *x)
{
    return x->ascii && !x->leads && charset_bytes_kernel();
}

size_t charset_memo_convert(struct charset_memo *x, iconv_t cd, struct span in, uint8_t *out, size_t room,
                            size_t *made)
{
    struct memo_run r = {in.p, in.p + in.n, out, out + room};
    const uint8_t *before;

    if (!x->begun)
        begin(x, cd);
    do {
        before = r.p;
        known(x, &r);
    } while (r.p < r.end && r.to_end - r.to >= CHARSET_MEMO_ROOM && (r.p != before || learn(x, cd, r.p, (size_t)(r.end - r.p))));
    *made = (size_t)(r.to - out);
    return (size_t)(r.p - in.p);
}

size_t charset_memo_pairs(const struct charset_memo *x, struct span in, uint8_t *out, size_t room, size_t *made)
{
    struct memo_run r = {in.p, in.p + in.n, out, out + room};
    size_t there = in.n / 2, fit = most(&r), n;
    uint16_t units[UNITS + CHARSET_UNITS_END];

    n = pairs(x, in.p, there < fit ? there : fit, 0x80, units);
    *made = charset_units_utf8(units, n, out);
    return 2 * n;
}
