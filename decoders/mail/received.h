/* SPDX-License-Identifier: Apache-2.0 */
/* received: one Received field taken apart, and the walk down the chain to the true origin. */
#ifndef MXTAP_MAIL_RECEIVED_H
#define MXTAP_MAIL_RECEIVED_H

#include "decoders/base/bytes.h"
#include "decoders/base/endpoint.h"

/* RECORD.md, mxtap.received; absent spans where the field does not say. */
struct received_hop {
    struct span from;     /* the word behind "from" */
    struct span helo;     /* the name the client gave */
    struct span rdns;     /* the name the server looked up; absent for "unknown" */
    struct ip_addr ip;
    struct span by, with, id, for_, tls;
    bool has_date;
    int64_t date;         /* UTC, seconds */
};

#endif
