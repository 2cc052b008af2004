/* SPDX-License-Identifier: Apache-2.0 */
/* The publisher: order, waiting, dropping, control items, a sink that says not now. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sensor/publish/publisher.h"

enum { MANY = 20000 };

/* A sink that writes down what it meets. */
struct notes {
    struct sink sink;
    uint64_t next, refused; /* expected frame; how often it said not now */
    unsigned refuse_every, slow_us;
    uint64_t begins, ends, reopens, packets, bytes, finished;
    bool out_of_order, source_wrong;
    struct notes *keep;     /* where the figures go when it is freed */
};

static bool notes_put(struct sink *s, const struct record *r)
{
    struct notes *x = (struct notes *)(void *)s;

    if (x->refuse_every && x->refused < r->frame / x->refuse_every) {
        x->refused++;
        return false;
    }
    if (x->slow_us)
        usleep(x->slow_us);
    if (r->frame <= x->next)
        x->out_of_order = true;
    x->next = r->frame;
    x->finished++;
    return true;
}

static void notes_begin(struct sink *s, const struct run_info *run)
{
    struct notes *x = (struct notes *)(void *)s;

    x->begins++;
    x->source_wrong |= !span_eq(run->source, SPAN("mail.pcap")) || !span_eq(run->options, SPAN("ports=25")) ||
                       !span_eq(run->name, SPAN("replay"));
}

static void notes_end(struct sink *s, uint64_t packets, uint64_t bytes)
{
    struct notes *x = (struct notes *)(void *)s;

    x->ends++;
    x->packets = packets;
    x->bytes = bytes;
}

static void notes_reopen(struct sink *s)
{
    ((struct notes *)(void *)s)->reopens++;
}

static int notes_fd(struct sink *s, short *events, int64_t *timeout_us)
{
    (void)s;
    *events = 0;
    *timeout_us = 1000;
    return -1;
}

static int notes_finish(struct sink *s, int64_t deadline_us)
{
    (void)s;
    return deadline_us == 77 ? 4 : 0;
}

static void notes_free(struct sink *s)
{
    struct notes *x = (struct notes *)(void *)s;

    *x->keep = *x;
    free(x);
}

static struct sink *notes_new(struct notes *keep, unsigned refuse_every, unsigned slow_us)
{
    struct notes *x = calloc(1, sizeof(*x));

    x->sink = (struct sink){.name = "notes", .run_begin = notes_begin, .put = notes_put, .run_end = notes_end,
                            .poll_fd = notes_fd, .reopen = notes_reopen, .finish = notes_finish,
                            .free = notes_free};
    x->refuse_every = refuse_every;
    x->slow_us = slow_us;
    x->keep = keep;
    return &x->sink;
}

static const struct run_info *run_info(void)
{
    static struct run_info r;
    static char source[] = "mail.pcap";

    r.name = SPAN("replay");
    r.source = span_cstr(source);
    r.options = SPAN("ports=25");
    return &r;
}

static void put_many(struct publisher *p, struct record_pool *pool, uint64_t n)
{
    for (uint64_t i = 1; i <= n; i++) {
        struct record *r = record_take(pool);

        r->frame = i;
        arena_dup(&r->arena, SPAN("some text"));
        publisher_put(p, r);
    }
}

static struct notes run_case(bool wait, unsigned refuse_every, unsigned slow_us, int64_t deadline,
                             struct publisher_stats *stats, int *status)
{
    struct record_pool *pool = record_pool_new();
    struct notes keep[2] = {{.next = 0}};
    struct sink *sinks[2] = {notes_new(&keep[0], refuse_every, slow_us), notes_new(&keep[1], 0, 0)};
    char err[256];
    struct publisher *p = publisher_start(sinks, 2, wait, err);

