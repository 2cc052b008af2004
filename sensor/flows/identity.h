/* SPDX-License-Identifier: Apache-2.0 */
/* identity: who a connection is between: ids, addresses, direction, role, trust. */
#ifndef MXTAP_FLOWS_IDENTITY_H
#define MXTAP_FLOWS_IDENTITY_H

#include "sensor/flows/flow_table.h"
#include "sensor/worker.h"

/* Fills src, dst, vlan, flow_id, community_id, direction and role (by port) of r. f->client_side is known. */
void identity_fill(struct record *r, struct flow *f, const struct worker_options *o);

bool identity_in(const struct ip_net *nets, unsigned n, const struct ip_addr *a);

/* In --trusted. */
bool identity_trusted(const struct worker_options *o, const struct ip_addr *a);

#endif
