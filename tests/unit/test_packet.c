/* SPDX-License-Identifier: Apache-2.0 */
/* packet: every link type and encapsulation, cut at every byte; padding, offload, lengths that
 * lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "decoders/net/packet.h"
#include "tests/unit/frame_build.h"
#include "tests/unit/split.h"

/* What every frame that says PACKET_TCP must give: the innermost addresses, ports and payload. */
static const struct {
    int link_type;
    const char *frame;
    enum packet_verdict verdict;
    unsigned encapsulations;
    const char *vlans; /* outermost first */
} cases[] = {
    {LINK_ETHERNET, "eth ip4 tcp", PACKET_TCP, 0, ""},
    {LINK_ETHERNET, "eth ip4 tcpopt", PACKET_TCP, 0, ""},
    {LINK_ETHERNET, "eth ip4opt tcp", PACKET_TCP, 0, ""},
    {LINK_ETHERNET, "eth ip6 tcp", PACKET_TCP, 0, ""},
    {LINK_ETHERNET, "eth vlan:10 ip4 tcp", PACKET_TCP, 0, "10"},
    {LINK_ETHERNET, "eth qinq:100 vlan:10 ip6 tcp", PACKET_TCP, 0, "100 10"},
    {LINK_ETHERNET, "eth old:1 old:2 qinq:3 vlan:4 ip4 tcp", PACKET_TCP, 0, "1 2 3 4"},
    {LINK_ETHERNET,
     "eth vlan:1 vlan:2 vlan:3 vlan:4 vlan:5 vlan:6 vlan:7 vlan:8 vlan:9 vlan:10 ip4 tcp",
     PACKET_TCP, 0, "1 2 3 4 5 6 7 8"},
    {LINK_ETHERNET, "eth ip4 udp:53", PACKET_UDP, 0, ""},
    {LINK_ETHERNET, "eth ip6 udp:53", PACKET_UDP, 0, ""},
    {LINK_ETHERNET, "eth arp", PACKET_NOT_IP, 0, ""},
    {LINK_ETHERNET, "eth vlan:7 arp", PACKET_NOT_IP, 0, "7"},
    {LINK_ETHERNET, "snap ip4 tcp", PACKET_TCP, 0, ""},
    /* other link types */
    {LINK_LINUX_SLL, "sll ip4 tcp", PACKET_TCP, 0, ""},
    {LINK_LINUX_SLL, "sll vlan:10 ip6 tcp", PACKET_TCP, 0, "10"},
    {LINK_LINUX_SLL2, "sll2 ip4 tcp", PACKET_TCP, 0, ""},
    {LINK_LINUX_SLL2, "sll2 vlan:10 ip6 tcp", PACKET_TCP, 0, "10"},
    {LINK_NULL, "null ip4 tcp", PACKET_TCP, 0, ""},
    {LINK_NULL, "null ip6 tcp", PACKET_TCP, 0, ""},
    {LINK_LOOP, "loop ip4 tcp", PACKET_TCP, 0, ""},
    {LINK_LOOP, "loop ip6 tcp", PACKET_TCP, 0, ""},
    {LINK_RAW, "ip4 tcp", PACKET_TCP, 0, ""},
    {LINK_RAW, "ip6 tcp", PACKET_TCP, 0, ""},
    {LINK_RAW_FILE, "ip4 tcp", PACKET_TCP, 0, ""},
    {LINK_RAW_BSD, "ip6 tcp", PACKET_TCP, 0, ""},
    {LINK_IPV4, "ip4 tcp", PACKET_TCP, 0, ""},
    {LINK_IPV6, "ip6 tcp", PACKET_TCP, 0, ""},
    {LINK_PPP, "ppp ip4 tcp", PACKET_TCP, 0, ""},
    {LINK_PPP_SERIAL, "ppp ip6 tcp", PACKET_TCP, 0, ""},
    {LINK_PPP_ETHER, "pppoe ppp ip4 tcp", PACKET_TCP, 1, ""},
    {LINK_MPLS, "mpls:5 ip4 tcp", PACKET_TCP, 1, ""},
    {147, "ip4 tcp", PACKET_LINK_TYPE, 0, ""},
    /* IPv6 extension headers */
    {LINK_RAW, "ip6 hop dst route ah dst tcp", PACKET_OTHER, 1, ""}, /* nothing extends behind AH */
    {LINK_RAW, "ip6 hop dst route tcp", PACKET_TCP, 0, ""},
    {LINK_RAW, "ip6 hop frag dst tcp", PACKET_TCP, 0, ""},
    {LINK_RAW, "ip6 ah tcp", PACKET_TCP, 1, ""},
    {LINK_RAW, "ip4 ah tcp", PACKET_TCP, 1, ""},
    {LINK_RAW, "ip6 dst dst dst dst dst dst dst dst dst dst dst dst dst dst dst dst tcp",
     PACKET_TCP, 0, ""},
    {LINK_RAW, "ip6 dst dst dst dst dst dst dst dst dst dst dst dst dst dst dst dst dst tcp",
     PACKET_TOO_DEEP, 0, ""},
    /* segmentation offload leaves the length out */
    {LINK_ETHERNET, "eth ip4tso tcp", PACKET_TCP, 0, ""},
    {LINK_ETHERNET, "eth ip6tso tcp", PACKET_TCP, 0, ""},
    /* tunnels */
    {LINK_ETHERNET, "eth mpls:100 mpls:200 ip4 tcp", PACKET_TCP, 1, ""},
    {LINK_ETHERNET, "eth mpls:100 ip6 tcp", PACKET_TCP, 1, ""},
    {LINK_ETHERNET, "eth mpls:100 cw eth vlan:5 ip4 tcp", PACKET_TCP, 1, "5"},
    {LINK_ETHERNET, "eth mpls:100 eth ip4 tcp", PACKET_TCP, 1, ""},
    {LINK_ETHERNET, "eth vlan:35 pppoe ppp ip4 tcp", PACKET_TCP, 1, "35"},
    {LINK_ETHERNET, "eth pppoe ppp ip6 tcp", PACKET_TCP, 1, ""},
    {LINK_ETHERNET, "eth pppoe ppp mpls:3 ip4 tcp", PACKET_TCP, 2, ""},
    {LINK_ETHERNET, "eth ip4 gre ip4 tcp", PACKET_TCP, 1, ""},
    {LINK_ETHERNET, "eth ip4 grekey ip6 tcp", PACKET_TCP, 1, ""},
    {LINK_ETHERNET, "eth ip6 gre eth vlan:9 ip4 tcp", PACKET_TCP, 1, "9"},
    {LINK_ETHERNET, "eth ip4 gre mpls:9 ip4 tcp", PACKET_TCP, 2, ""},
    {LINK_ETHERNET, "eth ip4 gre ppp ip4 tcp", PACKET_TCP, 1, ""},
    {LINK_ETHERNET, "eth ip4 gre erspan1 eth ip4 tcp", PACKET_TCP, 1, ""},
    {LINK_ETHERNET, "eth vlan:1 ip4 gre erspan2 eth vlan:2 ip4 tcp", PACKET_TCP, 1, "1 2"},
    {LINK_ETHERNET, "eth ip4 gre erspan3 eth ip6 tcp", PACKET_TCP, 1, ""},
    {LINK_ETHERNET, "eth ip4 gre erspan3o eth ip4 tcp", PACKET_TCP, 1, ""},
    {LINK_ETHERNET, "eth ip4 udp:4789 vxlan eth ip4 tcp", PACKET_TCP, 1, ""},
    {LINK_ETHERNET, "eth ip6 udp:8472 vxlan eth vlan:4 ip6 tcp", PACKET_TCP, 1, "4"},
    {LINK_ETHERNET, "eth ip4 udp:6081 geneve eth ip4 tcp", PACKET_TCP, 1, ""},
    {LINK_ETHERNET, "eth ip4 udp:6081 geneveopt ip4 tcp", PACKET_TCP, 1, ""},
    {LINK_ETHERNET, "eth ip4 udp:4789 vxlan eth arp", PACKET_NOT_IP, 1, ""},
    {LINK_ETHERNET, "eth ip4 ip4 tcp", PACKET_TCP, 1, ""},
    {LINK_ETHERNET, "eth ip4 ip6 tcp", PACKET_TCP, 1, ""},
    {LINK_ETHERNET, "eth ip6 ip4 tcp", PACKET_TCP, 1, ""},
    {LINK_ETHERNET, "eth ip6 ip6 tcp", PACKET_TCP, 1, ""},
    {LINK_ETHERNET, "eth ip4 mpls:1 ip4 tcp", PACKET_TCP, 1, ""},
    {LINK_ETHERNET,
     "eth vlan:1 ip4 udp:4789 vxlan eth vlan:2 ip4 gre erspan2 eth vlan:3 mpls:7 ip4 tcp",
     PACKET_TCP, 3, "1 2 3"},
    {LINK_RAW, "ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 tcp",
     PACKET_TCP, 16, ""},
    {LINK_RAW, "ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 ip4 tcp",
     PACKET_TOO_DEEP, 16, ""},
};
enum { CASES = sizeof(cases) / sizeof(*cases) };

