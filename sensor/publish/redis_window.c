/* SPDX-License-Identifier: Apache-2.0 */
/* redis_window: the list of batches, their bytes and records; redis_resync moves it to where a marker stands. */
#include "sensor/publish/redis_window_state.h"

#include <stddef.h>

static size_t struct_bytes(unsigned buckets)
{
    return sizeof(struct sealed) + buckets * sizeof(struct sealed_step);
}

struct sealed *sealed_new(struct mem *m, struct redis_run *run)
{
    struct sealed *s = mem_zalloc(m, struct_bytes(run->buckets));

    if (!s)
        return NULL;
    s->run = run;
    s->buckets = s->open = run->buckets;
    buf_init(&s->args, m, LIMIT_REDIS_SEALED);
    for (unsigned i = 0; i < s->buckets; i++)
        s->steps[i].bucket = (uint8_t)i;
    return s;
}

void sealed_free(struct mem *m, struct sealed *s)
{
    if (!s)
        return;
    buf_free(&s->args);
    mem_free(m, s, struct_bytes(s->buckets));
}

struct sealed *sealed_of_step(const struct sealed_step *step)
{
    uintptr_t first = (uintptr_t)(step - step->bucket);

    return (struct sealed *)(first - offsetof(struct sealed, steps));
}

struct span sealed_body(const struct sealed_step *step)
{
    const struct sealed *s = sealed_of_step(step);
    size_t begin = step->bucket ? step[-1].block.end : 0;

    return span_of(s->args.p ? s->args.p + begin : NULL, step->block.end - begin);
}

void window_init(struct window *w, struct mem *m, uint64_t keep)
{
    *w = (struct window){.mem = m, .keep = keep};
    w->last = &w->first;
}

/* Its run too: a folder of files without mails has many small batches, each of which holds its run. */
static size_t bytes_of(const struct sealed *s)
{
    return struct_bytes(s->buckets) + (s->shed ? 0 : redis_run_bytes(s->run)) + s->args.cap;
}

/* Nobody needs it on disk any more. */
static void leave_spool(struct window *w, struct sealed *s)
{
    if (s->place.segment)
        spool_release(w->spool, &s->place);
    s->place.segment = NULL;
}

/* Its records that nobody has counted as lost. */
static uint64_t waiting(const struct sealed *s)
{
    return s->overlaps ? 0 : s->records;
}

static void count_in(struct window *w, const struct sealed *s)
{
    if (!s->open) {
        w->kept_bytes += bytes_of(s);
        return;
    }
    w->pending_bytes += bytes_of(s);
    w->pending_records += waiting(s);
    w->pending_loaded += s->loaded;
}

static void count_out(struct window *w, const struct sealed *s)
{
    if (!s->open) {
        w->kept_bytes -= bytes_of(s);
        return;
    }
    w->pending_bytes -= bytes_of(s);
    w->pending_records -= waiting(s);
    w->pending_loaded -= s->loaded;
}

void window_free(struct window *w)
{
    struct sealed *next;

    for (struct sealed *s = w->first; s; s = next) {
        next = s->next;
        s->run->batches--;
        sealed_free(w->mem, s);
    }
    window_init(w, w->mem, w->keep);
}

void window_add(struct window *w, struct sealed *s)
{
    s->next = NULL;
    s->run->batches++;
    *w->last = s;
    w->last = &s->next;
    for (unsigned i = 0; i < s->buckets; i++)
        if (!w->unsent[i])
            w->unsent[i] = s;
    count_in(w, s);
}

struct sealed *window_first_queued(struct sealed *s, unsigned bucket)
{
    while (s && (bucket >= s->buckets || s->steps[bucket].state != STEP_QUEUED))
        s = s->next;
    return s;
}

struct sealed_step *window_send(struct window *w, unsigned bucket)
{
    struct sealed *s = w->unsent[bucket];
    struct sealed_step *step;

