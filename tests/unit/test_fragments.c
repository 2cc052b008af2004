/* SPDX-License-Identifier: Apache-2.0 */
/* fragments: datagrams in pieces of any order and overlap; caps, time, refused memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "decoders/net/fragments.h"
#include "tests/unit/frame_build.h"
#include "tests/unit/split.h"

enum { LONGEST = 70000 };

static const struct hash_key hash_key = {1, 2};

/* The bytes of "ip4 tcp" behind the IP header: 28 of them, a TCP segment with right checksum. */
struct whole {
    struct built frame;
    struct span bytes;
    bool six;
};

static void whole_init(struct whole *w, bool six)
{
    w->six = six;
    frame_build(&w->frame, six ? "ip6 tcp" : "ip4 tcp");
    w->bytes = span_from(span_of(w->frame.p, w->frame.n), six ? 40 : 20);
}

/* A frame with bytes as the fragment at offset of datagram id. */
static struct span piece_frame(uint8_t *room, bool six, unsigned id, size_t offset, bool more,
                               struct span bytes)
{
    size_t header = six ? 48 : 20;

    memset(room, 0, header);
    if (six) {
        room[0] = 0x60;
        w16(room + 4, (unsigned)(8 + bytes.n));
        room[6] = 44;
        room[7] = 64;
        memcpy(room + 8, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
        memcpy(room + 24, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 16);
        room[40] = 6;
        w16(room + 42, (unsigned)offset | more);
        w16(room + 46, id);
    } else {
        room[0] = 0x45;
        w16(room + 2, (unsigned)(20 + bytes.n));
        w16(room + 4, id);
        w16(room + 6, (unsigned)(offset / 8) | (more ? 0x2000 : 0));
        room[8] = 64;
        room[9] = 6;
        memcpy(room + 12, "\x0a\0\0\1\x0a\0\0\2", 8);
        w16(room + 10, ~built_sum(0, room, 20) & 0xffff);
    }
    memcpy(room + header, bytes.p, bytes.n);
    return span_of(room, header + bytes.n);
}

struct run {
    struct mem mem;
    struct fragments *f;
    struct packet p;
    int64_t now_us;
};

static void run_init(struct run *r)
{
    mem_init(&r->mem, 0);
    r->f = fragments_new(&r->mem, &hash_key);
    r->now_us = 0;
}

static void run_free(struct run *r)
{
    fragments_free(r->f);
    assert_int_equal(r->mem.used, 0);
}

/* Pushes [from, to) of w; the datagram when it is complete. cut: bytes of it the capture lost. */
static struct span push(struct run *r, const struct whole *w, unsigned id, size_t from, size_t to,
                        size_t cut)
{
    static uint8_t room[LONGEST];
    struct span frame = piece_frame(room, w->six, id, from, to < w->bytes.n,
                                    span_head(span_from(w->bytes, from), to - from));

    assert_int_equal(packet_decode(&r->p, LINK_RAW, span_head(frame, frame.n - cut),
                                   (uint32_t)frame.n, PACKET_CHECK_SUMS),
                     PACKET_FRAGMENT);
    return fragments_push(r->f, &r->p, r->now_us);
}

static void expect_mail(struct run *r, struct span whole)
{
    assert_non_null(whole.p);
    assert_int_equal(packet_decode_ip(&r->p, whole, (uint32_t)whole.n, PACKET_CHECK_SUMS),
                     PACKET_TCP);
    assert_true(span_eq(r->p.payload, SPAN(FRAME_PAYLOAD)));
    assert_int_equal(r->p.payload_wire, 8);
    assert_int_equal(r->p.dst.port, 25);
    assert_int_equal(r->p.ttl, 64);
}

/* Pieces as "from-to"; the last one completes the datagram. */
static const struct {
    const char *name, *pieces;
} cases[] = {
    {"in order", "0-8 8-16 16-28"},
    {"backwards", "16-28 8-16 0-8"},
    {"the middle last", "16-28 0-8 8-16"},
    {"a piece twice", "0-8 0-8 16-28 16-28 8-16"},
    {"overlapping alike", "0-16 8-24 16-28"},
    {"one over all holes", "8-16 0-24 24-28"},
    {"the last piece inside what is there", "0-24 16-28"},
};

static void pieces_in_any_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases) * 2; i++) {
        const char *at = cases[i / 2].pieces;
        struct whole w;
        struct run r;
        unsigned from, to;
        int used;

        whole_init(&w, i & 1);
        run_init(&r);
        while (sscanf(at, "%u-%u%n", &from, &to, &used) == 2) {
            struct span out = push(&r, &w, 7, from, to, 0);

            assert_int_equal(r.p.anomalies, 0);
            at += used;
            if (*at == 0)
                expect_mail(&r, out);
            else if (out.p)
                fail_msg("%s", cases[i / 2].name);
        }
        assert_int_equal(fragments_lost(r.f, true), 0);
        run_free(&r);
    }
}

static void the_first_copy_wins_and_difference_is_flagged(void **state)
{
    struct whole w, evil;
    struct run r;
    struct span out;

    (void)state;
    whole_init(&w, false);
    whole_init(&evil, false);
    for (size_t i = 0; i < 16; i++)
        evil.frame.p[20 + i] ^= 0x55;
    run_init(&r);
    push(&r, &w, 7, 0, 8, 0);
    push(&r, &evil, 7, 0, 8, 0);
    assert_true(anomaly_has(r.p.anomalies, ANOMALY_IP_FRAGMENT_OVERLAP));
    push(&r, &w, 7, 8, 16, 0);
    assert_false(anomaly_has(r.p.anomalies, ANOMALY_IP_FRAGMENT_OVERLAP));
    out = push(&r, &w, 7, 16, 28, 0);
    expect_mail(&r, out);
    run_free(&r);
}

