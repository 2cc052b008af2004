/* SPDX-License-Identifier: Apache-2.0 */
/* lanes: records of several workers leave in one order, as soon as it is certain; share: both directions are one worker's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "sensor/exchange.h"
#include "sensor/fragment_pairs.h"
#include "sensor/publish/lanes.h"
#include "sensor/share.h"

/* What the sink met, in words: "3.7" a record of place 3 and first frame 7, "<a" and ">" a run's begin and end. */
struct listening {
    struct sink sink;
    char met[512];
    uint64_t n, last; /* records, and the last one's place */
    bool disorder;
};

static void meet(struct sink *s, const char *word)
{
    struct listening *l = (struct listening *)(void *)s;

    snprintf(l->met + strlen(l->met), sizeof(l->met) - strlen(l->met), "%s ", word);
}

static bool put(struct sink *s, const struct record *r)
{
    struct listening *l = (struct listening *)(void *)s;
    char word[64];

    l->n++;
    l->disorder |= r->place < l->last;
    l->last = r->place;
    snprintf(word, sizeof(word), "%llu.%llu", (unsigned long long)r->place, (unsigned long long)r->first_frame);
    meet(s, word);
    return true;
}

static void run_begin(struct sink *s, const struct run_info *run)
{
    char word[8];

    snprintf(word, sizeof(word), "<%c", run->id[0]);
    meet(s, word);
}

static void run_end(struct sink *s, uint64_t packets, uint64_t bytes)
{
    (void)packets;
    (void)bytes;
    meet(s, ">");
}

static void free_nothing(struct sink *s)
{
    (void)s;
}

struct house {
    struct listening sink;
    struct record_pool *pool;
    struct publisher *publisher;
    struct scribe *scribe;
    struct lanes *lanes;
};

static void open_house(struct house *h, unsigned lanes)
{
    struct sink *sinks[] = {&h->sink.sink};
    char err[256];

    *h = (struct house){.sink = {.sink = {.name = "met", .put = put, .run_begin = run_begin, .run_end = run_end, .free = free_nothing}}};
    h->pool = record_pool_new();
    h->publisher = publisher_start(sinks, 1, true, err);
    h->scribe = publisher_scribe(h->publisher);
    h->lanes = lanes_new(h->publisher, lanes);
    assert_non_null(h->lanes);
}

static void close_house(struct house *h, const char *want)
{
    assert_int_equal(publisher_finish(h->publisher, 0), 0);
    assert_string_equal(h->sink.met, want);
    lanes_free(h->lanes);
    scribe_free(h->scribe);
    record_pool_free(h->pool);
}

static void bring(struct house *h, unsigned lane, uint64_t place, uint64_t first_frame)
{
    struct record *r = record_take(h->pool);

    r->type = RECORD_SMTP;
    r->place = place;
    r->first_frame = first_frame;
    lanes_put(h->lanes, lane, publisher_wrap(h->publisher, h->scribe, r));
}

static void one_order_whoever_is_faster(void **state)
{
    struct house h;

    (void)state;
    open_house(&h, 3);
    bring(&h, 0, 8, 1);
    bring(&h, 0, 16, 1); /* the first worker is far ahead */
    bring(&h, 0, 16, 1);
    bring(&h, 0, 24, 9);
    bring(&h, 2, 16, 4);
    bring(&h, 1, 3, 2);
    lanes_passed(h.lanes, 2, 40);
    bring(&h, 1, 24, 2); /* the same moment: the older connection first */
    lanes_passed(h.lanes, 1, 40);
    lanes_passed(h.lanes, 0, 40);
    close_house(&h, "3.2 8.1 16.1 16.1 16.4 24.2 24.9 ");
}

/* A worker that has shown nothing and said nothing may still bring something earlier. */
static void nothing_leaves_that_is_not_certain(void **state)
{
    struct house h;

    (void)state;
    open_house(&h, 2);
    bring(&h, 0, 8, 1);
    bring(&h, 0, 16, 1);
    lanes_passed(h.lanes, 1, 8);
    close_house(&h, "8.1 ");
}

enum { MANY = 3 * LIMIT_LANE_RECORDS };

/* A worker far ahead: record i is at place i. */
struct runner {
    struct house house;
    _Atomic unsigned brought;
};

