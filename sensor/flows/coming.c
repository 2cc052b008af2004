/* SPDX-License-Identifier: Apache-2.0 */
/* coming: whose ports, which connection; what is the same as of the packet before is not worked out again. */
#include "sensor/flows/coming.h"

static enum coming_ports ports_of(const struct packet *p, const struct worker_options *o)
{
    if (ports_dns(o, p, PACKET_TCP))
        return COMING_DNS;
    return ports_mail(o, p) ? COMING_MAIL : COMING_OTHER;
}

/* Of IPv4 alone; other connections are asked for anew. Both directions are compared: nobody foresees which is a frame's. */
static inline bool is_again(const struct coming *c, const struct coming *before)
{
    bool same_way = (c->end[0] == before->end[0]) & (c->end[1] == before->end[1]);
    bool other_way = (c->end[0] == before->end[1]) & (c->end[1] == before->end[0]);

    return (same_way | other_way) & (c->end[0] != 0) & (before->verdict == PACKET_TCP);
}

void coming_tell(struct coming *c, const struct coming *before, const struct flow_table *t, const struct worker_options *o)
{
    const struct packet *p = &c->packet;

    c->asks = false;
    if (c->verdict != PACKET_TCP)
        return;
    c->end[0] = flow_table_ipv4(&p->src);
    c->end[1] = flow_table_ipv4(&p->dst);
    c->again = before && is_again(c, before);
    if (c->again) {
        c->ports = before->ports;
        c->hash = before->hash;
        return;
    }
    c->ports = ports_of(p, o);
    c->asks = c->ports != COMING_OTHER;
    if (c->asks)
        c->hash = flow_table_hash(t, &p->src, &p->dst);
}
