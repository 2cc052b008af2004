/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_seen: the last few segments of a side, to tell a mirror's copy from a retransmission. */
#include "decoders/net/tcp_seen.h"

/* Hashes only classify for a counter or an anomaly; a collision somebody contrives loses no
 * bytes. */
static uint32_t mix(uint32_t h, uint32_t x)
{
    h = (h ^ x) * 0x9e3779b1u;
    return h ^ h >> 15;
}

static uint32_t hash_place(const struct packet *p)
{
    return mix(mix(1, p->seq), p->payload_wire);
}

/* What routers between two mirror ports do not change; the TTL, VLAN and IP checksum they do. */
static uint32_t hash_frame(const struct packet *p)
{
    uint32_t h = mix(hash_place(p), p->ack);

    h = mix(h, (uint32_t)p->window << 16 | p->flags);
    return mix(h, (uint32_t)p->ip_id << 16 | p->checksum);
}

static uint16_t clock_of(int64_t ts_us)
{
    return (uint16_t)(ts_us >> 12);
}

void tcp_seen_add(struct tcp_stream_side *me, const struct packet *p, int64_t ts_us)
{
    struct tcp_seen *seen = &me->seen_frames[me->seen_next];

    me->seen_next = (uint8_t)((me->seen_next + 1) % LIMIT_TCP_COPIES);
    seen->place = hash_place(p);
    seen->frame = hash_frame(p);
    seen->at = clock_of(ts_us);
    seen->sum = p->payload_wire ? packet_payload_sum(p) : 0;
}

bool tcp_seen_copy(const struct tcp_stream_side *me, const struct packet *p, int64_t ts_us)
{
    uint32_t frame = hash_frame(p);
    int limit = (p->ip_id ? LIMIT_TCP_COPY_USEC : LIMIT_TCP_COPY_NO_ID_USEC) >> 12;

    for (int i = 0; i < LIMIT_TCP_COPIES; i++) {
        int16_t age = (int16_t)(uint16_t)(clock_of(ts_us) - me->seen_frames[i].at);

        if (me->seen_frames[i].frame == frame && age <= limit && age >= -limit)
            return true;
    }
    return false;
}

bool tcp_seen_differs(const struct tcp_stream_side *me, const struct packet *p)
{
    uint32_t place = hash_place(p);
    uint16_t sum = packet_payload_sum(p);

    for (int i = 0; i < LIMIT_TCP_COPIES; i++)
        if (me->seen_frames[i].place == place && me->seen_frames[i].sum != sum)
            return packet_tcp_sum_is_right(p);
    return false;
}