static void datagrams_do_not_mix(void **state)
{
    struct whole four, six;
    struct run r;
    struct span out;

    (void)state;
    whole_init(&four, false);
    whole_init(&six, true);
    run_init(&r);
    for (unsigned id = 1; id < 500; id++) {
        push(&r, &four, id, 0, 16, 0);
        push(&r, &six, id, 16, 28, 0);
    }
    for (unsigned id = 1; id < 500; id++) {
        out = push(&r, &four, id, 16, 28, 0);
        expect_mail(&r, out);
        out = push(&r, &six, id, 0, 16, 0);
        expect_mail(&r, out);
    }
    assert_int_equal(fragments_lost(r.f, true), 0);
    run_free(&r);
}

static void time_and_caps_give_datagrams_up(void **state)
{
    struct whole w;
    struct run r;

    (void)state;
    whole_init(&w, false);
    run_init(&r);
    push(&r, &w, 1, 0, 8, 0);
    push(&r, &w, 1, 8, 16, 0);
    r.now_us = LIMIT_FRAGMENT_SECONDS * 1000000ll + 1;
    assert_null(push(&r, &w, 1, 16, 28, 0).p);
    assert_int_equal(fragments_lost(r.f, false), 2);
    for (unsigned id = 2; id < 5002; id++)
        push(&r, &w, id, 0, 8, 0);
    assert_int_equal(fragments_lost(r.f, false), 5001 - LIMIT_FRAGMENT_DATAGRAMS);
    assert_int_equal(fragments_lost(r.f, true), LIMIT_FRAGMENT_DATAGRAMS);
    assert_int_equal(fragments_lost(r.f, true), 0);
    run_free(&r);
}

static void many_and_large_pieces_are_capped(void **state)
{
    static uint8_t large[65000];
    struct whole w = {.bytes = span_of(large, sizeof(large))};
    struct run r;
    uint64_t lost;

    (void)state;
    run_init(&r);
    for (size_t at = 0; at < 8 * LIMIT_FRAGMENTS; at += 8) /* every other one: none meets another */
        push(&r, &w, 1, at * 2, at * 2 + 8, 0);
    assert_int_equal(fragments_lost(r.f, false), 0);
    push(&r, &w, 1, 16 * LIMIT_FRAGMENTS, 16 * LIMIT_FRAGMENTS + 8, 0);
    assert_int_equal(fragments_lost(r.f, false), LIMIT_FRAGMENTS + 1);
    for (unsigned id = 2; id < 202; id++) {
        push(&r, &w, id, 0, 64000, 0);
        assert_true(r.mem.used < LIMIT_FRAGMENT_BYTES + LIMIT_FRAGMENT_DATAGRAMS * 128 + 100000);
    }
    lost = fragments_lost(r.f, true);
    assert_int_equal(lost, 200);
    run_free(&r);
}

/* The header says how much there was: what is missing becomes a gap in the stream. */
static void a_piece_cut_off_by_the_capture(void **state)
{
    struct whole w;
    struct run r;
    struct span out;

    (void)state;
    whole_init(&w, false);
    run_init(&r);
    push(&r, &w, 7, 0, 24, 0);
    out = push(&r, &w, 7, 24, 28, 3);
    assert_non_null(out.p);
    assert_int_equal(packet_decode_ip(&r.p, out, (uint32_t)out.n, 0), PACKET_TCP);
    assert_int_equal(r.p.payload.n, 5);
    assert_int_equal(r.p.payload_wire, 8);
    push(&r, &w, 8, 0, 24, 3);
    out = push(&r, &w, 8, 24, 28, 0);
    assert_non_null(out.p);
    assert_int_equal(packet_decode_ip(&r.p, out, (uint32_t)out.n, 0), PACKET_TCP);
    assert_int_equal(r.p.payload.n, 1);
    assert_int_equal(r.p.payload_wire, 8);
    run_free(&r);
}

static void refused_memory_loses_datagrams_only(void **state)
{
    struct whole w;

    (void)state;
    whole_init(&w, true);
    for (long nth = 1; nth < 12; nth++) {
        struct run r;
        uint64_t lost = 0, whole = 0;

        mem_init(&r.mem, 0);
        r.mem.fail_after = nth;
        r.f = fragments_new(&r.mem, &hash_key);
        r.now_us = 0;
        if (!r.f)
            continue;
        for (unsigned id = 0; id < 4; id++)
            for (size_t at = 0; at < 24; at += 8)
                whole += push(&r, &w, id, at, at + (at == 16 ? 12 : 8), 0).p != NULL;
        lost = fragments_lost(r.f, true);
        assert_int_equal(whole * 3 + lost, 12);
        run_free(&r);
    }
}

static void a_datagram_over_64_kib_is_malformed(void **state)
{
    struct whole w;
    struct packet p;
    uint8_t room[200];

    (void)state;
    whole_init(&w, false);
    assert_int_equal(packet_decode(&p, LINK_RAW, piece_frame(room, false, 1, 65528, false, w.bytes),
                                   0, 0),
                     PACKET_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_in_any_order),
        cmocka_unit_test(the_first_copy_wins_and_difference_is_flagged),
        cmocka_unit_test(datagrams_do_not_mix),
        cmocka_unit_test(time_and_caps_give_datagrams_up),
        cmocka_unit_test(many_and_large_pieces_are_capped),
        cmocka_unit_test(a_piece_cut_off_by_the_capture),
        cmocka_unit_test(refused_memory_loses_datagrams_only),
        cmocka_unit_test(a_datagram_over_64_kib_is_malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
