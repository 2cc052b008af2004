/* SPDX-License-Identifier: Apache-2.0 */
/* body_fields: what the visible text says of a mail, as fields of its record. */
#ifndef MXTAP_FLOWS_BODY_FIELDS_H
#define MXTAP_FLOWS_BODY_FIELDS_H

#include "decoders/mail/body_text.h"
#include "sensor/record.h"

/* The header is over: what it says of the recipient is taken out of the key. */
void body_fields_header(struct body_text *x, const struct record *r);
/* The mail is over. */
void body_fields_take(const struct body_text *x, struct record *r);
/* The envelope is known: the recipient whom the text names by address. */
void body_fields_greets(struct record *r);

#endif
