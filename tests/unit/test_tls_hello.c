/* SPDX-License-Identifier: Apache-2.0 */
/* tls_hello: hellos of published fingerprints, odd ones, and what a server shows; whole, byte by byte, at every cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "decoders/net/tls_hello.h"
#include "tests/unit/split.h"
#include "tests/unit/tls_words.h"

static const struct {
    const char *what, *wire, *told;
} cases[] = {
    /* The list of FoxIO's technical_details/JA4.md: t13d1516h2_8daaf6152771_e5627efa2ab1. */
    {"JA4.md's example, with GREASE wherever a client puts it",
     CLIENT("0303", "0a0a 1301 1302 1303 c02b c02f c02c c030 cca9 cca8 c013 c014 009c 009d 002f 0035",
            "1a1a {2 } 001b {2 } 0000 {2 {2 00 {2 'mx.example.jp' } } } 0033 {2 } 0010 {2 {2 {1 'h2' } {1 'http/1.1' } } } "
            "4469 {2 } 0017 {2 } 002d {2 } " SIGNATURES "0005 {2 } 0023 {2 } 0012 {2 } 002b {2 {1 aaaa 0304 0303 } } "
            "ff01 {2 } 000b {2 {1 00 } } 000a {2 {2 fafa 001d 0017 0018 } } 0015 {2 } 9a9a {2 00 } "),
     "client sni=mx.example.jp alpn=h2,http/1.1 ja4=t13d1516h2\n"
     " 771,4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-53,"
     "27-0-51-16-17513-23-45-13-5-35-18-43-65281-11-10-21,29-23-24,0\n"
     " 002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9\n"
     " 0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_"
     "0403,0804,0401,0503,0805,0501,0806,0601\n"},
    /* Both of salesforce/ja3's README: ada70206e40642a3e4461f35503241d5 and de350869b8c85de67a350c8d186f11e6. */
    {"JA3's example",
     CLIENT("0301", "002f 0035 0005 000a c009 c00a c013 c014 0032 0038 0013 0004",
            "0000 {2 {2 00 {2 'a.example' } } } 000a {2 {2 0017 0018 0019 } } 000b {2 {1 00 } } "),
     "client sni=a.example alpn=- ja4=t10d120300\n"
     " 769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0\n"
     " 0004,0005,000a,0013,002f,0032,0035,0038,c009,c00a,c013,c014\n 000a,000b\n"},
    {"JA3's example without extensions",
     "C 16 0300 {2 01 {3 " HELLO("0301", "0004 0005 000a 0009 0064 0062 0003 0006 0013 0012 0063") "} } ",
     "client sni=- alpn=- ja4=t10i110000\n 769,4-5-10-9-100-98-3-6-19-18-99,,,\n"
     " 0003,0004,0005,0006,0009,000a,0012,0013,0062,0063,0064\n \n"},
    {"an empty list of extensions", CLIENT("0303", "1301", ""), "client sni=- alpn=- ja4=t12i010000\n 771,4865,,,\n 1301\n \n"},
    {"only a name: nothing is left to hash", CLIENT("0303", "1301", "0000 {2 {2 00 {2 'a' } } } "),
     "client sni=a alpn=- ja4=t12d010100\n 771,4865,0,,\n 1301\n \n"},
    {"GREASE alone", CLIENT("0303", "2a2a", "4a4a {2 } "), "client sni=- alpn=- ja4=t12i000000\n 771,,,,\n \n \n"},
    {"numbers that only look like it", CLIENT("0303", "0a1a 1a0a", "0a1a {2 } "),
     "client sni=- alpn=- ja4=t12i020100\n 771,2586-6666,2586,,\n 0a1a,1a0a\n 0a1a\n"},
    {"ALPN of one character", CLIENT("0303", "1301", "0010 {2 {2 {1 'x' } } } "),
     "client sni=- alpn=x ja4=t12i0101xx\n 771,4865,16,,\n 1301\n \n"},
    /* JA4.md: 0xAB, 0xAB 0xCD, 0x30 0xAB and 0x30 0x31 0xAB 0xCD give ab, ad, 3b and 3d. */
    {"ALPN AB", CLIENT("0303", "1301", "0010 {2 {2 {1 ab } } } "),
     "client sni=- alpn=\xab ja4=t12i0101ab\n 771,4865,16,,\n 1301\n \n"},
    {"ALPN AB CD", CLIENT("0303", "1301", "0010 {2 {2 {1 abcd } } } "),
     "client sni=- alpn=\xab\xcd ja4=t12i0101ad\n 771,4865,16,,\n 1301\n \n"},
    {"ALPN 30 AB", CLIENT("0303", "1301", "0010 {2 {2 {1 30ab } } } "),
     "client sni=- alpn=0\xab ja4=t12i01013b\n 771,4865,16,,\n 1301\n \n"},
    {"ALPN 30 31 AB CD", CLIENT("0303", "1301", "0010 {2 {2 {1 3031abcd } } } "),
     "client sni=- alpn=01\xab\xcd ja4=t12i01013d\n 771,4865,16,,\n 1301\n \n"},
    {"ALPN 30 AB CD 31", CLIENT("0303", "1301", "0010 {2 {2 {1 30abcd31 } } } "),
     "client sni=- alpn=0\xab\xcd" "1 ja4=t12i010101\n 771,4865,16,,\n 1301\n \n"},
    {"SSL 3.0 and a version of nobody's", CLIENT("0300", "0004", "002b {2 {1 7f1c } } "),
     "client sni=- alpn=- ja4=t00i010100\n 768,4,43,,\n 0004\n 002b\n"},
    {"SSL 3.0", CLIENT("0300", "0004", "0017 {2 } "), "client sni=- alpn=- ja4=ts3i010100\n 768,4,23,,\n 0004\n 0017\n"},
    {"TLS 1.1 is the most of it", CLIENT("0302", "0004", "002b {2 {1 0301 0302 } } "),
     "client sni=- alpn=- ja4=t11i010100\n 770,4,43,,\n 0004\n 002b\n"},
    {"extensions twice, sorted and in order", CLIENT("0303", "c02b 1301 1301", "0033 {2 } 0017 {2 } 0033 {2 } "),
     "client sni=- alpn=- ja4=t12i030300\n 771,49195-4865-4865,51-23-51,,\n 1301,1301,c02b\n 0017,0033,0033\n"},
    {"a name that is no host's, then two that are",
     CLIENT("0303", "1301", "0000 {2 {2 07 {2 'x' } 00 {2 'one.example' } 00 {2 'two.example' } } } "),
     "client sni=one.example alpn=- ja4=t12d010100\n 771,4865,0,,\n 1301\n \n"},
    {"an empty name", CLIENT("0303", "1301", "0000 {2 } "),
     "tls.malformed\nclient sni=- alpn=- ja4=t12d010100\n 771,4865,0,,\n 1301\n \n"},

    /* Pieces. */
    {"a hello over three records, one of them empty",
     "C 16 0301 {2 01 0000 } 16 0301 {2 } 16 0301 {2 31 0303 *32 00 0004 } 16 0301 {2 1301 1302 0100 0004 0017 0000 } ",
     "client sni=- alpn=- ja4=t12i020100\n 771,4865-4866,23,,\n 1301,1302\n 0017\n"},
    {"the server's two messages in one record",
     CLIENT("0303", "c02f", "0017 {2 } ") "S 16 0303 {2 02 {3 0303 *32 {1 } c02f 00 {2 0017 {2 } ff01 {2 00 } } } "
     "0b {3 {3 {3 30820101 } {3 30820202 } } } 0e {3 } } ",
     "client sni=- alpn=- ja4=t12i010100\n 771,49199,23,,\n c02f\n 0017\n"
     "server 0303 c02f 771,49199,23-65281\ncertificate 30820101\ndone\n"},
    {"and each in records of its own",
     CLIENT("0303", "c02f", "0017 {2 } ") SERVER("0303", "c02f", "")
     "S 16 0303 {2 0b {3 {3 {3 30820101 } } } } ",
     "client sni=- alpn=- ja4=t12i010100\n 771,49199,23,,\n c02f\n 0017\nserver 0303 c02f 771,49199,\ncertificate 30820101\ndone\n"},
    {"JA3S's form: version, cipher, extensions in order", SERVER("0301", "002f", "ff01 {2 00 } 0000 {2 } 000b {2 } 0023 {2 } "),
     "server 0301 002f 769,47,65281-0-11-35\n"},

    /* What ends it. */
    {"TLS 1.3: behind the ServerHello all is secret",
     CLIENT("0303", "1301", "002b {2 {1 0304 } } ") SERVER("0303", "1301", "002b {2 0304 } 0033 {2 } ")
     "S 14 0303 {2 01 } 17 0303 {2 *100 } ",
     "client sni=- alpn=- ja4=t13i010100\n 771,4865,43,,\n 1301\n 002b\nserver 0304 1301 771,4865,43-51\ndone\n"},
    {"asked again (HelloRetryRequest): the first hello stays, and the second answer counts",
     CLIENT("0303", "1301", GROUPS "002b {2 {1 0304 } } ")
     "S 16 0303 {2 02 {3 0303 RETRY {1 } 1301 00 {2 002b {2 0304 } 0033 {2 0017 } } } } 14 0303 {2 01 } "
     "C 14 0303 {2 01 } 16 0303 {2 01 {3 " HELLO("0303", "1301 1302 1303") "{2 0033 {2 } } } } "
     SERVER("0303", "1301", "0033 {2 } 002b {2 0304 } "),
     "client sni=- alpn=- ja4=t13i010300\n 771,4865,10-11-43,29-23,0\n 1301\n 000a,000b,002b\n"
     "server 0304 1301 771,4865,51-43\ndone\n"},
    {"a session resumed: no certificate",
     CLIENT("0303", "c02f", "") SERVER("0303", "c02f", "") "S 14 0303 {2 01 } 16 0303 {2 *40 } ",
     "client sni=- alpn=- ja4=t12i010000\n 771,49199,,,\n c02f\n \nserver 0303 c02f 771,49199,\ndone\n"},
    {"a key exchange without a certificate",
     CLIENT("0303", "0034", "") SERVER("0303", "0034", "") "S 16 0303 {2 0c {3 *40 } 0b {3 {3 {3 99 } } } } ",
     "client sni=- alpn=- ja4=t12i010000\n 771,52,,,\n 0034\n \nserver 0303 0034 771,52,\ndone\n"},
    {"an alert instead of an answer", CLIENT("0303", "0034", "") "S 15 0303 {2 0228 } ",
     "client sni=- alpn=- ja4=t12i010000\n 771,52,,,\n 0034\n \ndone\n"},
    {"a list of no certificates", SERVER("0303", "c02f", "") "S 16 0303 {2 0b {3 {3 } } } ", "server 0303 c02f 771,49199,\n"},
    {"an SSL 2.0 hello is none of ours", "C 802e0100020015000000100100800200 S 16 0300 {2 0b {3 } } ", "done\n"},
    {"text is no TLS", "C 'EHLO x' 0d0a S '250 x' 0d0a ", "done\n"},

    /* Lies. */
    {"a record of another version", "C 16 0201 {2 01 {3 } } ", "tls.malformed\n"},
    {"a record larger than any", "C 16 0301 4801 01 ", "tls.malformed\n"},
    {"a hello of nothing", "C 16 0301 {2 01 {3 } } ", "tls.malformed\n"},
    {"a hello larger than any", "C 16 0301 {2 01 004001 } ", "tls.malformed\n"},
    {"an odd number of bytes for ciphers", CLIENT("0303", "13 01 13", ""), "tls.malformed\n"},
    {"ciphers beyond the end", "C 16 0301 {2 01 {3 0303 *32 00 ffff 1301 } } ", "tls.malformed\n"},
    {"bytes behind the extensions", "C 16 0301 {2 01 {3 " HELLO("0303", "1301") "{2 } 00 } } ", "tls.malformed\n"},
    {"an extension beyond the end", CLIENT("0303", "1301", "0017 0001 "), "tls.malformed\n"},
    {"lists in extensions that lead outside: they are left out, the rest stands",
     CLIENT("0303", "1301", "0000 {2 ffff } 000a {2 ffff 001d } 000b {2 05 } 000d {2 ffff } 0010 {2 {2 ff 00 } } 002b {2 ff } "),
     "tls.malformed\nclient sni=- alpn=- ja4=t00d010600\n 771,4865,0-10-11-13-16-43,,\n 1301\n 000a,000b,000d,002b\n"},
    {"a ServerHello of version 0", SERVER("0000", "1301", ""), "tls.malformed\n"},
    {"a certificate beyond the end of its list", SERVER("0303", "c02f", "") "S 16 0303 {2 0b {3 000003 000004 30 } } ",
     "server 0303 c02f 771,49199,\ntls.malformed\n"},
};
enum { CASES = sizeof(cases) / sizeof(*cases) };

