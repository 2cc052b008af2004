/* SPDX-License-Identifier: Apache-2.0 */
/* coding: escapes and base64, undone and done again. */
#include "sensor/publish/coding.h"

#include <string.h>

static const uint8_t marks[CODINGS] = {0, '%', '%', '=', '+', '-'};

static int nibble(uint8_t c)
{
    if (ascii_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that two hexadecimal digits at i say; -1 where there are none. */
static int hex_at(struct span s, size_t i)
{
    int high = i + 1 < s.n ? nibble(s.p[i]) : -1, low = i + 1 < s.n ? nibble(s.p[i + 1]) : -1;

    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

size_t coding_step(enum coding c, struct span s, size_t i, uint8_t *byte)
{
    int once, twice;

    *byte = s.p[i];
    if (c == CODING_DASH && s.p[i] == '_')
        *byte = '/';
    if (c == CODING_NONE || s.p[i] != marks[c])
        return 1;
    once = hex_at(s, i + 1);
    if (once < 0)
        return 1;
    *byte = (uint8_t)once;
    twice = c == CODING_PERCENT_TWICE && once == '%' ? hex_at(s, i + 3) : -1;
    if (twice < 0)
        return 3;
    *byte = (uint8_t)twice;
    return 5;
}

/* Signs, dashes and equals signs stand before digits everywhere: only where they escape what parts an address or a password is a text
 * looked at under their codings. */
static bool matters(enum coding c, size_t step, uint8_t byte)
{
    if (c == CODING_PERCENT_TWICE)
        return step == 5;
    return step == 3 && (c == CODING_PERCENT || memchr("@=:/\\", byte, 5));
}

bool coding_in(struct span s, enum coding c)
{
    const uint8_t *p = s.p, *end = s.p + s.n;
    uint8_t byte;

    if (c == CODING_NONE)
        return true;
    for (; p < end && (p = memchr(p, marks[c], (size_t)(end - p))) != NULL; p++) {
        size_t step = coding_step(c, s, (size_t)(p - s.p), &byte);

        if (matters(c, step, byte))
            return true;
    }
    return false;
}

/* Where the next byte stands that is not itself under c. */
static size_t plain_until(struct span s, size_t i, enum coding c)
{
    if (c != CODING_DASH)
        return span_find(s, i, marks[c]);
    while (i < s.n && s.p[i] != '-' && s.p[i] != '_')
        i++;
    return i;
}

struct span coding_undone(struct buf *out, struct span s, enum coding c)
{
    if (c == CODING_NONE)
        return s;
    buf_clear(out);
    for (size_t i = 0; i < s.n;) {
        size_t plain = plain_until(s, i, c);
        uint8_t byte;

        buf_add(out, span_of(s.p + i, plain - i));
        i = plain;
        if (i == s.n)
            break;
        i += coding_step(c, s, i, &byte);
        buf_add_byte(out, byte);
    }
    return buf_span(out);
}

size_t coding_walk_to(struct coding_walk *w, size_t view)
{
    uint8_t byte;

    while (w->view < view && w->at < w->s.n) {
        w->at += coding_step(w->coding, w->s, w->at, &byte);
        w->view++;
    }
    return w->at;
}

size_t base64_run(struct span s, size_t from)
{
    static const bool in_run[256] = {['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true};
    size_t end = s.n - from < CODED_MAX ? s.n : from + CODED_MAX, i = from;

    while (i < end && in_run[s.p[i]])
        i++;
    return i - from;
}

static unsigned sextet(uint8_t c)
{
    if (ascii_digit(c))
        return c - '0' + 52U;
    return c >= 'a' ? c - 'a' + 26U : c - 'A' + 0U;
}

struct span base64_undone(uint8_t *out, struct span run)
{
    uint32_t bits = 0;
    size_t n = 0;

    for (size_t i = 0; i < run.n; i++) {
        bits = bits << 6 | sextet(run.p[i]);
        if (i % 4)
            out[n++] = (uint8_t)(bits >> (6 - i % 4 * 2));
    }
    return span_of(out, n);
}

void base64_done(struct buf *out, struct span s)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < s.n; i += 3) {
        size_t n = s.n - i < 3 ? s.n - i : 3;
        uint32_t bits = (uint32_t)s.p[i] << 16 | (n > 1 ? (uint32_t)s.p[i + 1] << 8 : 0) | (n > 2 ? s.p[i + 2] : 0U);

        for (size_t k = 0; k <= n; k++)
            buf_add_byte(out, (uint8_t)letters[bits >> (18 - 6 * k) & 63]);
    }
}
