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

/* Opening and closing; key NULL inside an array or at the top. */
void json_open_at(struct json *j, struct span key, char bracket);
void json_close(struct json *j, char bracket);

/* Absent and empty spans write nothing (RECORD.md: a key with nothing to say is left out). Bytes that are not UTF-8
 * become U+FFFD; what would steer a terminal (C0, DEL, C1, bidi and zero-width characters, U+2028/2029) is written as
 * \uXXXX. */
void json_text_at(struct json *j, struct span key, struct span s);
/* The same for text whose recipients are already replaced: what redactor_address gave lives in the redactor, which
 * must not write and read it at once. */
void json_shown_at(struct json *j, struct span key, struct span s);
void json_word_at(struct json *j, struct span key, struct span s); /* our own ASCII word */
void json_number_at(struct json *j, struct span key, int64_t n);
void json_true(struct json *j, const char *key);
/* As json_text, with a key that a sender chose (mail_params). */
void json_text_keyed(struct json *j, struct span key, struct span s);
void json_true_keyed(struct json *j, struct span key);
void json_open_keyed(struct json *j, struct span key, char bracket);

/* With a key of our own, ASCII: its length is known where it is written. NULL: none, or nothing to write. */
static inline void json_open(struct json *j, const char *key, char bracket)
{
    json_open_at(j, span_cstr(key), bracket);
}

static inline void json_text(struct json *j, const char *key, struct span s)
{
    if (s.n)
        json_text_at(j, span_cstr(key), s);
}

static inline void json_shown(struct json *j, const char *key, struct span s)
{
    if (s.n)
        json_shown_at(j, span_cstr(key), s);
}

static inline void json_word(struct json *j, const char *key, const char *s)
{
    if (s)
        json_word_at(j, span_cstr(key), span_cstr(s));
}

static inline void json_number(struct json *j, const char *key, int64_t n)
{
    json_number_at(j, span_cstr(key), n);
}

/* What stands in out already, from its first byte: what was hidden and escaped once need not be again. n 0: there is none. plain:
 * nothing had to be, nor in any part of that text. */
struct json_part {
    size_t at, n;
    bool plain;
};
/* As json_text without a key, and says where it stands. */
struct json_part json_text_part(struct json *j, struct span s);
void json_again_at(struct json *j, struct span key, struct json_part part);
/* Until more is written. */
static inline struct span json_part_span(const struct json *j, struct json_part part)
{
    return span_of(j->out->p + part.at, part.n);
}

/* The same for keys with their values: what is written between the two calls. */
struct json_part json_members_begin(const struct json *j);
void json_members_end(const struct json *j, struct json_part *part);
void json_members_again(struct json *j, struct json_part part);

/* An empty object or array that was just opened is taken back: "a key with nothing to say is left out". */
struct json_mark {
    size_t n;
    bool comma;
};
struct json_mark json_mark(const struct json *j);
void json_rewind(struct json *j, struct json_mark m);

/* json_open that json_close_or_drop undoes when nothing was written in between. */
struct json_mark json_try_at(struct json *j, struct span key, char bracket);
static inline struct json_mark json_try(struct json *j, const char *key, char bracket)
{
    return json_try_at(j, span_cstr(key), bracket);
}

void json_end_try(struct json *j, struct json_mark m, char bracket);

#endif
