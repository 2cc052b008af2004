/* SPDX-License-Identifier: Apache-2.0 */
/* dns_memory: what is believed, for how long, and that a flood stays within its budget. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "sensor/flows/dns_memory.h"
#include "tests/unit/dns_build.h"

/*
 * A script: a line a step, time in seconds.
 *   TIME > words        the server (192.0.2.25:1053) asks 192.0.2.53:53; over TCP with >>
 *   TIME < words        an answer to it; << over TCP; <! of fragments that contradict each other; <| cut off
 *   TIME <evil words    an answer from 203.0.113.66:53;  <port one to port 1054
 *   TIME ? name         what is known of its addresses;  ?P, ?M: its PTR, its MX
 * A ? line ends in " = " and what must come: addresses, names, "unknown" or "denied".
 */
struct play {
    struct dns_memory *d;
    struct counters n;
};

static const struct hash_key key = {3, 4};
static struct dns_built built;

static struct endpoint end_of(const char *ip, uint16_t port)
{
    struct endpoint e = {.port = port};

    ip_parse(span_cstr(ip), &e.ip);
    return e;
}

static void say(struct play *p, double at, const char *how, const char *words)
{
    struct dns_passage w = {.from = end_of("192.0.2.53", 53), .to = end_of("192.0.2.25", 1053),
                            .now_us = (int64_t)(at * 1e6)};
    struct span m;

    if (how[0] == '>') {
        struct endpoint e = w.from;

        w.from = w.to;
        w.to = e;
    }
    w.tcp = strstr(how, ">>") || strstr(how, "<<");
    w.doubtful = strchr(how, '!');
    w.cut = strchr(how, '|');
    if (strstr(how, "evil"))
        w.from = end_of("203.0.113.66", 53);
    if (strstr(how, "port"))
        w.to.port = 1054;
    m = dns_build(&built, words);
    dns_memory_message(p->d, &w, m);
}

static const char *known_word(enum dns_known k)
{
    return k == DNS_KNOWN ? "" : k == DNS_DENIED ? "denied" : "unknown";
}

static void ask(struct play *p, double at, const char *how, const char *name, char out[512])
{
    int64_t now = (int64_t)(at * 1e6);
    struct dns_name wire;
    struct dns_addresses a;
    struct dns_names n;
    char text[DNS_TEXT_MAX];

    assert_true(dns_name_parse(span_cstr(name), &wire));
    *out = 0;
    if (how[1]) {
        strcat(out, known_word(dns_memory_names(p->d, &wire, how[1] == 'P' ? DNS_TYPE_PTR : DNS_TYPE_MX, now, &n)));
        for (unsigned i = 0; i < n.n; i++) {
            dns_name_format(&n.names[i], text);
            sprintf(out + strlen(out), "%s%s", i ? " " : "", text);
        }
        return;
    }
    strcat(out, known_word(dns_memory_addresses(p->d, &wire, now, &a)));
    for (unsigned i = 0; i < a.n; i++) {
        ip_format(&a.ips[i], text);
        sprintf(out + strlen(out), "%s%s", i ? " " : "", text);
    }
}

static void step(struct play *p, char *line)
{
    double at;
    char how[16], got[512], *want = strstr(line, " = ");
    int words;

    assert_int_equal(sscanf(line, "%lf %15s %n", &at, how, &words), 2);
    if (how[0] != '?') {
        say(p, at, how, line + words);
        return;
    }
    *want = 0;
    ask(p, at, how, line + words, got);
    if (strcmp(got, want + 3) != 0)
        fail_msg("%s: %s, want %s", line, got, want + 3);
}

/* Plays the lines; then the counters that are not 0 must be those of counts. */
static void play(const char *script, const char *counts)
{
    struct play p = {0};
    char *text = strdup(script), *save = NULL, got[512] = "";

    p.d = dns_memory_new(&key, &p.n);
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        step(&p, line);
    for (unsigned i = 0; i < COUNTERS_N; i++)
        if (strncmp(counter_name(i), "dns_", 4) == 0 && i != COUNTER_dns_messages && counter_value(&p.n, i))
            sprintf(got + strlen(got), "%s%s %d", *got ? " " : "", counter_name(i) + 4, (int)counter_value(&p.n, i));
    assert_string_equal(got, counts);
    dns_memory_free(p.d);
    free(text);
}

