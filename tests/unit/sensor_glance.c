/* SPDX-License-Identifier: Apache-2.0 */
/* What a glance makes of packets: who is the server, which sides are seen, what speaks TLS; and that a flood stays in its room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "sensor/check/glance.h"

static const uint16_t ports[] = {25, 465};
static const struct hash_key key = {1, 2};

struct segment {
    uint32_t client; /* the last bytes of its address and its port are made of it */
    uint16_t client_port, server_port;
    bool from_server;
    uint8_t flags;
    const char *payload;
    size_t n;
    uint16_t id;
};

static void push(struct glance *g, const struct segment *s)
{
    uint8_t f[20 + 20 + 32] = {0x45}, *tcp = f + 20, client[4] = {10, (uint8_t)(s->client >> 16), (uint8_t)(s->client >> 8), (uint8_t)s->client};
    static const uint8_t server[4] = {192, 0, 2, 25};
    size_t n = 40 + s->n;
    uint16_t from = s->from_server ? s->server_port : s->client_port, to = s->from_server ? s->client_port : s->server_port;

    f[2] = (uint8_t)(n >> 8);
    f[3] = (uint8_t)n;
    f[4] = (uint8_t)(s->id >> 8);
    f[5] = (uint8_t)s->id;
    f[8] = 64;
    f[9] = 6;
    memcpy(f + 12, s->from_server ? server : client, 4);
    memcpy(f + 16, s->from_server ? client : server, 4);
    tcp[0] = (uint8_t)(from >> 8);
    tcp[1] = (uint8_t)from;
    tcp[2] = (uint8_t)(to >> 8);
    tcp[3] = (uint8_t)to;
    tcp[12] = 5 << 4;
    tcp[13] = s->flags;
    memcpy(tcp + 20, s->payload ? s->payload : "", s->n);
    glance_frame(g, &(struct frame){.ts_us = 1, .bytes = span_of(f, n), .wire = (uint32_t)n, .link_type = LINK_RAW});
}

static struct glance *fresh(void)
{
    struct glance *g = glance_new(ports, 2, &key);

    assert_non_null(g);
    return g;
}

#define TEXT(t) .payload = (t), .n = sizeof(t) - 1

/* Two relays that both talk from port 25: who answers the SYN is the server, whoever has the lower address. */
static void relays_from_port_25(void **state)
{
    struct glance *g = fresh();
    const struct glance_server *v;
    unsigned n;

    (void)state;
    push(g, &(struct segment){7, 25, 25, .flags = TCP_SYN});
    push(g, &(struct segment){7, 25, 25, .from_server = true, .flags = TCP_SYN | TCP_ACK});
    push(g, &(struct segment){7, 25, 25, .flags = TCP_ACK, TEXT("EHLO x\r\n")});
    push(g, &(struct segment){7, 25, 25, .from_server = true, .flags = TCP_ACK, TEXT("250 x\r\n")});
    v = glance_servers(g, &n);
    assert_int_equal(n, 1);
    assert_int_equal(v[0].at.ip.b[0], 192);
    assert_int_equal(v[0].connections, 1);
    assert_int_equal(v[0].both, 1);
    glance_free(g);
}

/* A scan that nobody answers is no fault of the mirror; a client that goes on without an answer seen is. */
static void one_side(void **state)
{
    struct glance *g = fresh();
    const struct glance_server *v;
    unsigned n;

    (void)state;
    push(g, &(struct segment){1, 4000, 25, .flags = TCP_SYN});
    push(g, &(struct segment){2, 4000, 25, .from_server = true, .flags = TCP_RST | TCP_ACK});
    push(g, &(struct segment){3, 4000, 25, .flags = TCP_ACK, TEXT("EHLO x\r\n")});
    push(g, &(struct segment){4, 4000, 25, .from_server = true, .flags = TCP_SYN | TCP_ACK});
    v = glance_servers(g, &n);
    assert_int_equal(n, 1);
    assert_int_equal(v[0].connections, 4);
    assert_int_equal(v[0].both, 0);
    assert_int_equal(v[0].one[0], 1);
    assert_int_equal(v[0].one[1], 1);
    glance_free(g);
}

