/* SPDX-License-Identifier: Apache-2.0 */
/* mem: what was given back is handed out again, never twice at once, never smaller than asked, and no more of it is kept than was said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "decoders/base/mem.h"

enum { MOST = 64 * 1024, LARGEST_KEPT = 2040 };

/* The last that came back goes first, to whoever asks for any size that glibc would give the same room: 25 to 40 bytes. */
static void a_block_that_came_back_goes_again(void **state)
{
    struct mem m;
    void *a, *b;

    (void)state;
    mem_init(&m, 0);
    if (!mem_shelve(&m, MOST))
        skip(); /* a sanitizer sees to blocks that are used too late */
    a = mem_zalloc(&m, 40);
    b = mem_zalloc(&m, 40);
    mem_free(&m, a, 40);
    mem_free(&m, b, 40);
    assert_int_equal(m.used, 0);
    assert_int_equal(m.kept, 80);
    assert_int_equal(mem_weight(&m), 80);
    assert_ptr_equal(mem_zalloc(&m, 25), b);
    assert_ptr_not_equal(mem_zalloc(&m, 41), a); /* of 56 bytes: it would not have room */
    assert_ptr_equal(mem_resize(&m, NULL, 0, 33), a);
    assert_int_equal(m.kept, 0);
    assert_int_equal(m.used, 25 + 41 + 33);
    mem_unshelve(&m); /* blocks that are out stay out */
    mem_free(&m, a, 33);
    mem_free(&m, b, 25);
    assert_int_equal(m.blocks, 1);
}

/* Whoever had it left something in it. */
static void a_zeroed_block_is_zeroed_again(void **state)
{
    struct mem m;

    (void)state;
    mem_init(&m, 0);
    mem_shelve(&m, MOST);
    for (size_t size = 1; size < LARGEST_KEPT + 100; size += 7) {
        uint8_t *p = mem_zalloc(&m, size), *q;

        memset(p, 0xff, size);
        mem_free(&m, p, size);
        q = mem_zalloc(&m, size);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(q[i], 0);
        mem_free(&m, q, size);
    }
    mem_unshelve(&m);
}

/* A flood of connections that end must not leave their memory with the worker for ever. */
static void no_more_is_kept_than_was_said(void **state)
{
    void *p[100], *large;
    struct mem m;

    (void)state;
    mem_init(&m, 0);
    mem_shelve(&m, 1000);
    for (int i = 0; i < 100; i++)
        p[i] = mem_zalloc(&m, 104);
    for (int i = 0; i < 100; i++)
        mem_free(&m, p[i], 104);
    assert_true(m.kept <= 1000);
    large = mem_zalloc(&m, LARGEST_KEPT + 1);
    mem_free(&m, large, LARGEST_KEPT + 1);
    assert_true(m.kept <= 1000);
    mem_unshelve(&m);
    assert_int_equal(m.kept, 0);
}

/* Sizes on both sides of each list's end, and of the last list's. */
static void a_block_keeps_its_bytes_at_every_size(void **state)
{
    struct mem m;

    (void)state;
    mem_init(&m, 0);
    mem_shelve(&m, MOST);
    for (size_t from = 1; from < 60; from++) {
        uint8_t *p = mem_zalloc(&m, from);
        size_t size = from;

        memset(p, 'a', from);
        for (size_t to = from; to <= 2 * LARGEST_KEPT; to += 1 + to / 3) {
            p = mem_resize(&m, p, size, to);
            memset(p + size, 'a', to - size);
            size = to;
        }
        for (size_t to = size; to >= from; to -= 1 + to / 4) {
            p = mem_resize(&m, p, size, to);
            size = to;
            for (size_t i = 0; i < size; i++)
                assert_int_equal(p[i], 'a');
        }
        mem_free(&m, p, size);
        assert_int_equal(m.used, 0);
        assert_int_equal(m.blocks, 0);
    }
    mem_unshelve(&m);
}

/* A block that is refused its new size is still whole, and still its owner's. */
static void a_refused_size_leaves_the_block(void **state)
{
    struct mem m;
    uint8_t *p;

    (void)state;
    mem_init(&m, 100);
    mem_shelve(&m, MOST);
    p = mem_zalloc(&m, 60);
    memset(p, 'a', 60);
    assert_null(mem_resize(&m, p, 60, 200));
    assert_int_equal(m.refused, 1);
    assert_int_equal(p[59], 'a');
    assert_int_equal(m.used, 60);
    mem_free(&m, p, 60);
    assert_int_equal(m.used, 0);
    mem_unshelve(&m);
}

/* Two hundred blocks, of sizes that hang in the same lists, come and go in an order that nobody planned: each keeps what was written to it. */
static void no_block_is_out_twice(void **state)
{
    enum { BLOCKS = 200 };
    uint8_t *p[BLOCKS] = {NULL};
    size_t size[BLOCKS];
    unsigned seed = 12345;
    struct mem m;

    (void)state;
    mem_init(&m, 0);
    mem_shelve(&m, MOST);
    for (int step = 0; step < 20000; step++) {
        unsigned i;

        seed = seed * 1103515245 + 12345;
        i = seed >> 16 & 0xffff;
        i %= BLOCKS;
        if (!p[i]) {
            size[i] = 1 + (seed >> 8) % 300;
            p[i] = mem_zalloc(&m, size[i]);
            memset(p[i], (int)i, size[i]);
            continue;
        }
        for (size_t k = 0; k < size[i]; k++)
            assert_int_equal(p[i][k], i);
        mem_free(&m, p[i], size[i]);
        p[i] = NULL;
    }
    for (int i = 0; i < BLOCKS; i++)
        mem_free(&m, p[i], size[i]);
    assert_int_equal(m.used, 0);
    assert_int_equal(m.blocks, 0);
    mem_unshelve(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_that_came_back_goes_again), cmocka_unit_test(a_zeroed_block_is_zeroed_again),
        cmocka_unit_test(no_more_is_kept_than_was_said),     cmocka_unit_test(a_block_keeps_its_bytes_at_every_size),
        cmocka_unit_test(a_refused_size_leaves_the_block),   cmocka_unit_test(no_block_is_out_twice),
    };

    return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
