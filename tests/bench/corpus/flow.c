/* SPDX-License-Identifier: Apache-2.0 */
/* The frames of one TCP connection as a tap beside the server sees them. */
#include "flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIN = 1, SYN = 2, PSH = 8, ACK = 16 };
enum {
    ETHERNET = 14,
    IP = 20,
    TCP = 20,
    FRAME_LEAST = 60,
    WINDOW_MOST = 44,
    DELAYED_ACK_US = 40000
};

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v & 0xffff);
}

/* RFC 1071, in the machine's byte order; sum is a partial sum of the same. */
static uint32_t checksum(const uint8_t *p, size_t n, uint64_t sum)
{
    uint32_t word;
    for (; n >= 4; n -= 4, p += 4) {
        memcpy(&word, p, 4);
        sum += word;
    }
    word = 0;
    memcpy(&word, p, n);
    sum += word;
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint32_t)((sum & 0xffff) + (sum >> 16));
}

static void finish_checksum(uint8_t *field, uint32_t sum)
{
    uint16_t v = (uint16_t)~sum;
    memcpy(field, &v, 2);
}

static void ip_header(uint8_t *ip, struct endpoint *from, const struct endpoint *to, size_t tcp_len)
{
    memset(ip, 0, IP);
    ip[0] = 0x45;
    put16(ip + 2, (uint32_t)(IP + tcp_len));
    put16(ip + 4, from->ip_id++);
    ip[6] = 0x40; /* do not fragment */
    ip[8] = from->ttl;
    ip[9] = 6;
    put32(ip + 12, from->ip);
    put32(ip + 16, to->ip);
    finish_checksum(ip + 10, checksum(ip, IP, 0));
}

static void tcp_header(uint8_t *tcp, const struct endpoint *from, const struct endpoint *to,
                       uint32_t seq, int flags, size_t options)
{
    put16(tcp, from->port);
    put16(tcp + 2, to->port);
    put32(tcp + 4, seq);
    put32(tcp + 8, flags & ACK ? from->seen : 0);
    tcp[12] = (uint8_t)((TCP + options) / 4 << 4);
    tcp[13] = (uint8_t)flags;
    put16(tcp + 14, flags & SYN ? 64240 : 502);
    put32(tcp + 16, 0);
}

static void tcp_checksum(uint8_t *ip, size_t tcp_len)
{
    uint8_t pseudo[4] = {0, 6};
    put16(pseudo + 2, (uint32_t)tcp_len);
    uint32_t sum = checksum(ip + 12, 8, checksum(pseudo, 4, 0));
    finish_checksum(ip + IP + 16, checksum(ip + IP, tcp_len, sum));
}

static struct frame *new_frame(struct flow *f, size_t len)
{
    if (f->count == f->cap) {
        f->cap = f->cap ? f->cap * 2 : 128;
        f->frames = realloc(f->frames, f->cap * sizeof(*f->frames));
        if (!f->frames) {
            fputs("corpus: out of memory\n", stderr);
            exit(1);
        }
    }
    f->frames[f->count] = (struct frame){f->now, (uint32_t)f->bytes.len, (uint32_t)len};
    return &f->frames[f->count++];
}

struct segment {
    uint32_t seq;
    int flags;
    const uint8_t *options;
    size_t option_len;
    const uint8_t *data;
    size_t len;
};

static void emit(struct flow *f, enum side side, const struct segment *s)
{
    struct endpoint *from = &f->end[side], *to = &f->end[!side];
    size_t tcp_len = TCP + s->option_len + s->len, len = ETHERNET + IP + tcp_len;
    size_t padded = len < FRAME_LEAST ? FRAME_LEAST : len;

    new_frame(f, padded);
    uint8_t *eth = buf_extend(&f->bytes, padded);
    memcpy(eth, to->mac, 6);
    memcpy(eth + 6, from->mac, 6);
    put16(eth + 12, 0x0800);
    ip_header(eth + ETHERNET, from, to, tcp_len);
    uint8_t *tcp = eth + ETHERNET + IP;
    tcp_header(tcp, from, to, s->seq, s->flags, s->option_len);
    if (s->option_len)
        memcpy(tcp + TCP, s->options, s->option_len);
    if (s->len)
        memcpy(tcp + TCP + s->option_len, s->data, s->len);
    tcp_checksum(eth + ETHERNET, tcp_len);
    memset(eth + len, 0, padded - len);
}

