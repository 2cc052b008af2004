/* SPDX-License-Identifier: Apache-2.0 */
/* base: caps hold, kernels agree with their scalar twins, SipHash matches the paper's vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <arpa/inet.h>

#include "decoders/base/anomaly.h"
#include "decoders/base/endpoint.h"
#include "decoders/base/scan.h"
#include "decoders/base/siphash.h"
#include "decoders/mail/field_extent.h"
#include "tests/unit/split.h"

static void buffer_keeps_its_cap(void **state)
{
    struct mem m;
    struct buf b;

    (void)state;
    mem_init(&m, 0);
    buf_init(&b, &m, 5);
    assert_true(buf_add(&b, SPAN("abc")));
    assert_false(buf_add(&b, SPAN("defg")));
    assert_true(b.truncated);
    assert_true(span_eq(buf_span(&b), SPAN("abcde")));
    buf_free(&b);
    assert_int_equal(m.used, 0);
}

/* A text goes on from the lent room into memory at every length: whole, the room's end untouched, all given back. */
static void a_buffer_outgrows_what_was_lent(void **state)
{
    uint8_t text[100], room[17];
    struct mem m;
    struct buf b;

    (void)state;
    mem_init(&m, 0);
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t)('!' + i % 90);
    for (size_t first = 0; first <= 16; first++) {
        for (size_t n = first; n <= sizeof(text); n++) {
            room[16] = 0xee;
            buf_init_in(&b, &m, 80, room, 16);
            assert_non_null(buf_whole(&b).p);
            buf_add(&b, span_of(text, first));
            assert_int_equal(buf_add(&b, span_of(text + first, n - first)), n <= 80);
            assert_true(span_eq(buf_whole(&b), span_of(text, n < 80 ? n : 80)));
            assert_int_equal(m.blocks, n > 16);
            assert_int_equal(room[16], 0xee);
            buf_free(&b);
            assert_int_equal(m.used + m.blocks, 0);
        }
    }
}

/* What outgrows it is refused: the text is a piece, and says so; the room is nobody's to free. Then it is used again. */
static void a_lent_room_stays_when_memory_is_refused(void **state)
{
    uint8_t room[8];
    struct mem m;
    struct buf b;

    (void)state;
    mem_init(&m, 0);
    buf_init_in(&b, &m, 4096, room, sizeof(room));
    m.fail_after = 1;
    assert_true(buf_add(&b, SPAN("user")));
    assert_false(buf_add(&b, SPAN("@example.jp")));
    assert_null(buf_whole(&b).p);
    buf_clear(&b);
    assert_true(buf_add(&b, SPAN("user")));
    assert_true(span_eq(buf_whole(&b), SPAN("user")));
    buf_free(&b);
    m.fail_after = 0;
    assert_true(buf_add(&b, SPAN("user@example.jp"))); /* freed, it asks for memory */
    assert_int_equal(m.blocks, 1);
    buf_free(&b);
    assert_int_equal(m.used, 0);
}

/* Texts of every length, each byte of one changed to every other at every place: equal where byte by byte they are. */
static void case_is_folded_at_every_place(void **state)
{
    static const char text[] = "Content-Transfer-Encoding[@Zz{`";

    (void)state;
    for (size_t n = 1; n < sizeof(text); n++) {
        for (size_t at = 0; at < n; at++) {
            for (int c = 0; c < 256; c++) {
                char other[sizeof(text)];
                bool same = ascii_lower((uint8_t)text[at]) == ascii_lower((uint8_t)c);
                size_t size;
                void *base;
                struct span s;

                memcpy(other, text, n);
                other[at] = (char)c;
                if (c % 16) {
                    assert_int_equal(span_eq_nocase(span_of(text, n), span_of(other, n)), same);
                    continue;
                }
                s = split_guard(span_of(other, n), &base, &size);
                assert_int_equal(span_eq_nocase(span_of(text, n), s), same);
                munmap(base, size);
            }
        }
    }
}

