/* SPDX-License-Identifier: Apache-2.0 */
/* worker: what a flood of connections may cost; several workers count each frame once; what is kept is wiped. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "sensor/worker_state.h"

enum { FLOOD = 20000 };

struct counting_sink {
    struct sink sink;
    uint64_t sessions;
};

static bool put_counted(struct sink *s, const struct record *r)
{
    ((struct counting_sink *)(void *)s)->sessions += r->type == RECORD_SESSION;
    return true;
}

static void free_nothing(struct sink *s)
{
    (void)s;
}

/* Each frame opens a connection of its own, in the middle of a mail, from an address that was made up. */
static void flood_frame(uint8_t frame[128], struct frame *f, uint32_t i)
{
    static const char payload[] = "EHLO x\r\nMAIL FROM:<a@example.org>\r\n";
    static const uint8_t head[54] = {
        0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 8, 0,                                   /* Ethernet */
        0x45, 0, 0, 40 + sizeof(payload) - 1, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 0, 192, 0, 2, 25, /* IPv4 */
        0x30, 0x39, 0, 25, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0, /* TCP 12345 > 25 */
    };

    memcpy(frame, head, sizeof(head));
    memcpy(frame + sizeof(head), payload, sizeof(payload) - 1);
    frame[27] = (uint8_t)(i >> 16);
    frame[28] = (uint8_t)(i >> 8);
    frame[29] = (uint8_t)i;
    *f = (struct frame){.bytes = span_of(frame, sizeof(head) + sizeof(payload) - 1), .link_type = 1,
                        .wire = sizeof(head) + sizeof(payload) - 1, .ts_us = 1000000 + i, .number = i + 1};
}

/* Bytes in use grow to the budget, and then old connections go; each still gets its records. */
static void a_flood_stays_in_its_memory(void **state)
{
    struct budget budget;
    struct worker_options o = {.ports = {25}, .ports_n = 1, .budget = &budget};
    struct counting_sink count = {.sink = {.name = "count", .put = put_counted, .free = free_nothing}};
    struct sink *sinks[] = {&count.sink};
    struct record_pool *pool = record_pool_new();
    char err[256];
    struct publisher *p = publisher_start(sinks, 1, true, err);
    struct worker *w;
    struct worker_report report;
    const struct counters *n = &report.counters;

    (void)state;
    budget_init(&budget, 30 << 20); /* slack takes 16 of them, nDPI 9: it starts twice, at the first of them */
    w = worker_new(&o, NULL, pool, p, err);
    assert_non_null(w);
    for (uint32_t i = 0; i < FLOOD; i++) {
        uint8_t bytes[128];
        struct frame f;

        flood_frame(bytes, &f, i);
        worker_frame(w, &f);
    }
    worker_report(w, &report);
    assert_int_equal(n->flows, FLOOD);
    assert_true(n->flows_open > 100);
    assert_true(n->flows_open < FLOOD / 10);
    assert_int_equal(n->flows_evicted, FLOOD - n->flows_open);
    worker_finish(w, true);
    assert_int_equal(publisher_finish(p, 0), 0);
    worker_free(w);
    assert_int_equal(count.sessions, FLOOD);
    record_pool_free(pool);
}

/* A datagram of UDP in two pieces, which no worker owns: live, every worker is handed both and puts them together. */
static struct frame piece(uint8_t bytes[42], bool last)
{
    static const uint8_t head[42] = {
        0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 8, 0,                                     /* Ethernet */
        0x45, 0, 0, 28, 0, 7, 0x20, 0, 64, 17, 0, 0, 198, 51, 100, 7, 192, 0, 2, 25,  /* IPv4, more to come */
        0x30, 0x39, 0x27, 0x0f, 0, 16, 0, 0,                                          /* UDP 12345 > 9999 */
    };

