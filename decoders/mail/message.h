/* SPDX-License-Identifier: Apache-2.0 */
/* message: a push parser for one mail (RFC 5322, 2045-2047): header fields, parts, decoded text. */
#ifndef MXTAP_MAIL_MESSAGE_H
#define MXTAP_MAIL_MESSAGE_H

#include "decoders/base/anomaly.h"
#include "decoders/base/bytes.h"
#include "decoders/base/limits.h"
#include "decoders/mail/charset.h"
#include "decoders/mail/field_name.h"

enum mail_text { MAIL_TEXT_NONE, MAIL_TEXT_PLAIN, MAIL_TEXT_HTML };

/* One leaf part. Spans live until message_free/message_reset (in the arena given). */
struct mail_part {
    struct span type;        /* "text/html", lower case; text/plain where none was given; absent where it may have been lost */
    struct span charset;     /* as declared, lower case; absent where none */
    struct span encoding;    /* lower case; absent where none */
    struct span disposition; /* lower case */
    struct span filename;    /* RFC 2231/2047 decoded, UTF-8, from Content-Disposition or Content-Type name */
    uint64_t size;           /* decoded bytes; final at part_end */
    const char *sniffed;     /* at part_end: the type that its leading bytes show, static; NULL: not recognised */
    bool encrypted;          /* at part_end: an archive whose content needs a password */
    enum mail_text text;     /* where text() will be called; HTML attachments too */
    bool attachment;         /* has a file name or disposition attachment */
    bool whole;              /* at part_end: no byte of it was lost or cut off */
    bool shared;             /* gone after its part_end: beyond LIMIT_MIME_PARTS, or no memory to keep it */
};

struct message_events {
    /* One field of the top header, in order: name without colon, value unfolded (CRLF removed, RFC 5322
     * 2.2.3) and trimmed, otherwise raw, at most LIMIT_HEADER_FIELD bytes; LIMIT_HEADER_FIELDS of them.
     * Valid during the call. */
    void (*field)(void *ctx, enum field_name which, struct span name, struct span value);
    /* Not called where the mail was cut before. */
    void (*header_end)(void *ctx);
    /* part stays valid until message_reset, unless it is shared: then until its part_end. */
    void (*part_begin)(void *ctx, const struct mail_part *part);
    /* Text of a text/plain or text/html part: transfer encoding undone, charset converted: always valid
     * UTF-8, in pieces; a character is never split. Valid during the call. */
    void (*text)(void *ctx, const struct mail_part *part, struct span utf8);
    /* Decoded bytes of any part; only called where want_bytes. */
    void (*bytes)(void *ctx, const struct mail_part *part, struct span bytes);
    void (*part_end)(void *ctx, const struct mail_part *part);
    void (*anomaly)(void *ctx, enum anomaly a);
    bool other_fields; /* field() is called for FIELD_OTHER too; else such fields are counted and passed by */
};

enum message_state { MESSAGE_EMPTY, MESSAGE_HEADER, MESSAGE_BODY, MESSAGE_DONE };

struct message;

/* One parser is used for many mails: message_reset begins the next. arena: the mail's, where parts and
 * their strings go. NULL when memory is refused. want_bytes: call bytes(). */
struct message *message_new(struct mem *m, const struct message_events *events, bool want_bytes);
void message_reset(struct message *x, struct arena *arena, void *ctx);
void message_push(struct message *x, struct span bytes);
/* n bytes of the mail (0: nobody knows how many) were never seen: parts resynchronise at the next boundary. */
void message_gap(struct message *x, uint64_t n);
/* complete: the end of the message was seen (MESSAGE_DONE), else it stays as it stands. */
void message_finish(struct message *x, bool complete);
enum message_state message_state(const struct message *x);
/* Of those pushed, how many bytes were the top header with the empty line that ended it; known from header_end(). */
size_t message_header_bytes(const struct message *x);
/* It stands in a part that nobody reads: until the part ends, bytes are only counted. */
bool message_only_counts(const struct message *x);
/* The parser's charset converters, for decoding this mail's header values (encoded_word, mailbox). */
struct charsets *message_charsets(const struct message *x);
void message_free(struct message *x);

#endif
