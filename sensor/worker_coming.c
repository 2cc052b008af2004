/* SPDX-License-Identifier: Apache-2.0 */
/* worker_coming: frames on their way to their turns. */
#include "sensor/worker_state.h"

/* How many frames lie between two steps of one that is on its way: so long does what the first asked for take to come. */
enum { STRIDE = 2, AHEAD = FLOW_STEPS * STRIDE };

static inline void see(const struct worker *w, const struct flow_table *t, const struct frame *f, struct coming *c, const struct coming *before)
{
    if (f->filtered)
        return;
    c->verdict = packet_decode(&c->packet, f->link_type, f->bytes, f->wire, worker_packet_options(w));
    coming_tell(c, before, t, w->options);
}

void worker_see(struct worker *w, const struct frame *f, struct coming *c, const struct coming *before)
{
    see(w, connections_table(w->connections), f, c, before);
}

static struct coming *place(struct worker *w, unsigned i)
{
    return &w->coming[i % WORKER_COMING];
}

static void alone(struct worker *w, const struct frame *f, enum frame_of of)
{
    struct coming *c = place(w, w->seen);

    worker_see(w, f, c, place(w, w->seen - 1));
    w->seen++;
    coming_ask(c, FLOW_STEP_ALL, connections_table(w->connections));
    worker_take(w, f, of, c);
}

void worker_frame(struct worker *w, const struct frame *f)
{
    alone(w, f, FRAME_OF_ANYBODY);
}

void worker_mine(struct worker *w, const struct frame *f)
{
    alone(w, f, FRAME_OF_MINE);
}

void worker_pass(struct worker *w, const struct frame *f)
{
    worker_take(w, f, FRAME_OF_OTHERS, NULL);
}

/* In each round a frame is seen, one before it goes a step further, one before that another, and the first of them is taken. What is
 * not less than n is not there yet, or no more. */
void worker_frames(struct worker *w, const struct frame *f, unsigned n)
{
    const struct flow_table *t = connections_table(w->connections);
    const unsigned first = w->seen;

    for (unsigned i = 0; i < n + AHEAD; i++) {
        unsigned node = i - STRIDE, all = i - 2 * STRIDE, turn = i - AHEAD;

        if (i < n) {
            see(w, t, &f[i], place(w, first + i), place(w, first + i - 1));
            coming_ask(place(w, first + i), FLOW_STEP_BUCKET, t);
        }
        if (node < n)
            coming_ask(place(w, first + node), FLOW_STEP_NODE, t);
        if (all < n)
            coming_ask(place(w, first + all), FLOW_STEP_ALL, t);
        if (turn < n)
            worker_take(w, &f[turn], FRAME_OF_ANYBODY, place(w, first + turn));
    }
    w->seen += n;
}
