/* SPDX-License-Identifier: Apache-2.0 */
/* record_pool: few records keep all of their memory while nobody has them, and those are the first to go again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "sensor/record.h"

enum { WHOLE = 16, MANY = 40 };

/* One as a usual mail leaves it: with more than its first block of 4 KB. */
static struct record *used(struct record_pool *p)
{
    struct record *r = record_take(p);

    assert_non_null(r);
    for (int i = 0; i < 10; i++)
        assert_non_null(arena_alloc(&r->arena, 2000));
    return r;
}

static void use_at_once(struct record_pool *p, unsigned n)
{
    struct record *r[MANY];

    for (unsigned i = 0; i < n; i++)
        r[i] = used(p);
    for (unsigned i = 0; i < n; i++)
        record_give_back(r[i]);
}

static bool keeps_all(const struct record *r)
{
    return r->arena.mem->used > 20000;
}

/* However many are idle: of all that are taken the first WHOLE have memory for a usual mail, the others their first block. */
static void test_few_keep_all(void **state)
{
    struct record_pool *p = record_pool_new();
    struct record *r[MANY];

    (void)state;
    use_at_once(p, MANY);
    for (unsigned i = 0; i < MANY; i++) {
        r[i] = record_take(p);
        assert_int_equal(keeps_all(r[i]), i < WHOLE);
        assert_true(r[i]->arena.mem->used > 0);
    }
    for (unsigned i = 0; i < MANY; i++)
        record_give_back(r[i]);
    record_pool_free(p);
}

/* With many idle below, one that comes and goes needs no memory from the allocator: it is one of those that keep theirs. */
static void test_one_that_comes_and_goes(void **state)
{
    struct record_pool *p = record_pool_new();
    uint64_t calls = 0;

    (void)state;
    use_at_once(p, MANY);
    for (int i = 0; i < 5; i++) {
        struct record *r = used(p);

        if (i)
            assert_int_equal(r->arena.mem->calls, calls);
        calls = r->arena.mem->calls;
        record_give_back(r);
    }
    record_pool_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few_keep_all),
        cmocka_unit_test(test_one_that_comes_and_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