static void tls(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        bool tls;
    } cases[] = {
        {"\x16\x03\x01\x02\x00\x01", 6, true},  /* ClientHello */
        {"\x17\x03\x03\x40\x00", 5, true},      /* data, as much as a record holds */
        {"\x17\x03\x03\x48\x01", 5, false},     /* more than it may hold */
        {"\x17\x03\x05\x00\x10", 5, false},     /* no version */
        {"\x18\x03\x03\x00\x10", 5, false},     /* no type */
        {"\x16\x03\x01\x02", 4, false},         /* cut */
        {"DATA\r\n", 6, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct glance *g = fresh();
        const struct glance_server *v;
        unsigned n;

        push(g, &(struct segment){1, 4000, 25, .flags = TCP_ACK, TEXT("EHLO x\r\n")});
        push(g, &(struct segment){1, 4000, 25, .flags = TCP_ACK, .payload = cases[i].bytes, .n = cases[i].n});
        v = glance_servers(g, &n);
        assert_int_equal(v[0].encrypted, cases[i].tls);
        assert_int_equal(v[0].readable, !cases[i].tls);
        glance_free(g);
    }
}

/* The same segment with the same IP id is a copy by the mirror; with another id the sender sent it again. */
static void copies(void **state)
{
    struct glance *g = fresh();

    (void)state;
    push(g, &(struct segment){1, 4000, 25, .flags = TCP_ACK, .id = 7, TEXT("QUIT\r\n")});
    push(g, &(struct segment){1, 4000, 25, .flags = TCP_ACK, .id = 7, TEXT("QUIT\r\n")});
    push(g, &(struct segment){1, 4000, 25, .flags = TCP_ACK, .id = 8, TEXT("QUIT\r\n")});
    assert_int_equal(glance_counts(g)->twice, 1);
    assert_int_equal(glance_counts(g)->payloads, 3);
    glance_free(g);
}

/* More clients than there is room for: what is kept stays, the rest is counted, and it ends. */
static void a_flood(void **state)
{
    struct glance *g = fresh();
    const struct glance_server *v;
    unsigned n;

    (void)state;
    for (uint32_t i = 0; i < LIMIT_GLANCE_CONNECTIONS + 1000; i++)
        push(g, &(struct segment){i, 4000, 25, .flags = TCP_SYN});
    push(g, &(struct segment){0, 4000, 25, .from_server = true, .flags = TCP_SYN | TCP_ACK});
    assert_int_equal(glance_counts(g)->connections, LIMIT_GLANCE_CONNECTIONS);
    assert_int_equal(glance_counts(g)->connections_more, 1000);
    v = glance_servers(g, &n);
    assert_int_equal(n, 1);
    assert_int_equal(v[0].both, 1);
    assert_int_equal(v[0].packets[0], LIMIT_GLANCE_CONNECTIONS);
    glance_free(g);
}

/* Bytes that are nothing. */
static void noise(void **state)
{
    struct glance *g = fresh();
    uint8_t bytes[80];
    unsigned n, x = 1;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        size_t length = i % sizeof(bytes);

        for (size_t k = 0; k < length; k++)
            bytes[k] = (uint8_t)((x = x * 1103515245 + 12345) >> 16);
        glance_frame(g, &(struct frame){.ts_us = i, .bytes = span_of(bytes, length), .wire = (uint32_t)length + i % 3,
                                        .link_type = i % 2 ? LINK_RAW : LINK_ETHERNET});
    }
    glance_servers(g, &n);
    assert_int_equal(glance_counts(g)->frames, 20000);
    glance_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relays_from_port_25), cmocka_unit_test(one_side), cmocka_unit_test(tls),
        cmocka_unit_test(copies), cmocka_unit_test(a_flood), cmocka_unit_test(noise)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
