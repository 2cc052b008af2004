/* SPDX-License-Identifier: Apache-2.0 */
/* Records made by hand, and the writes that come of them: coalesced, each value once a mail, cut at the cap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sensor/publish/redis_bucket.h"
#include "sensor/publish/redis_copies.h"
#include "sensor/publish/redis_record.h"

static struct mem mem;
static const struct hash_key key = {1, 2};

static const struct calendar utc;

struct room {
    struct redis_batch *batch;
    struct redis_recorder *recorder;
    struct json_options json;
    struct record_pool *pool;
    char *text; /* the sealed operations, words apart by blanks */
    unsigned args;
};

static void open_room(struct room *x, int alert_score)
{
    *x = (struct room){.json = {.sensor = SPAN("mx1")}};
    x->batch = redis_batch_new(&mem, &key, 1);
    x->recorder = redis_recorder_new(&mem, &x->json, &utc, alert_score, 1);
    x->pool = record_pool_new();
}

static void close_room(struct room *x)
{
    redis_batch_free(x->batch);
    redis_recorder_free(x->recorder);
    record_pool_free(x->pool);
    free(x->text);
}

/* What stands in an entity for its half of a day and what is known of it: "a21c9f3c2e". */
static bool is_life(struct span s)
{
    char half[8];

    snprintf(half, sizeof(half), "%04x", (unsigned)(time(NULL) / (12 * 3600)) & 0xffff);
    return s.n == 10 && memcmp(s.p, half, 4) == 0;
}

static size_t number_at(const uint8_t *p, unsigned bytes)
{
    size_t v = 0;

    for (unsigned i = 0; i < bytes; i++)
        v = v << 8 | p[i];
    return v;
}

/* One element of MessagePack as text; what is behind it. */
static const uint8_t *element(const uint8_t *p, struct span *out, char number[24])
{
    static const uint8_t bytes[] = {[0xd9 - 0xcc] = 1, [0xda - 0xcc] = 2, [0xdb - 0xcc] = 4, [0xcd - 0xcc] = 2, [0xce - 0xcc] = 4, [0xcf - 0xcc] = 8};
    uint8_t mark = *p++;
    unsigned size = mark >= 0xcc && mark <= 0xdb ? bytes[mark - 0xcc] : 0;
    size_t n = number_at(p, size);

    if ((mark & 0xe0) == 0xa0)
        n = mark & 0x1f;
    else if (mark < 0x80)
        n = mark;
    p += size;
    if (mark < 0x80 || (mark >= 0xcd && mark <= 0xcf)) {
        *out = span_of(number, (size_t)snprintf(number, 24, "%zu", n));
        return p;
    }
    *out = span_of(p, n);
    return p + n;
}

/* The step's one argument as words apart by blanks: JSON as "JSON", nothing as "=", an entity's half of a day as "LIFE". */
static void seal(struct room *x)
{
    struct redis_block block;
    struct buf out, text;
    const uint8_t *p, *end;
    char number[24];

    buf_init(&out, &mem, 1 << 24);
    buf_init(&text, &mem, 1 << 24);
    assert_true(redis_batch_seal(x->batch, &out, &block, 1));
    assert_int_equal(block.args, 1);
    p = out.p + span_find(buf_span(&out), 0, '\n') + 1;
    end = out.p + out.n - 2;
    assert_int_equal(strtoul((char *)out.p + 1, NULL, 10), end - p);
    x->args = (unsigned)number_at(p + 1, 4);
    p += 5;
    for (unsigned i = 0; i < x->args; i++) {
        struct span s;

        p = element(p, &s, number);
        buf_add_byte(&text, ' ');
        buf_add(&text, !s.n ? SPAN("=") : s.p[0] == '{' ? SPAN("JSON") : is_life(s) ? SPAN("LIFE") : s);
    }
    assert_ptr_equal(p, end);
    buf_add_byte(&text, ' ');
    buf_add_byte(&text, 0);
    free(x->text);
    x->text = strdup((char *)text.p);
    buf_free(&text);
    buf_free(&out);
}

static unsigned times(const char *text, const char *what)
{
    unsigned n = 0;

    for (const char *at = text; (at = strstr(at, what)); at++)
        n++;
    return n;
}

static void expect(const struct room *x, const char *const *words)
{
    for (; *words; words++)
        if (times(x->text, *words) != 1)
            fail_msg("\"%s\" is there %u times in:\n%s", *words, times(x->text, *words), x->text);
}

static struct record *mail(struct room *x, uint64_t i)
{
    struct record *r = record_take(x->pool);

