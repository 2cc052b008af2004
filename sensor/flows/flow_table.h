/* SPDX-License-Identifier: Apache-2.0 */
/* flow_table: connections by their addresses; ages by packet time; every way out has a reason. */
#ifndef MXTAP_FLOWS_FLOW_TABLE_H
#define MXTAP_FLOWS_FLOW_TABLE_H

#include "decoders/base/siphash.h"
#include "decoders/base/squeeze.h"
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

/* A flow waits in the list of its age class and state; each list is ordered by last_us. */
enum flow_age {
    AGE_HALF_OPEN, /* nothing was said yet, and the handshake is not whole */
    AGE_ONE_SIDED, /* bytes came, but only one of the two was ever seen */
    AGE_CLOSED,    /* by a reset, unless it goes on */
    AGE_OVER,      /* its records are out. Never rests: folded it would be a third, but at the price of a look at all of it */
    AGE_OPEN,      /* the two talk with each other; all classes in front of it are cheap to make */
    AGE_CLASSES
};

enum flow_state {
    FLOW_AWAKE,
    FLOW_BUSY,    /* silent for long enough to rest, but amid something */
    FLOW_RESTING, /* folded into few bytes behind its node until a packet comes */
    FLOW_STATES
};

struct conversation;
struct dialogue;
struct dns_stream;

/*
 * What the table knows of a flow, resting or not. Invariants: a node is in exactly one hash chain and one list;
 * both directions of a connection find it; end[s] is the endpoint of tcp_stream's side s. VLAN is no part
 * of the key: a mirror shows one frame on two VLANs (REDIS.md, Copies).
 */
struct flow_node {
    struct flow_node *older, *newer;
    int64_t last_us; /* the flow table's clock */
    uint64_t first_frame;
    struct flow_node *chain; /* beside what is compared */
    struct endpoint end[2];
    uint16_t folded; /* FLOW_RESTING: bytes behind the node */
    uint8_t age;     /* enum flow_age */
    uint8_t state;   /* enum flow_state */
};

/* One that is awake. */
struct flow {
    struct flow_node node; /* first: a node that does not rest is one's beginning */
    struct conversation *conversation; /* from the first payload byte until it is over; near what finds a flow, since it is asked for at once */
    const struct dialogue *dialogue;   /* the conversation's, to ask for it */
    struct dns_stream *dns;            /* in its place on port 53, with --dns */
    int64_t packet_us;                 /* the last packet's own time */
    uint8_t client_side;       /* 0 or 1; 2 = not known yet */
    bool midstream, over;      /* over: its records are out, late copies only */
    bool seen[2];              /* a packet came from that side */
    bool aside;                /* no mail so far, with --ports any: only looked at for where mail begins */
    bool foreign;              /* it was aside once */
    bool common;               /* every worker has it, one of them counts it: DNS */
    struct tcp_stream stream;  /* what most frames need ends with its sides */
    struct flow *waits_older, *waits_newer; /* connections' list of streams that owe bytes */
    int64_t waits_us;                  /* in that list since; 0 = not in it */
    void *owner;                       /* the worker, for tcp_stream's events */
    int64_t first_packet_us;   /* the first packet's own time */
    char community_id[40];     /* identity's, once the first record asked for it; "" before */
    struct syn syn;            /* the client's first */
    uint16_t vlan[LIMIT_VLAN_TAGS];
    uint8_t vlans;
};

/* The end of f, 0 or 1, that sent p. */
static inline int flow_side(const struct flow *f, const struct packet *p)
{
    if (f->node.end[0].port != f->node.end[1].port)
        return f->node.end[0].port != p->src.port;
    return !ip_eq(&f->node.end[0].ip, &p->src.ip);
}

struct flow_table;

/* Whose flows they are. */
struct flow_table_events {
    /* A flow on its way out, before its memory goes back. */
    void (*end)(void *ctx, struct flow *f, enum flow_end why);
    /* Nobody spoke on f, which is not over, for LIMIT_FLOW_REST_USEC: appends all of it but its node. False: it is amid something. f stays
     * as it is. NULL: flows never rest. */
    bool (*fold)(void *ctx, const struct flow *f, struct squeezed *out);
    /* That is kept: f's own memory goes back next, what it holds elsewhere goes back now. */
    void (*folded)(void *ctx, struct flow *f);
    /* f again, its node already filled, out of what fold wrote. What finds no memory is left out and counted. */
    void (*unfold)(void *ctx, struct flow *f, struct span in);
};

/* max: flows at once (LIMIT_FLOWS). events and ctx are borrowed for life. NULL when memory is refused. */
struct flow_table *flow_table_new(struct mem *m, const struct hash_key *key, uint32_t max,
                                  const struct flow_table_events *events, void *ctx);
void flow_table_free(struct flow_table *t); /* flow_table_clear first */

/* The flow that was found last, where it is theirs; else NULL: find it. More than half of all frames belong to the connection
 * of the one before. */
struct flow *flow_table_last(const struct flow_table *t, const struct endpoint *a, const struct endpoint *b);
/* An IPv4 address and its port as one number: two are equal exactly when these are. 0 for IPv6, and for 0.0.0.0 without a port. */
static inline uint64_t flow_table_ipv4(const struct endpoint *a)
{
    return a->ip.family == 4 ? (uint64_t)be32(a->ip.b) << 16 | a->port : 0;
}

/* What finds the flow of a and b, in either order. */
uint64_t flow_table_hash(const struct flow_table *t, const struct endpoint *a, const struct endpoint *b);
/* hash: theirs. One that rests is awake then: touch it or remove it next. NULL also where it found no memory to wake and is gone
 * (FLOW_EVICTED). */
struct flow *flow_table_find(struct flow_table *t, uint64_t hash, const struct endpoint *a, const struct endpoint *b);
/* The same flow, before it is looked for: it is asked for from memory, step by step, each of which reads what the one before asked
 * for. Nothing else comes of it, any may be left out, and hash may be any number. */
void flow_table_ask_bucket(const struct flow_table *t, uint64_t hash);
void flow_table_ask_node(const struct flow_table *t, uint64_t hash);
void flow_table_ask(const struct flow_table *t, uint64_t hash, const struct endpoint *a, const struct endpoint *b);
/* A new, zeroed flow with node.end[0] = from, end[1] = to, in AGE_HALF_OPEN. At the cap the oldest of all goes
 * first (FLOW_EVICTED). NULL when memory is refused. */
struct flow *flow_table_add(struct flow_table *t, const struct endpoint *from, const struct endpoint *to,
                            int64_t now_us);
/* The flow lived: it is the youngest of that age class. */
void flow_table_touch(struct flow_table *t, struct flow *f, enum flow_age age, int64_t now_us);
void flow_table_remove(struct flow_table *t, struct flow *f, enum flow_end why);
/* Ends what is older than its class allows, in the order of their first frames, and lays to rest who is silent.
 * Constant time when nothing is due. */
void flow_table_expire(struct flow_table *t, int64_t now_us);
/* Before that flow_table_expire would do nothing. */
int64_t flow_table_until(const struct flow_table *t);
/* One goes (FLOW_EVICTED): of all the one that was silent for longest, but while many are cheap (a flood), of
 * those. False: there is none. */
bool flow_table_evict(struct flow_table *t);
/* Ends everything with one reason, in the order of their first frames. */
void flow_table_clear(struct flow_table *t, enum flow_end why);
/* For qsort of an array of flows or nodes. */
int flow_by_first_frame(const void *a, const void *b);
uint32_t flow_table_count(const struct flow_table *t);

#endif
