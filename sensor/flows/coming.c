/* SPDX-License-Identifier: Apache-2.0 */
/* coming: whose ports, which connection; what is the same as of the packet before is not worked out again. */
#include "sensor/flows/coming.h"

static bool same_ends(const struct packet *p, const struct endpoint *a, const struct endpoint *b)
{
    return p->src.port == a->port && p->dst.port == b->port && ip_eq(&p->src.ip, &a->ip) && ip_eq(&p->dst.ip, &b->ip);
}

static enum coming_ports ports_of(const struct packet *p, const struct worker_options *o)
{
    if (ports_dns(o, p, PACKET_TCP))
        return COMING_DNS;
    return ports_mail(o, p) ? COMING_MAIL : COMING_OTHER;
}

static bool is_again(const struct packet *p, const struct coming *before)
{
    const struct packet *q = &before->packet;

    return before->verdict == PACKET_TCP && (same_ends(p, &q->src, &q->dst) || same_ends(p, &q->dst, &q->src));
}

void coming_tell(struct coming *c, const struct coming *before, const struct flow_table *t, const struct worker_options *o)
{
    const struct packet *p = &c->packet;

    c->asks = false;
    if (c->verdict != PACKET_TCP)
        return;
    c->again = before && is_again(p, before);
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
