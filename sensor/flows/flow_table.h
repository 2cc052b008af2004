/* SPDX-License-Identifier: Apache-2.0 */
/* flow_table: connections by their addresses; ages by packet time; every way out has a reason. */
#ifndef MXTAP_FLOWS_FLOW_TABLE_H
#define MXTAP_FLOWS_FLOW_TABLE_H

#include "decoders/base/siphash.h"
#include "decoders/net/syn.h"
#include "decoders/net/tcp_stream.h"

/* Why a flow left the table; each has its counter. */
enum flow_end {
    FLOW_CLOSED,  /* FIN both ways */
    FLOW_RESET,
    FLOW_IDLE,
    FLOW_EVICTED, /* pushed out at the cap */
    FLOW_REUSED,  /* a new connection on the same ports */
    FLOW_SET_ASIDE, /* no mail, with --ports any: it ended while aside, whatever ended it */
    FLOW_INPUT_END
};

/* A flow waits in the list of its age class; each list is ordered by last_us. */
enum flow_age { AGE_HALF_OPEN, AGE_OPEN, AGE_CLOSED, AGE_CLASSES };

struct conversation;
struct dns_stream;

/*
 * Invariants: a flow is in exactly one hash chain and one age list; key[0..1] are its ends in the order of
 * their bytes, so both directions find it; end[s] is the endpoint of tcp_stream's side s. VLAN is no part
 * of the key: a mirror shows one frame on two VLANs (REDIS.md, Copies).
 */
struct flow {
    struct flow *chain;
    struct flow *older, *newer;
    struct flow *waits_older, *waits_newer; /* connections' list of streams that owe bytes */
    int64_t waits_us;                  /* in that list since; 0 = not in it */
    void *owner;                       /* the worker, for tcp_stream's events */
    struct conversation *conversation; /* from the first payload byte until it is over */
    struct dns_stream *dns;            /* in its place on port 53, with --dns */
    struct tcp_stream stream;
    struct endpoint end[2];
    int64_t first_us, last_us; /* the flow table's clock */
    int64_t first_packet_us, packet_us; /* the first and last packet's own time */
    uint64_t first_frame;
    char community_id[40];     /* identity's, once the first record asked for it; "" before */
    struct syn syn;            /* the client's first */
    uint16_t vlan[LIMIT_VLAN_TAGS];
    uint8_t vlans;
    uint8_t age;               /* enum flow_age */
    uint8_t client_side;       /* 0 or 1; 2 = not known yet */
    bool midstream, over;      /* over: its records are out, late copies only */
    bool seen[2];              /* a packet came from that side */
    bool aside;                /* no mail so far, with --ports any: only looked at for where mail begins */
    bool foreign;              /* it was aside once */
};

struct flow_table;

/* Called for a flow on its way out, before its memory goes back. */
typedef void (*flow_end_fn)(void *ctx, struct flow *f, enum flow_end why);

/* max: flows at once (LIMIT_FLOWS). NULL when memory is refused. */
struct flow_table *flow_table_new(struct mem *m, const struct hash_key *key, uint32_t max,
                                  flow_end_fn on_end, void *ctx);
void flow_table_free(struct flow_table *t); /* flow_table_clear first */

struct flow *flow_table_find(struct flow_table *t, const struct endpoint *a, const struct endpoint *b);
/* A new, zeroed flow with end[0] = from, end[1] = to, in AGE_HALF_OPEN. At the cap the oldest of all goes
 * first (FLOW_EVICTED). NULL when memory is refused. */
struct flow *flow_table_add(struct flow_table *t, const struct endpoint *from, const struct endpoint *to,
                            int64_t now_us);
/* The flow lived: it is the youngest of that age class. */
void flow_table_touch(struct flow_table *t, struct flow *f, enum flow_age age, int64_t now_us);
void flow_table_remove(struct flow_table *t, struct flow *f, enum flow_end why);
/* Ends what is older than its class allows, in the order of their first frames. Constant time when nothing is. */
void flow_table_expire(struct flow_table *t, int64_t now_us);
/* The one that was silent for longest goes (FLOW_EVICTED). False: there is none. */
bool flow_table_evict(struct flow_table *t);
/* Ends everything with one reason, in the order of their first frames. */
void flow_table_clear(struct flow_table *t, enum flow_end why);
uint32_t flow_table_count(const struct flow_table *t);

#endif
