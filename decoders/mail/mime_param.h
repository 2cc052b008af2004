/* SPDX-License-Identifier: Apache-2.0 */
/* mime_param: values of Content-Type and Content-Disposition with their parameters (RFC 2045, 2231). */
#ifndef MXTAP_MAIL_MIME_PARAM_H
#define MXTAP_MAIL_MIME_PARAM_H

#include "decoders/base/anomaly.h"
#include "decoders/base/bytes.h"
#include "decoders/base/limits.h"
#include "decoders/mail/charset.h"

/* One parameter as written: name*section*=value. */
struct mime_param {
    struct span name;  /* lower case, without *N* */
    struct span value; /* quotes removed */
    int section;       /* RFC 2231 continuation, -1 for none */
    bool extended;     /* percent-encoded, section 0 with charset'language' */
};

struct mime_value {
    struct span value; /* lower case without blanks: "text/html", "attachment"; empty where none */
    struct mime_param params[LIMIT_MIME_PARAMS];
    uint32_t n;
    anomaly_set odd;   /* MIME_PARAM_INVALID */
};

/* Spans go to the arena. Missing quotes, comments, blanks around = and ;, empty parameters and
 * trailing ; are read over. False only when memory is refused. */
bool mime_value_parse(struct span field, struct arena *a, struct mime_value *out);

/* Parameter by lower-case name: continuations joined, percent escapes undone; not converted (boundary,
 * charset). Absent where there is none; the first one counts. At most LIMIT_MIME_PARAM bytes, living as
 * long as the parse's arena and a do. */
struct span mime_param_raw(const struct mime_value *v, struct span name, struct arena *a);
/* The same converted to UTF-8 by its RFC 2231 charset, or RFC 2047 words decoded, or raw 8-bit guessed. */
struct span mime_param_text(const struct mime_value *v, struct span name, struct charsets *c,
                            struct arena *a, anomaly_set *set);

#endif
