/* SPDX-License-Identifier: Apache-2.0 */
/* charset_memo: tables filled as characters are met; iconv costs some three hundred instructions a call. */
#include "decoders/mail/charset_memo.h"

/* A character's UTF-8: its bytes from the lowest up, their number in the highest; 0 = not known. */
typedef uint32_t utf8_entry;

enum { ENTRY_BYTES = 3 };

/* Invariant: what is known is what iconv gives for these bytes in its initial state, and it is back there
 * behind them. Rows come when their lead is met, so a charset of single bytes has none. */
struct charset_memo {
    struct mem *mem;
    utf8_entry single[256];
    utf8_entry *pair[256]; /* by lead, then second byte; NULL: not met, or no lead */
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
        mem_free(x->mem, x->pair[i], 256 * sizeof(utf8_entry));
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

struct charset_memo *charset_memo_of(struct charset_memos *all, const struct charset *cs)
{
    unsigned i = charset_index(cs);

    if (!all || cs->way == CHARSET_STATEFUL || i >= CHARSET_COUNT_MAX)
        return NULL;
    if (!all->of[i]) {
        all->of[i] = mem_zalloc(all->mem, sizeof(*all->of[i]));
        if (all->of[i])
            all->of[i]->mem = all->mem;
    }
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

static utf8_entry *row_of(struct charset_memo *x, uint8_t lead)
{
    utf8_entry **row = &x->pair[lead];

    if (!*row)
        *row = mem_zalloc(x->mem, 256 * sizeof(**row));
    return *row;
}

/* The character at p, which is not known yet. */
static utf8_entry learn(struct charset_memo *x, iconv_t cd, const uint8_t *p, size_t n)
{
    utf8_entry e = ask(cd, p, 1), *row;

    if (e || p[0] < 0x80 || n < 2) {
        x->single[p[0]] = e;
        return e;
    }
    row = row_of(x, p[0]);
    return row ? row[p[1]] = ask(cd, p, 2) : 0;
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

/* Known pairs from p on, as long as two bytes are left before end and four of room; returns where they end. */
static const uint8_t *pairs(const struct charset_memo *x, const uint8_t *p, const uint8_t *end, uint8_t **out,
                            const uint8_t *out_end)
{
    uint8_t *to = *out;

    while (end - p >= 2 && out_end - to >= 4) {
        const utf8_entry *row = x->pair[p[0]];
        utf8_entry e = row ? row[p[1]] : 0;

        if (!e)
            break;
        to = put(to, e);
        p += 2;
    }
    *out = to;
    return p;
}

size_t charset_memo_convert(struct charset_memo *x, iconv_t cd, struct span in, uint8_t *out, size_t room,
                            size_t *made)
{
    const uint8_t *p = in.p, *end = in.p + in.n;
    uint8_t *to = out, *out_end = out + room;

    while ((p = pairs(x, p, end, &to, out_end)) < end && out_end - to >= 4) {
        utf8_entry e = x->single[p[0]]; /* 0 for the lead of a pair */

        if (e) {
            to = put(to, e);
            p++;
        } else if (!learn(x, cd, p, (size_t)(end - p))) {
            break;
        }
    }
    *made = (size_t)(to - out);
    return (size_t)(p - in.p);
}
