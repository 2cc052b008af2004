/* SPDX-License-Identifier: Apache-2.0 */
/* syn: SYNs of the systems one meets, of tools, and of nobody; cut by the capture at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "decoders/net/syn.h"
#include "tests/unit/split.h"

enum { V6 = 1, DF = 2, RESERVED = 4, LABEL = 8 };

/* tcp: flags beside SYN, ECE and CWR included. options: hexadecimal, a multiple of 4 bytes. */
static const struct {
    const char *what, *options;
    unsigned ip, ttl, id, tos, tcp, window;
    uint32_t seq, ack;
    unsigned urgent, payload, extra; /* extra: bytes of IPv4 options, or of an IPv6 header in between */
    const char *signature, *guess;
} cases[] = {
    /* As they came from these systems. */
    {"Debian 12, 10 hops away", "020405b40402080a11223344000000000103030a", .ip = DF, .ttl = 54, .id = 7, .window = 64240,
     .seq = 1, .signature = "4:64:0:1460:mss*44,10:mss,sok,ts,nop,ws:df,id+:0", .guess = "Linux"},
    {"the same over IPv6", "020405a00402080a11223344000000000103030a", .ip = V6 | LABEL, .ttl = 64, .window = 64800,
     .seq = 1, .signature = "6:64:0:1440:mss*45,10:mss,sok,ts,nop,ws:flow:0", .guess = "Linux"},
    {"through a router that lowered the MSS to 1400", "020405780402080a112233440000000001030307", .ip = DF, .ttl = 60,
     .id = 7, .window = 64240, .seq = 1, .signature = "4:64:0:1400:mss*44,7:mss,sok,ts,nop,ws:df,id+:0", .guess = "Linux"},
    {"Linux that asks for ECN", "020405b40402080a112233440000000001030307", .ip = DF, .ttl = 64, .id = 7, .tcp = 0xc0,
     .window = 64240, .seq = 1, .signature = "4:64:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+,ecn:0", .guess = "Linux"},
    {"Linux without time stamps", "020405b40101040201030307", .ip = DF, .ttl = 64, .id = 7, .window = 64240, .seq = 1,
     .signature = "4:64:0:1460:mss*44,7:mss,nop,nop,sok,nop,ws:df,id+:0", .guess = "Linux"},
    {"Linux with fast open", "020405b40402080a112233440000000001030307220a0102030405060708", .ip = DF, .ttl = 64, .id = 7,
     .window = 64240, .seq = 1, .signature = "4:64:0:1460:mss*44,7:mss,sok,ts,nop,ws,?34,eol+1:df,id+:0", .guess = "Linux"},
    {"Windows 10", "020405b40103030801010402", .ip = DF, .ttl = 117, .id = 7, .window = 64240, .seq = 1,
     .signature = "4:128:0:1460:mss*44,8:mss,nop,ws,nop,nop,sok:df,id+:0", .guess = "Windows"},
    {"Windows XP", "020405b401010402", .ip = DF, .ttl = 110, .id = 7, .window = 65535, .seq = 1,
     .signature = "4:128:0:1460:65535,0:mss,nop,nop,sok:df,id+:0", .guess = "Windows"},
    {"macOS", "020405b4010303060101080a112233440000000004020000", .ip = DF, .ttl = 64, .window = 65535, .seq = 1,
     .signature = "4:64:0:1460:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0", .guess = "macOS or iOS"},
    {"FreeBSD", "020405b4010303060402080a1122334400000000", .ip = DF, .ttl = 57, .id = 9, .window = 65535, .seq = 1,
     .signature = "4:64:0:1460:65535,6:mss,nop,ws,sok,ts:df,id+:0", .guess = "FreeBSD"},
    {"OpenBSD", "020405b401010402010303060101080a1122334400000000", .ip = DF, .ttl = 255 - 200, .id = 9, .window = 16384,
     .seq = 1, .signature = "4:64:0:1460:16384,6:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+:0", .guess = "OpenBSD"},
    {"Cisco IOS", "02040218", .ttl = 250, .id = 1, .window = 4128, .seq = 1, .signature = "4:255:0:536:4128,0:mss::0",
     .guess = "Cisco IOS"},
    {"a port scanner's: of nobody in the table", "020405b4", .ttl = 44, .id = 1, .window = 1024, .seq = 1,
     .signature = "4:64:0:1460:1024,0:mss::0"},
    {"no options", "", .ttl = 30, .id = 1, .window = 512, .seq = 1, .signature = "4:32:0:0:512,0:::0"},
    /* Windows that are so many packets. */
    {"so many packets", "02040218", .ttl = 64, .id = 1, .window = 5 * (536 + 40), .seq = 1,
     .signature = "4:64:0:536:mtu*5,0:mss::0"},
    {"so many packets of IPv6", "020404c4", .ip = V6, .ttl = 64, .window = 4 * (1220 + 60), .seq = 1,
     .signature = "6:64:0:1220:mtu*4,0:mss::0"},
    {"an MSS too small to tell", "02040010", .ttl = 64, .id = 1, .window = 32, .seq = 1, .signature = "4:64:0:16:32,0:mss::0"},
    {"an MSS of 12 with time stamps, minus 12", "0204000c0101080a1122334400000000", .ttl = 64, .id = 1, .window = 60,
     .seq = 1, .signature = "4:64:0:12:60,0:mss,nop,nop,ts::0"},
    {"a window of nothing", "020405b4", .ttl = 64, .id = 1, .seq = 1, .signature = "4:64:0:1460:0,0:mss::0"},
    /* Quirks, each alone. */
    {"may be fragmented, and has no number", "", .ttl = 64, .window = 1, .seq = 1, .signature = "4:64:0:0:1,0::id-:0"},
    {"IPv6 has no such number", "", .ip = V6, .ttl = 64, .window = 1, .seq = 1, .signature = "6:64:0:0:1,0:::0"},
    {"ECN in IP", "", .ttl = 64, .id = 1, .tos = 2, .window = 1, .seq = 1, .signature = "4:64:0:0:1,0::ecn:0"},
    {"ECN in IPv6", "", .ip = V6, .ttl = 64, .tos = 1, .window = 1, .seq = 1, .signature = "6:64:0:0:1,0::ecn:0"},
    {"the bit that must be zero", "", .ip = RESERVED, .ttl = 64, .id = 1, .window = 1, .seq = 1,
     .signature = "4:64:0:0:1,0::0+:0"},
    {"sequence number 0", "", .ttl = 64, .id = 1, .window = 1, .signature = "4:64:0:0:1,0::seq-:0"},
    {"acknowledges nothing", "", .ttl = 64, .id = 1, .window = 1, .seq = 1, .ack = 2, .signature = "4:64:0:0:1,0::ack+:0"},
    {"urgent pointer without its flag", "", .ttl = 64, .id = 1, .window = 1, .seq = 1, .urgent = 1,
     .signature = "4:64:0:0:1,0::uptr+:0"},
    {"URG", "", .ttl = 64, .id = 1, .tcp = TCP_URG, .window = 1, .seq = 1, .urgent = 1, .signature = "4:64:0:0:1,0::urgf+:0"},
    {"PUSH, and bytes", "", .ttl = 64, .id = 1, .tcp = TCP_PSH, .window = 1, .seq = 1, .payload = 3,
     .signature = "4:64:0:0:1,0::pushf+:+"},
    {"its own time stamp is 0", "0101080a0000000000000000", .ttl = 64, .id = 1, .window = 1, .seq = 1,
     .signature = "4:64:0:0:1,0:nop,nop,ts:ts1-:0"},
    {"the peer's time stamp is not", "0101080a0000000100000001", .ttl = 64, .id = 1, .window = 1, .seq = 1,
     .signature = "4:64:0:0:1,0:nop,nop,ts:ts2+:0"},
    {"bytes behind the end", "01000001", .ttl = 64, .id = 1, .window = 1, .seq = 1, .signature = "4:64:0:0:1,0:nop,eol+2:opt+:0"},
    {"window scale 15", "0103030f", .ttl = 64, .id = 1, .window = 1, .seq = 1, .signature = "4:64:0:0:1,15:nop,ws:exws:0"},
    /* Options that lie. */
    {"a length beyond the end", "020405b4ff050101", .ttl = 64, .id = 1, .window = 1460, .seq = 1,
     .signature = "4:64:0:1460:mss*1,0:mss,?255:bad:0"},
    {"an option that is its number alone, at the end", "01010102", .ttl = 64, .id = 1, .window = 1, .seq = 1,
     .signature = "4:64:0:0:1,0:nop,nop,nop,mss:bad:0"},
    {"length 0", "03000101", .ttl = 64, .id = 1, .window = 1, .seq = 1, .signature = "4:64:0:0:1,0:ws:bad:0"},
    {"length 1", "0301020405b40101", .ttl = 64, .id = 1, .window = 1, .seq = 1, .signature = "4:64:0:0:1,0:ws:bad:0"},
    {"an MSS of 3 bytes", "020301010101", .ttl = 64, .id = 1, .window = 1, .seq = 1, .signature = "4:64:0:0:1,0:mss:bad:0"},
    {"a SACK block in a SYN", "0101050a0000000100000002", .ttl = 64, .id = 1, .window = 1, .seq = 1,
     .signature = "4:64:0:0:1,0:nop,nop,sack::0"},
    {"a SACK block of nothing", "01010502", .ttl = 64, .id = 1, .window = 1, .seq = 1, .signature = "4:64:0:0:1,0:nop,nop,sack:bad:0"},
    {"fast open (RFC 7413), multipath (RFC 8684)", "2202010101011e04a1b2", .ttl = 64, .id = 1, .window = 1, .seq = 1,
     .signature = "4:64:0:0:1,0:?34,nop,nop,nop,nop,?30,eol+1::0"},
    /* 40 bytes of them: more than is kept. */
    {"40 NOPs", "01010101010101010101010101010101010101010101010101010101010101010101010101010101", .ttl = 64, .id = 1,
     .window = 1, .seq = 1,
     .signature = "4:64:0:0:1,0:nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,"
                  "nop,nop,...::0"},
    {"20 unknown ones", "63026302630263026302630263026302630263026302630263026302630263026302630263026302", .ttl = 64,
     .id = 1, .window = 1, .seq = 1, .signature = "4:64:0:0:1,0:?99,?99,?99,?99,?99,?99,?99,?99,...::0"},
    {"what does not fit ends the list, though smaller ones would",
     "0101010101010101010101010101010101010101010101" "6302" "0402" "01010101010101010101010101", .ttl = 64, .id = 1,
     .window = 1, .seq = 1,
     .signature = "4:64:0:0:1,0:nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,"
                  "nop,...::0"},
    /* What stands between the IP header and TCP. */
    {"8 bytes of IPv4 options", "", .ttl = 64, .id = 1, .window = 1, .seq = 1, .extra = 8, .signature = "4:64:8:0:1,0:::0"},
    {"an IPv6 extension header", "", .ip = V6, .ttl = 64, .window = 1, .seq = 1, .extra = 16, .signature = "6:64:16:0:1,0:::0"},
    {"one of 2,048 bytes: olen ends at 1020", "", .ip = V6, .ttl = 64, .window = 1, .seq = 1, .extra = 2048,
     .signature = "6:64:1020:0:1,0:::0"},
    {"all at once", "0802080a0000000100000001030300", .ip = V6 | LABEL, .ttl = 64, .tos = 3, .tcp = 0xe8, .window = 1,
     .ack = 1, .urgent = 1, .payload = 1, .signature = "6:64:0:0:1,0:ts:ecn,flow,seq-,ack+,urgf+,pushf+,bad:+"},
};
enum { CASES = sizeof(cases) / sizeof(*cases) };

