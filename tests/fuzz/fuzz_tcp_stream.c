/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_tcp_stream: segments of any kind and order; every byte comes out at its own place, what comes out adds up,
 * what is held is capped. */
#include <stdlib.h>

#include "decoders/net/tcp_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PAYLOAD = 255 };

struct sums {
    const struct tcp_stream *stream;
    uint64_t bytes[2], gap[2];
    bool ended[2], lied[2]; /* lied: a segment of that side did not say byte_at */
    anomaly_set anomalies;
    struct {
        uint8_t bytes[PAYLOAD];
        size_t n;
        uint32_t next; /* the side's, when they came */
    } last[2];         /* delivered, and not yet known whether a gap is the rest of that segment */
};

/* What an honest side says at a sequence number. */
static uint8_t byte_at(int side, uint32_t seq)
{
    return (uint8_t)(((seq * 2654435761u) >> 24) + (uint32_t)side);
}

/* The bytes that came last, behind which gap bytes of the same segment are missing. */
static void check_last(struct sums *sums, int side, uint32_t gap)
{
    uint32_t seq = sums->last[side].next - gap - (uint32_t)sums->last[side].n;

    for (size_t i = 0; i < sums->last[side].n && !sums->lied[side]; i++)
        if (sums->last[side].bytes[i] != byte_at(side, seq + (uint32_t)i))
            abort();
    sums->last[side].n = 0;
}

static void on_data(void *ctx, int side, struct span bytes)
{
    struct sums *sums = ctx;

    if (!bytes.n || !bytes.p || bytes.n > PAYLOAD)
        abort();
    check_last(sums, side, 0);
    sums->bytes[side] += bytes.n;
    memcpy(sums->last[side].bytes, bytes.p, bytes.n);
    sums->last[side].n = bytes.n;
    sums->last[side].next = sums->stream->side[side].next;
}

static void on_gap(void *ctx, int side, uint64_t bytes)
{
    struct sums *sums = ctx;

    if (!bytes || bytes > UINT32_MAX / 2)
        abort();
    check_last(sums, side, sums->stream->side[side].next == sums->last[side].next ? (uint32_t)bytes : 0);
    sums->gap[side] += bytes;
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

static void fill_payload(uint8_t *to, uint32_t n, const struct packet *p, const uint8_t *b)
{
    uint32_t seq = p->seq + (p->flags & TCP_SYN ? 1 : 0);

    for (uint32_t i = 0; i < n; i++)
        to[i] = (uint8_t)(byte_at(b[0] & 1, seq + i) ^ (b[11] & 2 ? b[11] : 0));
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
    fill_payload(room + 20 + p->options.n, n, p, b);
    p->payload = span_of(room + 20 + p->options.n, b[10] & 2 ? n / 2 : n);
    p->payload_wire = b[10] & 4 ? n << 10 : n;
}

static void check(const struct tcp_stream *s, struct sums *sums)
{
    uint64_t held = 0;

    check_last(sums, 0, 0);
    check_last(sums, 1, 0);
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
 * window, urgent, options and cut, whether the payload is what the side said there before. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[512];
    struct tcp_stream_stats stats = {0};
    struct tcp_stream s;
    struct sums sums = {.stream = &s};
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
        sums.lied[b[0] & 1] |= b[11] & 2;
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