static char *describe(const struct packet *p, enum packet_verdict v, char *text, size_t n)
{
    char src[IP_TEXT], dst[IP_TEXT];
    int used;

    ip_format(&p->src.ip, src);
    ip_format(&p->dst.ip, dst);
    used = snprintf(text, n, "%d", v);
    if (v == PACKET_TCP || v == PACKET_UDP)
        used += snprintf(text + used, n - (size_t)used, " %s:%u > %s:%u [%.*s]", src, p->src.port,
                         dst, p->dst.port, SPAN_FMT(p->payload));
    used += snprintf(text + used, n - (size_t)used, " tunnels %u vlans", p->encapsulations);
    for (int i = 0; i < p->vlans; i++)
        used += snprintf(text + used, n - (size_t)used, " %u", p->vlan[i]);
    return text;
}

static void expect(size_t i, char *text, size_t n)
{
    bool six = strstr(cases[i].frame, "ip6") > strstr(cases[i].frame, "ip4");
    const char *last6 = NULL, *last4 = NULL, *at = cases[i].frame;
    int used = snprintf(text, n, "%d", cases[i].verdict);

    for (; *at; at++) {
        if (strncmp(at, "ip6", 3) == 0)
            last6 = at;
        if (strncmp(at, "ip4", 3) == 0)
            last4 = at;
    }
    six = last6 > last4;
    if (cases[i].verdict == PACKET_TCP || cases[i].verdict == PACKET_UDP)
        used += snprintf(text + used, n - (size_t)used, " %s:40000 > %s:%s [" FRAME_PAYLOAD "]",
                         six ? "2001:db8::1" : "10.0.0.1", six ? "2001:db8::2" : "10.0.0.2",
                         cases[i].verdict == PACKET_UDP ? "53" : "25");
    snprintf(text + used, n - (size_t)used, " tunnels %u vlans%s%s", cases[i].encapsulations,
             *cases[i].vlans ? " " : "", cases[i].vlans);
}

