/* SPDX-License-Identifier: Apache-2.0 */
/* dialogue_state: what the files of dialogue share: its struct and what each of them offers the
 * others. */
#ifndef MXTAP_SMTP_DIALOGUE_STATE_H
#define MXTAP_SMTP_DIALOGUE_STATE_H

#include "decoders/smtp/auth.h"
#include "decoders/smtp/content.h"
#include "decoders/smtp/dialogue.h"
#include "decoders/smtp/line.h"
#include "decoders/smtp/pending.h"
#include "decoders/smtp/reply.h"
#include "decoders/smtp/proxy_header.h"
#include "decoders/smtp/transaction.h"

/* What the client's next bytes are. */
enum client_mode {
    CLIENT_START,     /* nothing came yet: PROXY header, TLS or a command line */
    CLIENT_PROXY,     /* a PROXY header, or what looks like its beginning */
    CLIENT_COMMAND,   /* command lines */
    CLIENT_HOLD,      /* the reply to `hold` decides: bytes wait in held */
    CLIENT_CONTENT,   /* the mail behind DATA */
    CLIENT_CHUNK,     /* chunk_left bytes behind BDAT */
    CLIENT_AUTH,      /* one line that is a secret */
    CLIENT_TLS_CHECK, /* STARTTLS was taken: TLS, or plain text from a decrypting mirror */
    CLIENT_TLS
};

enum server_mode { SERVER_LINES, SERVER_TLS_CHECK, SERVER_TLS };

/* Bytes the client sent ahead of the reply that says what they are. Wiped when given back. */
struct held {
    uint8_t *p;
    uint32_t from, n, cap; /* p[from..n) waits */
};

/* What few connections need, allocated when they do. */
struct extra {
    struct held held;
    struct held behind; /* what stands in a mail behind a false end of data */
    uint64_t behind_at; /* its offset in the message */
    uint8_t behind_last; /* enum line_break, of its end */
    bool behind_dropped; /* it is no command, or too much */
    uint8_t followed;    /* false ends that the dialogue followed the server to */
    struct auth auth;
    struct proxy_header proxy;
    struct endpoint client; /* by PROXY, XCLIENT, XFORWARD */
    struct endpoint forwarded;
};

enum { TLS_HANDSHAKE = 0x16 }; /* first byte of a TLS connection (RFC 8446 5.1) */

struct dialogue {
    struct mem *mem;
    const struct dialogue_events *events;
    void *ctx;
    struct extra *extra;
    struct line line[2]; /* by enum smtp_side */
    struct pending_queue pending;
    struct transaction *oldest, *newest; /* open ones, by age */
    struct transaction *current; /* the one that MAIL, RCPT and DATA speak of now */
    struct transaction *filling; /* the one whose content is coming */
    struct transaction *watched; /* it held a false end of data: the next replies tell the rest */
    /* The transaction of the last BDAT LAST, until the server is done with it: Exim keeps the envelope where it refuses
     * that for want of recipients, and takes more of them without another MAIL. */
    struct {
        struct owned from; /* absent: none */
        uint32_t id;
        uint16_t mail_code;
        bool refused;
    } offered;
    struct content content;
    uint64_t chunk_left;
    uint64_t lost; /* bytes of commands since the last MAIL, while no transaction was open */
    uint64_t unsure; /* bytes of the client since its last trusted command, lost or not understood */
    uint64_t unsure_replies; /* bytes of the server meanwhile, beyond the replies to what was seen */
    uint64_t lost_replies; /* those of them that nobody saw */
    anomaly_set anomalies;
    struct owned banner;
    struct owned helo;       /* the last accepted */
    struct owned helo_other; /* the last sent, while unanswered */
    uint32_t next_id, mails, accepted, refused, deferred, rcpt_refused, unfinished, unknown;
    uint16_t banner_code, helo_code, reply_code, helo_waiting;
    uint16_t helo_refusal, auth_refusal; /* codes of refused ones, a 4xx before a 5xx; 0 = none */
    uint8_t open_n;
    uint8_t client_mode, server_mode, hold; /* hold: kind in pending */
    uint8_t proto, tls, via, forward_via;
    bool midstream : 1, one_sided : 1, proxy_trusted : 1, implicit_tls : 1, keep_auth_user : 1;
    bool client_seen : 1, server_seen : 1, is_smtp : 1, encrypted : 1;
    bool banner_expected : 1;
    bool client_first : 1;     /* it spoke before the banner */
    bool pipelining : 1;       /* the server offered it */
    bool pipelining_line : 1;  /* seen in the reply that is coming in */
    bool chunking : 1, chunking_line : 1; /* the same of BDAT */
    bool reply_open : 1;       /* inside of a multi-line reply */
    bool client_doubt : 1;     /* commands were lost since the last known one */
    bool server_doubt : 1;     /* replies were lost */
    bool chunk_last : 1, chunk_odd : 1;
    bool assume : 1;           /* in CLIENT_HOLD: no reply will come, what follows decides */
    bool assumed : 1;          /* the content coming in is one by assumption, no 354 was seen */
    bool finishing : 1;
    bool line_start : 1;       /* unsure_content: at the start of a line */
    bool helo_taken : 1;       /* a HELO was accepted */
    bool auth_taken : 1;       /* an AUTH was accepted */
    bool helo_unseen : 1;      /* commands were lost before any HELO came: it may be among them */
    bool late_gap : 1;         /* held bytes are being used, and replies to them may be lost */
    bool other_verdict : 1;    /* replies were lost, and one came that is the verdict on some mail */
    bool runs_ahead : 1;       /* the client asks for a mail before it has the last one's verdict */
    bool unkept : 1;           /* a transaction is open for which memory was refused; current is NULL then */
    bool sends_chunks : 1;     /* a BDAT came: a command may stand behind half a line */
};