    if (!s)
        return NULL;
    step = &s->steps[bucket];
    step->state = STEP_SENT;
    step->tries += step->tries < 2;
    s->sent++;
    w->unsent[bucket] = window_first_queued(s->next, bucket);
    return step;
}

void window_take_out(struct window *w, struct sealed **at)
{
    struct sealed *s = *at;

    *at = s->next;
    if (w->last == &s->next)
        w->last = at;
    for (unsigned i = 0; i < s->buckets; i++)
        if (w->unsent[i] == s)
            w->unsent[i] = window_first_queued(s->next, i);
    count_out(w, s);
    leave_spool(w, s);
    s->run->batches--;
    sealed_free(w->mem, s);
}

void window_trim(struct window *w)
{
    while (w->kept_bytes > w->keep && w->first && !w->first->open)
        window_take_out(w, &w->first);
}

bool window_set_state(struct window *w, struct sealed_step *step, enum redis_step_state state)
{
    struct sealed *s = sealed_of_step(step);
    bool was_open = step->state <= STEP_SENT, is_open = state <= STEP_SENT, complete = !s->open;

    count_out(w, s);
    s->sent = s->sent - (step->state == STEP_SENT) + (state == STEP_SENT);
    s->gone = s->gone - (step->state == STEP_GONE) + (state == STEP_GONE);
    s->open = s->open - was_open + is_open;
    step->state = (uint8_t)state;
    if (!s->open && !complete) {
        s->loaded = false;
        leave_spool(w, s);
    }
    count_in(w, s);
    return !s->open && !complete;
}

void window_set_overlaps(struct window *w, struct sealed *s)
{
    count_out(w, s);
    s->overlaps = true;
    count_in(w, s);
}

bool window_ack(struct window *w, struct sealed_step *step, bool ours)
{
    struct sealed *s = sealed_of_step(step);
    struct redis_mark *mark = &s->run->marks[step->bucket];

    s->ours |= ours;
    if (seq_less(mark->acked, s->seq)) {
        mark->acked = s->seq;
        mark->acked_records = s->records_before + s->records;
    }
    return window_set_state(w, step, STEP_ACKED);
}

static struct sealed **link_to(struct window *w, const struct sealed *s)
{
    struct sealed **at = &w->first;

    while (*at != s)
        at = &(*at)->next;
    return at;
}

uint64_t window_lose(struct window *w, struct sealed *s)
{
    uint64_t records = waiting(s);

    window_take_out(w, link_to(w, s));
    return records;
}

void window_shed(struct window *w, struct sealed *s)
{
    count_out(w, s);
    buf_free(&s->args);
    s->shed = true;
    count_in(w, s);
}

bool window_load(struct window *w, struct sealed *s, struct span args)
{
    count_out(w, s);
    s->shed = !buf_add(&s->args, args);
    if (s->shed)
        buf_free(&s->args);
    count_in(w, s);
    return !s->shed;
}

/* The last batch that is nowhere but in g; NULL: none. */
static struct sealed *last_only_there(struct window *w, const struct spool_segment *g)
{
    struct sealed *last = NULL;

    for (struct sealed *s = w->first; s; s = s->next)
        if (s->place.segment == g) {
            s->place.segment = NULL;
            last = s->shed ? s : last;
        }
    return last;
}

uint64_t window_forget_segment(struct window *w, const struct spool_segment *g)
{
    const struct sealed *last = last_only_there(w, g);
    uint64_t lost = 0;

    for (struct sealed **at = &w->first; last;) {
        struct sealed *s = *at;
        bool over = s == last;

        if (s->open && !s->sent) {
            lost += waiting(s);
            window_take_out(w, at);
        } else {
            at = &s->next;
        }
        if (over)
            break;
    }
    return lost;
}

uint64_t window_spooled(const struct window *w)
{
    uint64_t records = 0;

    for (const struct sealed *s = w->first; s; s = s->next)
        if (s->open && s->place.segment)
            records += waiting(s);
    return records;
}
