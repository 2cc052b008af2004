/* SPDX-License-Identifier: Apache-2.0 */
/* worker: one thread: frame in, records out; replaces globals. It knows no sink, no option's text, no file. */
#include "sensor/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "decoders/net/fragments.h"
#include "sensor/clock.h"
#include "sensor/flows/connections.h"
#include "sensor/flows/dns_stream.h"
#include "sensor/judge/enrich.h"
#include "sensor/judge/judge.h"
#include "sensor/language.h"

enum { DONE_MOST = 512 }; /* records kept back for their order; flows that end together come in order anyway */

/* The frame whose time leaps, kept until the next one says whether it is right: taken at the old time a fragment
 * or a SYN of it would be too old at once. */
struct doubtful {
    struct frame frame; /* its bytes are our copy, frame.bytes.p NULL while there is none */
    int64_t clock_us;   /* when it is, if the leap is wrong */
    uint8_t *room;
};

struct worker {
    const struct worker_options *options;
    struct mem mem;
    struct hash_key key;
    struct record_pool *pool;
    struct publisher *publisher;
    struct suffix *suffix;
    struct host_memo *hosts;
    struct judge *judge; /* held; NULL without a seat */
    struct classify *classify;
    struct mail_readers *readers;
    struct fragments *fragments;
    struct connections *connections;
    struct dns_memory *dns; /* NULL without --dns */
    struct conversation_room room;
    struct counters counters;
    struct clock clock;
    struct doubtful doubtful;
    struct record *done, **done_end; /* finished within the current frame */
    unsigned done_n;
    uint64_t frame;             /* within the source, from 1 */
    uint64_t frames_all;        /* over all sources */
    uint64_t source_packets, source_bytes;
    int64_t packet_us;          /* the last frame's own time */
    int64_t clock_us;           /* what the clock said of it */
    bool ending;                /* all input is over */
};

static struct worker *of(void *ctx)
{
    return ctx;
}

/* --- records on their way out --- */

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

static void publish(void *ctx, struct record *r, const struct flow *f)
{
    struct worker *w = of(ctx);
    const struct enrich_sources from = {w->judge, w->suffix, w->dns, w->clock_us, w->hosts};

    enrich_record(r, w->options, &from);
    if (r->arena.refused)
        anomaly_raise(&r->anomalies, ANOMALY_RECORD_TOO_LARGE);
    r->frame = w->frame;
    r->first_frame = f->node.first_frame;
    r->packets = w->source_packets;
    r->bytes = w->source_bytes;
    r->open_at_end = w->ending && w->options->to_be_continued;
    r->next = NULL;
    *w->done_end = r;
    w->done_end = &r->next;
    if (++w->done_n >= DONE_MOST)
        hand_over(w);
}

/* --- frames --- */

/* Files that were read anew count from here on. */
static void take_judge(struct worker *w)
{
    if (w->options->judge && judge_seat_take(w->options->judge, &w->judge))
        suffix_use(w->suffix, w->judge->suffix);
}

static void take_fragment(struct worker *w, struct packet *p);

static void take_datagram(struct worker *w, const struct packet *p)
{
    if (!w->dns || !dns_port(p)) {
        w->counters.packets_other_protocol++;
        return;
    }
    w->counters.packets_used++;
    dns_datagram(w->dns, p, w->clock_us);
}

