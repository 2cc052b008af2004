/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in live filter, compiled by libpcap and asked about frames made by hand, layer by
 * layer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <pcap.h>
#include <stdlib.h>

#include "sensor/intake/filter.h"

struct frame_made {
    uint8_t p[512];
    size_t n;
};

static void u8(struct frame_made *f, unsigned v)
{
    f->p[f->n++] = (uint8_t)v;
}

static void u16(struct frame_made *f, unsigned v)
{
    u8(f, v >> 8);
    u8(f, v & 0xff);
}

static void zeros(struct frame_made *f, size_t n)
{
    f->n += n; /* the frame is zeroed */
}

/*
 * One word a layer: eth, vlan, qinq (0x88a8), ip4:PROTO, ip4frag:PROTO (not the first piece),
 * ip6:NEXT, hop:NEXT (a hop-by-hop header), tcp:PORT, udp:PORT, bytes (16 of them). Numbers are
 * decimal.
 */
static unsigned ethertype_of(const char *layer)
{
    static const struct {
        const char *begins;
        unsigned type;
    } types[] = {{"vlan", 0x8100}, {"qinq", 0x88a8}, {"ip4", 0x0800}, {"ip6", 0x86dd},
                 {"mpls", 0x8847}, {"pppoe", 0x8864}, {"arp", 0x0806}};

    for (size_t i = 0; layer && i < sizeof(types) / sizeof(types[0]); i++)
        if (strncmp(layer, types[i].begins, strlen(types[i].begins)) == 0)
            return types[i].type;
    return 0x88cc; /* LLDP */
}

static void ip4(struct frame_made *f, unsigned protocol, unsigned fragment)
{
    u16(f, 0x4500);
    u16(f, 60);
    u16(f, 1);
    u16(f, fragment);
    u8(f, 64);
    u8(f, protocol);
    zeros(f, 2);
    u16(f, 0xc000);
    u16(f, 0x0201);
    u16(f, 0xc000);
    u16(f, 0x0202);
}

static void ip6(struct frame_made *f, unsigned next)
{
    u16(f, 0x6000);
    zeros(f, 4);
    u8(f, next);
    u8(f, 64);
    for (int i = 0; i < 2; i++) {
        u16(f, 0x2001);
        u16(f, 0x0db8);
        zeros(f, 12);
    }
}

static void layer(struct frame_made *f, const char *word, const char *next)
{
    unsigned v = strchr(word, ':') ? (unsigned)atoi(strchr(word, ':') + 1) : 0;

    if (strncmp(word, "eth", 3) == 0) {
        zeros(f, 12);
        u16(f, ethertype_of(next));
    } else if (strncmp(word, "vlan", 4) == 0 || strncmp(word, "qinq", 4) == 0) {
        u16(f, 100);
        u16(f, ethertype_of(next));
    } else if (strncmp(word, "ip4frag", 7) == 0) {
        ip4(f, v, 185);
    } else if (strncmp(word, "ip4first", 8) == 0) {
        ip4(f, v, 0x2000);
    } else if (strncmp(word, "ip4", 3) == 0) {
        ip4(f, v, 0x4000);
    } else if (strncmp(word, "ip6", 3) == 0) {
        ip6(f, v);
    } else if (strncmp(word, "hop", 3) == 0) {
        u8(f, v);
        zeros(f, 7);
    } else if (strncmp(word, "tcp", 3) == 0 || strncmp(word, "udp", 3) == 0) {
        u16(f, 40000);
        u16(f, v);
        zeros(f, 16);
    } else {
        zeros(f, 16);
    }
}

static void make(struct frame_made *f, const char *layers)
{
    char text[256], *words[16], *save = NULL;
    unsigned n = 0;

    memset(f, 0, sizeof(*f));
    snprintf(text, sizeof(text), "%s", layers);
    for (char *w = strtok_r(text, " ", &save); w && n < 15; w = strtok_r(NULL, " ", &save))
        words[n++] = w;
    words[n] = NULL;
    for (unsigned i = 0; i < n; i++)
        layer(f, words[i], words[i + 1]);
    zeros(f, 32);
}