    memcpy(bytes, head, sizeof(head));
    bytes[20] = last ? 0 : 0x20;
    bytes[21] = last;
    return (struct frame){.bytes = span_of(bytes, sizeof(head)), .link_type = 1, .wire = sizeof(head),
                          .ts_us = 1000000 + last, .number = 1 + last};
}

/* Each frame is counted once, by whichever of them: two frames are two packets, of one datagram. */
static void what_all_put_together_and_nobody_owns_counts_once(void **state)
{
    struct worker_options o = {.ports = {25}, .ports_n = 1, .live = true};
    struct record_pool *pool = record_pool_new();
    struct worker_report all = {.packet_us = 0}, one;
    const struct counters *n = &all.counters;
    char err[256];

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct worker_seat seat = {.share = {.n = 3}, .index = i};
        struct worker *w = worker_new(&o, &seat, pool, NULL, err);

        assert_non_null(w);
        for (unsigned k = 0; k < 2; k++) {
            uint8_t bytes[42];
            struct frame f = piece(bytes, k);

            worker_frame(w, &f);
        }
        worker_report(w, &one);
        worker_report_add(&all, &one);
        worker_free(w);
    }
    assert_int_equal(n->packets, 2);
    assert_int_equal(n->packets_used, 1);
    assert_int_equal(n->packets_other_protocol, 1);
    assert_int_equal(n->datagrams, 1);
    record_pool_free(pool);
}

/* Whether a word lies anywhere in the heap, freed blocks included. What is read goes through static memory. */
static bool heap_has(struct span word)
{
    static uint8_t room[1 << 16];
    FILE *maps = fopen("/proc/self/maps", "re"), *memory = fopen("/proc/self/mem", "re");
    unsigned long from = 0, to = 0;
    char line[512];
    bool has = false;

    assert_non_null(maps);
    assert_non_null(memory);
    setvbuf(memory, NULL, _IONBF, 0);
    while (fgets(line, sizeof(line), maps))
        if (strstr(line, "[heap]"))
            sscanf(line, "%lx-%lx", &from, &to);
    for (; from + word.n <= to && !has; from += sizeof(room) - word.n) {
        size_t n = to - from < sizeof(room) ? to - from : sizeof(room);

        assert_int_equal(fseek(memory, (long)from, SEEK_SET), 0);
        assert_int_equal(fread(room, 1, n, memory), n);
        has = memmem(room, n, word.p, word.n);
    }
    fclose(maps);
    fclose(memory);
    return has;
}

/* A frame whose time leaps is kept until the next one tells whether it is right. It may be an AUTH line: nothing of it is left behind. */
static void a_frame_in_doubt_leaves_nothing_behind(void **state)
{
    static const struct span secret = {(const uint8_t *)"AUTH PLAIN d2hhdCBhIHNlY3JldA==\r\n", 33};
    struct worker_options o = {.ports = {587}, .ports_n = 1}; /* not this frame's: no one else keeps it */
    struct record_pool *pool = record_pool_new();
    struct worker *w;
    char err[256];
    bool kept = false, kept_after;

    (void)state;
    w = worker_new(&o, NULL, pool, NULL, err);
    assert_non_null(w);
    for (uint32_t i = 0; i < 3; i++) {
        uint8_t bytes[128];
        struct frame f;

        flood_frame(bytes, &f, i);
        if (i == 1) {
            memcpy(bytes + 54, secret.p, secret.n);
            f.ts_us += 86400 * INT64_C(1000000);
        }
        worker_frame(w, &f);
        kept |= heap_has(secret);
    }
    kept_after = heap_has(secret);
    worker_free(w);
    record_pool_free(pool);
    if (!kept)
        skip(); /* malloc is somebody else's (sanitizers, valgrind) */
    assert_false(kept_after);
}

/* A worker whose records are noted: where each came, and what the worker had counted by then. */
struct noted {
    struct sink sink;
    uint64_t n, sum;
    struct record_pool *pool;
    struct publisher *publisher;
    struct worker *worker;
};

