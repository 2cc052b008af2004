/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_tcp_stream: segments of any kind and order; what comes out adds up, what is held is capped. */
#include <stdlib.h>

#include "decoders/net/tcp_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sums {
    uint64_t bytes[2], gap[2];
    bool ended[2];
    anomaly_set anomalies;
};

static void on_data(void *ctx, int side, struct span bytes)
{
    struct sums *sums = ctx;

    if (!bytes.n || !bytes.p)
        abort();
    sums->bytes[side] += bytes.n;
}

static void on_gap(void *ctx, int side, uint64_t bytes)
{
    if (!bytes || bytes > UINT32_MAX / 2)
        abort();
    ((struct sums *)ctx)->gap[side] += bytes;
}

static void on_end(void *ctx, int side)
{
    struct sums *sums = ctx;

    if (sums->ended[side])
        abort();
    sums->ended[side] = true;
}

static void on_anomaly(void *ctx, enum anomaly a)
{
    struct sums *sums = ctx;

    if (anomaly_has(sums->anomalies, a))
        abort();
    anomaly_raise(&sums->anomalies, a);
}

static const struct tcp_stream_events events = {on_data, on_gap, on_end, on_anomaly};

static uint16_t at16(const uint8_t *b)
{
    return (uint16_t)(b[0] | b[1] << 8);
}

/* Small numbers stay near the stream, the top bit reaches anywhere. */
static uint32_t place(uint16_t x)
{
    return x & 0x8000 ? (uint32_t)x << 17 : 0xfffff000u + x;
}

/* Twelve bytes make one segment in room, whose payload lies behind its header. */
static void make_segment(struct packet *p, uint8_t *room, const uint8_t *b)
{
    uint32_t n = b[7];

    memset(p, 0, sizeof(*p));
    p->src.ip.family = p->dst.ip.family = 4;
    p->seq = place(at16(b + 1));
    p->ack = place(at16(b + 3));
    p->flags = b[5] & 63;
    p->ip_id = b[6] & 7;
    p->window = (uint16_t)(b[8] << 8);
    p->urgent = b[9];
    if (b[10] & 1)
        memcpy(room + 20, "\3\3\7\1", 4);
    p->options = span_of(room + 20, b[10] & 1 ? 4 : 0);
    memset(room + 20 + p->options.n, b[11], n);
    p->payload = span_of(room + 20 + p->options.n, b[10] & 2 ? n / 2 : n);
    p->payload_wire = b[10] & 4 ? n << 10 : n;
}

static void check(const struct tcp_stream *s, const struct sums *sums)
{
    uint64_t held = 0;

    for (int side = 0; side < 2; side++) {
        const struct tcp_stream_side *me = &s->side[side];

        held += me->held_bytes;
        if (me->held_segments > LIMIT_TCP_HELD_SEGMENTS || me->held_bytes > LIMIT_TCP_HELD_BYTES ||
            me->delivered != sums->bytes[side] || !me->held != !me->held_segments ||
            (me->held && !s->waiting))
            abort();
    }
    if (held != s->stats->held_bytes)
        abort();
}

/* Input: budget, refusal, then segments of 12 bytes: side and time, seq, ack, flags, id, length,
 * window, urgent, options and cut, what the payload is made of. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[512];
    struct tcp_stream_stats stats = {0};
    struct sums sums = {0};
    struct tcp_stream s;
    struct packet p;
    struct mem m;
    int64_t now_us = 1000000;

    if (size < 2)
        return 0;
    mem_init(&m, data[0] & 1 ? data[0] * 32u : 0);
    m.fail_after = data[1] & 1 ? data[1] : 0;
    tcp_stream_init(&s, &m, &events, &sums, &stats);
    for (size_t at = 2; at + 12 <= size; at += 12) {
        const uint8_t *b = data + at;

        now_us += (int64_t)(b[0] >> 2) << (b[0] & 2 ? 15 : 3);
        make_segment(&p, room, b);
        tcp_stream_is_reuse(&s, b[0] & 1, &p);
        tcp_stream_push(&s, b[0] & 1, &p, now_us);
        check(&s, &sums);
        tcp_stream_tick(&s, now_us + (b[11] & 1 ? 0 : 2000000));
        check(&s, &sums);
    }
    if (size & 1)
        tcp_stream_finish(&s);
    if (size & 1 && (s.side[0].held || s.side[1].held))
        abort();
    tcp_stream_free(&s);
    if (m.used || stats.held_bytes)
        abort();
    return 0;
}
