/* SPDX-License-Identifier: Apache-2.0 */
/* classify: a flow has the same name whether nDPI sees each packet as it comes or the first three together, and whether it is one
 * worker's or two share it. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <stdio.h>
#include <cmocka.h>

#include "sensor/flows/classify.h"
#include "sensor/flows/classify_ahead.h"
#include "tests/unit/talk_build.h"

enum { SAID = 8, OPENINGS_TRIED = 20000 };

static const struct {
    const char *name; /* nDPI's; NULL: none */
    const char *said[SAID];
} flows[] = {
    {"SMTP", {"S 220 mx.example ESMTP\r\n", "C EHLO a.example\r\n", "S 250-mx.example\r\n250-SIZE\r\n250 HELP\r\n"}},
    {"SMTP", {"S 220 mx.example ESMTP\r\n", "C HELO a.example\r\n", "S 250 mx.example\r\n"}},
    {"SMTP", {"S 220-mx.example\r\n220 mind the rules\r\n", "C ehlo a\r\n", "S 250-a\r\n250 b\r\n"}},
    {"SMTP", {"S 220 \r\n", "C EHLO \r\n", "S 250 \r\n"}},
    /* A provider that nDPI knows by name: it names the flow at once where it sees the banner alone. */
    {"SMTP", {"S 220 mx.google.com ESMTP\r\n", "C EHLO a.example\r\n", "S 250-mx.google.com\r\n250 HELP\r\n"}},
    /* Not as usual: each is shown as it is. */
    {"SMTP", {"C EHLO a\r\n", "S 220 mx.example\r\n", "S 250 mx.example\r\n"}},
    {"SMTP", {"S 220 mx.example\r\n", "S 220 and more\r\n", "C EHLO a\r\n", "S 250 mx.example\r\n"}},
    {"SMTP", {"S 220 mx.example\r\n", "C EHLO a\r\nMAIL FROM:<a@a.example>\r\n", "S 250 mx.example\r\n"}},
    {"SMTP", {"So 220 mx.example\r\n", "C EHLO a\r\n", "S 250 mx.example\r\n"}},
    {"SMTP", {"S 220 mx.example\r\n", "C LHLO a\r\n", "S 250 mx.example\r\n", "C MAIL FROM:<a@a.example>\r\n", "S 250 good\r\n"}},
    {"SMTP", {"S 220 mx.example\r\n", "C EHLO a\r\n", "S~ 250-mx.example hidden\r\n", "C MAIL FROM:<a@a.example>\r\n", "S 250 good\r\n"}},
    {"SMTP", {"S 220 mx.example", "C EHLO a\r\n", "S 250 mx.example\r\n", "C MAIL FROM:<a@a.example>\r\n", "S 250 good\r\n"}},
    /* Lines that look like answers to AUTH. */
    {"SMTP", {"S 220 a\r\nAUTH x\r\nZm9vYmFy\r\nZm9vYmFy\r\nZm9vYmFy\r\n", "C EHLO a\r\n", "S 250 mx.example\r\n"}},
    /* Others that begin with 220 as well. */
    {NULL, {"S 220 ftp.example\r\n", "C USER anonymous\r\n", "S 331 Password\r\n", "C PASS a@a.example\r\n", "S 230 Logged in\r\n", "C PASV\r\n"}},
    {"HTTP", {"C GET / HTTP/1.1\r\nHost: www.example\r\n\r\n", "S HTTP/1.1 200 OK\r\nServer: a\r\n\r\n"}},
    {"SSH", {"S SSH-2.0-x\r\n", "C SSH-2.0-y\r\n"}},
    /* Over before nDPI knows. */
    {NULL, {"S 220 mx.example ESMTP\r\n", "C QUIT\r\n"}},
    {NULL, {"S 220 mx.example ESMTP\r\n"}},
};

struct outcome {
    enum classify_verdict verdict;
    char name[64];
};

/* counts: of all names, of this one flow. */
static struct outcome classified(size_t flow, int version, bool at_once, uint64_t counts[CLASSIFY_NAMES_MOST])
{
    struct mem m;
    char err[256] = "";
    const char *name = NULL;
    struct classify *c;
    struct classify_flow *f = NULL;
    struct outcome x = {CLASSIFY_UNDECIDED, ""};
    static struct talk t;

    mem_init(&m, 0);
    c = classify_new(&m, at_once, err);
    assert_non_null(c);
    assert_true(classify_start(c, NULL, err));
    talk_begin(&t, version);
    for (unsigned i = 0; i < SAID && flows[flow].said[i] && x.verdict == CLASSIFY_UNDECIDED; i++)
        x.verdict = classify_push(c, &f, talk_say(&t, flows[flow].said[i]), 1000 * i, &name);
    classify_drop(c, &f);
    classify_counts(c, counts);
    for (unsigned i = 1; i < CLASSIFY_NAMES_MOST; i++) /* 0 is "unknown" */
        if (counts[i])
            snprintf(x.name, sizeof(x.name), "%s", classify_name(c, i));
    classify_free(c);
    assert_int_equal(m.used, 0);
    return x;
}

static void check(size_t flow, int version)
{
    uint64_t together[CLASSIFY_NAMES_MOST], each[CLASSIFY_NAMES_MOST];
    struct outcome a = classified(flow, version, false, together), b = classified(flow, version, true, each);
    const char *wanted = flows[flow].name ? flows[flow].name : "";

    if (strcmp(a.name, wanted) != 0 || strcmp(b.name, wanted) != 0)
        fail_msg("flow %zu (%s), IPv%d: together \"%s\", one by one \"%s\", wanted \"%s\"", flow, flows[flow].said[0], version, a.name, b.name, wanted);
    assert_memory_equal(together, each, sizeof(each));
}

