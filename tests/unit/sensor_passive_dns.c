/* SPDX-License-Identifier: Apache-2.0 */
/* passive_dns: what look-ups put on a mail's record; what a refusal says of lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <unistd.h>

#include "sensor/judge/passive_dns.h"
#include "tests/unit/dns_build.h"

/* A mail from 192.0.2.10 and what the server's resolver said before it; each line is an answer to its own question. */
struct scene {
    struct mem mem;
    struct record r;
    struct counters n;
    struct dns_memory *d;
    struct judge *judge;
    unsigned id;
};

static const struct hash_key key = {5, 6};
static struct dns_built built;
static char lists[] = "/tmp/mxtap-lists-XXXXXX";

static struct ip_addr ip_of(const char *text)
{
    struct ip_addr ip = {0};

    assert_true(ip_parse(span_cstr(text), &ip));
    return ip;
}

static void begin(struct scene *s, const char *client)
{
    struct judge_options o = {.lists = lists};
    char err[JUDGE_ERR];

    memset(s, 0, sizeof(*s));
    mem_init(&s->mem, 0);
    arena_init(&s->r.arena, &s->mem, LIMIT_RECORD_BYTES);
    s->d = dns_memory_new(&key, &s->n);
    s->judge = judge_open(&o, err);
    assert_non_null(s->judge);
    s->r.client = s->r.origin.ip = ip_of(client);
    s->r.outcome = SMTP_ACCEPTED;
}

static void end(struct scene *s)
{
    dns_memory_free(s->d);
    judge_release(s->judge);
    arena_free(&s->r.arena);
    assert_int_equal(s->mem.used, 0);
}

static void say(struct scene *s, const char *flags, const char *name, const char *type, const char *rest)
{
    struct dns_passage ask = {.now_us = 1}, answer = {.now_us = 2};
    char words[1500];
    struct span m;

    ask.from = answer.to = (struct endpoint){ip_of("192.0.2.25"), 1053};
    ask.to = answer.from = (struct endpoint){ip_of("192.0.2.53"), 53};
    snprintf(words, sizeof(words), "ask id=%u ? %s %s", ++s->id, name, type);
    m = dns_build(&built, words);
    dns_memory_message(s->d, &ask, m);
    snprintf(words, sizeof(words), "%s id=%u ? %s %s %s", flags, s->id, name, type, rest);
    m = dns_build(&built, words);
    dns_memory_message(s->d, &answer, m);
}

static void has(struct scene *s, const char *name, const char *type, const char *value)
{
    char rest[400];

    snprintf(rest, sizeof(rest), "! @12 300 %s %s", type, value);
    say(s, "ra", name, type, rest);
}

static void look(struct scene *s)
{
    passive_dns(&s->r, s->d, s->judge, 3);
}

static const char *text_of(const struct ip_addr *ip)
{
    static char text[IP_TEXT];

    ip_format(ip, text);
    return text;
}

static void is_text(struct span s, const char *want)
{
    if (!span_eq(s, span_cstr(want)))
        fail_msg("'%.*s', want '%s'", SPAN_FMT(s), want);
}

#define REVERSE "10.2.0.192.in-addr.arpa"

static void ptr_confirmed(void **state)
{
    struct scene s;

    (void)state;
    begin(&s, "192.0.2.10");
    has(&s, REVERSE, "PTR", "Mail.Example.org");
    has(&s, "mail.example.org", "A", "192.0.2.10");
    look(&s);
    is_text(s.r.origin.ptr, "mail.example.org");
    assert_int_equal(s.r.origin.ptr_state, PTR_CONFIRMED);
    end(&s);
}

/* The register's dhjkweb.cn: the name points to somebody else. */
static void ptr_not_confirmed(void **state)
{
    struct scene s;

    (void)state;
    begin(&s, "192.0.2.10");
    has(&s, REVERSE, "PTR", "dhjkweb.cn");
    has(&s, "dhjkweb.cn", "A", "198.51.100.186");
    look(&s);
    is_text(s.r.origin.ptr, "dhjkweb.cn");
    assert_int_equal(s.r.origin.ptr_state, PTR_NOT_CONFIRMED);
    assert_string_equal(text_of(&s.r.origin.ptr_ip), "198.51.100.186");
    end(&s);
}

/* Nobody asked where the name points; or only for addresses of the other kind: nothing is said against it. */
static void ptr_only_named(void **state)
{
    struct scene s;

    (void)state;
    begin(&s, "192.0.2.10");
    has(&s, REVERSE, "PTR", "mail.example.org");
    look(&s);
    assert_int_equal(s.r.origin.ptr_state, PTR_NAMED);
    end(&s);
    begin(&s, "192.0.2.10");
    has(&s, REVERSE, "PTR", "mail.example.org");
    has(&s, "mail.example.org", "AAAA", "2001:db8::10");
    look(&s);
    assert_int_equal(s.r.origin.ptr_state, PTR_NAMED);
    end(&s);
}

