/* SPDX-License-Identifier: Apache-2.0 */
/* redis_check: after each connect: which server it is, whether its keys are ours (redis_types.c), where our markers stand. */
#include <stdio.h>
#include <sys/random.h>

#include "sensor/publish/redis_step.h"
#include "sensor/publish/sink_redis.h"

/* Every question of a lane's check comes back here; the last answer ends the check. Whose days they are comes last: it may be written, and
 * nothing is before the keys are known to be ours. */
void redis_check_answered(struct redis_lane *l)
{
    if (l->asked)
        l->asked--;
    if (l->asked || l->phase != PHASE_CHECK || l->sink->over)
        return;
    if (!l->wrong && !l->calendar_asked) {
        l->calendar_asked = true;
        redis_ask_calendar(l);
        if (l->asked)
            return;
    }
    redis_check_over(l);
}

void redis_check_ask(struct redis_lane *l, redis_answer answer, void *tag, const struct span *args, unsigned n)
{
    if (redis_link_command(l->server->link, answer, tag, args, n))
        l->asked++;
    else
        l->wrong = true;
}

/* --- which server it is --- */

static void ask_lane(struct redis_lane *l);

/* The server is known and has our scripts: its lanes go on; or it does not answer well: they try again. */
static void server_answered(struct sink_redis *x, struct redis_server *s)
{
    if (s->asked)
        s->asked--;
    if (s->asked || x->over)
        return;
    s->ready = !s->wrong;
    for (unsigned i = 0; i < x->buckets; i++) {
        struct redis_lane *l = &x->lanes[i];

        if (l->server != s || l->phase != PHASE_CHECK || l->asked)
            continue;
        l->wrong = s->wrong;
        if (s->wrong)
            redis_check_over(l);
        else
            ask_lane(l);
    }
}

static void ask_server(struct redis_server *s, redis_answer answer, const struct span *args, unsigned n)
{
    if (redis_link_command(s->link, answer, s, args, n))
        s->asked++;
    else
        s->wrong = true;
}

/* The value of "name:value" in INFO's text. */
static struct span info_value(struct span info, struct span name)
{
    size_t at = span_find_span(info, 0, name);
    struct span rest = span_from(info, at + name.n);

    return at == info.n ? span_of(NULL, 0) : span_head(rest, span_find(rest, 0, '\r'));
}

static void warn_of_policy(struct sink_redis *x, struct span policy)
{
    if (!policy.n || span_eq(policy, SPAN("noeviction")) || x->policy_said)
        return;
    x->policy_said = true;
    redis_say("redis: %s has maxmemory-policy %.*s: it may throw counters away; set noeviction", x->where, SPAN_FMT(policy));
}

static void on_info(void *owner, void *tag, const struct redis_reply *r)
{
    struct sink_redis *x = owner;
    struct redis_server *s = tag;
    struct span text = redis_reply_text(r), id;

    if (redis_reply_kind(r) != REPLY_TEXT) {
        /* Not allowed to ask: a connect counts as another server, a flush looks like a crash. */
        if (redis_trouble(text) != TROUBLE_DENIED)
            s->wrong = true;
        else if (span_starts_nocase(text, SPAN("NOAUTH")))
            redis_handle_server_error(x, s, text);
        server_answered(x, s);
        return;
    }
    id = info_value(text, SPAN("run_id:"));
    if (id.n < sizeof(s->id))
        snprintf(s->id, sizeof(s->id), "%.*s", SPAN_FMT(id));
    warn_of_policy(x, info_value(text, SPAN("maxmemory_policy:")));
    server_answered(x, s);
}

static void take_script(struct sink_redis *x, struct redis_server *s, const struct redis_reply *r, char sha[41])
{
    struct span text = redis_reply_text(r);

    if (redis_reply_kind(r) == REPLY_TEXT && text.n <= 40) {
        snprintf(sha, 41, "%.*s", SPAN_FMT(text));
    } else {
        s->wrong = true;
        redis_handle_server_error(x, s, text);
    }
    server_answered(x, s);
}

static void on_step_script(void *owner, void *tag, const struct redis_reply *r)
{
    struct sink_redis *x = owner;

    take_script(x, tag, r, x->script);
}

static void on_trim_script(void *owner, void *tag, const struct redis_reply *r)
{
    struct sink_redis *x = owner;

    take_script(x, tag, r, x->trim_script);
}

static void on_memory_script(void *owner, void *tag, const struct redis_reply *r)
{
    struct sink_redis *x = owner;

    take_script(x, tag, r, x->memory_script);
}

static void on_calendar_script(void *owner, void *tag, const struct redis_reply *r)
{
    struct sink_redis *x = owner;

    take_script(x, tag, r, x->calendar_script);
}

