/* SPDX-License-Identifier: Apache-2.0 */
/* dialogue: both sides of an SMTP or LMTP connection; gives transactions and the bytes of mails. */
#ifndef MXTAP_SMTP_DIALOGUE_H
#define MXTAP_SMTP_DIALOGUE_H

#include "decoders/base/anomaly.h"
#include "decoders/base/bytes.h"
#include "decoders/base/endpoint.h"
#include "decoders/base/limits.h"

enum smtp_side { SMTP_CLIENT, SMTP_SERVER };

enum smtp_proto { SMTP_PROTO_UNKNOWN, SMTP_PROTO_SMTP, SMTP_PROTO_ESMTP, SMTP_PROTO_LMTP };

/* RECORD.md, mxtap.outcome of a mail: the first that fits. */
enum smtp_outcome {
    SMTP_ACCEPTED,
    SMTP_PARTIAL,
    SMTP_DEFERRED,
    SMTP_REFUSED,
    SMTP_RESET,
    SMTP_UNKNOWN,
    SMTP_UNFINISHED
};

enum smtp_tls { SMTP_TLS_NONE, SMTP_TLS_STARTTLS, SMTP_TLS_IMPLICIT, SMTP_TLS_REFUSED };

enum smtp_via { SMTP_VIA_TCP, SMTP_VIA_PROXY, SMTP_VIA_XCLIENT, SMTP_VIA_XFORWARD };

enum smtp_smuggling {
    SMTP_NOT_SMUGGLED,
    SMTP_SMUGGLING_ATTEMPTED, /* a look-alike of the end of data, which the server did not take */
    SMTP_SMUGGLING_ACCEPTED,  /* the server answered as if the mail ended there */
    SMTP_SMUGGLING_UNKNOWN    /* the server was not seen */
};

/* RECORD.md, mxtap.outcome of a session: the first that fits. */
enum smtp_session_outcome {
    SMTP_SESSION_MAIL,
    SMTP_SESSION_ENCRYPTED,
    SMTP_SESSION_REFUSED,
    SMTP_SESSION_DEFERRED,
    SMTP_SESSION_UNKNOWN,
    SMTP_SESSION_UNFINISHED,
    SMTP_SESSION_QUIET
};

struct smtp_rcpt {
    struct span path; /* with brackets, as sent */
    uint16_t code;    /* 0 = no reply seen */
    uint16_t final;   /* LMTP: its end-of-data reply */
    bool no_mailbox;  /* the code says that there is no such mailbox (RFC 3463: 5.1.1) */
};

struct smtp_param {
    struct span key, value; /* key in lower case; value may be absent */
};

/*
 * One mail transaction. All spans live in the dialogue's memory and only during the callback that
 * shows the struct. Codes: 0 = no reply seen. Never holds a credential.
 */
struct smtp_transaction {
    uint32_t id;            /* tx_id: 0, 1, 2 ... within the connection */
    enum smtp_outcome outcome;
    enum smtp_proto proto;
    enum smtp_via via;      /* XFORWARD holds for one mail, PROXY and XCLIENT from there on */
    struct endpoint client; /* where via is not SMTP_VIA_TCP; port 0 = not said */
    struct span helo;       /* last accepted, or unanswered last sent, HELO/EHLO/LHLO before it */
    struct span mail_from;  /* with its brackets, as sent */
    const struct smtp_param *params;
    uint32_t params_n;
    const struct smtp_rcpt *rcpt;
    uint32_t rcpt_n;
    uint16_t helo_code, mail_code, data_code, final_code;
    struct span enhanced;   /* of the reply that decided the outcome, e.g. 5.1.1 */
    struct span reply_text; /* last line of that reply, without its code, with the enhanced one */
    struct span queued_as;
    bool content_seen;      /* at least one byte or the end of the message was seen */
    bool content_complete;  /* its end was seen and no byte in it was missing */
    uint64_t content_bytes; /* delivered, dot-stuffing removed */
    uint64_t missing;       /* bytes of the stream lost inside this transaction, both sides */
    anomaly_set anomalies;
    struct {
        enum smtp_smuggling verdict;
        uint8_t form[8];
        uint8_t form_n;
        uint64_t offset; /* in the message, bytes */
    } smuggling;
};

