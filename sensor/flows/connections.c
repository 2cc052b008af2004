/* SPDX-License-Identifier: Apache-2.0 */
/* connections: a packet finds its connection; the connection's bytes find its conversation. */
#include "sensor/flows/connections.h"

#include "sensor/flows/age_lists.h"
#include "sensor/flows/dns_stream.h"
#include "sensor/flows/flow_budget.h"
#include "sensor/flows/flow_rest.h"
#include "sensor/flows/wait_list.h"

struct connections {
    struct conversation_room *room;
    struct flow_table *flows;
    struct tcp_stream_stats tcp, common_tcp; /* common_tcp: of connections that another worker counts */
    struct moment now;
    unsigned moments; /* how often time went on */
    struct wait_list waits;
    int64_t expire_us; /* the flows' flow_table_until */
};

/* Frames between two looks at the memory: so many add far less than the budget leaves for what nobody counts. A power of two. */
enum { WEIGHED_EVERY = 8 };

static struct connections *of(void *ctx)
{
    return ctx;
}

/* --- flows on their way out --- */

static struct counters *counters_of(const struct connections *x, const struct flow *f)
{
    return f->common ? x->room->common : x->room->counters;
}

static struct tcp_stream_stats *stats_of(struct connections *x, const struct flow *f)
{
    return counters_of(x, f) == x->room->counters ? &x->tcp : &x->common_tcp;
}

static void count_end(struct connections *x, const struct flow *f, enum flow_end why)
{
    struct counters *n = counters_of(x, f);
    uint64_t *const counter[] = {
        [FLOW_CLOSED] = &n->flows_closed,   [FLOW_RESET] = &n->flows_reset,
        [FLOW_IDLE] = &n->flows_idle,       [FLOW_EVICTED] = &n->flows_evicted,
        [FLOW_REUSED] = &n->flows_reused,   [FLOW_SET_ASIDE] = &n->flows_set_aside,
        [FLOW_INPUT_END] = &n->flows_end,
    };

    ++*counter[why];
}

/* The connection is over; the flow may stay in the table for late copies of its frames. */
static __attribute__((noinline)) void end_conversation(struct connections *x, struct flow *f, enum flow_end why)
{
    struct counters *n = counters_of(x, f);

    if (f->over)
        return;
    tcp_stream_finish(&f->stream);
    f->over = true;
    count_end(x, f, f->aside ? FLOW_SET_ASIDE : why);
    n->flows_not_smtp += f->aside;
    n->flows_midstream += f->midstream;
    n->flows_one_sided += !f->seen[0] || !f->seen[1];
    if (!f->conversation)
        return;
    conversation_finish(f->conversation, why);
    conversation_free(f->conversation);
    f->conversation = NULL;
}

static void on_flow_end(void *ctx, struct flow *f, enum flow_end why)
{
    struct connections *x = of(ctx);

    end_conversation(x, f, f->stream.end == TCP_END_RST ? FLOW_RESET : why);
    tcp_stream_free(&f->stream);
    dns_stream_free(f->dns);
    wait_list_remove(&x->waits, f);
}

/* --- what tcp_stream says --- */

/* A midstream flow between two ports nobody named: who talks like a server is one. */
static void guess_client(struct flow *f, int side, struct span bytes)
{
    bool reply = bytes.n >= 3 && ascii_digit(bytes.p[0]) && ascii_digit(bytes.p[1]) && ascii_digit(bytes.p[2]);

    f->client_side = (uint8_t)(reply ? !side : side);
}

static struct conversation *conversation_of(struct flow *f, int side, struct span bytes)
{
    struct connections *x = of(f->owner);

    if (f->conversation || f->dns || f->over || (f->aside && !conversation_may_begin(bytes)))
        return f->conversation;
    f->midstream |= f->aside;
    f->aside = false;
    if (f->client_side > 1)
        guess_client(f, side, bytes);
    f->conversation = conversation_new(x->room, f);
    if (!f->conversation) {
        x->room->counters->flows_no_memory++;
        f->over = true;
        count_end(x, f, FLOW_EVICTED);
    }
    return f->conversation;
}

static void on_data(void *ctx, int side, struct span bytes)
{
    struct flow *f = ctx;
    struct conversation *c = conversation_of(f, side, bytes);

    if (f->dns)
        dns_stream_data(f->dns, side, bytes, of(f->owner)->now.clock_us);
    else if (c)
        conversation_data(c, side, bytes);
}

static void on_gap(void *ctx, int side, uint64_t bytes)
{
    struct flow *f = ctx;
    struct conversation *c = conversation_of(f, side, (struct span){NULL, 0});

    if (f->dns)
        dns_stream_gap(f->dns, side);
    else if (c)
        conversation_gap(c, side, bytes);
}

static void on_end(void *ctx, int side)
{
    struct flow *f = ctx;

    if (f->conversation)
        conversation_end(f->conversation, side);
}

