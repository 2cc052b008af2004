/* SPDX-License-Identifier: Apache-2.0 */
/* classify: a flow has the same name whether nDPI sees each packet as it comes or is asked only where its word is not certain. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "sensor/flows/classify.h"
#include "sensor/flows/classify_module.h"
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
    assert_true(!at_once || classify_start(c, err));
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

/* Two that are to say the same: one asks nDPI only where its word is not certain, one shows it each packet. */
struct pair {
    struct classify *together, *each;
    struct mem mem;
};

static void pair_begin(struct pair *p)
{
    char err[256];

    mem_init(&p->mem, 0);
    p->together = classify_new(&p->mem, false, err);
    p->each = classify_new(&p->mem, true, err);
    assert_true(p->together && p->each && classify_start(p->each, err));
}

static void pair_end(struct pair *p)
{
    classify_free(p->together);
    classify_free(p->each);
    assert_int_equal(p->mem.used, 0);
}

/* The name that both have for it, as told by *begun's two ends. */
static struct outcome same_name(struct pair *p, const struct talk *begun, const char *const said[3])
{
    struct talk t = *begun;
    struct outcome a = named(p->together, &t, said), b;

    t = *begun;
    b = named(p->each, &t, said);
    if (a.verdict != b.verdict || strcmp(a.name, b.name) != 0)
        fail_msg("%s%s%sports %u and %u, addresses %x and %x: together \"%s\", one by one \"%s\"", said[0], said[1], said[2], begun->port[0], begun->port[1],
                 begun->address[0], begun->address[1], a.name, b.name);
    return a;
}

/* An opening is named by its words: whoever speaks, from whatever port of the client's, nDPI names it so, packet by packet. Its providers'
 * addresses and the ports it knows are among those asked, and openings of which its word is not certain: one port on both sides is enough. */
static void an_opening_is_named_by_its_words(void **state)
{
    static const char *const banners[] = {"S 220 a\r\n", "S 220-a\r\n220 b\r\n", "S 220 mx.google.com\r\n"},
                             *const hellos[] = {"C EHLO a\r\n", "C ehlo 7\r\n", "C HELO b\r\n", "C HELO [192.0.2.1]\r\n", "C LHLO a\r\n"},
                             *const replies[] = {"S 250 a\r\n", "S 250-a\r\n250 b\r\n", "S 550 no\r\n"};
    static const uint16_t ports[] = {25, 25, 587, 465, 2525, 24, 80, 443, 110, 21, 22, 53};
    static const uint32_t nets[] = {0x08080000, 0x11000000, 0x0d6b0000, 0x28600000, 0x8efa0000, 0x4a7d0000, 0x9df00000, 0x22c00000, 0xc0000000};
    struct pair p;

    (void)state;
    pair_begin(&p);
    srand(7);
    for (int i = 0; i < OPENINGS_TRIED; i++) {
        const char *const said[] = {banners[rand() % 3], hellos[rand() % 5], replies[rand() % 3]};
        struct talk begun;

        talk_begin(&begun, i % 8 ? 4 : 6);
        begun.port[0] = i % 3 ? ports[(size_t)rand() % (sizeof(ports) / sizeof(*ports))] : (uint16_t)rand();
        begun.port[1] = i % 16 == 1 ? begun.port[0] : (uint16_t)(i % 2 ? rand() % 10000 : rand());
        for (int k = 0; k < 2; k++)
            begun.address[k] = nets[(size_t)rand() % (sizeof(nets) / sizeof(*nets))] + (uint32_t)rand() % (i % 5 ? 0x1000000 : 0xffffffff);
        same_name(&p, &begun, said);
    }
    pair_end(&p);
}

/* What was certain, nDPI was not asked: it has not started. */
static void is_smtp_unasked(struct pair *p, const struct talk *begun, const char *const said[3])
{
    struct outcome x = same_name(p, begun, said);

    if (x.verdict != CLASSIFY_MAIL || strcmp(x.name, "SMTP") != 0 || classify_bytes(p->together))
        fail_msg("%s%s%sports %u and %u: \"%s\", nDPI holds %zu", said[0], said[1], said[2], begun->port[0], begun->port[1], x.name,
                 classify_bytes(p->together));
}

/* Letters of the first word as the bits of lower say. */
static const char *hello_in_cases(char *room, bool ehlo, unsigned lower, const char *rest)
{
    strcpy(room, ehlo ? "C EHLO " : "C HELO ");
    for (unsigned k = 0; k < 4; k++)
        room[2 + k] = (char)(room[2 + k] | (lower >> k & 1 ? 0x20 : 0));
    return strcat(room, rest);
}

