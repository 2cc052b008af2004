/* SPDX-License-Identifier: Apache-2.0 */
/* The window of sealed batches against what a marker says: which are in, which go out again, which are gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "sensor/publish/redis_run.h"

static struct mem mem;

/* A run of n batches of ten records each, at the places 1-1, 2-1 ...; the first `acked` acked, the next
 * `sent` sent. */
static struct redis_run *run_of(struct window *w, unsigned n, unsigned acked, unsigned sent, uint64_t keep)
{
    const struct run_info info = {.id = "r"};
    struct redis_run *run = redis_run_new(&info);

    window_init(w, &mem, keep);
    for (unsigned i = 1; i <= n; i++) {
        struct sealed *s = mem_zalloc(&mem, sizeof(*s));

        *s = (struct sealed){.run = run, .after = {i - 1, i > 1}, .seq = {i, 1}, .records = 10,
                             .records_before = 10 * (i - 1)};
        buf_init(&s->args, &mem, 1000);
        buf_add(&s->args, SPAN("0123456789"));
        window_add(w, s);
    }
    for (unsigned i = 0; i < acked; i++)
        window_ack(w, window_send(w));
    for (unsigned i = 0; i < sent; i++)
        window_send(w);
    return run;
}

static void over(struct window *w, struct redis_run *run)
{
    window_free(w);
    free(run);
    assert_int_equal(mem.used, 0);
}

enum { MUCH = 1 << 20 };

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
        struct sealed *s;

        window_resync(&w, run, cases[i].marker, cases[i].restarted, &got);
        if (memcmp(&got, &cases[i].want, sizeof(got)))
            fail_msg("%s: delivered %d already %d again %d lost %d overlap %d flushed %d", cases[i].what,
                     (int)got.delivered, (int)got.already, (int)got.again, (int)got.lost, (int)got.overlap,
                     (int)got.flushed);
        s = window_send(&w);
        if ((s ? s->seq.frame : 0) != cases[i].next)
            fail_msg("%s: next is %d", cases[i].what, s ? (int)s->seq.frame : 0);
        assert_true(seq_eq(run->chain, cases[i].marker.seq));
        over(&w, run);
    }
}

/* What the window no longer holds is lost, and the rest goes on from the marker. */
static void test_lost_beyond_the_window(void **state)
{
    struct window w;
    struct redis_run *run = run_of(&w, 6, 5, 0, 700 + 3 * sizeof(*run)); /* keeps about three */
    struct resync got = {0};
    uint64_t kept = 0;

    (void)state;
    for (struct sealed *s = w.first; s; s = s->next)
        kept += s->state == SEALED_ACKED;
    assert_in_range(kept, 1, 4);
    window_resync(&w, run, (struct marker){{1, 1}, 10}, true, &got);
    assert_int_equal(got.again, kept * 10);
    assert_int_equal(got.lost, 50 - 10 - kept * 10);
    assert_int_equal(window_send(&w)->seq.frame, 6 - kept);
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
    window_resync(&w, run, (struct marker){{1, 1}, 10}, true, &got);
    assert_int_equal(w.pending_records, 70);
    assert_int_equal(w.kept_bytes, each);
    window_resync(&w, run, (struct marker){{8, 1}, 80}, true, &got);
    assert_int_equal(w.pending_records, 0);
    assert_int_equal(w.pending_bytes, 0);
    assert_null(window_send(&w));
    over(&w, run);
}

static void test_two_runs_do_not_mix(void **state)
{
    struct window w;
    struct redis_run *a = run_of(&w, 3, 3, 0, MUCH);
    const struct run_info info = {.id = "b"};
    struct redis_run *b = redis_run_new(&info);
    struct sealed *s = mem_zalloc(&mem, sizeof(*s));
    struct resync got = {0};

    (void)state;
    *s = (struct sealed){.run = b, .seq = {1, 1}, .records = 7};
    buf_init(&s->args, &mem, 1000);
    window_add(&w, s);
    window_ack(&w, window_send(&w));
    window_resync(&w, a, (struct marker){{2, 1}, 20}, true, &got);
    window_resync(&w, b, (struct marker){{0, 0}, 0}, true, &got);
    assert_int_equal(got.again, 17);
    assert_ptr_equal(window_send(&w)->run, a);
    assert_ptr_equal(window_send(&w)->run, b);
    assert_null(window_send(&w));
    over(&w, a); /* first: the window's batches hold their runs */
    free(b);
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
        cmocka_unit_test(test_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