static void every_encapsulation_is_peeled(void **state)
{
    char got[512], want[512];
    struct built f;
    struct packet p;

    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        enum packet_verdict v;

        frame_build(&f, cases[i].frame);
        v = packet_decode(&p, cases[i].link_type, span_of(f.p, f.n), (uint32_t)f.n,
                          PACKET_CHECK_SUMS);
        describe(&p, v, got, sizeof(got));
        expect(i, want, sizeof(want));
        if (strcmp(got, want) != 0)
            fprintf(stderr, "%s\n  expected %s\n  got      %s\n", cases[i].frame, want, got);
        assert_string_equal(got, want);
    }
}

/* At every length: never a byte read behind the end; all header bytes there means TCP with what
 * is left. */
static void frames_cut_at_every_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        struct built f;
        bool had_tcp = false;

        frame_build(&f, cases[i].frame);
        for (size_t n = 0; n < f.n; n++) {
            void *base;
            size_t size;
            struct span frame = split_guard(span_of(f.p, n), &base, &size);
            struct packet p;
            enum packet_verdict v =
                packet_decode(&p, cases[i].link_type, frame, (uint32_t)f.n, 0);

            if (v == PACKET_TCP) {
                had_tcp = true;
                assert_int_equal(p.payload_wire, sizeof(FRAME_PAYLOAD) - 1);
                assert_true(anomaly_has(p.anomalies, ANOMALY_IP_TRUNCATED));
            } else if (cases[i].verdict == PACKET_TCP) {
                assert_false(had_tcp);
                if (v != PACKET_UDP || !strstr(cases[i].frame, "udp"))
                    assert_int_equal(v, PACKET_TRUNCATED);
            }
            munmap(base, size);
        }
        if (had_tcp != (cases[i].verdict == PACKET_TCP))
            fail_msg("%s", cases[i].frame);
    }
}