/* What is kept for the next mail is used again, is bounded, and does not stand in the way of something larger. */
static void arena_keeps_some_blocks(void **state)
{
    struct mem m;
    struct arena a;
    size_t kept;

    (void)state;
    mem_init(&m, 0);
    arena_init(&a, &m, 1000000);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 1000; i++)
            memset(arena_alloc(&a, 90), 'x', 90);
        arena_rewind(&a);
        assert_int_equal(a.used, 0);
        kept = m.used;
        assert_in_range(kept, 20000, 31744);
    }
    for (int i = 0; i < 250; i++) /* fits what was kept */
        memset(arena_alloc(&a, 90), 'y', 90);
    assert_int_equal(m.used, kept);
    arena_rewind(&a);
    memset(arena_alloc(&a, 90000), 'z', 90000);
    assert_in_range(m.used, 90000, 100000);
    memset(arena_alloc(&a, 90000), 'z', 90000);
    arena_reset(&a);
    assert_int_equal(m.used, 1024);
    arena_free(&a);
    assert_int_equal(m.used, 0);
}

/* Every byte at every place of every length, before an unreadable page; into another place and where it stands. */
static void lower_case_copied(void **state)
{
    uint8_t raw[40], to[42];

    (void)state;
    for (size_t n = 0; n <= sizeof(raw); n++)
        for (unsigned c = 0; c < 256; c++) {
            size_t at = n ? c % n : 0, size;
            void *base;
            struct span s;

            memset(raw, 'Q', sizeof(raw));
            raw[at] = (uint8_t)c;
            s = split_guard(span_of(raw, n), &base, &size);
            memset(to, '#', sizeof(to));
            ascii_lower_copy(to + 1, s.p, n);
            ascii_lower_copy(raw, raw, n);
            for (size_t i = 0; i < n; i++)
                assert_int_equal(to[1 + i], ascii_lower(s.p[i]));
            assert_memory_equal(raw, to + 1, n);
            assert_int_equal(to[0], '#');
            assert_int_equal(to[1 + n], '#');
            munmap(base, size);
        }
}

/* Needles of every length in texts of their first bytes, whole and cut by the end, before an unreadable page. */
static void needles_are_found_where_they_begin(void **state)
{
    static const char needle[] = "ababacabab";

    (void)state;
    for (unsigned bits = 0; bits < 4096; bits++) {
        uint8_t text[90];
        size_t size, n = 1 + bits % sizeof(text);
        struct span s;
        void *base;

        for (size_t i = 0; i < n; i++)
            text[i] = (uint8_t) "abac"[(bits >> i % 12 & 1) + 2 * (bits >> (i + 5) % 11 & 1)];
        s = split_guard(span_of(text, n), &base, &size);
        for (size_t length = 1; length < sizeof(needle); length++) {
            for (size_t from = 0; from <= n; from += 7) {
                size_t at = from;

                while (at + length <= n && memcmp(text + at, needle, length) != 0)
                    at++;
                assert_int_equal(span_find_span(s, from, span_of(needle, length)), at + length <= n ? at : n);
            }
        }
        munmap(base, size);
    }
}

/* Others get what is left beside it, to the last byte; the owner gets his, and what he leaves is for all. */
/* Where bytes may be written before they are asked for: nowhere without a block, behind its end or above the cap; and nothing is taken. */
static void arena_shows_its_room(void **state)
{
    struct mem m;
    struct arena a;
    uint8_t *room;

    (void)state;
    mem_init(&m, 0);
    arena_init(&a, &m, 800);
    assert_null(arena_peek(&a, 1));
    assert_non_null(arena_alloc(&a, 100));
    room = arena_peek(&a, 300);
    assert_non_null(room);
    assert_ptr_equal(arena_peek(&a, 0), room);
    memset(room, 'x', 300);
    assert_int_equal(a.used, 112);
    assert_null(arena_peek(&a, 800 - 112 + 1));
    assert_false(a.refused);
    assert_ptr_equal(arena_alloc(&a, 300), room);
    assert_non_null(arena_peek(&a, 800 - 112 - 304 - 32));
    assert_true(arena_set_aside(&a, 300));
    assert_null(arena_peek(&a, 800 - 112 - 304 - 32));
    arena_free(&a);
    arena_init(&a, &m, 100000);
    assert_non_null(arena_alloc(&a, 100));
    assert_null(arena_peek(&a, 1024));
    arena_free(&a);
}