    r->type = RECORD_SMTP;
    r->outcome = SMTP_ACCEPTED;
    r->ts_us = (1687588245 + (int64_t)i) * 1000000; /* 2023-06-24T06:30:45Z */
    r->flow_id = 70 + i;
    r->frame = i;
    r->src.ip = r->client = r->origin.ip = (struct ip_addr){4, {192, 0, 2, 1}};
    r->dst.ip = (struct ip_addr){4, {198, 51, 100, 25}};
    r->helo = r->origin.helo = SPAN("Mail.Example.COM.");
    r->has_email = true;
    return r;
}

static struct link *links(struct record *r, unsigned n)
{
    struct link *l = arena_zalloc(&r->arena, n * sizeof(*l));

    for (unsigned i = 0; i < n; i++) {
        char url[64];

        snprintf(url, sizeof(url), "https://h%u.test/%u", i % 2, i);
        l[i].url = arena_dup(&r->arena, span_cstr(url));
        l[i].host = i % 2 ? SPAN("h1.test") : SPAN("h0.test");
        l[i].domain = l[i].host;
        l[i].ip = (struct ip_addr){4, {203, 0, 113, (uint8_t)(i % 2)}};
    }
    r->links = l;
    r->links_n = n;
    return l;
}

static void take(struct room *x, struct record *r)
{
    const struct redis_copy none = {.is_copy = false};

    redis_record_stage(x->recorder, x->batch, r, &none);
    redis_batch_apply(x->batch);
    record_give_back(r);
}

static void test_two_mails_of_one_sender_coalesce(void **state)
{
    static const char *const words[] = {
        " S stats 0 3 mails 2 accepted 1 refused 1 ",
        /* kind, hour, boards' lifetimes anew; the kinds of its pairs with their numbers; entities:
         * value, member (0: the value), mails, accepted, place of its times, life, elements that follow; 1 and refused, sessions, score, or 0; facts;
         * pairs: place of the kind and a member, raised by 32 before several, by 64 where each is followed by how often it came.
         * Behind all operations: times, first and last, and how many elements they are. */
        " E ip 2023062406 1 10 net 1 helo 5 claimed_ip 7 from_domain 9 envelope_domain 10 subject 11 mailer 12 host 14 domain 15 tls 19 "
        "1 192.0.2.1 0 2 1 1 LIFE 10 1 1 0 40 0 1 66 1 mail.example.com 2 ",
        " E helo 2023062406 1 3 ip 0 net 1 host 14 "
        "1 mail.example.com 0 2 1 1 LIFE 10 1 1 0 40 0 1 65 1 192.0.2.1 2 ",
        " 2023-06-24T06:30:46Z 2023-06-24T06:30:47Z 1687588247 3 ",
        NULL,
    };
    struct room x;
    struct record *second;

    (void)state;
    open_room(&x, 0);
    take(&x, mail(&x, 1));
    second = mail(&x, 2);
    second->outcome = SMTP_REFUSED;
    second->score = 40;
    take(&x, second);
    seal(&x);
    expect(&x, words);
    assert_int_equal(times(x.text, " X mails "), 2);
    assert_true(redis_batch_is_empty(x.batch));
    close_room(&x);
}

static void test_a_mail_counts_each_value_once(void **state)
{
    static const char *const words[] = {
        " E tld 2023062406 1 0 1 test 0 1 1 1 LIFE 3 0 0 0 ",
        /* An address, its hosts and its domains. */
        " 203.0.113.0 0 1 1 1 LIFE 7 0 0 2 1 h0.test 2 h0.test ",
        " 203.0.113.1 0 1 1 1 LIFE 7 0 0 2 1 h1.test 2 h1.test ",
        /* The client: with its HELO (2), hosts (8) and domains (9). */
        " 192.0.2.1 0 1 1 1 LIFE 13 0 0 3 2 mail.example.com 40 2 h0.test h1.test 41 2 h0.test h1.test ",
        " mail.example.com 0 1 1 1 LIFE 9 0 0 2 1 192.0.2.1 35 2 h0.test h1.test ",
        " S stats 0 3 mails 1 accepted 1 urls 6 ",
        NULL,
    };
    struct room x;
    struct record *r;

    (void)state;
    open_room(&x, 0);
    r = mail(&x, 1);
    links(r, 6);
    take(&x, r);
    seal(&x);
    expect(&x, words);
    assert_non_null(strstr(x.text, " E url 2023062406 1 0 6 https\\x3a//h0.test/0 https://h0.test/0 1 1 1 LIFE 5 0 2 host h0.test 0 ")); /* no pairs */
    close_room(&x);
}

