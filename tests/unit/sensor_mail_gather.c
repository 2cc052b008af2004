/* SPDX-License-Identifier: Apache-2.0 */
/* mail_gather: whoever pushes in whatever order, each mail's bytes come out once, in order, and no later than its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "sensor/flows/mail_gather.h"

enum { MAILS = 40, MAIL_BYTES = 200000 };

/* A mail whose byte at i is made of its number and i, so that one out of place shows. */
struct mail {
    struct gathered gathered;
    unsigned number;
    size_t pushed, seen;
    unsigned calls;
};

static struct mem mem;
static struct mail_gather *gather;
static struct mail mails[MAILS];

static uint8_t byte_of(const struct mail *m, size_t i)
{
    return (uint8_t)(i * 131 + i / 251 + m->number * 7);
}

static void sink(void *ctx, struct span bytes)
{
    struct mail *m = ctx;

    assert_true(bytes.n > 0);
    for (size_t i = 0; i < bytes.n; i++)
        if (bytes.p[i] != byte_of(m, m->seen + i))
            fail_msg("mail %u: byte %zu is another", m->number, m->seen + i);
    m->seen += bytes.n;
    m->calls++;
}

static void push(struct mail *m, size_t n, bool now)
{
    uint8_t bytes[MAIL_GATHER_BYTES * 2];

    for (size_t i = 0; i < n; i++)
        bytes[i] = byte_of(m, m->pushed + i);
    m->pushed += n;
    mail_gather_push(gather, &m->gathered, span_of(bytes, n), now);
}

static int set_up(void **state)
{
    (void)state;
    mem_init(&mem, 0);
    gather = mail_gather_new(&mem, sink);
    for (unsigned i = 0; i < MAILS; i++)
        mails[i] = (struct mail){.gathered.ctx = &mails[i], .number = i};
    return !gather;
}

static int tear_down(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MAILS; i++)
        mail_gather_end(gather, &mails[i].gathered);
    mail_gather_free(gather);
    return mem.used != 0;
}

/* Ten frames of 1,000 bytes are one call, made when the mail ends. */
static void test_held(void **state)
{
    struct mail *m = &mails[0];

    (void)state;
    for (int i = 0; i < 10; i++)
        push(m, 1000, false);
    assert_int_equal(m->seen, 0);
    mail_gather_end(gather, &m->gathered);
    assert_int_equal(m->seen, 10000);
    assert_int_equal(m->calls, 1);
}

/* A block that would overflow goes out first; what is as long as half a block is not copied, but what stood before goes before it. */
static void test_full(void **state)
{
    struct mail *m = &mails[0];

    (void)state;
    for (int i = 0; i < 17; i++)
        push(m, 1000, false);
    assert_int_equal(m->seen, 16000);
    push(m, MAIL_GATHER_BYTES / 2 + 1, false);
    assert_int_equal(m->seen, m->pushed);
    assert_int_equal(m->calls, 3);
}

/* Bytes that are not to wait: behind those that did. */
static void test_now(void **state)
{
    struct mail *m = &mails[0];

    (void)state;
    push(m, 100, false);
    push(m, 100, true);
    assert_int_equal(m->seen, 200);
    push(m, 100, false);
    assert_int_equal(m->seen, 200);
}

/* With every block taken, mails in turn go without: nobody's block is taken for one frame. */
static void test_crowd(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++)
        for (unsigned i = 0; i < MAILS; i++)
            push(&mails[i], 500, false);
    for (unsigned i = 0; i < MAILS; i++)
        assert_int_equal(mails[i].seen, i < MAIL_GATHER_BLOCKS ? 0 : 1500);
}

/* A mail that goes on takes the block that was used longest ago, and its owner loses nothing. */
static void test_oldest(void **state)
{
    struct mail *late = &mails[MAIL_GATHER_BLOCKS];

    (void)state;
    for (unsigned i = 0; i < MAIL_GATHER_BLOCKS; i++)
        push(&mails[i], 500, false);
    push(&mails[0], 500, false);
    push(late, 500, false);
    push(late, 500, false);
    assert_int_equal(late->seen, 500);
    assert_int_equal(mails[0].seen, 0);
    assert_int_equal(mails[1].seen, 500);
    push(&mails[1], 500, false); /* without a block now */
    assert_int_equal(mails[1].seen, 1000);
}

/* Anybody anything in any order. */
static void test_any_order(void **state)
{
    unsigned calls = 0, pushes = 0;

    (void)state;
    srand(1);
    while (mails[0].pushed < MAIL_BYTES) {
        struct mail *m = &mails[rand() % (rand() % 2 ? MAILS : 5)];

        for (int run = rand() % 4; run >= 0; run--, pushes++)
            push(m, 1 + (size_t)(rand() % (rand() % 50 ? 1460 : MAIL_GATHER_BYTES + 1)), rand() % 20 == 0);
        if (rand() % 30 == 0) {
            mail_gather_end(gather, &m->gathered);
            assert_int_equal(m->seen, m->pushed);
        }
    }
    for (unsigned i = 0; i < MAILS; i++) {
        mail_gather_end(gather, &mails[i].gathered);
        assert_int_equal(mails[i].seen, mails[i].pushed);
        calls += mails[i].calls;
    }
    assert_true(calls < pushes / 2); /* it does gather */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_held, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_now, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_crowd, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_oldest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_any_order, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
