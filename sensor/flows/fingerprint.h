/* SPDX-License-Identifier: Apache-2.0 */
/* fingerprint: what the client's SYN says, as fields of a record. */
#ifndef MXTAP_FLOWS_FINGERPRINT_H
#define MXTAP_FLOWS_FINGERPRINT_H

#include "decoders/net/syn.h"
#include "sensor/record.h"

/* r->os; left absent where no SYN was seen. */
void fingerprint_os(struct record *r, const struct syn *s);

#endif
