/* SPDX-License-Identifier: Apache-2.0 */
/* The SMTP dialogue of one connection, as turns that alternate between client and server. */
#ifndef BENCH_DIALOGUE_H
#define BENCH_DIALOGUE_H

#include "mail.h"

enum side { CLIENT, SERVER };
enum server_kind { POSTFIX, EXIM, SENDMAIL, SERVER_KINDS };

/* Bytes that one side sends without waiting for the other. */
struct turn {
    enum side side;
    size_t at, len;    /* in dialogue.bytes */
    uint32_t think_us; /* between having what came before and sending */
};

/* Owns bytes and turns; reused from connection to connection. */
struct dialogue {
    struct buf bytes;
    struct turn *turns;
    size_t count, cap;
    enum server_kind server;
    int esmtp, pipelining;
    uint32_t refused; /* recipients answered 550 so far, over all connections */
};

void dialogue_free(struct dialogue *d);
/* Banner and EHLO. */
void dialogue_begin(struct prng *p, struct dialogue *d, enum server_kind server,
                    const char *client_name);
/* One transaction; last: QUIT may be pipelined behind the message. */
void dialogue_mail(struct prng *p, struct dialogue *d, const struct mail_plan *plan,
                   const struct mail *m, int last);
void dialogue_end(struct prng *p, struct dialogue *d);

#endif
