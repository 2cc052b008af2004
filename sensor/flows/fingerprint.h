/* SPDX-License-Identifier: Apache-2.0 */
/* fingerprint: what the client's SYN says, as fields of a record. */
#ifndef MXTAP_FLOWS_FINGERPRINT_H
#define MXTAP_FLOWS_FINGERPRINT_H

#include "decoders/net/syn.h"
#include "sensor/record.h"

/* What SYNs were written as, lately: those of most hosts are alike. One worker's. */
struct fingerprints;

/* NULL when memory is refused. */
struct fingerprints *fingerprints_new(struct mem *m);
void fingerprints_free(struct fingerprints *x);

/* r->os; left absent where no SYN was seen. x NULL: nothing is remembered. */
void fingerprint_os(struct record *r, struct fingerprints *x, const struct syn *s);

#endif
