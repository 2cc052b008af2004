/* SPDX-License-Identifier: Apache-2.0 */
/* packet_sum: the Internet checksum of RFC 1071 for IPv4 headers, TCP and UDP. */
#include "decoders/net/packet_layers.h"

/* The sum of 16-bit words as they lie in memory: right or wrong in either byte order (RFC 1071 2.B). */
static uint64_t sum_words(uint64_t sum, struct span s)
{
    size_t i = 0;

    for (; i + 4 <= s.n; i += 4) {
        uint32_t w;

        memcpy(&w, s.p + i, 4);
        sum += w;
    }
    if (i < s.n) {
        uint8_t last[4] = {0};
        uint32_t w;

        memcpy(last, s.p + i, s.n - i);
        memcpy(&w, last, 4);
        sum += w;
    }
    return sum;
}

static bool sum_is_right(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum == 0xffff;
}

bool sum_ipv4_header(struct span header)
{
    return sum_is_right(sum_words(0, header));
}

bool sum_transport(const struct packet *p, uint8_t protocol, struct span segment)
{
    size_t address = p->src.ip.family == 4 ? 4 : 16;
    uint8_t tail[8] = {(uint8_t)(segment.n >> 24), (uint8_t)(segment.n >> 16),
                       (uint8_t)(segment.n >> 8),  (uint8_t)segment.n,
                       0, 0, 0, protocol};
    uint64_t sum = sum_words(0, span_of(p->src.ip.b, address));

    sum = sum_words(sum, span_of(p->dst.ip.b, address));
    sum = sum_words(sum, span_of(tail, sizeof(tail)));
    return sum_is_right(sum_words(sum, segment));
}
