/* SPDX-License-Identifier: Apache-2.0 */
/* worker: one thread: frame in, records out; replaces globals. It knows no sink, no option's text, no file. */
#include "sensor/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "decoders/net/fragments.h"
#include "sensor/clock.h"
#include "sensor/flows/conversation.h"
#include "sensor/flows/identity.h"
#include "sensor/judge/enrich.h"

struct worker {
    const struct worker_options *options;
    struct mem mem;
    struct hash_key key;
    struct record_pool *pool;
    struct publisher *publisher;
    struct suffix *suffix;
    struct classify *classify;
    struct mail_readers *readers;
    struct fragments *fragments;
    struct flow_table *flows;
    struct conversation_room room;
    struct tcp_stream_stats tcp;
    struct counters counters;
    struct clock clock;
    struct flow *leaper;        /* touched by the frame whose leap in time still waits */
    struct record *done, **done_end; /* finished within the current frame */
    unsigned done_n;
    uint64_t frame;             /* within the source, from 1 */
    uint64_t frames_all;        /* over all sources */
    uint64_t source_packets, source_bytes;
    int64_t packet_us;          /* the last frame's own time */
    bool ending;                /* all input is over */
};

static struct worker *of(void *ctx)
{
    return ctx;
}

/* --- records on their way out --- */

static void publish(void *ctx, struct record *r, const struct flow *f)
{
    struct worker *w = of(ctx);

    enrich_record(r, w->options, w->suffix);
    r->frame = w->frame;
    r->first_frame = f->first_frame;
    r->packets = w->source_packets;
    r->bytes = w->source_bytes;
    r->open_at_end = w->ending && w->options->to_be_continued;
    r->next = NULL;
    *w->done_end = r;
    w->done_end = &r->next;
    w->done_n++;
}

/* Among the records of one frame: by the connection's first frame, then tx_id, the session last. */
static int in_order(const void *pa, const void *pb)
{
    const struct record *a = *(struct record *const *)pa, *b = *(struct record *const *)pb;

    if (a->first_frame != b->first_frame)
        return a->first_frame < b->first_frame ? -1 : 1;
    if (a->type != b->type)
        return a->type == RECORD_SMTP ? -1 : 1;
    return a->tx_id < b->tx_id ? -1 : a->tx_id > b->tx_id;
}

static void hand_over(struct worker *w)
{
    struct record *r = w->done, *next, **sorted = NULL;
    unsigned n = 0;

    if (!r)
        return;
    if (w->done_n > 1)
        sorted = malloc(w->done_n * sizeof(*sorted));
    for (; r; r = next) {
        next = r->next;
        r->next = NULL;
        if (sorted)
            sorted[n++] = r;
        else
            publisher_put(w->publisher, r);
    }
    if (sorted)
        qsort(sorted, n, sizeof(*sorted), in_order);
    for (unsigned i = 0; i < n; i++)
        publisher_put(w->publisher, sorted[i]);
    free(sorted);
    w->done = NULL;
    w->done_end = &w->done;
    w->done_n = 0;
}

/* --- flows on their way out --- */

static void count_end(struct worker *w, enum flow_end why)
{
    uint64_t *const counter[] = {
        [FLOW_CLOSED] = &w->counters.flows_closed,   [FLOW_RESET] = &w->counters.flows_reset,
        [FLOW_IDLE] = &w->counters.flows_idle,       [FLOW_EVICTED] = &w->counters.flows_evicted,
        [FLOW_REUSED] = &w->counters.flows_reused,   [FLOW_INPUT_END] = &w->counters.flows_end,
    };

    ++*counter[why];
}

/* The connection is over; the flow may stay in the table for late copies of its frames. */
static void end_conversation(struct worker *w, struct flow *f, enum flow_end why)
{
    if (f->over)
        return;
    tcp_stream_finish(&f->stream);
    f->over = true;
    count_end(w, why);
    w->counters.flows_midstream += f->midstream;
    w->counters.flows_one_sided += !f->seen[0] || !f->seen[1];
    if (!f->conversation)
        return;
    conversation_finish(f->conversation, why);
    conversation_free(f->conversation);
    f->conversation = NULL;
}