/* --- dialogue.c --- */
void dialogue_raise(struct dialogue *d, enum anomaly a);
/* The same for what lost bytes may have made: not where any were lost. */
void dialogue_raise_if_whole(struct dialogue *d, enum anomaly a);
bool dialogue_is_whole(const struct dialogue *d);
/* NULL when memory is refused. */
struct extra *dialogue_extra(struct dialogue *d);
struct span dialogue_helo(const struct dialogue *d);
enum smtp_proto dialogue_proto(const struct dialogue *d);

/* --- client.c: the client's bytes --- */
/* Uses bytes from the front of *in until it is empty or the mode is CLIENT_HOLD. */
void client_consume(struct dialogue *d, struct span *in);
void client_gap(struct dialogue *d, uint64_t bytes);

/* --- client_commands.c: one line --- */
void client_command(struct dialogue *d, struct span line);
/* A MAIL of which no more is known, for want of memory. */
void client_mail_unkept(struct dialogue *d);

/* --- client_content.c: DATA and BDAT --- */
/* The bytes behind DATA are x's (NULL: nobody's, but their end is looked for). */
void content_begin(struct dialogue *d, struct transaction *x);
/* The same, but x is not begun before bytes come. */
void content_expect(struct dialogue *d, struct transaction *x);
void client_content(struct dialogue *d, struct span *in);
/* BDAT was sent: its chunk follows at once, whatever the server says (RFC 3030); but where the server never
 * offered CHUNKING, or reads the size its own way, its reply tells whether it took one. */
void chunk_begin(struct dialogue *d, const struct command_bdat *b);
/* The server is seen: its reply will come. */
bool chunk_can_wait(const struct dialogue *d);
/* That reply (0: unseen) came to the oldest waiting command, p. */
void chunk_answered(struct dialogue *d, struct pending *p, uint16_t code);
/* A MAIL was answered: a chunk that waited to know whose it is goes on. */
void chunk_owner_known(struct dialogue *d);
/* In CLIENT_HOLD: no reply will come, the chunk is taken for one. */
void chunk_assume(struct dialogue *d);
void client_chunk(struct dialogue *d, struct span *in);
/* A chunk of x may be among bytes that were lost. */
void content_lost_before(struct dialogue *d, struct transaction *x);
/* The server does not know BDAT, or refused DATA after all: what follows are commands. */
void content_abandon(struct dialogue *d);
/* No more bytes come, or a gap: gives out what was kept of a line's start. */
void client_content_stop(struct dialogue *d);
/* As much of a gap as lies in the content; the rest, behind a chunk's end, is returned. */
uint64_t client_content_gap(struct dialogue *d, uint64_t bytes);
/* Both sides lost bytes while the mail came: a server speaks only behind its end, so that is among them.
 * What comes now is of nobody until a command is certain. */
void content_end_lost(struct dialogue *d);
/* The mail behind DATA is over; complete: its end was seen. What the server answers is expected. */
void content_finish(struct dialogue *d, bool complete);
/* The same; kind (PENDING_KINDS: nothing) is what the server answers next. */
void content_finish_asking(struct dialogue *d, bool complete, unsigned kind);

