/* SPDX-License-Identifier: Apache-2.0 */
/* ports: what a packet's ports say of it, by the ports that were named for mail. */
#ifndef MXTAP_FLOWS_PORTS_H
#define MXTAP_FLOWS_PORTS_H

#include "decoders/net/packet.h"
#include "sensor/worker.h"

/* One of them is a mail port, or none was named. */
bool ports_mail(const struct worker_options *o, const struct packet *p);
/* A PACKET_TCP or PACKET_UDP of DNS that is read. A port named for mail is read as mail. */
bool ports_dns(const struct worker_options *o, const struct packet *p, enum packet_verdict v);
/* The side of the client, 0: who sent p, 1: who got it: the handshake tells, without it the ports do; else the first
 * bytes will (2). */
uint8_t ports_client_side(const struct worker_options *o, const struct packet *p);

#endif