    assert_non_null(p);
    publisher_run_begin(p, run_info());
    put_many(p, pool, MANY);
    publisher_run_end(p, 123, 456);
    publisher_reopen(p);
    for (;;) {
        publisher_stats(p, stats);
        if (!stats->queued)
            break;
        usleep(1000);
    }
    *status = publisher_finish(p, deadline);
    record_pool_free(pool);
    assert_false(keep[0].out_of_order || keep[1].out_of_order || keep[0].source_wrong);
    if (wait)
        assert_int_equal(keep[1].finished, MANY);
    return keep[0];
}

static void test_replay_waits(void **state)
{
    struct publisher_stats stats;
    int status;
    struct notes n = run_case(true, 100, 0, 0, &stats, &status);

    (void)state;
    assert_int_equal(status, 0);
    assert_int_equal(n.finished, MANY);
    assert_true(n.refused >= 190);
    assert_int_equal(stats.dropped, 0);
    assert_int_equal(stats.delivered, MANY);
    assert_int_equal(n.begins, 1);
    assert_int_equal(n.ends, 1);
    assert_int_equal(n.reopens, 1);
    assert_int_equal(n.packets, 123);
    assert_int_equal(n.bytes, 456);
}

static void test_live_drops_and_counts(void **state)
{
    struct publisher_stats stats;
    int status;
    struct notes n = run_case(false, 0, 100, 77, &stats, &status);

    (void)state;
    assert_int_equal(status, 4);
    assert_int_equal(stats.records, MANY);
    assert_true(stats.dropped > 0);
    assert_int_equal(stats.delivered + stats.dropped, MANY);
    assert_int_equal(n.finished, stats.delivered);
}

/* A sink of lines: it looks at what it took until it has to let go. */
struct pages {
    struct sink sink;
    struct json_options options;
    struct span held[64];
    unsigned held_n, most;
    uint64_t lines, wrong;
    bool foreign; /* another thread came than the one that owns the test */
    pthread_t owner;
    struct pages *keep;
};

static void read_page(struct pages *x, struct span line)
{
    char want[64];

    x->lines++;
    snprintf(want, sizeof(want), "\"tx_id\":%llu,", (unsigned long long)x->lines);
    if (span_find_span(line, 0, span_cstr(want)) == line.n || line.p[line.n - 1] != '\n')
        x->wrong++;
}

static void pages_settle(struct sink *s)
{
    struct pages *x = (struct pages *)(void *)s;

    for (unsigned i = 0; i < x->held_n; i++)
        read_page(x, x->held[i]);
    x->held_n = 0;
}

static void pages_put(struct sink *s, const struct parcel *p)
{
    struct pages *x = (struct pages *)(void *)s;

    x->foreign |= !pthread_equal(x->owner, pthread_self());
    if (x->held_n == 64)
        pages_settle(s);
    x->held[x->held_n++] = p->has_line ? buf_span(&p->line) : SPAN("\n");
    if (x->held_n > x->most)
        x->most = x->held_n;
}

static void pages_free(struct sink *s)
{
    struct pages *x = (struct pages *)(void *)s;

    *x->keep = *x;
    free(x);
}

static struct sink *pages_new(struct pages *keep, bool quick)
{
    struct pages *x = calloc(1, sizeof(*x));

    x->sink = (struct sink){.name = "pages", .lines = &x->options, .put_line = pages_put, .settle = pages_settle, .quick = quick,
                            .free = pages_free};
    x->owner = pthread_self();
    x->keep = keep;
    return &x->sink;
}

/* Mails numbered by tx_id to a sink of lines, and with both to a second one that wants the records. */
static struct pages run_lines(bool wait, bool quick, bool both)
{
    struct record_pool *pool = record_pool_new();
    struct pages pages;
    struct notes notes;
    struct sink *sinks[2] = {pages_new(&pages, quick), both ? notes_new(&notes, 0, 0) : NULL};
    char err[256];
    struct publisher *p = publisher_start(sinks, both ? 2 : 1, wait, err);
    struct publisher_stats stats;

