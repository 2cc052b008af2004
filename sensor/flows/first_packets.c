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
