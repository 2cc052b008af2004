/* SPDX-License-Identifier: Apache-2.0 */
/* redis_spool: sealed batches on disk: written before they are sent, kept until Redis has them, taken over by the next start. */
#include <inttypes.h>
#include <stdio.h>

#include "sensor/publish/sink_redis.h"

#include "sensor/language.h"

/*
 * A frame is a batch with all that is needed to send it: the numbers below (8 bytes each, little-endian), then the run's
 * id, name, source and options, on a cluster how much of the arguments is whose (end and number, bucket by bucket), and
 * the steps' arguments, each behind its length.
 */
enum { FRAME_BATCH = 1, FRAME_CLUSTER = 2, BLOCKS_BYTES = REDIS_BUCKETS * 16 };

enum { NUMBERS = 14 };

static void add_number(struct buf *b, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++)
        buf_add_byte(b, (uint8_t)(v >> (8 * i)));
}

static void add_text(struct buf *b, struct span s)
{
    add_number(b, s.n);
    buf_add(b, s);
}

static uint64_t take_number(struct span *s)
{
    uint64_t v = 0;

    if (s->n < 8) {
        *s = span_of(NULL, 0);
        return 0;
    }
    for (unsigned i = 0; i < 8; i++)
        v |= (uint64_t)s->p[i] << (8 * i);
    *s = span_from(*s, 8);
    return v;
}

static struct span take_text(struct span *s)
{
    uint64_t n = take_number(s);
    struct span text = n <= s->n ? span_head(*s, n) : span_of(NULL, 0);

    *s = span_from(*s, text.n);
    return text;
}

static void write_batch(struct buf *b, const struct sealed *s)
{
    const struct run_info *info = &s->run->info;
    const uint64_t numbers[NUMBERS] = {s->after.frame, s->after.n, s->seq.frame, s->seq.n, s->records,
                                       s->records_before, s->packets_before, s->bytes_before, s->packets, s->bytes,
                                       s->sealed_ms, s->steps[0].block.args, (uint64_t)info->started_us,
                                       info->live};

    buf_clear(b);
    for (unsigned i = 0; i < NUMBERS; i++)
        add_number(b, numbers[i]);
    add_text(b, span_cstr(info->id));
    add_text(b, info->name);
    add_text(b, info->source);
    add_text(b, info->options);
    if (s->buckets > 1)
        add_number(b, BLOCKS_BYTES);
    for (unsigned i = 0; s->buckets > 1 && i < s->buckets; i++) {
        add_number(b, s->steps[i].block.end);
        add_number(b, s->steps[i].block.args);
    }
    add_text(b, buf_span(&s->args));
}

/* A batch as it lies on disk; the texts are in the frame. */
struct found_batch {
    struct redis_seq after, seq;
    uint64_t records, records_before, packets_before, bytes_before, packets, bytes, sealed_ms;
    struct run_info info;
    struct redis_block blocks[REDIS_BUCKETS];
    struct span args;
};

/* Blocks lie in a row and end within the arguments; what does not is empty. */
static void read_blocks(struct span body, struct found_batch *f, unsigned buckets)
{
    size_t begin = 0;

    for (unsigned i = 0; i < buckets; i++) {
        uint64_t end = take_number(&body), args = take_number(&body);

        if (end < begin || end > f->args.n || args > UINT32_MAX)
            end = begin, args = 0;
        f->blocks[i] = (struct redis_block){end, (unsigned)args};
        begin = end;
    }
}

static void read_batch(struct span body, struct found_batch *f, unsigned buckets)
{
    uint64_t n[NUMBERS];
    struct span id, blocks = {NULL, 0};

    for (unsigned i = 0; i < NUMBERS; i++)
        n[i] = take_number(&body);
    *f = (struct found_batch){.after = {n[0], n[1]}, .seq = {n[2], n[3]}, .records = n[4], .records_before = n[5],
                              .packets_before = n[6], .bytes_before = n[7], .packets = n[8], .bytes = n[9],
                              .sealed_ms = n[10], .info = {.started_us = (int64_t)n[12], .live = n[13] != 0}};
    id = span_head(take_text(&body), sizeof(f->info.id) - 1);
    if (id.n)
        memcpy(f->info.id, id.p, id.n);
    f->info.name = take_text(&body);
    f->info.source = take_text(&body);
    f->info.options = take_text(&body);
    if (buckets > 1)
        blocks = take_text(&body);
    f->args = take_text(&body);
    if (buckets > 1)
        read_blocks(blocks, f, buckets);
    else
        f->blocks[0] = (struct redis_block){f->args.n, (unsigned)n[11]};
}

/* --- what an earlier process left --- */

