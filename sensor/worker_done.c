/* SPDX-License-Identifier: Apache-2.0 */
/* worker_done: records on their way out of a worker, in the order in which one worker makes them. */
#include <stdlib.h>

#include "sensor/judge/enrich.h"
#include "sensor/worker_state.h"

enum { DONE_MOST = 512 }; /* records of one connection kept back for their order */

/* Among the records that one connection makes at once: by tx_id, the session last. */
static int in_order(const void *pa, const void *pb)
{
    const struct record *a = *(struct record *const *)pa, *b = *(struct record *const *)pb;

    if (a->type != b->type)
        return a->type == RECORD_SMTP ? -1 : 1;
    return a->tx_id < b->tx_id ? -1 : a->tx_id > b->tx_id;
}

static void put(struct worker *w, struct record *r)
{
    struct parcel *x = publisher_wrap(w->publisher, w->scribe, r);

    if (x && w->seat.put)
        w->seat.put(w->seat.ctx, x);
    else if (x)
        publisher_pass(w->publisher, x);
}

void worker_hand_over(struct worker *w)
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
            put(w, r);
    }
    if (sorted)
        qsort(sorted, n, sizeof(*sorted), in_order);
    for (unsigned i = 0; i < n; i++)
        put(w, sorted[i]);
    free(sorted);
    w->done = NULL;
    w->done_end = &w->done;
    w->done_n = 0;
}

/* One connection's records of one step go together. */
static void add_done(struct worker *w, struct record *r)
{
    if (w->done && (w->done->place != r->place || w->done->first_frame != r->first_frame))
        worker_hand_over(w);
    r->next = NULL;
    *w->done_end = r;
    w->done_end = &r->next;
    if (++w->done_n >= DONE_MOST)
        worker_hand_over(w);
}

void worker_publish(void *ctx, struct record *r, const struct flow *f)
{
    struct worker *w = ctx;
    const struct enrich_sources from = {w->judge, w->suffix, w->dns, w->clock_us, w->hosts};

    enrich_record(r, w->options, &from);
    if (r->arena.refused)
        anomaly_raise(&r->anomalies, ANOMALY_RECORD_TOO_LARGE);
    r->frame = w->frame;
    r->first_frame = f->node.first_frame;
    r->place = record_place(w->frames_all, w->room.step);
    r->packets = w->source_packets;
    r->bytes = w->source_bytes;
    if (w->seat.totals)
        w->seat.totals(w->seat.ctx, &r->packets, &r->bytes);
    r->open_at_end = w->ending && w->options->to_be_continued;
    add_done(w, r);
}
