/* SPDX-License-Identifier: Apache-2.0 */
/* transaction: one mail transaction: its envelope, its replies, and the outcome they make. */
#ifndef MXTAP_SMTP_TRANSACTION_H
#define MXTAP_SMTP_TRANSACTION_H

#include "decoders/smtp/command_line.h"
#include "decoders/smtp/dialogue.h"

/*
 * In one block with its first strings in the arena; freed when it ends. Invariants: refs = entries
 * of the pending queue that name it; t.rcpt and t.params are only set in transaction_seal; counts
 * are of all recipients, the list keeps the first LIMIT_SMTP_RCPT of them.
 */
struct transaction {
    struct smtp_transaction t; /* what end() will show, filled as it comes */
    struct transaction *next;  /* younger one of the connection */
    struct transaction *outer; /* MAIL was sent inside this one: the server decides which stands */
    struct transaction *inner; /* the one whose outer this is: at most one, for the next MAIL is inside it */
    struct arena arena;
    struct list rcpt, params;
    struct span text_room;     /* memory of t.reply_text, used again by the next reply */
    uint32_t refs;
    uint32_t rcpt_sent, rcpt_taken, rcpt_4xx, rcpt_5xx;
    uint32_t final_taken, final_4xx, final_5xx;
    uint32_t final_next; /* LMTP: recipients up to here have their final reply */
    bool reason_kept;    /* t.reply_text names why nothing can come of it any more */
    bool phantom;        /* told by a 354 alone: it is none unless bytes of it come */
    bool begun;          /* begin() was called, t.id is set */
    bool in_unkept;      /* MAIL was sent inside of one for which memory was refused: a 503 says that it is none */
    bool closed;         /* the client is done with it: it ends when its replies are known */
    bool reset;          /* by RSET, EHLO or STARTTLS */
    bool chunk_refused;  /* t.data_code is of a chunk: that ended it, whatever the last one is told */
    bool reply_lost;     /* the reply to its content is among lost bytes */
    bool content_ended;  /* content_end() was called */
    bool content_hole;   /* bytes of the content were lost */
    bool server_hole;    /* replies were lost while its content came */
    bool verdict_hole;   /* and more than the 354 is among them */
};

/* envelope: bytes that its strings may take. NULL when memory is refused. */
struct transaction *transaction_new(struct mem *m, size_t envelope);
void transaction_free(struct transaction *x, struct mem *m);

/* keep_auth: the value of AUTH= (a user name) may be kept. True unless something was cut. */
bool transaction_set_mail(struct transaction *x, const struct command_path *p, bool keep_auth);
void transaction_set_helo(struct transaction *x, struct span name, uint16_t code,
                          enum smtp_proto proto);
/* Returns the recipient's index, or -1 where the list is full (it is counted all the same). */
int transaction_add_rcpt(struct transaction *x, struct span path);
/* i < 0: one that was not kept. Code 0 changes nothing. */
void transaction_rcpt_reply(struct transaction *x, int i, uint16_t code, bool no_mailbox);
/* LMTP: of the next recipient taken. */
void transaction_final_reply(struct transaction *x, uint16_t code);
/* LMTP (RFC 2033 4.2): more than one reply to the content is still to come. */
bool transaction_wants_more(const struct transaction *x);
/* Keeps the text of the reply that decides, in place of an earlier one. */
void transaction_keep_reply(struct transaction *x, uint16_t code, struct span text);
/* Keeps the queue id if text names one. */
void transaction_find_queue_id(struct transaction *x, struct span text);
/* A chunk was answered: DATA is out of place, and its refusal says nothing of the mail. */
static inline bool transaction_amid_chunks(const struct transaction *x)
{
    return x->chunk_refused || x->t.data_code / 100 == 2;
}

/* Every recipient was refused. */
bool transaction_no_rcpt_left(const struct transaction *x);

/* Fills in what end() shows. server_seen: false makes the outcome unknown at best. */
void transaction_seal(struct transaction *x, bool server_seen);

#endif
