/* SPDX-License-Identifier: Apache-2.0 */
/* copies: the rule by which a relayed mail is known to have been seen before (REDIS.md, Copies), over records of
 * several sensors or of a file, where nobody marked it. */
#ifndef MXTAP_CONSOLE_COPIES_H
#define MXTAP_CONSOLE_COPIES_H

#include "sensor/console/mail_facts.h"

/* What the rule looks at; copied out of a record. */
struct copy_mark {
    uint64_t identity; /* of Message-ID, envelope sender, Date and the bytes behind the header; 0 = no Message-ID */
    uint64_t flow_id;
    int64_t second;
    struct ip_addr client, server, named; /* named: by the topmost Received of a relay of ours; family 0 = none */
};

void copy_mark_read(struct copy_mark *m, const struct mail_facts *f);

/* True when `later` is a relayed copy of `before`. */
bool copy_is(const struct copy_mark *before, const struct copy_mark *later);

#endif