static void on_flow_end(void *ctx, struct flow *f, enum flow_end why)
{
    struct worker *w = of(ctx);

    end_conversation(w, f, why);
    tcp_stream_free(&f->stream);
    if (w->leaper == f)
        w->leaper = NULL;
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
    struct worker *w = of(f->owner);

    if (f->conversation || f->over)
        return f->conversation;
    if (f->client_side > 1)
        guess_client(f, side, bytes);
    f->conversation = conversation_new(&w->room, f);
    if (!f->conversation) {
        w->counters.flows_no_memory++;
        f->over = true;
        count_end(w, FLOW_EVICTED);
    }
    return f->conversation;
}

static void on_data(void *ctx, int side, struct span bytes)
{
    struct conversation *c = conversation_of(ctx, side, bytes);

    if (c)
        conversation_data(c, side, bytes);
}

static void on_gap(void *ctx, int side, uint64_t bytes)
{
    struct conversation *c = conversation_of(ctx, side, (struct span){NULL, 0});

    if (c)
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

/* --- TCP --- */

static bool has_port(const struct worker_options *o, uint16_t port)
{
    for (unsigned i = 0; i < o->ports_n; i++)
        if (o->ports[i] == port)
            return true;
    return false;
}

/* The handshake tells who is client; without it the ports do; else the first bytes will (2). */
static uint8_t client_side(const struct worker_options *o, const struct packet *p)
{
    bool to = has_port(o, p->dst.port), from = has_port(o, p->src.port);

    if (p->flags & TCP_SYN)
        return p->flags & TCP_ACK ? 1 : 0;
    if (to != from)
        return to ? 0 : 1;
    return 2;
}

static struct flow *new_flow(struct worker *w, const struct packet *p)
{
    struct flow *f = flow_table_add(w->flows, &p->src, &p->dst, w->clock.now_us);

    if (!f)
        return NULL;
    f->owner = w;
    f->first_frame = w->frames_all;
    f->first_packet_us = w->packet_us;
    f->vlans = p->vlans;
    memcpy(f->vlan, p->vlan, sizeof(f->vlan));
    f->midstream = !(p->flags & TCP_SYN);
    f->client_side = client_side(w->options, p);
    tcp_stream_init(&f->stream, &w->mem, &tcp_events, f, &w->tcp);
    w->counters.flows++;
    return f;
}

/* A bare ACK, FIN or RST opens nothing: such floods and the tails of old connections cost no memory. */
static bool opens_flow(const struct packet *p)
{
    return (p->flags & TCP_SYN) || p->payload_wire;
}

static struct flow *flow_for(struct worker *w, const struct packet *p)
{
    struct flow *f = flow_table_find(w->flows, &p->src, &p->dst);

    if (f) {
        int side = f->end[0].port == p->src.port && ip_eq(&f->end[0].ip, &p->src.ip) ? 0 : 1;

        if (!tcp_stream_is_reuse(&f->stream, side, p))
            return f;
        flow_table_remove(w->flows, f, FLOW_REUSED);
    }
    if (!opens_flow(p)) {
        w->counters.packets_stray++;
        return NULL;
    }
    f = new_flow(w, p);
    if (!f)
        w->counters.packets_no_flow++;
    return f;
}

static void after_push(struct worker *w, struct flow *f)
{
    enum flow_age age = f->over || f->stream.end != TCP_END_NONE ? AGE_CLOSED
                        : f->conversation                        ? AGE_OPEN
                                                                 : AGE_HALF_OPEN;

    if (f->stream.end != TCP_END_NONE)
        end_conversation(w, f, f->stream.end == TCP_END_FIN ? FLOW_CLOSED : FLOW_RESET);
    else if (!w->options->ports_n && f->conversation && conversation_is_foreign(f->conversation))
        end_conversation(w, f, FLOW_CLOSED);
    flow_table_touch(w->flows, f, age, w->clock.now_us);
}

static void take_tcp(struct worker *w, const struct packet *p)
{
    struct flow *f;
    int side;

    if (w->options->ports_n && !has_port(w->options, p->src.port) && !has_port(w->options, p->dst.port)) {
        w->counters.packets_other_port++;
        return;
    }
    f = flow_for(w, p);
    if (!f)
        return;
    side = f->end[0].port == p->src.port && ip_eq(&f->end[0].ip, &p->src.ip) ? 0 : 1;
    f->packet_us = w->packet_us;
    f->seen[side] = true;
    if (p->payload.n && !f->over && conversation_of(f, side, p->payload))
        conversation_packet(f->conversation, p, w->packet_us);
    tcp_stream_push(&f->stream, side, p, w->clock.now_us);
    w->counters.packets_used++;
    if (w->clock.leap_us)
        w->leaper = f;
    after_push(w, f);
}

/* --- frames --- */

static void take_fragment(struct worker *w, struct packet *p);

static void take_packet(struct worker *w, struct packet *p, enum packet_verdict v)
{
    struct counters *n = &w->counters;

    switch (v) {
    case PACKET_TCP: take_tcp(w, p); break;
    case PACKET_FRAGMENT: take_fragment(w, p); break;
    case PACKET_UDP:
    case PACKET_OTHER: n->packets_other_protocol++; break;
    case PACKET_NOT_IP: n->packets_not_ip++; break;
    case PACKET_TRUNCATED: n->packets_truncated++; break;
    case PACKET_MALFORMED: n->packets_malformed++; break;
    case PACKET_TOO_DEEP: n->packets_too_deep++; break;
    case PACKET_CHECKSUM: n->packets_checksum++; break;
    case PACKET_LINK_TYPE: n->packets_link_type++; break;
    }
}

static unsigned packet_options(const struct worker *w)
{
    return w->options->checksum ? PACKET_CHECK_SUMS : 0;
}

/* A fragment counts as used when it is taken; the given-up ones are moved to their own counter. The frame
 * that completes a datagram counts as what the datagram is. */
static void take_fragment(struct worker *w, struct packet *p)
{
    struct span whole = fragments_push(w->fragments, p, w->clock.now_us);
    uint64_t lost = fragments_lost(w->fragments, false);
    enum packet_verdict v;

    w->counters.fragments++;
    w->counters.packets_used -= lost;
    w->counters.packets_fragment_lost += lost;
    if (!whole.p) {
        w->counters.packets_used++;
        return;
    }
    w->counters.datagrams++;
    v = packet_decode_ip(p, whole, (uint32_t)whole.n, packet_options(w));
    if (v == PACKET_FRAGMENT)
        w->counters.packets_malformed++;
    else
        take_packet(w, p, v);
}

static void move_clock(struct worker *w, int64_t ts_us)
{
    if (clock_frame(&w->clock, ts_us) == CLOCK_LEAPT && w->leaper)
        flow_table_touch(w->flows, w->leaper, (enum flow_age)w->leaper->age, w->clock.now_us);
    if (!w->clock.leap_us)
        w->leaper = NULL;
    flow_table_expire(w->flows, w->clock.now_us);
}

void worker_frame(struct worker *w, const struct frame *f)
{
    struct packet p;

    w->counters.packets++;
    w->counters.bytes += f->wire;
    w->source_packets++;
    w->source_bytes += f->wire;
    w->frame = f->number;
    w->frames_all++;
    move_clock(w, f->ts_us);
    w->packet_us = f->ts_us;
    if (f->filtered)
        w->counters.packets_filtered++;
    else
        take_packet(w, &p, packet_decode(&p, f->link_type, f->bytes, f->wire, packet_options(w)));
    if (w->done)
        hand_over(w);
}

void worker_tick(struct worker *w, int64_t ts_us)
{
    move_clock(w, ts_us);
    if (w->done)
        hand_over(w);
}

void worker_source(struct worker *w, struct span name)
{
    w->room.source = name;
    w->frame = 0;
    w->source_packets = w->source_bytes = 0;
}

void worker_finish(struct worker *w, bool all_over)
{
    uint64_t lost;

    w->ending = all_over;
    flow_table_clear(w->flows, FLOW_INPUT_END);
    lost = fragments_lost(w->fragments, true);
    w->counters.packets_used -= lost;
    w->counters.packets_fragment_lost += lost;
    w->clock = (struct clock){0};
    hand_over(w);
}

const struct counters *worker_counters(struct worker *w)
{
    struct counters *n = &w->counters;

    n->flows_open = n->flows - n->flows_closed - n->flows_reset - n->flows_idle - n->flows_evicted -
                    n->flows_reused - n->flows_end;
    n->tcp_gaps = w->tcp.gaps;
    n->tcp_gap_bytes = w->tcp.gap_bytes;
    n->tcp_out_of_order = w->tcp.out_of_order;
    n->tcp_retransmitted = w->tcp.retransmitted;
    return n;
}

static void add_protocols(struct worker *w, struct record *r)
{
    struct list l = {0};

    for (unsigned i = 0; i < classify_names(w->classify); i++) {
        char text[64];
        uint64_t flows;
        const char *name = classify_count(w->classify, i, &flows);
        struct record_protocol *slot;

        if (!name)
            continue;
        snprintf(text, sizeof(text), "ndpi.%s", name);
        slot = list_add(&l, &r->arena, sizeof(*slot), classify_names(w->classify));
        if (slot) {
            slot->name = (const char *)arena_dup(&r->arena, span_of(text, strlen(text) + 1)).p;
            slot->flows = flows;
        }
    }
    r->protocols = l.items;
    r->protocols_n = l.n;
}

void worker_stats(struct worker *w)
{
    struct record *r = record_take(w->pool);

    if (!r)
        return;
    r->type = RECORD_STATS;
    r->ts_us = w->packet_us;
    r->source = w->options->live ? w->room.source : (struct span){NULL, 0};
    r->live = w->options->live;
    r->frame = w->frame;
    r->packets = w->source_packets;
    r->bytes = w->source_bytes;
    r->duration_us = -1;
    r->counters = arena_alloc(&r->arena, sizeof(*r->counters));
    if (!r->counters) {
        record_give_back(w->pool, r);
        return;
    }
    *r->counters = *worker_counters(w);
    add_protocols(w, r);
    publisher_put(w->publisher, r);
}

/* --- life --- */

static bool open_rooms(struct worker *w, char err[256])
{
    struct mail_reader_options readers = {
        .keep_headers = w->options->keep_headers,
        .authserv = w->options->authserv,
        .authserv_n = w->options->authserv_n,
    };

    w->suffix = suffix_new(&w->mem, NULL);
    if (!w->suffix) {
        snprintf(err, 256, "libpsl has no public suffix list: install the package publicsuffix");
        return false;
    }
    w->classify = classify_new(&w->mem, err);
    if (!w->classify)
        return false;
    w->readers = mail_readers_new(&w->mem, &w->key, w->suffix, &readers);
    w->fragments = fragments_new(&w->mem, &w->key);
    w->flows = flow_table_new(&w->mem, &w->key, LIMIT_FLOWS, on_flow_end, w);
    if (w->readers && w->fragments && w->flows)
        return true;
    snprintf(err, 256, "no memory to start");
    return false;
}

struct worker *worker_new(const struct worker_options *o, struct record_pool *pool,
                          struct publisher *publisher, char err[256])
{
    struct worker *w = calloc(1, sizeof(*w));

    if (!w || getrandom(&w->key, sizeof(w->key), 0) != sizeof(w->key)) {
        snprintf(err, 256, "no memory or no randomness to start");
        free(w);
        return NULL;
    }
    w->options = o;
    w->pool = pool;
    w->publisher = publisher;
    w->done_end = &w->done;
    mem_init(&w->mem, o->memory);
    if (!open_rooms(w, err)) {
        worker_free(w);
        return NULL;
    }
    w->room = (struct conversation_room){.mem = &w->mem, .options = o, .pool = pool, .readers = w->readers,
                                         .classify = w->classify, .counters = &w->counters,
                                         .publish = publish, .ctx = w};
    return w;
}

void worker_free(struct worker *w)
{
    if (!w)
        return;
    if (w->flows)
        flow_table_clear(w->flows, FLOW_INPUT_END);
    flow_table_free(w->flows);
    if (w->fragments)
        fragments_free(w->fragments);
    mail_readers_free(w->readers);
    classify_free(w->classify);
    if (w->suffix)
        suffix_free(w->suffix);
    for (struct record *r = w->done, *next; r; r = next) {
        next = r->next;
        record_give_back(w->pool, r);
    }
    free(w);
}
