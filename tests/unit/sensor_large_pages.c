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
#include <sys/mman.h>
#include <unistd.h>

#include "sensor/large_pages.h"

enum { PAGE = 2 << 20 };

/* What smaps says in the line that begins so, of the part of memory that p is in. */
static void line_of(const void *p, const char *begin, char line[512])
{
    FILE *f = fopen("/proc/self/smaps", "r");
    unsigned long from, to;
    bool inside = false, found = false;

    assert_non_null(f);
    while (!found && fgets(line, 512, f)) {
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            inside = (uintptr_t)p >= from && (uintptr_t)p < to;
        found = inside && strncmp(line, begin, strlen(begin)) == 0;
    }
    fclose(f);
    assert_true(found);
}

static bool asked_for(const void *p)
{
    char line[512];

    line_of(p, "VmFlags:", line);
    return strstr(line, " hg") != NULL;
}

static bool given(const void *p)
{
    char line[512];

    line_of(p, "AnonHugePages:", line);
    return atol(line + sizeof("AnonHugePages:")) > 0;
}

/* Whether the system gives any at all just now. */
static bool gives(void)
{
    uint8_t *all = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool any;

    assert_ptr_not_equal(all, MAP_FAILED);
    madvise(all, 2 * PAGE, MADV_HUGEPAGE);
    memset(all, 1, 2 * PAGE);
    any = given(all);
    munmap(all, 2 * PAGE);
    return any;
}

/* Behind a page's length of others and larger than what the heap was before, so that it is not in front of the first border. volatile: a compiler may leave out
 * what is got and only freed (clang does). */
static void *block(void)
{
    void *volatile in_front = malloc(PAGE), *volatile p = malloc(300000);

    assert_non_null(in_front);
    assert_non_null(p);
    free(in_front);
    return p;
}

/* What is read at the start lies in the heap's first page, which malloc must not have touched before it was asked for as a large one. */
static void test_first(void **state)
{
    void *p;

    (void)state;
    large_pages_open();
    p = malloc(300000);
    assert_non_null(p);
    memset(p, 1, 300000);
    assert_true(asked_for(p));
    if (gives())
        assert_true(given(p));
    free(p);
}

static void test_heap(void **state)
{
    void *volatile all[40], *p;

    (void)state;
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
    uint8_t *p;

    large_pages_thread();
    p = malloc(300000);
    memset(p, 1, 300000);
    *found = asked_for(p + 200000) && (!gives() || given(p + 200000)); /* it begins a few bytes before the border */
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
        cmocka_unit_test(test_first),
        cmocka_unit_test(test_heap),
        cmocka_unit_test(test_thread),
    };

    return can_tell() ? cmocka_run_group_tests(tests, NULL, NULL) : 0;
}
