/* SPDX-License-Identifier: Apache-2.0 */
/* crew_taker: a frame lies in the cache of the reader's processor until it is taken. */
#include "sensor/crew_taker.h"

enum { AHEAD = 2 /* frames */, LINE = 64 /* bytes of a line of the cache */ };

static void take_frame(struct crew_taker *t, const struct entry *e, const uint8_t *bytes)
{
    struct frame f = {.ts_us = e->ts_us, .bytes = span_of(bytes + e->at, e->n), .wire = e->wire,
                      .link_type = e->link_type, .number = e->number, .filtered = e->filtered};

    if (e->owner == t->index || e->owner == SHARE_EVERYBODY)
        worker_frame(t->worker, &f);
    else
        worker_pass(t->worker, &f);
}

/* Until all input is over. */
static bool take(struct crew_taker *t, const struct entry *e, const uint8_t *bytes)
{
    switch ((enum entry_kind)e->kind) {
    case ENTRY_FRAME:
        take_frame(t, e, bytes);
        return true;
    case ENTRY_SOURCE:
        worker_source(t->worker, span_of(e->name, e->wire));
        break;
    case ENTRY_END:
        worker_finish(t->worker, false);
        return true;
    case ENTRY_OVER:
        worker_finish(t->worker, true);
        break;
    }
    lanes_passed(t->lanes, t->index, record_place(worker_moment(t->worker), STEP_SOURCE));
    return e->kind != ENTRY_OVER;
}

/* A frame lies in the cache of the reader's processor: its lines are asked for while those before it are taken. */
static void fetch(const struct crew_taker *t, const struct entry *e, const uint8_t *bytes)
{
    if (e->owner == t->index)
        for (uint32_t i = 0; i < e->n; i += LINE)
            __builtin_prefetch(bytes + e->at + i);
}

void crew_taker_run(struct crew_taker *t)
{
    bool on = true;

    while (on) {
        const struct entry *e;
        const uint8_t *bytes;
        unsigned n = crew_blocks_take(t->blocks, t->index, &e, &bytes);

        for (unsigned i = 0; i < n && on; i++) {
            if (i + AHEAD < n)
                fetch(t, &e[i + AHEAD], bytes);
            on = take(t, &e[i], bytes);
        }
        if (n && on)
            lanes_passed(t->lanes, t->index, record_place(worker_moment(t->worker), STEP_PACKET));
        if (n)
            t->told(t->ctx);
    }
}
