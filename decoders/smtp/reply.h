/* SPDX-License-Identifier: Apache-2.0 */
/* reply: one line of a server's reply: code, enhanced code, and the queue id that many servers
 * tell. */
#ifndef MXTAP_SMTP_REPLY_H
#define MXTAP_SMTP_REPLY_H

#include "decoders/base/bytes.h"

/* What one line says, or the last line of a whole one. */
struct reply {
    uint16_t code;    /* 200..599; 0 = the line is no reply */
    struct span text; /* behind the code and its separator, in place */
};

struct reply_line {
    struct reply reply;
    bool more;      /* "250-": further lines follow */
    bool malformed; /* no reply, or one not of RFC 5321 4.2's form */
};

struct reply_line reply_line_parse(struct span line);

/* "5.1.1" at the start of text (RFC 2034), of the class of code; absent where there is none. */
struct span reply_enhanced(uint16_t code, struct span text);

/* A 5xx that says there is no such mailbox: 5.1.1 (RFC 3463), or, where it has no enhanced code, the words that
 * servers have for it. */
bool reply_no_mailbox(uint16_t code, struct span text);

/* True where text is an EHLO keyword line with that keyword, any case. */
bool reply_keyword(struct span text, struct span keyword);

static inline bool reply_is_positive(uint16_t code)
{
    return code >= 200 && code < 300;
}

#endif