static void ptr_missing(void **state)
{
    struct scene s;

    (void)state;
    begin(&s, "192.0.2.10");
    say(&s, "ra rcode=3", REVERSE, "PTR", "");
    look(&s);
    assert_null(s.r.origin.ptr.p);
    assert_int_equal(s.r.origin.ptr_state, PTR_MISSING);
    end(&s);
    begin(&s, "192.0.2.10");
    say(&s, "ra rcode=2", REVERSE, "PTR", ""); /* the resolver failed: nobody knows */
    look(&s);
    assert_int_equal(s.r.origin.ptr_state, PTR_UNKNOWN);
    end(&s);
}

/* A shared host's many names: the one that points back counts. A name that no terminal should see is not shown. */
static void ptr_of_several(void **state)
{
    struct scene s;

    (void)state;
    begin(&s, "192.0.2.10");
    say(&s, "ra", REVERSE, "PTR", "! @12 9 PTR one.example ! @12 9 PTR two.example");
    has(&s, "one.example", "A", "198.51.100.1");
    has(&s, "two.example", "A", "192.0.2.10");
    look(&s);
    is_text(s.r.origin.ptr, "two.example");
    assert_int_equal(s.r.origin.ptr_state, PTR_CONFIRMED);
    end(&s);
    begin(&s, "192.0.2.10");
    say(&s, "ra an=1", REVERSE, "PTR", "raw c00c000c0001000000090004021b6300");
    look(&s);
    assert_null(s.r.origin.ptr.p);
    assert_int_equal(s.r.origin.ptr_state, PTR_UNKNOWN);
    end(&s);
}

/* Received of a trusted relay named it: the name stays, DNS says whether it points back. */
static void ptr_of_received(void **state)
{
    struct scene s;

    (void)state;
    begin(&s, "192.0.2.10");
    s.r.origin.ptr = SPAN("seen.example.org");
    has(&s, REVERSE, "PTR", "other.example.org");
    has(&s, "seen.example.org", "A", "192.0.2.10");
    look(&s);
    is_text(s.r.origin.ptr, "seen.example.org");
    assert_int_equal(s.r.origin.ptr_state, PTR_CONFIRMED);
    end(&s);
}

static void names(void **state)
{
    struct scene s;

    (void)state;
    begin(&s, "192.0.2.10");
    s.r.email.from_address = SPAN("ann@News.shop.example");
    s.r.from_domain = SPAN("shop.example");
    s.r.mail_from = SPAN("<bounce@mail.shop.example>");
    s.r.envelope_domain = SPAN("shop.example");
    s.r.helo = SPAN("MX.shop.example");
    has(&s, "news.shop.example", "A", "198.51.100.1");
    has(&s, "news.shop.example", "AAAA", "2001:db8::1");
    has(&s, "shop.example", "MX", "mx.shop.example");
    has(&s, "mx.shop.example", "A", "198.51.100.2");
    say(&s, "ra rcode=3", "mail.shop.example", "MX", "");
    look(&s);
    assert_int_equal(s.r.names_n, 4);
    is_text(s.r.names[0].name, "news.shop.example");
    assert_int_equal(s.r.names[0].ips_n, 2);
    is_text(s.r.names[1].name, "shop.example"); /* by its mail server */
    assert_int_equal(s.r.names[1].ips_n, 1);
    assert_string_equal(text_of(&s.r.names[1].ips[0]), "198.51.100.2");
    is_text(s.r.names[2].name, "mail.shop.example");
    assert_true(s.r.names[2].none);
    is_text(s.r.names[3].name, "mx.shop.example");
    end(&s);
}

static void links(void **state)
{
    struct link three[3] = {{.host = SPAN("one.example")}, {.host = SPAN("\xe4\xbe\x8b\xe3\x81\x88.example")}, {.host = SPAN("x")}};
    struct scene s;

    (void)state;
    begin(&s, "192.0.2.10");
    three[2].ip = ip_of("198.51.100.9");
    s.r.links = three;
    s.r.links_n = 3;
    has(&s, "one.example", "A", "198.51.100.1");
    has(&s, "xn--r8jz45g.example", "A", "198.51.100.3"); /* the name in other letters is asked in its ASCII form */
    look(&s);
    assert_string_equal(text_of(record_link_ip(&s.r, 0, 0)), "198.51.100.1");
    assert_null(record_link_ip(&s.r, 0, 1));
    assert_string_equal(text_of(record_link_ip(&s.r, 1, 0)), "198.51.100.3");
    assert_string_equal(text_of(record_link_ip(&s.r, 2, 0)), "198.51.100.9");
    end(&s);
}

/* 127.0.0.2 to .255 of a zone on the list; .1, 127.255.255.254 ("you may not ask") and unknown zones say nothing. */
static void listings(void **state)
{
    struct scene s;

    (void)state;
    begin(&s, "192.0.2.10");
    say(&s, "ra", "10.2.0.192.zen.example", "A", "! @12 9 A 127.0.0.4 ! @12 9 A 127.0.0.11");
    has(&s, "10.2.0.192.good.example", "A", "127.0.0.1");
    has(&s, "10.2.0.192.shut.example", "A", "127.255.255.254");
    has(&s, "10.2.0.192.parked.example", "A", "203.0.113.80");
    has(&s, "10.2.0.192.nobody.example", "A", "127.0.0.2");
    look(&s);
    assert_int_equal(s.r.listings_n, 2);
    is_text(s.r.listings[0].zone, "zen.example");
    assert_string_equal(text_of(&s.r.listings[0].answer), "127.0.0.4");
    assert_string_equal(text_of(&s.r.listings[1].answer), "127.0.0.11");
    end(&s);
    begin(&s, "2001:db8::10");
    has(&s, "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.zen.example", "A", "127.0.0.2");
    look(&s);
    assert_int_equal(s.r.listings_n, 1);
    end(&s);
}