static size_t put(uint8_t *to, uint32_t n, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        to[i] = (uint8_t)(n >> 8 * (bytes - 1 - i));
    return bytes;
}

static size_t put_ip(uint8_t *b, size_t i, size_t behind)
{
    size_t n = 0;

    if (cases[i].ip & V6) {
        n += put(b + n, 6u << 28 | cases[i].tos << 20 | (cases[i].ip & LABEL ? 0x54321 : 0), 4);
        n += put(b + n, (uint32_t)(cases[i].extra + behind), 2);
        n += put(b + n, (cases[i].extra ? 60u : 6u) << 8 | cases[i].ttl, 2);
        n += 32;
        n += put(b + n, 6u << 8 | (cases[i].extra ? cases[i].extra / 8 - 1 : 0), cases[i].extra ? 2 : 0);
        return 40 + cases[i].extra;
    }
    n += put(b + n, (0x45 + cases[i].extra / 4) << 8 | cases[i].tos, 2);
    n += put(b + n, (uint32_t)(20 + cases[i].extra + behind), 2);
    n += put(b + n, cases[i].id, 2);
    n += put(b + n, (cases[i].ip & DF ? 0x4000u : 0) | (cases[i].ip & RESERVED ? 0x8000u : 0), 2);
    put(b + n, cases[i].ttl << 8 | 6, 2);
    return 20 + cases[i].extra;
}

