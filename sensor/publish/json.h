/* SPDX-License-Identifier: Apache-2.0 */
/* json: a writer that appends to one buffer; commas are its own business, strings always come out valid. */
#ifndef MXTAP_PUBLISH_JSON_H
#define MXTAP_PUBLISH_JSON_H

#include "decoders/base/bytes.h"

struct redactor;

/* out is borrowed. A write that did not fit sets out->truncated: check once at the end. redact NULL = none. */
struct json {
    struct buf *out;
    const struct redactor *redact;
    bool only_marked; /* redact changes no text without marks of its kinds (redactor_only_marked) */
    bool comma; /* something stands before the next key or element */
};

/* For what is put together by hand: room for n bytes behind what is written, NULL where there is none; and where it ends then. */
static inline uint8_t *json_room(struct json *j, size_t n)
{
    struct buf *b = j->out;

    return b->cap - b->n >= n ? b->p + b->n : buf_room(b, n);
}

static inline void json_wrote(struct json *j, const uint8_t *end)
{
    j->out->n = (size_t)(end - j->out->p);
    j->comma = true;
}

/* A key of up to 16 bytes in two registers, since a copy of its length costs more than all else that is written of most members; its
 * length goes beside it, 0: no key, as in an array or at the top. */
enum { JSON_NAME = 16 };
struct json_name {
    uint64_t word[2];
};

/* Opening and closing. */
void json_open_named(struct json *j, struct json_name name, size_t n, char bracket);
void json_close(struct json *j, char bracket);

/* Absent and empty spans write nothing (RECORD.md: a key with nothing to say is left out). Bytes that are not UTF-8
 * become U+FFFD; what would steer a terminal (C0, DEL, C1, bidi and zero-width characters, U+2028/2029) is written as
 * \uXXXX. True: all of s stands for itself and nothing in it is to be hidden, so that any part of it may be written by json_piece. */
bool json_text_named(struct json *j, struct json_name name, size_t n, struct span s);
/* The same for text whose recipients are already replaced: what redactor_address gave lives in the redactor, which
 * must not write and read it at once. */
void json_shown_named(struct json *j, struct json_name name, size_t n, struct span s);
void json_word_named(struct json *j, struct json_name name, size_t n, struct span s); /* our own ASCII word */
void json_number_named(struct json *j, struct json_name name, size_t n, int64_t number);
void json_true_named(struct json *j, struct json_name name, size_t n);
/* As json_text, with a key that a sender chose (mail_params). */
void json_text_keyed(struct json *j, struct span key, struct span s);
void json_true_keyed(struct json *j, struct span key);
void json_open_keyed(struct json *j, struct span key, char bracket);

/* A key of our own, ASCII. One that is too long for a name is written at once, and the name is none. */
struct json_name json_key(struct json *j, struct span key, size_t *n);

/* The same where it is known to the compiler, which makes two constants of it. Byte i of a string of n, where it belongs in its word. */
#define JSON_BYTE(s, n, i) ((uint64_t)((i) < (n) ? (uint8_t)(s)[(i) < (n) ? (i) : 0] : 0) << (JSON_LITTLE ? (i) % 8 * 8 : 56 - (i) % 8 * 8))
#define JSON_LITTLE (__BYTE_ORDER__ != __ORDER_BIG_ENDIAN__)
#define JSON_WORD(s, n, i) \
    (JSON_BYTE(s, n, i) | JSON_BYTE(s, n, i + 1) | JSON_BYTE(s, n, i + 2) | JSON_BYTE(s, n, i + 3) | JSON_BYTE(s, n, i + 4) | \
     JSON_BYTE(s, n, i + 5) | JSON_BYTE(s, n, i + 6) | JSON_BYTE(s, n, i + 7))

static inline __attribute__((always_inline)) struct json_name json_key_of(struct json *j, const char *key, size_t *n)
{
    *n = key ? strlen(key) : 0;
    if (!__builtin_constant_p(*n) || *n > JSON_NAME)
        return json_key(j, span_cstr(key), n);
    return (struct json_name){{JSON_WORD(key, *n, 0), JSON_WORD(key, *n, 8)}};
}

