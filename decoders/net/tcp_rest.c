/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_rest: sequence numbers as their distances from each other, which are short. */
#include "decoders/net/tcp_rest.h"

bool tcp_rest_may(const struct tcp_stream *s)
{
    return !s->waiting && !s->side[0].held && !s->side[1].held;
}

typedef uint64_t (*turn_fn)(uint64_t value, uint64_t base);

static void turn(turn_fn f, uint32_t *value, uint32_t base)
{
    *value = (uint32_t)f(*value, base);
}

/* next: this side's, in its own numbers; others: the other side's. */
static void turn_numbers(turn_fn f, struct tcp_stream_side *me, uint32_t next, uint32_t others)
{
    uint32_t *const own[] = {&me->acked, &me->acked_first, &me->gap_from, &me->gap_to, &me->isn,     &me->fin,
                             &me->rst,   &me->edge,        &me->far_first, &me->far_next, &me->hole_end};

    for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
        turn(f, own[i], next);
    turn(f, &me->acked_by, others);
    turn(f, &me->fin_ack, others);
}

static void fold_frames(struct tcp_seen frames[LIMIT_TCP_COPIES], uint32_t next)
{
    for (int i = 0; i < LIMIT_TCP_COPIES; i++) {
        struct tcp_seen *x = &frames[i];

        if (LIMIT_FLOW_REST_USEC > LIMIT_TCP_COPY_USEC)
            x->frame = x->at = 0;
        turn(squeeze_near, &x->to, x->from);
        turn(squeeze_near, &x->from, next);
    }
}

static void unfold_frames(struct tcp_seen frames[LIMIT_TCP_COPIES], uint32_t next)
{
    for (int i = 0; i < LIMIT_TCP_COPIES; i++) {
        struct tcp_seen *x = &frames[i];

        turn(squeeze_back, &x->from, next);
        turn(squeeze_back, &x->to, x->from);
    }
}

void tcp_rest_fold(struct squeezed *out, const struct tcp_stream *s)
{
    struct tcp_stream t = *s;

    t.mem = NULL;
    t.events = NULL;
    t.ctx = NULL;
    t.stats = NULL;
    for (int i = 0; i < 2; i++) {
        turn_numbers(squeeze_near, &t.side[i], s->side[i].next, s->side[!i].next);
        fold_frames(t.seen[i], s->side[i].next);
    }
    squeeze(out, &t, sizeof(t));
}

bool tcp_rest_unfold(struct span *in, struct tcp_stream *s, struct mem *m, const struct tcp_stream_events *events,
                     void *ctx, struct tcp_stream_stats *stats)
{
    if (!unsqueeze(in, s, sizeof(*s)))
        return false;
    s->mem = m;
    s->events = events;
    s->ctx = ctx;
    s->stats = stats;
    for (int i = 0; i < 2; i++) {
        turn_numbers(squeeze_back, &s->side[i], s->side[i].next, s->side[!i].next);
        unfold_frames(s->seen[i], s->side[i].next);
    }
    return true;
}
