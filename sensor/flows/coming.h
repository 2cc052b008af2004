/* SPDX-License-Identifier: Apache-2.0 */
/* coming: a packet before its turn. Its connection is not in the cache, and while it is fetched nothing could be done: so it is asked
 * for while packets in front of it are worked on. */
#ifndef MXTAP_FLOWS_COMING_H
#define MXTAP_FLOWS_COMING_H

#include "sensor/flows/flow_table.h"
#include "sensor/flows/ports.h"

enum coming_ports { COMING_OTHER, COMING_MAIL, COMING_DNS };

/* Its packet's spans live as long as the frame's bytes. What stands below verdict is told by coming_tell. */
struct coming {
    struct packet packet;
    enum packet_verdict verdict;
    enum coming_ports ports; /* PACKET_TCP: whose they are */
    bool again;              /* of the same connection as the packet before, which asks for it */
    bool asks;               /* there is a connection to ask for */
    uint64_t hash;           /* flow_table's; not for COMING_OTHER */
    uint64_t end[2];         /* flow_table_ipv4 of source and destination */
};

/* c's packet and verdict are there. before: the one in front of it, told already; NULL, or all zero, where there is none. */
void coming_tell(struct coming *c, const struct coming *before, const struct flow_table *t, const struct worker_options *o);

static inline void coming_ask(const struct coming *c, const struct flow_table *t)
{
    if (c->asks)
        flow_table_ask(t, c->hash, &c->packet.src, &c->packet.dst);
}

#endif
