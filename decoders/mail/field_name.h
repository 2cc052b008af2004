/* SPDX-License-Identifier: Apache-2.0 */
/* field_name: the header fields that somebody reads, by number: a name is looked up once on its way. */
#ifndef MXTAP_MAIL_FIELD_NAME_H
#define MXTAP_MAIL_FIELD_NAME_H

#include "decoders/base/bytes.h"

/* In order of length: see field_name_find. */
enum field_name {
    FIELD_OTHER, /* none of these */
    FIELD_TO,
    FIELD_CC,
    FIELD_BCC,
    FIELD_DATE,
    FIELD_FROM,
    FIELD_SENDER,
    FIELD_SUBJECT,
    FIELD_RECEIVED,
    FIELD_REPLY_TO,
    FIELD_X_MAILER,
    FIELD_LIST_HELP,
    FIELD_LIST_POST,
    FIELD_MESSAGE_ID,
    FIELD_REFERENCES,
    FIELD_USER_AGENT,
    FIELD_LIST_OWNER,
    FIELD_IN_REPLY_TO,
    FIELD_RETURN_PATH,
    FIELD_ARCHIVED_AT,
    FIELD_MIME_VERSION,
    FIELD_CONTENT_TYPE,
    FIELD_ORGANIZATION,
    FIELD_ORGANISATION,
    FIELD_RECEIVED_SPF,
    FIELD_LIST_ARCHIVE,
    FIELD_LIST_SUBSCRIBE,
    FIELD_X_ORIGINATING_IP,
    FIELD_LIST_UNSUBSCRIBE,
    FIELD_CONTENT_DISPOSITION,
    FIELD_AUTHENTICATION_RESULTS,
    FIELD_CONTENT_TRANSFER_ENCODING,
    FIELD_NAMES
};

/* A set of names, FIELD_OTHER among them: bit n is name n. */
typedef uint64_t field_set;

#define FIELD_BIT(f) ((field_set)1 << (f))
#define FIELD_ALL (~(field_set)0)
#define FIELD_KNOWN (FIELD_ALL << 1) /* all but FIELD_OTHER */
_Static_assert(FIELD_NAMES <= 64, "each has its bit");

static inline bool field_in(field_set set, enum field_name f)
{
    return set >> f & 1;
}

/* ASCII case folded. */
enum field_name field_name_find(struct span name);

#endif
