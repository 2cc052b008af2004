/* SPDX-License-Identifier: Apache-2.0 */
/* packet_sum: the Internet checksum of RFC 1071 for IPv4 headers, TCP and UDP. */
#include "decoders/net/packet_layers.h"

/* The sum of 16-bit words as they lie in memory: right or wrong in either byte order (RFC 1071
 * 2.B). */
static uint64_t sum_words(uint64_t sum, struct span s)
{
    uint64_t two = 0;
    uint32_t one = 0;

    for (; s.n >= sizeof(two); s = span_from(s, sizeof(two))) {
        memcpy(&two, s.p, sizeof(two));
        sum += (two & UINT32_MAX) + (two >> 32);
    }
    if (s.n >= sizeof(one)) {
        memcpy(&one, s.p, sizeof(one));
        sum += one;
        s = span_from(s, sizeof(one));
    }
    if (!s.n)
        return sum;
    one = 0;
    memcpy(&one, s.p, s.n % sizeof(one));
    return sum + one;
}

static uint16_t sum_fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

static bool sum_is_right(uint64_t sum)
{
    return sum_fold(sum) == 0xffff;
}

uint16_t packet_span_sum(struct span bytes)
{
    return sum_fold(sum_words(0, bytes));
}

bool sum_ipv4_header(struct span header)
{
    return sum_is_right(sum_words(0, header));
}

/* RFC 9293 3.1, RFC 8200 8.1: the addresses, the length and the protocol. */
static uint64_t sum_pseudo_header(const struct packet *p, uint8_t protocol, uint32_t length)
{
    size_t address = p->src.ip.family == 4 ? 4 : 16;
    uint8_t tail[8] = {(uint8_t)(length >> 24), (uint8_t)(length >> 16), (uint8_t)(length >> 8),
                       (uint8_t)length, 0, 0, 0, protocol};
    uint64_t sum = sum_words(0, span_of(p->src.ip.b, address));

    sum = sum_words(sum, span_of(p->dst.ip.b, address));
    return sum_words(sum, span_of(tail, sizeof(tail)));
}

bool sum_transport(const struct packet *p, uint8_t protocol, struct span segment)
{
    return sum_is_right(sum_words(sum_pseudo_header(p, protocol, (uint32_t)segment.n), segment));
}

/* The header and its options lie in front of the payload, which is whole. */
static struct span tcp_header(const struct packet *p)
{
    return span_of(p->options.p - 20, p->options.n + 20);
}

bool packet_tcp_sum_is_right(const struct packet *p)
{
    struct span header = tcp_header(p);

    if (p->payload.n != p->payload_wire)
        return false;
    return sum_transport(p, PROTOCOL_TCP, span_of(header.p, header.n + p->payload.n));
}

/* Twenty bytes; the options behind them, where there are any, are twelve as a rule. Asked at every segment. */
static uint64_t sum_tcp_header(uint64_t sum, struct span header)
{
    uint32_t word[5];

    memcpy(word, header.p, sizeof(word));
    sum += (uint64_t)word[0] + word[1] + word[2] + word[3] + word[4];
    return header.n > sizeof(word) ? sum_words(sum, span_from(header, sizeof(word))) : sum;
}

/* All of it sums up to zero (0xffff), so that the payload is what the rest lacks. */
uint16_t packet_payload_sum(const struct packet *p)
{
    struct span header = tcp_header(p);
    uint64_t sum = sum_pseudo_header(p, PROTOCOL_TCP, (uint32_t)header.n + p->payload_wire);
    uint16_t rest = sum_fold(sum_tcp_header(sum, header));

    return rest ? (uint16_t)~rest : 0;
}