/* Every way in which three packets may be such that nDPI is not asked: kinds of banner and reply, cases of the hello, what follows it. */
static void openings_of(struct pair *p, const struct talk *begun)
{
    static const char *const banners[] = {"S 220 a\r\n", "S 220-a\r\n220 b\r\n", "S 220 smtp.gmail.com ESMTP\r\n", "S 220-\r\n"},
                             *const rest[] = {"\r\n", "a.example\r\n", "[192.0.2.1]\r\n", "AUTH LOGIN\r\n", " \xff\r\n"},
                             *const replies[] = {"S 250 a\r\n", "S 250-a\r\n250-SIZE\r\n250 AUTH LOGIN\r\n", "S 250-\r\n"};

    for (unsigned i = 0; i < 2 * 16 * 5 * 4 * 3; i++) {
        char room[64];
        const char *const said[] = {banners[i / 160 % 4], hello_in_cases(room, i & 1, i >> 1 & 15, rest[i / 32 % 5]), replies[i / 640]};

        is_smtp_unasked(p, begun, said);
    }
}

static void what_is_certain_is_not_asked(void **state)
{
    static const uint16_t ports[] = {25, 587, 465, 2525, 80, 443, 110};
    static const char *const usual[] = {"S 220 a\r\n", "C EHLO a\r\n", "S 250-a\r\n250 b\r\n"};
    struct talk begun;
    struct pair p;

    (void)state;
    pair_begin(&p);
    for (int version = 4; version <= 6; version += 2) {
        talk_begin(&begun, version);
        for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
            begun.port[0] = ports[i];
            openings_of(&p, &begun);
        }
        for (unsigned port = 0; port <= UINT16_MAX; port++) {
            begun.port[0] = (uint16_t)port;
            if (begun.port[0] != begun.port[1])
                is_smtp_unasked(&p, &begun, usual);
        }
    }
    pair_end(&p);
}

/* Whatever else the lines say. */
static const char *line_of(char *room, const char *begins, unsigned lines)
{
    size_t n = strlen(strcpy(room, begins));

    for (; lines; lines--) {
        for (unsigned most = (unsigned)rand() % 200; most; most--) {
            int byte = rand() % 4 ? ' ' + rand() % 95 : 1 + rand() % 255;

            room[n++] = (char)(byte == '\r' || byte == '\n' ? '.' : byte);
        }
        strcpy(room + n, lines > 1 ? (begins[2] == '2' && begins[3] == '2' ? "\r\n220-" : "\r\n250-") : "\r\n");
        n += strlen(room + n);
    }
    return room;
}

static void whatever_else_is_said(void **state)
{
    static char rooms[3][2048];
    struct talk begun;
    struct pair p;

    (void)state;
    pair_begin(&p);
    srand(11);
    for (int i = 0; i < OPENINGS_TRIED; i++) {
        const char *const said[] = {line_of(rooms[0], i % 2 ? "S 220 " : "S 220-", 1 + (unsigned)rand() % 4), line_of(rooms[1], i % 3 ? "C EHLO " : "C helo ", 1),
                                    line_of(rooms[2], i % 5 ? "S 250-" : "S 250 ", 1 + (unsigned)rand() % 4)};

        talk_begin(&begun, i % 2 ? 4 : 6);
        is_smtp_unasked(&p, &begun, said);
    }
    pair_end(&p);
}

/* Names of what is certain are nDPI's own. */
static void names_are_ndpis(void **state)
{
    struct pair p;

    (void)state;
    pair_begin(&p);
    assert_int_equal(classify_bytes(p.together), 0);
    for (unsigned i = 0; i < 4; i++)
        assert_string_equal(classify_name(p.together, i), classify_name(p.each, i));
    assert_true(classify_bytes(p.together) > 1 << 20);
    pair_end(&p);
}

/* It starts at the first question, and what it takes is told from then on; live, before the first packet, it is not: it is resident
 * when the budget is settled. */
