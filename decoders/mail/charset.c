/* SPDX-License-Identifier: Apache-2.0 */
/* charset: the push decoder and the iconv handles behind it; nothing else includes <iconv.h>. */
#include "decoders/mail/charset.h"

#include <errno.h>

#include "decoders/base/scan.h"
#include "decoders/mail/charset_memo.h"
#include "decoders/mail/charset_out.h"

struct handle {
    const struct charset *cs; /* NULL = free */
    iconv_t cd;
    bool busy;
    uint64_t last_used;
};

/* Invariant: cd is open exactly where cs is not NULL, and in its initial state where it is not busy: to say so to it at each text would
 * be two calls into code that nothing else has in the cache. */
struct charsets {
    struct mem *mem;
    struct charset_memos *memos; /* borrowed; NULL = none */
    const struct charset *expected; /* see charsets_expect */
    uint64_t clock;
    struct handle handles[LIMIT_CHARSETS_OPEN];
};

struct charsets *charsets_new(struct mem *m)
{
    struct charsets *c = mem_zalloc(m, sizeof(*c));

    if (c)
        c->mem = m;
    return c;
}

void charsets_free(struct charsets *c)
{
    if (!c)
        return;
    for (int i = 0; i < LIMIT_CHARSETS_OPEN; i++)
        if (c->handles[i].cs)
            iconv_close(c->handles[i].cd);
    mem_free(c->mem, c, sizeof(*c));
}

void charsets_expect(struct charsets *c, const struct charset *cs)
{
    c->expected = cs;
}

const struct charset *charsets_expected(const struct charsets *c)
{
    return c->expected;
}

void charsets_remember(struct charsets *c, struct charset_memos *all)
{
    c->memos = all;
}

/* The slot to open anew: a free one, else the one idle for longest; NULL when all are busy. */
static struct handle *idle_handle(struct charsets *c)
{
    struct handle *oldest = NULL;

    for (int i = 0; i < LIMIT_CHARSETS_OPEN; i++) {
        struct handle *h = &c->handles[i];

        if (!h->cs)
            return h;
        if (!h->busy && (!oldest || h->last_used < oldest->last_used))
            oldest = h;
    }
    return oldest;
}

static struct handle *open_handle(struct charsets *c, const struct charset *cs)
{
    struct handle *h = idle_handle(c);
    iconv_t cd;

    if (!h)
        return NULL;
    cd = iconv_open("UTF-8", cs->iconv);
    if (cd == (iconv_t)-1)
        return NULL;
    if (h->cs)
        iconv_close(h->cd);
    h->cs = cs;
    h->cd = cd;
    return h;
}

static int acquire(struct charsets *c, const struct charset *cs)
{
    struct handle *h = NULL;

    for (int i = 0; i < LIMIT_CHARSETS_OPEN && !h; i++)
        if (c->handles[i].cs == cs && !c->handles[i].busy)
            h = &c->handles[i];
    if (!h)
        h = open_handle(c, cs);
    if (!h)
        return -1;
    h->busy = true;
    h->last_used = ++c->clock;
    return (int)(h - c->handles);
}

/* No converter could be had: ASCII is kept, the rest is lost. */
static size_t convert_without(struct charset_out *o, struct span in)
{
    for (size_t i = 0; i < in.n; i++) {
        if (in.p[i] < 0x80)
            charset_out_span(o, span_of(in.p + i, 1));
        else
            charset_out_replace(o);
    }
    return in.n;
}

/* How many bytes to step over where iconv finds no character. What was unshifted is made of whole
 * characters, so all of one is; in raw text the second byte may begin something. */
static size_t unit(const struct charset *cs, uint8_t lead)
{
    if (cs->way == CHARSET_JIS || cs->way == CHARSET_HZ)
        return lead == 0x8f ? 3 : lead >= 0x80 ? 2 : 1;
    if (cs->way != CHARSET_STATEFUL)
        return 1;
    return strncmp(cs->iconv, "UTF-16", 6) == 0 ? 2 : strncmp(cs->iconv, "UTF-32", 6) == 0 ? 4 : 1;
}

static iconv_t converter(const struct charset_decoder *d)
{
    return d->charsets->handles[d->handle].cd;
}

static void release(struct charset_decoder *d)
{
    if (d->handle >= 0 && d->asked) /* amid a text that is abandoned */
        iconv(converter(d), NULL, NULL, NULL, NULL);
    if (d->handle >= 0)
        d->charsets->handles[d->handle].busy = false;
    d->handle = -1;
}