static enum packet_verdict decode(struct packet *p, const struct built *f, size_t more)
{
    return packet_decode(p, LINK_ETHERNET, span_of(f->p, f->n + more), (uint32_t)(f->n + more), 0);
}

static void ethernet_padding_is_not_payload(void **state)
{
    struct built f;
    struct packet p;

    (void)state;
    frame_build(&f, "eth ip4 tcp");
    memmove(f.p - 100, f.p, f.n); /* room for padding behind the frame */
    f.p -= 100;
    memset(f.p + f.n, 'P', 20);
    assert_int_equal(decode(&p, &f, 20), PACKET_TCP);
    assert_true(span_eq(p.payload, SPAN(FRAME_PAYLOAD)));
    assert_int_equal(p.payload_wire, 8);
    assert_int_equal(p.ip.n, 20 + 20 + 8);
    assert_int_equal(p.anomalies, 0);
}

static void tcp_fields_are_read(void **state)
{
    struct built f;
    struct packet p;

    (void)state;
    frame_build(&f, "eth ip4 tcpopt");
    assert_int_equal(decode(&p, &f, 0), PACKET_TCP);
    assert_int_equal(p.seq, 1000);
    assert_int_equal(p.ack, 2000);
    assert_int_equal(p.flags, TCP_ACK | TCP_PSH);
    assert_int_equal(p.window, 502);
    assert_int_equal(p.options.n, 12);
    assert_int_equal(p.ttl, 64);
    assert_int_equal(p.ip_id, 0x1234);
    assert_true(packet_tcp_sum_is_right(&p));
}

/* A mirror that slices frames does not tell: the IP length is believed over the frame's. */
static void ip_length_beyond_the_frame_is_believed(void **state)
{
    struct built f;
    struct packet p;

    (void)state;
    frame_build(&f, "eth ip4 tcp");
    f.n -= 3;
    assert_int_equal(decode(&p, &f, 0), PACKET_TCP);
    assert_int_equal(p.payload.n, 5);
    assert_int_equal(p.payload_wire, 8);
    assert_true(anomaly_has(p.anomalies, ANOMALY_IP_TRUNCATED));
}

static void put_at(struct built *f, size_t at, uint8_t byte)
{
    f->p[at] = byte;
}

/* Offsets in "eth ip4 tcp": IP at 14, TCP at 34. */
static const struct {
    const char *name;
    size_t at;
    uint8_t byte;
    enum packet_verdict verdict, with_sums;
} broken[] = {
    {"IP version 5 under the type of IPv4", 14, 0x55, PACKET_MALFORMED, PACKET_MALFORMED},
    {"IP header of 16 bytes", 14, 0x44, PACKET_MALFORMED, PACKET_MALFORMED},
    {"IP length below its header's", 17, 19, PACKET_MALFORMED, PACKET_MALFORMED},
    {"TCP header of 16 bytes", 46, 0x40, PACKET_MALFORMED, PACKET_MALFORMED},
    {"TCP header longer than the packet", 46, 0xf0, PACKET_MALFORMED, PACKET_MALFORMED},
    {"IP checksum", 24, 0xaa, PACKET_TCP, PACKET_CHECKSUM},
    {"TCP checksum", 50, 0xaa, PACKET_TCP, PACKET_CHECKSUM},
    {"payload that the checksum does not fit", 56, 'X', PACKET_TCP, PACKET_CHECKSUM},
};