/* The server's own resolver walks: the list's entry is an alias, and its address came from elsewhere. */
static void listing_behind_an_alias(void **state)
{
    struct scene s;

    (void)state;
    begin(&s, "192.0.2.10");
    say(&s, "aa", "10.2.0.192.zen.example", "A", "! @12 9 CNAME listed.zen.example");
    has(&s, "listed.zen.example", "A", "127.0.0.3");
    look(&s);
    assert_int_equal(s.r.listings_n, 1);
    assert_string_equal(text_of(&s.r.listings[0].answer), "127.0.0.3");
    end(&s);
}

/* Behind a trusted relay the origin is asked for, not only the relay. */
static void listing_of_the_origin(void **state)
{
    struct scene s;

    (void)state;
    begin(&s, "192.0.2.10");
    s.r.origin.ip = ip_of("203.0.113.9");
    has(&s, "9.113.0.203.zen.example", "A", "127.0.0.2");
    look(&s);
    assert_int_equal(s.r.listings_n, 1);
    end(&s);
}

/* The refusal names the list: known without DNS; the answer, where it was seen, joins it. */
static void refusals(void **state)
{
    static const struct {
        const char *text, *zone;
    } cases[] = {
        {"5.7.1 Service unavailable; Client host [192.0.2.10] blocked using bl.other.example; https://x.example/", "bl.other.example"},
        {"5.7.1 Service unavailable; client [192.0.2.10] Blocked Using Zen.Example", "zen.example"},
        {"192.0.2.10 is listed at zen.example, see http://zen.example/", "zen.example"},
        {"rejected because 192.0.2.10 is in a black list; found in sbl.zen.example.", "sbl.zen.example"},
        {"mail rejected by mx.example.jp", NULL},
        {"user not listed in directory.example", NULL},
        {"<zen.example>: Helo command rejected: Host not found", NULL},
        {"blocked using Spamhaus", NULL},
        {"blocked using 192.0.2.1", NULL},
        {"blocked using ", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct scene s;

        begin(&s, "192.0.2.10");
        s.r.outcome = SMTP_REFUSED;
        s.r.reply.text = span_cstr(cases[i].text);
        listings_of_refusal(&s.r, s.judge->lists);
        if (s.r.listings_n != (cases[i].zone != NULL))
            fail_msg("%s: %u lists", cases[i].text, s.r.listings_n);
        if (cases[i].zone)
            is_text(s.r.listings[0].zone, cases[i].zone);
        end(&s);
    }
}

static void refusal_and_answer(void **state)
{
    struct scene s;

    (void)state;
    begin(&s, "192.0.2.10");
    s.r.outcome = SMTP_REFUSED;
    s.r.reply.text = SPAN("blocked using zen.example");
    has(&s, "10.2.0.192.zen.example", "A", "127.0.0.4");
    listings_of_refusal(&s.r, s.judge->lists);
    look(&s);
    assert_int_equal(s.r.listings_n, 1);
    assert_string_equal(text_of(&s.r.listings[0].answer), "127.0.0.4");
    end(&s);
    begin(&s, "192.0.2.10"); /* an accepted mail's reply names no list */
    s.r.reply.text = SPAN("ok, though blocked using zen.example");
    listings_of_refusal(&s.r, s.judge->lists);
    assert_int_equal(s.r.listings_n, 0);
    end(&s);
}

static int make_lists(void **state)
{
    char path[100];
    FILE *f;

    (void)state;
    assert_non_null(mkdtemp(lists));
    snprintf(path, sizeof(path), "%s/dnsbl.txt", lists);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs("zen.example\ngood.example\nshut.example\nparked.example\n", f);
    return fclose(f);
}

static int remove_lists(void **state)
{
    char path[100];

    (void)state;
    snprintf(path, sizeof(path), "%s/dnsbl.txt", lists);
    return unlink(path) || rmdir(lists);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ptr_confirmed),  cmocka_unit_test(ptr_not_confirmed), cmocka_unit_test(ptr_only_named),
        cmocka_unit_test(ptr_missing),    cmocka_unit_test(ptr_of_several),    cmocka_unit_test(ptr_of_received),
        cmocka_unit_test(names),          cmocka_unit_test(links),             cmocka_unit_test(listings),
        cmocka_unit_test(listing_behind_an_alias),
        cmocka_unit_test(listing_of_the_origin), cmocka_unit_test(refusals),   cmocka_unit_test(refusal_and_answer),
    };

    return cmocka_run_group_tests(tests, make_lists, remove_lists);
}
