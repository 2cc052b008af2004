/* SPDX-License-Identifier: Apache-2.0 */
/* json: the writer behind every JSON line. */
#include "sensor/publish/json.h"

#include "decoders/base/escape.h"
#include "sensor/publish/plain_text.h"
#include "sensor/publish/recipients.h"
#include "sensor/publish/text_marks.h"

static inline void put(struct json *j, const void *p, size_t n)
{
    uint8_t *to = json_room(j, n);

    if (!to)
        return;
    bytes_copy(to, p, n);
    j->out->n += n;
}

enum { KEY_ROOM = JSON_NAME + 4 }; /* comma, quotes, colon */

/* What stands before a value: a comma and the key, as far as there are any. to: KEY_ROOM bytes. */
static inline uint8_t *write_key(struct json *j, struct json_name name, size_t n, uint8_t *to)
{
    *to = ',';
    to += j->comma;
    j->comma = true;
    if (!n)
        return to;
    *to++ = '"';
    memcpy(to, name.word, JSON_NAME);
    to += n;
    memcpy(to, "\":", 2);
    return to + 2;
}

struct json_name json_key(struct json *j, struct span key, size_t *n)
{
    struct json_name name = {{0, 0}};

    *n = key.n;
    if (key.n <= JSON_NAME) {
        bytes_copy((uint8_t *)name.word, key.p, key.n);
        return name;
    }
    *n = 0;
    if (j->comma)
        put(j, ",", 1);
    put(j, "\"", 1);
    put(j, key.p, key.n);
    put(j, "\":", 2);
    j->comma = false;
    return name;
}

static void put_key(struct json *j, struct json_name name, size_t n)
{
    uint8_t *to = json_room(j, KEY_ROOM);

    if (to)
        j->out->n += (size_t)(write_key(j, name, n, to) - to);
}

/* Key and string whose bytes all stand for themselves: room is asked for once. */
static inline void put_plain(struct json *j, struct json_name name, size_t n, struct span s)
{
    uint8_t *start = json_room(j, KEY_ROOM + s.n + 2), *to;

    if (!start)
        return;
    to = write_key(j, name, n, start);
    *to++ = '"';
    bytes_copy(to, s.p, s.n);
    to += s.n;
    *to++ = '"';
    j->out->n += (size_t)(to - start);
}

void json_open_named(struct json *j, struct json_name name, size_t n, char bracket)
{
    uint8_t *start = json_room(j, KEY_ROOM + 1), *to;

    if (!start)
        return;
    to = write_key(j, name, n, start);
    *to++ = (uint8_t)bracket;
    j->out->n += (size_t)(to - start);
    j->comma = false;
}

void json_close(struct json *j, char bracket)
{
    put(j, &bracket, 1);
    j->comma = true;
}

void json_rewind(struct json *j, struct json_mark m)
{
    j->out->n = m.n;
    j->comma = m.comma;
}

void json_end_try(struct json *j, struct json_mark m, char bracket)
{
    if (j->comma)
        json_close(j, bracket);
    else
        json_rewind(j, m);
}

static void put_escape(struct json *j, uint32_t c)
{
    static const char hex[] = "0123456789abcdef";
    char u[6] = {'\\', 'u', hex[c >> 12 & 15], hex[c >> 8 & 15], hex[c >> 4 & 15], hex[c & 15]};

    if (c == '"' || c == '\\') {
        u[1] = (char)c;
        put(j, u, 2);
    } else if (c == '\n' || c == '\r' || c == '\t') {
        u[1] = c == '\n' ? 'n' : c == '\r' ? 'r' : 't';
        put(j, u, 2);
    } else {
        put(j, u, 6);
    }
}

/* plain: where the first character of s stands that does not stand for itself. */
static void put_rest(struct json *j, struct span s, size_t plain)
{
    for (;;) {
        uint32_t c;
        size_t n;

        put(j, s.p, plain);
        s = span_from(s, plain);
        if (!s.n)
            return;
        n = utf8_next(s, &c);
        if (n)
            put_escape(j, c);
        else
            put(j, "\xef\xbf\xbd", 3);
        s = span_from(s, n + !n);
        plain = plain_text_end(s, 0);
    }
}

static void put_string(struct json *j, struct json_name name, size_t n, struct span s)
{
    size_t plain = plain_text_end(s, 0);

    if (plain == s.n) {
        put_plain(j, name, n, s);
        return;
    }
    put_key(j, name, n);
    put(j, "\"", 1);
    put_rest(j, s, plain);
    put(j, "\"", 1);
}

/* True: every byte stood for itself, and none of what is to be hidden was looked for in it. */
static inline bool write_text(struct json *j, struct json_name name, size_t n, struct span s)
{
    unsigned marks = text_marks(s), any = marks & (MARK_ESCAPE | REDACTOR_MARKS);

    if (j->redact && s.n && (!j->only_marked || (marks & REDACTOR_MARKS))) {
        const uint8_t *before = s.p;

        s = redactor_apply_marked(j->redact, s, marks);
        if (!s.p && n)
            return false; /* withheld; in a list its place stays */
        if (s.p != before)
            marks = text_marks(s);
    }
    if (!(marks & MARK_ESCAPE)) {
        put_plain(j, name, n, s);
        return !any && (!j->redact || j->only_marked);
    }
    put_string(j, name, n, s);
    return false;
}