static void take_packet(struct worker *w, struct packet *p, enum packet_verdict v)
{
    struct counters *n = &w->counters;

    switch (v) {
    case PACKET_TCP: connections_packet(w->connections, p); break;
    case PACKET_FRAGMENT: take_fragment(w, p); break;
    case PACKET_UDP: take_datagram(w, p); break;
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
 * that completes a datagram counts as what the datagram is: that may be a fragment again, inside a tunnel. */
static void take_fragment(struct worker *w, struct packet *p)
{
    enum packet_verdict v = PACKET_FRAGMENT;

    for (int depth = 0; v == PACKET_FRAGMENT && depth < LIMIT_ENCAPSULATIONS; depth++) {
        struct span whole = fragments_push(w->fragments, p, w->clock_us);
        uint64_t lost = fragments_lost(w->fragments, false);

        w->counters.fragments++;
        w->counters.packets_used -= lost;
        w->counters.packets_fragment_lost += lost;
        if (!whole.p) {
            w->counters.packets_used++;
            return;
        }
        w->counters.datagrams++;
        v = packet_decode_ip(p, whole, (uint32_t)whole.n, packet_options(w));
    }
    take_packet(w, p, v == PACKET_FRAGMENT ? PACKET_TOO_DEEP : v);
}

static void take_frame(struct worker *w, const struct frame *f, int64_t clock_us)
{
    struct moment now = {clock_us, f->ts_us, w->frames_all + 1};
    struct packet p;

    take_judge(w);
    w->counters.packets++;
    w->counters.bytes += f->wire;
    w->source_packets++;
    w->source_bytes += f->wire;
    w->frame = f->number;
    w->frames_all++;
    w->packet_us = f->ts_us;
    w->clock_us = clock_us;
    connections_moment(w->connections, &now);
    if (f->filtered)
        w->counters.packets_filtered++;
    else
        take_packet(w, &p, packet_decode(&p, f->link_type, f->bytes, f->wire, packet_options(w)));
    if (w->done)
        hand_over(w);
}

/* False without memory: then it is taken at once, at the old time. */
static bool keep_doubtful(struct worker *w, const struct frame *f)
{
    struct doubtful *d = &w->doubtful;

    d->room = malloc(f->bytes.n + 1);
    if (!d->room)
        return false;
    if (f->bytes.n)
        memcpy(d->room, f->bytes.p, f->bytes.n);
    d->frame = *f;
    d->frame.bytes = span_of(d->room, f->bytes.n);
    d->clock_us = w->clock.now_us;
    return true;
}

/* now_us: the next frame's time, where it agrees with the leap; else 0. */
static void take_doubtful(struct worker *w, int64_t now_us)
{
    struct doubtful d = w->doubtful;

    if (!d.room)
        return;
    w->doubtful = (struct doubtful){0};
    if (now_us)
        d.clock_us = d.frame.ts_us < now_us ? d.frame.ts_us : now_us;
    take_frame(w, &d.frame, d.clock_us);
    free(d.room);
}

/* What the clock says of a new frame's time or a tick; what was in doubt is settled by it. */
static enum clock_step move_clock(struct worker *w, int64_t ts_us)
{
    enum clock_step step = clock_frame(&w->clock, ts_us);

    take_doubtful(w, step == CLOCK_LEAPT ? w->clock.now_us : 0);
    return step;
}

void worker_frame(struct worker *w, const struct frame *f)
{
    enum clock_step step = move_clock(w, f->ts_us);

    if (step != CLOCK_LEAP_WAITS || !keep_doubtful(w, f))
        take_frame(w, f, w->clock.now_us);
}

void worker_tick(struct worker *w, int64_t ts_us)
{
    struct moment now;

    move_clock(w, ts_us);
    take_judge(w);
    now = (struct moment){w->clock.now_us, ts_us, w->frames_all};
    connections_moment(w->connections, &now);
    if (w->done)
        hand_over(w);
}

void worker_source(struct worker *w, struct span name)
{
    take_doubtful(w, 0);
    w->room.source = name;
    w->frame = 0;
    w->source_packets = w->source_bytes = 0;
}

void worker_finish(struct worker *w, bool all_over)
{
    uint64_t lost;

    take_doubtful(w, 0);
    w->ending = all_over;
    connections_clear(w->connections);
    lost = fragments_lost(w->fragments, true);
    w->counters.packets_used -= lost;
    w->counters.packets_fragment_lost += lost;
    w->clock = (struct clock){0};
    if (w->dns)
        dns_memory_clear(w->dns);
    hand_over(w);
}

const struct counters *worker_counters(struct worker *w)
{
    struct counters *n = &w->counters;
    const struct tcp_stream_stats *tcp = connections_tcp(w->connections);

    n->flows_open = n->flows - n->flows_closed - n->flows_reset - n->flows_idle - n->flows_evicted -
                    n->flows_reused - n->flows_set_aside - n->flows_end;
    n->tcp_gaps = tcp->gaps;
    n->tcp_gap_bytes = tcp->gap_bytes;
    n->tcp_out_of_order = tcp->out_of_order;
    n->tcp_retransmitted = tcp->retransmitted;
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

void worker_stats(struct worker *w, const struct record_health *health)
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
    if (health && (r->health = arena_alloc(&r->arena, sizeof(*health))))
        *r->health = *health;
    *r->counters = *worker_counters(w);
    add_protocols(w, r);
    publisher_put(w->publisher, r);
}

/* --- life --- */

static bool open_rooms(struct worker *w, char err[256])
{
    struct mail_reader_options readers = {
        .keep_headers = w->options->keep_headers,
        .hash_parts = w->options->hash_parts,
        .authserv = w->options->authserv,
        .authserv_n = w->options->authserv_n,
    };

    w->suffix = suffix_new(&w->mem, NULL);
    w->hosts = host_memo_new(&w->mem, &w->key);
    if (!w->suffix || !w->hosts) {
        snprintf(err, 256, _("libpsl has no public suffix list: install the package publicsuffix"));
        return false;
    }
    take_judge(w);
    w->classify = classify_new(&w->mem, err);
    if (!w->classify)
        return false;
    w->readers = mail_readers_new(&w->mem, &w->key, w->suffix, &readers);
    w->fragments = fragments_new(&w->mem, &w->key);
    if (w->options->dns)
        w->dns = dns_memory_new(&w->key, &w->counters);
    w->room = (struct conversation_room){.mem = &w->mem, .options = w->options, .pool = w->pool,
                                         .readers = w->readers, .classify = w->classify, .dns = w->dns,
                                         .counters = &w->counters, .publish = publish, .ctx = w};
    w->connections = connections_new(&w->room, &w->key);
    if (w->readers && w->fragments && w->connections && (w->dns || !w->options->dns))
        return true;
    snprintf(err, 256, _("no memory to start"));
    return false;
}

struct worker *worker_new(const struct worker_options *o, struct record_pool *pool,
                          struct publisher *publisher, char err[256])
{
    struct worker *w = calloc(1, sizeof(*w));

    if (!w || getrandom(&w->key, sizeof(w->key), 0) != sizeof(w->key)) {
        snprintf(err, 256, _("no memory or no randomness to start"));
        free(w);
        return NULL;
    }
    w->options = o;
    w->pool = pool;
    w->publisher = publisher;
    w->done_end = &w->done;
    if (o->budget)
        budget_join(o->budget);
    mem_init(&w->mem, 0); /* connections keep the budget: a refusal would hit the newest, not the oldest */
    if (!open_rooms(w, err)) {
        worker_free(w);
        return NULL;
    }
    return w;
}

void worker_free(struct worker *w)
{
    if (!w)
        return;
    if (w->options && w->options->budget)
        budget_leave(w->options->budget);
    free(w->doubtful.room);
    connections_free(w->connections);
    dns_memory_free(w->dns);
    if (w->fragments)
        fragments_free(w->fragments);
    mail_readers_free(w->readers);
    classify_free(w->classify);
    host_memo_free(w->hosts);
    suffix_free(w->suffix);
    judge_release(w->judge);
    for (struct record *r = w->done, *next; r; r = next) {
        next = r->next;
        record_give_back(w->pool, r);
    }
    free(w);
}