/* What the converter keeps back comes now: the mark of a pair that found no room (Big5-HKSCS), a letter
 * that the next byte could have changed (windows-1258). */
static void flush_converter(struct charset_out *o)
{
    struct charset_decoder *d = o->d;
    char *to;
    size_t room;

    if (!d->asked)
        return;
    if (sizeof(o->b) - o->n < 16)
        charset_out_flush(o);
    to = (char *)o->b + o->n;
    room = sizeof(o->b) - o->n;
    iconv(converter(d), NULL, NULL, &to, &room);
    o->n = sizeof(o->b) - room;
    d->asked = false;
}

/* As far as characters are known or can be learnt; returns bytes used. */
static size_t convert_known(struct charset_out *o, struct span in)
{
    struct charset_decoder *d = o->d;
    size_t used = 0, step, made;

    if (!d->memo)
        return 0;
    flush_converter(o);
    do {
        if (sizeof(o->b) - o->n < CHARSET_MEMO_ROOM)
            charset_out_flush(o);
        step = charset_memo_convert(d->memo, converter(d), span_from(in, used), o->b + o->n,
                                    sizeof(o->b) - o->n, &made);
        used += step;
        o->n += made;
    } while (step && used < in.n);
    return used;
}

size_t charset_out_pairs(struct charset_out *o, struct span in)
{
    size_t used = 0, step = 1, made;

    if (!o->d->memo)
        return 0;
    flush_converter(o);
    for (; step && used < in.n; used += step) {
        if (sizeof(o->b) - o->n < CHARSET_MEMO_ROOM)
            charset_out_flush(o);
        step = charset_memo_pairs(o->d->memo, span_from(in, used), o->b + o->n, sizeof(o->b) - o->n, &made);
        o->n += made;
    }
    return used;
}

size_t charset_out_convert(struct charset_out *o, struct span in)
{
    struct charset_decoder *d = o->d;
    size_t known = d->handle < 0 ? 0 : convert_known(o, in), left = in.n - known;
    char *from = (char *)(uintptr_t)in.p + known; /* iconv reads, but its type predates const */

    if (d->handle < 0)
        return convert_without(o, in);
    d->asked |= left != 0;
    while (left) {
        char *to = (char *)o->b + o->n;
        size_t room = sizeof(o->b) - o->n;
        size_t r = iconv(converter(d), &from, &left, &to, &room), had = o->n;

        o->n = sizeof(o->b) - room;
        if (strcmp(d->cs->iconv, "JOHAB") == 0)
            charset_out_backslashes(o, had);
        if (r != (size_t)-1)
            break;
        if (errno == E2BIG) {
            charset_out_flush(o);
        } else if (errno == EINVAL) {
            break;
        } else {
            size_t skip = unit(d->cs, (uint8_t)*from);

            charset_out_replace(o);
            skip = skip < left ? skip : left;
            from += skip;
            left -= skip;
        }
    }
    return in.n - left;
}

/* A character was cut by the last piece: goes on with it and a few bytes of s; returns bytes of s used. */
static size_t convert_held(struct charset_out *o, struct span s)
{
    struct charset_decoder *d = o->d;
    uint8_t both[sizeof(d->held) * 2];
    size_t more = s.n < sizeof(d->held) ? s.n : sizeof(d->held);
    size_t n = d->held_n, used;

    memcpy(both, d->held, n);
    memcpy(both + n, s.p, more);
    used = charset_out_convert(o, span_of(both, n + more));
    if (used >= n) {
        d->held_n = 0;
        return used - n;
    }
    if (n + more <= sizeof(d->held)) {
        memcpy(d->held, both + used, n + more - used);
        d->held_n = (uint8_t)(n + more - used);
        return more;
    }
    charset_out_replace(o);
    d->held_n = 0;
    return 0;
}

static void convert(struct charset_out *o, struct span s)
{
    struct charset_decoder *d = o->d;
    size_t used;

    while (d->held_n && s.n)
        s = span_from(s, convert_held(o, s));
    if (!s.n)
        return;
    used = charset_out_convert(o, s);
    s = span_from(s, used);
    if (s.n > sizeof(d->held)) {
        charset_out_replace(o);
        s.n = 0;
    }
    if (s.n)
        memcpy(d->held, s.p, s.n);
    d->held_n = (uint8_t)s.n;
}