bool json_text_named(struct json *j, struct json_name name, size_t n, struct span s)
{
    return write_text(j, name, n, s);
}

void json_text_part(struct json *j, struct span s, struct json_part *part)
{
    json_members_begin(j, part);
    part->plain = s.n && write_text(j, (struct json_name){{0, 0}}, 0, s);
    json_members_end(j, part);
}

void json_members_end(const struct json *j, struct json_part *part)
{
    part->n = j->out->n > part->at ? j->out->n - part->at : 0;
}

void json_members_again(struct json *j, struct json_part part)
{
    uint8_t *to = part.n ? json_room(j, part.n + 1) : NULL;

    if (!to)
        return;
    *to = ',';
    bytes_copy(to + j->comma, j->out->p + part.at, part.n);
    j->out->n += part.n + j->comma;
    j->comma = true;
}

void json_again_named(struct json *j, struct json_name name, size_t n, struct json_part part)
{
    uint8_t *start = part.n ? json_room(j, KEY_ROOM + part.n) : NULL, *to;

    if (!start)
        return;
    to = write_key(j, name, n, start);
    bytes_copy(to, j->out->p + part.at, part.n);
    j->out->n += (size_t)(to - start) + part.n;
}

void json_shown_named(struct json *j, struct json_name name, size_t n, struct span s)
{
    put_string(j, name, n, s);
}

/* A string without a key. */
static void put_lone(struct json *j, struct span s)
{
    put_string(j, (struct json_name){{0, 0}}, 0, s);
}

static void put_strange_key(struct json *j, struct span key)
{
    put_lone(j, key);
    put(j, ":", 1);
    j->comma = false;
}

void json_text_keyed(struct json *j, struct span key, struct span s)
{
    s = redactor_apply(j->redact, s);
    if (!s.p)
        return;
    put_strange_key(j, key);
    put_lone(j, s);
}

void json_true_keyed(struct json *j, struct span key)
{
    put_strange_key(j, key);
    put(j, "true", 4);
    j->comma = true;
}

void json_open_keyed(struct json *j, struct span key, char bracket)
{
    put_strange_key(j, key);
    put(j, &bracket, 1);
    j->comma = false;
}

void json_word_named(struct json *j, struct json_name name, size_t n, struct span s)
{
    put_plain(j, name, n, s);
}

/* The eight digits of n, which has no more, the first of them in the lowest byte: all divided at once, by products. */
static inline uint64_t digits_8(uint32_t n)
{
    uint64_t x = n / 10000 | (uint64_t)(n % 10000) << 32, y, z;

    y = (x * 10486 >> 20) & 0x0000007f0000007f; /* hundreds of both halves, which are below 10,000 */
    x = y | (x - 100 * y) << 16;
    z = (x * 103 >> 10) & 0x000f000f000f000f; /* tens of four numbers below 100 */
    return z | (x - 10 * z) << 8;
}

/* In order of value, whatever the machine's order is. */
static inline uint8_t *put_digits(uint8_t *to, uint64_t digits, unsigned count)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    digits = __builtin_bswap64(digits);
#endif
    memcpy(to, &digits, 8);
    return to + count;
}

static inline uint8_t *put_eight(uint8_t *to, uint64_t n)
{
    return put_digits(to, digits_8((uint32_t)n) | 0x3030303030303030, 8);
}

/* The same without zeros in front. */
static inline uint8_t *put_first(uint8_t *to, uint64_t n)
{
    uint64_t digits = digits_8((uint32_t)n);
    unsigned zeros = digits ? (unsigned)__builtin_ctzll(digits) / 8 : 7;

    return put_digits(to, (digits | 0x3030303030303030) >> 8 * zeros, 8 - zeros);
}

static uint8_t *put_number(uint8_t *to, uint64_t n)
{
    const uint64_t eight = 100000000;

    if (n < eight)
        return put_first(to, n);
    if (n < eight * eight)
        return put_eight(put_first(to, n / eight), n % eight);
    to = put_eight(put_first(to, n / (eight * eight)), n / eight % eight);
    return put_eight(to, n % eight);
}

void json_number_named(struct json *j, struct json_name name, size_t n, int64_t number)
{
    enum { LONGEST = 24 + 1 }; /* three times eight digits, a sign */
    uint8_t *start = json_room(j, KEY_ROOM + LONGEST), *to;

    if (!start)
        return;
    to = write_key(j, name, n, start);
    *to = '-';
    to = put_number(to + (number < 0), number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
    j->out->n += (size_t)(to - start);
}

void json_true_named(struct json *j, struct json_name name, size_t n)
{
    put_key(j, name, n);
    put(j, "true", 4);
}
