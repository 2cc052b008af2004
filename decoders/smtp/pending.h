/* SPDX-License-Identifier: Apache-2.0 */
/* pending: the commands that wait for their replies, in order: what each reply answers. */
#ifndef MXTAP_SMTP_PENDING_H
#define MXTAP_SMTP_PENDING_H

#include "decoders/smtp/command_line.h"
#include "decoders/smtp/owned.h"

struct transaction;

/* What waits beside the verbs of command_line.h. */
enum {
    PENDING_END_OF_DATA = VERB_COUNT, /* of DATA or BDAT LAST; LMTP: a reply for each rcpt */
    PENDING_AUTH_RESPONSE, /* a line of an AUTH exchange */
    PENDING_PROXY,         /* a PROXY header: answered only by a server that refuses it */
    PENDING_HOLE,          /* commands that were lost: any number of replies */
    PENDING_KINDS
};

enum {
    PENDING_DOUBTFUL = 1, /* its reply may be among bytes that were lost */
    PENDING_ABSORBED = 2, /* a hole that took a reply while nothing else waited */
    PENDING_CHUNK = 4,    /* a BDAT whose chunk waits for its reply */
    PENDING_UNKEPT = 16,  /* a MAIL for which memory was refused: its transaction is none that is kept */
    PENDING_INSIDE = 32,  /* the same inside of another, which tx is where that one is kept */
    PENDING_STAYS = 8     /* a RSET or QUIT with an argument: what follows is taken to be in the transaction still */
};

enum { PENDING_NO_RCPT = 0xffff };

/* One entry. tx is counted in its refs; text belongs to the entry. */
struct pending {
    struct transaction *tx;
    struct owned text; /* HELO's name, AUTH's mechanism, XCLIENT's attributes */
    uint16_t rcpt;     /* index in tx, or PENDING_NO_RCPT */
    uint8_t kind;      /* enum smtp_verb or PENDING_* */
    uint8_t flags;
};

/*
 * A ring, first in first out. Invariant: n <= cap <= LIMIT_SMTP_PENDING; overflow counts commands
 * that came after the last entry and were not kept: their replies come after all others.
 */
struct pending_queue {
    struct pending *ring;
    uint32_t overflow;
    uint16_t head, n, cap;
};

/* The first few places; false when memory is refused. Every connection needs them, and one that gets none is better
 * not decoded than with replies that do not find their commands. */
bool pending_init(struct pending_queue *q, struct mem *m);
/* A new entry behind the others, which the caller fills; NULL (and counted in overflow) at the cap, when memory is refused, or while overflow > 0. */
struct pending *pending_add(struct pending_queue *q, struct mem *m);
/* Entry i, 0 = the oldest; borrowed until the next push or take. */
struct pending *pending_at(const struct pending_queue *q, unsigned i);
/* Takes the oldest out: it is the caller's. n must not be 0. */
struct pending pending_take(struct pending_queue *q);
/* Gives a large ring back once it is empty. */
void pending_shrink(struct pending_queue *q, struct mem *m);
void pending_free(struct pending_queue *q, struct mem *m);

#endif
