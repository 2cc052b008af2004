/* SPDX-License-Identifier: Apache-2.0 */
/* unwrap_coding: percent, base64, and Proofpoint's own. */
#include "decoders/link/unwrap_coding.h"

static int percent_byte(struct span s, size_t at)
{
    int high, low;

    if (at + 2 >= s.n)
        return -1;
    high = ascii_hex(s.p[at + 1]);
    low = ascii_hex(s.p[at + 2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

void unwrap_percent(struct span s, struct buf *out)
{
    for (size_t i = 0; i < s.n;) {
        size_t end = span_find(s, i, '%');
        int byte;

        buf_add(out, span_from(span_head(s, end), i));
        if (end == s.n)
            return;
        byte = percent_byte(s, end);
        buf_add_byte(out, byte < 0 ? '%' : (uint8_t)byte);
        i = end + (byte < 0 ? 1 : 3);
    }
}

static int base64_value(uint8_t c)
{
    if (ascii_alpha(c))
        return c < 'a' ? c - 'A' : c - 'a' + 26;
    if (ascii_digit(c))
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

bool unwrap_base64(struct span s, struct buf *out)
{
    uint32_t bits = 0;
    size_t had = out->n;
    unsigned held = 0;

    while (s.n && s.p[s.n - 1] == '=')
        s.n--;
    for (size_t i = 0; i < s.n; i++) {
        int value = base64_value(s.p[i]);

        if (value < 0) {
            out->n = had;
            return false;
        }
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            buf_add_byte(out, (uint8_t)(bits >> held));
        }
    }
    return s.n != 0;
}

bool unwrap_proofpoint_v2(struct span s, struct buf *out)
{
    for (size_t i = 0; i < s.n; i++) {
        int byte = s.p[i] == '-' ? percent_byte(s, i) : -1;

        if (byte >= 0) {
            buf_add_byte(out, (uint8_t)byte);
            i += 2;
        } else {
            buf_add_byte(out, s.p[i] == '_' ? '/' : s.p[i]);
        }
    }
    return s.n != 0;
}

/* "https:/a.com": the gateway folds the two slashes of a URL into one at times. */
static size_t put_scheme(struct span url, struct buf *out)
{
    size_t colon = span_find(url, 0, ':');

    if (colon > 8 || colon + 2 >= url.n || url.p[colon + 1] != '/' || url.p[colon + 2] == '/')
        return 0;
    buf_add(out, span_head(url, colon + 1));
    buf_add(out, SPAN("//"));
    return colon + 2;
}

/* Length of a run written as a letter: A is 2, then on in base64url's order. */
static size_t run_length(uint8_t c)
{
    int value = base64_value(c);

    return value < 0 ? 1 : (size_t)value + 2;
}

/* url with its stars replaced from bytes, which are used up in order. */
static void put_replaced(struct span url, struct span bytes, struct buf *out)
{
    size_t used = 0;

    for (size_t i = put_scheme(url, out); i < url.n; i++) {
        size_t n = 1;

        if (url.p[i] != '*') {
            buf_add_byte(out, url.p[i]);
            continue;
        }
        if (i + 2 < url.n && url.p[i + 1] == '*') {
            n = run_length(url.p[i + 2]);
            i += 2;
        }
        buf_add(out, span_head(span_from(bytes, used), n));
        used += n;
    }
}

bool unwrap_proofpoint_v3(struct span s, struct buf *out)
{
    size_t end = span_find_span(s, 0, SPAN("__;"));
    struct span encoded = span_from(s, end + 3);
    struct buf bytes;

    if (end == s.n)
        return false;
    buf_init(&bytes, out->mem, out->max);
    unwrap_base64(span_head(encoded, span_find(encoded, 0, '!')), &bytes);
    put_replaced(span_head(s, end), buf_span(&bytes), out);
    buf_free(&bytes);
    return true;
}
