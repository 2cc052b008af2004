/* SPDX-License-Identifier: Apache-2.0 */
/* host_memo: what is remembered of a host is what would be said of it now. Run from the top of the tree: share/ is read as it
 * is shipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "sensor/judge/host_memo.h"

static const struct judge_options shipped = {.brands = "share/brands.txt", .lists = "share/lists"}, none;
static const struct hash_key key = {5, 6};
static struct mem mem;
static struct judge *full, *empty;
static struct suffix *suffix;
static struct host_memo *memo;

static struct judge *opened(const struct judge_options *o)
{
    char err[JUDGE_ERR] = "";
    struct judge *j = judge_open(o, err);

    if (!j)
        fail_msg("%s", err);
    return j;
}

static int set_up(void **state)
{
    (void)state;
    mem_init(&mem, 0);
    full = opened(&shipped);
    empty = opened(&none);
    suffix = suffix_new(&mem, NULL, &(struct hash_key){1, 2});
    memo = host_memo_new(&mem, &key);
    return !suffix || !memo;
}

static int tear_down(void **state)
{
    (void)state;
    host_memo_free(memo);
    suffix_free(suffix);
    judge_release(full);
    judge_release(empty);
    return mem.used != 0;
}

static bool same(const struct host_facts *a, const struct host_facts *b)
{
    return a->owner == b->owner && a->like == b->like && a->shortener == b->shortener && a->redirector == b->redirector &&
           a->random == b->random && a->idn == b->idn && a->any == b->any &&
           (a->like == LOOKALIKE_NONE || (a->found.brand == b->found.brand && span_eq(a->found.like, b->found.like)));
}

/* With the memory as without, and as the brands say themselves; returns what was said. */
static struct host_facts ask(const struct judge *j, struct span host, struct span domain)
{
    struct lookalike_found found;
    struct host_facts now, kept;

    host_facts(NULL, j, suffix, host, domain, &now);
    host_facts(memo, j, suffix, host, domain, &kept);
    if (!same(&now, &kept))
        fail_msg("%.*s (%zu bytes of domain) is remembered as another", SPAN_FMT(host), domain.n);
    assert_int_equal(now.like, j ? brands_lookalike(j->brands, host, domain, &found) : LOOKALIKE_NONE);
    assert_ptr_equal(now.owner, j ? brand_of_domain(j->brands, host) : NULL);
    return kept;
}

static struct host_facts ask_text(const struct judge *j, const char *host)
{
    return ask(j, span_cstr(host), suffix_registrable(suffix, span_cstr(host)));
}

/* Each fact by a host that has it alone, asked twice, one after another and all again: hosts of one domain differ in what
 * is inside, and a brand's own host under a domain that looks like another's is its own. */
static void facts(void **state)
{
    static const struct {
        const char *host;
        enum lookalike like;
        bool owned, shortener, redirector, random, idn;
    } table[] = {
        {.host = "amazon.co.jp", .like = LOOKALIKE_NONE, .owned = true},
        {.host = "www.amazon.co.jp", .like = LOOKALIKE_NONE, .owned = true},
        {.host = "amaz0n.co.jp", .like = LOOKALIKE_SKELETON},
        {.host = "www.amaz0n.co.jp", .like = LOOKALIKE_SKELETON},
        {.host = "amazom.example", .like = LOOKALIKE_SLIP},
        {.host = "www.kigivota-example.jp", .like = LOOKALIKE_NONE},
        {.host = "amazon.co.jp.kigivota-example.jp", .like = LOOKALIKE_INSIDE},
        {.host = "bit.ly", .like = LOOKALIKE_NONE, .shortener = true},
        {.host = "www.bit.ly", .like = LOOKALIKE_NONE, .shortener = true},
        {.host = "xqzkvwj.com", .like = LOOKALIKE_NONE, .random = true},
        {.host = "www.xqzkvwj.com", .like = LOOKALIKE_NONE, .random = true},
        {.host = "xqzkvwj.blogspot.com", .like = LOOKALIKE_NONE}, /* a private suffix: nobody chose the name for readers */
        {.host = "www.xn--fsq.example", .like = LOOKALIKE_NONE, .idn = true},
        {.host = "xn--fsq.example", .like = LOOKALIKE_NONE, .idn = true},
        {.host = "axn--fsq.example", .like = LOOKALIKE_NONE}, /* no label begins so */
        {.host = "axn--b.xn--fsq.example", .like = LOOKALIKE_NONE, .idn = true},
        {.host = "\345\216\237.example", .like = LOOKALIKE_NONE, .idn = true},
        {.host = "axn--fsq.example", .like = LOOKALIKE_NONE},
        {.host = "com", .like = LOOKALIKE_NONE},
        {.host = "localhost", .like = LOOKALIKE_NONE},
        {.host = "192.0.2.1", .like = LOOKALIKE_NONE},
    };

    (void)state;
    for (size_t i = 0; i < 4 * sizeof(table) / sizeof(*table); i++) {
        size_t k = i / 2 % (sizeof(table) / sizeof(*table));
        struct host_facts f = ask_text(full, table[k].host);

        if (f.like != table[k].like || !f.owner != !table[k].owned || f.shortener != table[k].shortener ||
            f.redirector != table[k].redirector || f.random != table[k].random || f.idn != table[k].idn)
            fail_msg("%s", table[k].host);
        assert_int_equal(f.any, f.owner || f.like || f.shortener || f.redirector || f.random || f.idn);
    }
    assert_true(ask_text(full, "l.facebook.com").redirector);
}