/* By SHA-256 where the whole content was seen (and its name beside it), by name else; bodies are no attachments. */
static void test_attachments_by_content_or_name(void **state)
{
    static const char *const words[] = {
        " E attachment 2023062406 1 0 2 aa11 0 1 1 1 LIFE 5 0 2 name a.pdf 0 cut.pdf 0 1 1 ",
        NULL,
    };
    static const struct mail_part body = {.type = {(const uint8_t *)"text/plain", 10}},
                                  whole = {.filename = {(const uint8_t *)"a.pdf", 5}, .attachment = true},
                                  cut = {.filename = {(const uint8_t *)"cut.pdf", 7}, .attachment = true},
                                  nameless = {.attachment = true};
    struct record_part parts[] = {
        {&body, SPAN("bb22")}, {&whole, SPAN("aa11")}, {&cut, {NULL, 0}}, {&nameless, {NULL, 0}}};
    struct room x;
    struct record *r;

    (void)state;
    open_room(&x, 0);
    r = mail(&x, 1);
    r->parts = parts;
    r->parts_n = 4;
    take(&x, r);
    seal(&x);
    expect(&x, words);
    assert_null(strstr(x.text, "bb22"));
    close_room(&x);
}

static void test_outbound_and_submission_have_boards_of_their_own(void **state)
{
    static const char *const words[] = {
        " BA top:outbound:ip 0 1 192.0.2.1 1 ", " BD top:outbound:ip:20230624 1 1 192.0.2.1 1 ",
        " BA top:submission:ip 0 1 192.0.2.1 1 ", " BD top:submission:helo:20230624 1 1 mail.example.com 1 ", NULL};
    struct room x;
    struct record *r;

    (void)state;
    open_room(&x, 0);
    r = mail(&x, 1);
    r->direction = DIRECTION_OUTBOUND;
    take(&x, r);
    r = mail(&x, 2);
    r->direction = DIRECTION_INTERNAL;
    r->role = ROLE_SUBMISSION;
    take(&x, r);
    seal(&x);
    expect(&x, words);
    assert_null(strstr(x.text, " E "));
    assert_int_equal(times(x.text, " X mails "), 2);
    close_room(&x);
}

static struct record *session(struct room *x, bool trusted)
{
    struct record *r = mail(x, 1);

    r->type = RECORD_SESSION;
    r->tls = SMTP_TLS_STARTTLS;
    r->client_trusted = trusted;
    return r;
}

static void test_a_session_counts_for_helo_and_untrusted_client(void **state)
{
    static const char *const words[] = {
        " S stats 0 2 sessions 2 encrypted 2 ",
        /* no mail: on no board, so that no board's lifetime begins */
        " E helo 2023062406 0 3 ip 0 net 1 host 14 1 mail.example.com 0 0 0 1 LIFE 6 1 0 2 0 0 0 ",
        " 1 192.0.2.1 0 0 0 1 LIFE 6 1 0 1 0 0 0 ", NULL};
    struct room x;

    (void)state;
    open_room(&x, 0);
    take(&x, session(&x, false));
    take(&x, session(&x, true));
    seal(&x);
    expect(&x, words);
    assert_int_equal(times(x.text, " X sessions "), 2);
    close_room(&x);
}

static void fingerprints(struct record *r)
{
    r->tls_seen.ja4 = SPAN("t13d_x");
    r->os = (struct record_os){.signature = SPAN("4:64:x"), .guess = SPAN("Linux"), .ttl = 60};
}

/* Only where the origin made the connection: through a relay they are the relay's, through a proxy its SYN. */
static void test_fingerprints_count_at_hop_0(void **state)
{
    static const char *const words[] = {
        " E tls 2023062406 1 1 ip 0 1 t13d_x 0 2 2 4 LIFE 7 0 0 1 65 1 192.0.2.1 2 ",
        " 74 1 t13d_x 2 ", /* the address' pair */
        " E os 2023062406 1 0 1 4\\x3a64\\x3ax 4:64:x 1 1 7 LIFE 5 0 2 ", NULL};
    struct record *r;
    struct room x;

    (void)state;
    open_room(&x, 0);
    for (uint64_t i = 1; i <= 4; i++) {
        r = mail(&x, i);
        fingerprints(r);
        r->origin.hop = i == 2;
        r->via = i == 3 ? SMTP_VIA_PROXY : i == 4 ? SMTP_VIA_XCLIENT : SMTP_VIA_TCP;
        take(&x, r);
    }
    seal(&x);
    expect(&x, words);
    assert_int_equal(times(x.text, " os Linux "), 2); /* of the address, of the signature */
    close_room(&x);
}