static void on_anomaly(void *ctx, enum anomaly a)
{
    struct flow *f = ctx;

    if (f->conversation)
        conversation_anomaly(f->conversation, a);
}

static const struct tcp_stream_events tcp_events = {
    .data = on_data,
    .gap = on_gap,
    .end = on_end,
    .anomaly = on_anomaly,
};

/* --- flows that rest --- */

static bool on_fold(void *ctx, const struct flow *f, struct squeezed *out)
{
    (void)ctx;
    return flow_rest_fold(f, out);
}

static void on_folded(void *ctx, struct flow *f)
{
    (void)ctx;
    flow_rest_folded(f);
}

static void on_unfold(void *ctx, struct flow *f, struct span in)
{
    struct connections *x = of(ctx);

    f->owner = x;
    if (flow_rest_unfold(f, in, x->room, &tcp_events, &x->tcp)) /* none of common_tcp's: DNS never rests */
        return;
    x->room->counters->flows_no_memory++;
    x->room->counters->records_no_memory++;
    f->over = true;
    count_end(x, f, FLOW_EVICTED);
}

static const struct flow_table_events table_events = {
    .end = on_flow_end,
    .fold = on_fold,
    .folded = on_folded,
    .unfold = on_unfold,
};

/* --- TCP --- */

static __attribute__((noinline)) struct flow *new_flow(struct connections *x, const struct coming *c)
{
    const struct packet *p = &c->packet;
    struct flow *f = flow_table_add(x->flows, &p->src, &p->dst, x->now.clock_us);

    if (!f)
        return NULL;
    f->owner = x;
    f->node.first_frame = x->now.frame;
    f->first_packet_us = x->now.packet_us;
    f->vlans = p->vlans;
    memcpy(f->vlan, p->vlan, sizeof(f->vlan));
    f->midstream = !(p->flags & TCP_SYN);
    f->client_side = ports_client_side(x->room->options, p);
    f->common = c->ports == COMING_DNS;
    tcp_stream_init(&f->stream, x->room->mem, &tcp_events, f, stats_of(x, f));
    counters_of(x, f)->flows++;
    if (!f->common)
        return f;
    f->dns = dns_stream_new(x->room->mem, x->room->dns, x->room->common, f);
    f->over = !f->dns;
    if (f->over) {
        dns_memory_lost(x->room->dns, x->now.clock_us);
        x->room->common->flows_no_memory++;
        count_end(x, f, FLOW_EVICTED);
    }
    return f;
}

/* A bare ACK, FIN or RST opens nothing: such floods and the tails of old connections cost no memory. */
static bool opens_flow(const struct packet *p)
{
    return (p->flags & TCP_SYN) || p->payload_wire;
}

/* One that c belongs to; not one in whose place it begins another. */
static struct flow *known_flow(struct connections *x, const struct coming *c)
{
    const struct packet *p = &c->packet;
    struct flow *f = flow_table_find(x->flows, c->hash, &p->src, &p->dst);

    if (f && f->dialogue)
        dialogue_fetch_mail(f->dialogue);
    if (!f || !(p->flags & TCP_SYN) || !tcp_stream_is_reuse(&f->stream, flow_side(f, p), p))
        return f;
    flow_table_remove(x->flows, f, FLOW_REUSED);
    return NULL;
}

/* Without a SYN a connection goes on. */
static struct flow *flow_for(struct connections *x, const struct coming *c)
{
    const struct packet *p = &c->packet;
    struct counters *n = c->ports == COMING_DNS ? x->room->common : x->room->counters;
    struct flow *f;

    if (c->ports == COMING_OTHER) {
        n->packets_other_port++;
        return NULL;
    }
    f = c->again && !(p->flags & TCP_SYN) ? flow_table_last(x->flows, &p->src, &p->dst) : NULL;
    f = f ? f : known_flow(x, c);
    if (f)
        return f;
    if (!opens_flow(p)) {
        n->packets_stray++;
        return NULL;
    }
    f = new_flow(x, c);
    if (!f)
        n->packets_no_flow++;
    return f;
}

/* Not mail, so far as one can see: what it held is given back, and no record comes of it. */
static __attribute__((noinline)) void set_aside(struct flow *f)
{
    conversation_free(f->conversation);
    f->conversation = NULL;
    f->aside = f->foreign = true;
}

/* A connection ends at once with the second FIN. One that was reset is only put aside: its end comes with
 * its time, or it goes on, since an RST that the other side ignored ends nothing. */
static inline __attribute__((always_inline)) void after_push(struct connections *x, struct flow *f)
{
    if (f->stream.end == TCP_END_FIN)
        end_conversation(x, f, FLOW_CLOSED);
    else if (!x->room->options->ports_n && f->conversation && conversation_is_foreign(f->conversation))
        set_aside(f);
    if (f->stream.waiting && !f->waits_us && !f->over)
        wait_list_add(&x->waits, f, x->now.clock_us);
}