static const struct {
    const char *layers;
    bool passes;
} cases[] = {
    {"eth ip4:6 tcp:25", true},
    {"eth ip4:6 tcp:587", true},
    {"eth ip4:6 tcp:80", false},
    {"eth ip4:17 udp:25", false},
    {"eth ip6:6 tcp:25", true},
    {"eth ip6:6 tcp:443", false},
    {"eth vlan ip4:6 tcp:25", true},
    {"eth vlan ip4:6 tcp:80", false},
    {"eth vlan ip6:6 tcp:25", true},
    {"eth qinq vlan ip4:6 tcp:465", true},
    {"eth vlan vlan ip6:6 tcp:25", true},
    {"eth vlan vlan ip4:6 tcp:80", false},
    {"eth vlan vlan vlan ip4:6 tcp:25", true},
    {"eth ip4frag:6 bytes", true},
    {"eth ip4first:6 tcp:80",
     true}, /* its port may belong to a datagram whose rest hides something */
    {"eth vlan ip4frag:6 bytes", true},
    {"eth qinq vlan ip4frag:6 bytes", true},
    {"eth ip6:44 bytes", true},
    {"eth ip6:44 hop:6 tcp:80", true},
    {"eth vlan ip6:44 bytes", true},
    {"eth ip6:0 hop:6 tcp:25", true},
    {"eth ip6:60 hop:6 tcp:25", true},
    {"eth ip4:4 ip4:6 tcp:25", true},
    {"eth ip4:41 ip6:6 tcp:25", true},
    {"eth ip6:4 ip4:6 tcp:25", true},
    {"eth ip4:47 bytes", true},
    {"eth ip6:47 bytes", true},
    {"eth vlan ip4:47 bytes", true},
    {"eth ip4:17 udp:4789 bytes", true},
    {"eth ip4:17 udp:8472 bytes", true},
    {"eth ip4:17 udp:6081 bytes", true},
    {"eth vlan ip4:17 udp:4789 bytes", true},
    {"eth ip6:17 udp:4789 bytes", true},
    {"eth mpls bytes", true},
    {"eth vlan mpls bytes", true},
    {"eth pppoe bytes", true},
    {"eth qinq vlan pppoe bytes", true},
    {"eth ip4:17 udp:53 bytes", false},
    {"eth vlan ip4:17 udp:53 bytes", false},
    {"eth ip4:1 bytes", false},
    {"eth arp bytes", false},
    {"eth vlan arp bytes", false},
    {"eth lldp bytes", false},
};

static const uint16_t mail_ports[] = {25, 465, 587, 2525};

static void compile_wants(const char *user, const struct filter_wants *w, int link_type, struct bpf_program *program)
{
    struct mem m;
    struct buf text;
    pcap_t *dead = pcap_open_dead(link_type, 65535);

    mem_init(&m, 0);
    buf_init(&text, &m, 1 << 20);
    assert_true(filter_live(&text, user, w, link_type == DLT_EN10MB));
    buf_add_byte(&text, 0);
    if (pcap_compile(dead, program, (const char *)text.p, 1, PCAP_NETMASK_UNKNOWN) != 0)
        fail_msg("%s: %s", (const char *)text.p, pcap_geterr(dead));
    pcap_close(dead);
    buf_free(&text);
}

static void compile(const char *user, const uint16_t *ports, unsigned n, int link_type,
                    struct bpf_program *program)
{
    const struct filter_wants w = {.ports = ports, .ports_n = n};

    compile_wants(user, &w, link_type, program);
}

static bool passes(const struct bpf_program *program, const char *layers)
{
    struct frame_made f;
    struct pcap_pkthdr h = {0};

    make(&f, layers);
    h.caplen = h.len = (bpf_u_int32)f.n;
    return pcap_offline_filter(program, &h, f.p) != 0;
}

static void frames(void **state)
{
    struct bpf_program program;

    (void)state;
    compile(NULL, mail_ports, 4, DLT_EN10MB, &program);
    assert_in_range(program.bf_len, 1, 4096); /* the kernel takes no longer one */
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (passes(&program, cases[i].layers) != cases[i].passes)
            fail_msg("%s: %s", cases[i].layers, cases[i].passes ? "lost" : "let through");
    pcap_freecode(&program);
}