/* --- what is told --- */

struct told {
    char *text;
    size_t n;
    FILE *out;
};

static void show(FILE *f, struct span s)
{
    fprintf(f, "%.*s", s.p ? (int)s.n : 1, s.p ? (const char *)s.p : "-");
}

static void on_client(void *ctx, const struct tls_client *c)
{
    struct told *t = ctx;

    fputs("client sni=", t->out);
    show(t->out, c->sni);
    fputs(" alpn=", t->out);
    show(t->out, c->alpn);
    fputs(" ja4=", t->out);
    show(t->out, c->ja4);
    fputs("\n ", t->out);
    show(t->out, c->ja3);
    fputs("\n ", t->out);
    show(t->out, c->ja4_ciphers);
    fputs("\n ", t->out);
    show(t->out, c->ja4_extensions);
    fputs("\n", t->out);
}

static void on_server(void *ctx, const struct tls_server *s)
{
    struct told *t = ctx;

    fprintf(t->out, "server %04x %04x ", s->version, s->cipher);
    show(t->out, s->ja3s);
    fputs("\n", t->out);
}

static void on_certificate(void *ctx, struct span der)
{
    struct told *t = ctx;

    fputs("certificate ", t->out);
    for (size_t i = 0; i < der.n && i < 8; i++)
        fprintf(t->out, "%02x", der.p[i]);
    fputs("\n", t->out);
}

