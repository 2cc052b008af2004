/* SPDX-License-Identifier: Apache-2.0 */
/* A cluster's batches: a step for each bucket, in when all are; one bucket's marker moves its own steps and no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "sensor/publish/redis_window.h"

static struct mem mem;

enum { BUCKETS = 4, MUCH = 1 << 20 };

struct room {
    struct window w;
    struct redis_run *run;
};

/* n batches of ten records each, at the places 1-1, 2-1 ...; of the first `in` every step is acked. */
static void open_room(struct room *x, unsigned n, unsigned in)
{
    const struct run_info info = {.id = "r"};

    x->run = redis_run_new(&info, BUCKETS);
    window_init(&x->w, &mem, MUCH);
    for (unsigned i = 1; i <= n; i++) {
        struct sealed *s = sealed_new(&mem, x->run);

        s->after = (struct redis_seq){i - 1, i > 1};
        s->seq = (struct redis_seq){i, 1};
        s->records = 10;
        s->records_before = 10 * (i - 1);
        for (unsigned b = 0; b < BUCKETS; b++) {
            buf_add_byte(&s->args, (uint8_t)('a' + b));
            s->steps[b].block = (struct redis_block){b + 1, 1};
        }
        window_add(&x->w, s);
    }
    for (unsigned i = 0; i < in; i++)
        for (unsigned b = 0; b < BUCKETS; b++)
            window_ack(&x->w, window_send(&x->w, b), true);
}

static void over(struct room *x)
{
    window_free(&x->w);
    free(x->run);
    assert_int_equal(mem.used, 0);
}

/* The place of what a bucket sends next; 0 = nothing. */
static uint64_t next(struct room *x, unsigned bucket)
{
    struct sealed_step *step = window_send(&x->w, bucket);

    return step ? sealed_of_step(step)->seq.frame : 0;
}

static struct resync resync(struct room *x, unsigned bucket, uint64_t frame, bool restarted)
{
    struct resync out = {0};

    window_resync(&x->w, x->run, bucket, (struct marker){{frame, frame > 0}, 10 * frame}, restarted, &out);
    return out;
}

static void test_in_when_in_every_bucket(void **state)
{
    struct room x;
    struct sealed_step *step;

    (void)state;
    open_room(&x, 2, 0);
    assert_int_equal(x.w.pending_records, 20);
    for (unsigned b = 0; b < BUCKETS; b++) {
        step = window_send(&x.w, b);
        assert_int_equal(sealed_body(step).n, 1);
        assert_int_equal(sealed_body(step).p[0], 'a' + b);
        assert_ptr_equal(redis_run_of_mark(&x.run->marks[b]), x.run);
        assert_int_equal(window_ack(&x.w, step, true), b == BUCKETS - 1);
    }
    assert_int_equal(x.w.pending_records, 10);
    assert_true(x.w.first->ours);
    over(&x);
}

/* A bucket whose master is away holds nobody up. */
static void test_buckets_do_not_wait_for_each_other(void **state)
{
    struct room x;

    (void)state;
    open_room(&x, 5, 1);
    for (uint64_t i = 2; i <= 5; i++)
        assert_int_equal(next(&x, 0), i);
    assert_int_equal(next(&x, 0), 0);
    assert_int_equal(next(&x, 3), 2);
    over(&x);
}

/* A replica is promoted that lacks the last three batches: bucket 2 gets them again, the others nothing. */
static void test_one_bucket_goes_back(void **state)
{
    struct room x;
    struct resync r;

    (void)state;
    open_room(&x, 6, 5);
    r = resync(&x, 2, 2, true);
    assert_int_equal(r.again, 30);
    assert_int_equal(r.lost, 0);
    assert_int_equal(x.w.pending_records, 40);
    assert_int_equal(next(&x, 2), 3);
    assert_int_equal(next(&x, 1), 6);
    /* A second bucket of the same master: its records are on their way back already. */
    r = resync(&x, 3, 3, true);
    assert_int_equal(r.again, 0);
    assert_int_equal(next(&x, 3), 4);
    assert_int_equal(x.w.pending_records, 40);
    over(&x);
}

/* What the window no longer holds is lost once, however many buckets lack it. */
static void test_lost_counts_once(void **state)
{
    struct room x;
    struct resync r;

    (void)state;
    open_room(&x, 6, 5);
    x.w.keep = 0;
    window_trim(&x.w);
    r = resync(&x, 0, 2, true);
    assert_int_equal(r.lost, 30);
    r = resync(&x, 1, 1, true);
    assert_int_equal(r.lost, 10); /* one batch more than bucket 0 */
    r = resync(&x, 2, 3, true);
    assert_int_equal(r.lost, 0);
    over(&x);
}

