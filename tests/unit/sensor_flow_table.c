/* SPDX-License-Identifier: Apache-2.0 */
/* flow_table and clock: both directions find one flow, ages go by class, no single frame moves time far. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "sensor/clock.h"
#include "sensor/flows/flow_table.h"

static struct {
    int n[FLOW_INPUT_END + 1];
    uint16_t last_port;
    uint64_t last_frame;
    bool out_of_order; /* one ended after another that began later */
} ended;

static void on_end(void *ctx, struct flow *f, enum flow_end why)
{
    (void)ctx;
    ended.n[why]++;
    ended.last_port = f->node.end[0].port;
    ended.out_of_order |= f->node.first_frame < ended.last_frame;
    ended.last_frame = f->node.first_frame;
}

static struct endpoint end(const char *ip, uint16_t port)
{
    struct endpoint e = {.port = port};

    assert_true(ip_parse(span_cstr(ip), &e.ip));
    return e;
}

static const struct flow_table_events events = {.end = on_end};

static struct flow_table *table_of(struct mem *m, uint32_t max, const struct flow_table_events *e)
{
    struct hash_key key = {1, 2};

    mem_init(m, 0);
    memset(&ended, 0, sizeof(ended));
    return flow_table_new(m, &key, max, e, NULL);
}

static struct flow_table *table(struct mem *m, uint32_t max)
{
    return table_of(m, max, &events);
}

/* Flows whose port ends in 9 are amid something; of the others one number is kept, which is enough here. */
static bool on_fold(void *ctx, const struct flow *f, struct squeezed *out)
{
    (void)ctx;
    squeeze(out, &f->packet_us, sizeof(f->packet_us));
    return f->node.end[0].port % 10 != 9;
}

static void on_folded(void *ctx, struct flow *f)
{
    (void)ctx;
    f->packet_us = 0;
}

static void on_unfold(void *ctx, struct flow *f, struct span in)
{
    (void)ctx;
    assert_true(unsqueeze(&in, &f->packet_us, sizeof(f->packet_us)));
    assert_int_equal(in.n, 0);
}

static const struct flow_table_events resting = {.end = on_end, .fold = on_fold, .folded = on_folded, .unfold = on_unfold};

/* Whatever was asked for before, be it somebody else's, what is found is the same. */
static struct flow *find(struct flow_table *t, const struct endpoint *a, const struct endpoint *b)
{
    uint64_t hash = flow_table_hash(t, a, b);

    assert_int_equal(flow_table_hash(t, b, a), hash);
    for (unsigned shift = 0; shift < 64; shift += 7) {
        flow_table_ask_bucket(t, hash << shift);
        flow_table_ask_node(t, hash << shift);
    }
    flow_table_ask(t, hash, a, b);
    return flow_table_find(t, hash, a, b);
}

static void both_directions_find_it(void **state)
{
    struct mem m;
    struct flow_table *t = table(&m, 10);
    struct endpoint a = end("192.0.2.1", 40000), b = end("198.51.100.2", 25), c = end("192.0.2.1", 40001);
    struct flow *f = flow_table_add(t, &a, &b, 1);

    (void)state;
    assert_ptr_equal(find(t, &a, &b), f);
    assert_ptr_equal(find(t, &b, &a), f);
    assert_null(find(t, &c, &b));
    flow_table_clear(t, FLOW_INPUT_END);
    assert_int_equal(ended.n[FLOW_INPUT_END], 1);
    a.port = c.port = 25; /* the same port at both ends: addresses alone tell */
    f = flow_table_add(t, &a, &b, 1);
    for (int back = 0; back < 2; back++) {
        struct packet p = {.src = back ? b : a, .dst = back ? a : b};

        assert_ptr_equal(find(t, &p.src, &p.dst), f);
        assert_ptr_equal(flow_table_last(t, &p.src, &p.dst), f);
        assert_int_equal(flow_side(f, &p), back);
    }
    c.ip.b[3] = 9;
    assert_null(flow_table_last(t, &c, &b));
    assert_null(find(t, &b, &c));
    flow_table_clear(t, FLOW_INPUT_END);
    flow_table_free(t);
    assert_int_equal(m.used, 0);
}