static void on_anomaly(void *ctx, enum anomaly a)
{
    struct told *t = ctx;

    fprintf(t->out, "%s\n", anomaly_name(a));
}

static const struct tls_hello_events events = {
    .client = on_client, .server = on_server, .certificate = on_certificate, .anomaly = on_anomaly,
};

static void push_piece(struct tls_hello *x, const struct wire *w, const uint8_t *begin, struct span piece, size_t *at)
{
    while (piece.n) {
        size_t from = (size_t)(piece.p - begin), n;

        while (from >= w->piece[*at].end)
            ++*at;
        n = w->piece[*at].end - from;
        tls_hello_push(x, w->piece[*at].side, span_head(piece, n));
        piece = span_from(piece, n < piece.n ? n : piece.n);
    }
}

static char *run(void *ctx, struct span input, size_t cut)
{
    struct told t = {0};
    struct mem m;
    struct tls_hello x;
    size_t at = 0, side = 0;
    struct span piece;

    mem_init(&m, 0);
    t.out = open_memstream(&t.text, &t.n);
    tls_hello_init(&x, &m, &events, &t);
    while ((piece = split_next(input, cut, &at)).n)
        push_piece(&x, ctx, input.p, piece, &side);
    if (tls_hello_is_done(&x)) {
        fputs("done\n", t.out);
        if (m.used)
            fputs("and still holds memory\n", t.out);
    }
    tls_hello_free(&x);
    fclose(t.out);
    assert_int_equal(m.used, 0);
    return t.text;
}