static void test_an_encrypted_session_counts_for_its_tls(void **state)
{
    static const char *const words[] = {
        " E tls 2023062406 0 1 ip 0 1 t13d_x 0 0 0 1 LIFE 8 1 0 1 0 0 1 1 192.0.2.1 ",
        " E os 2023062406 0 0 1 4\\x3a64\\x3ax 4:64:x 0 0 1 LIFE 8 1 0 1 0 2 ",
        " LIFE 10 1 0 1 0 2 os Linux 1 10 t13d_x ", NULL}; /* of the address: no other pair */
    struct room x;
    struct record *r;

    (void)state;
    open_room(&x, 0);
    r = session(&x, false);
    fingerprints(r);
    take(&x, r);
    r = session(&x, true);
    fingerprints(r);
    take(&x, r);
    seal(&x);
    expect(&x, words);
    close_room(&x);
}

static void test_what_enrichment_knows_is_in_the_entity(void **state)
{
    struct room x;
    struct record *r;

    (void)state;
    open_room(&x, 0);
    r = mail(&x, 1);
    r->origin.ptr = SPAN("ptr.example");
    r->origin.geo = (struct geo){.asn = 64512, .org = SPAN("Some Org"), .country = SPAN("JP"),
                                 .net = SPAN("192.0.2.0/24")};
    take(&x, r);
    seal(&x);
    assert_non_null(strstr(x.text, " 10 asn 64512 org Some Org country JP net 192.0.2.0/24 ptr ptr.example 2 2 mail.example.com 1 192.0.2.0/24 "));
    assert_non_null(strstr(x.text, " E asn 2023062406 1 2 net 1 subject 11 1 64512 0 1 1 1 LIFE "));
    assert_non_null(strstr(x.text, " 1 1 192.0.2.0/24 E ")); /* one way: of the network its addresses (1) and HELO names (2) only */
    assert_non_null(strstr(x.text, " E net 2023062406 1 2 ip 0 helo 5 1 192.0.2.0/24 0 "));
    assert_non_null(strstr(x.text, " 2 2 mail.example.com 1 192.0.2.1 E "));
    close_room(&x);
}

static void test_alerts_by_score(void **state)
{
    struct room x;
    struct record *r;

    (void)state;
    open_room(&x, 50);
    r = mail(&x, 1);
    r->score = 49;
    take(&x, r);
    r = mail(&x, 2);
    r->score = 50;
    take(&x, r);
    seal(&x);
    assert_int_equal(times(x.text, " A alerts "), 1);
    close_room(&x);
}

/* A batch is the longest run of records under the cap, whatever their order of size. */
static void test_cut_at_the_cap(void **state)
{
    const struct redis_copy none = {.is_copy = false};
    struct room x;
    unsigned before = 0, i;

    (void)state;
    open_room(&x, 0);
    for (i = 1; i < 1000; i++) {
        struct record *r = mail(&x, i);
        char name[32];

        snprintf(name, sizeof(name), "n%u.example", i);
        r->origin.helo = arena_dup(&r->arena, span_cstr(name));
        links(r, 3);
        redis_record_stage(x.recorder, x.batch, r, &none);
        if (!redis_batch_fits(x.batch)) {
            record_give_back(r);
            break;
        }
        redis_batch_apply(x.batch);
        record_give_back(r);
        before = redis_batch_commands(x.batch);
    }
    assert_in_range(before, LIMIT_REDIS_COMMANDS - 100, LIMIT_REDIS_COMMANDS);
    assert_in_range(i, 20, 400);
    seal(&x);
    /* Nothing is left of the one that did not fit. */
    assert_int_equal(times(x.text, " X mails "), i - 1);
    close_room(&x);
}

/* Commands of a cluster's batch of new names, which spread over n buckets. */
static unsigned commands_in_buckets(unsigned n)
{
    struct redis_batch *b = redis_batch_new(&mem, &key, REDIS_BUCKETS);
    struct redis_block blocks[REDIS_BUCKETS];
    unsigned commands = 0;
    struct buf out;

    for (unsigned i = 0;; i++) {
        char name[32];

        snprintf(name, sizeof(name), "n%u.example", i);
        redis_stage_begin(b);
        redis_stage_bucket(b, 7 + i % n);
        redis_stage_board(b, BOARD_ALL_TIME, SPAN("top:helo"), span_cstr(name), 1);
        if (!redis_batch_fits(b))
            break;
        redis_batch_apply(b);
        commands = redis_batch_commands(b);
    }
    buf_init(&out, &mem, 1 << 24);
    assert_true(redis_batch_seal(b, &out, blocks, REDIS_BUCKETS));
    assert_int_equal(blocks[6].args, 0);
    assert_int_equal(blocks[7].args, 1);
    assert_int_equal(blocks[6 + n].args, 1);
    assert_int_equal(blocks[7 + n].args, 0);
    assert_true(out.n > commands * sizeof("n0.example"));
    buf_free(&out);
    redis_batch_free(b);
    return commands;
}

