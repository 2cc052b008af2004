/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_stream under disorder: random conversations shuffled, split, repeated and thinned out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/unit/tcp_script.h"

enum { MOST = 4096 };

static uint64_t seed;

/* xorshift64: the same run everywhere. */
static uint32_t draw(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 32) % below;
}

static uint8_t byte_at(int side, uint64_t at)
{
    return (uint8_t)((side ? 'A' : 'a') + (at * 7 + at / 26 + at / 677) % 26);
}

struct talk {
    struct tcp_step *steps;
    size_t n;
    uint32_t top[2]; /* next sequence number of each side */
};

static struct tcp_step *talk_add(struct talk *t, int side, unsigned flags, size_t n)
{
    struct tcp_step *step = &t->steps[t->n++];

    memset(step, 0, sizeof(*step));
    step->side = side;
    step->flags = flags | TCP_ACK;
    step->seq = t->top[side];
    step->ack = t->top[!side];
    step->n = n;
    step->wire = (uint32_t)n;
    step->window = 65535;
    step->shift = flags & TCP_SYN ? 8 : 0;
    for (size_t i = 0; i < n; i++)
        step->bytes[i] = byte_at(side, step->seq - 1 + i);
    t->top[side] += (uint32_t)n + !!(flags & TCP_SYN) + !!(flags & TCP_FIN);
    return step;
}

/* Both sides in turns, each with a few segments; every segment acknowledges all that came before, so
 * that there is one right order of all bytes. */
static void talk_in_turns(struct talk *t, uint32_t turns)
{
    int side = 1;

    t->n = 0;
    t->top[0] = t->top[1] = 0;
    talk_add(t, 0, TCP_SYN, 0)->flags = TCP_SYN;
    talk_add(t, 1, TCP_SYN, 0);
    talk_add(t, 0, 0, 0);
    while (turns--) {
        for (uint32_t i = 1 + draw(4); i; i--)
            talk_add(t, side, 0, 1 + draw(40));
        if (draw(3) == 0)
            talk_add(t, !side, 0, 0);
        side = !side;
    }
    talk_add(t, side, TCP_FIN, draw(2) * 5);
    talk_add(t, !side, TCP_FIN, 0);
    talk_add(t, side, 0, 0);
}

static void swap_steps(struct talk *t, size_t i, size_t j)
{
    struct tcp_step swap = t->steps[i];

    t->steps[i] = t->steps[j];
    t->steps[j] = swap;
}

/* Everything behind the handshake in any order. */
static void shuffle(struct talk *t, size_t from, size_t reach)
{
    for (size_t i = from; i < t->n; i++) {
        size_t left = t->n - i;

        swap_steps(t, i, i + draw((uint32_t)(left < reach ? left : reach)));
    }
}

/* Two tap ports: each side in order, the sides in any. */
static void interleave_ports(struct talk *t)
{
    struct tcp_step *mixed = malloc(MOST * sizeof(*mixed));
    size_t at[2] = {0, 0}, n = 0;

    while (n < t->n) {
        int side = (int)draw(2);

        for (uint32_t run = 1 + draw(30); run; run--) {
            while (at[side] < t->n && t->steps[at[side]].side != side)
                at[side]++;
            if (at[side] < t->n)
                mixed[n++] = t->steps[at[side]++];
        }
    }
    memcpy(t->steps, mixed, n * sizeof(*mixed));
    free(mixed);
}

/* Some segments again, whole, or in part, or cut in two. */
static void repeat_some(struct talk *t)
{
    for (size_t n = t->n; n-- > 3 && t->n < MOST - 1;) {
        struct tcp_step *from = &t->steps[n], *again = &t->steps[t->n];
        uint32_t cut = from->n > 1 ? 1 + draw((uint32_t)from->n - 1) : 0;

        if (draw(3) || !from->n || (from->flags & (TCP_SYN | TCP_FIN)))
            continue;
        *again = *from;
        t->n++;
        again->seq += cut;
        again->n -= cut;
        again->wire -= cut;
        memmove(again->bytes, again->bytes + cut, again->n);
        if (draw(2) && cut) { /* the first one is the front only */
            from->n = from->wire = cut + draw((uint32_t)again->n + 1);
        }
    }
}

static char *play(const struct talk *t, const uint32_t base[2])
{
    struct script_run r;

    run_init(&r);
    for (size_t i = 0; i < t->n; i++)
        run_step(&r, &t->steps[i], base);
    return run_end(&r);
}