/* A word in disguise, and one that is none; more words than there are places, and another judge's files in between. */
static void words(void **state)
{
    static const char *const some[] = {"Amaz0n", "\303\201mazon", "amazon1", "\343\202\242\343\203\236\343\202\276\343\203\263", "kigivota1"};
    char text[32];

    (void)state;
    for (int i = 0; i < 3000; i++) {
        const struct judge *j = i / 1000 == 1 ? empty : full;
        struct span word = i % 3 ? span_cstr(some[i % 5]) : span_of(text, (size_t)snprintf(text, sizeof(text), "paypa%d", i % 1700));

        assert_ptr_equal(host_memo_look(memo, j, word), brand_of_look(j->brands, word));
        assert_ptr_equal(host_memo_look(NULL, j, word), brand_of_look(j->brands, word));
    }
    assert_non_null(host_memo_look(memo, full, SPAN("Amaz0n")));
    assert_null(host_memo_look(memo, empty, SPAN("Amaz0n")));
}

/* One host with and without a domain (From's, where it is a public suffix): neither answers for the other. */
static void domain_counts(void **state)
{
    struct span host = SPAN("www.xqzkvwj.com"), none_of_it = {NULL, 0};

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_true(ask(full, host, span_from(host, 4)).random);
        assert_false(ask(full, host, none_of_it).random);
    }
}

/* What one judge's files said is not said for another's: not after an exchange, not after the one back, not without any. */
static void forgotten_on_exchange(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_true(ask_text(full, "bit.ly").shortener);
        assert_int_equal(ask_text(full, "amaz0n.co.jp").like, LOOKALIKE_SKELETON);
        assert_false(ask_text(empty, "bit.ly").shortener);
        assert_int_equal(ask_text(empty, "amaz0n.co.jp").like, LOOKALIKE_NONE);
        assert_true(ask_text(full, "amazon.co.jp").owner);
        assert_false(ask_text(NULL, "amazon.co.jp").any);
        assert_true(ask_text(NULL, "xqzkvwj.com").random);
    }
}

/* Ten times as many hosts as there are places, again and again: each is told right, and no byte more is held. */
static void a_flood(void **state)
{
    size_t held = mem.used;
    char host[64];

    (void)state;
    for (unsigned i = 0; i < 40000; i++) {
        unsigned k = i % 20000;

        snprintf(host, sizeof(host), "h%u.%s%u.%s", k, k % 7 ? "d" : "amazon", k % 3000, k % 2 ? "example" : "co.jp");
        ask_text(full, host);
    }
    assert_int_equal(mem.used, held);
}

/* No host at all, bytes of no script, dots alone, more bytes than a host has. */
static void hostile_hosts(void **state)
{
    static uint8_t bytes[5000];

    (void)state;
    for (unsigned fill = 0; fill < 256; fill++) {
        memset(bytes, (int)fill, sizeof(bytes));
        for (size_t n = 1; n <= sizeof(bytes); n = n < 300 ? n * 3 : n * 4)
            for (int i = 0; i < 2; i++) {
                struct span host = span_of(bytes, n);

                ask(full, host, suffix_registrable(suffix, host));
                ask(full, host, span_from(host, n / 2));
            }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts),   cmocka_unit_test(domain_counts), cmocka_unit_test(forgotten_on_exchange),
        cmocka_unit_test(a_flood), cmocka_unit_test(hostile_hosts), cmocka_unit_test(words),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
