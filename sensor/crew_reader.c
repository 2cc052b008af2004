/* SPDX-License-Identifier: Apache-2.0 */
/* crew_reader: a frame that is another worker's is told from its headers, and no byte behind them is touched. */
#include "sensor/crew_reader.h"

#include "sensor/options.h"

/* Certain without taking it apart; of all others the worker itself finds out whose they are. */
static inline enum frame_of whose(const struct crew_reader *r, const struct frame *f)
{
    uint32_t sum;

    if (f->filtered)
        return r->index ? FRAME_OF_OTHERS : FRAME_OF_ANYBODY;
    if (!r->shares_plain || !share_plain(f, &sum))
        return FRAME_OF_ANYBODY;
    return share_of(r->share, sum) == r->index ? FRAME_OF_MINE : FRAME_OF_OTHERS;
}

/* Records leave by it, so it comes before any waiting. */
static void tell(struct crew_reader *r)
{
    lanes_passed(r->lanes, r->index, record_place(worker_moment(r->worker), STEP_PACKET));
    r->told(r->ctx);
}

unsigned crew_reader_gathers(const struct crew_reader *r)
{
    uint64_t most = PACE_STRIDE - r->frames % PACE_STRIDE;

    if (r->count && r->count - r->passed < most)
        most = r->count - r->passed;
    return most < WORKER_FRAMES ? (unsigned)most : WORKER_FRAMES;
}

bool crew_reader_frames(struct crew_reader *r, const struct frame *f, unsigned n)
{
    uint8_t of[WORKER_FRAMES];

    for (unsigned i = 0; i < n; i++) {
        of[i] = (uint8_t)whose(r, &f[i]);
        r->passed += !f[i].filtered;
    }
    worker_frames_of(r->worker, f, of, n);
    r->frames += n;
    if (r->frames % PACE_STRIDE)
        return true;
    tell(r);
    return pace_next(r->pace, r->index);
}

void crew_reader_source(struct crew_reader *r, struct span name, bool ends)
{
    if (ends)
        worker_finish(r->worker, false);
    worker_source(r->worker, name);
    r->in_source = true;
}

void crew_reader_finish(struct crew_reader *r)
{
    worker_finish(r->worker, true);
    lanes_passed(r->lanes, r->index, UINT64_MAX);
    r->told(r->ctx);
    pace_leave(r->pace, r->index);
}

/* What the run's own reader counts, and where it ends, each counts for itself and comes to the same. */
static bool take_frames(struct crew_reader *r, const struct frame *f, unsigned n)
{
    uint64_t before = r->passed;
    bool more = crew_reader_frames(r, f, n);

    return more && (r->passed == before || r->passed != r->count);
}

/* Trouble is the run's own reader's to say; that of the command line ends the run. */
static bool goes_on(const struct crew_reader *r)
{
    int status;

    capture_trouble(r->capture, &status);
    return status != STATUS_USAGE;
}

static bool step(struct crew_reader *r)
{
    const struct capture_source *s;
    struct frame f[WORKER_FRAMES];
    unsigned n;

    switch (capture_next_some(r->capture, f, crew_reader_gathers(r), &n)) {
    case CAPTURE_FRAME:
        return take_frames(r, f, n);
    case CAPTURE_SOURCE:
        s = capture_source(r->capture);
        crew_reader_source(r, s->name, r->in_source && !s->follows);
        return true;
    case CAPTURE_TROUBLE:
        return goes_on(r);
    case CAPTURE_IDLE:
    case CAPTURE_END:
        break;
    }
    return false;
}

void crew_reader_run(struct crew_reader *r)
{
    bool on = pace_wait(r->pace);

    while (on)
        on = step(r);
    crew_reader_finish(r);
}
