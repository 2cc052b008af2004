/* SPDX-License-Identifier: Apache-2.0 */
/* dns, dns_answer, dns_frames: messages as lines of words, and what is to be understood of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "decoders/net/dns_answer.h"
#include "decoders/net/dns_frames.h"
#include "tests/unit/dns_build.h"
#include "tests/unit/split.h"

/* --- what one message says --- */

static const struct {
    const char *why, *words, *says;
} cases[] = {
    {"an address", "ra ? www.example A ! www.example 300 A 192.0.2.1", "www.example A: 192.0.2.1 ttl 300"},
    {"upper case is the same name, and pointers the usual way to write it",
     "ra ? WWW.Example A ! @12 300 A 192.0.2.1", "www.example A: 192.0.2.1 ttl 300"},
    {"IPv6 (RFC 3596)", "ra ? www.example AAAA ! @12 60 AAAA 2001:db8::1", "www.example AAAA: 2001:db8::1 ttl 60"},
    {"several, the least TTL counts", "ra ? www.example A ! @12 300 A 192.0.2.1 ! @12 20 A 192.0.2.2",
     "www.example A: 192.0.2.1 192.0.2.2 ttl 20"},
    {"an alias, and where it leads", "ra ? www.example A ! @12 300 CNAME cdn.example.net ! cdn.example.net 20 A 192.0.2.9",
     "www.example A: 192.0.2.9 ttl 20"},
    {"the chain in any order: some servers shuffle",
     "ra ? a.example A ! c.example 9 A 192.0.2.9 ! b.example 60 CNAME c.example ! a.example 60 CNAME b.example",
     "a.example A: 192.0.2.9 ttl 9"},
    {"an authoritative server stops where its zone ends", "aa ? a.example A ! @12 60 CNAME b.example.net",
     "a.example A: alias b.example.net ttl 60"},
    {"a chain that ends in nothing", "ra ? a.example A ! @12 60 CNAME b.example auth ! example 60 SOA 30",
     "a.example A: none ttl 30"},
    {"a chain whose end does not exist", "ra rcode=3 ? a.example A ! @12 60 CNAME b.example auth ! example 900 SOA 90",
     "a.example A: none ttl 60"},
    {"an alias of itself", "ra ? a.example A ! @12 60 CNAME a.example", "a.example A: nothing"},
    {"two that lead to each other", "ra ? a.example A ! @12 60 CNAME b.example ! b.example 60 CNAME a.example",
     "a.example A: nothing"},
    {"eight aliases are followed",
     "ra ? a A ! a 9 CNAME b ! b 9 CNAME c ! c 9 CNAME d ! d 9 CNAME e ! e 9 CNAME f ! f 9 CNAME g ! g 9 CNAME h "
     "! h 9 CNAME i ! i 9 A 192.0.2.9", "a A: 192.0.2.9 ttl 9"},
    {"nine are not",
     "ra ? a A ! a 9 CNAME b ! b 9 CNAME c ! c 9 CNAME d ! d 9 CNAME e ! e 9 CNAME f ! f 9 CNAME g ! g 9 CNAME h "
     "! h 9 CNAME i ! i 9 CNAME j ! j 9 A 192.0.2.9", "a A: nothing"},
    {"records of other names are not ours to believe (RFC 5452 6)",
     "ra ? www.example A ! bank.example 9999 A 203.0.113.66 ! @12 60 A 192.0.2.1", "www.example A: 192.0.2.1 ttl 60"},
    {"nor are additional ones", "ra ? example MX ! @12 60 MX mx.example add ! mx.example 60 A 203.0.113.66",
     "example MX: mx.example ttl 60"},
    {"nor an address where a name was asked for", "ra ? 1.2.0.192.in-addr.arpa PTR ! @12 60 A 203.0.113.66",
     "1.2.0.192.in-addr.arpa PTR: nothing"},
    {"a reverse name through a delegation's alias (RFC 2317)",
     "ra ? 1.2.0.192.in-addr.arpa PTR ! @12 60 CNAME 1.0-25.2.0.192.in-addr.arpa "
     "! 1.0-25.2.0.192.in-addr.arpa 60 PTR mail.example", "1.2.0.192.in-addr.arpa PTR: mail.example ttl 60"},
    {"no such name", "ra rcode=3 ? no.example A auth ! example 300 SOA 60", "no.example A: no name ttl 60"},
    {"nothing of that type", "ra ? www.example AAAA auth ! example 40 SOA 60", "www.example AAAA: none ttl 40"},
    {"the same, of a resolver that sends no SOA", "ra ? www.example AAAA", "www.example AAAA: none ttl 0"},
    {"a referral denies nothing", "? www.example A auth ! example 300 NS ns.example add ! ns.example 60 A 192.0.2.5",
     "www.example A: nothing"},
    {"nor does a resolver's that only names servers", "ra ? www.example A auth ! example 300 NS ns.example",
     "www.example A: nothing"},
    {"a failure says nothing", "ra rcode=2 ? www.example A", "www.example A: nothing"},
    {"nor does one with records", "ra rcode=5 ? www.example A ! @12 60 A 192.0.2.1", "www.example A: nothing"},
    {"a domain that takes no mail (RFC 7505)", "ra ? example MX ! @12 60 MX .", "example MX: names none ttl 60"},
    {"EDNS beside it", "ra ? www.example A ! @12 5 A 192.0.2.1 add ! . 32768 OPT 00", "www.example A: 192.0.2.1 ttl 5"},
    {"a TTL with its highest bit set is none (RFC 2181 8)", "ra ? www.example A ! @12 2147483648 A 192.0.2.1",
     "www.example A: 192.0.2.1 ttl 0"},
    {"a label that holds a dot is another name",
     "ra ? www.example A raw 0b7777772e6578616d706c6500 raw 00010001000000090004c0000201 an=1",
     "www.example A: nothing"},
    {"an answer of other names alone denies nothing", "ra ? www.example A ! bank.example 9999 A 203.0.113.66",
     "www.example A: nothing"},
    {"types nobody reads", "ra ? example TXT ! @12 60 TXT v=spf1", "example 16: nothing"},

    {"a pointer to itself", "ra ? www.example A ! @29 60 A 192.0.2.1", "malformed"},
    {"a pointer forward", "ra ? www.example A ! @40 60 A 192.0.2.1", "malformed"},
    {"a pointer into the header", "ra ? www.example A ! @4 60 A 192.0.2.1", "malformed"},
    {"pointers that lead to each other", "ra ? @14 A raw c00c", "malformed"},
    {"a question that points ahead", "ra ? www@60 A", "malformed"},
    {"a label longer than 63", "ra raw 4041 an=0 ? x A", "malformed"},
    {"a count that cannot fit", "ra an=900 ? www.example A", "malformed"},
    {"an address of three bytes", "ra ? www.example A ! @12 60 HEX 00 an=2 raw c00c0001000100000009000301020300", "malformed"},
    {"a name that ends behind its data", "ra ? www.example PTR raw c00c000c000100000009000103616263 raw 00 an=1", "malformed"},
    {"data behind the end", "ra ? www.example A raw c00c00010001000000090400c0000201 an=1", "malformed"},
    {"no question", "ra raw 00", "foreign"},
    {"two questions (RFC 9619)", "ra ? a.example A ? b.example A", "foreign"},
    {"an update", "opcode=5 ? example SOA", "foreign"},
    {"version.bind", "? version.bind TXT class=3", "foreign"},
    {"a question", "ask id=77 ? www.example A", "ask 77 www.example A"},
    {"cut for TCP", "tc ? www.example A an=9", "truncated www.example A"},
};

