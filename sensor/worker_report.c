/* SPDX-License-Identifier: Apache-2.0 */
/* worker_report: what a worker counted, and the record that tells it. */
#include <stdio.h>

#include "sensor/worker_state.h"

uint64_t worker_moment(const struct worker *w)
{
    return w->frames_all;
}

void worker_report(const struct worker *w, struct worker_report *out)
{
    const struct tcp_stream_stats *tcp = connections_tcp(w->connections);
    struct counters *n = &out->counters;

    out->packet_us = w->packet_us;
    out->frame = w->frame;
    out->packets = w->source_packets;
    out->bytes = w->source_bytes;
    classify_counts(w->classify, out->protocols);
    *n = w->counters;
    n->flows_open = n->flows - n->flows_closed - n->flows_reset - n->flows_idle - n->flows_evicted -
                    n->flows_reused - n->flows_set_aside - n->flows_end;
    n->tcp_gaps = tcp->gaps;
    n->tcp_gap_bytes = tcp->gap_bytes;
    n->tcp_out_of_order = tcp->out_of_order;
    n->tcp_retransmitted = tcp->retransmitted;
}

void worker_report_add(struct worker_report *to, const struct worker_report *r)
{
    counters_add(&to->counters, &r->counters);
    for (unsigned i = 0; i < CLASSIFY_NAMES_MOST; i++)
        to->protocols[i] += r->protocols[i];
    if (r->packets < to->packets)
        return;
    to->packet_us = r->packet_us;
    to->frame = r->frame;
    to->packets = r->packets;
    to->bytes = r->bytes;
}

static void add_protocol(const struct worker *w, struct record *r, struct list *l, unsigned i, uint64_t flows)
{
    struct record_protocol *slot = list_add(l, &r->arena, sizeof(*slot), CLASSIFY_NAMES_MOST);
    const char *name = classify_name(w->classify, i);
    char text[64];

    if (!slot)
        return;
    if (name)
        snprintf(text, sizeof(text), "ndpi.%s", name);
    else
        snprintf(text, sizeof(text), "ndpi.%u", i);
    slot->name = (const char *)arena_dup(&r->arena, span_of(text, strlen(text) + 1)).p;
    slot->flows = flows;
}

static void add_protocols(const struct worker *w, const struct worker_report *p, struct record *r)
{
    struct list l = {0};

    for (unsigned i = 0; i < CLASSIFY_NAMES_MOST; i++)
        if (p->protocols[i])
            add_protocol(w, r, &l, i, p->protocols[i]);
    r->protocols = l.items;
    r->protocols_n = l.n;
}

struct record *worker_stats(const struct worker *w, const struct worker_report *p, const struct record_health *health)
{
    struct record *r = record_take(w->pool);

    if (!r)
        return NULL;
    r->type = RECORD_STATS;
    r->ts_us = p->packet_us;
    r->source = w->options->live ? w->room.source : (struct span){NULL, 0};
    r->live = w->options->live;
    r->frame = p->frame;
    r->packets = p->packets;
    r->bytes = p->bytes;
    r->duration_us = -1;
    r->counters = arena_alloc(&r->arena, sizeof(*r->counters));
    if (!r->counters) {
        record_give_back(r);
        return NULL;
    }
    if (health && (r->health = arena_alloc(&r->arena, sizeof(*health))))
        *r->health = *health;
    *r->counters = p->counters;
    add_protocols(w, p, r);
    return r;
}
