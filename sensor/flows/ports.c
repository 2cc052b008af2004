/* SPDX-License-Identifier: Apache-2.0 */
/* ports: mail's come first. */
#include "sensor/flows/ports.h"

#include "sensor/flows/dns_stream.h"

static bool has_port(const struct worker_options *o, uint16_t port)
{
    for (unsigned i = 0; i < o->ports_n; i++)
        if (o->ports[i] == port)
            return true;
    return false;
}

/* Asked at most frames, whose directions nobody foresees: all ports are looked at, without a jump. */
bool ports_mail(const struct worker_options *o, const struct packet *p)
{
    bool any = !o->ports_n;

    for (unsigned i = 0; i < o->ports_n; i++)
        any |= (o->ports[i] == p->src.port) | (o->ports[i] == p->dst.port);
    return any;
}

bool ports_dns(const struct worker_options *o, const struct packet *p, enum packet_verdict v)
{
    if (!o->dns || !dns_port(p))
        return false;
    return v == PACKET_TCP ? !(o->ports_n && ports_mail(o, p)) : v == PACKET_UDP;
}

uint8_t ports_client_side(const struct worker_options *o, const struct packet *p)
{
    bool to = has_port(o, p->dst.port), from = has_port(o, p->src.port);

    if (p->flags & TCP_SYN)
        return p->flags & TCP_ACK ? 1 : 0;
    if (to != from)
        return to ? 0 : 1;
    return 2;
}
