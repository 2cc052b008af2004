/* SPDX-License-Identifier: Apache-2.0 */
/* charset_memo: tables filled as characters are met; iconv costs some three hundred instructions a call. */
#include "decoders/mail/charset_memo.h"

/* A character's UTF-8: its bytes from the lowest up, their number in the highest; 0 = not known. */
typedef uint32_t utf8_entry;

enum { LEADS = 0x80, ENTRY_BYTES = 3 };

/* Invariant: what is known is what iconv gives for these bytes in its initial state, and it is back there
 * behind them. Rows come when their lead is met, so a charset of single bytes has none. */
struct charset_memo {
    struct mem *mem;
    utf8_entry single[256];
    utf8_entry *pair[LEADS]; /* by lead - 0x80, then second byte */
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
    for (int i = 0; i < LEADS; i++)
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
    utf8_entry **row = &x->pair[lead - LEADS];

    if (!*row)
        *row = mem_zalloc(x->mem, 256 * sizeof(**row));
    return *row;
}

/* The character at p, which is not known yet. */
static utf8_entry learn(struct charset_memo *x, iconv_t cd, const uint8_t *p, size_t n)
{
    utf8_entry e = ask(cd, p, 1), *row;

    if (e || p[0] < LEADS || n < 2) {
        x->single[p[0]] = e;
        return e;
    }
    row = row_of(x, p[0]);
    return row ? row[p[1]] = ask(cd, p, 2) : 0;
}

/* What is known of the character at p, of which n bytes are there. A lead of pairs is no character alone. */
static inline utf8_entry known(const struct charset_memo *x, const uint8_t *p, size_t n, size_t *used)
{
    const utf8_entry *row = p[0] < LEADS ? NULL : x->pair[p[0] - LEADS];

    *used = row ? 2 : 1;
    if (row)
        return n < 2 ? 0 : row[p[1]];
    return x->single[p[0]];
}

static inline size_t put(uint8_t *out, utf8_entry e)
{
    out[0] = (uint8_t)e;
    out[1] = (uint8_t)(e >> 8);
    out[2] = (uint8_t)(e >> 16);
    return e >> 24;
}

size_t charset_memo_convert(struct charset_memo *x, iconv_t cd, struct span in, uint8_t *out, size_t room,
                            size_t *made)
{
    size_t i = 0, n = 0;

    while (i < in.n && n + 4 <= room) {
        size_t used;
        utf8_entry e = known(x, in.p + i, in.n - i, &used);

        if (e) {
            n += put(out + n, e);
            i += used;
        } else if (!learn(x, cd, in.p + i, in.n - i)) {
            break;
        }
    }
    *made = n;
    return i;
}
