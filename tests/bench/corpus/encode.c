/* SPDX-License-Identifier: Apache-2.0 */
/* Transfer encodings and RFC 2047 words, as mail programs write them. */
#include "encode.h"

#include <string.h>

enum { LINE = 76 /* RFC 2045 6.7 and 6.8 */, WORD_BYTES = 36, WORD_COLUMNS = 52 };

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char HEX[] = "0123456789ABCDEF";

const char *transfer_name(enum transfer t)
{
    static const char *const names[] = {"7bit", "8bit", "quoted-printable", "base64"};
    return names[t];
}

void base64_plain(struct buf *out, const uint8_t *data, size_t n)
{
    uint8_t *o = buf_extend(out, (n + 2) / 3 * 4);

    for (; n >= 3; n -= 3, data += 3) {
        uint32_t v = (uint32_t)data[0] << 16 | (uint32_t)data[1] << 8 | data[2];
        *o++ = (uint8_t)ALPHABET[v >> 18];
        *o++ = (uint8_t)ALPHABET[v >> 12 & 63];
        *o++ = (uint8_t)ALPHABET[v >> 6 & 63];
        *o++ = (uint8_t)ALPHABET[v & 63];
    }
    if (n) {
        uint32_t v = (uint32_t)data[0] << 16 | (n > 1 ? (uint32_t)data[1] << 8 : 0);
        *o++ = (uint8_t)ALPHABET[v >> 18];
        *o++ = (uint8_t)ALPHABET[v >> 12 & 63];
        *o++ = n > 1 ? (uint8_t)ALPHABET[v >> 6 & 63] : '=';
        *o++ = '=';
    }
}

static void base64_lines(struct buf *out, const uint8_t *data, size_t n)
{
    while (n) {
        size_t take = n < LINE / 4 * 3 ? n : LINE / 4 * 3;
        base64_plain(out, data, take);
        buf_str(out, "\r\n");
        data += take;
        n -= take;
    }
}

/* A blank before CRLF must be escaped (RFC 2045 6.7 rule 3). */
static int qp_literal(const uint8_t *p, const uint8_t *end)
{
    if (*p == ' ' || *p == '\t')
        return p + 1 < end && p[1] != '\r';
    return *p > ' ' && *p < 127 && *p != '=';
}

static void quoted_printable(struct buf *out, const uint8_t *data, size_t n)
{
    const uint8_t *end = data + n;
    size_t column = 0;

    for (const uint8_t *p = data; p < end; p++) {
        if (*p == '\r' && p + 1 < end && p[1] == '\n') {
            buf_str(out, "\r\n");
            column = 0;
            p++;
            continue;
        }
        int literal = qp_literal(p, end);
        if (column + (literal ? 1 : 3) > LINE - 1) {
            buf_str(out, "=\r\n");
            column = 0;
        }
        if (literal) {
            *buf_extend(out, 1) = *p;
            column++;
        } else {
            uint8_t hex[3] = {'=', (uint8_t)HEX[*p >> 4], (uint8_t)HEX[*p & 15]};
            buf_add(out, hex, 3);
            column += 3;
        }
    }
}

void transfer_encode(struct buf *out, enum transfer t, const uint8_t *data, size_t n)
{
    if (t == BASE64)
        base64_lines(out, data, n);
    else if (t == QUOTED_PRINTABLE)
        quoted_printable(out, data, n);
    else
        buf_add(out, data, n);
}

size_t transfer_cost(enum transfer t, const uint8_t *data, size_t n)
{
    if (t == BASE64)
        return n * 4 / 3 * 78 / 76;
    if (t != QUOTED_PRINTABLE)
        return n;
    size_t escaped = 0;
    for (size_t i = 0; i < n; i++)
        escaped += data[i] >= 127 || data[i] == '=';
    return (n + 2 * escaped) * 26 / 25;
}

static size_t utf8_length(const char *s)
{
    unsigned char c = (unsigned char)*s;
    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

static int q_safe(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static void q_word(struct buf *out, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == ' ')
            buf_str(out, "_");
        else if (q_safe(c))
            buf_add(out, &c, 1);
        else
            buf_printf(out, "=%02X", c);
    }
}

/* How many bytes of utf8 fit one encoded word; a character is never split (RFC 2047 section 5). */
static size_t word_take(const char *utf8, int q)
{
    size_t n = 0, columns = 0, limit = q ? WORD_COLUMNS : WORD_BYTES;

    while (utf8[n]) {
        size_t one = utf8_length(utf8 + n);
        size_t cost = !q                                                 ? one
                      : one > 1                                          ? 3 * one
                      : utf8[n] == ' ' || q_safe((unsigned char)utf8[n]) ? 1
                                                                         : 3;
        if (columns + cost > limit)
            break;
        columns += cost;
        n += one;
    }
    return n;
}

static int is_ascii(const char *s)
{
    while (*s && (unsigned char)*s < 0x80)
        s++;
    return !*s;
}

void encoded_words(struct buf *out, enum charset cs, const char *utf8)
{
    int q = cs == ISO_8859_1 || cs == WINDOWS_1252;
    const char *separator = "";

    if (is_ascii(utf8)) {
        buf_str(out, utf8);
        return;
    }
    while (*utf8) {
        char bytes[256];
        size_t take = word_take(utf8, q);
        size_t n = charset_convert(cs, utf8, take, bytes, sizeof(bytes));
        buf_printf(out, "%s=?%s?%c?", separator, charset_name(cs), q ? 'Q' : 'B');
        if (q)
            q_word(out, bytes, n);
        else
            base64_plain(out, (const uint8_t *)bytes, n);
        buf_str(out, "?=");
        separator = "\r\n ";
        utf8 += take;
    }
}