/* --- hold.c: bytes whose meaning the server's reply decides --- */
void hold_begin(struct dialogue *d, uint8_t kind);
/* The decision: the client's next bytes are of this mode. */
void hold_release(struct dialogue *d, enum client_mode mode);
bool hold_has_bytes(const struct dialogue *d);
/* The first byte that waits; only where hold_has_bytes. */
uint8_t hold_first(const struct dialogue *d);
/* Takes the client's bytes, those that wait first. */
void hold_push(struct dialogue *d, struct span in);
/* What waits behind DATA begins with a command, as no mail does: DATA was refused. */
bool hold_is_command(const struct dialogue *d);
/* Uses what waits, as far as the mode allows. */
void hold_run(struct dialogue *d);
/* No reply will come: decide by what follows. */
void hold_assume(struct dialogue *d);
/* The bytes behind DATA are taken as its content; a refusal that comes later takes that back. */
void hold_assume_content(struct dialogue *d);
/* What waits are lines of AUTH, about to be dropped: their echo is known all the same. */
void hold_note_strays(struct dialogue *d);
void hold_free(struct dialogue *d);
/* Room for need bytes in all; false where memory is refused. */
bool held_room(struct dialogue *d, struct held *h, size_t need);
void held_free(struct dialogue *d, struct held *h);

/* --- server.c: the server's bytes --- */
void server_consume(struct dialogue *d, struct span in);
void server_gap(struct dialogue *d, uint64_t bytes);

/* --- smuggling.c --- */
/* x's content is over: was there a false end of data in it? */
void smuggling_found(struct dialogue *d, struct transaction *x);
/* A piece of the content: what stands behind a false end is kept, as far as it may be commands. */
void smuggling_keep(struct dialogue *d, struct span bytes);
/* Forgets what was kept. */
void smuggling_forget(struct dialogue *d);
/* True where r answers a command that was smuggled, and that was dealt with. */
bool smuggling_reply(struct dialogue *d, const struct reply *r);
/* The mail still comes, holds a false end, and the server, which nothing else was asked, answers r: it took
 * it for the end. */
void smuggling_taken(struct dialogue *d, const struct reply *r);

/* --- transactions.c: the open ones of a connection --- */
/* NULL when memory is refused. */
struct transaction *transactions_add(struct dialogue *d);
/* A MAIL for which transactions_add found none: its reply is expected. Inside of another transaction it decides which of the two stands,
 * as ever; what comes until then is the outer one's. */
void transactions_mail_unkept(struct dialogue *d);
/* The reply to that MAIL (0: unseen), whose entry was p. */
void transactions_settle_unkept(struct dialogue *d, const struct pending *p, uint16_t code);
/* A transaction is begun that was seen and is not kept. */
void transactions_begin_unkept(struct dialogue *d);
/* MAIL of x was sent inside of outer (NULL: of none). */
void transactions_nest(struct transaction *x, struct transaction *outer);
/* The content comes before the replies to MAILs inside of the open transaction: it stands, as if they had been
 * refused, which RFC 5321 4.1.4 wants of the server. */
void transactions_settle_unseen(struct dialogue *d);
/* All chunks of x were sent. */
void transactions_offer(struct dialogue *d, const struct transaction *x);
/* The server's verdict on x's chunks. */
void transactions_offer_answered(struct dialogue *d, const struct transaction *x, uint16_t code);
/* Another MAIL, RSET and the like: its envelope is gone. */
void transactions_forget_offer(struct dialogue *d);
/* Commands behind it without a MAIL: they are of a transaction (phantom) that is one if the server takes a recipient.
 * NULL where there is nothing to go on with. */
struct transaction *transactions_take_up(struct dialogue *d);
/* The server took a recipient of x: it is no phantom. */
void transactions_prove(struct dialogue *d, struct transaction *x);
void transactions_begin(struct dialogue *d, struct transaction *x);
void transactions_close(struct dialogue *d, struct transaction *x);
/* A bare RSET or QUIT was refused: x is the current one again, unless another was sent behind it. */
void transactions_resume(struct dialogue *d, struct transaction *x);
void transactions_reset(struct dialogue *d, struct transaction *x);
void transactions_release(struct dialogue *d, struct transaction *x);
/* MAIL inside a transaction was answered: which of the two stands? Returns the one that this
 * reply's entry belongs to now; x is gone where that is its outer one (NULL: which is not kept). */
struct transaction *transactions_settle_nested(struct dialogue *d, struct transaction *x,
                                               uint16_t code);
/* Who the client is for this mail: by PROXY, XCLIENT or XFORWARD. */
void transactions_set_client(struct dialogue *d, struct transaction *x);
/* Something of x was not seen, though its bytes may be counted elsewhere. */
void transactions_note_loss(const struct dialogue *d, struct transaction *x);
void transactions_end_all(struct dialogue *d);

#endif
