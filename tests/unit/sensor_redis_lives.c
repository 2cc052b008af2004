/* SPDX-License-Identifier: Apache-2.0 */
/* A lifetime is begun anew once in half a day; forgetting a key may only cost an EXPIRE more, never one less. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sensor/publish/redis_lives.h"

static struct mem mem;

static void test_once(void **state)
{
    struct redis_lives *l = redis_lives_new(&mem);

    (void)state;
    assert_true(redis_lives_anew(l, 0x123456789abcdef0));
    assert_false(redis_lives_anew(l, 0x123456789abcdef0));
    assert_true(redis_lives_anew(l, 0x123456789abcde11));
    assert_false(redis_lives_anew(l, 0x123456789abcdef0));
    redis_lives_free(l);
}

/* Two keys in one place: each pushes the other out, and both go on being told. */
static void test_one_place(void **state)
{
    struct redis_lives *l = redis_lives_new(&mem);
    const uint64_t a = 0x1111000000000042, b = 0x2222000000000042;

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_true(redis_lives_anew(l, a));
        assert_true(redis_lives_anew(l, b));
    }
    assert_false(redis_lives_anew(l, b));
    redis_lives_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_once), cmocka_unit_test(test_one_place)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
