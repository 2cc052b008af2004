/* SPDX-License-Identifier: Apache-2.0 */
/* tls_seen: published JA3 and JA4 of whole hellos, what a record says of a connection, and what it costs to keep. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "sensor/flows/tls_seen.h"
#include "tests/unit/tls_words.h"

#define SIGNATURES "000d {2 {2 0403 0804 0401 0503 0805 0501 0806 0601 } } "

/* Of which somebody else published the hash. */
static const struct {
    const char *whose, *wire, *ja3, *ja4;
} published[] = {
    {"FoxIO ja4, technical_details/JA4.md",
     CLIENT("0303", "1301 1302 1303 c02b c02f c02c c030 cca9 cca8 c013 c014 009c 009d 002f 0035",
            "001b {2 } 0000 {2 } 0033 {2 } 0010 {2 {2 {1 'h2' } } } 4469 {2 } 0017 {2 } 002d {2 } " SIGNATURES
            "0005 {2 } 0023 {2 } 0012 {2 } 002b {2 {1 0304 0303 } } ff01 {2 } 000b {2 {1 00 } } 000a {2 {2 001d } } 0015 {2 } "),
     NULL, "t13d1516h2_8daaf6152771_e5627efa2ab1"},
    {"Chrome 143 at browserleaks.com",
     CLIENT("0303", "3a3a 1301 1302 1303 c02b c02f c02c c030 cca9 cca8 c013 c014 009c 009d 002f 0035",
            "baba {2 } 002d {2 } 0033 {2 } 0010 {2 {2 {1 'h2' } {1 'http/1.1' } } } fe0d {2 } 0017 {2 } 44cd {2 } "
            "0000 {2 {2 00 {2 'tls.browserleaks.com' } } } 000b {2 {1 00 } } 000a {2 {2 2a2a 11ec 001d 0017 0018 } } "
            "002b {2 {1 4a4a 0304 0303 } } ff01 {2 } 0023 {2 } 0012 {2 } 0005 {2 } " SIGNATURES "001b {2 } 6a6a {2 } "),
     "98487aa16281980e7d1120d399efb6a4", "t13d1516h2_8daaf6152771_d8a2da3f94cd"},
    {"salesforce ja3, README",
     CLIENT("0301", "002f 0035 0005 000a c009 c00a c013 c014 0032 0038 0013 0004",
            "0000 {2 {2 00 {2 'a' } } } 000a {2 {2 0017 0018 0019 } } 000b {2 {1 00 } } "),
     "ada70206e40642a3e4461f35503241d5", NULL},
    {"salesforce ja3, README: no extensions",
     "C 16 0300 {2 01 {3 " HELLO("0301", "0004 0005 000a 0009 0064 0062 0003 0006 0013 0012 0063") "} } ",
     "de350869b8c85de67a350c8d186f11e6", NULL},
    {"nothing to sort (JA4.md: 000000000000)", CLIENT("0303", "", "0000 {2 {2 00 {2 'a' } } } "), NULL,
     "t12d000100_000000000000_000000000000"},
};

struct room {
    struct record_pool *pool;
    struct record *r;
    struct mem mem;
    struct tls_seen *x;
};

static void open_room(struct room *m)
{
    m->pool = record_pool_new();
    m->r = record_take(m->pool);
    mem_init(&m->mem, 0);
    m->x = tls_seen_new(&m->mem);
    assert_non_null(m->x);
}

static void close_room(struct room *m)
{
    tls_seen_free(m->x);
    assert_int_equal(m->mem.used, 0);
    record_give_back(m->r);
    record_pool_free(m->pool);
}

static void push(struct room *m, const char *words)
{
    struct wire *w = wire_of(words);
    size_t at = 0;

    for (size_t i = 0; i < w->pieces; at = w->piece[i++].end)
        tls_seen_push(m->x, w->piece[i].side, span_of(w->bytes + at, w->piece[i].end - at));
    free(w);
}

static void is(struct span got, const char *want)
{
    if (!span_eq(got, span_cstr(want ? want : "")) || !got.p != !want)
        fail_msg("%.*s, but must be %s", SPAN_FMT(got), want ? want : "absent");
}

static void hashes_that_others_published(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(published) / sizeof(*published); i++) {
        struct room m;

        open_room(&m);
        push(&m, published[i].wire);
        tls_seen_fill(m.x, m.r);
        if (published[i].ja3)
            is(m.r->tls_seen.ja3, published[i].ja3);
        if (published[i].ja4)
            is(m.r->tls_seen.ja4, published[i].ja4);
        close_room(&m);
    }
}

static void what_a_record_says(void **state)
{
    struct room m;
    const struct record_tls *t;

    (void)state;
    open_room(&m);
    t = &m.r->tls_seen;
    tls_seen_fill(m.x, m.r); /* before any byte */
    is(t->version, NULL);
    is(t->ja3, NULL);
    push(&m, CLIENT("0303", "1301", "0010 {2 {2 {1 'smtp' } } } 0000 {2 {2 00 {2 'mx.example.jp' } } } "));
    tls_seen_fill(m.x, m.r); /* a mail before the server spoke */
    is(t->sni, "mx.example.jp");
    is(t->alpn, "smtp");
    is(t->version, NULL);
    push(&m, SERVER("0303", "1301", "002b {2 0304 } "));
    tls_seen_fill(m.x, m.r);
    is(t->version, "TLS 1.3");
    is(t->cipher, "1301");
    is(t->subject, NULL);
    is(t->not_after, NULL);
    close_room(&m);
}

static void versions(void **state)
{
    static const struct {
        const char *wire, *name;
    } cases[] = {{SERVER("0300", "0004", ""), "SSL 3.0"}, {SERVER("0301", "0004", ""), "TLS 1.0"},
                 {SERVER("0302", "0004", ""), "TLS 1.1"}, {SERVER("0303", "0004", ""), "TLS 1.2"},
                 {SERVER("7f1c", "0004", ""), "7f1c"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct room m;

        open_room(&m);
        push(&m, cases[i].wire);
        tls_seen_fill(m.x, m.r);
        is(m.r->tls_seen.version, cases[i].name);
        close_room(&m);
    }
}

/* Bytes that are no certificate where one should stand. */
static void no_certificate(void **state)
{
    struct room m;

    (void)state;
    open_room(&m);
    push(&m, SERVER("0303", "c02f", "") "S 16 0303 {2 0b {3 {3 {3 3003020101 } } } } ");
    tls_seen_fill(m.x, m.r);
    is(m.r->tls_seen.subject, NULL);
    is(m.r->tls_seen.not_after, NULL);
    assert_true(anomaly_has(tls_seen_anomalies(m.x), ANOMALY_TLS_MALFORMED));
    close_room(&m);
}

/* Once both sides have spoken, an idle connection keeps what it tells and no more. */
static void little_is_kept(void **state)
{
    struct room m;

    (void)state;
    open_room(&m);
    push(&m, CLIENT("0303", "1301", "0000 {2 {2 00 {2 'mx.example.jp' } } } 002b {2 {1 0304 } } 0033 {2 *1200 } "));
    push(&m, SERVER("0303", "1301", "002b {2 0304 } ") "S 17 0303 {2 *4000 } ");
    assert_true(m.mem.used <= 192);
    close_room(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_that_others_published), cmocka_unit_test(what_a_record_says), cmocka_unit_test(versions),
        cmocka_unit_test(no_certificate), cmocka_unit_test(little_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
