/* SPDX-License-Identifier: Apache-2.0 */
/* header_once: filter and reader may take different ones of two Subject or From fields. */
#include "decoders/mail/header_once.h"

static const field_set once =
    FIELD_BIT(FIELD_TO) | FIELD_BIT(FIELD_CC) | FIELD_BIT(FIELD_BCC) | FIELD_BIT(FIELD_DATE) | FIELD_BIT(FIELD_FROM) | FIELD_BIT(FIELD_SENDER) | FIELD_BIT(FIELD_SUBJECT) |
    FIELD_BIT(FIELD_REPLY_TO) | FIELD_BIT(FIELD_MESSAGE_ID) | FIELD_BIT(FIELD_REFERENCES) | FIELD_BIT(FIELD_IN_REPLY_TO) | FIELD_BIT(FIELD_MIME_VERSION) |
    FIELD_BIT(FIELD_CONTENT_TYPE) | FIELD_BIT(FIELD_CONTENT_DISPOSITION) | FIELD_BIT(FIELD_CONTENT_TRANSFER_ENCODING);

bool header_once_again(field_set *seen, enum field_name f)
{
    bool again = field_in(*seen & once, f);

    *seen |= FIELD_BIT(f);
    return again;
}
