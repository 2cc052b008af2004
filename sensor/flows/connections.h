/* SPDX-License-Identifier: Apache-2.0 */
/* connections: a packet finds its connection; the connection's bytes find its conversation. */
#ifndef MXTAP_FLOWS_CONNECTIONS_H
#define MXTAP_FLOWS_CONNECTIONS_H

#include "sensor/flows/coming.h"
#include "sensor/flows/conversation.h"

struct connections;

/* When it is: the clock's time (never back), the frame's own, and its number over all sources, from 1. */
struct moment {
    int64_t clock_us, packet_us;
    uint64_t frame;
};

/* room is borrowed for life. NULL when memory is refused. */
struct connections *connections_new(struct conversation_room *room, const struct hash_key *key);
/* Ends what is open (FLOW_INPUT_END) first. */
void connections_free(struct connections *x);

/* A new frame's time, before its packet: what is too old by it ends now. */
void connections_moment(struct connections *x, const struct moment *now);
/* The same for a frame that is none of theirs: only what is due by time is looked at. */
void connections_pass(struct connections *x, const struct moment *now);
/* The clock's time before which nothing is. */
int64_t connections_until(const struct connections *x);
/* For coming_tell and coming_ask. */
const struct flow_table *connections_table(const struct connections *x);
/* A PACKET_TCP, told; it is counted as used, or by the reason it is not. */
void connections_packet(struct connections *x, const struct coming *c);
void connections_clear(struct connections *x);
/* Of the connections that this worker counts. */
const struct tcp_stream_stats *connections_tcp(const struct connections *x);

#endif
