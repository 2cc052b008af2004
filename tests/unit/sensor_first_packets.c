/* SPDX-License-Identifier: Apache-2.0 */
/* first_packets: a reply to EHLO is told by its first line, as a packet that is no longer; all else goes whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "sensor/flows/first_packets.h"
#include "tests/unit/talk_build.h"

/* header bytes of an IP and TCP header whose length field says all of it, then the payload. */
static struct span packet_of(uint8_t *bytes, uint8_t version, size_t header, const char *payload, struct packet *p)
{
    size_t n = header + strlen(payload), at = version == 4 ? 2 : 4, length = version == 4 ? n : n - 40;

    memset(bytes, 0, header);
    bytes[0] = (uint8_t)(version << 4 | 5);
    bytes[at] = (uint8_t)(length >> 8);
    bytes[at + 1] = (uint8_t)length;
    memcpy(bytes + header, payload, strlen(payload));
    *p = (struct packet){.payload = span_of(bytes + header, strlen(payload))};
    return span_of(bytes, n);
}

/* What a dissector is shown of a packet with that payload. */
static struct span shown(struct first_packets *k, uint8_t version, size_t header, const char *payload, uint8_t *room)
{
    static uint8_t bytes[4096];
    struct packet p;
    struct span ip = packet_of(bytes, version, header, payload, &p);

    *k = (struct first_packets){0};
    assert_true(first_packets_add(k, &p, ip, 7));
    assert_memory_equal(k->bytes, ip.p, ip.n); /* kept whole, as it was */
    return first_packets_brief(k, 0, 0, room);
}

static void a_reply_to_ehlo_is_cut(void **state)
{
    static struct first_packets k;
    uint8_t room[FIRST_PACKETS_BRIEF];
    struct span s = shown(&k, 4, 52, "250-mx.example\r\n250-SIZE\r\n250 HELP\r\n", room);

    (void)state;
    assert_int_equal(s.n, 52 + 16);
    assert_memory_equal(s.p + 52, "250-mx.example\r\n", 16);
    assert_int_equal(s.p[2] << 8 | s.p[3], 52 + 16);
    s = shown(&k, 6, 60, "250-mx.example\r\n250 HELP\r\n", room);
    assert_int_equal(s.n, 60 + 16);
    assert_int_equal(s.p[4] << 8 | s.p[5], 20 + 16); /* IPv6 does not count its header */
}

static void all_else_is_whole(void **state)
{
    static const char *const payload[] = {
        "220 mx.example ready\r\n", "220-one\r\n220 two\r\n", "250 one line\r\n", "EHLO a\r\nMAIL FROM:<a@b.example>\r\n",
        "250-no end of a line", "250-one line only\r\n", "334 VXNlcm5hbWU6\r\n", "",
    };
    static struct first_packets k;
    uint8_t room[FIRST_PACKETS_BRIEF];

    (void)state;
    for (size_t i = 0; i < sizeof(payload) / sizeof(*payload); i++) {
        struct span s = shown(&k, 4, 40, payload[i], room);

        assert_int_equal(s.n, 40 + strlen(payload[i]));
        assert_memory_equal(s.p, k.bytes, s.n);
    }
}

static bool greet(int version, const char *const said[3])
{
    static struct first_packets k;
    static struct talk t;

    k = (struct first_packets){0};
    memset(k.bytes, 0xff, sizeof(k.bytes));
    talk_begin(&t, version);
    for (int i = 0; i < 3; i++) {
        assert_false(first_packets_greet(&k));
        assert_true(first_packets_add(&k, talk_say(&t, said[i]), t.p.ip, 1));
    }
    return first_packets_greet(&k);
}