static void bare(struct flow *f, enum side side, int flags)
{
    struct segment s = {.seq = f->end[side].next, .flags = flags};
    emit(f, side, &s);
}

/* The acknowledgement sent at once for a segment out of order (RFC 5681 3.2), with one SACK block
 * (RFC 2018). */
static void duplicate_ack(struct flow *f, enum side side, uint32_t left, uint32_t right)
{
    uint8_t option[12] = {1, 1, 5, 10};
    struct segment s = {
        .seq = f->end[side].next, .flags = ACK, .options = option, .option_len = sizeof(option)};
    put32(option + 4, left);
    put32(option + 8, right);
    emit(f, side, &s);
}

static void handshake(struct flow *f)
{
    static const uint8_t options[12] = {2, 4, MSS >> 8, MSS & 255, 1, 3, 3, 7, 1, 1, 4, 2};
    struct segment s = {.flags = SYN, .options = options, .option_len = sizeof(options)};

    s.seq = f->end[CLIENT].next++;
    emit(f, CLIENT, &s);
    f->now += 25;
    f->end[SERVER].seen = f->end[CLIENT].next;
    s.seq = f->end[SERVER].next++;
    s.flags = SYN | ACK;
    emit(f, SERVER, &s);
    f->now += f->rtt_us;
    f->end[CLIENT].seen = f->end[SERVER].next;
    bare(f, CLIENT, ACK);
}

/* The order in which the k segments of a flight arrive: some fall behind their next one to three.
 */
static void arrival_order(struct prng *p, uint8_t *order, uint32_t k, struct flow_totals *totals)
{
    for (uint32_t i = 0; i < k; i++)
        order[i] = (uint8_t)i;
    for (uint32_t i = 0; i + 1 < k; i++) {
        if (totals->reordered * 50 >= totals->data_segments + i || !prng_chance(p, 80))
            continue;
        uint32_t most = k - 1 - i < 3 ? k - 1 - i : 3, by = prng_between(p, 1, most);
        uint8_t late = order[i];
        memmove(order + i, order + i + 1, by);
        order[i + by] = late;
        totals->reordered++;
        i += by;
    }
}

/* What the receiver knows of a flight: which segments came, and how many of them it has not
 * acknowledged. */
struct receiver {
    uint8_t have[WINDOW_MOST + 1];
    uint32_t expected, unacked;
};

/* Takes segment i of k; the flight starts at sequence number base and has len bytes. */
static void receive(struct flow *f, enum side receiver, struct receiver *r, uint32_t i,
                    uint32_t base, size_t len)
{
    uint32_t before = r->expected;

    r->have[i] = 1;
    while (r->have[r->expected])
        r->expected++;
    f->end[receiver].seen = base + (r->expected * MSS < len ? r->expected * MSS : (uint32_t)len);
    f->now += 5;
    if (r->expected == before) {
        uint32_t last = i;
        while (r->have[last + 1])
            last++;
        duplicate_ack(f, receiver, base + i * MSS,
                      base + ((last + 1) * MSS < len ? (last + 1) * MSS : (uint32_t)len));
        r->unacked = 0;
    } else if (++r->unacked >= 2 || r->expected - before > 1) {
        bare(f, receiver, ACK);
        r->unacked = 0;
    }
}

