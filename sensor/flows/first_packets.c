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

static bool says(struct span text, struct span word)
{
    return text.n > word.n && span_starts_nocase(text, word);
}

static bool says_code(struct span text, struct span code)
{
    return span_starts_nocase(text, code) && (text.p[code.n] == ' ' || text.p[code.n] == '-');
}

/* nDPI tells the two sides apart by their ports: where these are the same it takes one side's numbers for the other's, and passes by what
 * seems to be sent again. */
static bool ports_differ(const struct said *x)
{
    return be16(x->tcp) != be16(x->tcp + 2);
}

bool first_packets_greet(const struct first_packets *k)
{
    struct said server, client, reply;
    const uint8_t *second = k->bytes + k->packet[0].n, *third = second + k->packet[1].n;

    if (k->n != 3 || !read_said(k->bytes, k->packet[0].n, &server) || !read_said(second, k->packet[1].n, &client) ||
        !read_said(third, k->packet[2].n, &reply) || !ports_differ(&server) || !answers(&server, &client) || !answers(&client, &reply) ||
        be32(reply.tcp + 4) != be32(client.tcp + 8) || span_find(client.text, 0, '\n') + 1 < client.text.n)
        return false;
    return says_code(server.text, SPAN("220")) && (says(client.text, SPAN("EHLO ")) || says(client.text, SPAN("HELO "))) &&
           says_code(reply.text, SPAN("250"));
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
