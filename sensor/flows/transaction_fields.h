/* SPDX-License-Identifier: Apache-2.0 */
/* transaction_fields: a transaction's envelope, replies and verdicts, into the record. */
#ifndef MXTAP_FLOWS_TRANSACTION_FIELDS_H
#define MXTAP_FLOWS_TRANSACTION_FIELDS_H

#include "decoders/smtp/dialogue.h"
#include "sensor/record.h"

/* t is borrowed for the call: texts are copied into r's arena; what finds no memory is absent. */
void transaction_fields(struct record *r, const struct smtp_transaction *t);

#endif
