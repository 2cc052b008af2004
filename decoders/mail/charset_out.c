/* SPDX-License-Identifier: Apache-2.0 */
/* charset_out: converted text gathered and handed to the sink. */
#include "decoders/mail/charset_out.h"

void charset_to_buf(void *buf, struct span utf8)
{
    struct buf *out = buf;
    size_t room = out->max - out->n;

    if (out->truncated)
        return;
    if (utf8.n > room) {
        while (room && (utf8.p[room] & 0xc0) == 0x80)
            room--;
        utf8.n = room;
        out->truncated = true;
    }
    if (!utf8.n || !buf_room(out, utf8.n))
        return;
    memcpy(out->p + out->n, utf8.p, utf8.n);
    out->n += utf8.n;
}

void charset_out_flush(struct charset_out *o)
{
    if (o->n)
        o->d->sink(o->d->ctx, span_of(o->b, o->n));
    o->n = 0;
}

void charset_out_span(struct charset_out *o, struct span s)
{
    if (s.n >= CHARSET_IN_PLACE) {
        charset_out_flush(o);
        o->d->sink(o->d->ctx, s);
        return;
    }
    if (s.n > sizeof(o->b) - o->n)
        charset_out_flush(o);
    if (s.n <= 2) { /* a line's end between two lines of another set */
        if (s.n)
            o->b[o->n] = s.p[0];
        if (s.n > 1)
            o->b[o->n + 1] = s.p[1];
    } else {
        memcpy(o->b + o->n, s.p, s.n);
    }
    o->n += s.n;
}

void charset_out_backslashes(struct charset_out *o, size_t from)
{
    static const char won[] = "\xe2\x82\xa9";
    size_t to = from;

    while (from < o->n) {
        bool is_won = o->n - from >= 3 && memcmp(o->b + from, won, 3) == 0;

        o->b[to++] = is_won ? '\\' : o->b[from];
        from += is_won ? 3 : 1;
    }
    o->n = to;
}

void charset_out_replace(struct charset_out *o)
{
    o->d->replaced = true;
    charset_out_span(o, SPAN("\xef\xbf\xbd"));
}
