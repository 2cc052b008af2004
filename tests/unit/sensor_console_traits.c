/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes in which mails of one hand look alike (REDIS.md, Campaigns), and the traits of one record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "sensor/console/traits.h"

static struct mem mem;
static struct arena arena;
static struct suffix *suffixes;

static void same(const char *what, struct span got, const char *want)
{
    if (!span_eq(got, span_cstr(want)))
        fail_msg("%s: got \"%.*s\", want \"%s\"", what, SPAN_FMT(got), want);
}

static void test_helo_shape(void **state)
{
    static const char *const cases[][2] = {
        {"mail5.jerseyjux.com", "mailN.*"},
        {"mail12.njchangxing.com.", "mailN.*"},
        {"MAIL5.JerseyJux.com", "mailN.*"},
        {"10-13-35-130.localdomain", "N-N-N-N.localdomain"},
        {"asdqwe-7.novalocal", "asdqwe-N.novalocal"},
        {"mail.gfd.yuechiyuexiang.com", "mail.*"},
        {"mail.dfgg.06ix2.com", "mail.*"},
        {"noreply0.etc-meisai.jp", "noreplyN.*"},
        {"a.b.co.jp", "a.*"},
        {"kuronekoyamato.co.jp", ""}, /* the domain itself: nothing before it */
        {"ysnft.co", ""},
        {"localhost", ""},
        {"WIN-7F3K2", "win-NfNkN"},
        {"[192.0.2.1]", ""}, /* addresses all look alike */
        {"192.0.2.1", ""},
        {"2001:db8::1", ""},
        {"", ""},
        {"...", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        same(cases[i][0], helo_shape(&arena, suffixes, span_cstr(cases[i][0])), cases[i][1]);
}

static void test_other_shapes(void **state)
{
    (void)state;
    same("a version is one number", mailer_shape(&arena, SPAN("Supmailer 38.1.2")), "Supmailer N");
    same("another one", mailer_shape(&arena, SPAN("Supmailer 38.2.0")), "Supmailer N");
    same("made up", mailer_shape(&arena, SPAN("Qyo 5")), "Qyo N");
    same("a dot that ends", mailer_shape(&arena, SPAN("Mail 5.")), "Mail N.");
    same("no number, no shape", mailer_shape(&arena, SPAN("KMail")), "");
    same("a path", path_shape(&arena, SPAN("/p/123/x7.html")), "/p/N/xN.html");
    same("the root is everybody's", path_shape(&arena, SPAN("/")), "");
    same("no path", path_shape(&arena, SPAN("")), "");
}

static const char record[] =
    "{\"timestamp\":\"2023-07-01T07:06:08.123456+0000\",\"event_type\":\"smtp\",\"flow_id\":7,\"tx_id\":1,"
    "\"src_ip\":\"172.245.224.137\",\"smtp\":{\"helo\":\"x\"},\"email\":{\"subject\":\"Hi 1\",\"user_agent\":\"Qyo 5\"},"
    "\"mxtap\":{\"role\":\"relay\",\"direction\":\"inbound\",\"origin\":{\"ip\":\"172.245.224.137\",\"helo\":"
    "\"mail5.jerseyjux.com\",\"hop\":0,\"asn\":64512},\"claimed\":{\"ip\":\"34.146.70.35\"},\"subject_key\":\"Hi\","
    "\"links\":[{\"url\":\"https://WWW.tcbnvck.cn/p/12\",\"host\":\"WWW.tcbnvck.cn\",\"domain\":\"tcbnvck.cn\",\"path\":"
    "\"/p/12\",\"tag\":\"a\"},{\"url\":\"https://cdn.example/x.png\",\"host\":\"cdn.example\",\"domain\":\"cdn.example\","
    "\"path\":\"/x.png\",\"tag\":\"img\"}],\"parts\":[{\"filename\":\"a.zip\",\"sha256\":\"abcd\",\"size\":5},{\"size\":7}]}}";

static void test_record(void **state)
{
    static const struct {
        enum trait_kind kind;
        const char *text;
    } want[] = {{TRAIT_SENDER, "172.245.224.137"}, {TRAIT_NET, "172.245.224.0/24"}, {TRAIT_ASN, "64512"},
                {TRAIT_CLAIMED, "34.146.70.35"}, {TRAIT_MAILER, "Qyo 5"}, {TRAIT_MAILER_SHAPE, "Qyo N"},
                {TRAIT_HELO, "mail5.jerseyjux.com"}, {TRAIT_HELO_SHAPE, "mailN.*"}, {TRAIT_SUBJECT, "Hi"},
                {TRAIT_FILE, "abcd"}, {TRAIT_HOST, "www.tcbnvck.cn"}, {TRAIT_DOMAIN, "tcbnvck.cn"}, {TRAIT_PATH, "/p/N"}};
    struct mail_facts f;
    struct trait_list l;

    (void)state;
    assert_true(mail_facts_read(&f, span_cstr(record)));
    assert_true(mail_facts_counts(&f));
    assert_int_equal(f.parts_size, 12);
    traits_read(&l, &arena, suffixes, &f);
    assert_int_equal(l.n, sizeof(want) / sizeof(*want));
    for (unsigned i = 0; i < l.n; i++) {
        assert_string_equal(trait_name(l.v[i].kind), trait_name(want[i].kind));
        same(trait_name(want[i].kind), l.v[i].text, want[i].text);
    }
    mail_facts_free(&f);
}

/* Records that are none: every type where another is due. */
static void test_strange(void **state)
{
    static const char *const lines[] = {
        "{}", "{\"mxtap\":1}", "{\"mxtap\":{\"links\":{},\"parts\":3,\"origin\":[]}}", "{\"flow_id\":-1,\"tx_id\":1e9}",
        "{\"smtp\":{\"rcpt_to\":[1,null,{}]},\"mxtap\":{\"links\":[1,[],{\"url\":{}}],\"findings\":[{}]}}",
        "{\"email\":{\"subject\":\"a\\u0000b\"}}"};
    static const char *const none[] = {"", "[]", "1", "\"x\"", "{", "{\"a\":\"\xff\"}", "nonsense"};
    struct mail_facts f;
    struct trait_list l;

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        assert_true(mail_facts_read(&f, span_cstr(lines[i])));
        traits_read(&l, &arena, suffixes, &f);
        assert_int_equal(l.n, 0);
        mail_facts_free(&f);
    }
    for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
        assert_false(mail_facts_read(&f, span_cstr(none[i])));
}

static int set_up(void **state)
{
    (void)state;
    mem_init(&mem, 0);
    arena_init(&arena, &mem, 1 << 20);
    suffixes = suffix_new(&mem, NULL, &(struct hash_key){1, 2});
    return suffixes ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    suffix_free(suffixes);
    arena_free(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_helo_shape), cmocka_unit_test(test_other_shapes), cmocka_unit_test(test_record),
        cmocka_unit_test(test_strange)};

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