struct taking {
    struct sink_redis *x;
    struct redis_run *last; /* runs follow each other, so that the last one nearly always is the right one */
    uint64_t batches, records, missing, no_memory, other; /* other: sealed for the other kind of Redis */
    uint64_t elsewhere; /* with the days of another calendar: */
    char calendar[CALENDAR_NAME];
};

static struct redis_run *run_of(struct taking *t, const struct run_info *info)
{
    struct sink_redis *x = t->x;

    if (t->last && strcmp(t->last->info.id, info->id) == 0)
        return t->last;
    for (t->last = x->runs; t->last; t->last = t->last->next)
        if (strcmp(t->last->info.id, info->id) == 0)
            return t->last;
    t->last = redis_run_restored(info, x->buckets);
    if (t->last) {
        t->last->next = x->runs;
        x->runs = t->last;
        x->runs_n++;
    }
    return t->last;
}

static uint32_t frame_kind(const struct sink_redis *x)
{
    return x->buckets > 1 ? FRAME_CLUSTER : FRAME_BATCH;
}

static struct sealed *restore(struct taking *t, const struct found_batch *f, const struct spool_place *at)
{
    struct redis_run *run = run_of(t, &f->info);
    struct sealed *s = run ? sealed_new(&t->x->mem, run) : NULL;

    if (!s)
        return NULL;
    s->after = f->after;
    s->seq = f->seq;
    s->records = f->records;
    s->records_before = f->records_before;
    s->packets_before = f->packets_before;
    s->bytes_before = f->bytes_before;
    s->packets = f->packets;
    s->bytes = f->bytes;
    s->sealed_ms = f->sealed_ms;
    for (unsigned i = 0; i < s->buckets; i++)
        s->steps[i].block = f->blocks[i];
    s->shed = s->loaded = true;
    s->place = *at;
    return s;
}

/* Its boards are named in the batch already. */
static bool has_our_days(struct taking *t, const struct found_batch *f)
{
    struct span options = f->info.options, name = SPAN("UTC");

    if (span_eq(span_head(options, SPAN(CALENDAR_OPTION).n), SPAN(CALENDAR_OPTION))) {
        name = span_from(options, SPAN(CALENDAR_OPTION).n);
        name = span_head(name, span_find(name, 0, ' '));
    }
    if (span_eq(name, span_cstr(calendar_name(&t->x->options.calendar))))
        return true;
    snprintf(t->calendar, sizeof(t->calendar), "%.*s", SPAN_FMT(name));
    return false;
}

static bool take_frame(void *ctx, uint32_t kind, struct span body, const struct spool_place *at, uint64_t damaged)
{
    struct taking *t = ctx;
    struct sink_redis *x = t->x;
    struct found_batch f;
    struct sealed *s;

    if (kind != FRAME_BATCH && kind != FRAME_CLUSTER)
        return true;
    if (kind != frame_kind(x)) {
        t->other++;
        spool_hold(x->spool, at); /* it stays */
        return true;
    }
    read_batch(body, &f, x->buckets);
    if (!has_our_days(t, &f)) {
        t->elsewhere++;
        spool_hold(x->spool, at);
        return true;
    }
    s = restore(t, &f, at);
    if (!s) {
        t->no_memory++;
        return true;
    }
    /* What is missing before it is known where bytes were damaged; other holes were given up and counted then. */
    if (damaged && s->run->records && s->records_before > s->run->records)
        t->missing += s->records_before - s->run->records;
    s->run->records = s->records_before + s->records;
    s->run->sealed = s->run->put = s->seq;
    spool_hold(x->spool, at);
    window_add(&x->window, s);
    x->sealed_ms = s->sealed_ms > x->sealed_ms ? s->sealed_ms : x->sealed_ms;
    t->batches++;
    t->records += s->records;
    return true;
}

static void say_taken(const struct sink_redis *x, const struct taking *t, const struct spool_found *f)
{
    if (t->batches)
        redis_note("redis: spool %s: %" PRIu64 " records in %" PRIu64 " batches from before are sent first",
                   spool_folder(x->spool), t->records, t->batches);
    if (f->damaged || t->missing)
        redis_say("redis: spool %s: damaged in %" PRIu64 " places; at least %" PRIu64 " records are lost",
                  spool_folder(x->spool), f->damaged, t->missing);
    if (f->torn)
        redis_note("redis: spool %s: the end of %" PRIu64 " segments was not written to its end and is left out",
                   spool_folder(x->spool), f->torn);
    if (f->unread)
        redis_say("redis: spool %s: %" PRIu64 " segments cannot be read (%s); they stay for another start",
                  spool_folder(x->spool), f->unread, spool_why(x->spool));
    if (t->no_memory)
        redis_say("redis: spool %s: no memory for %" PRIu64 " batches; they are lost", spool_folder(x->spool), t->no_memory);
}