static void arena_sets_aside(void **state)
{
    struct mem m;
    struct arena a;

    (void)state;
    mem_init(&m, 0);
    arena_init(&a, &m, 1000);
    assert_true(arena_set_aside(&a, 300) && arena_set_aside(&a, 1)); /* 304 and 16 */
    assert_false(a.refused);
    assert_null(arena_alloc(&a, 1000 - 304 - 16 + 1));
    assert_true(a.refused);
    assert_non_null(arena_alloc(&a, 672));
    assert_null(arena_alloc(&a, 16));
    assert_false(arena_set_aside(&a, 16));
    assert_non_null(arena_take_aside(&a, 160));
    assert_non_null(arena_alloc(&a, 160));
    assert_null(arena_alloc(&a, 16));
    assert_true(a.used <= a.max);
    arena_rewind(&a);
    assert_true(arena_set_aside(&a, 992));
    arena_reset(&a);
    assert_non_null(arena_alloc(&a, 992));
    arena_free(&a);
    assert_int_equal(m.used, 0);
}

static void arena_never_moves_and_gives_all_back(void **state)
{
    struct mem m;
    struct arena a;
    struct span first;

    (void)state;
    mem_init(&m, 0);
    arena_init(&a, &m, 100000);
    first = arena_dup(&a, SPAN("first"));
    for (int i = 0; i < 1000; i++)
        arena_alloc(&a, 90);
    assert_true(span_eq(first, SPAN("first")));
    assert_null(arena_alloc(&a, 100000));
    assert_true(a.refused);
    arena_reset(&a);
    assert_int_equal(a.used, 0);
    arena_free(&a);
    assert_int_equal(m.used, 0);
}

static void budget_and_nth_failure_refuse(void **state)
{
    struct mem m;
    void *p;

    (void)state;
    mem_init(&m, 100);
    p = mem_zalloc(&m, 60);
    assert_non_null(p);
    assert_null(mem_zalloc(&m, 60));
    assert_int_equal(m.refused, 1);
    mem_free(&m, p, 60);
    m.fail_after = 2;
    p = mem_zalloc(&m, 1);
    assert_non_null(p);
    assert_null(mem_zalloc(&m, 1));
    assert_null(mem_zalloc(&m, 1));
    mem_free(&m, p, 1);
    assert_int_equal(m.used, 0);
}

/* Vectors of the SipHash paper's reference: key 00..0f, messages 00, 00 01, ... */
static void siphash_vectors(void **state)
{
    struct hash_key key = {0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL};
    uint8_t in[16];

    (void)state;
    for (unsigned i = 0; i < sizeof(in); i++)
        in[i] = (uint8_t)i;
    assert_true(siphash(&key, span_of(in, 0)) == 0x726fdb47dd0e0e31ULL);
    assert_true(siphash(&key, span_of(in, 1)) == 0x74f839c593dc67fdULL);
    assert_true(siphash(&key, span_of(in, 8)) == 0x93f5f5799a932462ULL);
    assert_true(siphash(&key, span_of(in, 15)) == 0xa129ca6149be45e5ULL);
}

/* Python 3.11 hashes bytes with SipHash-1-3, under the key 0 when PYTHONHASHSEED is 0: its answers. */
static void siphash13_vectors(void **state)
{
    struct hash_key key = {0, 0};
    uint8_t in[36];

    (void)state;
    for (unsigned i = 0; i < sizeof(in); i++)
        in[i] = (uint8_t)i;
    assert_true(siphash13(&key, SPAN("a")) == 0x407448d2b89b1813ULL);
    assert_true(siphash13(&key, SPAN("abcdefgh")) == 0x3f7b849c0b8e35eaULL);
    assert_true(siphash13(&key, span_of(in, 15)) == 0xf30eb725bb91c9eaULL);
    assert_true(siphash13_of_12(&key, 0x0706050403020100, 0x0b0a0908) == siphash13(&key, span_of(in, 12)));
    assert_true(siphash13(&key, span_of(in, 36)) == 0xac77921fcc642bd3ULL);
}