/*
 * Where the run of text that iconv must see ends, from a byte that is not plain: when 16 plain bytes
 * follow one another, behind the second of them. In every stateless charset of the table no character
 * reaches over two ASCII bytes in a row, so the cut lies between characters.
 */
static size_t run_end(struct span s)
{
    size_t plain = scan_ascii16(s, 0);

    return plain == s.n ? plain : plain + 2;
}

static void push_stateless(struct charset_out *o, struct span s)
{
    struct charset_decoder *d = o->d;

    while (d->held_n && s.n)
        s = span_from(s, convert_held(o, s));
    while (s.n) {
        size_t end = scan_not_plain(s, 0);

        if (end)
            flush_converter(o);
        charset_out_span(o, span_head(s, end));
        s = span_from(s, end);
        if (d->memo && charset_memo_is_bytes(d->memo))
            s = span_from(s, convert_known(o, s));
        if (!s.n)
            break;
        end = run_end(s);
        convert(o, span_head(s, end));
        s = span_from(s, end);
        while (d->held_n && s.n)
            s = span_from(s, convert_held(o, s));
    }
}

static void set_charset(struct charset_decoder *d, const struct charset *cs)
{
    d->cs = cs;
    d->state = 0;
    d->asked = false;
    d->memo = NULL;
    d->held_n = 0;
    d->guess_n = 0;
    d->guessing = cs->way == CHARSET_GUESS;
    if (cs->iconv)
        d->handle = acquire(d->charsets, cs);
    if (d->handle >= 0)
        d->memo = charset_memo_of(d->charsets->memos, cs);
}

static void push_known(struct charset_out *o, struct span s)
{
    switch (o->d->cs->way) {
    case CHARSET_UTF8:
        charset_push_utf8(o, s);
        break;
    case CHARSET_STATELESS:
        push_stateless(o, s);
        break;
    case CHARSET_JIS:
        charset_push_jis(o, s);
        break;
    case CHARSET_HZ:
        charset_push_hz(o, s);
        break;
    case CHARSET_UTF7:
        charset_push_utf7(o, s);
        break;
    default:
        convert(o, s);
    }
}

/* Enough was gathered, or nothing more comes. */
static void decide(struct charset_out *o)
{
    struct charset_decoder *d = o->d;
    struct span gathered = span_of(d->guess, d->guess_n);

    set_charset(d, charset_guess(gathered));
    if (gathered.n)
        push_known(o, gathered);
}

/* ASCII passes; from the first other byte on bytes are gathered. Returns bytes used. */
static size_t push_guessing(struct charset_out *o, struct span s)
{
    struct charset_decoder *d = o->d;
    size_t used = 0, more;

    if (!d->guess_n) {
        used = scan_not_plain(s, 0);
        charset_out_span(o, span_head(s, used));
    }
    more = s.n - used < sizeof(d->guess) - d->guess_n ? s.n - used : sizeof(d->guess) - d->guess_n;
    if (more)
        memcpy(d->guess + d->guess_n, s.p + used, more);
    d->guess_n = (uint16_t)(d->guess_n + more);
    if (d->guess_n == sizeof(d->guess))
        decide(o);
    return used + more;
}

void charset_begin(struct charset_decoder *d, struct charsets *c, const struct charset *cs,
                   charset_sink sink, void *ctx)
{
    d->charsets = c;
    d->sink = sink;
    d->ctx = ctx;
    d->handle = -1;
    d->replaced = false;
    set_charset(d, cs);
}

void charset_push(struct charset_decoder *d, struct span bytes)
{
    struct charset_out o;

    o.d = d;
    o.n = 0;
    if (d->guessing)
        bytes = span_from(bytes, push_guessing(&o, bytes));
    if (bytes.n)
        push_known(&o, bytes);
    charset_out_flush(&o);
}

/* Ends what is in progress: a half character is lost, a stateful converter says its last word. */
static void settle(struct charset_out *o)
{
    struct charset_decoder *d = o->d;

    if (d->guessing && d->guess_n)
        decide(o);
    if (d->held_n)
        charset_out_replace(o);
    d->held_n = 0;
    flush_converter(o);
    d->state = 0;
}

void charset_gap(struct charset_decoder *d)
{
    struct charset_out o;

    o.d = d;
    o.n = 0;
    settle(&o);
    charset_out_flush(&o);
}

bool charset_end(struct charset_decoder *d)
{
    charset_gap(d);
    release(d);
    return !d->replaced;
}

void charset_abandon(struct charset_decoder *d)
{
    release(d);
}
