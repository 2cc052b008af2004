/* SPDX-License-Identifier: Apache-2.0 */
/* first_packets: one behind the other, with the time and length of each. */
#include "sensor/flows/first_packets.h"

static size_t brief_of(const struct packet *p, struct span ip)
{
    size_t n;

    if (!span_starts_nocase(p->payload, SPAN("250-")))
        return ip.n;
    n = (size_t)(p->payload.p - ip.p) + span_find(p->payload, 0, '\n') + 1;
    return n <= FIRST_PACKETS_BRIEF && n < ip.n ? n : ip.n;
}

bool first_packets_add(struct first_packets *k, const struct packet *p, struct span ip, uint64_t ms)
{
    if (k->n == FIRST_PACKETS || ip.n > FIRST_PACKETS_BYTES - k->kept)
        return false;
    memcpy(k->bytes + k->kept, ip.p, ip.n);
    k->packet[k->n].n = (uint16_t)ip.n;
    k->packet[k->n].brief = (uint16_t)brief_of(p, ip);
    k->packet[k->n++].ms = ms;
    k->kept += ip.n;
    return true;
}

/* The length in the header: IPv4's counts the header (20 bytes or more), IPv6's does not (40). */
static void shorten(uint8_t *ip, size_t n)
{
    size_t at = ip[0] >> 4 == 4 ? 2 : 4, length = ip[0] >> 4 == 4 ? n : n - 40;

    ip[at] = (uint8_t)(length >> 8);
    ip[at + 1] = (uint8_t)length;
}

struct span first_packets_brief(const struct first_packets *k, unsigned i, size_t at, uint8_t room[FIRST_PACKETS_BRIEF])
{
    size_t n = k->packet[i].brief;

    if (n == k->packet[i].n)
        return span_of(k->bytes + at, n);
    memcpy(room, k->bytes + at, n);
    shorten(room, n);
    return span_of(room, n);
}

/* A packet as it lies among the kept. */
struct said {
    const uint8_t *ip, *tcp;
    struct span text;
};

/* The headers of nearly all: IPv4 without options, no fragment, or IPv6; whole, and nothing but ACK and PSH. Their end. 0: others. */
static size_t plain_ip(const uint8_t *ip, size_t n)
{
    bool v4 = ip[0] == 0x45 && ip[9] == 6 && !(be16(ip + 6) & 0x3fff), v6 = ip[0] >> 4 == 6 && ip[6] == 6;
    size_t end = v4 ? be16(ip + 2) : v6 ? be16(ip + 4) + 40u : 0;

    return end <= n ? end : 0;
}

/* All of it is lines that begin alike in three bytes, as those of a reply do. */
static bool lines_alike(struct span text)
{
    for (size_t at = 0; at < text.n; at = span_find(text, at, '\n') + 1)
        if (text.n - at < 5 || memcmp(text.p + at, text.p, 3) != 0)
            return false;
    return text.p[text.n - 2] == '\r' && text.p[text.n - 1] == '\n';
}

/* False: it is not plain, or not such lines. */
static bool read_said(const uint8_t *ip, size_t n, struct said *x)
{
    size_t head = ip[0] >> 4 == 4 ? 20 : 40, end = n >= head + 20 ? plain_ip(ip, n) : 0, tcp;

    if (end < head + 20 || (ip[head + 13] & ~TCP_PSH) != TCP_ACK)
        return false;
    tcp = (ip[head + 12] >> 4) * 4u;
    if (tcp < 20 || end < head + tcp + 5)
        return false;
    *x = (struct said){ip, ip + head, span_of(ip + head + tcp, end - head - tcp)};
    return lines_alike(x->text);
}

/* b comes next, from the other side, which saw all that a says. Both are of one connection. */
static bool answers(const struct said *a, const struct said *b)
{
    size_t n = (size_t)(a->tcp - a->ip) == 20 ? 4 : 16;

    return memcmp(a->tcp - 2 * n, b->tcp - n, n) == 0 && be16(a->tcp) == be16(b->tcp + 2) &&
           be32(b->tcp + 8) == be32(a->tcp + 4) + (uint32_t)a->text.n;
}

static uint8_t *add_line(uint8_t *to, struct span text, size_t most)
{
    struct span line = span_head(text, span_find(text, 0, '\r'));

    line = span_head(line, most);
    memcpy(to, line.p, line.n);
    memcpy(to + line.n, "\r\n", 2);
    return to + line.n + 2;
}

/* Headers of a packet from a server's port to nobody's, between two addresses of nobody's. Their bytes. */
static size_t plain_head(uint8_t *room, bool v4, const uint8_t port[2])
{
    static const uint8_t ip4[] = {0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2};
    static const uint8_t ip6[40] = {0x60, [6] = 6, [7] = 64, [23] = 1, [39] = 2};
    uint8_t tcp[20] = {port[0], port[1], 0xc0, 0, [7] = 1, [11] = 1, [12] = 0x50, [13] = TCP_ACK, [15] = 1};
    size_t n = v4 ? sizeof(ip4) : sizeof(ip6);

    memcpy(room, v4 ? ip4 : ip6, n);
    memcpy(room + n, tcp, sizeof(tcp));
    return n + sizeof(tcp);
}

/* Of a reply its code, so that nDPI does not look for the host's name in its tables of providers; of a command that something stands
 * behind it, any letter or digit as an a. */
struct span first_packets_opening(const struct first_packets *k, uint8_t room[FIRST_PACKETS_OPENING])
{
    struct said server, client, reply;
    const uint8_t *second = k->bytes + k->packet[0].n, *third = second + k->packet[1].n;
    uint8_t *to;

    if (!read_said(k->bytes, k->packet[0].n, &server) || !read_said(second, k->packet[1].n, &client) ||
        !read_said(third, k->packet[2].n, &reply) || !answers(&server, &client) || !answers(&client, &reply) ||
        be32(reply.tcp + 4) != be32(client.tcp + 8) || span_find(client.text, 0, '\n') + 1 < client.text.n)
        return (struct span){NULL, 0};
    to = room + plain_head(room, server.ip[0] >> 4 == 4, server.tcp);
    to = add_line(to, server.text, 4);
    to = add_line(to, client.text, 6);
    to[-3] = ascii_alnum(to[-3]) ? 'a' : to[-3];
    to = add_line(to, reply.text, 4);
    shorten(room, (size_t)(to - room));
    return span_of(room, (size_t)(to - room));
}

void first_packets_fold(struct squeezed *out, const struct first_packets *k)
{
    squeeze(out, &k->n, sizeof(k->n));
    squeeze(out, k->packet, k->n * sizeof(*k->packet));
    squeeze_text(out, span_of(k->bytes, k->kept));
}

void first_packets_unfold(struct span *in, struct first_packets *k)
{
    struct span bytes;

    unsqueeze(in, &k->n, sizeof(k->n));
    unsqueeze(in, k->packet, k->n * sizeof(*k->packet));
    for (unsigned i = 0; i < k->n; i++)
        k->kept += k->packet[i].n;
    bytes = unsqueeze_text(in, k->kept);
    if (bytes.n)
        memcpy(k->bytes, bytes.p, bytes.n);
}