static void a_usual_opening_is_known(void **state)
{
    static const char *const usual[][3] = {
        {"S 220 mx.example ESMTP\r\n", "C EHLO a.example\r\n", "S 250-mx.example\r\n250 HELP\r\n"},
        {"S 220 mx.example ESMTP\r\n", "C HELO Z\r\n", "S 250 mx.example\r\n"},
        {"S 220 mx.example ESMTP\r\n", "C EHLO [192.0.2.1]\r\n", "S 250 mx.example\r\n"},
        {"S 220-mx.example\r\n220 two\r\n", "C helo \r\n", "S 250 a\r\n"},
        {"Sp 220 mx.example\r\n", "Cp EHLO a\r\n", "Sp 250 a\r\n"}, /* frames that are padded */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++)
        for (int version = 4; version <= 6; version += 2)
            if (!greet(version, usual[i]))
                fail_msg("IPv%d, %zu: %s", version, i, usual[i][1]);
}

static void others_are_no_opening(void **state)
{
    static const char *const said[][3] = {
        {"S 220 a\r\n", "C EHLO a", "S 250 a\r\n"},                    /* not the end of a line */
        {"S 220 a\r\n", "C EHLO a\r\nNOOP\r\n", "S 250 a\r\n"},      /* two commands */
        {"S 220 a\r\nAUTH x\r\n", "C EHLO a\r\n", "S 250 a\r\n"},    /* lines that are no reply */
        {"S 220 a\r\n", "C EHLO a\r\n", "S 250-a\r\nAUTH x\r\n"},
        {"S 220 a\r\n", "C EHLO a\r\n", "S+ 250 a\r\n"},             /* something is missing */
        {"S 220 a\r\n", "C EHLO a\r\n", "S~ 250 a, sent before\r\n"},
        {"S 220 a\r\n", "S 220 b\r\n", "C EHLO a\r\n"},              /* in another order */
        {"C EHLO a\r\n", "C EHLO a\r\n", "S 250 a\r\n"},
        {"S! 220 a\r\n", "C EHLO a\r\n", "S 250 a\r\n"},             /* flags that are rare */
        {"S 220 a\r\n", "C! EHLO a\r\n", "S 250 a\r\n"},
        {"S 220 a\r\n", "C EHLO a\r\n", "Sx 250 a\r\n"},             /* cut by the capture */
        {"S 220 a\r\n", "C EHLO a\r\n", "S \r\n"},
        {"S 221 a\r\n", "C EHLO a\r\n", "S 250 a\r\n"},              /* that say something else */
        {"S 220a b\r\n", "C EHLO a\r\n", "S 250 a\r\n"},
        {"S 220 a\r\n", "C LHLO a\r\n", "S 250 a\r\n"},
        {"S 220 a\r\n", "C EHLOa\r\n", "S 250 a\r\n"},
        {"S 220 a\r\n", "C EHLO a\r\n", "S 550 a\r\n"},
        {"S 220 a\r\n", "C EHLO a\r\n", "S 250\ta\r\n"},
    };
    static const char *const said_4[][3] = {
        {"So 220 a\r\n", "C EHLO a\r\n", "S 250 a\r\n"},
        {"S 220 a\r\n", "C EHLO a\r\n", "Sf 250 a\r\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++)
        for (int version = 4; version <= 6; version += 2)
            if (greet(version, said[i]))
                fail_msg("IPv%d, %zu: %s", version, i, said[i][1]);
    for (size_t i = 0; i < sizeof(said_4) / sizeof(*said_4); i++)
        assert_false(greet(4, said_4[i]));
}

/* Who speaks from the port that he speaks to: nDPI, which knows sides by their ports, takes his packets for the server's. */
static void sides_of_one_port_are_asked_about(void **state)
{
    static const char *const said[] = {"S 220 a\r\n", "C EHLO a\r\n", "S 250 a\r\n"};
    static struct first_packets k;
    static struct talk t;

    (void)state;
    for (int version = 4; version <= 6; version += 2)
        for (uint16_t port = 24; port <= 26; port++) {
            k = (struct first_packets){0};
            talk_begin(&t, version);
            t.port[1] = port;
            for (int i = 0; i < 3; i++)
                assert_true(first_packets_add(&k, talk_say(&t, said[i]), t.p.ip, 1));
            assert_int_equal(first_packets_greet(&k), port != 25);
        }
}

/* Both sides count alike, so that what the server says next bears the numbers of an answer to what it said. */
static void a_side_does_not_answer_itself(void **state)
{
    static const char *const said[] = {"S 220 a\r\n", "S EHLO a\r\n", "C 250 a\r\n"};
    static struct first_packets k;
    static struct talk t;

    (void)state;
    for (int version = 4; version <= 6; version += 2) {
        k = (struct first_packets){0};
        talk_begin(&t, version);
        t.next[1] = t.next[0] + 7;
        for (int i = 0; i < 3; i++)
            assert_true(first_packets_add(&k, talk_say(&t, said[i]), t.p.ip, 1));
        assert_false(first_packets_greet(&k));
    }
}

/* Bytes that are no packet at all: whatever lengths they claim, nothing behind them is read (ASan). */
static void nonsense_is_no_opening(void **state)
{
    uint8_t bytes[64];
    static struct first_packets k;

    (void)state;
    for (unsigned fill = 0; fill < 256; fill++)
        for (size_t n = 1; n <= sizeof(bytes); n++) {
            memset(bytes, (int)fill, n);
            bytes[0] = fill & 1 ? 0x45 : 0x60;
            k = (struct first_packets){0};
            for (int i = 0; i < 3; i++)
                first_packets_add(&k, &(struct packet){.payload = span_of(bytes, n)}, span_of(bytes, n), 1);
            assert_false(first_packets_greet(&k));
        }
}

/* A first line that is too long for the room. */
static void a_long_line_is_whole(void **state)
{
    static struct first_packets k;
    uint8_t room[FIRST_PACKETS_BRIEF];
    char payload[700] = "250-";

    (void)state;
    memset(payload + 4, 'x', 600);
    strcpy(payload + 604, "\r\n250 a\r\n");
    assert_int_equal(shown(&k, 4, 40, payload, room).n, 40 + strlen(payload));
}

static void room_ends(void **state)
{
    static struct first_packets k;
    static uint8_t bytes[4096];
    struct packet p;
    struct span ip = packet_of(bytes, 4, 40, "EHLO a\r\n", &p);

    (void)state;
    for (int i = 0; i < FIRST_PACKETS; i++)
        assert_true(first_packets_add(&k, &p, ip, 1));
    assert_false(first_packets_add(&k, &p, ip, 1));
    k = (struct first_packets){0};
    assert_true(first_packets_add(&k, &p, ip, 1));
    assert_false(first_packets_add(&k, &p, span_of(bytes, FIRST_PACKETS_BYTES - ip.n + 1), 1));
    assert_int_equal(k.n, 1);
    assert_true(first_packets_add(&k, &p, span_of(bytes, FIRST_PACKETS_BYTES - ip.n), 1));
}

static void they_rest_and_come_back(void **state)
{
    static struct first_packets k, back;
    uint8_t room[FIRST_PACKETS_BRIEF], folded[1024];
    struct squeezed out = {.p = folded, .room = sizeof(folded)};
    struct span in;

    (void)state;
    shown(&k, 4, 52, "250-mx.example\r\n250 HELP\r\n", room);
    first_packets_fold(&out, &k);
    assert_false(out.full);
    in = span_of(folded, out.n);
    first_packets_unfold(&in, &back);
    assert_int_equal(in.n, 0);
    assert_memory_equal(&back, &k, offsetof(struct first_packets, bytes) + k.kept);
    assert_int_equal(first_packets_brief(&back, 0, 0, room).n, 52 + 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_to_ehlo_is_cut), cmocka_unit_test(all_else_is_whole),       cmocka_unit_test(a_long_line_is_whole),
        cmocka_unit_test(room_ends),              cmocka_unit_test(they_rest_and_come_back), cmocka_unit_test(a_usual_opening_is_known),
        cmocka_unit_test(others_are_no_opening),  cmocka_unit_test(a_side_does_not_answer_itself), cmocka_unit_test(sides_of_one_port_are_asked_about),
        cmocka_unit_test(nonsense_is_no_opening),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