/* A server runs the steps of one bucket after the other: each is as short as a single server's, though all names of a
 * batch were made for one bucket; where they spread, a batch holds more. */
static void test_a_clusters_steps_keep_to_the_cap(void **state)
{
    (void)state;
    assert_in_range(commands_in_buckets(1), LIMIT_REDIS_COMMANDS - 1, LIMIT_REDIS_COMMANDS);
    assert_in_range(commands_in_buckets(2), 2 * LIMIT_REDIS_COMMANDS - 2, 2 * LIMIT_REDIS_COMMANDS);
    assert_in_range(commands_in_buckets(50), 3 * LIMIT_REDIS_COMMANDS, LIMIT_REDIS_CLUSTER_COMMANDS); /* a megabyte */
}

/* A single record is taken however large, with every list at its cap. */
static void test_the_largest_record_fits_alone(void **state)
{
    struct room x;
    struct record *r;

    (void)state;
    open_room(&x, 0);
    r = mail(&x, 1);
    links(r, LIMIT_LINKS);
    for (unsigned i = 0; i < LIMIT_LINKS; i++) {
        char name[64];

        snprintf(name, sizeof(name), "a%u.h%u.test", i, i);
        ((struct link *)(uintptr_t)r->links)[i].host = arena_dup(&r->arena, span_cstr(name));
        ((struct link *)(uintptr_t)r->links)[i].ip.b[2] = (uint8_t)i;
    }
    take(&x, r);
    seal(&x);
    assert_non_null(strstr(x.text, " E host 2023062406 1 4 ip 0 helo 5 subject 11 link_ip 17 64 "));
    assert_non_null(strstr(x.text, " E url 2023062406 1 0 64 "));
    assert_non_null(strstr(x.text, " 40 64 a0.h0.test "));
    close_room(&x);
}

static void test_copies(void **state)
{
    struct redis_copies *c = redis_copies_new(&mem, &key);
    struct room x;
    struct record *a, *b;
    struct redis_copy copy;

    (void)state;
    open_room(&x, 0);
    a = mail(&x, 1);
    b = mail(&x, 2);
    a->email.message_id = b->email.message_id = SPAN("<1@x>");
    a->email.date = b->email.date = SPAN("Sat, 24 Jun 2023 09:00:00 +0900");
    assert_false(redis_copies_look(c, a).is_copy);
    assert_false(redis_copies_look(c, b).is_copy); /* the same sender again: no relay in between */
    b->flow_id++;
    b->client = a->dst.ip;                         /* the server sends it on */
    copy = redis_copies_look(c, b);
    assert_true(copy.is_copy);
    assert_int_equal(copy.flow_id, a->flow_id);
    b->flow_id++;
    b->ts_us += 601 * 1000000LL;                   /* too late */
    assert_false(redis_copies_look(c, b).is_copy);
    b->ts_us = a->ts_us;
    b->email.date = SPAN("another");
    assert_false(redis_copies_look(c, b).is_copy);
    for (unsigned i = 0; i < 2 * LIMIT_REDIS_COPIES + 5; i++) { /* the table goes round */
        a->flow_id++;
        redis_copies_look(c, a);
    }
    record_give_back(a);
    record_give_back(b);
    redis_copies_free(c);
    close_room(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_mails_of_one_sender_coalesce),
        cmocka_unit_test(test_a_mail_counts_each_value_once),
        cmocka_unit_test(test_attachments_by_content_or_name),
        cmocka_unit_test(test_outbound_and_submission_have_boards_of_their_own),
        cmocka_unit_test(test_a_session_counts_for_helo_and_untrusted_client),
        cmocka_unit_test(test_fingerprints_count_at_hop_0),
        cmocka_unit_test(test_an_encrypted_session_counts_for_its_tls),
        cmocka_unit_test(test_what_enrichment_knows_is_in_the_entity),
        cmocka_unit_test(test_alerts_by_score),
        cmocka_unit_test(test_cut_at_the_cap),
        cmocka_unit_test(test_a_clusters_steps_keep_to_the_cap),
        cmocka_unit_test(test_the_largest_record_fits_alone),
        cmocka_unit_test(test_copies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
