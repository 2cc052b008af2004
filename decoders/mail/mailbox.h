/* SPDX-License-Identifier: Apache-2.0 */
/* mailbox: the addresses of From, To, Cc, Sender, Reply-To (RFC 5322 3.4), as mail really writes them. */
#ifndef MXTAP_MAIL_MAILBOX_H
#define MXTAP_MAIL_MAILBOX_H

#include "decoders/base/anomaly.h"
#include "decoders/base/bytes.h"
#include "decoders/base/limits.h"
#include "decoders/mail/charset.h"

struct mailbox {
    struct span name;   /* display name, or the comment behind a bare address; UTF-8; absent where none */
    struct span addr;   /* addr-spec without brackets, comments and blanks; absent where none */
    struct span domain; /* part of addr behind its last @, lower case as written; absent where none */
};

/*
 * Splits an address list; *boxes (in the arena, and so is all they have) holds *n <= LIMIT_ADDRESSES of them. Groups give their
 * members. Hostile forms give something rather than nothing: a name without an address has no addr.
 * Returns HEADER_TOO_MANY and what encoded words raise.
 */
anomaly_set mailbox_parse(struct span value, struct charsets *c, struct arena *a,
                          const struct mailbox **boxes, uint32_t *n);

/* One element of email.to: `Name <addr>` (name quoted where RFC 5322 asks for it), `addr`, or the name. */
struct span mailbox_text(const struct mailbox *m, struct arena *a);

#endif
