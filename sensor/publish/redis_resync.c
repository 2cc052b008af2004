/* SPDX-License-Identifier: Apache-2.0 */
/* redis_resync: one bucket's steps in line with its marker; what is in other buckets stays as it is. */
#include "sensor/publish/redis_window_state.h"

/* What one call looks at. */
struct moving {
    struct window *w;
    struct redis_run *run;
    struct redis_mark *mark;
    unsigned bucket;
    struct marker m;
    struct resync *out;
};

static struct sealed_step *step_of(const struct moving *v, struct sealed *s)
{
    return s->run == v->run ? &s->steps[v->bucket] : NULL;
}

static bool is_open(const struct sealed_step *step)
{
    return step->state <= STEP_SENT;
}

/* A batch that holds records on both sides of the marker cannot be sent without counting some twice. */
static bool straddles(const struct sealed *s, struct redis_seq marker)
{
    return seq_less(s->after, marker) && seq_less(marker, s->seq);
}

/* The bucket goes without this step. Its records are lost with it, unless they were counted so for another bucket. */
static void give_up_step(struct moving *v, struct sealed *s)
{
    if (is_open(&s->steps[v->bucket]) && !s->overlaps) {
        v->out->overlap += s->records;
        window_set_overlaps(v->w, s);
    }
    window_set_state(v->w, &s->steps[v->bucket], STEP_GONE);
}

/* Nobody sends s again: it is gone for every bucket, or was only on disk, where it need not be any more. */
static bool is_over(const struct sealed *s)
{
    return s->gone == s->buckets || (!s->open && s->shed);
}

static void queue_again(struct moving *v, struct sealed *s)
{
    if (s->steps[v->bucket].state != STEP_ACKED)
        return;
    if (!s->open && !s->overlaps)
        *(s->ours ? &v->out->again : &v->out->again_theirs) += s->records;
    window_set_state(v->w, &s->steps[v->bucket], STEP_QUEUED);
}

/* It holds records of the same frames, be it under this run or under one that read them too. */
static bool holds_the_same(const struct moving *v, const struct sealed *s)
{
    return s->run == v->run || strcmp(s->run->info.id, v->run->info.id) == 0;
}

/* Redis went back behind what it acked: steps after the marker go out again. */
static void step_back(struct moving *v)
{
    uint64_t here = v->mark->acked_records; /* records of the run before the first batch that can be sent */

    for (struct sealed **at = &v->w->first; *at;) {
        struct sealed *s = *at;
        struct sealed_step *step = step_of(v, s);

        if (step && straddles(s, v->m.seq)) {
            give_up_step(v, s);
        } else if (seq_less(v->m.seq, s->seq) && holds_the_same(v, s)) {
            here = s->records_before < here ? s->records_before : here;
            if (step)
                queue_again(v, s);
        }
        if (step && is_over(s))
            window_take_out(v->w, at);
        else
            at = &s->next;
    }
    if (!v->run->superseded)
        v->out->lost += redis_gap_add(&v->run->lost, v->m.records, here);
    v->mark->acked = v->m.seq;
    v->mark->acked_records = v->m.records;
}

/* Somebody threw the keys away: what was acked before is not brought back. */
static void start_over(struct moving *v)
{
    for (struct sealed **at = &v->w->first; *at;) {
        struct sealed *s = *at;
        struct sealed_step *step = step_of(v, s);

        if (step && step->state == STEP_ACKED)
            window_set_state(v->w, step, STEP_GONE);
        if (step && is_over(s))
            window_take_out(v->w, at);
        else
            at = &s->next;
    }
    if (!v->run->superseded)
        v->out->flushed += redis_gap_add(&v->run->flushed, 0, v->mark->acked_records);
    v->mark->acked = (struct redis_seq){0, 0};
    v->mark->acked_records = 0;
}

static void found_in(struct moving *v, struct sealed *s, struct sealed_step *step)
{
    s->ours |= step->tries > 0;
    if (window_set_state(v->w, step, STEP_ACKED) && !s->overlaps)
        *(s->ours ? &v->out->delivered : &v->out->already) += s->records;
}

/* The marker is where we are or further: the answer was lost, or somebody else sends the same file. */
static void go_forward(struct moving *v)
{
    for (struct sealed **at = &v->w->first; *at;) {
        struct sealed *s = *at;
        struct sealed_step *step = step_of(v, s);

        if (step && is_open(step) && !seq_less(v->m.seq, s->seq))
            found_in(v, s, step);
        else if (step && is_open(step) && straddles(s, v->m.seq))
            give_up_step(v, s);
        if (step && is_over(s))
            window_take_out(v->w, at);
        else
            at = &s->next;
    }
    if (seq_less(v->mark->acked, v->m.seq)) {
        v->mark->acked = v->m.seq;
        v->mark->acked_records = v->m.records;
    }
}

/* What was under way is not: its answer was lost, or will be asked for again. */
static void call_back(struct moving *v)
{
    for (struct sealed *s = v->w->first; s; s = s->next) {
        struct sealed_step *step = step_of(v, s);

        if (step && step->state == STEP_SENT)
            window_set_state(v->w, step, STEP_QUEUED);
    }
}

void window_resync(struct window *w, struct redis_run *run, unsigned bucket, struct marker m, bool restarted,
                   struct resync *out)
{
    struct moving v = {w, run, &run->marks[bucket], bucket, m, out};

    call_back(&v);
    if (!seq_less(m.seq, v.mark->acked))
        go_forward(&v);
    else if (seq_none(m.seq) && !restarted)
        start_over(&v);
    else
        step_back(&v);
    v.mark->chain = m.seq;
    window_trim(w);
    w->unsent[bucket] = window_first_queued(w->first, bucket);
}
