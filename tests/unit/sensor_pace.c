/* SPDX-License-Identifier: Apache-2.0 */
/* pace: whoever reads for himself stays near the others, and all of them end at the same stride. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "sensor/pace.h"

enum { WORKERS = 4 };

/* A worker that takes strides until all end or its input is over. */
struct walker {
    struct pace *pace;
    unsigned who, naps; /* naps: microseconds a stride */
    uint64_t input;     /* strides that there are */
    atomic_ullong took;
    const struct walker *slow; /* NULL, or whom it must not leave too far behind */
    uint64_t lead;
    bool begun;
    pthread_t thread;
};

static void nap(unsigned us)
{
    const struct timespec t = {0, us * 1000L};

    if (us)
        nanosleep(&t, NULL);
}

/* The slow one's stride is read later than granted: it can only have come nearer. */
static void note_lead(struct walker *w, uint64_t at)
{
    uint64_t slow = w->slow ? atomic_load(&w->slow->took) : at;

    if (at > slow && at - slow > w->lead)
        w->lead = at - slow;
}

static void *walk(void *ctx)
{
    struct walker *w = ctx;
    bool on = w->begun = pace_wait(w->pace);

    while (on && w->took < w->input) {
        note_lead(w, w->took);
        nap(w->naps);
        atomic_fetch_add(&w->took, 1);
        on = w->took < w->input && pace_next(w->pace, w->who);
    }
    pace_leave(w->pace, w->who);
    return NULL;
}

static void set_out(struct walker *w, struct pace *p, uint64_t input)
{
    for (unsigned i = 0; i < WORKERS; i++) {
        w[i] = (struct walker){.pace = p, .who = i, .input = input, .naps = i == 2 ? 20 : 0, .slow = i == 2 ? NULL : &w[2]};
        assert_int_equal(pthread_create(&w[i].thread, NULL, walk, &w[i]), 0);
    }
}

static void arrive(struct walker *w)
{
    for (unsigned i = 0; i < WORKERS; i++)
        pthread_join(w[i].thread, NULL);
}

/* One of four sleeps at each stride, the others would be through at once. */
static void nobody_runs_away(void **state)
{
    struct pace *p = pace_new(WORKERS);
    struct walker w[WORKERS];

    (void)state;
    set_out(w, p, 1000);
    pace_begin(p);
    arrive(w);
    for (unsigned i = 0; i < WORKERS; i++) {
        assert_int_equal(w[i].took, 1000);
        assert_true(w[i].lead <= PACE_AHEAD + 1);
    }
    pace_free(p);
}

/* The run is ended in the midst of it, wherever each of them is. */
static void all_end_at_the_same_stride(void **state)
{
    (void)state;
    for (unsigned ms = 0; ms < 30; ms++) {
        struct pace *p = pace_new(WORKERS);
        struct walker w[WORKERS];

        set_out(w, p, UINT64_MAX);
        pace_begin(p);
        nap(ms * 1000);
        assert_false(pace_stop(p));
        arrive(w);
        assert_true(w[0].took > 0);
        for (unsigned i = 1; i < WORKERS; i++)
            assert_int_equal(w[i].took, w[0].took);
        pace_free(p);
    }
}

/* Ended when one has read all there is and is gone: the others owe what he took. */
static void whoever_is_through_is_caught_up_with(void **state)
{
    struct pace *p = pace_new(WORKERS);
    struct walker w[WORKERS];

    (void)state;
    set_out(w, p, PACE_AHEAD / 2);
    pace_begin(p);
    pthread_join(w[0].thread, NULL);
    pace_stop(p);
    for (unsigned i = 1; i < WORKERS; i++)
        pthread_join(w[i].thread, NULL);
    for (unsigned i = 0; i < WORKERS; i++)
        assert_int_equal(w[i].took, PACE_AHEAD / 2);
    pace_free(p);
}

/* What could not be opened: the run is over before it begins, and no worker reads a byte. */
static void ended_before_it_began(void **state)
{
    struct pace *p = pace_new(WORKERS);
    struct walker w[WORKERS];

    (void)state;
    set_out(w, p, 10);
    assert_true(pace_stop(p));
    pace_begin(p);
    arrive(w);
    for (unsigned i = 0; i < WORKERS; i++)
        assert_true(!w[i].begun && w[i].took == 0);
    pace_free(p);
}

/* Files without a frame, or none that is a capture: the run's own reader is through and has said of none that it begins. */
static void over_before_it_began(void **state)
{
    struct pace *p = pace_new(WORKERS);
    struct walker w[WORKERS];

    (void)state;
    set_out(w, p, 10);
    alarm(10); /* without it they would wait for ever */
    pace_leave(p, 0);
    arrive(w);
    alarm(0);
    for (unsigned i = 0; i < WORKERS; i++)
        assert_true(!w[i].begun && w[i].took == 0);
    pace_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_runs_away),
        cmocka_unit_test(all_end_at_the_same_stride),
        cmocka_unit_test(whoever_is_through_is_caught_up_with),
        cmocka_unit_test(ended_before_it_began),
        cmocka_unit_test(over_before_it_began),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
