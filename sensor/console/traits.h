/* SPDX-License-Identifier: Apache-2.0 */
/* traits: what a sender controls in one mail, folded to the forms in which mails of one hand look alike. */
#ifndef MXTAP_CONSOLE_TRAITS_H
#define MXTAP_CONSOLE_TRAITS_H

#include "decoders/link/suffix.h"
#include "sensor/console/mail_facts.h"

/*
 * X(symbol, name, of the sending side, holds mails together alone).
 * A trait of the sending side that only one address shows tells no more than the address. The others need
 * a second one beside them: many hands use one subject, many senders one network.
 */
#define TRAITS(X)                        \
    X(HOST, "link_host", 0, 1)           \
    X(DOMAIN, "link_domain", 0, 1)       \
    X(HELO, "helo", 1, 1)                \
    X(HELO_SHAPE, "helo_shape", 1, 1)    \
    X(HELO_WORD, "helo_word", 1, 0)      \
    X(MAILER, "mailer", 1, 1)            \
    X(MAILER_SHAPE, "mailer_shape", 1, 1) \
    X(CLAIMED, "claimed_ip", 1, 1)       \
    X(BODY, "body_key", 0, 1)            \
    X(FILE, "attachment", 0, 1)          \
    X(SUBJECT, "subject", 0, 0)          \
    X(PATH, "path_shape", 0, 0)          \
    X(SENDER, "ip", 1, 0)                \
    X(NET, "net", 1, 0)                  \
    X(ASN, "asn", 1, 0)                  \
    X(TLS, "tls", 1, 0)                  \
    X(OS, "os", 1, 0)

enum trait_kind {
#define X(symbol, name, side, alone) TRAIT_##symbol,
    TRAITS(X)
#undef X
        TRAIT_KINDS
};

const char *trait_name(enum trait_kind k);
bool trait_of_sender(enum trait_kind k); /* of the sending side, not of the content */
bool trait_alone(enum trait_kind k);

enum { TRAITS_MOST = 96, LIMIT_TRAIT = 200 }; /* a mail; bytes of one text */
struct trait {
    enum trait_kind kind;
    struct span text; /* in the arena */
};
struct trait_list {
    struct trait v[TRAITS_MOST];
    unsigned n;
};

/* All traits of a mail, each once. */
void traits_read(struct trait_list *l, struct arena *a, const struct suffix *suffixes, const struct mail_facts *f);

/* The shape of a HELO name: mail5.jerseyjux.com -> mailN.*, 10-13-35-130.localdomain -> N-N-N-N.localdomain,
 * mail.gfd.example.com -> mail.*; absent where it has none (a bare domain, an address, no digit in a local name). */
struct span helo_shape(struct arena *a, const struct suffix *suffixes, struct span helo);
/* Supmailer 38.1.2 -> Supmailer N; absent where it holds no number. */
struct span mailer_shape(struct arena *a, struct span mailer);
/* /p/123/x7.html -> /p/N/xN.html; absent for "/" and "". */
struct span path_shape(struct arena *a, struct span path);

#endif
