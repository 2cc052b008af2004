/* SPDX-License-Identifier: Apache-2.0 */
/* redis_slots: what a cluster says of who has which slot: CLUSTER SLOTS, MOVED, ASK. It knows no connection. */
#ifndef MXTAP_PUBLISH_REDIS_SLOTS_H
#define MXTAP_PUBLISH_REDIS_SLOTS_H

#include "sensor/publish/redis_link.h"

/* A master and its slots, from..to. An empty host is that of the server that was asked. */
struct redis_range {
    unsigned from, to;
    struct span host;
    uint16_t port;
};

/* Shows the ranges of CLUSTER SLOTS's answer; what in it is no range is left out. False: it is no such answer. */
bool redis_slots_read(const struct redis_reply *r, void (*each)(void *ctx, const struct redis_range *range), void *ctx);

/* Host and port of "MOVED 866 192.0.2.7:6379" and "ASK 866 [2001:db8::7]:6379" (Redis writes the address without
 * brackets: the last colon is the port's). False: no such text. */
bool redis_redirection(struct span error, struct span *host, uint16_t *port);

#endif