static const char *type_name(unsigned type)
{
    static char number[8];

    switch (type) {
    case 1: return "A";
    case 12: return "PTR";
    case 15: return "MX";
    case 28: return "AAAA";
    default: snprintf(number, sizeof(number), "%u", type); return number;
    }
}

static void show_values(FILE *out, const struct dns_answer *a)
{
    char text[DNS_TEXT_MAX], ip[IP_TEXT];

    for (unsigned i = 0; i < a->n; i++) {
        if (a->says == DNS_SAYS_ADDRESSES)
            ip_format(&a->ips[i], ip);
        else
            dns_name_format(&a->names[i], text);
        fprintf(out, " %s", a->says == DNS_SAYS_ADDRESSES ? ip : text);
    }
    if (a->cut)
        fprintf(out, " and more");
}

static void show_answer(FILE *out, struct dns_reader *r, const struct dns_message *m)
{
    static const char *const says[] = {
        [DNS_SAYS_NO_NAME] = " no name", [DNS_SAYS_NONE] = " none", [DNS_SAYS_ADDRESSES] = "",
        [DNS_SAYS_NAMES] = "",           [DNS_SAYS_ALIAS] = " alias",
    };
    char name[DNS_TEXT_MAX];
    struct dns_answer a;

    if (!dns_answer_read(r, m, &a)) {
        fprintf(out, "malformed");
        return;
    }
    dns_name_format(&m->name, name);
    fprintf(out, "%s %s:", name, type_name(m->type));
    if (a.says == DNS_SAYS_NOTHING) {
        fprintf(out, " nothing");
        return;
    }
    fprintf(out, "%s%s", says[a.says], a.says == DNS_SAYS_NAMES && !a.n ? " names none" : "");
    show_values(out, &a);
    fprintf(out, " ttl %u", a.ttl);
}

