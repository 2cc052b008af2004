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

/* From p to end, and where it goes. */
struct memo_run {
    const uint8_t *p, *end;
    uint8_t *to, *to_end;
};

static inline size_t most(const struct memo_run *r, size_t bytes)
{
    size_t there = (size_t)(r->end - r->p) / bytes, fit = (size_t)(r->to_end - r->to) / sizeof(utf8_entry);

    return there < fit ? there : fit;
}

/* Known pairs, as many as follow one another. */
static void pairs(const struct charset_memo *x, struct memo_run *r)
{
    const uint8_t *p = r->p;
    uint8_t *to = r->to;

    for (size_t n = most(r, 2); n; n--, p += 2) {
        const utf8_entry *row = x->pair[p[0]];
        utf8_entry e = row ? row[p[1]] : 0;

        if (!e)
            break;
        to = put(to, e);
    }
    r->p = p;
    r->to = to;
}

/* Known characters of one byte: 0 for the lead of a pair. */
static void singles(const struct charset_memo *x, struct memo_run *r)
{
    const uint8_t *p = r->p;
    uint8_t *to = r->to;

    for (size_t n = most(r, 1); n; n--, p++) {
        utf8_entry e = x->single[*p];

        if (!e)
            break;
        to = put(to, e);
    }
    r->p = p;
    r->to = to;
}

size_t charset_memo_convert(struct charset_memo *x, iconv_t cd, struct span in, uint8_t *out, size_t room,
                            size_t *made)
{
    struct memo_run r = {in.p, in.p + in.n, out, out + room};
    const uint8_t *before;

    for (;;) {
        before = r.p;
        pairs(x, &r);
        singles(x, &r);
        if (r.p == before && (!most(&r, 1) || !learn(x, cd, r.p, (size_t)(r.end - r.p))))
            break;
    }
    *made = (size_t)(r.to - out);
    return (size_t)(r.p - in.p);
}
