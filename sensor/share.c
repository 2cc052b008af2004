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

unsigned share_whose(const struct share *s, const struct packet *p, enum packet_verdict v, bool is_dns)
{
    if (v == PACKET_FRAGMENT || is_dns)
        return SHARE_EVERYBODY;
    return v == PACKET_TCP ? share_of(s, share_sum(&p->src, &p->dst)) : SHARE_NOBODY;
}
