/* SPDX-License-Identifier: Apache-2.0 */
/* json_check: is this one valid JSON object in UTF-8, no key twice, nothing empty in it, nothing that steers a
 * terminal? A reader of its own, by RFC 8259 and not by our writer. */
#include "tests/fuzz/json_check.h"

enum { DEPTH = 16, KEYS = 256 };

struct level {
    char bracket;
    unsigned items, keys_n;
    struct span keys[KEYS]; /* as written */
};

struct reader {
    const uint8_t *p, *end;
    const char *fault;
    unsigned depth;
    struct level level[DEPTH];
};

static uint8_t peek(const struct reader *r)
{
    return r->p < r->end ? *r->p : 0;
}

static void fail(struct reader *r, const char *what)
{
    if (!r->fault)
        r->fault = what;
    r->p = r->end;
}

static void demand(struct reader *r, uint8_t c, const char *what)
{
    if (peek(r) == c)
        r->p++;
    else
        fail(r, what);
}

/* RFC 3629: shortest form, no surrogate, nothing above U+10FFFF. */
static uint32_t read_utf8(struct reader *r)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t a = *r->p;
    size_t n = a < 0x80 ? 1 : a >= 0xf0 ? 4 : a >= 0xe0 ? 3 : 2;
    uint32_t c = n == 1 ? a : a & (0x7fu >> n);

    if ((a >= 0x80 && a < 0xc2) || a > 0xf4 || (size_t)(r->end - r->p) < n) {
        fail(r, "no UTF-8");
        return 0;
    }
    for (size_t i = 1; i < n; i++) {
        if ((r->p[i] & 0xc0) != 0x80)
            fail(r, "no UTF-8");
        if (r->fault)
            return 0;
        c = c << 6 | (r->p[i] & 0x3f);
    }
    if (c < least[n] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
        fail(r, "no UTF-8");
    else
        r->p += n;
    return c;
}

static bool may_not_stand(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static void read_escape(struct reader *r)
{
    uint8_t c = peek(r);

    r->p += r->p < r->end;
    if (c == 'u') {
        for (int i = 0; i < 4; i++, r->p += r->p < r->end)
            if (ascii_hex(peek(r)) < 0)
                fail(r, "\\u without four digits");
    } else if (!c || !strchr("\"\\/bfnrt", c)) {
        fail(r, "unknown escape");
    }
}

/* What stands between the quotes. */
static struct span read_string(struct reader *r)
{
    const uint8_t *from = r->p + 1;

    demand(r, '"', "no string");
    while (!r->fault && peek(r) != '"') {
        if (r->p == r->end) {
            fail(r, "a string without end");
        } else if (*r->p == '\\') {
            r->p++;
            read_escape(r);
        } else if (may_not_stand(read_utf8(r))) {
            fail(r, "a character that steers terminals");
        }
    }
    if (r->fault)
        return (struct span){NULL, 0};
    return span_of(from, (size_t)(r->p++ - from));
}

static void read_digits(struct reader *r)
{
    if (!ascii_digit(peek(r)))
        fail(r, "no digit");
    while (ascii_digit(peek(r)))
        r->p++;
}

static void read_number(struct reader *r)
{
    r->p += peek(r) == '-';
    if (peek(r) == '0')
        r->p++;
    else
        read_digits(r);
}

static void read_true(struct reader *r)
{
    if (r->end - r->p < 4 || memcmp(r->p, "true", 4) != 0)
        fail(r, "no value");
    else
        r->p += 4;
}

static void open_level(struct reader *r)
{
    struct level *l = &r->level[r->depth];

    if (r->depth == DEPTH) {
        fail(r, "too deep");
        return;
    }
    l->bracket = (char)*r->p++;
    l->items = l->keys_n = 0;
    r->depth++;
}

static void read_key(struct reader *r, struct level *l)
{
    struct span key = read_string(r);

    demand(r, ':', "no colon");
    for (unsigned i = 0; i < l->keys_n; i++)
        if (span_eq(l->keys[i], key))
            fail(r, "a key twice");
    if (l->keys_n < KEYS)
        l->keys[l->keys_n++] = key;
}

/* RECORD.md: a key with nothing to say is left out. An array's element is not: received is parallel to email.received, and a
 * field may say nothing that can be read. */
static void close_level(struct reader *r, const struct level *l)
{
    bool element = l->bracket == '{' && r->depth > 1 && r->level[r->depth - 2].bracket == '[';

    if (!l->items && !element)
        fail(r, "an empty object or array");
    r->p++;
    r->depth--;
}

static void read_value(struct reader *r)
{
    uint8_t c = peek(r);

    if (c == '{' || c == '[')
        open_level(r);
    else if (c == '"')
        read_string(r);
    else if (c == '-' || ascii_digit(c))
        read_number(r);
    else
        read_true(r);
}

static void step(struct reader *r)
{
    struct level *l = &r->level[r->depth - 1];

    if (peek(r) == (l->bracket == '{' ? '}' : ']')) {
        close_level(r, l);
        return;
    }
    if (l->items++)
        demand(r, ',', "no comma");
    if (l->bracket == '{')
        read_key(r, l);
    if (!r->fault)
        read_value(r);
}

const char *json_check(struct span text)
{
    static struct reader r; /* 60 KiB: not on the stack */

    r.p = text.p;
    r.end = text.p + text.n;
    r.fault = NULL;
    r.depth = 0;
    if (peek(&r) != '{')
        return "no object";
    open_level(&r);
    while (r.depth && !r.fault)
        step(&r);
    if (!r.fault && r.p != r.end)
        return "something behind the object";
    return r.fault;
}
