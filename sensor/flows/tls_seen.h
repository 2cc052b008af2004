/* SPDX-License-Identifier: Apache-2.0 */
/* tls_seen: what a connection's TLS showed before it was secret; kept small until its records are made. */
#ifndef MXTAP_FLOWS_TLS_SEEN_H
#define MXTAP_FLOWS_TLS_SEEN_H

#include "decoders/net/tls_hello.h"
#include "sensor/record.h"

struct tls_seen;

/* NULL when memory is refused. m is borrowed for its life. */
struct tls_seen *tls_seen_new(struct mem *m);
void tls_seen_free(struct tls_seen *x);

/* Bytes of a side, or that some were lost. What needs no more bytes holds no more memory than what it tells. */
void tls_seen_push(struct tls_seen *x, enum tls_side side, struct span bytes);
void tls_seen_gap(struct tls_seen *x, enum tls_side side);
anomaly_set tls_seen_anomalies(const struct tls_seen *x);

/* r->tls_seen: what is known by now. */
void tls_seen_fill(const struct tls_seen *x, struct record *r);

#endif
