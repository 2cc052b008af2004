/* SPDX-License-Identifier: Apache-2.0 */
/* authentication: verdicts in Authentication-Results (RFC 8601), ARC and Received-SPF (RFC 7208). */
#ifndef MXTAP_MAIL_AUTHENTICATION_H
#define MXTAP_MAIL_AUTHENTICATION_H

#include "decoders/base/bytes.h"

/* RECORD.md, mxtap.authentication. Spans are parts of the values given; absent where nothing was said. */
struct authentication {
    struct span spf, dkim, dmarc, arc;      /* "pass", "fail", "softfail", "neutral" ... as written */
    struct span spf_domain;                 /* domain of smtp.mailfrom, else smtp.helo, envelope-from */
    struct span dkim_domain;                /* header.d, else domain of header.i */
    struct span by;                         /* authserv-id, or receiver= of Received-SPF */
};

/* The authserv-id of Authentication-Results, as `by`; nothing else is read. */
struct span authentication_results_by(struct span value);
/* Adds what value says and *out does not know yet. The caller merges fields of one authserv-id only. */
void authentication_results_parse(struct span value, struct authentication *out);
void received_spf_parse(struct span value, struct authentication *out);

#endif