static size_t put_options(uint8_t *b, const char *hex)
{
    size_t n = strlen(hex) / 2;

    for (size_t k = 0; k < n; k++)
        b[k] = (uint8_t)(ascii_hex((uint8_t)hex[2 * k]) << 4 | ascii_hex((uint8_t)hex[2 * k + 1]));
    return (n + 3) / 4 * 4;
}

static size_t build(uint8_t b[4096], size_t i)
{
    size_t options = (strlen(cases[i].options) / 2 + 3) / 4 * 4, n;

    memset(b, 0, 4096);
    n = put_ip(b, i, 20 + options + cases[i].payload);
    n += put(b + n, 40000u << 16 | 25, 4);
    n += put(b + n, cases[i].seq, 4);
    n += put(b + n, cases[i].ack, 4);
    n += put(b + n, (uint32_t)((20 + options) / 4 << 12) | cases[i].tcp | TCP_SYN, 2);
    n += put(b + n, cases[i].window, 2);
    n += 2;
    n += put(b + n, cases[i].urgent, 2);
    n += put_options(b + n, cases[i].options);
    return n + cases[i].payload;
}

static void is(size_t i, const struct syn *s)
{
    uint8_t text[SYN_TEXT];
    struct span got = span_of(text, syn_signature(s, text));
    const char *guess = syn_guess(s);

    if (!span_eq(got, span_cstr(cases[i].signature)) || !span_eq(span_cstr(guess), span_cstr(cases[i].guess)))
        fail_msg("%s:\n%.*s, %s\nbut must be\n%s, %s", cases[i].what, SPAN_FMT(got), guess ? guess : "-",
                 cases[i].signature, cases[i].guess ? cases[i].guess : "-");
    assert_int_equal(s->ttl, cases[i].ttl);
}