static void any_port(void **state)
{
    struct bpf_program program;

    (void)state;
    compile(NULL, NULL, 0, DLT_EN10MB, &program);
    assert_true(passes(&program, "eth ip4:6 tcp:80"));
    assert_true(passes(&program, "eth vlan vlan ip6:6 tcp:9"));
    assert_false(passes(&program, "eth ip4:17 udp:53"));
    pcap_freecode(&program);
}

static void with_users_expression(void **state)
{
    struct bpf_program program;

    (void)state;
    compile("host 192.0.2.1", mail_ports, 4, DLT_EN10MB, &program);
    assert_true(passes(&program, "eth ip4:6 tcp:25"));
    assert_false(passes(&program, "eth ip4:6 tcp:80"));
    assert_false(passes(&program, "eth ip6:6 tcp:25"));
    pcap_freecode(&program);
    /* Two alternatives stay one condition. */
    compile("host 198.51.100.1 or host 192.0.2.2", mail_ports, 4, DLT_EN10MB, &program);
    assert_true(passes(&program, "eth ip4:6 tcp:25"));
    assert_false(passes(&program, "eth ip4:6 tcp:80"));
    pcap_freecode(&program);
    compile("vlan 100 and tcp port 80", mail_ports, 4, DLT_EN10MB, &program);
    assert_true(passes(&program, "eth vlan ip4:6 tcp:80"));
    assert_false(passes(&program, "eth vlan ip4:6 tcp:25"));
    pcap_freecode(&program);
}

static void most_ports(void **state)
{
    struct bpf_program program;
    uint16_t ports[64];

    (void)state;
    for (unsigned i = 0; i < 64; i++)
        ports[i] = (uint16_t)(1000 + 7 * i);
    compile(NULL, ports, 64, DLT_EN10MB, &program);
    assert_in_range(program.bf_len, 1, 4096);
    assert_true(passes(&program, "eth vlan vlan ip6:6 tcp:1441"));
    assert_false(passes(&program, "eth vlan vlan ip6:6 tcp:1442"));
    pcap_freecode(&program);
}

/* --dns lets port 53 through, under the same layers as mail; and nothing else of UDP. */
static void with_dns(void **state)
{
    static const char *const taken[] = {"eth ip4:17 udp:53", "eth ip6:17 udp:53", "eth ip4:6 tcp:53", "eth ip6:6 tcp:53",
                                        "eth vlan ip4:17 udp:53", "eth qinq vlan ip6:17 udp:53", "eth ip4:6 tcp:25",
                                        "eth ip4frag:17 bytes"};
    static const char *const left[] = {"eth ip4:17 udp:123", "eth vlan ip4:17 udp:5353", "eth ip4:6 tcp:80", "eth arp"};
    const struct filter_wants w = {mail_ports, 4, true}, any = {NULL, 0, true};
    struct bpf_program program;

    (void)state;
    compile_wants(NULL, &w, DLT_EN10MB, &program);
    assert_in_range(program.bf_len, 1, 4096);
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        if (!passes(&program, taken[i]))
            fail_msg("%s: lost", taken[i]);
    for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
        if (passes(&program, left[i]))
            fail_msg("%s: let through", left[i]);
    pcap_freecode(&program);
    compile_wants(NULL, &any, DLT_EN10MB, &program);
    assert_true(passes(&program, "eth ip4:17 udp:53"));
    assert_false(passes(&program, "eth ip4:17 udp:123"));
    pcap_freecode(&program);
}

/* What else an interface can be: cooked (any, PPP), raw (tunnels), loopback. */
static void other_link_types(void **state)
{
    static const int types[] = {DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_RAW, DLT_NULL};

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct bpf_program program;

        compile(NULL, mail_ports, 4, types[i], &program);
        pcap_freecode(&program);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames),
        cmocka_unit_test(any_port),
        cmocka_unit_test(with_users_expression),
        cmocka_unit_test(most_ports),
        cmocka_unit_test(with_dns),
        cmocka_unit_test(other_link_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
