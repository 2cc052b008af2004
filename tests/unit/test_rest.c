/* SPDX-License-Identifier: Apache-2.0 */
/* squeeze, tcp_rest: what is folded comes back as it was, at every sequence number. (Dialogues: test_dialogue.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "decoders/net/tcp_rest.h"
#include "tests/unit/tcp_script.h"

enum { BLOCK = 777 };

static uint64_t random_bits = 88172645463325252u;

static uint64_t any(void)
{
    random_bits ^= random_bits << 13;
    random_bits ^= random_bits >> 7;
    random_bits ^= random_bits << 17;
    return random_bits;
}

/* A number near another one becomes small and comes back, whatever the two are: 0, the same, neighbours. */
static void near_is_turned_back(void **state)
{
    static const uint64_t edges[] = {0, 1, 2, 3, 4, 5, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, UINT64_MAX - 1, UINT64_MAX};
    const size_t n = sizeof(edges) / sizeof(*edges);

    (void)state;
    for (size_t i = 0; i < n * n; i++)
        assert_true(squeeze_back(squeeze_near(edges[i / n], edges[i % n]), edges[i % n]) == edges[i / n]);
    for (int i = 0; i < 100000; i++) {
        uint64_t base = any() >> any() % 64, value = i % 2 ? base + any() % 5 - 2 : any() >> any() % 64;

        assert_true(squeeze_back(squeeze_near(value, base), base) == value);
    }
    assert_int_equal(squeeze_near(0, 77777), 0);
    assert_int_equal(squeeze_near(77777, 77777), 1);
}

/* Blocks of any length with more and fewer zeros, behind each other; cut short they are none. */
static void blocks_come_back(void **state)
{
    uint8_t in[BLOCK], out[BLOCK], room[2 * BLOCK];

    (void)state;
    for (int round = 0; round < 5000; round++) {
        size_t n = any() % BLOCK, rare = 1 + any() % 40;
        struct squeezed to = {.p = room, .room = sizeof(room)};
        struct span from;

        for (size_t i = 0; i < n; i++)
            in[i] = any() % rare ? 0 : (uint8_t)any();
        squeeze(&to, in, n);
        squeeze_text(&to, SPAN("text"));
        assert_false(to.full);
        assert_true(to.n <= n * 9 / 8 + 2 + 4);
        from = span_of(room, to.n);
        assert_true(unsqueeze(&from, out, n));
        assert_memory_equal(in, out, n);
        assert_true(span_eq(unsqueeze_text(&from, 4), SPAN("text")));
        assert_int_equal(from.n, 0);
        from = span_of(room, any() % (to.n - 3));
        if (from.n < to.n - 4)
            assert_false(unsqueeze(&from, out, n));
    }
}

/* All zero costs two bytes for two thousand; where there is no room nothing is written beyond it. */
static void zeros_cost_nothing_and_no_room_is_told(void **state)
{
    static const uint8_t zeros[2000];
    uint8_t room[64], full[64];
    struct squeezed to = {.p = room, .room = sizeof(room)}, small = {.p = full, .room = 40};

    (void)state;
    squeeze(&to, zeros, sizeof(zeros));
    assert_int_equal(to.n, 2);
    memset(full, 0xaa, sizeof(full));
    squeeze(&small, "this is a text without any zero in it, longer than there is room for it", 70);
    assert_true(small.full);
    assert_true(small.n <= 40);
    for (int i = 40; i < 64; i++)
        assert_int_equal(full[i], 0xaa);
}

/* The stream is folded, wiped and unfolded; what knows copies is gone by intent. Returns its bytes. */
static size_t rest(struct script_run *r)
{
    uint8_t room[1024];
    struct squeezed out = {.p = room, .room = sizeof(room)};
    struct span in;
    struct tcp_stream before = r->stream;

    tcp_rest_fold(&out, &r->stream);
    assert_false(out.full);
    memset(&r->stream, 0xee, sizeof(r->stream));
    in = span_of(room, out.n);
    assert_true(tcp_rest_unfold(&in, &r->stream, &r->mem, &out_events, &r->out, &r->stats));
    assert_int_equal(in.n, 0);
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < LIMIT_TCP_COPIES; k++)
            before.seen[i][k].frame = before.seen[i][k].at = 0;
    assert_memory_equal(&before, &r->stream, sizeof(before));
    return out.n;
}

/* Returns the text; rests: before each step where it may; *bytes: the most that took. */
static char *play(const char *script, const uint32_t base[2], bool rests, size_t *bytes)
{
    struct script_run r;
    size_t n;
    struct tcp_step *steps = script_parse(script, &n);

    run_init(&r);
    for (size_t i = 0; i < n; i++) {
        size_t took = rests && tcp_rest_may(&r.stream) ? rest(&r) : 0;

        if (rests && took > *bytes)
            *bytes = took;
        run_step(&r, &steps[i], base);
    }
    free(steps);
    return run_end(&r);
}

#define HELLO "C 0 syn shift 8; S 0 syn shift 8; C 1; S 1 '220 mx--'; C 1 'EHLO c--' ack 9; S 9 '250 mx--' ack 9;"

/* Each as if it had never rested: in order, a hole that waits (no rest), a line sent again, the same with another text, a
 * reset, an end, a stream met in its middle. */
static const char *const talks[] = {
    HELLO "C 9 'QUIT--' ack 17; S 17 '221 --'; C 15 fin; S 23 fin",
    HELLO "C 19 'x' ack 17; C 9 '123456789a' ack 17; wait 2000; C 20 'y'",
    HELLO "C 1 'EHLO c--' ack 9; C 9 'QUIT'",
    HELLO "C 1 'EHLO d--' ack 9; C 9 'QUIT'",
    HELLO "C 9 rst; wait 3000; C 9 'goes on'",
    HELLO "C 30 'far' ack 17; wait 3000; C 33 'b'",
    "C 100 'in the middle'; S 500 'answer'; C 113 'more'; C 100 'in THE middle'",
};

static void a_stream_goes_on_as_if_it_had_not_rested(void **state)
{
    static const uint32_t starts[] = {0, 1, 2, 0x7ffffff8, 0xfffffff8, 0xffffffff, 0x12345678};
    size_t most = 0;

    (void)state;
    for (size_t t = 0; t < sizeof(talks) / sizeof(*talks); t++)
        for (size_t i = 0; i < 7 * 7; i++) {
            const uint32_t base[2] = {starts[i / 7], starts[i % 7]};
            char *plain = play(talks[t], base, false, NULL), *rested = play(talks[t], base, true, &most);

            assert_string_equal(plain, rested);
            free(plain);
            free(rested);
        }
    assert_true(most < 250);
}

/* Handshake, banner, EHLO, its reply. */
static void an_idle_stream_takes_few_bytes(void **state)
{
    static const uint32_t base[2] = {0x89abcdef, 0x12345678};
    size_t most = 0;

    (void)state;
    free(play(HELLO "mark", base, true, &most));
    assert_in_range(most, 40, 130);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(near_is_turned_back),
        cmocka_unit_test(blocks_come_back),
        cmocka_unit_test(zeros_cost_nothing_and_no_room_is_told),
        cmocka_unit_test(a_stream_goes_on_as_if_it_had_not_rested),
        cmocka_unit_test(an_idle_stream_takes_few_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