static void every_case(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        struct wire *w = wire_of(cases[i].wire);
        char *told = split_check(cases[i].what, run, w, span_of(w->bytes, w->n));

        if (strcmp(told, cases[i].told) != 0)
            fail_msg("%s:\n%s--- but must be\n%s", cases[i].what, told, cases[i].told);
        free(told);
        free(w);
    }
}

/* Of a message that the capture cuts, at any byte, nothing is told. */
static void cut_short(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct wire *w = wire_of(cases[i].wire);

        for (size_t n = 0; n < w->n; n++) {
            char *told = run(w, span_of(w->bytes, n), SPLIT_WHOLE);

            assert_string_equal(told, "");
            free(told);
        }
        free(w);
    }
}

/* The largest hello there may be, of ciphers alone and in the worst order: its memory is bounded, its text whole. */
static void largest(void **state)
{
    struct wire *w = calloc(1, sizeof(*w));
    size_t ciphers = (LIMIT_TLS_HANDSHAKE - 2 - 32 - 1 - 2 - 2) / 2, body = 2 + 32 + 1 + 2 + 2 * ciphers + 2;
    const uint8_t head[] = {22, 3, 1, (uint8_t)((body + 4) >> 8), (uint8_t)(body + 4), 1, 0, (uint8_t)(body >> 8), (uint8_t)body, 3, 3};
    char *told;

    (void)state;
    memcpy(w->bytes, head, sizeof(head));
    w->n = sizeof(head) + 32 + 1;
    w->bytes[w->n++] = (uint8_t)(2 * ciphers >> 8);
    w->bytes[w->n++] = (uint8_t)(2 * ciphers);
    for (size_t i = 0; i < ciphers; i++) {
        w->bytes[w->n++] = (uint8_t)((0xffff - i) >> 8);
        w->bytes[w->n++] = (uint8_t)(0xffff - i);
    }
    w->bytes[w->n++] = 1;
    w->bytes[w->n++] = 0;
    w->piece[0].end = w->n;
    told = run(w, span_of(w->bytes, w->n), SPLIT_WHOLE);
    assert_int_equal(strncmp(told, "client sni=- alpn=- ja4=t12i990000\n 771,65535-65534-65533-", 58), 0);
    assert_non_null(strstr(told, ",fffd,fffe,ffff\n \n"));
    free(told);
    free(w);
}