static void broken_headers_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
        struct built f;
        struct packet p;

        frame_build(&f, "eth ip4 tcp");
        put_at(&f, broken[i].at, broken[i].byte);
        if (decode(&p, &f, 0) != broken[i].verdict)
            fail_msg("%s", broken[i].name);
        if (packet_decode(&p, LINK_ETHERNET, span_of(f.p, f.n), (uint32_t)f.n, PACKET_CHECK_SUMS) !=
            broken[i].with_sums)
            fail_msg("%s, with sums", broken[i].name);
    }
}

/* A DNS answer to a client that took port 4789 is no tunnel. */
static void tunnel_ports_alone_are_no_tunnel(void **state)
{
    struct built f;
    struct packet p;

    (void)state;
    frame_build(&f, "eth ip4 udp:4789");
    assert_int_equal(decode(&p, &f, 0), PACKET_UDP);
    frame_build(&f, "eth ip4 udp:4789 vxlan eth ip4 tcp");
    put_at(&f, 34, 0);
    put_at(&f, 35, 53);
    assert_int_equal(decode(&p, &f, 0), PACKET_UDP);
}

/* The sum that the header tells of the payload is the payload's, for even and odd lengths. */
/* A packet's room as a frame before may have left it: full of what the next one has none of. Padding is zero, since rooms are compared. */
static void leave(struct packet *p)
{
    struct built f;

    memset(p, 0, sizeof(*p));
    frame_build(&f, "eth ip6 tcpopt");
    decode(p, &f, 0);
    p->vlans = LIMIT_VLAN_TAGS;
    p->encapsulations = 2;
    memset(p->vlan, 0xff, sizeof(p->vlan));
    p->fragment.id = p->fragment.offset = UINT32_MAX;
    p->fragment.more = true;
    p->fragment.protocol = 17;
    p->ip_id = 1;
    p->anomalies = ~(anomaly_set)0;
}

/* The same IPv4 packet in an Ethernet frame, which has a way of its own through packet_decode, and without. */
static void expect_same(const struct built *f, size_t n)
{
    struct packet a, b;
    uint32_t wire = (uint32_t)f->n;
    enum packet_verdict va, vb;

    leave(&a);
    leave(&b);
    va = packet_decode(&a, LINK_ETHERNET, span_of(f->p, n), wire, 0);
    vb = packet_decode(&b, LINK_IPV4, span_of(f->p + 14, n - 14), wire - 14, 0);
    assert_int_equal(va, vb);
    assert_memory_equal(&a, &b, sizeof(a));
}

/* Whatever any byte of the headers says, and wherever the capture cut them, the short way tells what the long one does. */
static void the_usual_way_is_no_other(void **state)
{
    static const char *const frames[] = {"eth ip4 tcp", "eth ip4 tcpopt", "eth ip4opt tcp"};
    struct built f;

    (void)state;
    for (size_t i = 0; i < sizeof(frames) / sizeof(*frames); i++) {
        frame_build(&f, frames[i]);
        for (size_t n = 14; n <= f.n; n++)
            expect_same(&f, n);
        for (size_t at = 14; at < f.n; at++) {
            uint8_t was = f.p[at];

            for (int byte = 0; byte < 256; byte++) {
                f.p[at] = (uint8_t)byte;
                expect_same(&f, f.n);
                expect_same(&f, f.n - 1);
            }
            f.p[at] = was;
        }
    }
}

static void payload_sum_follows_from_the_header(void **state)
{
    static const char *const frames[] = {"eth ip4 tcp", "eth ip4 tcpopt", "eth ip6 tcp"};
    struct built f;
    struct packet p;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        frame_build(&f, frames[i]);
        assert_int_equal(decode(&p, &f, 0), PACKET_TCP);
        assert_int_equal(ntohs(packet_payload_sum(&p)), built_sum(0, p.payload.p, p.payload.n));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_encapsulation_is_peeled),
        cmocka_unit_test(frames_cut_at_every_byte),
        cmocka_unit_test(ethernet_padding_is_not_payload),
        cmocka_unit_test(tcp_fields_are_read),
        cmocka_unit_test(ip_length_beyond_the_frame_is_believed),
        cmocka_unit_test(broken_headers_are_told_apart),
        cmocka_unit_test(tunnel_ports_alone_are_no_tunnel),
        cmocka_unit_test(payload_sum_follows_from_the_header),
        cmocka_unit_test(the_usual_way_is_no_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
