/* SPDX-License-Identifier: Apache-2.0 */
/* worker_coming: frames on their way to their turns. */
#include "sensor/worker_state.h"

/* How many frames lie between two steps of one that is on its way: so long does what the first asked for take to come. */
enum { STRIDE = 2, STEPS = 3, AHEAD = STEPS * STRIDE };

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
    return &w->coming[i % WORKER_COMING].coming;
}

void worker_frame(struct worker *w, const struct frame *f)
{
    struct coming *c = place(w, w->seen);

    worker_take_judge(w);
    worker_see(w, f, c, place(w, w->seen - 1));
    w->seen++;
    coming_ask(c, connections_table(w->connections));
    worker_take(w, f, FRAME_OF_ANYBODY, c);
}

void worker_pass(struct worker *w, const struct frame *f)
{
    worker_take(w, f, FRAME_OF_OTHERS, NULL);
}

/*
 * In each round a frame is seen, one before it goes a step further, one before that another, and the first of them is taken, which is
 * left to the caller. f: the one that is seen, where i is less than n. What is not less than n is not there yet, or no more: all are there
 * says that nobody needs to ask.
 */
static inline __attribute__((always_inline)) void go_on(struct worker *w, const struct flow_table *t, const struct frame *f, unsigned i, unsigned n,
                                                        bool all_there)
{
    const unsigned first = w->seen, node = i - STRIDE, all = i - 2 * STRIDE;

    if (all_there || i < n) {
        see(w, t, f, place(w, first + i), place(w, first + i - 1));
        flow_table_ask_bucket(t, place(w, first + i)->hash);
    }
    if (all_there || node < n) /* whether it asks or not: nobody foresees that */
        flow_table_ask_node(t, place(w, first + node)->hash);
    if (all_there || all < n)
        coming_ask(place(w, first + all), t);
}

/* Round i of n frames at f and AHEAD more. */
static inline __attribute__((always_inline)) void round_of(struct worker *w, const struct flow_table *t, const struct frame *f, unsigned i,
                                                           unsigned n, bool all_there)
{
    unsigned turn = i - AHEAD;

    go_on(w, t, &f[i], i, n, all_there);
    if (all_there || turn < n)
        worker_take(w, &f[turn], FRAME_OF_ANYBODY, place(w, w->seen + turn));
}

void worker_frames(struct worker *w, const struct frame *f, unsigned n)
{
    const struct flow_table *t = connections_table(w->connections);
    unsigned i = 0;

    worker_take_judge(w);
    for (; i < AHEAD; i++)
        round_of(w, t, f, i, n, false);
    for (; i < n; i++)
        round_of(w, t, f, i, n, true);
    for (; i < n + AHEAD; i++)
        round_of(w, t, f, i, n, false);
    w->seen += n;
}

/* --- among frames of others --- */

/* Such frames that follow each other, as one: behind end it is as if worker_pass had had each of them. Half of all frames of two workers
 * go this way: it has no exceptions, they go the other one. */
struct stretch {
    struct clock clock; /* behind the last of them */
    int64_t until_us;   /* what is due by that clock is done by worker_pass */
    uint64_t bytes;
};

/* False: f does not belong to it. */
static inline bool stretch_add(struct stretch *s, const struct frame *f)
{
    int64_t now_us;

    if (!clock_just_goes(&s->clock, f->ts_us, &now_us) || now_us >= s->until_us)
        return false;
    s->clock.now_us = now_us;
    s->bytes += f->wire;
    return true;
}

/* last: of n frames. */
static void stretch_end(struct worker *w, const struct stretch *s, const struct frame *last, unsigned n)
{
    struct moment now = {s->clock.now_us, last->ts_us, w->frames_all + n};

    w->source_packets += n;
    w->source_bytes += s->bytes;
    w->frame += n;
    w->wire = last->wire;
    w->frames_all = now.frame;
    w->packet_us = last->ts_us;
    w->clock = s->clock;
    w->clock_us = s->clock.now_us;
    connections_pass(w->connections, &now);
}

/* What is due meanwhile changes what a stretch may hold: each begins anew. */
static void pass(struct worker *w, const struct frame *f, unsigned n)
{
    unsigned i = 0;

    while (i < n) {
        struct stretch s = {.clock = w->clock, .until_us = connections_until(w->connections)};
        unsigned from = i;

        while (i < n && stretch_add(&s, &f[i]))
            i++;
        if (i > from)
            stretch_end(w, &s, &f[i - 1], i - from);
        if (i < n)
            worker_pass(w, &f[i++]);
    }
}

/* Frames that lie together: what the wire carried before each of them; steady: their times go on, and no step is one that a clock doubts. */
struct row {
    bool steady;
    uint64_t bytes[WORKER_FRAMES + 1];
};

static void row_of(struct row *r, const struct frame *f, unsigned n)
{
    bool odd = false;

    r->bytes[0] = 0;
    for (unsigned i = 0; i < n; i++) {
        odd |= i && (uint64_t)f[i].ts_us - (uint64_t)f[i - 1].ts_us > CLOCK_LEAP_US;
        r->bytes[i + 1] = r->bytes[i] + f[i].wire;
    }
    r->steady = !odd;
}

/*
 * pass of those from from on up to the worker's own next one, which is taken at once: with no jump that hangs on how many they are, be it
 * none. Where nothing is due up to its own one's time and no clock doubts that, all but what adds up is as that one will leave it.
 */
static void pass_before(struct worker *w, const struct frame *f, const struct row *r, unsigned from, unsigned own)
{
    const int64_t until_us = connections_until(w->connections);
    int64_t now_us;
    bool goes = clock_just_goes(&w->clock, f[from].ts_us, &now_us);

    if (!r->steady || !goes || now_us >= until_us || f[own].ts_us >= until_us) {
        pass(w, f + from, own - from);
        return;
    }
    w->source_packets += own - from;
    w->frames_all += own - from;
    w->source_bytes += r->bytes[own] - r->bytes[from];
}

/* Where the worker's own are, without a jump that hangs on whose one is: nobody can foresee that. */
static unsigned find_own(const uint8_t *of, unsigned n, uint8_t own[WORKER_FRAMES])
{
    unsigned m = 0;

    for (unsigned i = 0; i < n; i++) {
        own[m] = (uint8_t)i;
        m += of[i] != FRAME_OF_OTHERS;
    }
    return m;
}

void worker_frames_of(struct worker *w, const struct frame *f, const uint8_t *of, unsigned n)
{
    const struct flow_table *t = connections_table(w->connections);
    uint8_t own[WORKER_FRAMES];
    unsigned m = find_own(of, n, own), at = 0;
    struct row r;

    row_of(&r, f, n);
    worker_take_judge(w);
    for (unsigned i = 0; i < m + AHEAD; i++) {
        unsigned turn = i - AHEAD;

        go_on(w, t, i < m ? &f[own[i]] : f, i, m, false);
        if (turn >= m)
            continue;
        pass_before(w, f, &r, at, own[turn]);
        at = own[turn] + 1u;
        worker_take(w, &f[own[turn]], of[own[turn]], place(w, w->seen + turn));
    }
    pass(w, f + at, n - at);
    w->seen += m;
}