/* A chain longer than is kept: the first certificate is told all the same. */
static void long_chain(void **state)
{
    struct wire *w = wire_of(SERVER("0303", "c02f", "") "S 16 0303 {2 0b 00c000 00bffd 000004 30820101 *8000 } 16 0303 {2 *16000 } "
                             "16 0303 {2 *16000 } 16 0303 {2 *16000 } ");
    char *told = split_check("long chain", run, w, span_of(w->bytes, w->n));

    (void)state;
    assert_string_equal(told, "server 0303 c02f 771,49199,\ncertificate 30820101\n");
    free(told);
    free(w);
}

/* Bytes of one side were lost: that side tells no more, the other goes on. */
static void after_a_gap(void **state)
{
    struct wire *w = wire_of(CLIENT("0303", "1301", "") SERVER("0304", "1301", ""));
    struct told t = {0};
    struct mem m;
    struct tls_hello x;

    (void)state;
    mem_init(&m, 0);
    t.out = open_memstream(&t.text, &t.n);
    tls_hello_init(&x, &m, &events, &t);
    tls_hello_push(&x, TLS_CLIENT, span_of(w->bytes, 20));
    tls_hello_gap(&x, TLS_CLIENT);
    tls_hello_push(&x, TLS_CLIENT, span_of(w->bytes + 30, w->piece[0].end - 30));
    assert_false(tls_hello_is_done(&x));
    tls_hello_push(&x, TLS_SERVER, span_of(w->bytes + w->piece[0].end, w->n - w->piece[0].end));
    assert_true(tls_hello_is_done(&x));
    assert_int_equal(m.used, 0);
    fclose(t.out);
    assert_string_equal(t.text, "server 0304 1301 772,4865,\n");
    free(t.text);
    free(w);
}

/* The n-th request for memory is refused: less is told, never something else, and all is given back. */
static void memory_refused(void **state)
{
    struct wire *w = wire_of(cases[0].wire);

    (void)state;
    for (long n = 1; n < 40; n++) {
        struct told t = {0};
        struct mem m;
        struct tls_hello x;

        mem_init(&m, 0);
        m.fail_after = n;
        t.out = open_memstream(&t.text, &t.n);
        tls_hello_init(&x, &m, &events, &t);
        tls_hello_push(&x, TLS_CLIENT, span_of(w->bytes, w->n));
        tls_hello_free(&x);
        fclose(t.out);
        assert_int_equal(m.used, 0);
        assert_null(strstr(t.text, "malformed"));
        assert_true(!*t.text || strstr(t.text, " -\n") || strcmp(t.text, cases[0].told) == 0 || strstr(t.text, "=-"));
        free(t.text);
    }
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case),  cmocka_unit_test(cut_short),   cmocka_unit_test(largest),
        cmocka_unit_test(long_chain),  cmocka_unit_test(after_a_gap), cmocka_unit_test(memory_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
