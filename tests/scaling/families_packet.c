/* SPDX-License-Identifier: Apache-2.0 */
/* families_packet: TCP segments and IP fragments in the worst order. */
#include <stdio.h>
#include <stdlib.h>

#include "decoders/net/fragments.h"
#include "decoders/net/tcp_stream.h"
#include "tests/scaling/families.h"

struct sums {
    uint64_t bytes, gaps;
};

static void on_data(void *ctx, int side, struct span bytes)
{
    (void)side;
    ((struct sums *)ctx)->bytes += bytes.n;
}

static void on_gap(void *ctx, int side, uint64_t bytes)
{
    (void)side;
    ((struct sums *)ctx)->gaps += bytes;
}

static void on_end(void *ctx, int side)
{
    (void)ctx;
    (void)side;
}

static void on_anomaly(void *ctx, enum anomaly a)
{
    (void)ctx;
    (void)a;
}

static const struct tcp_stream_events events = {on_data, on_gap, on_end, on_anomaly};

struct line {
    struct tcp_stream stream;
    struct tcp_stream_stats stats;
    struct sums sums;
    struct packet packet;
    int64_t now_us;
    uint8_t room[2048];
};

static void push(struct line *l, int side, uint32_t seq, uint32_t ack, unsigned flags, size_t n)
{
    struct packet *p = &l->packet;

    p->seq = seq;
    p->ack = ack;
    p->flags = (uint8_t)flags;
    p->window = 65535;
    p->ip_id++;
    p->options = span_of(l->room + 20, 0); /* behind a TCP header, as in a frame */
    p->payload = span_of(l->room + 20, n);
    p->payload_wire = (uint32_t)n;
    tcp_stream_push(&l->stream, side, p, l->now_us += 10);
}

static void push_with_options(struct line *l, uint32_t seq, size_t n)
{
    struct packet *p = &l->packet;

    p->seq = seq;
    p->ack = 1;
    p->flags = TCP_ACK;
    p->ip_id++;
    p->options = span_of(l->room + 20, 40);
    p->payload = span_of(l->room + 60, n);
    p->payload_wire = (uint32_t)n;
    tcp_stream_push(&l->stream, 0, p, l->now_us += 10);
}

static void open_line(struct line *l, struct mem *m)
{
    memset(l, 0, sizeof(*l));
    memset(l->room, 'x', sizeof(l->room));
    l->packet.src.ip.family = l->packet.dst.ip.family = 4;
    tcp_stream_init(&l->stream, m, &events, &l->sums, &l->stats);
    push(l, 0, 0, 0, TCP_SYN, 0);
    push(l, 1, 0, 1, TCP_SYN | TCP_ACK, 0);
    push(l, 0, 1, 1, TCP_ACK, 0);
}

static uint64_t close_line(struct line *l)
{
    tcp_stream_finish(&l->stream);
    tcp_stream_free(&l->stream);
    return l->sums.bytes + l->sums.gaps;
}

static uint64_t in_order(struct mem *m, size_t piece, uint64_t bytes)
{
    struct line l;

    open_line(&l, m);
    for (uint64_t at = 0; at < bytes; at += piece)
        push(&l, 0, (uint32_t)(1 + at), 1, TCP_ACK, piece);
    return close_line(&l);
}

/* Windows of 256 KiB, the last segment first. */
static uint64_t backwards(struct mem *m, size_t piece, uint64_t bytes)
{
    enum { WINDOW = 1 << 18 };
    struct line l;

    open_line(&l, m);
    for (uint64_t from = 0; from < bytes; from += WINDOW)
        for (uint64_t at = WINDOW - WINDOW % piece; at; at -= piece)
            push(&l, 0, (uint32_t)(1 + from + at - piece), 1, TCP_ACK, piece);
    return close_line(&l);
}