/* What is said of the connection as a whole. Spans borrowed from the dialogue until it is freed. */
struct smtp_session {
    enum smtp_session_outcome outcome;
    enum smtp_proto proto;
    struct span banner; /* text of the banner's last line, its code first: "220 mx ESMTP" */
    uint16_t banner_code, helo_code;
    struct span helo;             /* last accepted or, unanswered, last sent */
    struct span auth_mechanism;   /* upper case */
    uint16_t auth_code;           /* final reply to AUTH, 0 unseen */
    struct span auth_user;        /* only where the caller asked (limits.keep_auth_user) */
    enum smtp_tls tls;
    bool encrypted;               /* TLS bytes came (a decrypting mirror shows STARTTLS without) */
    enum smtp_via via;
    struct endpoint client;       /* where via is not SMTP_VIA_TCP */
    bool client_seen, server_seen, is_smtp; /* is_smtp: a command or reply code was met */
    uint32_t mails, accepted, refused, deferred, rcpt_refused;
    uint32_t unfinished;          /* transactions cut */
    anomaly_set anomalies;
};

struct dialogue_events {
    /* MAIL FROM was sent: id as in smtp_transaction. A MAIL inside an open transaction begins one
     * only when the server takes it (a 503 is no transaction); one whose MAIL was lost in a gap
     * begins at what was seen first of it. */
    void (*begin)(void *ctx, uint32_t id);
    /* Bytes of the message, dot-stuffing and BDAT framing removed, in pieces of any size, used in
     * place. */
    void (*content)(void *ctx, uint32_t id, struct span bytes);
    /* Where the next n bytes of the message would be copied to by content(): if content() is the next that is called, with n bytes that stand there,
     * it need not copy them. NULL, or no such function: nowhere. Bytes may be put there, and yet come in another place. */
    uint8_t *(*content_room)(void *ctx, uint32_t id, size_t n);
    /* bytes 0 = nobody knows how many: a lost beginning, a lost BDAT chunk. */
    void (*content_gap)(void *ctx, uint32_t id, uint64_t bytes);
    /* The end of the message was seen (complete) or it was cut. Before end(), only if content was
     * begun. */
    void (*content_end)(void *ctx, uint32_t id, bool complete);
    /* The transaction is over; t is borrowed for the call. In order of id except where replies
     * decide. */
    void (*end)(void *ctx, const struct smtp_transaction *t);
    /* A transaction was begun for which memory was refused: its id is passed by, and nothing else is told of it. */
    void (*unkept)(void *ctx);
    /* TLS began on side: from here on its bytes come to tls() and nowhere else. */
    void (*tls)(void *ctx, enum smtp_side side, struct span bytes);
};

struct dialogue_options {
    bool keep_auth_user;
    bool proxy_trusted;  /* this peer's PROXY header may be believed */
    bool implicit_tls;   /* port 465 */
    bool one_sided;      /* the caller knows that only one side will come */
    bool midstream;      /* the connection was open before the first byte */
};

/* Opaque to the caller; small while idle (aim: 256 bytes and what is on the way). */
struct dialogue;

/* NULL when memory is refused. events and m are borrowed for its life. */
struct dialogue *dialogue_new(struct mem *m, const struct dialogue_events *events, void *ctx,
                              const struct dialogue_options *options);
/* d is pushed soon, and was not lately: its lines of the cache are asked for, all at once. */
void dialogue_fetch(const struct dialogue *d);
/* They are there, and d is pushed next: what hangs on them is asked for. */
void dialogue_fetch_mail(const struct dialogue *d);
void dialogue_push(struct dialogue *d, enum smtp_side side, struct span bytes);
void dialogue_gap(struct dialogue *d, enum smtp_side side, uint64_t bytes);
/* Side ended (FIN). */
void dialogue_end(struct dialogue *d, enum smtp_side side);
/* The connection is over: every open transaction is ended as it stands. */
void dialogue_finish(struct dialogue *d);
void dialogue_session(const struct dialogue *d, struct smtp_session *out);
void dialogue_free(struct dialogue *d);

#endif