static bool put_noted(struct sink *s, const struct record *r)
{
    struct noted *x = (struct noted *)(void *)s;

    x->n++;
    for (const uint64_t *v = (const uint64_t[]){r->place, r->first_frame, r->frame, r->packets, r->bytes, 0}; *v; v++)
        x->sum = (x->sum ^ *v) * 0x9e3779b97f4a7c15;
    return true;
}

static void noted_open(struct noted *x, const struct worker_options *o, unsigned workers)
{
    const struct worker_seat seat = {.share = {.n = workers}, .index = 0};
    char err[256];

    *x = (struct noted){.sink = {.name = "noted", .put = put_noted, .free = free_nothing}};
    x->pool = record_pool_new();
    x->publisher = publisher_start((struct sink *[]){&x->sink}, 1, true, err);
    x->worker = worker_new(o, &seat, x->pool, x->publisher, err);
    assert_non_null(x->worker);
}

/* What a capture's clock does: it goes, it steps back, it stands still for minutes; one frame is wrong by hours, or all from there on. */
static int64_t next_time(int64_t *now_us, uint32_t random)
{
    static const int64_t second = 1000000;

    *now_us += random % 2000;
    switch (random / 2000 % 256) {
    case 0: return *now_us - random % 5 * second;
    case 1: return *now_us += random % 400 * second;
    case 2: return *now_us + 2 * 3600 * second;
    case 3: return *now_us += 2 * 3600 * second;
    case 4: return *now_us += 3 * second; /* a hole's time is up, who was silent goes to rest */
    default: return *now_us;
    }
}

static void noted_close(struct noted *x)
{
    worker_finish(x->worker, true);
    assert_int_equal(publisher_finish(x->publisher, 0), 0);
    worker_free(x->worker);
    record_pool_free(x->pool);
}

static void both_are_the_same(const struct noted *a, const struct noted *b)
{
    struct worker_report one, two;

    worker_report(a->worker, &one);
    worker_report(b->worker, &two);
    assert_memory_equal(&one.counters, &two.counters, sizeof(one.counters));
    assert_true(one.packet_us == two.packet_us && one.frame == two.frame && one.packets == two.packets && one.bytes == two.bytes);
    assert_int_equal(worker_moment(a->worker), worker_moment(b->worker));
    assert_memory_equal(&a->worker->clock, &b->worker->clock, sizeof(a->worker->clock));
    assert_true(a->worker->clock_us == b->worker->clock_us);
}

/* The short way's clock: it believes what the clock itself would, and nothing else. */
static void a_clock_that_just_goes(void **state)
{
    const int64_t hour = 3600 * INT64_C(1000000), steps[] = {-2 * hour, -hour, -1, 0, 1, hour - 1, hour, hour + 1, 2 * hour};
    struct clock c = {.now_us = 0};
    int64_t now_us, ts_us = 5 * hour;
    uint32_t random = 1;
    unsigned goes = 0;

    (void)state;
    for (unsigned i = 0; i < 10000; i++) {
        const struct clock before = c;
        bool just = clock_just_goes(&c, ts_us, &now_us);

        assert_true((clock_frame(&c, ts_us) == CLOCK_GOES && before.now_us && !before.leap_us) == just);
        assert_true(!just || (c.now_us == now_us && !c.leap_us));
        goes += just;
        random = random * 1664525 + 1013904223;
        ts_us = c.now_us + steps[random / 65536 % 9];
        if (i % 64 == 0) { /* it begins anew, near 1970 or not */
            c = (struct clock){.now_us = 0};
            ts_us = i % 128 ? 1 : 5 * hour;
        }
    }
    assert_true(goes > 3000 && goes < 9000);
}

/* One of a capture's frames: of a connection as that of the frame before, of another that was met or is new, of another port, a piece of
 * a datagram, or one that the user's filter refused. */