typedef void (*disorder)(struct talk *t);

static void shuffle_near(struct talk *t)
{
    shuffle(t, 3, 8);
}

static void shuffle_all(struct talk *t)
{
    shuffle(t, 3, MOST);
}

static void repeat_and_shuffle(struct talk *t)
{
    repeat_some(t);
    shuffle(t, 3, MOST);
}

static void check_disorder(const char *name, disorder make)
{
    struct talk t = {.steps = malloc(MOST * sizeof(*t.steps))};

    for (uint64_t i = 1; i <= 500; i++) {
        const uint32_t base[2] = {i & 1 ? 0xffffff00 : (uint32_t)(i * 12345), 0xfffffff0};
        char *right, *out;

        seed = i * 0x9e3779b97f4a7c15ull;
        talk_in_turns(&t, 2 + (uint32_t)i % 20);
        right = play(&t, base);
        assert_null(strchr(right, '<'));
        assert_null(strchr(right, '!'));
        make(&t);
        out = play(&t, base);
        if (strcmp(out, right) != 0)
            fail_msg("%s, seed %u\n in order %s\n shuffled %s", name, (unsigned)i, right, out);
        free(right);
        free(out);
    }
    free(t.steps);
}

static void any_order_gives_the_same_transcript(void **state)
{
    (void)state;
    check_disorder("near neighbours swapped", shuffle_near);
    check_disorder("everything shuffled", shuffle_all);
    check_disorder("tap ports in any order", interleave_ports);
    check_disorder("repeated with other borders, and shuffled", repeat_and_shuffle);
}

/* Where each side of the stream stands: delivered bytes must be the ones sent there. */
struct place {
    uint64_t at[2];
    unsigned anomalies, wrong;
};

static void place_data(void *ctx, int side, struct span bytes)
{
    struct place *p = ctx;

    for (size_t i = 0; i < bytes.n; i++)
        p->wrong += bytes.p[i] != byte_at(side, p->at[side]++);
}

static void place_gap(void *ctx, int side, uint64_t bytes)
{
    ((struct place *)ctx)->at[side] += bytes;
}

static void place_end(void *ctx, int side)
{
    (void)ctx;
    (void)side;
}

static void place_anomaly(void *ctx, enum anomaly a)
{
    ((struct place *)ctx)->anomalies |= 1u << a;
}

static const struct tcp_stream_events place_events = {place_data, place_gap, place_end,
                                                      place_anomaly};

/* Plays t with that rate of its segments lost (not a SYN: without it a side's place is a guess), time
 * passing, memory failing at the nth request. */
static void play_lossy(struct talk *t, uint32_t lost_of_100, long nth)
{
    const uint32_t base[2] = {0xfffffe00, 77};
    struct script_run r;
    struct place place = {{0, 0}, 0, 0};

    run_init(&r);
    r.mem.fail_after = nth;
    tcp_stream_init(&r.stream, &r.mem, &place_events, &place, &r.stats);
    for (size_t i = 0; i < t->n; i++) {
        struct tcp_step wait = {.side = -1, .wait_ms = draw(20) ? 0 : draw(3000)};

        run_step(&r, &wait, base);
        if (t->steps[i].flags & TCP_SYN || draw(100) >= lost_of_100)
            run_step(&r, &t->steps[i], base);
    }
    free(run_end(&r));
    assert_int_equal(place.wrong, 0);
    assert_int_equal(place.anomalies & ~(1u << ANOMALY_TCP_GAP), 0);
    for (int side = 0; side < 2; side++)
        assert_true(place.at[side] <= t->top[side] - 1);
}

static void loss_is_marked_and_never_wrong(void **state)
{
    struct talk t = {.steps = malloc(MOST * sizeof(*t.steps))};

    (void)state;
    for (uint64_t i = 1; i <= 2000; i++) {
        seed = i * 0x9e3779b97f4a7c15ull;
        talk_in_turns(&t, 2 + (uint32_t)i % 40);
        if (i & 1)
            repeat_some(&t);
        if (i & 2)
            shuffle(&t, 3, i & 4 ? 10 : MOST);
        if (i & 8)
            interleave_ports(&t);
        play_lossy(&t, i & 16 ? 10 : 1, i & 32 ? 1 + (long)draw(30) : 0);
    }
    free(t.steps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_gives_the_same_transcript),
        cmocka_unit_test(loss_is_marked_and_never_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