/* Some texts hold little else than what is looked for, and some hardly any of it, so that whole blocks are passed by. */
static void kernels_agree_with_their_twins(void **state)
{
    uint32_t seed = 1;
    uint8_t raw[300];
    void *base;
    size_t size;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        size_t n = (seed >> 8) % sizeof(raw);
        unsigned rare = 1U << round % 5 * 2; /* one byte in so many is not a space */
        struct span s;

        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525 + 1013904223;
            raw[i] = (seed >> 4) % rare ? ' ' : (uint8_t)"\r\n.-=ab\x01\x80\t <h\"\\\x7f\xff\xcd\xd4@\0zZ[{`\x1f\x7e\xbf\xc0\xcc\xd5"[(seed >> 20) % (seed & 1 << 30 ? 32 : 17)];
        }
        seed = seed * 1664525 + 1013904223;
        s = split_guard(span_of(raw, n), &base, &size);
        for (size_t from = 0; from <= n; from += from < n && n - from < 7 ? n - from : 7) { /* and from its end, where nothing is */
            assert_int_equal(scan_pair(s, from, '\n', '.'), scan_pair_scalar(s, from, '\n', '.'));
            assert_int_equal(scan_at_or_pairs(s, from, (const uint8_t *)"ab.-"), scan_at_or_pairs_scalar(s, from, (const uint8_t *)"ab.-"));
            assert_int_equal(scan_any3(s, from, '<', 'h', '='), scan_any3_scalar(s, from, '<', 'h', '='));
            assert_int_equal(scan_not_plain(s, from), scan_not_plain_scalar(s, from));
            assert_int_equal(field_end(s, from), field_end_scalar(s, from));
            assert_int_equal(scan_ascii16(s, from), scan_ascii16_scalar(s, from));
            assert_int_equal(scan_json(s, from), scan_json_scalar(s, from));
            assert_int_equal(scan_address_or_mixed(s, from), scan_address_or_mixed_scalar(s, from));
        }
        munmap(base, size);
    }
}

static void anomaly_names_are_layered(void **state)
{
    (void)state;
    for (int i = 0; i < ANOMALY_COUNT; i++)
        assert_non_null(strchr(anomaly_name((enum anomaly)i), '.'));
    assert_string_equal(anomaly_name(ANOMALY_TCP_GAP), "tcp.gap");
}

/* One request is refused and the next would not be: a text must not lack its beginning or middle. */
static void a_refused_buffer_stays_refused(void **state)
{
    struct mem m;
    struct buf b;

    (void)state;
    mem_init(&m, 0);
    buf_init(&b, &m, 4096);
    m.fail_after = 1;
    assert_false(buf_add_byte(&b, 'u'));
    m.fail_after = 0;
    assert_false(buf_add(&b, SPAN("ser@example.jp")));
    assert_int_equal(b.n, 0);
    assert_null(buf_whole(&b).p);
    buf_clear(&b);
    assert_true(buf_add(&b, SPAN("user@example.jp")));
    assert_true(span_eq(buf_whole(&b), SPAN("user@example.jp")));
    buf_free(&b);
    assert_non_null(buf_whole(&b).p);
    assert_int_equal(m.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buffer_keeps_its_cap),
        cmocka_unit_test(a_buffer_outgrows_what_was_lent),
        cmocka_unit_test(a_lent_room_stays_when_memory_is_refused),
        cmocka_unit_test(a_refused_buffer_stays_refused),
        cmocka_unit_test(needles_are_found_where_they_begin),
        cmocka_unit_test(arena_never_moves_and_gives_all_back),
        cmocka_unit_test(arena_shows_its_room),
        cmocka_unit_test(arena_sets_aside),
        cmocka_unit_test(case_is_folded_at_every_place),
        cmocka_unit_test(arena_keeps_some_blocks),
        cmocka_unit_test(lower_case_copied),
        cmocka_unit_test(budget_and_nth_failure_refuse),
        cmocka_unit_test(siphash_vectors),
        cmocka_unit_test(siphash13_vectors),
        cmocka_unit_test(kernels_agree_with_their_twins),
        cmocka_unit_test(anomaly_names_are_layered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