static void it_starts_when_it_is_asked(void **state)
{
    static const char *const usual[] = {"S 220 a\r\n", "C EHLO a\r\n", "S 250 a\r\n"}, *const other[] = {"S 220 a\r\n", "C QUIT\r\n", "S 221 a\r\n"};
    struct talk t;
    struct pair p;

    (void)state;
    pair_begin(&p);
    assert_true(classify_bytes(p.each) < 1 << 20);
    talk_begin(&t, 4);
    named(p.together, &t, usual);
    assert_int_equal(classify_bytes(p.together), 0);
    talk_begin(&t, 4);
    named(p.together, &t, other);
    assert_true(classify_bytes(p.together) > 1 << 20);
    pair_end(&p);
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

static void *start_one(void *ctx)
{
    struct classify_module m;

    (void)ctx;
    assert_true(classify_module_start(&m, false));
    assert_true(classify_module_bytes(&m) > 1 << 20); /* its tables came from us */
    assert_int_equal(told, 1);
    classify_module_stop(&m, false);
    return NULL;
}

/* nDPI has one place for that, without a lock: it is told before its first start, and what starts beside another start leaves it alone. */
static void memory_is_told_once(void **state)
{
    pthread_t other;

    (void)state;
    start_one(NULL);
    assert_int_equal(pthread_create(&other, NULL, start_one, NULL), 0);
    start_one(NULL);
    pthread_join(other, NULL);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* they have their own in front of these two */

static bool refused; /* the system has no memory left for nDPI: neither a piece to start with nor a block */

void *mmap(void *at, size_t n, int prot, int flags, int fd, off_t from)
{
    if (refused) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return (void *)(uintptr_t)syscall(SYS_mmap, at, n, prot, flags, fd, from);
}

void *aligned_alloc(size_t to, size_t n)
{
    void *p = NULL;

    return refused || posix_memalign(&p, to, n) ? NULL : p;
}

static const char *const usual[3] = {"S 220 mx.example\r\n", "C EHLO a\r\n", "S 250 mx.example\r\n"};
static const char *const almost[3] = {"S 220 mx.example\r\n", "C NOOP\r\n", "S 250 mx.example\r\n"};
static const char *const web[3] = {"C GET / HTTP/1.1\r\nHost: www.example\r\nUser-Agent: a\r\nContent-Type: b\r\n\r\n",
                                   "S HTTP/1.1 200 OK\r\nServer: a\r\nContent-Type: b\r\n\r\n", "S more\r\n"};

/* A session that nDPI is asked of, then one that it need not be asked of: named(), and what is counted of both. */
static void says(struct classify *c, const char *const asked[3], uint64_t not_asked)
{
    uint64_t counts[CLASSIFY_NAMES_MOST];
    struct talk t;

    talk_begin(&t, 4);
    named(c, &t, asked);
    talk_begin(&t, 4);
    assert_string_equal(named(c, &t, usual).name, "SMTP");
    classify_counts(c, counts);
    assert_int_equal(counts[CLASSIFY_NAMES_MOST - 1], not_asked);
    if (not_asked)
        assert_string_equal(classify_name(c, CLASSIFY_NAMES_MOST - 1), "not_asked");
}

static void *cannot_start(void *ctx)
{
    struct pair p;

    (void)ctx;
    pair_begin(&p);
    refused = true;
    says(p.together, almost, 1);
    says(p.together, web, 2);
    refused = false;
    says(p.together, web, 3); /* it is not tried again, though it would do now */
    pair_end(&p);
    return NULL;
}

static void *cannot_go_on(void *ctx)
{
    struct pair p;

    (void)ctx;
    pair_begin(&p);
    says(p.together, almost, 0);
    says(p.together, web, 0);
    refused = true;
    says(p.together, web, 0); /* the call under way got what it asked for */
    assert_true(classify_memory_was_short());
    refused = false;
    says(p.together, almost, 1);
    says(p.together, web, 2);
    pair_end(&p);
    return NULL;
}

/* False under valgrind, which takes its own aligned_alloc whoever has one. */
static bool blocks_are_refused(void)
{
    void *p;

    refused = true;
    p = aligned_alloc(16, 16);
    refused = false;
    free(p);
    return !p;
}

/* nDPI cannot do without memory. Where it finds none, in a run that has begun, nothing ends: it names no more connections, of which each is
 * counted, and those that need no asking have their name. A thread each, since what a thread lacked is kept in mind by it. */
static void memory_runs_out(void **state)
{
    static void *(*const cases[])(void *) = {cannot_start, cannot_go_on};
    pthread_t thread;

    (void)state;
    for (size_t i = 0; i < (blocks_are_refused() ? 2 : 1); i++) {
        assert_int_equal(pthread_create(&thread, NULL, cases[i], NULL), 0);
        pthread_join(thread, NULL);
    }
}
#else
static void memory_runs_out(void **state)
{
    (void)state;
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(memory_is_told_once), cmocka_unit_test(same_name_either_way), cmocka_unit_test(an_opening_is_named_by_its_words),
                                       cmocka_unit_test(what_is_certain_is_not_asked), cmocka_unit_test(whatever_else_is_said), cmocka_unit_test(names_are_ndpis),
                                       cmocka_unit_test(it_starts_when_it_is_asked), cmocka_unit_test(memory_runs_out)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