/* What is understood of a message; free it. */
static char *told(struct span message)
{
    char *text, name[DNS_TEXT_MAX];
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct dns_message m;
    struct dns_reader r;

    switch (dns_read(&r, message, &m)) {
    case DNS_MALFORMED: fprintf(out, "malformed"); break;
    case DNS_FOREIGN: fprintf(out, "foreign"); break;
    case DNS_READ:
        dns_name_format(&m.name, name);
        if (!m.is_answer)
            fprintf(out, "ask %u %s %s", m.id, name, type_name(m.type));
        else if (m.truncated)
            fprintf(out, "truncated %s %s", name, type_name(m.type));
        else
            show_answer(out, &r, &m);
    }
    fclose(out);
    return text;
}

static struct dns_built built;

static void messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        void *base;
        size_t size;
        struct span guarded = split_guard(dns_build(&built, cases[i].words), &base, &size);
        char *text = told(guarded);

        if (strcmp(text, cases[i].says) != 0)
            fail_msg("%s:\n  %s\n  said: %s\n  want: %s", cases[i].why, cases[i].words, text, cases[i].says);
        free(text);
        munmap(base, size);
    }
}

/* A message that ends early, before an unreadable page, is never understood as anything but a fault or itself. */
static void cut_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct span whole = dns_build(&built, cases[i].words);
        char *all = told(whole);

        for (size_t n = 0; n < whole.n; n++) {
            void *base;
            size_t size;
            char *text = told(split_guard(span_head(whole, n), &base, &size));

            if (strcmp(text, "malformed") != 0 && strcmp(text, "foreign") != 0 && strcmp(text, all) != 0)
                fail_msg("%s: cut at %zu: %s", cases[i].why, n, text);
            free(text);
            munmap(base, size);
        }
        free(all);
    }
}

/* --- caps --- */

static void many_addresses(void **state)
{
    char *words = malloc(40000), *at = words, *text;

    (void)state;
    at += sprintf(at, "ra ? a A");
    for (int i = 0; i < 40; i++)
        at += sprintf(at, " ! @12 60 A 192.0.2.%d", i);
    text = told(dns_build(&built, words));
    assert_non_null(strstr(text, "192.0.2.31 and more ttl 60"));
    assert_null(strstr(text, "192.0.2.32"));
    free(text);
    free(words);
}

/* Beyond LIMIT_DNS_RECORDS nothing is read, so nothing is denied because of it. */
static void many_records(void **state)
{
    char *words = malloc(40000), *at = words, *text;

    (void)state;
    at += sprintf(at, "ra rcode=3 ? a A");
    for (int i = 0; i < LIMIT_DNS_RECORDS + 1; i++)
        at += sprintf(at, " ! b 60 A 192.0.2.1");
    text = told(dns_build(&built, words));
    assert_string_equal(text, "a A: nothing");
    free(text);
    free(words);
}