static void same_name_either_way(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(flows) / sizeof(*flows); i++) {
        check(i, 4);
        check(i, 6);
    }
}

static struct outcome named(struct classify *c, struct talk *t, const char *const said[3])
{
    struct classify_flow *f = NULL;
    const char *name = "";
    struct outcome x = {CLASSIFY_UNDECIDED, ""};

    for (unsigned i = 0; i < 3 && x.verdict == CLASSIFY_UNDECIDED; i++)
        x.verdict = classify_push(c, &f, talk_say(t, said[i]), 1000 * i, &name);
    classify_drop(c, &f);
    snprintf(x.name, sizeof(x.name), "%s", name);
    return x;
}

/* What nDPI called one opening is remembered for the next that says the same from the same port: whoever speaks, from whatever port of
 * the client's, nDPI would name it so, packet by packet. Its providers' addresses and the ports it knows are among those asked. */
static void an_opening_is_named_by_its_words(void **state)
{
    static const char *const banners[] = {"S 220 a\r\n", "S 220-a\r\n220 b\r\n", "S 220 mx.google.com\r\n"},
                             *const hellos[] = {"C EHLO a\r\n", "C ehlo 7\r\n", "C HELO b\r\n", "C HELO [192.0.2.1]\r\n", "C LHLO a\r\n"},
                             *const replies[] = {"S 250 a\r\n", "S 250-a\r\n250 b\r\n", "S 550 no\r\n"};
    static const uint16_t ports[] = {25, 25, 587, 465, 2525, 24, 80, 443, 110, 21, 22, 53};
    static const uint32_t nets[] = {0x08080000, 0x11000000, 0x0d6b0000, 0x28600000, 0x8efa0000, 0x4a7d0000, 0x9df00000, 0x22c00000, 0xc0000000};
    struct classify *together, *each;
    static struct talk t;
    char err[256];
    struct mem m;

    (void)state;
    mem_init(&m, 0);
    together = classify_new(&m, false, err);
    each = classify_new(&m, true, err);
    assert_true(together && each && classify_start(together, NULL, err) && classify_start(each, NULL, err));
    srand(7);
    for (int i = 0; i < OPENINGS_TRIED; i++) {
        const char *const said[] = {banners[rand() % 3], hellos[rand() % 5], replies[rand() % 3]};
        struct outcome a, b;
        struct talk begun;

        talk_begin(&begun, i % 8 ? 4 : 6);
        begun.port[0] = i % 3 ? ports[(size_t)rand() % (sizeof(ports) / sizeof(*ports))] : (uint16_t)rand();
        do /* of one port on both sides nDPI needs more packets */
            begun.port[1] = (uint16_t)(i % 2 ? rand() % 10000 : rand());
        while (begun.port[1] == begun.port[0]);
        for (int k = 0; k < 2; k++)
            begun.address[k] = nets[(size_t)rand() % (sizeof(nets) / sizeof(*nets))] + (uint32_t)rand() % (i % 5 ? 0x1000000 : 0xffffffff);
        t = begun;
        a = named(together, &t, said);
        t = begun;
        b = named(each, &t, said);
        if (a.verdict != b.verdict || strcmp(a.name, b.name) != 0)
            fail_msg("%s%s%sports %u and %u, addresses %x and %x: together \"%s\", one by one \"%s\"", said[0], said[1], said[2], begun.port[0], begun.port[1],
                     begun.address[0], begun.address[1], a.name, b.name);
    }
    classify_free(together);
    classify_free(each);
    assert_int_equal(m.used, 0);
}

/* What started ahead is one worker's, who waits for it and has it for good; another starts his own, beside it. */
static void one_takes_what_started_ahead(void **state)
{
    struct classify_ahead *a = classify_ahead_new();
    struct classify_module mine, none;

    (void)state;
    assert_non_null(a);
    assert_true(classify_ahead_take(a, &mine));
    assert_true(classify_module_bytes(&mine) > 1 << 20);
    assert_false(classify_ahead_take(a, &none));
    classify_ahead_free(a);
    classify_module_stop(&mine, true); /* what was taken outlives it */
}

/* Started for nothing: it goes as it came. */
static void nobody_needs_it(void **state)
{
    (void)state;
    classify_ahead_free(classify_ahead_new());
    classify_ahead_free(NULL);
}

static unsigned told; /* times that nDPI was told whom to ask for memory */

void set_ndpi_malloc(void *(*from)(size_t));
/* Ours in front of nDPI's. */
void set_ndpi_malloc(void *(*from)(size_t))
{
    void (*real)(void *(*)(size_t));

    *(void **)&real = dlsym(RTLD_NEXT, "set_ndpi_malloc");
    told++;
    real(from);
}

static void start_one(struct classify_ahead *ahead)
{
    struct classify *c;
    char err[256];
    struct mem m;

    mem_init(&m, 0);
    c = classify_new(&m, false, err);
    assert_non_null(c);
    assert_true(classify_start(c, ahead, err));
    assert_true(classify_start_bytes(c) > 1 << 20); /* its tables came from us */
    assert_int_equal(told, 1);
    classify_free(c);
}

/* nDPI has one place for that, without a lock: it is told before its first start, and what starts beside another start leaves it alone. */
static void memory_is_told_once(void **state)
{
    struct classify_ahead *a;

    (void)state;
    start_one(NULL);
    a = classify_ahead_new();
    assert_non_null(a);
    start_one(NULL);
    start_one(a);
    classify_ahead_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(memory_is_told_once), cmocka_unit_test(same_name_either_way), cmocka_unit_test(an_opening_is_named_by_its_words),
                                       cmocka_unit_test(one_takes_what_started_ahead), cmocka_unit_test(nobody_needs_it)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
