/* SPDX-License-Identifier: Apache-2.0 */
/* dns_stream: from a packet or a connection to messages with their ends and their time. */
#include "sensor/flows/dns_stream.h"

#include "decoders/net/dns_frames.h"

struct dns_stream {
    struct mem *mem;
    struct dns_memory *memory;
    struct counters *counters;
    const struct flow *flow;
    struct dns_frames side[2];
    struct dns_passage how; /* of the bytes at hand */
};

void dns_datagram(struct dns_memory *d, const struct packet *p, int64_t now_us)
{
    struct dns_passage how = {.from = p->src, .to = p->dst, .now_us = now_us};

    how.doubtful = anomaly_has(p->anomalies, ANOMALY_IP_FRAGMENT_OVERLAP);
    how.cut = p->payload.n < p->payload_wire;
    dns_memory_message(d, &how, p->payload);
}

struct dns_stream *dns_stream_new(struct mem *m, struct dns_memory *d, struct counters *n, const struct flow *f)
{
    struct dns_stream *x = mem_zalloc(m, sizeof(*x));

    if (!x)
        return NULL;
    *x = (struct dns_stream){.mem = m, .memory = d, .counters = n, .flow = f, .how = {.tcp = true}};
    dns_frames_init(&x->side[0], m);
    dns_frames_init(&x->side[1], m);
    return x;
}

static void on_message(void *ctx, struct span message)
{
    struct dns_stream *x = ctx;

    dns_memory_message(x->memory, &x->how, message);
}

static void count_loss(struct dns_stream *x, const struct dns_frames *f, bool lost_before)
{
    x->counters->dns_gaps += f->lost && !lost_before;
}

void dns_stream_data(struct dns_stream *x, int side, struct span bytes, int64_t now_us)
{
    bool lost = x->side[side].lost;

    x->how.from = x->flow->node.end[side];
    x->how.to = x->flow->node.end[!side];
    x->how.now_us = now_us;
    dns_frames_push(&x->side[side], bytes, on_message, x);
    if (x->side[side].lost && !lost)
        dns_memory_lost(x->memory, now_us);
    count_loss(x, &x->side[side], lost);
}

void dns_stream_gap(struct dns_stream *x, int side)
{
    bool lost = x->side[side].lost;

    dns_frames_gap(&x->side[side]);
    count_loss(x, &x->side[side], lost);
}

void dns_stream_free(struct dns_stream *x)
{
    if (!x)
        return;
    dns_frames_free(&x->side[0]);
    dns_frames_free(&x->side[1]);
    mem_free(x->mem, x, sizeof(*x));
}
