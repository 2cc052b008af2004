/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_seen: the last few segments of a side, to tell a mirror's copy from a retransmission. */
#include "decoders/net/tcp_seen.h"

static uint16_t clock_of(int64_t ts_us)
{
    return (uint16_t)(ts_us >> 12);
}

/* The clock goes round in 268 s (2^28 us): of which round a frame is stands in its hash, so that one sent again as it was a round
 * later (a keep-alive) is no copy. */
static uint32_t round_of(int64_t ts_us)
{
    return (uint32_t)((uint64_t)ts_us >> 28) * UINT32_C(0x9e3779b1);
}

static uint32_t payload_from(const struct packet *p)
{
    return p->seq + !!(p->flags & TCP_SYN);
}

/* One's complement: 0 and 0xffff are the same. */
static uint16_t sum_add(uint16_t a, uint16_t b)
{
    uint32_t sum = (uint32_t)a + b;

    return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

static bool sum_equal(uint16_t a, uint16_t b)
{
    return a % 0xffff == b % 0xffff;
}

/* Sums of neighbours may be added once both are of words at even places (RFC 1071 2.A, 2.B). */
static uint16_t sum_at(uint32_t from, uint16_t sum)
{
    return from & 1 ? __builtin_bswap16(sum) : sum;
}

void tcp_seen_add(struct tcp_stream_side *me, struct tcp_seen frames[LIMIT_TCP_COPIES], const struct packet *p, uint32_t frame,
                  int64_t ts_us, bool again)
{
    struct tcp_seen *seen = &frames[me->seen_next];
    struct tcp_seen *last = &frames[(me->seen_next + LIMIT_TCP_COPIES - 1) % LIMIT_TCP_COPIES];
    uint32_t from = payload_from(p);
    uint16_t sum = p->payload_wire ? sum_at(from, packet_payload_sum(p)) : 0;

    if (again && me->seen_again && last->to == from) {
        seen = last;
        sum = sum_add(seen->sum, sum);
    } else {
        me->seen_next = (uint8_t)((me->seen_next + 1) % LIMIT_TCP_COPIES);
        seen->from = from;
    }
    me->seen_again = again;
    seen->to = from + p->payload_wire;
    seen->sum = sum;
    seen->frame = frame ^ round_of(ts_us);
    seen->at = clock_of(ts_us);
}

static bool is_among(const struct tcp_seen frames[LIMIT_TCP_COPIES], uint32_t frame)
{
    unsigned any = 0;

    for (int i = 0; i < LIMIT_TCP_COPIES; i++)
        any |= frames[i].frame == frame;
    return any;
}

/* Nearly no frame is a copy: unless the clock goes round about now, their hashes alone say so, without a jump for each one's age. */
bool tcp_seen_copy(const struct tcp_seen frames[LIMIT_TCP_COPIES], const struct packet *p, uint32_t frame, int64_t ts_us)
{
    int limit = (p->ip_id ? LIMIT_TCP_COPY_USEC : LIMIT_TCP_COPY_NO_ID_USEC) >> 12;
    uint32_t round = round_of(ts_us - limit * INT64_C(4096));

    if (round == round_of(ts_us + limit * INT64_C(4096)) && !is_among(frames, frame ^ round))
        return false;
    for (const struct tcp_seen *x = frames; x < frames + LIMIT_TCP_COPIES; x++) {
        int16_t age = (int16_t)(uint16_t)(clock_of(ts_us) - x->at);

        if (age <= limit && age >= -limit && x->frame == (frame ^ round_of(ts_us - age * INT64_C(4096))))
            return true;
    }
    return false;
}

struct reached {
    uint32_t at;
    uint16_t sum; /* from the first one to here */
};

/* Adds the other border of seen, where one of its borders is at; false where it is known. */
static bool reach_by(struct reached *known, int *n, int i, const struct tcp_seen *seen)
{
    struct reached *new = &known[*n];

    if (seen->from == seen->to)
        return false;
    if (seen->from == known[i].at)
        *new = (struct reached){seen->to, sum_add(known[i].sum, seen->sum)};
    else if (seen->to == known[i].at)
        *new = (struct reached){seen->from, sum_add(known[i].sum, (uint16_t)~seen->sum)};
    else
        return false;
    for (int k = 0; k < *n; k++)
        if (known[k].at == new->at)
            return false;
    ++*n;
    return true;
}

/* What the bytes [from, to) summed up to when they were seen, by way of the borders remembered. */
static bool sum_was(const struct tcp_seen frames[LIMIT_TCP_COPIES], uint32_t from, uint32_t to, uint16_t *sum)
{
    struct reached known[LIMIT_TCP_COPIES + 2] = {{from, 0}};
    int n = 1;

    for (int i = 0; i < n; i++)
        for (int k = 0; k < LIMIT_TCP_COPIES && n < LIMIT_TCP_COPIES + 2; k++)
            if (reach_by(known, &n, i, &frames[k]) && known[n - 1].at == to) {
                *sum = known[n - 1].sum;
                return true;
            }
    return false;
}

/* A keep-alive's byte is no byte of the stream (RFC 1122 4.2.3.6): those who send one send 0. */
static bool is_keep_alive(const struct packet *p, uint32_t from, uint32_t next)
{
    return p->payload_wire == 1 && from + 1 == next && p->payload.n && p->payload.p[0] == 0;
}

bool tcp_seen_differs(const struct tcp_stream *s, int side, const struct packet *p)
{
    const struct tcp_stream_side *me = &s->side[side];
    uint32_t from = payload_from(p), old = me->next - from;
    uint16_t was, is;

    if (is_keep_alive(p, from, me->next))
        return false;
    if (old >= p->payload_wire) {
        old = p->payload_wire;
        is = packet_payload_sum(p);
    } else if (p->payload.n < old) {
        return false;
    } else {
        is = packet_span_sum(span_head(p->payload, old));
    }
    return sum_was(s->seen[side], from, from + old, &was) && !sum_equal(sum_at(from, is), was) &&
           packet_tcp_sum_is_right(p);
}