static void *run_ahead(void *ctx)
{
    struct runner *r = ctx;

    for (unsigned i = 1; i <= MANY; i++) {
        bring(&r->house, 0, i, 1);
        atomic_fetch_add(&r->brought, 1);
    }
    lanes_passed(r->house.lanes, 0, UINT64_MAX);
    return NULL;
}

/* It comes so far, and no further. */
static bool comes_to(struct runner *r, unsigned n)
{
    for (unsigned ms = 0; ms < 5000 && atomic_load(&r->brought) < n; ms++)
        usleep(1000);
    usleep(30 * 1000);
    return atomic_load(&r->brought) == n;
}

/* A full lane holds its worker up until a quarter of it is free: not once for each record that leaves. */
static void a_full_lane_waits_for_some_room(void **state)
{
    enum { LITTLE = LIMIT_LANE_RECORDS / 8, MUCH = LIMIT_LANE_RECORDS / 2 };
    static struct runner r;
    pthread_t ahead;

    (void)state;
    open_house(&r.house, 2);
    assert_int_equal(pthread_create(&ahead, NULL, run_ahead, &r), 0);
    assert_true(comes_to(&r, LIMIT_LANE_RECORDS));
    lanes_passed(r.house.lanes, 1, LITTLE);
    assert_true(comes_to(&r, LIMIT_LANE_RECORDS));
    lanes_passed(r.house.lanes, 1, MUCH);
    assert_true(comes_to(&r, LIMIT_LANE_RECORDS + MUCH));
    lanes_passed(r.house.lanes, 1, UINT64_MAX);
    assert_int_equal(pthread_join(ahead, NULL), 0);
    assert_int_equal(publisher_finish(r.house.publisher, 0), 0);
    assert_int_equal(r.house.sink.n, MANY);
    assert_false(r.house.sink.disorder);
    lanes_free(r.house.lanes);
    scribe_free(r.house.scribe);
    record_pool_free(r.house.pool);
}

static void runs_begin_and_end_at_their_place(void **state)
{
    struct house h;

    (void)state;
    open_house(&h, 2);
    lanes_run_begin(h.lanes, 5, &(struct run_info){.id = "a"});
    bring(&h, 0, 11, 1);
    bring(&h, 0, 19, 1); /* of the next source, read ahead */
    lanes_run_end(h.lanes, 13, 0, 0);
    lanes_run_begin(h.lanes, 13, &(struct run_info){.id = "b"});
    bring(&h, 1, 12, 2);
    lanes_passed(h.lanes, 1, 13);
    bring(&h, 1, 19, 2);
    lanes_passed(h.lanes, 0, 21);
    lanes_passed(h.lanes, 1, 21);
    lanes_run_end(h.lanes, 21, 0, 0);
    close_house(&h, "<a 11.1 12.2 > <b 19.1 19.2 > ");
}

static void both_directions_are_one_workers(void **state)
{
    unsigned of[3] = {0};

    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        struct endpoint a = {.ip = {.family = 4, .b = {198, 51, 100, (uint8_t)(i % 250)}}, .port = (uint16_t)(1024 + i)};
        struct endpoint b = {.ip = {.family = 4, .b = {192, 0, 2, 25}}, .port = 25};
        struct share s;
        unsigned one;

        assert_true(share_draw(&s, 3));
        one = share_of(&s, share_sum(&a, &b));
        assert_true(one < 3);
        assert_int_equal(share_of(&s, share_sum(&b, &a)), one);
        of[one]++;
    }
    for (unsigned i = 0; i < 3; i++)
        assert_true(of[i] > 700 && of[i] < 1300);
}

/* A client that counts its ports up, as they do, is spread whatever was drawn. */
static void ports_that_follow_each_other_are_spread(void **state)
{
    struct endpoint a = {.ip = {.family = 4, .b = {198, 51, 100, 7}}}, b = {.ip = {.family = 4, .b = {192, 0, 2, 25}}, .port = 25};

    (void)state;
    for (unsigned draw = 0; draw < 2000; draw++) {
        struct share s;
        unsigned of[2] = {0};

        assert_true(share_draw(&s, 2));
        for (a.port = 40000; a.port < 40128; a.port++)
            of[share_of(&s, share_sum(&a, &b))]++;
        assert_true(of[0] > 8 && of[1] > 8);
    }
}

