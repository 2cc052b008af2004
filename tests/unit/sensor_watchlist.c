/* SPDX-License-Identifier: Apache-2.0 */
/* watchlist: each kind of line against a record that has it and one that nearly has it; wrong lines; a large list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "sensor/judge/net_set.h"
#include "sensor/judge/watchlist.h"

static const struct hash_key key = {3, 4};
static struct mem mem, record_mem, unicode_mem;
static struct unicode_names *unicode;
static struct record record;

static struct watchlist *opened(const char *text)
{
    char path[] = "/tmp/Mxtap-Watch.txt-XXXXXX", err[256] = "";
    FILE *out = fdopen(mkstemp(path), "w");
    struct watchlist *w;

    fputs(text, out);
    fclose(out);
    w = watchlist_open(&mem, &key, unicode, path, err);
    unlink(path);
    if (!w)
        fail_msg("%s", err);
    return w;
}

static struct ip_addr ip(const char *text)
{
    struct ip_addr a;

    assert_true(ip_parse(span_cstr(text), &a));
    return a;
}

/* One mail with something of every kind. */
static void make_record(void)
{
    static struct received hops[2];
    static struct link links[2];
    static struct record_name names[2];
    static struct ip_addr resolved[2];
    static struct record_part part;

    hops[0] = (struct received){.ip = ip("203.0.113.1")};
    hops[1] = (struct received){.ip = ip("203.0.113.2")};
    links[0] = (struct link){.url = SPAN("https://User@WWW.Shop.example:8443/Pay?x=1"), .host = SPAN("www.shop.example")};
    links[1] = (struct link){.url = SPAN("http://198.51.100.9"), .host = SPAN("198.51.100.9"), .ip = ip("198.51.100.9")};
    resolved[0] = ip("198.51.100.50");
    resolved[1] = ip("2001:db8:5::1");
    names[0] = (struct record_name){.name = SPAN("www.shop.example"), .ips = resolved, .ips_n = 2};
    names[1] = (struct record_name){0};
    part.sha256 = SPAN("275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f");
    record = (struct record){.type = RECORD_SMTP, .helo = SPAN("Mail5.Jerseyjux.example"),
                             .mail_from = SPAN("<Bounce@Envelope.example>"), .subject_key = SPAN("お支払い情報 Update"),
                             .hops = hops, .hops_n = 2, .links = links, .links_n = 2, .link_names = names,
                             .parts = &part, .parts_n = 1};
    record.src.ip = ip("192.0.2.1");
    record.client = ip("192.0.2.2");
    record.origin = (struct record_origin){.ip = ip("192.0.2.3"), .ptr = SPAN("ptr.origin.example"), .helo = SPAN("origin.helo.example")};
    record.claimed.ip = ip("192.0.2.4");
    record.email.from_address = SPAN("Boss@from.example");
    record.email.reply_to = SPAN("A Name <reply@Reply.example>");
    record.email.sender = SPAN("sender@sender.example");
    record.email.return_path = SPAN("<>");
    record.tls_seen.ja3 = SPAN("0123456789abcdef0123456789abcdef");
    arena_init(&record.arena, &record_mem, 1 << 20);
}

/* What the list says of the record: "value(label) value". */
static const char *said(const char *list)
{
    static char text[2048];
    struct watchlist *w = opened(list);

    make_record();
    watchlist_match(w, &record);
    watchlist_close(w);
    text[0] = 0;
    for (uint32_t i = 0; i < record.watched_n; i++) {
        const struct record_watch *x = &record.watched[i];

        assert_true(span_eq(x->list, SPAN("mxtap-watch")));
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%.*s%s%.*s%s", i ? " " : "", SPAN_FMT(x->value),
                 x->label.n ? "(" : "", SPAN_FMT(x->label), x->label.n ? ")" : "");
    }
    arena_free(&record.arena);
    return text;
}