    assert_non_null(p);
    publisher_run_begin(p, run_info());
    for (uint64_t i = 1; i <= 1000; i++) {
        struct record *r = record_take(pool);

        r->type = RECORD_SMTP;
        r->live = !wait;
        r->frame = i;
        r->tx_id = (uint32_t)i;
        publisher_put(p, r);
    }
    publisher_run_end(p, 1, 2);
    publisher_stats(p, &stats);
    assert_int_equal(stats.records, 1000);
    assert_int_equal(publisher_finish(p, 0), 0);
    assert_int_equal(pages.lines, 1000);
    assert_int_equal(pages.wrong, 0);
    if (both)
        assert_true(notes.finished == 1000 && !notes.out_of_order && notes.ends == 1);
    record_pool_free(pool);
    return pages;
}

/* Into a plain file alone: nobody has to be waited for, so there is no second thread, and lines still go several at once. */
static void test_a_quick_sink_needs_no_thread(void **state)
{
    struct pages x = run_lines(true, true, false);

    (void)state;
    assert_false(x.foreign);
    assert_true(x.most > 1);
}

/* A pipe's reader may take his time, a second sink too; live, whoever captures shall not write. */
static void test_lines_else_come_from_the_thread(void **state)
{
    (void)state;
    assert_true(run_lines(true, false, false).foreign);
    assert_true(run_lines(true, true, true).foreign);
    assert_true(run_lines(false, true, false).foreign);
    assert_true(run_lines(false, true, true).foreign);
}

/* A sink of lines that begins when all records are there, and weighs what it is left with until it lets go. */
struct scales {
    struct sink sink;
    struct json_options options;
    atomic_bool *open;
    uint64_t held, most, lines;
    struct scales *keep;
};

static void scales_put(struct sink *s, const struct parcel *p)
{
    struct scales *x = (struct scales *)(void *)s;

    while (!atomic_load(x->open))
        usleep(1000);
    x->lines += p->has_line;
    x->held += p->line.n;
    if (x->held > x->most)
        x->most = x->held;
}

static void scales_settle(struct sink *s)
{
    ((struct scales *)(void *)s)->held = 0;
}

static void scales_free(struct sink *s)
{
    struct scales *x = (struct scales *)(void *)s;

    *x->keep = *x;
    free(x);
}

/* Live, lines are written behind the queue, which weighed records alone: control characters are six times as long in a line. However
 * many such mails a sender brings at once, few of their lines are there at a time. */
static void test_live_lines_do_not_pile_up(void **state)
{
    enum { MAILS = 100, SUBJECT = 64 * 1024, LINE = 6 * SUBJECT };
    static uint8_t subject[SUBJECT];
    struct record_pool *pool = record_pool_new();
    struct scales keep, *x = calloc(1, sizeof(*x));
    atomic_bool open = false;
    struct sink *sinks[1] = {&x->sink};
    struct publisher *p;
    char err[256];

    (void)state;
    memset(subject, 1, sizeof(subject));
    *x = (struct scales){.sink = {.name = "scales", .lines = &x->options, .put_line = scales_put, .settle = scales_settle, .free = scales_free},
                         .open = &open, .keep = &keep};
    p = publisher_start(sinks, 1, false, err);
    assert_non_null(p);
    for (unsigned i = 0; i < MAILS; i++) {
        struct record *r = record_take(pool);

        r->type = RECORD_SMTP;
        r->live = r->has_email = true;
        r->email.subject = arena_dup(&r->arena, span_of(subject, SUBJECT));
        publisher_put(p, r);
    }
    atomic_store(&open, true);
    assert_int_equal(publisher_finish(p, 0), 0);
    assert_int_equal(keep.lines, MAILS);
    assert_true(keep.most >= LINE && keep.most < 2 * 1024 * 1024 + LINE);
    record_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_quick_sink_needs_no_thread),
        cmocka_unit_test(test_lines_else_come_from_the_thread),
        cmocka_unit_test(test_live_lines_do_not_pile_up),
        cmocka_unit_test(test_replay_waits),
        cmocka_unit_test(test_live_drops_and_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
