/* SPDX-License-Identifier: Apache-2.0 */
/* The window of sealed batches against what a marker says: which are in, which go out again, which are gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "sensor/publish/redis_window.h"

static struct mem mem;

static void ack(struct window *w, struct sealed_step *step)
{
    window_ack(w, step, true);
    window_trim(w);
}

/* A run of n batches of ten records each, at the places 1-1, 2-1 ...; the first `acked` acked, the next
 * `sent` sent. */
static struct redis_run *run_of(struct window *w, unsigned n, unsigned acked, unsigned sent, uint64_t keep)
{
    const struct run_info info = {.id = "r"};
    struct redis_run *run = redis_run_new(&info, 1);

    window_init(w, &mem, keep);
    for (unsigned i = 1; i <= n; i++) {
        struct sealed *s = sealed_new(&mem, run);

        s->after = (struct redis_seq){i - 1, i > 1};
        s->seq = (struct redis_seq){i, 1};
        s->records = 10;
        s->records_before = 10 * (i - 1);
        buf_add(&s->args, SPAN("0123456789"));
        window_add(w, s);
    }
    for (unsigned i = 0; i < acked; i++)
        ack(w, window_send(w, 0));
    for (unsigned i = 0; i < sent; i++)
        window_send(w, 0);
    return run;
}

static void over(struct window *w, struct redis_run *run)
{
    window_free(w);
    free(run);
    assert_int_equal(mem.used, 0);
}

enum { MUCH = 1 << 20, RUN_BYTES = sizeof(struct redis_run) + sizeof(struct redis_mark) };

static void test_cases(void **state)
{
    static const struct {
        const char *what;
        unsigned n, acked, sent;
        struct marker marker;
        bool restarted;
        struct resync want;
        uint64_t next; /* frame of the batch that is sent next; 0 = none */
    } cases[] = {
        {"all is well", 5, 2, 2, {{2, 1}, 20}, false, {0}, 3},
        {"answers were lost", 5, 2, 2, {{4, 1}, 40}, false, {.delivered = 20}, 5},
        {"one answer was lost", 5, 2, 3, {{3, 1}, 30}, true, {.delivered = 10}, 4},
        {"another sensor was faster", 5, 2, 0, {{4, 1}, 40}, false, {.already = 20}, 5},
        {"Redis came back older", 5, 4, 1, {{2, 1}, 20}, true, {.again = 20}, 3},
        {"Redis came back empty", 5, 4, 1, {{0, 0}, 0}, true, {.again = 40}, 1},
        {"flushed", 5, 3, 1, {{0, 0}, 0}, false, {.flushed = 30}, 4},
        {"never asked before", 3, 0, 0, {{0, 0}, 0}, false, {0}, 1},
        {"a marker inside a batch", 5, 1, 0, {{2, 0}, 15}, false, {.overlap = 10}, 3},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct window w;
        struct redis_run *run = run_of(&w, cases[i].n, cases[i].acked, cases[i].sent, MUCH);
        struct resync got = {0};
        struct sealed_step *s;

        window_resync(&w, run, 0, cases[i].marker, cases[i].restarted, &got);
        if (memcmp(&got, &cases[i].want, sizeof(got)))
            fail_msg("%s: delivered %d already %d again %d lost %d overlap %d flushed %d", cases[i].what,
                     (int)got.delivered, (int)got.already, (int)got.again, (int)got.lost, (int)got.overlap,
                     (int)got.flushed);
        s = window_send(&w, 0);
        if ((s ? sealed_of_step(s)->seq.frame : 0) != cases[i].next)
            fail_msg("%s: next is %d", cases[i].what, s ? (int)sealed_of_step(s)->seq.frame : 0);
        assert_true(seq_eq(run->marks[0].chain, cases[i].marker.seq));
        over(&w, run);
    }
}

/* What the window no longer holds is lost, and the rest goes on from the marker. */
static void test_lost_beyond_the_window(void **state)
{
    struct window w;
    struct redis_run *run = run_of(&w, 6, 5, 0, 900 + 3 * RUN_BYTES); /* keeps about three */
    struct resync got = {0};
    uint64_t kept = 0;

    (void)state;
    for (struct sealed *s = w.first; s; s = s->next)
        kept += !s->open;
    assert_in_range(kept, 1, 4);
    window_resync(&w, run, 0, (struct marker){{1, 1}, 10}, true, &got);
    assert_int_equal(got.again, kept * 10);
    assert_int_equal(got.lost, 50 - 10 - kept * 10);
    assert_int_equal(sealed_of_step(window_send(&w, 0))->seq.frame, 6 - kept);
    over(&w, run);
}