static void asked_and_answered(void **state)
{
    (void)state;
    play("0 > ask id=7 ? www.example A\n"
         "0 ? www.example = unknown\n"
         "0.1 < ra id=7 ? www.example A ! @12 300 A 192.0.2.1 ! @12 300 A 192.0.2.2\n"
         "0.1 ? www.example = 192.0.2.1 192.0.2.2\n"
         "1 >> ask id=8 ? www.example AAAA\n"
         "1.1 << ra id=8 ? www.example AAAA ! @12 300 AAAA 2001:db8::1\n"
         "2 ? WWW.example. = 192.0.2.1 192.0.2.2 2001:db8::1\n"
         "3 > ask id=9 ? 1.2.0.192.in-addr.arpa PTR\n"
         "3 < ra id=9 ? 1.2.0.192.in-addr.arpa PTR ! @12 60 PTR mail.example\n"
         "3 ?P 1.2.0.192.in-addr.arpa = mail.example\n"
         "3 > ask id=9 ? example MX\n"
         "3 < ra id=9 ? example MX ! @12 60 MX mx1.example ! @12 60 MX mx2.example\n"
         "3 ?M example = mx1.example mx2.example\n",
         "queries 4 answers 4");
}

/* Each of these differs from the question in one thing; then the true answer comes and is believed. */
static void unasked(void **state)
{
    (void)state;
    play("0 < ra id=7 ? www.example A ! @12 300 A 203.0.113.66\n"
         "1 > ask id=7 ? www.example A\n"
         "1 < ra id=8 ? www.example A ! @12 300 A 203.0.113.66\n"
         "1 < ra id=7 ? www.example.net A ! @12 300 A 203.0.113.66\n"
         "1 < ra id=7 ? www.example AAAA ! @12 300 AAAA 2001:db8::66\n"
         "1 << ra id=7 ? www.example A ! @12 300 A 203.0.113.66\n"
         "1 <evil ra id=7 ? www.example A ! @12 300 A 203.0.113.66\n"
         "1 <port ra id=7 ? www.example A ! @12 300 A 203.0.113.66\n"
         "2 ? www.example = unknown\n"
         "2 < ra id=7 ? www.example A ! @12 300 A 192.0.2.1\n"
         "2 ? www.example = 192.0.2.1\n",
         "queries 1 answers 1 unasked 7");
}

static void late(void **state)
{
    (void)state;
    play("0 > ask id=7 ? www.example A\n"
         "5 < ra id=7 ? www.example A ! @12 300 A 192.0.2.1\n"
         "5 ? www.example = 192.0.2.1\n"
         "10 > ask id=8 ? late.example A\n"
         "15.1 < ra id=8 ? late.example A ! @12 300 A 192.0.2.1\n"
         "15.1 ? late.example = unknown\n",
         "queries 2 answers 1 unasked 1");
}

/* A second answer is the first one again (a mirror, a server that heard the question twice), or somebody's forgery. */
static void second_answer(void **state)
{
    (void)state;
    play("0 > ask id=7 ? www.example A\n"
         "0.1 < ra id=7 ? www.example A ! @12 300 A 192.0.2.1 ! @12 300 A 192.0.2.2\n"
         "0.2 < ra id=7 ? www.example A ! @12 299 A 192.0.2.2 ! @12 299 A 192.0.2.1\n"
         "0.3 < ra id=7 ? www.example A ! @12 300 A 203.0.113.66\n"
         "0.4 < ra id=7 rcode=3 ? www.example A\n"
         "1 ? www.example = 192.0.2.1 192.0.2.2\n",
         "queries 1 answers 1 repeated 1 conflicting 2");
}

/* An id comes round: the question that was asked last counts. */
static void id_again(void **state)
{
    (void)state;
    play("0 > ask id=7 ? www.example A\n"
         "0.1 < ra id=7 ? www.example A ! @12 1 A 192.0.2.1\n"
         "2 > ask id=7 ? www.example A\n"
         "2.1 < ra id=7 ? www.example A ! @12 300 A 192.0.2.9\n"
         "2.1 ? www.example = 192.0.2.9\n"
         "2.2 > ask id=7 ? other.example A\n"
         "2.3 < ra id=7 ? other.example A ! @12 300 A 192.0.2.3\n"
         "2.3 ? other.example = 192.0.2.3\n"
         "2.3 ? www.example = 192.0.2.9\n",
         "queries 3 answers 3");
}