static void every_case(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        uint8_t b[4096];
        size_t n = build(b, i), size;
        void *base;
        struct span frame = split_guard(span_of(b, n), &base, &size);
        struct packet p;
        struct syn s = {0};

        assert_int_equal(packet_decode(&p, LINK_RAW, frame, (uint32_t)n, 0), PACKET_TCP);
        assert_true(syn_read(&s, &p));
        is(i, &s);
        munmap(base, size);
    }
}

/* A snap length cuts the frame: it says all, or nothing. */
static void cut_by_the_capture(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        uint8_t b[4096];
        size_t n = build(b, i), read = 0;

        for (size_t cut = 0; cut <= n; cut++) {
            void *base;
            size_t size;
            struct span frame = split_guard(span_of(b, cut), &base, &size);
            struct syn s = {0};
            struct packet p;

            if (packet_decode(&p, LINK_RAW, frame, (uint32_t)n, 0) == PACKET_TCP && syn_read(&s, &p)) {
                is(i, &s);
                read++;
            } else {
                assert_int_equal(s.seen, 0);
            }
            munmap(base, size);
        }
        assert_int_equal(read, cases[i].payload + 1);
    }
}

static void is_small(void **state)
{
    (void)state;
    assert_true(sizeof(struct syn) <= 24);
}

/* Every value of every field: the longest form fits. */
static void longest(void **state)
{
    struct syn s;
    uint8_t text[SYN_TEXT];

    (void)state;
    memset(&s, 0xff, sizeof(s));
    s.items = 2 * sizeof(s.layout);
    s.window = 65534;
    assert_in_range(syn_signature(&s, text), 1, SYN_TEXT - 1);
    memset(s.layout, 0x55, sizeof(s.layout)); /* sack, the longest name without a number */
    assert_in_range(syn_signature(&s, text), 1, SYN_TEXT - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case),
        cmocka_unit_test(cut_by_the_capture),
        cmocka_unit_test(is_small),
        cmocka_unit_test(longest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