/* A pointer of two bytes stands for a name of 200: past the ratio the rest is not read, and nothing is denied for it. */
static void long_names_for_little(void **state)
{
    char *words = malloc(60000), *at = words, *text;

    (void)state;
    at += sprintf(at, "ra rcode=3 ? a A !");
    for (int i = 0; i < 100; i++)
        at += sprintf(at, "%cb", i ? '.' : ' ');
    at += sprintf(at, " 60 A 192.0.2.1");
    for (int i = 0; i < 200; i++)
        at += sprintf(at, " ! @19 60 A 192.0.2.1");
    text = told(dns_build(&built, words));
    assert_string_equal(text, "a A: nothing");
    free(text);
    at = words;
    at += sprintf(at, "ra ? a A ! @12 60 A 192.0.2.7 !");
    for (int i = 0; i < 100; i++)
        at += sprintf(at, "%cb", i ? '.' : ' ');
    at += sprintf(at, " 60 A 192.0.2.1");
    for (int i = 0; i < 200; i++)
        at += sprintf(at, " ! @35 60 A 192.0.2.1");
    text = told(dns_build(&built, words));
    assert_string_equal(text, "a A: 192.0.2.7 and more ttl 60");
    free(text);
    free(words);
}

/* 127 labels of one letter are the longest name; one more is none. */
static void longest_name(void **state)
{
    struct dns_name name;
    char text[300] = "", out[DNS_TEXT_MAX];

    (void)state;
    for (int i = 0; i < 127; i++)
        strcat(text, "a.");
    assert_true(dns_name_parse(span_cstr(text), &name));
    assert_int_equal(name.n, 255);
    assert_int_equal(dns_name_format(&name, out), 253);
    strcat(text, "a");
    assert_false(dns_name_parse(span_cstr(text), &name));
    assert_int_equal(name.n, 0);
}

/* --- names --- */

