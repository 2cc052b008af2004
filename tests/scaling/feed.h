/* SPDX-License-Identifier: Apache-2.0 */
/* feed: hostile bytes of any length, cut into pieces, through dialogue, message, header fields and links. */
#ifndef MXTAP_TESTS_FEED_H
#define MXTAP_TESTS_FEED_H

#include "decoders/link/links.h"
#include "decoders/mail/message.h"
#include "decoders/smtp/dialogue.h"

enum { FEED_ROOM = 65536 };

/*
 * A family writes into a feed and does not know who reads: the decoders alone (feed_open), or a whole
 * conversation of the sensor (connection_memory).
 */
struct feed {
    void (*deliver)(struct feed *f, enum smtp_side side, struct span piece);
    void (*lose)(struct feed *f, enum smtp_side side, uint64_t bytes);
    struct mem *mem;
    size_t piece;      /* bytes of one push */
    uint64_t left;     /* what the family may still send */
    struct dialogue *dialogue;
    struct message *message;
    struct links *links;
    struct arena arena;
    uint64_t content, fields, parts, urls, mails; /* what came out, so that nothing is optimised away */
    uint8_t room[FEED_ROOM];
    size_t n;
    enum smtp_side side;
};

/* One connection; suffix is shared by all. */
void feed_open(struct feed *f, struct mem *m, const struct suffix *suffix, size_t piece, uint64_t bytes);
void feed_close(struct feed *f);

/* Bytes of one side, kept until the side changes or the room is full; counted off left. */
void feed_bytes(struct feed *f, enum smtp_side side, struct span s);
void feed_text(struct feed *f, enum smtp_side side, const char *text);
void feed_format(struct feed *f, enum smtp_side side, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* unit again and again until left is used up. */
void feed_repeat(struct feed *f, enum smtp_side side, const char *unit);
bool feed_more(const struct feed *f);

/* bytes of side were never captured. */
void feed_gap(struct feed *f, enum smtp_side side, uint64_t bytes);
/* What is kept goes out, in pieces. */
void feed_flush(struct feed *f);

/* Banner to MAIL; to 354; the end of the mail with its reply. */
void feed_greet(struct feed *f);
void feed_mail(struct feed *f, const char *header);
void feed_mail_end(struct feed *f);

#endif
