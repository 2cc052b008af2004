/* SPDX-License-Identifier: Apache-2.0 */
/* dns_stream: DNS over one TCP connection: both directions' messages, told to the memory of answers. */
#ifndef MXTAP_FLOWS_DNS_STREAM_H
#define MXTAP_FLOWS_DNS_STREAM_H

#include "sensor/flows/dns_memory.h"
#include "sensor/flows/flow_table.h"

enum { DNS_PORT = 53 };

static inline bool dns_port(const struct packet *p)
{
    return p->src.port == DNS_PORT || p->dst.port == DNS_PORT;
}

/* A datagram from or to port 53. */
void dns_datagram(struct dns_memory *d, const struct packet *p, int64_t now_us);

struct dns_stream;

/* All are borrowed until dns_stream_free; the stream reads f's ends. NULL when memory is refused. */
struct dns_stream *dns_stream_new(struct mem *m, struct dns_memory *d, struct counters *n, const struct flow *f);
/* What tcp_stream says; now_us is packet time. */
void dns_stream_data(struct dns_stream *x, int side, struct span bytes, int64_t now_us);
void dns_stream_gap(struct dns_stream *x, int side);
void dns_stream_free(struct dns_stream *x);

#endif
