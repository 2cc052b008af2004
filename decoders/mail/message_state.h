/* SPDX-License-Identifier: Apache-2.0 */
/* message_state: the parser's inside, shared by the three files that work on it: message (its life),
 * message_entity (what begins and ends), message_stream (what moves). */
#ifndef MXTAP_MAIL_MESSAGE_STATE_H
#define MXTAP_MAIL_MESSAGE_STATE_H

#include "decoders/mail/boundary.h"
#include "decoders/mail/entities.h"
#include "decoders/mail/header_block.h"
#include "decoders/mail/leaf.h"
#include "decoders/mail/message.h"
#include "decoders/mail/part_header.h"

enum { STREAMS = LIMIT_ENCODED_MESSAGES + 1, STREAM_BYTES = 4096 };

/* Where a stream stands. */
enum place {
    IN_HEADER,  /* of the mail, a part or a nested message */
    IN_LEAF,    /* the body of a leaf part */
    IN_BETWEEN, /* epilogue: nobody sees it */
    IN_PREAMBLE, /* of the innermost multipart, whose first delimiter did not come yet: held */
    IN_ENCODED  /* a message in base64 or quoted-printable: what it decodes to is the next stream */
};

/* One sequence of lines with its own boundaries: entities from base on belong to it. What stands before
 * the scanner is zeroed when it begins. */
struct stream {
    enum place place;
    unsigned base;
    struct span in;       /* of the current push, not yet looked at */
    struct span body[2];  /* body bytes found, not yet handed on */
    bool hit, closing;    /* a delimiter behind them */
    unsigned level;       /* whose */
    bool ending;          /* no more bytes will come */
    bool scanned, drained; /* while ending: the scanner, the transfer decoder said their last */
    struct boundary_scanner scanner;
    struct transfer_decoder transfer; /* IN_ENCODED */
    uint8_t *out;         /* STREAM_BYTES of decoded bytes for the next stream; kept for later mails */
};

/*
 * Invariant: streams 0..n-1 are open; all but the last are IN_ENCODED. Only the last can be in a
 * header, a preamble or a leaf, so one of each serves all.
 */
struct message {
    struct mem *mem;
    const struct message_events *events;
    struct arena *arena;
    void *ctx;
    enum message_state state;
    size_t header_bytes;  /* of the top header */
    uint64_t refused;     /* mem's count when the header began */
    bool top_header;      /* fields go to the caller */
    bool complete;        /* the end that is being worked off is a true one */
    bool gapped;          /* bytes were lost: a delimiter may be among them */
    bool own_boundary;    /* the header's own multipart began without an empty line */
    uint32_t parts;
    field_set once;       /* header_once */
    unsigned n;
    struct charsets *charsets;
    struct mail_part extra; /* parts beyond LIMIT_MIME_PARTS share it */
    struct header_block header;
    struct part_header part;
    struct entities entities;
    struct leaf leaf;
    struct buf preamble;  /* LIMIT_MIME_PREAMBLE; of the last stream while it is IN_PREAMBLE */
    struct stream streams[STREAMS];
};

/* A sink for the decoders inside: ctx is the message. */
void message_raise(void *ctx, enum anomaly a);

/* message_entity: a stream with its first header; a header's end; a delimiter; the end of the last part;
 * entities down to n taken off the stack. */
void message_begin_stream(struct message *x);
void message_end_header(struct message *x, struct stream *s);
void message_take_delimiter(struct message *x, struct stream *s);
void message_end_part(struct message *x, struct stream *s);
/* Bytes before a multipart's first delimiter. */
void message_take_preamble(struct message *x, struct stream *s, struct span bytes);
/* Bytes of it were lost, the delimiter maybe among them: what follows might be a part, and is nobody's. */
void message_lose_preamble(struct message *x, struct stream *s);
void message_pop_entities(struct message *x, unsigned n);

/* message_stream: until nothing is left to do in any stream. */
void message_run(struct message *x);

#endif