/* Every second segment, for ever. */
static uint64_t every_second(struct mem *m, size_t piece, uint64_t bytes)
{
    struct line l;

    open_line(&l, m);
    for (uint64_t at = 0; at < bytes; at += piece)
        push(&l, 0, (uint32_t)(1 + 2 * at + piece), 1, TCP_ACK, piece);
    return close_line(&l);
}

/* Segments of a hole's far side in an order that makes the search long. */
static uint64_t shuffled(struct mem *m, size_t piece, uint64_t bytes)
{
    struct line l;
    uint32_t order = 1;

    open_line(&l, m);
    for (uint64_t at = 0; at < bytes; at += piece) {
        order = order * 1664525 + 1013904223;
        push(&l, 0, (uint32_t)(1 + piece + (at / (1 << 17) << 17) + ((order >> 8) % (1 << 17)) / piece * piece), 1,
             TCP_ACK, piece);
    }
    return close_line(&l);
}

static uint64_t the_same_again(struct mem *m, size_t piece, uint64_t bytes)
{
    struct line l;

    open_line(&l, m);
    for (uint64_t at = 0; at < bytes; at += piece)
        push(&l, 0, 1, 1, TCP_ACK, piece);
    return close_line(&l);
}

/* Copies of held segments that acknowledge less each time, shifted: each may be cut into more. */
static uint64_t older_copies(struct mem *m, size_t piece, uint64_t bytes)
{
    struct line l;
    uint32_t ack = 1u << 20;

    open_line(&l, m);
    for (uint64_t at = 0; at < bytes; at += piece) {
        push(&l, 0, (uint32_t)(100 + at / piece * 7 % 4096), ack--, TCP_ACK, piece < 64 ? piece : 64);
        if (ack == 1)
            ack = 1u << 20;
    }
    return close_line(&l);
}

static uint64_t both_wait(struct mem *m, size_t piece, uint64_t bytes)
{
    struct line l;

    open_line(&l, m);
    for (uint64_t at = 0; at < bytes; at += 2 * piece) {
        push(&l, 0, (uint32_t)(1 + at / 2), (uint32_t)(1 + at / 2 + piece), TCP_ACK, piece);
        push(&l, 1, (uint32_t)(1 + at / 2), (uint32_t)(1 + at / 2 + piece), TCP_ACK, piece);
    }
    return close_line(&l);
}

/* Behind a hole: each segment three times as long as its step, the last first, so that each overlaps others. */
static uint64_t overlaps_backwards(struct mem *m, size_t piece, uint64_t bytes)
{
    enum { WINDOW = 1 << 17 };
    struct line l;
    size_t n = piece < 400 ? piece : 400;

    open_line(&l, m);
    for (uint64_t from = 0; from < bytes; from += WINDOW)
        for (uint64_t at = WINDOW - WINDOW % n; at; at -= n)
            push(&l, 0, (uint32_t)(100 + from + at - n), 1, TCP_ACK, 3 * n);
    return close_line(&l);
}

/* Every second segment waits; then one that lies over all holes between them, again and again. */
static uint64_t holes_filled_at_once(struct mem *m, size_t piece, uint64_t bytes)
{
    struct line l;
    size_t n = piece < 8 ? piece : 8;
    uint32_t at = 1;

    open_line(&l, m);
    for (uint64_t sent = 0; sent < bytes;) {
        for (unsigned i = 1; i < 80; i++, sent += n)
            push(&l, 0, (uint32_t)(at + 2 * n * i), 1, TCP_ACK, n);
        push(&l, 0, at, 1, TCP_ACK, 160 * n);
        at += (uint32_t)(160 * n);
        sent += 160 * n;
    }
    return close_line(&l);
}

/* A stream in order, whose segments carry forty bytes of options, SACK blocks and nothings. */
static uint64_t options_of_sack(struct mem *m, size_t piece, uint64_t bytes)
{
    struct line l;

    open_line(&l, m);
    memset(l.room + 20, 1, 40);
    memcpy(l.room + 24, "\5\042", 2);
    for (uint64_t at = 0; at < bytes; at += piece)
        push_with_options(&l, (uint32_t)(1 + at), piece);
    return close_line(&l);
}

