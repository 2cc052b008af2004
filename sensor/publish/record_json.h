/* SPDX-License-Identifier: Apache-2.0 */
/* record_json: a record as one JSON object; the only file that knows field names. */
#ifndef MXTAP_PUBLISH_RECORD_JSON_H
#define MXTAP_PUBLISH_RECORD_JSON_H

#include "sensor/record.h"

enum recipients_mode { RECIPIENTS_FULL, RECIPIENTS_DOMAIN, RECIPIENTS_HMAC, RECIPIENTS_NONE };

struct recipients_policy {
    enum recipients_mode mode;
    struct span key; /* of RECIPIENTS_HMAC */
};

/* "full", "domain", "hmac", "none". */
bool recipients_mode_parse(struct span s, enum recipients_mode *out);

struct redactor;

struct json_options {
    struct recipients_policy recipients;
    struct redactor *redactor; /* made from recipients by the sink that owns these options; NULL: nothing is hidden */
    struct span sensor; /* --sensor-name */
    bool auth_user, header_block;
};

/* Appends the object without a line end. out is a plain buffer with malloc behind it: false when it could
 * not grow (the record is then not written at all). */
bool record_json(struct buf *out, const struct record *r, const struct json_options *o);

#endif
