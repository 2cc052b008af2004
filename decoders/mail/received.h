/* SPDX-License-Identifier: Apache-2.0 */
/* received: one Received field taken apart, in the shapes MTAs write; and the walk to a mail's origin. */
#ifndef MXTAP_MAIL_RECEIVED_H
#define MXTAP_MAIL_RECEIVED_H

#include "decoders/base/bytes.h"
#include "decoders/base/endpoint.h"
#include "decoders/mail/date.h"

/* RECORD.md, mxtap.received. All spans are parts of the value given, so they live as long as it does;
 * absent where the field does not say it. */
struct received {
    struct span from; /* the word behind "from" */
    struct span helo; /* name the client gave */
    struct span rdns; /* name the server looked up; never "unknown" */
    struct ip_addr ip; /* of the client; family 0 = not said */
    struct span by, with, id;
    struct span for_;  /* with brackets where it had them */
    struct span tls;   /* version as written: "TLSv1.3", "TLS1.2" */
    bool has_date;
    struct mail_date date;
};

/* value: unfolded. Never fails: what cannot be read is absent. */
void received_parse(struct span value, struct received *out);

struct received_origin {
    int hop;     /* 0 = the client, n = n-th Received from the top (1-based), -1 = no address */
    int claimed; /* n-th Received from the top, 0 = none */
};

/*
 * RECORD.md, origin: the first address outside the trusted networks, from the client down the chain
 * (hops[0] is the topmost field; hops without an address are passed over). claimed: the lowest public
 * address of the chain below it.
 */
struct received_origin received_origin(const struct received *hops, uint32_t n,
                                       const struct ip_addr *client,
                                       bool (*trusted)(void *ctx, const struct ip_addr *ip), void *ctx);

#endif
