/* SPDX-License-Identifier: Apache-2.0 */
/* field_name: names by length, which tells all but a few apart. */
#include "decoders/mail/field_name.h"

static const struct span names[FIELD_NAMES] = {
    [FIELD_TO] = SPAN_INIT("to"),
    [FIELD_CC] = SPAN_INIT("cc"),
    [FIELD_BCC] = SPAN_INIT("bcc"),
    [FIELD_DATE] = SPAN_INIT("date"),
    [FIELD_FROM] = SPAN_INIT("from"),
    [FIELD_SENDER] = SPAN_INIT("sender"),
    [FIELD_SUBJECT] = SPAN_INIT("subject"),
    [FIELD_RECEIVED] = SPAN_INIT("received"),
    [FIELD_REPLY_TO] = SPAN_INIT("reply-to"),
    [FIELD_X_MAILER] = SPAN_INIT("x-mailer"),
    [FIELD_LIST_HELP] = SPAN_INIT("list-help"),
    [FIELD_LIST_POST] = SPAN_INIT("list-post"),
    [FIELD_MESSAGE_ID] = SPAN_INIT("message-id"),
    [FIELD_REFERENCES] = SPAN_INIT("references"),
    [FIELD_USER_AGENT] = SPAN_INIT("user-agent"),
    [FIELD_LIST_OWNER] = SPAN_INIT("list-owner"),
    [FIELD_IN_REPLY_TO] = SPAN_INIT("in-reply-to"),
    [FIELD_RETURN_PATH] = SPAN_INIT("return-path"),
    [FIELD_ARCHIVED_AT] = SPAN_INIT("archived-at"),
    [FIELD_MIME_VERSION] = SPAN_INIT("mime-version"),
    [FIELD_CONTENT_TYPE] = SPAN_INIT("content-type"),
    [FIELD_ORGANIZATION] = SPAN_INIT("organization"),
    [FIELD_ORGANISATION] = SPAN_INIT("organisation"),
    [FIELD_RECEIVED_SPF] = SPAN_INIT("received-spf"),
    [FIELD_LIST_ARCHIVE] = SPAN_INIT("list-archive"),
    [FIELD_LIST_SUBSCRIBE] = SPAN_INIT("list-subscribe"),
    [FIELD_X_ORIGINATING_IP] = SPAN_INIT("x-originating-ip"),
    [FIELD_LIST_UNSUBSCRIBE] = SPAN_INIT("list-unsubscribe"),
    [FIELD_CONTENT_DISPOSITION] = SPAN_INIT("content-disposition"),
    [FIELD_AUTHENTICATION_RESULTS] = SPAN_INIT("authentication-results"),
    [FIELD_CONTENT_TRANSFER_ENCODING] = SPAN_INIT("content-transfer-encoding"),
};

/* The name at which those of a length begin; where none has that length, FIELD_OTHER. */
static const uint8_t first_of_length[] = {
    [2] = FIELD_TO,
    [3] = FIELD_BCC,
    [4] = FIELD_DATE,
    [6] = FIELD_SENDER,
    [7] = FIELD_SUBJECT,
    [8] = FIELD_RECEIVED,
    [9] = FIELD_LIST_HELP,
    [10] = FIELD_MESSAGE_ID,
    [11] = FIELD_IN_REPLY_TO,
    [12] = FIELD_MIME_VERSION,
    [14] = FIELD_LIST_SUBSCRIBE,
    [16] = FIELD_X_ORIGINATING_IP,
    [19] = FIELD_CONTENT_DISPOSITION,
    [22] = FIELD_AUTHENTICATION_RESULTS,
    [25] = FIELD_CONTENT_TRANSFER_ENCODING,
};

enum field_name field_name_find(struct span name)
{
    unsigned i = name.n < sizeof(first_of_length) ? first_of_length[name.n] : FIELD_OTHER;

    for (; i && i < FIELD_NAMES && names[i].n == name.n; i++)
        if (span_eq_nocase(name, names[i]))
            return (enum field_name)i;
    return FIELD_OTHER;
}