static void names(void **state)
{
    static const char *const none[] = {"", ".", "a..b", ".a", "a b", "a\tb", "\xe3\x81\x82.jp",
                                       "0123456789012345678901234567890123456789012345678901234567890123.example"};
    struct dns_name a, b;
    char text[DNS_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        if (dns_name_parse(span_cstr(none[i]), &a))
            fail_msg("'%s' is no name", none[i]);
    assert_true(dns_name_parse(SPAN("WWW.Example.ORG."), &a) && dns_name_parse(SPAN("www.example.org"), &b));
    assert_true(dns_name_eq(&a, &b));
    assert_int_equal(dns_name_format(&a, text), 15);
    assert_string_equal(text, "www.example.org");
    a = (struct dns_name){5, {3, 'a', '.', 'b', 0}};
    assert_int_equal(dns_name_format(&a, text), 0);
    a = (struct dns_name){4, {2, 'a', 0x1b, 0}};
    assert_int_equal(dns_name_format(&a, text), 0);
}

static void reverse_names(void **state)
{
    static const struct {
        const char *ip, *zone, *name;
    } want[] = {
        {"192.0.2.10", NULL, "10.2.0.192.in-addr.arpa"},
        {"203.0.113.255", "zen.spamhaus.org", "255.113.0.203.zen.spamhaus.org"},
        {"2001:db8::25", NULL, "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"},
        {"2001:db8::25", "bl.example", "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.example"},
    };
    struct ip_addr ip;
    struct dns_name name;
    char text[DNS_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        assert_true(ip_parse(span_cstr(want[i].ip), &ip));
        assert_true(dns_name_reverse(&ip, span_cstr(want[i].zone), &name));
        dns_name_format(&name, text);
        assert_string_equal(text, want[i].name);
    }
    ip.family = 0;
    assert_false(dns_name_reverse(&ip, span_of(NULL, 0), &name));
}

/* --- over TCP --- */

struct stream {
    struct mem mem;
    FILE *out;
};

static void on_message(void *ctx, struct span message)
{
    struct stream *s = ctx;
    char *text = told(message);

    fprintf(s->out, "%zu %s\n", message.n, text);
    free(text);
}

static char *run_frames(void *ctx, struct span input, size_t cut)
{
    struct stream s;
    struct dns_frames f;
    struct span piece;
    size_t at = 0, size;
    char *text;

    (void)ctx;
    mem_init(&s.mem, 0);
    s.out = open_memstream(&text, &size);
    dns_frames_init(&f, &s.mem);
    while ((piece = split_next(input, cut, &at)).n)
        dns_frames_push(&f, piece, on_message, &s);
    dns_frames_free(&f);
    assert_int_equal(s.mem.used, 0);
    fclose(s.out);
    return text;
}

static size_t frame(uint8_t *to, const char *words)
{
    struct span m = dns_build(&built, words);

    to[0] = (uint8_t)(m.n >> 8);
    to[1] = (uint8_t)m.n;
    memcpy(to + 2, m.p, m.n);
    return m.n + 2;
}

/* Three messages, one of no bytes, and the front of a fourth, at every cut. */
static void frames(void **state)
{
    uint8_t bytes[512];
    size_t n = frame(bytes, "ask ? www.example A");
    char *text;

    (void)state;
    n += frame(bytes + n, "ra ? www.example A ! @12 60 A 192.0.2.1");
    bytes[n++] = 0;
    bytes[n++] = 0;
    n += frame(bytes + n, "ra ? 1.2.0.192.in-addr.arpa PTR ! @12 60 PTR mail.example");
    n += frame(bytes + n, "ask ? never.example A") - 1;
    text = split_check("frames", run_frames, NULL, span_of(bytes, n));
    assert_string_equal(text, "29 ask 1 www.example A\n45 www.example A: 192.0.2.1 ttl 60\n0 malformed\n"
                              "66 1.2.0.192.in-addr.arpa PTR: mail.example ttl 60\n");
    free(text);
}

static void count_message(void *ctx, struct span message)
{
    (void)message;
    ++*(unsigned *)ctx;
}

/* Behind a hole nobody knows where a message begins. */
static void frames_gap(void **state)
{
    uint8_t bytes[128];
    size_t n = frame(bytes, "ask ? www.example A");
    struct mem m;
    struct dns_frames f;
    unsigned told_n = 0;

    (void)state;
    mem_init(&m, 0);
    dns_frames_init(&f, &m);
    dns_frames_push(&f, span_of(bytes, n), count_message, &told_n);
    assert_int_equal(told_n, 1); /* with its last byte, not with the next one's first */
    dns_frames_push(&f, span_of(bytes, 10), count_message, &told_n);
    dns_frames_gap(&f);
    dns_frames_push(&f, span_of(bytes, n), count_message, &told_n);
    assert_int_equal(told_n, 1);
    assert_true(f.lost);
    assert_int_equal(m.used, 0);
}

/* A length alone costs nothing, however large; refused memory ends the reading and is not forgotten. */
static void frames_memory(void **state)
{
    struct mem m;
    struct dns_frames f;
    unsigned told_n = 0;

    (void)state;
    mem_init(&m, 0);
    dns_frames_init(&f, &m);
    dns_frames_push(&f, SPAN("\xff\xffxyz"), count_message, &told_n);
    assert_in_range(m.used, 1, 256);
    m.fail_after = 1;
    dns_frames_push(&f, span_of(built.p, 5000), count_message, &told_n);
    assert_true(f.lost);
    assert_int_equal(m.used, 0);
    assert_int_equal(told_n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages),      cmocka_unit_test(cut_anywhere),  cmocka_unit_test(many_addresses),
        cmocka_unit_test(many_records),  cmocka_unit_test(long_names_for_little), cmocka_unit_test(longest_name),  cmocka_unit_test(names),
        cmocka_unit_test(reverse_names), cmocka_unit_test(frames),        cmocka_unit_test(frames_gap),
        cmocka_unit_test(frames_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