static void the_oldest_goes_at_the_cap(void **state)
{
    struct mem m;
    struct flow_table *t = table(&m, 100);
    struct endpoint b = end("198.51.100.2", 25);

    (void)state;
    for (uint16_t i = 1; i <= 5000; i++) {
        struct endpoint a = end("192.0.2.1", i);

        assert_non_null(flow_table_add(t, &a, &b, i));
    }
    assert_int_equal(flow_table_count(t), 100);
    assert_int_equal(ended.n[FLOW_EVICTED], 4900);
    assert_int_equal(ended.last_port, 4900);
    flow_table_clear(t, FLOW_INPUT_END);
    flow_table_free(t);
    assert_int_equal(m.used, 0);
}

static void the_table_grows_and_finds_all(void **state)
{
    struct mem m;
    struct flow_table *t = table(&m, 20000);
    struct endpoint b = end("2001:db8::25", 25);

    (void)state;
    for (uint16_t i = 1; i <= 10000; i++) {
        struct endpoint a = end("2001:db8::1", i);

        assert_non_null(flow_table_add(t, &a, &b, i));
    }
    for (uint16_t i = 1; i <= 10000; i++) {
        struct endpoint a = end("2001:db8::1", i);

        assert_non_null(find(t, &b, &a));
    }
    flow_table_clear(t, FLOW_INPUT_END);
    flow_table_free(t);
    assert_int_equal(m.used, 0);
}

static void each_class_has_its_age(void **state)
{
    struct mem m;
    struct flow_table *t = table(&m, 10);
    struct endpoint b = end("198.51.100.2", 25), a1 = end("192.0.2.1", 1), a2 = end("192.0.2.1", 2);
    struct flow *open;
    const int64_t s = 1000000;

    (void)state;
    flow_table_add(t, &a1, &b, 0);
    open = flow_table_add(t, &a2, &b, 0);
    flow_table_touch(t, open, AGE_OPEN, 10 * s);
    flow_table_expire(t, (LIMIT_FLOW_SYN_SEC - 1) * s);
    assert_int_equal(flow_table_count(t), 2);
    flow_table_expire(t, LIMIT_FLOW_SYN_SEC * s);
    assert_int_equal(flow_table_count(t), 1);
    assert_int_equal(ended.last_port, 1);
    flow_table_expire(t, (10 + LIMIT_FLOW_IDLE_SEC) * s - 1);
    assert_int_equal(flow_table_count(t), 1);
    flow_table_expire(t, (10 + LIMIT_FLOW_IDLE_SEC) * s);
    assert_int_equal(ended.n[FLOW_IDLE], 2);
    flow_table_free(t);
}

static void no_memory_evicts_or_refuses(void **state)
{
    struct mem m;
    struct flow_table *t = table(&m, 1000);
    struct endpoint b = end("198.51.100.2", 25);

    (void)state;
    m.budget = m.used + 3 * sizeof(struct flow);
    for (uint16_t i = 1; i <= 100; i++) {
        struct endpoint a = end("192.0.2.1", i);

        assert_non_null(flow_table_add(t, &a, &b, i));
    }
    assert_int_equal(flow_table_count(t), 3);
    assert_int_equal(ended.n[FLOW_EVICTED], 97);
    flow_table_clear(t, FLOW_INPUT_END);
    flow_table_free(t);
}

/* Whoever takes their records passes them on as they come: memory for all of them at once is never needed. */
static void those_that_end_together_go_by_first_frame(void **state)
{
    struct endpoint b = end("198.51.100.2", 25);
    struct mem m;

    (void)state;
    for (int clear = 0; clear < 2; clear++) {
        struct flow_table *t = table(&m, 1000);

        for (uint16_t i = 1; i <= 500; i++) {
            struct endpoint a = end("192.0.2.1", i);
            struct flow *f = flow_table_add(t, &a, &b, 1);

            f->node.first_frame = i * 7 % 500; /* 7 and 500 have no common divisor: each once */
            flow_table_touch(t, f, i % 3 ? AGE_OPEN : AGE_HALF_OPEN, 1);
        }
        if (clear)
            flow_table_clear(t, FLOW_INPUT_END);
        else
            flow_table_expire(t, 3600 * 1000000LL);
        assert_int_equal(ended.n[clear ? FLOW_INPUT_END : FLOW_IDLE], 500);
        assert_false(ended.out_of_order);
        flow_table_free(t);
        assert_int_equal(m.used, 0);
    }
}

/* Two seconds of silence: nine of ten are a node and few bytes then, found by both directions all the same, and
 * awake and whole when asked for. */