static void fragments_that_differ(void **state)
{
    (void)state;
    play("0 > ask id=7 ? www.example A\n"
         "0.1 <! ra id=7 ? www.example A ! @12 300 A 203.0.113.66\n"
         "0.2 ? www.example = unknown\n"
         "0.3 <| ra id=7 ? www.example A ! @12 300 A 192.0.2.1\n"
         "0.3 < tc id=7 ? www.example A\n"
         "0.4 < ra id=7 ? www.example A ! @99 300 A 192.0.2.1\n"
         "0.5 ? www.example = unknown\n"
         "0.6 < ra id=7 ? www.example A ! @12 300 A 192.0.2.1\n"
         "0.7 ? www.example = 192.0.2.1\n",
         "queries 1 answers 1 conflicting 1 truncated 1 malformed 1 cut_off 1");
}

/* 300 s, and ten minutes of grace; one second is taken for a minute, a year for a day. */
static void how_long(void **state)
{
    (void)state;
    play("0 > ask id=1 ? a.example A\n"
         "0 < ra id=1 ? a.example A ! @12 300 A 192.0.2.1\n"
         "0 > ask id=2 ? b.example A\n"
         "0 < ra id=2 ? b.example A ! @12 1 A 192.0.2.2\n"
         "0 > ask id=3 ? c.example A\n"
         "0 < ra id=3 ? c.example A ! @12 31536000 A 192.0.2.3\n"
         "660 ? b.example = 192.0.2.2\n"
         "661 ? b.example = unknown\n"
         "900 ? a.example = 192.0.2.1\n"
         "901 ? a.example = unknown\n"
         "87000 ? c.example = 192.0.2.3\n"
         "87001 ? c.example = unknown\n",
         "queries 3 answers 3");
}

/* A name that does not exist has nothing of any type; one that has no A may still have AAAA. */
static void denials(void **state)
{
    (void)state;
    play("0 > ask id=1 ? no.example MX\n"
         "0 < ra rcode=3 id=1 ? no.example MX auth ! example 900 SOA 900\n"
         "1 ? no.example = denied\n"
         "1 ?M no.example = denied\n"
         "1 > ask id=2 ? six.example A\n"
         "1 < ra id=2 ? six.example A auth ! example 900 SOA 900\n"
         "2 ? six.example = unknown\n"
         "2 > ask id=3 ? six.example AAAA\n"
         "2 < ra id=3 ? six.example AAAA auth ! example 900 SOA 900\n"
         "3 ? six.example = denied\n"
         "4 > ask id=4 ? no.example A\n"
         "4 < ra id=4 ? no.example A ! @12 60 A 192.0.2.1\n"
         "5 ? no.example = 192.0.2.1\n"
         "5 ?M no.example = unknown\n"
         "6 > ask id=5 ? no.example A\n"
         "6 < ra rcode=3 id=5 ? no.example A auth ! example 900 SOA 900\n"
         "7 ? no.example = denied\n"
         "8 > ask id=6 ? sick.example A\n"
         "8 < ra rcode=2 id=6 ? sick.example A\n"
         "9 ? sick.example = unknown\n",
         "queries 6 answers 6");
}

/* The server's own resolver walks: the alias comes from one server, the address from another. A loop ends. */
static void aliases(void **state)
{
    (void)state;
    play("0 > ask id=1 ? a.example A\n"
         "0 < aa id=1 ? a.example A ! @12 60 CNAME b.example.net\n"
         "0 ? a.example = unknown\n"
         "0 > ask id=2 ? b.example.net A\n"
         "0 < aa id=2 ? b.example.net A ! @12 60 A 192.0.2.1\n"
         "1 ? a.example = 192.0.2.1\n"
         "2 > ask id=3 ? c.example A\n"
         "2 < aa id=3 ? c.example A ! @12 60 CNAME d.example\n"
         "2 > ask id=4 ? d.example A\n"
         "2 < aa id=4 ? d.example A ! @12 60 CNAME c.example\n"
         "3 ? c.example = unknown\n",
         "queries 4 answers 4");
}