static void kinds(void **state)
{
    static const struct {
        const char *line, *says;
    } table[] = {
        /* addresses: of the connection, the client it names, origin, claimed, every hop, links and what they resolve to */
        {"192.0.2.1", "192.0.2.1"},
        {"192.0.2.2\tcolo", "192.0.2.2(colo)"},
        {"192.0.2.3 # seen in June", "192.0.2.3(seen in June)"},
        {"ip: 192.0.2.4", "192.0.2.4"},
        {"203.0.113.2", "203.0.113.2"},
        {"198.51.100.9", "198.51.100.9"},
        {"198.51.100.50", "198.51.100.50"},
        {"2001:db8:5::/48", "2001:db8:5::1"},
        {"192.0.2.5", ""},
        {"203.0.113.0/24", "203.0.113.1 203.0.113.2"},
        {"203.0.113.77/24 # host bits", "203.0.113.1(host bits) 203.0.113.2(host bits)"},
        {"203.0.113.2/31\ta\n203.0.113.2\tb", "203.0.113.2(b)"}, /* the longest network says it */
        {"::ffff:203.0.113.2", "203.0.113.2"},
        {"0.0.0.0/0", "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 203.0.113.1 203.0.113.2 198.51.100.50 198.51.100.9"},
        /* domains: sub-domains too, a common tail is none */
        {"jerseyjux.example", "Mail5.Jerseyjux.example"},
        {"*.jerseyjux.example", "Mail5.Jerseyjux.example"},
        {"DOMAIN: .JERSEYJUX.example.", "Mail5.Jerseyjux.example"},
        {"seyjux.example", ""},
        {"origin.example", "ptr.origin.example"},
        {"helo.example", "origin.helo.example"},
        {"envelope.example", "Envelope.example"},
        {"from.example", "from.example"},
        {"reply.example", "Reply.example"},
        {"sender.example", "sender.example"},
        {"shop.example", "www.shop.example"},
        /* HELO only as a whole */
        {"helo:mail5.jerseyjux.example", "Mail5.Jerseyjux.example"},
        {"helo: jerseyjux.example", ""},
        /* URLs: no scheme, no user, host without case, path as it is */
        {"https://www.shop.example:8443/Pay?x=1", "https://User@WWW.Shop.example:8443/Pay?x=1"},
        {"url:http://WWW.shop.example:8443/Pay?x=1", "https://User@WWW.Shop.example:8443/Pay?x=1"},
        {"https://www.shop.example:8443/pay?x=1", ""},
        {"https://www.shop.example/Pay?x=1", ""},
        {"http://198.51.100.9/", "http://198.51.100.9"},
        /* mail addresses */
        {"boss@FROM.example", "Boss@from.example"},
        {"mail:bounce@envelope.example", "Bounce@Envelope.example"},
        {"reply@reply.example", "reply@Reply.example"},
        {"oss@from.example", ""},
        /* subject and hashes */
        {"subject: お支払い情報 update\tlure", "お支払い情報 Update(lure)"},
        {"subject: お支払い情報", ""},
        {"275A021BBFB6489E54D471899F7DB9D1663FC695EC2FE2A2C4538AABF651FD0F",
         "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"},
        {"0123456789abcdef0123456789abcdef # ja3", "0123456789abcdef0123456789abcdef(ja3)"},
        /* several lines, in the order of the record; comments and blanks */
        {"\xef\xbb\xbf# c\r\n\r\nfrom.example\r\n192.0.2.1\r\n", "192.0.2.1 from.example"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        const char *got = said(table[i].line);

        if (strcmp(got, table[i].says))
            fail_msg("%s: got '%s', want '%s'", table[i].line, got, table[i].says);
    }
}

/* What a sender can write in more than one way: a list that has one of them has them all. */
static void other_ways_to_write(void **state)
{
    static const struct {
        const char *line, *from, *url, *host, *says;
    } table[] = {
        {"тест.example", "a@xn--e1aybc.example", "", "", "xn--e1aybc.example"},
        {"xn--e1aybc.example", "a@mail.ТЕСТ.example", "", "", "mail.ТЕСТ.example"},
        {"Тест.example", "", "https://www.xn--e1aybc.example/", "www.xn--e1aybc.example", "www.xn--e1aybc.example"},
        {"XN--E1AYBC.example", "", "https://тест.example/", "тест.example", "тест.example"},
        {"тест.example", "a@xn--e1aybd.example", "", "", ""},
        {"Boss@тест.example", "boss@xn--e1aybc.example", "", "", "boss@xn--e1aybc.example"},
        {"boss@xn--e1aybc.example", "boss@тест.example", "", "", "boss@тест.example"},
        {"boss@тест.example", "bos@xn--e1aybc.example", "", "", ""},
        {"https://тест.example/Pay", "", "http://xn--e1aybc.example/Pay", "x", "http://xn--e1aybc.example/Pay"},
        {"https://xn--e1aybc.example/Pay", "", "http://тест.example/Pay", "x", "http://тест.example/Pay"},
        /* the fragment never reaches the server; a port that the scheme has anyway; a query without a path */
        {"https://a.example/Pay?x=1", "", "https://a.example/Pay?x=1#4711", "x", "https://a.example/Pay?x=1#4711"},
        {"https://a.example/Pay#top", "", "https://a.example/Pay", "x", "https://a.example/Pay"},
        {"https://a.example", "", "https://a.example#4711", "x", "https://a.example#4711"},
        {"https://a.example/Pay", "", "https://a.example:443/Pay", "x", "https://a.example:443/Pay"},
        {"http://a.example:80/Pay", "", "https://a.example/Pay", "x", "https://a.example/Pay"},
        {"https://a.example/?x=1", "", "https://a.example?x=1", "x", "https://a.example?x=1"},
        {"https://a.example:80/Pay", "", "https://a.example/Pay", "x", ""},
        {"https://a.example/Pay?x=1", "", "https://a.example/Pay?x=2#x=1", "x", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct link link = {.url = span_cstr(table[i].url), .host = span_cstr(table[i].host)};
        struct watchlist *w = opened(table[i].line);

        record = (struct record){.type = RECORD_SMTP, .links = &link, .links_n = 1};
        record.email.from_address = span_cstr(table[i].from);
        arena_init(&record.arena, &record_mem, 1 << 20);
        watchlist_match(w, &record);
        if (record.watched_n != (*table[i].says != 0) ||
            (record.watched_n && !span_eq(record.watched[0].value, span_cstr(table[i].says))))
            fail_msg("%s: %u hits", table[i].line, record.watched_n);
        arena_free(&record.arena);
        watchlist_close(w);
    }
}

/* They are named with their number on standard error (tests/e2e looks there), and the rest counts. */
static void wrong_lines(void **state)
{
    struct watchlist *w = opened("what is this\n192.0.2.1/33\nnet: nothing\nhttp://\nsubject:\nurl: /path\n192.0.2.1\nword\n");

    (void)state;
    assert_int_equal(watchlist_count(w), 1);
    watchlist_close(w);
    assert_string_equal(said("nonsense\n192.0.2.1\n"), "192.0.2.1");
}

static void of_sessions(void **state)
{
    struct watchlist *w = opened("192.0.2.1\nhelo:mail5.jerseyjux.example\nfrom.example\n");

    (void)state;
    make_record();
    record.type = RECORD_SESSION;
    watchlist_match(w, &record);
    assert_int_equal(record.watched_n, 2);
    watchlist_match(w, &record); /* each thing once */
    assert_int_equal(record.watched_n, 2);
    arena_free(&record.arena);
    watchlist_close(w);
}

/* A mail whose every link is listed says so of the first ones. */
static void many_hits(void **state)
{
    enum { N = 500 };
    static struct link links[N];
    static char urls[N][40];
    struct watchlist *w = opened("many.example\n");

    (void)state;
    make_record();
    for (unsigned i = 0; i < N; i++) {
        snprintf(urls[i], sizeof(urls[i]), "h%u.many.example", i);
        links[i] = (struct link){.url = span_cstr(urls[i]), .host = span_cstr(urls[i])};
    }
    record.links = links;
    record.links_n = N;
    record.link_names = NULL;
    watchlist_match(w, &record);
    assert_int_equal(record.watched_n, LIMIT_WATCHED);
    arena_free(&record.arena);
    watchlist_close(w);
}

/* Every entry of a large list is found, and nothing beside it. */
static void large(void **state)
{
    enum { N = 50000 };
    char *text = malloc(N * 40), line[64];
    size_t n = 0;
    struct watchlist *w;

    (void)state;
    for (unsigned i = 0; i < N; i++)
        n += (size_t)sprintf(text + n, i % 2 ? "10.%u.%u.%u\n" : "h%u-%u-%u.example\n", i >> 16, i >> 8 & 255, i & 255);
    w = opened(text);
    assert_int_equal(watchlist_count(w), N);
    for (unsigned i = 0; i < N; i += 97) {
        make_record();
        snprintf(line, sizeof(line), i % 2 ? "10.%u.%u.%u" : "h%u-%u-%u.example", i >> 16, i >> 8 & 255, i & 255);
        if (i % 2)
            record.src.ip = ip(line);
        else
            record.helo = span_cstr(line);
        watchlist_match(w, &record);
        assert_int_equal(record.watched_n, 1);
        arena_free(&record.arena);
    }
    watchlist_close(w);
    free(text);
}

/* net_set against every network tried in turn. */
static void longest_network(void **state)
{
    struct net_set s = {.mem = &mem, .key = &key};
    struct ip_net nets[400];
    uint32_t had;
    unsigned seed = 7, n = 0;

    (void)state;
    for (; n < 400; n++) {
        seed = seed * 1103515245 + 12345;
        nets[n].ip = (struct ip_addr){n % 3 ? 4 : 6, {10, (uint8_t)(seed >> 24 & 3), (uint8_t)(seed >> 16 & 7), 1}};
        nets[n].bits = (uint8_t)(seed >> 8) % (n % 3 ? 33 : 129);
        for (unsigned bit = nets[n].bits; bit < 128; bit++)
            nets[n].ip.b[bit / 8] &= (uint8_t)~(0x80 >> bit % 8);
        assert_true(net_set_add(&s, &nets[n], n + 1, &had));
    }
    for (unsigned i = 0; i < 2000; i++) {
        struct ip_addr a = {i % 2 ? 4 : 6, {10, (uint8_t)(i >> 3 & 3), (uint8_t)(i >> 5 & 7), (uint8_t)(i & 1)}};
        int best = -1;
        uint32_t found = net_set_find(&s, &a);

        for (unsigned k = 0; k < n; k++)
            if (ip_in_net(&a, &nets[k]) && nets[k].bits > best)
                best = nets[k].bits;
        assert_int_equal(found ? nets[found - 1].bits : -1, best);
    }
    net_set_free(&s);
}

static void faults(void **state)
{
    char err[256], path[] = "/tmp/mxtap-watch-XXXXXX";
    FILE *out = fdopen(mkstemp(path), "w");
    struct watchlist *w = NULL;
    size_t before = mem.used;

    (void)state;
    assert_null(watchlist_open(&mem, &key, unicode, "/nonexistent/w.txt", err));
    assert_non_null(strstr(err, "/nonexistent/w.txt"));
    for (unsigned i = 0; i < 100; i++)
        fprintf(out, "h%u.example # label\nhttp://u%u.example/\n192.0.2.%u\nя%u.example\n", i, i, i, i);
    fclose(out);
    for (long at = 1; !w; at++) {
        mem.fail_after = at;
        w = watchlist_open(&mem, &key, unicode, path, err);
        mem.fail_after = 0;
        assert_true(w || mem.used == before);
    }
    assert_int_equal(watchlist_count(w), 400);
    watchlist_close(w);
    unlink(path);
}

static int tear_down(void **state)
{
    (void)state;
    unicode_names_free(unicode);
    return mem.used || record_mem.used || unicode_mem.used;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds), cmocka_unit_test(wrong_lines),     cmocka_unit_test(of_sessions), cmocka_unit_test(many_hits),
        cmocka_unit_test(large), cmocka_unit_test(longest_network), cmocka_unit_test(faults),
        cmocka_unit_test(other_ways_to_write),
    };

    mem_init(&mem, 0);
    mem_init(&record_mem, 0);
    mem_init(&unicode_mem, 0);
    unicode = unicode_names_new(&unicode_mem);
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