static void any_frame(uint8_t bytes[128], struct frame *f, uint32_t i, uint32_t random)
{
    if (random % 16 == 0) {
        *f = piece(bytes, random & 16);
        return;
    }
    flood_frame(bytes, f, random & 32 ? i / 4 : random / 64 % 1000);
    if (random % 16 == 1)
        bytes[37] = 80;
    if (random % 16 == 2) { /* the answer: the same ends, the other way round */
        static const uint8_t turned[12] = {192, 0, 2, 25, 10, 0, 0, 0, 0, 25, 0x30, 0x39};

        memcpy(bytes + 31, bytes + 27, 3); /* to whom, in front of what is laid over it */
        memcpy(bytes + 26, turned, 5);
        memcpy(bytes + 34, turned + 8, 4);
    }
    f->filtered = random % 16 == 3;
}

/* One of two workers' frames, as it is told for the first of them: most of another's frames are one after the other. */
static enum frame_of any_of(const struct frame *f, uint32_t random)
{
    if (f->filtered || random % 8 == 0)
        return FRAME_OF_ANYBODY;
    return random / 8 % 4 == 0 ? FRAME_OF_MINE : FRAME_OF_OTHERS;
}

static void take_alone(struct worker *w, const struct frame *f, enum frame_of of)
{
    const uint8_t one = (uint8_t)of;

    if (of == FRAME_OF_OTHERS)
        worker_pass(w, f);
    else
        worker_frames_of(w, f, &one, 1);
}

/* Some frames are looked at before their turn; while they wait, connections in front of them begin, go to rest, wake and end. Of several
 * workers, frames of another go by between one's own, as one; the clock leaps among them, and connections time out. */
static void together_is_as_alone(unsigned workers)
{
    enum { MOST = WORKER_FRAMES };
    uint8_t of[MOST];
    struct worker_options o = {.ports = {25}, .ports_n = 1};
    int64_t now_us = 1700000000 * INT64_C(1000000);
    uint8_t bytes[MOST][128];
    struct frame f[MOST];
    struct noted one, two;
    uint32_t random = 1;

    noted_open(&one, &o, workers);
    noted_open(&two, &o, workers);
    for (uint32_t all = 0; all < 30000 * workers;) {
        unsigned n = 1 + (random >> 16 & 1 ? random / 4 % 4 : random / 4 % MOST);

        for (unsigned i = 0; i < n; i++) {
            random = random * 1664525 + 1013904223;
            any_frame(bytes[i], &f[i], all, random >> 8);
            f[i].ts_us = next_time(&now_us, random >> 4);
            f[i].number = ++all;
            of[i] = workers > 1 ? any_of(&f[i], random >> 16) : FRAME_OF_ANYBODY;
            if (workers > 1)
                take_alone(one.worker, &f[i], of[i]);
            else
                worker_frame(one.worker, &f[i]);
        }
        if (workers > 1)
            worker_frames_of(two.worker, f, of, n);
        else
            worker_frames(two.worker, f, n);
        both_are_the_same(&one, &two);
        random = random * 1664525 + 1013904223;
    }
    noted_close(&one);
    noted_close(&two);
    assert_true(one.n > 2000 && one.n == two.n && one.sum == two.sum);
}

static void frames_together_are_what_they_are_alone(void **state)
{
    (void)state;
    together_is_as_alone(1);
}

static void among_frames_of_others_too(void **state)
{
    (void)state;
    together_is_as_alone(2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_flood_stays_in_its_memory),
                                       cmocka_unit_test(what_all_put_together_and_nobody_owns_counts_once),
                                       cmocka_unit_test(a_frame_in_doubt_leaves_nothing_behind),
                                       cmocka_unit_test(a_clock_that_just_goes),
                                       cmocka_unit_test(frames_together_are_what_they_are_alone),
                                       cmocka_unit_test(among_frames_of_others_too)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