/* evil.example says where bank.example is, in the middle of its own chain: it speaks of itself only. */
static void other_zones(void **state)
{
    (void)state;
    play("0 > ask id=1 ? www.evil.example A\n"
         "0 < aa id=1 ? www.evil.example A ! @12 60 CNAME www.bank.example ! www.bank.example 9999 A 203.0.113.66 "
         "! mail.bank.example 9999 A 203.0.113.66 auth ! bank.example 9999 NS ns.evil.example\n"
         "1 ? www.bank.example = unknown\n"
         "1 ? mail.bank.example = unknown\n"
         "1 ? www.evil.example = 203.0.113.66\n",
         "queries 1 answers 1");
}

static void strange_messages(void **state)
{
    (void)state;
    play("0 > ask opcode=4 id=1 ? a.example SOA\n"
         "0 > ask id=2 ? a.example A ? b.example A\n"
         "0 > raw 00\n"
         "0 < ask id=3 ? a.example A\n"
         "0 > id=4 ? a.example A ! @12 60 A 192.0.2.1\n",
         "other 5");
}

/* A million names that were asked and answered: the oldest went, counted, and the newest is known. */
static void flood(void **state)
{
    enum { NAMES = 1000000 };
    struct play p = {0};
    char words[200], got[512];

    (void)state;
    p.d = dns_memory_new(&key, &p.n);
    for (int i = 0; i < NAMES; i++) {
        sprintf(words, "ask id=%d ? n%d.example A", i & 0xffff, i);
        say(&p, i * 1e-5, ">", words);
        sprintf(words, "ra id=%d ? n%d.example A ! @12 300 A 192.0.2.1", i & 0xffff, i);
        say(&p, i * 1e-5, "<", words);
        if (dns_memory_bytes(p.d) > LIMIT_DNS_ANSWER_BYTES + LIMIT_DNS_QUESTION_BYTES)
            fail_msg("%zu bytes after %d names", dns_memory_bytes(p.d), i);
    }
    assert_int_equal(p.n.dns_answers, NAMES);
    assert_in_range(p.n.dns_evicted, NAMES - 400000, NAMES - 100000);
    assert_in_range(p.n.dns_questions_evicted, NAMES - 100000, NAMES);
    ask(&p, 10, "?", "n999999.example", got);
    assert_string_equal(got, "192.0.2.1");
    ask(&p, 10, "?", "n0.example", got);
    assert_string_equal(got, "unknown");
    sprintf(words, "n%d.example", (int)p.n.dns_evicted);
    ask(&p, 10, "?", words, got);
    assert_string_equal(got, "192.0.2.1");
    dns_memory_free(p.d);
}

/* Questions without answers, from anybody: they age out, or the oldest goes. */
static void question_flood(void **state)
{
    struct play p = {0};
    char words[200];

    (void)state;
    p.d = dns_memory_new(&key, &p.n);
    for (int i = 0; i < 200000; i++) {
        sprintf(words, "ask id=%d ? q%d.example A", i & 0xffff, i);
        say(&p, i * 1e-6, ">", words);
        assert_in_range(dns_memory_bytes(p.d), 1, LIMIT_DNS_ANSWER_BYTES + LIMIT_DNS_QUESTION_BYTES);
    }
    assert_in_range(p.n.dns_questions_evicted, 100000, 190000);
    say(&p, 60, ">", "ask id=1 ? last.example A");
    assert_in_range(dns_memory_bytes(p.d), 1, 2 << 20); /* the buckets */
    dns_memory_free(p.d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asked_and_answered), cmocka_unit_test(unasked),
        cmocka_unit_test(late),               cmocka_unit_test(second_answer),
        cmocka_unit_test(id_again),           cmocka_unit_test(fragments_that_differ),
        cmocka_unit_test(how_long),           cmocka_unit_test(denials),
        cmocka_unit_test(aliases),            cmocka_unit_test(other_zones),
        cmocka_unit_test(strange_messages),   cmocka_unit_test(flood),
        cmocka_unit_test(question_flood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