/* A frame with that many tags (VLAN). */
static size_t tagged(uint8_t bytes[128], unsigned tags)
{
    static const uint8_t addresses[] = {0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2}, tag[] = {0x81, 0, 0, 5}, rest[] = {
        8, 0, 0x45, 0, 0, 44, 0, 0, 0x40, 0, 64, 6, 0, 0, 198, 51, 100, 7, 192, 0, 2, 25,        /* IPv4 */
        0x30, 0x39, 0, 25, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0, 'E', 'H', 'L', 'O'};
    size_t n = sizeof(addresses);

    memcpy(bytes, addresses, n);
    for (; tags; tags--, n += sizeof(tag))
        memcpy(bytes + n, tag, sizeof(tag));
    memcpy(bytes + n, rest, sizeof(rest));
    return n + sizeof(rest);
}

/* Whatever is damaged in a frame: where the short way believes it is plain, taking it apart says the same. */
static void the_short_way_says_what_the_long_one_says(void **state)
{
    unsigned plain = 0, tcp = 0;
    uint32_t random = 1;

    (void)state;
    for (unsigned i = 0; i < 300000; i++) {
        uint8_t bytes[128];
        const size_t n = tagged(bytes, i / 16 % 3);
        struct frame f = {.link_type = LINK_ETHERNET, .wire = (uint32_t)n};
        struct packet p;
        enum packet_verdict v;
        uint32_t sum;

        for (unsigned damage = i % 4; damage--;) {
            random = random * 1664525 + 1013904223;
            bytes[12 + (random >> 8) % (n - 12)] = (uint8_t)(random >> 24);
        }
        f.bytes = span_of(bytes, n - (i % 16 == 15 ? random >> 28 : 0));
        v = packet_decode(&p, f.link_type, f.bytes, f.wire, 0);
        tcp += v == PACKET_TCP && !p.encapsulations;
        if (!share_plain(&f, &sum))
            continue;
        plain++;
        assert_int_equal(v, PACKET_TCP);
        assert_int_equal(p.encapsulations, 0);
        assert_int_equal(sum, share_sum(&p.src, &p.dst));
    }
    assert_true(plain > 150000 && plain <= tcp && tcp - plain < tcp / 20);
}

static bool hand(struct exchange *x, unsigned from, unsigned to, int64_t ts_us)
{
    return exchange_put(x, from, to, &(struct frame){.ts_us = ts_us, .bytes = span_of("abc", 3), .wire = 3});
}

static int64_t next(struct exchange *x, unsigned who, int64_t now_us)
{
    struct handed *h = exchange_take(x, who, now_us);
    int64_t ts_us = h ? h->frame.ts_us : 0;

    if (h) {
        assert_memory_equal(h->frame.bytes.p, "abc", 3);
        exchange_done(h);
    }
    return ts_us;
}

/* Two rings were read at different times: what the other one may still bring is waited for, but not for ever. */
static void frames_handed_on_leave_in_order_of_time(void **state)
{
    struct exchange *x = exchange_new(2);

    (void)state;
    assert_true(hand(x, 0, 0, 1000) && hand(x, 0, 0, 3000));
    exchange_seen(x, 0, 3000);
    assert_int_equal(next(x, 0, 3000), 0);
    assert_true(hand(x, 1, 0, 2000));
    exchange_seen(x, 1, 2000);
    assert_int_equal(next(x, 0, 3000), 1000);
    assert_int_equal(next(x, 0, 3000), 0); /* another one of 2000 may come */
    exchange_seen(x, 1, 2500);
    assert_int_equal(next(x, 0, 3000), 2000);
    assert_int_equal(next(x, 0, 3000), 0);
    assert_int_equal(next(x, 0, 3000 + EXCHANGE_HOLD_US), 3000);
    exchange_free(x);
}

/* A worker that stood still finds what others handed to it meanwhile, and in its own ring what came before that: the command, whose
 * reply lies in the inbox for long already. However late it is, its own ring goes first. */
static void nothing_overtakes_ones_own_ring(void **state)
{
    struct exchange *x = exchange_new(2);
    const int64_t late = 5000 + 10 * EXCHANGE_HOLD_US;

    (void)state;
    exchange_seen(x, 0, 1000);
    assert_true(hand(x, 1, 0, 4000) && hand(x, 1, 0, 5000));
    exchange_seen(x, 1, 9000);
    assert_int_equal(next(x, 0, late), 0);
    assert_true(hand(x, 0, 0, 3000)); /* what it reads next */
    exchange_seen(x, 0, 3000);
    assert_int_equal(next(x, 0, late), 3000);
    assert_int_equal(next(x, 0, late), 0);
    exchange_seen(x, 0, 4500);
    assert_int_equal(next(x, 0, late), 4000);
    assert_int_equal(next(x, 0, late), 0);
    assert_int_equal(next(x, 0, INT64_MAX), 5000); /* all is over */
    exchange_free(x);
}

