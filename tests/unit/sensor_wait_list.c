/* SPDX-License-Identifier: Apache-2.0 */
/* wait_list: whoever waits is due after a second, whatever time a file says it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sensor/flows/wait_list.h"

/* A file may say times up to the last that there is: one who begins to wait then is not due at once, else he would be asked, wait anew,
 * and be asked for ever. Before it, he is due after a second. */
static void waiting_at_the_end_of_time(void **state)
{
    static const int64_t begins[] = {INT64_MAX - 2 * LIMIT_TCP_HOLE_USEC, INT64_MAX - LIMIT_TCP_HOLE_USEC, INT64_MAX - 1, INT64_MAX};
    static struct flow f;

    (void)state;
    for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++) {
        bool fits = begins[i] <= INT64_MAX - LIMIT_TCP_HOLE_USEC;
        struct wait_list l = {.oldest = NULL};

        wait_list_add(&l, &f, begins[i]);
        assert_null(wait_list_due(&l, begins[i]));
        assert_ptr_equal(wait_list_due(&l, INT64_MAX), fits ? &f : NULL);
        assert_true(wait_list_until(&l, INT64_MAX) == (fits ? begins[i] + LIMIT_TCP_HOLE_USEC : INT64_MAX));
        wait_list_remove(&l, &f);
        assert_null(wait_list_due(&l, INT64_MAX));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(waiting_at_the_end_of_time)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
