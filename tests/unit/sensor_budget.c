/* SPDX-License-Identifier: Apache-2.0 */
/* budget: one sum for all; what one takes the others lack; workers share alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "decoders/base/limits.h"
#include "sensor/budget.h"

#define MB (1024 * 1024ull)

static void what_is_there_and_set_aside_and_queued_goes_off(void **state)
{
    struct budget b;
    uint64_t least, before;

    (void)state;
    budget_init(&b, 512 * MB);
    budget_join(&b);
    assert_in_range(budget_share(&b), 384 * MB, 448 * MB);
    assert_true(budget_settle(&b, 100 * MB, &least));
    before = budget_share(&b);
    assert_in_range(before, 284 * MB, 348 * MB);
    budget_reserve(&b, 50 * MB);
    assert_int_equal(budget_share(&b), before - 50 * MB);
    budget_queued(&b, 20 * MB);
    assert_int_equal(budget_share(&b), before - 70 * MB);
    budget_queued(&b, -20 * (int64_t)MB);
    assert_int_equal(budget_share(&b), before - 50 * MB);
    budget_queued(&b, 600 * MB);
    assert_int_equal(budget_share(&b), 0);
}

static void workers_share_alike(void **state)
{
    struct budget b;
    uint64_t one;

    (void)state;
    budget_init(&b, 512 * MB);
    budget_join(&b);
    one = budget_share(&b);
    budget_join(&b);
    budget_join(&b);
    assert_int_equal(budget_share(&b), one / 3);
    budget_leave(&b);
    assert_int_equal(budget_share(&b), one / 2);
}

/* What is said to be enough is. */
static void too_little_is_told_with_what_would_do(void **state)
{
    struct budget b;
    uint64_t least, nothing;

    (void)state;
    for (uint64_t resident = 20 * MB; resident < 3000 * MB; resident += 77 * MB) {
        budget_init(&b, resident);
        assert_false(budget_settle(&b, resident, &least));
        budget_init(&b, least);
        assert_true(budget_settle(&b, resident, &nothing));
    }
    budget_init(&b, 64 * MB);
    assert_true(budget_settle(&b, 28 * MB, &least));
}

/* nDPI's tables are 4.3 MB, once a worker asks it: 24 workers of 6 MB each evicted all that came, of a capture with three mails. */
static void many_workers_have_room_for_what_they_may_ask(void **state)
{
    struct budget b;
    uint64_t least, nothing;

    (void)state;
    budget_init(&b, 512 * MB);
    for (unsigned i = 0; i < 24; i++)
        budget_join(&b);
    assert_false(budget_settle(&b, 270 * MB, &least));
    b.total = least;
    assert_true(budget_settle(&b, 270 * MB, &nothing));
    assert_true(budget_share(&b) >= 8 * MB);
    assert_true(least < 640 * MB);
}

static void queue_and_sinks_get_parts_and_never_more_than_their_caps(void **state)
{
    struct budget b;

    (void)state;
    budget_init(&b, 64 * MB);
    assert_int_equal(budget_queue_most(&b), 4 * MB);
    assert_int_equal(budget_sink_most(&b, LIMIT_REDIS_PENDING_LIVE), 8 * MB);
    budget_init(&b, 64 * 1024 * MB);
    assert_int_equal(budget_queue_most(&b), LIMIT_QUEUE_BYTES);
    assert_int_equal(budget_sink_most(&b, LIMIT_REDIS_PENDING_LIVE), LIMIT_REDIS_PENDING_LIVE);
    budget_init(&b, 0);
    assert_int_equal(budget_queue_most(&b), LIMIT_QUEUE_BYTES);
    assert_int_equal(budget_share(&b), LIMIT_WORKER_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_there_and_set_aside_and_queued_goes_off),
        cmocka_unit_test(workers_share_alike),
        cmocka_unit_test(too_little_is_told_with_what_would_do),
        cmocka_unit_test(many_workers_have_room_for_what_they_may_ask),
        cmocka_unit_test(queue_and_sinks_get_parts_and_never_more_than_their_caps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
