/* SPDX-License-Identifier: Apache-2.0 */
/* What malloc gives lies in memory for which large pages were asked: at once, when the heap has grown, and in a thread's own part of it.
 * That is read from the flags of /proc/self/smaps ("hg"), which are there whether or not the system has a large page left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sensor/large_pages.h"

enum { PAGE = 2 << 20 };

static bool asked_for(const void *p)
{
    FILE *f = fopen("/proc/self/smaps", "r");
    unsigned long from, to;
    bool inside = false, found = false;
    char line[512];

    assert_non_null(f);
    while (fgets(line, sizeof(line), f)) {
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            inside = (uintptr_t)p >= from && (uintptr_t)p < to;
        else if (inside && strncmp(line, "VmFlags:", 8) == 0)
            found = strstr(line, " hg") != NULL;
    }
    fclose(f);
    return found;
}

/* Behind a page's length of others, so that it is not in front of the first border. volatile, here and below: a compiler may leave out
 * what is got and only freed (clang does). */
static void *block(void)
{
    void *volatile in_front = malloc(PAGE), *volatile p = malloc(1000);

    assert_non_null(in_front);
    assert_non_null(p);
    free(in_front);
    return p;
}

static void test_heap(void **state)
{
    void *volatile all[40], *p;

    (void)state;
    large_pages_open();
    p = block();
    assert_true(asked_for(p));
    free(p);

    for (int i = 0; i < 40; i++) /* five times as much as it grew by at once */
        all[i] = malloc(PAGE);
    p = all[39];
    assert_false(asked_for(p));
    large_pages_go_on();
    assert_true(asked_for(p));
    for (int i = 0; i < 40; i++)
        free(all[i]);
}

static void *in_thread(void *ctx)
{
    bool *found = ctx;
    void *p;

    large_pages_thread();
    p = block();
    *found = asked_for(p);
    free(p);
    return NULL;
}

static void test_thread(void **state)
{
    bool found = false;
    pthread_t t;

    (void)state;
    assert_int_equal(pthread_create(&t, NULL, in_thread, &found), 0);
    pthread_join(t, NULL);
    assert_true(found);
}

/* The system knows large pages, and malloc is glibc's: under a sanitizer or valgrind it is somebody else's, and its heap does not grow. */
static bool can_tell(void)
{
    const char *before = sbrk(0);
    void *volatile p = malloc(100000), *volatile q = malloc(100000);
    bool grows = (const char *)sbrk(0) != before;

    free(p);
    free(q);
    return grows && access("/sys/kernel/mm/transparent_hugepage/enabled", R_OK) == 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heap),
        cmocka_unit_test(test_thread),
    };

    return can_tell() ? cmocka_run_group_tests(tests, NULL, NULL) : 0;
}