/* --- fragments --- */

static void fragment(struct fragments *f, uint8_t *room, uint32_t id, uint32_t offset, size_t n, bool more,
                     int64_t now_us)
{
    struct packet p = {.protocol = 44, .ip = span_of(room, 20 + n)};

    memset(room, 0, 20);
    room[0] = 0x45;
    room[9] = 6;
    p.src.ip.family = p.dst.ip.family = 4;
    p.payload = span_of(room + 20, n);
    p.payload_wire = (uint32_t)n;
    p.fragment.id = id;
    p.fragment.offset = offset;
    p.fragment.more = more;
    p.fragment.protocol = 6;
    fragments_push(f, &p, now_us);
}

static uint64_t fragment_flood(struct mem *m, size_t piece, uint64_t bytes, uint32_t per_datagram, bool backward)
{
    static const struct hash_key key = {1, 2};
    struct fragments *f = fragments_new(m, &key);
    uint8_t room[2048];
    size_t n = piece < 8 ? 8 : piece / 8 * 8;
    uint64_t count = 0;

    memset(room, 'x', sizeof(room));
    for (uint64_t at = 0; at < bytes; at += n, count++) {
        uint32_t k = (uint32_t)(count % per_datagram);

        if (backward)
            k = per_datagram - 1 - k;
        fragment(f, room, (uint32_t)(count / per_datagram), (uint32_t)(k * n), n, true, (int64_t)count);
    }
    fragments_lost(f, true);
    fragments_free(f);
    return count;
}

static uint64_t fragments_never_whole(struct mem *m, size_t piece, uint64_t bytes)
{
    return fragment_flood(m, piece, bytes, 30, false);
}

static uint64_t fragments_backward(struct mem *m, size_t piece, uint64_t bytes)
{
    return fragment_flood(m, piece, bytes, 40, true);
}

static uint64_t fragments_single(struct mem *m, size_t piece, uint64_t bytes)
{
    return fragment_flood(m, piece, bytes, 1, false);
}

static uint64_t fragments_beyond_the_cap(struct mem *m, size_t piece, uint64_t bytes)
{
    return fragment_flood(m, piece < 200 ? piece : 200, bytes, 300, false);
}

/* A held segment is its bytes and under 64 bytes of list. */
#define HELD (2 * (LIMIT_TCP_HELD_BYTES + LIMIT_TCP_HELD_SEGMENTS * 64))
#define FRAGMENTS (2 * LIMIT_FRAGMENT_BYTES)

const struct family packet_families[] = {
    {"segments in order", .packets = in_order},
    {"segments backwards", .packets = backwards, .caps = HELD, .least = 1 << 18},
    {"every second segment", .packets = every_second, .caps = HELD},
    {"segments shuffled behind a hole", .packets = shuffled, .caps = HELD, .least = 1 << 18},
    {"overlapping segments backwards", .packets = overlaps_backwards, .caps = HELD, .least = 1 << 18},
    {"many holes filled by one segment", .packets = holes_filled_at_once, .caps = HELD},
    {"segments with SACK", .packets = options_of_sack},
    {"one segment again and again", .packets = the_same_again},
    {"copies that acknowledge less", .packets = older_copies, .caps = HELD},
    {"two sides that wait for each other", .packets = both_wait, .caps = HELD},
    {"fragments of datagrams never whole", .packets = fragments_never_whole, .caps = FRAGMENTS},
    {"fragments backwards", .packets = fragments_backward, .caps = FRAGMENTS},
    {"one fragment a datagram", .packets = fragments_single, .caps = FRAGMENTS},
    {"more fragments than a datagram may have", .packets = fragments_beyond_the_cap, .caps = FRAGMENTS},
};
const unsigned packet_families_n = sizeof(packet_families) / sizeof(*packet_families);