/* One master was flushed: its bucket does not get back what somebody threw away, not even after a crash later on. */
static void test_one_bucket_is_flushed(void **state)
{
    struct room x;
    struct resync r;

    (void)state;
    open_room(&x, 6, 5);
    r = resync(&x, 1, 0, false);
    assert_int_equal(r.flushed, 50);
    assert_int_equal(r.again, 0);
    assert_int_equal(next(&x, 1), 6);
    r = resync(&x, 3, 0, false);
    assert_int_equal(r.flushed, 0);
    r = resync(&x, 1, 0, true);
    assert_int_equal(r.again, 0);
    assert_int_equal(next(&x, 1), 6);
    r = resync(&x, 0, 4, true);
    assert_int_equal(r.again, 10);
    over(&x);
}

/* Somebody else sends the same file and is ahead in one bucket. */
static void test_one_bucket_is_ahead(void **state)
{
    struct room x;
    struct resync r;

    (void)state;
    open_room(&x, 4, 1);
    r = resync(&x, 0, 3, true);
    assert_int_equal(r.already + r.delivered, 0); /* not in the other buckets yet */
    assert_int_equal(next(&x, 0), 4);
    for (unsigned b = 1; b < BUCKETS; b++)
        r = resync(&x, b, 2, true);
    assert_int_equal(r.already, 10);
    assert_int_equal(r.delivered, 0);
    assert_int_equal(x.w.pending_records, 20);
    over(&x);
}

/* A marker inside a batch: that bucket cannot have it. Its records are lost once, and wait for nobody. */
static void test_overlap_counts_once(void **state)
{
    struct room x;
    struct resync r = {0};

    (void)state;
    open_room(&x, 2, 0);
    window_resync(&x.w, x.run, 0, (struct marker){{1, 0}, 5}, true, &r);
    window_resync(&x.w, x.run, 1, (struct marker){{1, 0}, 5}, true, &r);
    assert_int_equal(r.overlap, 10);
    assert_int_equal(x.w.pending_records, 10);
    assert_int_equal(next(&x, 0), 2);
    assert_int_equal(next(&x, 2), 1);
    over(&x);
}

/* After a kill buckets stand at different places; batches end at each of them. */
static void test_cuts(void **state)
{
    const struct run_info info = {.id = "r"};
    struct redis_run *run = redis_run_new(&info, BUCKETS);
    const struct redis_seq told[BUCKETS] = {{30, 1}, {10, 1}, {20, 2}, {30, 1}};
    struct redis_seq cut;

    (void)state;
    for (unsigned b = 0; b < BUCKETS; b++)
        run->marks[b].told.seq = told[b];
    run->furthest = told[0];
    cut = redis_run_cut(run, told[1], (struct redis_seq){99, 1});
    assert_true(seq_eq(cut, told[2]));
    cut = redis_run_cut(run, cut, (struct redis_seq){99, 1});
    assert_true(seq_eq(cut, told[0]));
    assert_true(seq_none(redis_run_cut(run, cut, (struct redis_seq){99, 1})));
    assert_true(seq_none(redis_run_cut(run, told[2], told[0]))); /* a record there is the last of its batch */
    assert_true(seq_none(redis_run_cut(run, told[1], (struct redis_seq){20, 1})));
    free(run);
}

static void test_gaps(void **state)
{
    struct redis_gap g = {0, 0};

    (void)state;
    assert_int_equal(redis_gap_add(&g, 10, 30), 20);
    assert_int_equal(redis_gap_add(&g, 10, 30), 0);
    assert_int_equal(redis_gap_add(&g, 5, 20), 5);
    assert_int_equal(redis_gap_add(&g, 30, 40), 10);
    assert_int_equal(redis_gap_add(&g, 50, 60), 10);
    assert_int_equal(redis_gap_add(&g, 60, 55), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_when_in_every_bucket),
        cmocka_unit_test(test_buckets_do_not_wait_for_each_other),
        cmocka_unit_test(test_one_bucket_goes_back),
        cmocka_unit_test(test_lost_counts_once),
        cmocka_unit_test(test_one_bucket_is_flushed),
        cmocka_unit_test(test_one_bucket_is_ahead),
        cmocka_unit_test(test_overlap_counts_once),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_gaps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