static void who_is_silent_rests(void **state)
{
    struct mem m;
    struct flow_table *t = table_of(&m, 1000, &resting);
    struct endpoint b = end("198.51.100.2", 25);
    size_t all_awake;

    (void)state;
    for (uint16_t i = 0; i < 500; i++) {
        struct endpoint a = end("192.0.2.1", i);

        flow_table_add(t, &a, &b, i)->packet_us = 1000 + i;
    }
    all_awake = m.used;
    flow_table_expire(t, LIMIT_FLOW_REST_USEC - 1);
    assert_int_equal(m.used, all_awake);
    flow_table_expire(t, LIMIT_FLOW_REST_USEC + 500);
    assert_int_equal(flow_table_count(t), 500);
    assert_true(m.used < all_awake - 450 * (sizeof(struct flow) - sizeof(struct flow_node) - 16));
    for (uint16_t i = 0; i < 500; i++) {
        struct endpoint a = end("192.0.2.1", i);
        struct flow *f = find(t, &b, &a);

        assert_non_null(f);
        assert_int_equal(f->packet_us, 1000 + i);
        assert_ptr_equal(find(t, &a, &b), f);
        flow_table_touch(t, f, AGE_OPEN, LIMIT_FLOW_REST_USEC + 600 + i);
    }
    assert_int_equal(m.used, all_awake);
    flow_table_clear(t, FLOW_INPUT_END);
    assert_int_equal(ended.n[FLOW_INPUT_END], 500);
    flow_table_free(t);
    assert_int_equal(m.used, 0);
}

/* One that is over does not rest: whoever finds it finds it where it was. It goes with its time like all others, and is told. */
static void who_is_over_does_not_rest(void **state)
{
    struct mem m;
    struct flow_table *t = table_of(&m, 1000, &resting);
    struct endpoint b = end("198.51.100.2", 25);
    struct flow *over[50];
    size_t all_awake;

    (void)state;
    for (uint16_t i = 0; i < 50; i++) {
        struct endpoint a = end("192.0.2.1", i);

        over[i] = flow_table_add(t, &a, &b, i);
        over[i]->over = true;
        flow_table_touch(t, over[i], AGE_OVER, i);
    }
    all_awake = m.used;
    flow_table_expire(t, LIMIT_FLOW_REST_USEC + 500);
    assert_int_equal(m.used, all_awake);
    for (uint16_t i = 0; i < 50; i++) {
        struct endpoint a = end("192.0.2.1", i);

        assert_ptr_equal(find(t, &a, &b), over[i]);
    }
    flow_table_touch(t, over[7], AGE_OVER, LIMIT_FLOW_REST_USEC + 600);
    flow_table_expire(t, LIMIT_FLOW_CLOSED_SEC * 1000000LL + 500);
    assert_int_equal(flow_table_count(t), 1);
    flow_table_clear(t, FLOW_INPUT_END);
    assert_int_equal(ended.n[FLOW_IDLE], 49);
    assert_int_equal(ended.n[FLOW_INPUT_END], 1);
    flow_table_free(t);
    assert_int_equal(m.used, 0);
}

/* Who rests times out, is pushed out at the cap, and takes turns with the busy and the awake, by his silence alone. */
static void resting_or_not_the_oldest_goes(void **state)
{
    struct mem m;
    struct flow_table *t = table_of(&m, 1000, &resting);
    struct endpoint b = end("198.51.100.2", 25);
    const int64_t s = 1000000;

    (void)state;
    for (uint16_t i = 0; i < 100; i++) {
        struct endpoint a = end("192.0.2.1", i);

        flow_table_touch(t, flow_table_add(t, &a, &b, i), AGE_OPEN, i);
    }
    flow_table_expire(t, LIMIT_FLOW_REST_USEC + 50); /* 0 to 50 rest or are busy */
    for (uint16_t i = 0; i < 60; i++) {
        assert_true(flow_table_evict(t));
        assert_int_equal(ended.last_port, i);
    }
    flow_table_expire(t, LIMIT_FLOW_IDLE_SEC * s + 79);
    assert_int_equal(ended.n[FLOW_IDLE], 20);
    assert_int_equal(flow_table_count(t), 20);
    flow_table_expire(t, LIMIT_FLOW_IDLE_SEC * s + 99);
    assert_int_equal(flow_table_count(t), 0);
    flow_table_free(t);
    assert_int_equal(m.used, 0);
}

/* A flood of SYNs, of segments that nobody answers, or of such that a reset ended, comes later than those who talk, who
 * are silent for a while: it pushes out itself. */
