/* SPDX-License-Identifier: Apache-2.0 */
/* The mix: which mail comes next. Every number of the corpus's composition is in mix.c. */
#ifndef BENCH_MIX_H
#define BENCH_MIX_H

#include "mail.h"

/* A shuffled deck is dealt to its end before it is shuffled anew, so that shares are exact. */
struct deck {
    uint8_t card[20];
    uint32_t count, next;
};

/* MIX: what corpus.c describes. HTML: every mail has HTML, twelve of twenty in quoted-printable beside text and eight in
 * base64, and no attachment. PHISH: phishing as it lies in public collections; every mail from a new domain, one a connection. */
enum shape { MIX, HTML, PHISH };

struct mix {
    enum shape shape;
    struct site sites[SITES];
    struct site sender, landing; /* phishing: of the mail now made */
    struct deck kinds, qp_variants, base64_variants, text_variants, phish_variants, mails;
    uint64_t attachment_bytes, message_bytes; /* so far */
    uint32_t number;                          /* of mails so far */
};

void mix_init(struct prng *p, struct mix *x, enum shape shape);
/* Mails of the next connection: 1, 2 or 3, on average 1.3; phishing 1. */
uint32_t mix_mails(struct prng *p, struct mix *x);
/* Everything but the client's name and address and the date. */
void mix_plan(struct prng *p, struct mix *x, struct mail_plan *plan);
/* Told after each mail, to keep attachments at half of the bytes. */
void mix_made(struct mix *x, uint64_t message_bytes, uint64_t attachment_bytes);

#endif
