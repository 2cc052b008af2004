/* SPDX-License-Identifier: Apache-2.0 */
/* redis_run: which batches Redis has, which it must get, which are gone. */
#include "sensor/publish/redis_run.h"

#include <stdio.h>
#include <stdlib.h>

#include "sensor/publish/redis_keys.h"

void seq_format(struct redis_seq s, char text[SEQ_TEXT])
{
    text[0] = 0;
    if (!seq_none(s))
        snprintf(text, SEQ_TEXT, "%llu-%llu", (unsigned long long)s.frame, (unsigned long long)s.n);
}

static bool number(struct span s, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (!ascii_digit(s.p[i]) || *out > UINT64_MAX / 20)
            return false;
        *out = *out * 10 + (s.p[i] - '0');
    }
    return s.n > 0;
}

bool seq_parse(struct span s, struct redis_seq *out)
{
    size_t dash = span_find(s, 0, '-');

    *out = (struct redis_seq){0, 0};
    return dash < s.n && number(span_head(s, dash), &out->frame) && number(span_from(s, dash + 1), &out->n);
}

static struct span escaped(struct buf *texts, struct span s)
{
    size_t from = texts->n;

    key_text(texts, s);
    return span_of(texts->p + from, texts->n - from);
}

static struct span copied(struct buf *texts, struct span s)
{
    size_t from = texts->n;

    buf_add(texts, s);
    return span_of(texts->p + from, texts->n - from);
}

static struct redis_run *run_with(const struct run_info *info, struct span (*text)(struct buf *, struct span))
{
    struct redis_run *r = calloc(1, sizeof(*r));
    struct buf texts;

    if (!r)
        return NULL;
    texts = (struct buf){.p = r->texts, .cap = RUN_TEXTS, .max = RUN_TEXTS};
    r->info = *info;
    r->info.name = text(&texts, info->name);
    r->info.source = text(&texts, info->source);
    r->info.options = text(&texts, info->options);
    return r;
}

struct redis_run *redis_run_new(const struct run_info *info)
{
    struct redis_run *r = run_with(info, escaped);

    if (r)
        r->state = info->live ? RUN_OPEN : RUN_ASKED;
    return r;
}

struct redis_run *redis_run_restored(const struct run_info *info)
{
    struct redis_run *r = run_with(info, copied);

    if (r)
        r->state = RUN_OPEN;
    return r;
}

void window_init(struct window *w, struct mem *m, uint64_t keep)
{
    *w = (struct window){.mem = m, .keep = keep};
    w->last = &w->first;
}

/* Its run too: a folder of files without mails has many small batches, each of which holds its run. */
static size_t bytes_of(const struct sealed *s)
{
    return sizeof(*s) + (s->shed ? 0 : sizeof(*s->run)) + s->args.cap;
}

/* Nobody needs it on disk any more. */
static void leave_spool(struct window *w, struct sealed *s)
{
    if (s->place.segment)
        spool_release(w->spool, &s->place);
    s->place.segment = NULL;
}

static void sealed_free(struct window *w, struct sealed *s)
{
    s->run->batches--;
    buf_free(&s->args);
    mem_free(w->mem, s, sizeof(*s));
}

void window_free(struct window *w)
{
    struct sealed *next;

    for (struct sealed *s = w->first; s; s = next) {
        next = s->next;
        sealed_free(w, s);
    }
    window_init(w, w->mem, w->keep);
}

void window_add(struct window *w, struct sealed *s)
{
    s->next = NULL;
    s->state = SEALED_QUEUED;
    s->run->batches++;
    *w->last = s;
    w->last = &s->next;
    if (!w->unsent)
        w->unsent = s;
    w->pending_bytes += bytes_of(s);
    w->pending_records += s->records;
    w->pending_loaded += s->loaded;
}

static struct sealed *first_queued(struct sealed *s)
{
    while (s && s->state != SEALED_QUEUED)
        s = s->next;
    return s;
}

struct sealed *window_send(struct window *w)
{
    struct sealed *s = w->unsent;

    if (!s)
        return NULL;
    s->state = SEALED_SENT;
    s->tries++;
    w->unsent = first_queued(s->next);
    return s;
}

/* Takes s (the one *at points to) out of the list. */
static void take_out(struct window *w, struct sealed **at)
{
    struct sealed *s = *at;

    *at = s->next;
    if (w->last == &s->next)
        w->last = at;
    if (w->unsent == s)
        w->unsent = first_queued(s->next);
    if (s->state == SEALED_ACKED) {
        w->kept_bytes -= bytes_of(s);
    } else {
        w->pending_bytes -= bytes_of(s);
        w->pending_records -= s->records;
        w->pending_loaded -= s->loaded;
    }
    leave_spool(w, s);
    sealed_free(w, s);
}