static void a_cheap_flood_pushes_out_its_own(void **state)
{
    (void)state;
    for (int kind = AGE_HALF_OPEN; kind < AGE_OPEN; kind++) {
        struct mem m;
        struct flow_table *t = table(&m, 1000);
        struct endpoint b = end("198.51.100.2", 25);

        for (uint16_t i = 1; i <= 10000; i++) {
            struct endpoint a = end(i <= 500 ? "192.0.2.1" : "192.0.2.2", i);

            flow_table_touch(t, flow_table_add(t, &a, &b, i), i <= 500 ? AGE_OPEN : (enum flow_age)kind, i);
        }
        for (uint16_t i = 1; i <= 500; i++) {
            struct endpoint a = end("192.0.2.1", i);

            assert_non_null(find(t, &a, &b));
        }
        assert_int_equal(ended.n[FLOW_EVICTED], 9000);
        flow_table_clear(t, FLOW_INPUT_END);
        flow_table_free(t);
    }
}

/* Few of them are no flood: then who was silent for longest goes, whatever he is. */
static void few_cheap_ones_take_their_turns(void **state)
{
    struct mem m;
    struct flow_table *t = table(&m, 1000);
    struct endpoint b = end("198.51.100.2", 25);

    (void)state;
    for (uint16_t i = 1; i <= 200; i++) {
        struct endpoint a = end("192.0.2.1", i);

        flow_table_touch(t, flow_table_add(t, &a, &b, i), i % 5 ? AGE_OPEN : AGE_HALF_OPEN, i);
    }
    for (uint16_t i = 1; i <= 100; i++) {
        assert_true(flow_table_evict(t));
        assert_int_equal(ended.last_port, i);
    }
    flow_table_clear(t, FLOW_INPUT_END);
    flow_table_free(t);
}

/* Those who rest need memory to wake: others give it, or the flow is gone, counted, and not found half. */
static void no_memory_to_wake(void **state)
{
    struct mem m;
    struct flow_table *t = table_of(&m, 1000, &resting);
    struct endpoint b = end("198.51.100.2", 25), a = end("192.0.2.1", 5);

    (void)state;
    for (uint16_t i = 0; i < 9; i++) {
        struct endpoint x = end("192.0.2.1", i);

        flow_table_add(t, &x, &b, i);
    }
    flow_table_expire(t, 2 * LIMIT_FLOW_REST_USEC);
    m.budget = m.used;
    assert_null(find(t, &a, &b));
    assert_int_equal(ended.n[FLOW_EVICTED], 9);
    assert_int_equal(flow_table_count(t), 0);
    flow_table_free(t);
    assert_int_equal(m.used, 0);
}

static void time_leaps_only_when_two_agree(void **state)
{
    struct clock c = {0};
    const int64_t s = 1000000, day = 86400 * s;

    (void)state;
    assert_int_equal(clock_frame(&c, 100 * s), CLOCK_GOES);
    assert_int_equal(clock_frame(&c, 50 * s), CLOCK_GOES);
    assert_int_equal(c.now_us, 100 * s);
    assert_int_equal(clock_frame(&c, 100 * s + day), CLOCK_LEAP_WAITS);
    assert_int_equal(c.now_us, 100 * s);
    assert_int_equal(clock_frame(&c, 101 * s), CLOCK_GOES);
    assert_int_equal(c.now_us, 101 * s);
    assert_int_equal(clock_frame(&c, 100 * s + day), CLOCK_LEAP_WAITS);
    assert_int_equal(clock_frame(&c, 101 * s + day), CLOCK_LEAPT);
    assert_int_equal(c.now_us, 101 * s + day);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_directions_find_it),    cmocka_unit_test(the_oldest_goes_at_the_cap),
        cmocka_unit_test(the_table_grows_and_finds_all), cmocka_unit_test(each_class_has_its_age),
        cmocka_unit_test(no_memory_evicts_or_refuses),
        cmocka_unit_test(those_that_end_together_go_by_first_frame),
        cmocka_unit_test(who_is_over_does_not_rest),
        cmocka_unit_test(who_is_silent_rests),        cmocka_unit_test(resting_or_not_the_oldest_goes),
        cmocka_unit_test(a_cheap_flood_pushes_out_its_own), cmocka_unit_test(few_cheap_ones_take_their_turns),
        cmocka_unit_test(no_memory_to_wake),
        cmocka_unit_test(time_leaps_only_when_two_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
