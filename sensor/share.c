/* SPDX-License-Identifier: Apache-2.0 */
/* share: sums, since both directions of a connection must give the same, and the kernel can add. */
#include "sensor/share.h"

#include <sys/random.h>

bool share_draw(struct share *s, unsigned n)
{
    uint32_t drawn[3];

    if (getrandom(drawn, sizeof(drawn), 0) != (ssize_t)sizeof(drawn))
        return false;
    *s = (struct share){.n = n, .add = drawn[0], .times = {drawn[1] | 1, drawn[2] | 1}};
    return true;
}

static uint32_t address_sum(const struct ip_addr *a)
{
    return be32(a->b) + be32(a->b + 4) + be32(a->b + 8) + be32(a->b + 12);
}

uint32_t share_sum(const struct endpoint *a, const struct endpoint *b)
{
    return address_sum(&a->ip) + address_sum(&b->ip) + a->port + b->port;
}

/* Two tags at most, as in a provider's network. */
static unsigned tags_of(const uint8_t *type, size_t n)
{
    enum { TAG = 4, TAGS = 2, CUSTOMER = 0x8100, PROVIDER = 0x88a8 };
    unsigned at = 0;

    while (at < TAGS * TAG && at + TAG + 2 <= n && (be16(type + at) == CUSTOMER || be16(type + at) == PROVIDER))
        at += TAG;
    return at;
}

bool share_plain(const struct frame *f, uint32_t *sum)
{
    enum { IP = 14, TCP = IP + 20, LEAST = TCP + 20, TYPE = 12, NO_OPTIONS = 0x45, FRAGMENT = 0x3fff };
    const uint8_t *b = f->bytes.p;
    uint32_t total, header;
    unsigned tags;

    if (f->link_type != LINK_ETHERNET || f->bytes.n < LEAST)
        return false;
    tags = tags_of(b + TYPE, f->bytes.n - TYPE);
    b += tags;
    if (f->bytes.n < tags + LEAST || be16(b + TYPE) != 0x0800 || b[IP] != NO_OPTIONS || b[IP + 9] != 6 ||
        (be16(b + IP + 6) & FRAGMENT))
        return false;
    total = be16(b + IP + 2);
    header = (b[TCP + 12] >> 4) * 4u;
    if (total < LEAST - IP || header < 20 || header > total - 20)
        return false;
    *sum = be32(b + IP + 12) + be32(b + IP + 16) + be16(b + TCP) + be16(b + TCP + 2);
    return true;
}

unsigned share_whose(const struct share *s, const struct packet *p, enum packet_verdict v, bool is_dns)
{
    if (v == PACKET_FRAGMENT || is_dns)
        return SHARE_EVERYBODY;
    return v == PACKET_TCP ? share_of(s, share_sum(&p->src, &p->dst)) : SHARE_NOBODY;
}