static void trim(struct window *w)
{
    while (w->kept_bytes > w->keep && w->first && w->first->state == SEALED_ACKED)
        take_out(w, &w->first);
}

static void set_acked(struct window *w, struct sealed *s)
{
    s->state = SEALED_ACKED;
    w->pending_bytes -= bytes_of(s);
    w->pending_records -= s->records;
    w->pending_loaded -= s->loaded;
    w->kept_bytes += bytes_of(s);
    s->loaded = false;
    leave_spool(w, s);
    if (seq_less(s->run->acked, s->seq)) {
        s->run->acked = s->seq;
        s->run->acked_records = s->records_before + s->records;
    }
}

void window_ack(struct window *w, struct sealed *s)
{
    set_acked(w, s);
    trim(w);
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
    uint64_t records = s->records;

    take_out(w, link_to(w, s));
    return records;
}

void window_shed(struct window *w, struct sealed *s)
{
    w->pending_bytes -= bytes_of(s);
    buf_free(&s->args);
    s->shed = true;
    w->pending_bytes += bytes_of(s);
}

bool window_load(struct window *w, struct sealed *s, struct span args)
{
    w->pending_bytes -= bytes_of(s);
    s->shed = !buf_add(&s->args, args);
    if (s->shed)
        buf_free(&s->args);
    w->pending_bytes += bytes_of(s);
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

        if (s->state == SEALED_QUEUED) {
            lost += s->records;
            take_out(w, at);
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
        if (s->state != SEALED_ACKED && s->place.segment)
            records += s->records;
    return records;
}

static void queue_again(struct window *w, struct sealed *s, struct resync *out)
{
    if (s->state != SEALED_ACKED)
        return;
    s->state = SEALED_QUEUED;
    w->kept_bytes -= bytes_of(s);
    w->pending_bytes += bytes_of(s);
    w->pending_records += s->records;
    out->again += s->records;
}

/* A batch that holds records on both sides of the marker cannot be sent without counting some twice. */
static bool straddles(const struct sealed *s, struct redis_seq marker)
{
    return seq_less(s->after, marker) && seq_less(marker, s->seq);
}

/* Redis went back behind what it acked: batches after the marker go out again. */
static void step_back(struct window *w, struct redis_run *run, struct marker m, struct resync *out)
{
    uint64_t here = run->acked_records; /* records of the run before the first batch that can be sent */
    bool found = false;

    for (struct sealed **at = &w->first; *at;) {
        struct sealed *s = *at;

        if (s->run == run && straddles(s, m.seq)) {
            out->overlap += s->state == SEALED_ACKED ? 0 : s->records;
            take_out(w, at);
            continue;
        }
        at = &s->next;
        if (s->run != run || !seq_less(m.seq, s->seq))
            continue;
        if (!found)
            here = s->records_before;
        found = true;
        queue_again(w, s, out);
    }
    if (here > m.records)
        out->lost += here - m.records;
    run->acked = m.seq;
    run->acked_records = m.records;
}

/* Somebody threw the keys away: what was acked before is not brought back. */
static void start_over(struct window *w, struct redis_run *run, struct resync *out)
{
    for (struct sealed **at = &w->first; *at;) {
        if ((*at)->run == run && (*at)->state == SEALED_ACKED)
            take_out(w, at);
        else
            at = &(*at)->next;
    }
    out->flushed += run->acked_records;
    run->acked = (struct redis_seq){0, 0};
    run->acked_records = 0;
}

/* The marker is where we are or further: the answer was lost, or somebody else sends the same file. */
static void go_forward(struct window *w, struct redis_run *run, struct marker m, struct resync *out)
{
    for (struct sealed **at = &w->first; *at;) {
        struct sealed *s = *at;

        if (s->run == run && s->state != SEALED_ACKED && !seq_less(m.seq, s->seq)) {
            *(s->tries ? &out->delivered : &out->already) += s->records;
            set_acked(w, s);
            if (s->shed) { /* nothing to send again: not kept */
                take_out(w, at);
                continue;
            }
        } else if (s->run == run && s->state != SEALED_ACKED && straddles(s, m.seq)) {
            out->overlap += s->records;
            take_out(w, at);
            continue;
        }
        at = &s->next;
    }
    if (seq_less(run->acked, m.seq)) {
        run->acked = m.seq;
        run->acked_records = m.records;
    }
}

void window_resync(struct window *w, struct redis_run *run, struct marker m, bool restarted,
                   struct resync *out)
{
    for (struct sealed *s = w->first; s; s = s->next)
        if (s->run == run && s->state == SEALED_SENT)
            s->state = SEALED_QUEUED;
    if (!seq_less(m.seq, run->acked))
        go_forward(w, run, m, out);
    else if (seq_none(m.seq) && !restarted)
        start_over(w, run, out);
    else
        step_back(w, run, m, out);
    run->chain = m.seq;
    trim(w);
    w->unsent = first_queued(w->first);
}