static void tick(struct connections *x, struct flow *f)
{
    wait_list_remove(&x->waits, f);
    if (f->over)
        return;
    tcp_stream_tick(&f->stream, x->now.clock_us);
    after_push(x, f);
    if (age_of_flow(f) == AGE_CLOSED || f->over)
        flow_table_touch(x->flows, f, age_of_flow(f), x->now.clock_us);
}

/* A stream that owes bytes is asked again when their time is up, whether its own packets come or not. */
static __attribute__((noinline)) void tick_waiting(struct connections *x)
{
    int64_t now_us = x->now.clock_us;
    uint32_t n = 0;
    struct flow *f, **list;

    list = wait_list_all_due(&x->waits, now_us, x->room->mem, &n);
    x->room->step = STEP_TICK;
    for (uint32_t i = 0; list && i < n; i++)
        tick(x, list[i]);
    if (list)
        mem_free(x->room->mem, list, n * sizeof(*list));
    while ((f = wait_list_due(&x->waits, now_us)))
        tick(x, f);
}

static void count_use(struct counters *n, enum tcp_use use)
{
    if (use < TCP_USE_COPY)
        n->packets_used++;
    else if (use == TCP_USE_COPY)
        n->packets_duplicate++;
    else
        n->packets_out_of_window++;
}

/* What was odd about a packet belongs to the mails that it ends, and to those that it begins. */
static void tell_odd(const struct flow *f, anomaly_set odd)
{
    for (; odd && f->conversation; odd &= odd - 1)
        conversation_anomaly(f->conversation, (enum anomaly)__builtin_ctzll(odd));
}

static enum tcp_use push(struct connections *x, struct flow *f, int side, const struct packet *p)
{
    enum tcp_use use;

    tell_odd(f, p->anomalies);
    use = tcp_stream_push(&f->stream, side, p, x->now.clock_us);
    tell_odd(f, p->anomalies);
    return use;
}

/* A SYN-ACK without its SYN proves nothing about who is client: the SYN does, and the first of two. What it tells of
 * its host is kept as it came first: when it is sent again, stacks leave options out. */
static __attribute__((noinline)) void take_syn(struct flow *f, int side, const struct packet *p)
{
    f->client_side = (uint8_t)side;
    if (!f->syn.seen && !f->midstream)
        syn_read(&f->syn, p);
}

void connections_packet(struct connections *x, const struct coming *c)
{
    const struct packet *p = &c->packet;
    struct flow *f;
    int side;

    x->room->step = STEP_PACKET;
    f = flow_for(x, c);
    if (!f)
        return;
    side = flow_side(f, p);
    f->packet_us = x->now.packet_us;
    f->seen[side] = true;
    if ((p->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && !f->stream.side[!side].asked && !f->conversation)
        take_syn(f, side, p);
    if (p->payload.n && !f->over && conversation_of(f, side, p->payload))
        conversation_packet(f->conversation, p, x->now.packet_us);
    count_use(counters_of(x, f), push(x, f, side, p));
    after_push(x, f);
    flow_table_touch(x->flows, f, age_of_flow(f), x->now.clock_us);
}

static __attribute__((noinline)) void expire(struct connections *x)
{
    x->room->step = STEP_EXPIRE;
    flow_table_expire(x->flows, x->now.clock_us);
    x->expire_us = flow_table_until(x->flows);
}

void connections_moment(struct connections *x, const struct moment *now)
{
    x->now = *now;
    if (wait_list_due(&x->waits, now->clock_us))
        tick_waiting(x);
    if (now->clock_us >= x->expire_us)
        expire(x);
    if (!(x->moments++ & (WEIGHED_EVERY - 1)))
        flow_budget_keep(x->room, x->flows);
}

const struct flow_table *connections_table(const struct connections *x)
{
    return x->flows;
}

int64_t connections_until(const struct connections *x)
{
    return wait_list_until(&x->waits, x->expire_us);
}

void connections_pass(struct connections *x, const struct moment *now)
{
    x->now = *now;
    if (now->clock_us >= connections_until(x))
        connections_moment(x, now);
}

void connections_clear(struct connections *x)
{
    x->room->step = STEP_END;
    flow_table_clear(x->flows, FLOW_INPUT_END);
    x->expire_us = flow_table_until(x->flows);
}

const struct tcp_stream_stats *connections_tcp(const struct connections *x)
{
    return &x->tcp;
}

struct connections *connections_new(struct conversation_room *room, const struct hash_key *key)
{
    struct connections *x = mem_zalloc(room->mem, sizeof(*x));

    if (!x)
        return NULL;
    x->room = room;
    x->flows = flow_table_new(room->mem, key, LIMIT_FLOWS, &table_events, x);
    if (x->flows)
        return x;
    mem_free(room->mem, x, sizeof(*x));
    return NULL;
}

void connections_free(struct connections *x)
{
    if (!x)
        return;
    connections_clear(x);
    flow_table_free(x->flows);
    mem_free(x->room->mem, x, sizeof(*x));
}