static void load_step(struct sink_redis *x, struct redis_server *s)
{
    struct buf text;

    buf_init(&text, &x->mem, 1 << 20);
    if (redis_step_script(&text))
        ask_server(s, on_step_script, (const struct span[]){SPAN("SCRIPT"), SPAN("LOAD"), buf_span(&text)}, 3);
    else
        s->wrong = true;
    buf_free(&text);
}

static void check_server(struct sink_redis *x, struct redis_server *s)
{
    if (s->asked)
        return;
    s->wrong = false;
    s->asked = 1; /* so that no answer ends the check before all is asked */
    ask_server(s, on_info, (const struct span[]){SPAN("INFO")}, 1);
    load_step(x, s);
    ask_server(s, on_trim_script,
               (const struct span[]){SPAN("SCRIPT"), SPAN("LOAD"), span_cstr(redis_trim_script)}, 3);
    ask_server(s, on_memory_script,
               (const struct span[]){SPAN("SCRIPT"), SPAN("LOAD"), span_cstr(redis_memory_script)}, 3);
    ask_server(s, on_calendar_script,
               (const struct span[]){SPAN("SCRIPT"), SPAN("LOAD"), span_cstr(redis_calendar_script)}, 3);
    server_answered(x, s);
}

/* --- where our markers stand --- */

/* A marker as it stands in Redis. */
struct told {
    struct marker marker;
    struct span options;
    uint64_t packets, bytes;
};

/* A run counted a second time on purpose gets an id that nobody else has. */
static void fresh_id(struct redis_run *run)
{
    uint8_t bits[16] = {0};

    if (getrandom(bits, sizeof(bits), 0) != sizeof(bits))
        memcpy(bits, &run, sizeof(run));
    for (unsigned i = 0; i < sizeof(bits); i++)
        snprintf(run->info.id + 2 * i, 3, "%02x", bits[i]);
}

static void say_other_options(const struct redis_run *run, struct span theirs)
{
    redis_say("redis: %.*s was counted with \"%.*s\", now it would be with \"%.*s\": nothing is counted; --again "
              "counts it once more", SPAN_FMT(run->info.source), SPAN_FMT(theirs), SPAN_FMT(run->info.options));
}

/* One bucket has answered what it has of a run that this call begins. */
static void note_told(struct sink_redis *x, struct redis_run *run, struct redis_mark *mark, const struct told *t)
{
    struct span options = mark->bucket ? span_cstr(run->digest) : run->info.options;
    bool other = !seq_none(t->marker.seq) && !x->options.again && !span_eq(t->options, options);

    mark->told = t->marker;
    mark->is_told = true;
    if (mark->bucket == 0) {
        run->packets = t->packets;
        run->bytes = t->bytes;
    }
    if (other && mark->bucket == 0)
        say_other_options(run, t->options);
    run->other_options |= other;
}

static void count_again(struct redis_run *run)
{
    fresh_id(run);
    redis_note("redis: %.*s was counted before; it is counted again as run %s", SPAN_FMT(run->info.source), run->info.id);
    run->packets = run->bytes = 0;
    for (unsigned i = 0; i < run->buckets; i++)
        run->marks[i].told = (struct marker){{0, 0}, 0};
}

/* The same frames again, under another name or from a spool: what is gone of them is told once. */
static void supersede(struct redis_run *run)
{
    for (struct redis_run *r = run->next; r; r = r->next)
        r->superseded |= strcmp(r->info.id, run->info.id) == 0;
}

/* All buckets have: the run goes on behind the one that is furthest behind. */
static void open_run(struct sink_redis *x, struct redis_run *run)
{
    const struct marker *lowest = &run->marks[0].told, *furthest = lowest;

    for (unsigned i = 0; i < run->buckets; i++) {
        const struct marker *m = &run->marks[i].told;

        if (!run->marks[i].is_told)
            return;
        lowest = seq_less(m->seq, lowest->seq) ? m : lowest;
        furthest = seq_less(furthest->seq, m->seq) ? m : furthest;
    }
    run->state = run->other_options ? RUN_SKIPPED : RUN_OPEN;
    if (run->state == RUN_SKIPPED) {
        if (seq_none(run->marks[0].told.seq)) /* killed before the bucket that knows them had its first batch */
            say_other_options(run, SPAN("other options"));
        return;
    }
    if (x->options.again && !seq_none(furthest->seq))
        count_again(run);
    run->marker = run->sealed = lowest->seq;
    run->records = lowest->records;
    run->furthest = furthest->seq;
    supersede(run);
    for (unsigned i = 0; i < run->buckets; i++) {
        struct redis_mark *mark = &run->marks[i];

        mark->chain = mark->acked = mark->told.seq;
        mark->acked_records = mark->told.records;
    }
}

