/* SPDX-License-Identifier: Apache-2.0 */
/* columns: how wide a character is, is the terminal's business; wcwidth knows what terminals do. */
#define _GNU_SOURCE /* wcwidth */
#include "sensor/publish/columns.h"

#include <limits.h>
#include <wchar.h>

#include "decoders/base/escape.h"

static unsigned width_of(uint32_t c)
{
    int w = wcwidth((wchar_t)c);

    return w < 0 ? 1 : (unsigned)w;
}

/* Bytes of s that take at most width columns; *used: how many they take. */
static size_t fit(struct span s, unsigned width, unsigned *used)
{
    size_t at = 0;

    *used = 0;
    while (at < s.n) {
        uint32_t c = 0;
        unsigned n = utf8_next(span_from(s, at), &c), w;

        if (n == 0)
            break; /* cannot be: the text was escaped */
        w = width_of(c);
        if (*used + w > width)
            break;
        *used += w;
        at += n;
    }
    return at;
}

static void add_blanks(struct buf *out, unsigned used, unsigned width)
{
    for (; used < width; used++)
        buf_add_byte(out, ' ');
}

static void add_fitted(struct buf *out, struct span s, unsigned width, bool pad, unsigned escape)
{
    struct buf text;
    unsigned used;
    size_t n;

    buf_init(&text, out->mem, 4 * s.n + 1);
    escape_text(&text, s, escape);
    n = fit(buf_span(&text), width, &used);
    if (n < text.n && width) {
        n = fit(buf_span(&text), width - 1, &used);
        buf_add(out, span_of(text.p, n));
        buf_add(out, SPAN("…"));
        used++;
    } else {
        buf_add(out, span_of(text.p, n));
    }
    if (pad)
        add_blanks(out, used, width);
    buf_free(&text);
}

void columns_label(struct buf *out, const char *text, unsigned width)
{
    unsigned used;

    fit(span_cstr(text), UINT_MAX, &used);
    buf_add(out, span_cstr(text));
    add_blanks(out, used, width);
}

void columns_label_right(struct buf *out, const char *text, unsigned width)
{
    unsigned used;

    fit(span_cstr(text), UINT_MAX, &used);
    add_blanks(out, used, width);
    buf_add(out, span_cstr(text));
}

void columns_add(struct buf *out, struct span s, unsigned width, bool pad)
{
    add_fitted(out, s, width, pad, 0);
}

void columns_add_stored(struct buf *out, struct span s, unsigned width, bool pad)
{
    add_fitted(out, s, width, pad, ESCAPE_STORED);
}
