/* SPDX-License-Identifier: Apache-2.0 */
/* script_text: JavaScript string escapes (ECMA-262 12.9.4) as far as they spell ASCII. */
#include "decoders/link/script_text.h"

void script_text_begin(struct script_text *s)
{
    s->held_n = 0;
}

/* Bytes of the escape that begins as held does, backslash included; 0 for one that is left alone. */
static unsigned escape_length(const struct script_text *s)
{
    if (s->held_n < 2)
        return 2;
    if (s->held[1] == '/')
        return 2;
    if (s->held[1] == 'x')
        return 4;
    return s->held[1] == 'u' ? 6 : 0;
}

/* The character of the complete escape; 0 when it is not ASCII text. */
static uint8_t escape_value(const struct script_text *s)
{
    unsigned value = 0;

    if (s->held_n == 2)
        return '/';
    for (unsigned i = 2; i < s->held_n; i++)
        value = value << 4 | (unsigned)ascii_hex(s->held[i]);
    return value >= ' ' && value < 0x7f ? (uint8_t)value : 0;
}

void script_text_end(struct script_text *s, script_out out, void *ctx)
{
    if (s->held_n)
        out(ctx, span_of(s->held, s->held_n));
    s->held_n = 0;
}

/* One byte behind a backslash. False: it is not part of the escape. */
static bool take(struct script_text *s, uint8_t c, script_out out, void *ctx)
{
    unsigned length;
    uint8_t value;

    if (s->held_n >= 2 && ascii_hex(c) < 0)
        return false;
    s->held[s->held_n++] = c;
    length = escape_length(s);
    if (s->held_n < length)
        return true;
    value = length ? escape_value(s) : 0;
    if (value) {
        s->held_n = 0;
        out(ctx, span_of(&value, 1));
    }
    script_text_end(s, out, ctx);
    return true;
}

void script_text_push(struct script_text *s, struct span piece, script_out out, void *ctx)
{
    size_t i = 0;

    while (i < piece.n) {
        size_t end = i;

        if (s->held_n) {
            if (take(s, piece.p[i], out, ctx))
                i++;
            else
                script_text_end(s, out, ctx);
            continue;
        }
        end = span_find(piece, i, '\\');
        if (end > i)
            out(ctx, span_from(span_head(piece, end), i));
        if (end < piece.n)
            s->held[s->held_n++] = '\\';
        i = end + 1;
    }
}