static void test_bytes_and_records_add_up(void **state)
{
    struct window w;
    struct redis_run *run = run_of(&w, 8, 3, 2, MUCH);
    uint64_t each = w.kept_bytes / 3;
    struct resync got = {0};

    (void)state;
    assert_int_equal(w.pending_records, 50);
    assert_int_equal(w.pending_bytes, 5 * each);
    window_resync(&w, run, 0, (struct marker){{1, 1}, 10}, true, &got);
    assert_int_equal(w.pending_records, 70);
    assert_int_equal(w.kept_bytes, each);
    window_resync(&w, run, 0, (struct marker){{8, 1}, 80}, true, &got);
    assert_int_equal(w.pending_records, 0);
    assert_int_equal(w.pending_bytes, 0);
    assert_null(window_send(&w, 0));
    over(&w, run);
}

static void test_two_runs_do_not_mix(void **state)
{
    struct window w;
    struct redis_run *a = run_of(&w, 3, 3, 0, MUCH);
    const struct run_info info = {.id = "b"};
    struct redis_run *b = redis_run_new(&info, 1);
    struct sealed *s = sealed_new(&mem, b);
    struct resync got = {0};

    (void)state;
    s->seq = (struct redis_seq){1, 1};
    s->records = 7;
    window_add(&w, s);
    ack(&w, window_send(&w, 0));
    window_resync(&w, a, 0, (struct marker){{2, 1}, 20}, true, &got);
    window_resync(&w, b, 0, (struct marker){{0, 0}, 0}, true, &got);
    assert_int_equal(got.again, 17);
    assert_ptr_equal(sealed_of_step(window_send(&w, 0))->run, a);
    assert_ptr_equal(sealed_of_step(window_send(&w, 0))->run, b);
    assert_null(window_send(&w, 0));
    over(&w, a); /* first: the window's batches hold their runs */
    free(b);
}

/* What was there already and is gone with Redis goes out again too, and was never delivered. */
static void test_what_was_there_already_goes_back(void **state)
{
    struct window w;
    struct redis_run *run = run_of(&w, 3, 0, 0, MUCH);
    struct resync got = {0};

    (void)state;
    window_ack(&w, window_send(&w, 0), false);
    window_ack(&w, window_send(&w, 0), true);
    window_resync(&w, run, 0, (struct marker){{0, 0}, 0}, true, &got);
    assert_int_equal(got.again, 10);
    assert_int_equal(got.again_theirs, 10);
    assert_int_equal(got.lost, 0);
    over(&w, run);
}

/* A capture and its copy in one call: the copy has no batches, for the first run's are still here. What is gone of both is told
 * once. */
static void test_the_same_frames_twice(void **state)
{
    static const struct run_info info = {.id = "r"};

    (void)state;
    for (unsigned gone = 0; gone < 2; gone++) {
        struct window w;
        struct redis_run *first = run_of(&w, 5, 5, 0, gone ? 400 + 3 * RUN_BYTES : MUCH), *copy = redis_run_new(&info, 1);
        struct resync got = {0};
        uint64_t kept = 0;

        for (struct sealed *s = w.first; s; s = s->next)
            kept++;
        assert_true(gone ? kept > 0 && kept < 5 : kept == 5);
        first->superseded = true;
        copy->marks[0] = (struct redis_mark){.acked = {5, 1}, .acked_records = 50};
        window_resync(&w, copy, 0, (struct marker){{0, 0}, 0}, true, &got);
        window_resync(&w, first, 0, (struct marker){{0, 0}, 0}, true, &got);
        assert_int_equal(got.again, 10 * kept);
        assert_int_equal(got.lost, 50 - 10 * kept);
        free(copy);
        over(&w, first);
    }
}

static void test_places(void **state)
{
    char text[SEQ_TEXT];
    struct redis_seq s;

    (void)state;
    assert_true(seq_parse(SPAN("12-3"), &s));
    seq_format(s, text);
    assert_string_equal(text, "12-3");
    seq_format((struct redis_seq){0, 0}, text);
    assert_string_equal(text, "");
    assert_false(seq_parse(SPAN(""), &s));
    assert_false(seq_parse(SPAN("12"), &s));
    assert_false(seq_parse(SPAN("-3"), &s));
    assert_false(seq_parse(SPAN("1-99999999999999999999"), &s));
    assert_true(seq_less((struct redis_seq){9, 9}, (struct redis_seq){10, 1}));
    assert_true(seq_less((struct redis_seq){9, 9}, (struct redis_seq){9, 10}));
    assert_false(seq_less((struct redis_seq){9, 9}, (struct redis_seq){9, 9}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_lost_beyond_the_window),
        cmocka_unit_test(test_bytes_and_records_add_up),
        cmocka_unit_test(test_two_runs_do_not_mix),
        cmocka_unit_test(test_what_was_there_already_goes_back),
        cmocka_unit_test(test_the_same_frames_twice),
        cmocka_unit_test(test_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
