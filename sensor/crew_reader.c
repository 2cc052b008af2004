/* SPDX-License-Identifier: Apache-2.0 */
/* crew_reader: a frame that is another worker's is told from its headers, and no byte behind them is touched. */
#include "sensor/crew_reader.h"

#include "sensor/options.h"

/* Certain without taking it apart; of all others the worker itself finds out whose they are. */
static void ask_whose(struct crew_reader *r, const struct frame *f)
{
    uint32_t sum;

    r->whose = READER_UNSURE;
    if (f->filtered && r->index)
        r->whose = READER_OTHERS;
    else if (!f->filtered && r->shares_plain && share_plain(f, &sum))
        r->whose = share_of(r->share, sum) == r->index ? READER_MINE : READER_OTHERS;
}

/* Records leave by it, so it comes before any waiting. */
static void tell(struct crew_reader *r)
{
    lanes_passed(r->lanes, r->index, record_place(worker_moment(r->worker), STEP_PACKET));
    r->told(r->ctx);
}

/* With one more that is passed the stride ends, or all does: that one comes by itself. */
static bool is_special(const struct crew_reader *r)
{
    uint64_t n = r->stretch.frames + 1;

    return (r->frames + n) % PACE_STRIDE == 0 || r->passed + n == r->count;
}

bool crew_reader_passes(void *ctx, const struct frame *f)
{
    struct crew_reader *r = ctx;

    ask_whose(r, f);
    if (r->whose != READER_OTHERS || f->filtered || is_special(r))
        return false;
    if (!r->stretch.frames)
        worker_stretch_begin(r->worker, &r->stretch);
    return worker_stretch_add(&r->stretch, f);
}

void crew_reader_passed(struct crew_reader *r, uint64_t *frames, uint64_t *bytes)
{
    *frames = r->stretch.frames;
    *bytes = r->stretch.bytes;
    if (!*frames)
        return;
    worker_stretch_end(r->worker, &r->stretch);
    r->frames += *frames;
    r->passed += *frames;
    r->stretch = (struct worker_stretch){.frames = 0};
}

bool crew_reader_frame(struct crew_reader *r, const struct frame *f)
{
    if (r->whose == READER_UNASKED)
        ask_whose(r, f);
    if (r->whose == READER_OTHERS)
        worker_pass(r->worker, f);
    else if (r->whose == READER_MINE)
        worker_mine(r->worker, f);
    else
        worker_frame(r->worker, f);
    r->whose = READER_UNASKED;
    r->passed += !f->filtered;
    if (++r->frames % PACE_STRIDE)
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
static bool take_frame(struct crew_reader *r, const struct frame *f)
{
    bool more = crew_reader_frame(r, f);

    return more && (f->filtered || r->passed != r->count);
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
    const struct capture_pass others = {crew_reader_passes, r};
    const struct capture_source *s;
    enum capture_result what;
    uint64_t frames, bytes;
    struct frame f;

    what = capture_next_but(r->capture, &others, &f);
    crew_reader_passed(r, &frames, &bytes);
    switch (what) {
    case CAPTURE_FRAME:
        return take_frame(r, &f);
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