/* With a key of our own; NULL: none. */
static inline __attribute__((always_inline)) void json_open(struct json *j, const char *key, char bracket)
{
    size_t n;
    struct json_name name = json_key_of(j, key, &n);

    json_open_named(j, name, n, bracket);
}

static inline __attribute__((always_inline)) bool json_text(struct json *j, const char *key, struct span s)
{
    size_t n;
    struct json_name name;

    if (!s.n)
        return false;
    name = json_key_of(j, key, &n);
    return json_text_named(j, name, n, s);
}

static inline __attribute__((always_inline)) void json_shown(struct json *j, const char *key, struct span s)
{
    size_t n;
    struct json_name name;

    if (!s.n)
        return;
    name = json_key_of(j, key, &n);
    json_shown_named(j, name, n, s);
}

static inline __attribute__((always_inline)) void json_word_span(struct json *j, const char *key, struct span s)
{
    size_t n;
    struct json_name name = json_key_of(j, key, &n);

    json_word_named(j, name, n, s);
}

/* As json_text. plain: s is a part of a text for which that said true. */
static inline __attribute__((always_inline)) void json_piece(struct json *j, const char *key, struct span s, bool plain)
{
    if (!plain)
        json_text(j, key, s);
    else if (s.n)
        json_word_span(j, key, s);
}

/* NULL: nothing to write. */
static inline __attribute__((always_inline)) void json_word(struct json *j, const char *key, const char *s)
{
    if (s)
        json_word_span(j, key, span_cstr(s));
}

static inline __attribute__((always_inline)) void json_number(struct json *j, const char *key, int64_t number)
{
    size_t n;
    struct json_name name = json_key_of(j, key, &n);

    json_number_named(j, name, n, number);
}

static inline __attribute__((always_inline)) void json_true(struct json *j, const char *key)
{
    size_t n;
    struct json_name name = json_key_of(j, key, &n);

    json_true_named(j, name, n);
}

/* With a key that is a span. */
static inline void json_text_at(struct json *j, struct span key, struct span s)
{
    size_t n;
    struct json_name name = json_key(j, key, &n);

    json_text_named(j, name, n, s);
}

static inline void json_number_at(struct json *j, struct span key, int64_t number)
{
    size_t n;
    struct json_name name = json_key(j, key, &n);

    json_number_named(j, name, n, number);
}

/* What stands in out already, from its first byte: what was hidden and escaped once need not be again. n 0: there is none. plain:
 * nothing had to be, nor in any part of that text. */
struct json_part {
    size_t at, n;
    bool plain;
};
/* As json_text without a key, and says where it stands: to *part field by field, since a structure that is handed back is copied before what
 * was stored of it can be read as one. */
void json_text_part(struct json *j, struct span s, struct json_part *part);
void json_again_named(struct json *j, struct json_name name, size_t n, struct json_part part);
static inline __attribute__((always_inline)) void json_again(struct json *j, const char *key, struct json_part part)
{
    size_t n;
    struct json_name name = json_key_of(j, key, &n);

    json_again_named(j, name, n, part);
}
/* Until more is written. */
static inline struct span json_part_span(const struct json *j, struct json_part part)
{
    return span_of(j->out->p + part.at, part.n);
}

/* The same for keys with their values: what is written between the two calls. */
static inline void json_members_begin(const struct json *j, struct json_part *part)
{
    part->at = j->out->n + j->comma;
    part->n = 0;
    part->plain = false;
}

void json_members_end(const struct json *j, struct json_part *part);
void json_members_again(struct json *j, struct json_part part);

/* An empty object or array that was just opened is taken back: "a key with nothing to say is left out". */
struct json_mark {
    size_t n;
    bool comma;
};
static inline struct json_mark json_mark(const struct json *j)
{
    return (struct json_mark){j->out->n, j->comma};
}

void json_rewind(struct json *j, struct json_mark m);

/* json_open that json_end_try undoes when nothing was written in between. */
static inline __attribute__((always_inline)) struct json_mark json_try(struct json *j, const char *key, char bracket)
{
    struct json_mark m = json_mark(j);

    json_open(j, key, bracket);
    return m;
}

void json_end_try(struct json *j, struct json_mark m, char bracket);

#endif