/* Tunnels at many gigabits, one worker that stands still: frames out of order can be put in order, and those refused are lost. */
static void a_half_full_inbox_waits_for_nobody(void **state)
{
    static uint8_t large[1 << 20];
    struct frame f = {.bytes = span_of(large, sizeof(large)), .wire = sizeof(large)};
    struct exchange *x = exchange_new(2);
    unsigned left = 0;

    (void)state;
    for (int64_t ts_us = 1; ts_us <= 15; ts_us++) {
        f.ts_us = ts_us;
        assert_true(exchange_put(x, 0, 1, &f));
    }
    for (struct handed *h; (h = exchange_take(x, 1, 0)); left++) {
        assert_int_equal(h->frame.ts_us, left + 1);
        exchange_done(h);
    }
    assert_int_equal(15 - left, LIMIT_EXCHANGE_BYTES / sizeof(large) / 2 - 1);
    exchange_free(x);
}

static void a_full_inbox_refuses(void **state)
{
    static uint8_t large[1 << 20];
    struct frame f = {.ts_us = 1, .bytes = span_of(large, sizeof(large)), .wire = sizeof(large)};
    struct exchange *x = exchange_new(2);
    unsigned n = 0;

    (void)state;
    while (n < 100 && exchange_put(x, 0, 1, &f))
        n++;
    assert_int_equal(n, LIMIT_EXCHANGE_BYTES / sizeof(large) - 1);
    assert_true(hand(x, 0, 0, 1)); /* another's has room */
    exchange_free(x);
}

/* 10.0.0.0/8's i-th address and the server. */
static struct packet between(uint32_t i)
{
    return (struct packet){.src.ip = {.family = 4, .b = {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}},
                           .dst.ip = {.family = 4, .b = {192, 0, 2, 25}}};
}

static unsigned that_wait(struct fragment_pairs *x, const struct share *s, int64_t ts_us)
{
    unsigned n = 0;

    for (uint32_t i = 0; i < 1000; i++) {
        struct packet p = between(i);

        n += fragment_pairs_has(x, s, &p, ts_us);
    }
    return n;
}

/* An attacker sends fragments from a million addresses: what comes whole waits with them, and not until the next start. */
static void fragments_of_long_ago_hold_nobody_up(void **state)
{
    static struct fragment_pairs x;
    const int64_t minute = FRAGMENT_MINUTE_US, then = 30000000 * minute + minute / 2;
    struct packet p = between(7), back = {.src = p.dst, .dst = p.src};
    struct share s;

    (void)state;
    assert_true(share_draw(&s, 2));
    assert_int_equal(that_wait(&x, &s, then), 0);
    fragment_pairs_note(&x, &s, &p, then);
    assert_true(fragment_pairs_has(&x, &s, &p, then) && fragment_pairs_has(&x, &s, &back, then + minute));
    assert_true(that_wait(&x, &s, then) < 20);
    for (uint32_t i = 0; i < 1 << 20; i++) {
        p = between(i);
        fragment_pairs_note(&x, &s, &p, then);
    }
    assert_int_equal(that_wait(&x, &s, then + minute), 1000);
    for (unsigned later = 2; later < 255; later++)
        assert_int_equal(that_wait(&x, &s, then + later * minute), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_order_whoever_is_faster),       cmocka_unit_test(nothing_leaves_that_is_not_certain),
        cmocka_unit_test(runs_begin_and_end_at_their_place), cmocka_unit_test(a_full_lane_waits_for_some_room), cmocka_unit_test(both_directions_are_one_workers),
        cmocka_unit_test(ports_that_follow_each_other_are_spread),
        cmocka_unit_test(the_short_way_says_what_the_long_one_says),
        cmocka_unit_test(frames_handed_on_leave_in_order_of_time), cmocka_unit_test(nothing_overtakes_ones_own_ring),
        cmocka_unit_test(a_half_full_inbox_waits_for_nobody), cmocka_unit_test(a_full_inbox_refuses),
        cmocka_unit_test(fragments_of_long_ago_hold_nobody_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