static void take_resync(struct redis_lane *l, struct redis_run *run, struct marker m)
{
    struct sink_redis *x = l->sink;
    struct resync s = {0};
    uint64_t ours;

    window_resync(&x->window, run, l->bucket, m, l->restarted, &s);
    ours = s.lost < x->counts.delivered ? s.lost : x->counts.delivered;
    x->counts.delivered += s.delivered;
    x->counts.delivered -= s.again + ours;
    x->counts.already_there += s.already - s.again_theirs;
    x->counts.lost += ours + s.overlap;
    x->counts.redis_lost += s.lost;
    x->counts.flushed += s.flushed;
    x->counts.resent += s.again + s.again_theirs;
    if (s.again || s.again_theirs)
        redis_say("redis: %s came back without %llu records; they are sent again", x->where,
                  (unsigned long long)(s.again + s.again_theirs));
    if (s.lost)
        redis_say("redis: %s lost %llu records that are no longer kept here (--redis-keep)", x->where,
                  (unsigned long long)s.lost);
    if (s.flushed)
        redis_say("redis: %s was flushed: the counts of %llu records are gone; counting goes on with new ones", x->where,
                  (unsigned long long)s.flushed);
    if (s.overlap)
        redis_say("redis: another mxtap counts %.*s at the same time; %llu records here may be missing",
                  SPAN_FMT(run->info.source), (unsigned long long)s.overlap);
}

static uint64_t number(struct span s)
{
    uint64_t v = 0;

    for (size_t i = 0; i < s.n && ascii_digit(s.p[i]); i++)
        v = v * 10 + (s.p[i] - '0');
    return v;
}

/* HMGET seq records options packets bytes */
static bool read_marker(const struct redis_reply *r, struct told *t)
{
    if (redis_reply_kind(r) != REPLY_ARRAY || redis_reply_n(r) != 5)
        return false;
    seq_parse(redis_reply_text(redis_reply_item(r, 0)), &t->marker.seq);
    t->marker.records = number(redis_reply_text(redis_reply_item(r, 1)));
    t->options = redis_reply_text(redis_reply_item(r, 2));
    t->packets = number(redis_reply_text(redis_reply_item(r, 3)));
    t->bytes = number(redis_reply_text(redis_reply_item(r, 4)));
    return true;
}

static void on_marker(void *owner, void *tag, const struct redis_reply *r)
{
    struct sink_redis *x = owner;
    struct redis_mark *mark = tag;
    struct redis_lane *l = &x->lanes[mark->bucket];
    struct redis_run *run = redis_run_of_mark(mark);
    struct told t;

    if (!read_marker(r, &t)) {
        l->wrong = true;
        redis_handle_error(l, redis_reply_text(r));
    } else if (run->state == RUN_ASKED) {
        note_told(x, run, mark, &t);
        open_run(x, run);
        if (run->ended && run->state != RUN_ASKED)
            redis_seal_end(x, run);
    } else if (run->state == RUN_OPEN && l->phase == PHASE_CHECK) {
        take_resync(l, run, t.marker);
    }
    redis_check_answered(l);
}

static void ask_marker(struct redis_lane *l, struct redis_run *run)
{
    uint8_t text[256];
    struct buf b = {.p = text, .cap = sizeof(text), .max = sizeof(text)};

    buf_add(&b, span_cstr(l->prefix));
    key_run(&b, span_cstr(run->info.id));
    redis_check_ask(l, on_marker, &run->marks[l->bucket],
        (const struct span[]){SPAN("HMGET"), buf_span(&b), SPAN("seq"), SPAN("records"), SPAN("options"),
                              SPAN("packets"), SPAN("bytes")}, 7);
}

void redis_ask_markers(struct sink_redis *x, struct redis_run *run)
{
    for (unsigned i = 0; i < x->buckets; i++)
        if (x->lanes[i].phase == PHASE_FLOW)
            ask_marker(&x->lanes[i], run);
}

/* --- the check --- */

static bool server_forgets(const struct redis_lane *l)
{
    const struct redis_server *s = l->server;

    if (!l->known_before)
        return false;
    return s->id[0] ? strcmp(s->id, l->id) != 0 : s != l->checked || s->connects != l->connects;
}

static void ask_lane(struct redis_lane *l)
{
    struct sink_redis *x = l->sink;

    l->restarted = server_forgets(l);
    l->asked = 1; /* so that no answer ends the check before all is asked */
    if (l->bucket == 0 && !x->types_checked)
        redis_ask_types(l);
    for (struct redis_run *run = x->runs; run; run = run->next)
        ask_marker(l, run);
    redis_check_answered(l);
}

void redis_check_begin(struct redis_lane *l)
{
    struct redis_server *s = redis_servers_of(l->sink->servers, l->bucket);

    if (l->server != s) {
        if (l->server)
            l->server->held--;
        if (s)
            s->held++;
        l->server = s;
    }
    l->wrong = l->calendar_asked = false;
    redis_bounds_reset(l);
    if (!s || !s->link || !redis_link_is_up(s->link)) {
        l->phase = PHASE_DOWN;
        return;
    }
    l->phase = PHASE_CHECK;
    if (s->ready)
        ask_lane(l);
    else
        check_server(l->sink, s);
}