/* One window of data, its segments and their acknowledgements. */
static void flight(struct prng *p, struct flow *f, enum side side, const uint8_t *data, size_t len,
                   int last, struct flow_totals *totals)
{
    uint8_t order[WINDOW_MOST];
    uint32_t k = (uint32_t)((len + MSS - 1) / MSS), base = f->end[side].next;
    uint16_t first_id = f->end[side].ip_id;
    struct receiver r = {.expected = 0};

    arrival_order(p, order, k, totals);
    totals->data_segments += k;
    for (uint32_t j = 0; j < k; j++) {
        uint32_t i = order[j], at = i * MSS;
        struct segment s = {.seq = base + at,
                            .flags = ACK | (last && i + 1 == k ? PSH : 0),
                            .data = data + at,
                            .len = len - at < MSS ? len - at : MSS};
        f->end[side].ip_id = (uint16_t)(first_id + i);
        emit(f, side, &s);
        if (k > 1)
            receive(f, !side, &r, i, base, len);
        else
            f->end[!side].seen = base + (uint32_t)len;
        f->now += f->spacing_us;
    }
    f->end[side].ip_id = (uint16_t)(first_id + k);
    f->end[side].next = base + (uint32_t)len;
    f->owes_ack = k == 1 || r.unacked;
}

/* The other side's turn was not answered yet: its pure acknowledgement, if one is sent before the
 * answer. */
static void acknowledge(struct prng *p, struct flow *f, enum side side, uint32_t think_us)
{
    int64_t answer = f->now + think_us;

    if (think_us > DELAYED_ACK_US)
        f->now += DELAYED_ACK_US;
    else if (prng_chance(p, 600))
        return;
    bare(f, side, ACK);
    f->now = f->now < answer ? answer : f->now + 1;
}

static void send_turn(struct prng *p, struct flow *f, const struct dialogue *d,
                      const struct turn *t, struct flow_totals *totals)
{
    const uint8_t *data = d->bytes.data + t->at;
    size_t left = t->len;

    if (t->side == CLIENT)
        f->now += f->rtt_us;
    if (f->owes_ack)
        acknowledge(p, f, t->side, t->think_us);
    else
        f->now += t->think_us;
    while (left) {
        int64_t start = f->now;
        size_t most = (size_t)f->window * MSS, take = left < most ? left : most;
        flight(p, f, t->side, data, take, take == left, totals);
        data += take;
        left -= take;
        if (left && f->now < start + f->rtt_us)
            f->now = start + f->rtt_us;
        f->window = f->window * 2 < WINDOW_MOST ? f->window * 2 : WINDOW_MOST;
    }
}

static void farewell(struct prng *p, struct flow *f)
{
    enum side first = prng_chance(p, 500) ? SERVER : CLIENT;

    f->now += first == CLIENT ? f->rtt_us : 30;
    bare(f, first, FIN | ACK);
    f->end[!first].seen = ++f->end[first].next;
    f->now += first == CLIENT ? 40 : f->rtt_us;
    bare(f, !first, FIN | ACK);
    f->end[first].seen = ++f->end[!first].next;
    f->now += first == CLIENT ? f->rtt_us : 25;
    bare(f, first, ACK);
}

void flow_make(struct prng *p, struct flow *f, const struct dialogue *d, int64_t start_us,
               struct flow_totals *totals)
{
    uint64_t data_before = totals->data_segments;

    buf_reset(&f->bytes);
    f->count = f->read = 0;
    f->now = start_us;
    f->rtt_us = prng_chance(p, 300) ? prng_between(p, 800, 8000) : prng_between(p, 8000, 160000);
    f->spacing_us = prng_chance(p, 500) ? 12 : 120; /* 1 Gbit/s, 100 Mbit/s */
    f->window = 10;                                 /* RFC 6928 */
    f->owes_ack = 0;
    handshake(f);
    for (size_t i = 0; i < d->count; i++)
        send_turn(p, f, d, &d->turns[i], totals);
    farewell(p, f);
    totals->frames += f->count;
    totals->pure_acks +=
        f->count - (totals->data_segments - data_before) - 4; /* SYN twice, FIN twice */
}

void flow_free(struct flow *f)
{
    buf_free(&f->bytes);
    free(f->frames);
}