bool redis_spool_open(struct sink_redis *x, char err[SINK_ERR])
{
    struct taking t = {.x = x};
    struct spool_found found;
    char why[SPOOL_ERR];

    if (!x->options.spool)
        return true;
    x->spool = spool_open(x->options.spool, x->options.spool_max, why);
    if (!x->spool) {
        snprintf(err, SINK_ERR, "%.*s", SINK_ERR - 1, why);
        return false;
    }
    x->window.spool = x->spool;
    buf_init(&x->spool_frame, &x->mem, SIZE_MAX);
    spool_walk(x->spool, take_frame, &t, &found);
    if (t.other) {
        snprintf(err, SINK_ERR, x->buckets > 1 ?
                 _("the spool %.200s holds %" PRIu64 " batches sealed for a single Redis: send them there first, or choose "
                   "another folder") :
                 _("the spool %.200s holds %" PRIu64 " batches sealed for a cluster: send them there first, or choose "
                   "another folder"), x->options.spool, t.other);
        return false;
    }
    if (t.elsewhere) {
        snprintf(err, SINK_ERR, _("the spool %.200s holds %" PRIu64 " batches with the days of %s: send them with that --timezone first, "
                 "or choose another folder"), x->options.spool, t.elsewhere, t.calendar);
        return false;
    }
    x->counts.records += t.records + t.missing;
    x->counts.lost += t.missing;
    say_taken(x, &t, &found);
    return true;
}

/* --- what this one writes --- */

/*
 * The disk or the spool is full: its oldest segment goes, and with it what is only there. What waits in memory and is older
 * goes too, so that what is lost is always the oldest; what is on its way to Redis or safe in memory stays.
 */
static bool make_room(struct sink_redis *x)
{
    struct spool_segment *oldest = spool_oldest(x->spool);
    uint64_t lost;

    if (!oldest)
        return false;
    lost = window_forget_segment(&x->window, oldest);
    spool_drop_oldest(x->spool);
    x->counts.lost += lost;
    if (lost)
        log_seldom(&x->spool_said, "redis: spool %s: %s: the oldest %" PRIu64 " records are given up",
                   spool_folder(x->spool), spool_why(x->spool), lost);
    return true;
}

void redis_spool_keep(struct sink_redis *x, struct sealed *s)
{
    enum spool_added added;
    struct spool_place at;

    if (!x->spool)
        return;
    write_batch(&x->spool_frame, s);
    if (x->spool_frame.truncated) {
        buf_free(&x->spool_frame);
        buf_init(&x->spool_frame, &x->mem, SIZE_MAX);
        return;
    }
    do
        added = spool_add(x->spool, frame_kind(x), buf_span(&x->spool_frame), &at);
    while (added == SPOOL_FULL && make_room(x));
    if (x->spool_frame.cap > 4 * LIMIT_REDIS_BATCH_BYTES)
        buf_free(&x->spool_frame);
    if (added != SPOOL_ADDED) {
        log_seldom(&x->spool_failed_said, "redis: spool %s: %s: batches are kept in memory only",
                   spool_folder(x->spool), spool_why(x->spool));
        return;
    }
    s->place = at;
    spool_hold(x->spool, &at);
    if (x->options.live)
        redis_spool_shed(x, s);
}

bool redis_spool_load(struct sink_redis *x, struct sealed *s)
{
    struct found_batch f;
    bool ok;

    buf_clear(&x->spool_frame);
    ok = spool_read(x->spool, &s->place, &x->spool_frame);
    if (ok) {
        read_batch(buf_span(&x->spool_frame), &f, x->buckets);
        ok = strcmp(f.info.id, s->run->info.id) == 0 && seq_eq(f.seq, s->seq) && window_load(&x->window, s, f.args);
    }
    if (ok)
        return true;
    redis_say("redis: spool %s: %s: %" PRIu64 " records are lost", spool_folder(x->spool), spool_why(x->spool), s->records);
    x->counts.lost += window_lose(&x->window, s);
    return false;
}

void redis_spool_shed(struct sink_redis *x, struct sealed *s)
{
    bool may = x->options.live || s->loaded;

    if (may && s->place.segment && s->open && !s->sent && !s->shed &&
        x->window.pending_bytes > LIMIT_REDIS_SPOOL_MEMORY)
        window_shed(&x->window, s);
}

void redis_spool_close(struct sink_redis *x)
{
    if (!x->spool)
        return;
    spool_close(x->spool);
    buf_free(&x->spool_frame);
    x->spool = x->window.spool = NULL;
}
