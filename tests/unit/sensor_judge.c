/* SPDX-License-Identifier: Apache-2.0 */
/* judge: lists of domains and words; a seat whose judge is exchanged while workers ask the one they hold. Run from the top of
 * the tree: share/ is read as it is shipped. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "sensor/judge/judge.h"

static struct judge *opened(const struct judge_options *o)
{
    char err[JUDGE_ERR] = "";
    struct judge *j = judge_open(o, err);

    if (!j)
        fail_msg("%s", err);
    return j;
}

static const struct judge_options shipped = {.geoip = {"share/geo/register.mmdb"}, .geoip_n = 1,
                                             .brands = "share/brands.txt", .lists = "share/lists"};

static void lists_as_shipped(void **state)
{
    static const struct {
        enum domain_list which;
        const char *host;
        bool has;
    } table[] = {
        {LIST_SHORTENER, "bit.ly", true},           {LIST_SHORTENER, "www.bit.ly", true},   {LIST_SHORTENER, "notbit.ly", false},
        {LIST_SHORTENER, "ly", false},              {LIST_FREE_MAIL, "gmail.com", true},    {LIST_FREE_MAIL, "example.com", false},
        {LIST_SHARED_HOST, "x.github.io", true},    {LIST_SHARED_HOST, "github.com", false}, {LIST_DNSBL, "zen.spamhaus.org", true},
        {LIST_DNSBL, "2.0.0.127.zen.spamhaus.org", true}, {LIST_REDIRECTOR, "l.facebook.com", true},
        {LIST_REDIRECTOR, "facebook.com", false},   {LIST_BULK_SENDER, "u1.ct.sendgrid.net", true}, {LIST_SHORTENER, "", false},
    };
    struct judge *j = opened(&shipped);

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        if (list_has(j->lists, table[i].which, span_cstr(table[i].host)) != table[i].has)
            fail_msg("%s", table[i].host);
    for (unsigned i = 0; i < DOMAIN_LISTS_N; i++)
        assert_true(list_count(j->lists, (enum domain_list)i) >= 20);
    assert_true(list_has(j->lists, LIST_DNSBL, list_at(j->lists, LIST_DNSBL, 0)));
    judge_release(j);
}

static void words_as_shipped(void **state)
{
    static const struct {
        const char *text, *entry;
    } mailers[] = {{"Supmailer 38.2.0", "supmailer"}, {"supmailer", "supmailer"}, {"Supmailers 1", ""}, {"A Supmailer", ""},
                   {"Group Mail 5", "group mail"},    {"Foxmail 6, 13", ""},      {"", ""}},
      names[] = {{"218-219-125-240.ppps.bbiq.jp", "ppps"}, {"mail.example.com", ""},    {"dsl12-3.example.net", "dsl"},
                 {"adsl", "adsl"},                         {"pooling.example.net", ""}, {"", ""}};
    struct judge *j = opened(&shipped);

    (void)state;
    for (size_t i = 0; i < sizeof(mailers) / sizeof(*mailers); i++)
        assert_true(span_eq(list_beginning(j->lists, LIST_BULK_MAILER, span_cstr(mailers[i].text)), span_cstr(mailers[i].entry)));
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        assert_true(span_eq(list_word_in(j->lists, LIST_SUBSCRIBER, span_cstr(names[i].text)), span_cstr(names[i].entry)));
    judge_release(j);
}

/* What FINDINGS promise of the shipped file: the register's brands, and no line of it is wrong. */
static void brands_as_shipped(void **state)
{
    static const struct {
        const char *text, *brand, *domain;
    } table[] = {
        {"Amazon.co.jp", "Amazon", "amazon.co.jp"},     {"えきねっと", "えきねっと", "eki-net.com"},
        {"ETC利用照会サービス", "ETC利用照会サービス", "etc-meisai.jp"}, {"SBI新生銀行", "SBI新生銀行", "sbishinseibank.co.jp"},
        {"ヤマト運輸", "ヤマト運輸", "kuronekoyamato.co.jp"}, {"PayPay", "PayPay", "paypay.ne.jp"},
        {"イオンカード", "イオンカード", "aeon.co.jp"},  {"Microsoft 365", "Microsoft", "microsoft.com"},
    };
    struct judge *j = opened(&shipped);

    (void)state;
    assert_true(brands_count(j->brands) >= 60);
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        const struct brand *found[BRANDS_IN_TEXT];

        assert_true(brands_in_text(j->brands, span_cstr(table[i].text), found) >= 1);
        assert_true(span_eq(found[0]->name, span_cstr(table[i].brand)));
        assert_ptr_equal(brand_of_domain(j->brands, span_cstr(table[i].domain)), found[0]);
    }
    for (uint32_t i = 0; i < brands_count(j->brands); i++) {
        const struct brand *b = brands_at(j->brands, i);

        assert_true(b->names_n && b->domains_n);
        for (uint32_t k = 0; k < b->domains_n; k++)
            if (!brand_owns_host(j->brands, b, b->domains[k]))
                fail_msg("%.*s is not its brand's", SPAN_FMT(b->domains[k]));
    }
    judge_release(j);
}

static void empty_without_files(void **state)
{
    static const struct judge_options none;
    struct judge *j = opened(&none);
    struct lookalike_found found;

    (void)state;
    assert_int_equal(brands_count(j->brands), 0);
    assert_false(list_has(j->lists, LIST_SHORTENER, SPAN("bit.ly")));
    assert_int_equal(brands_lookalike(j->brands, SPAN("amaz0n.example"), SPAN("amaz0n.example"), &found), LOOKALIKE_NONE);
    judge_release(j);
}

static void faults_are_named(void **state)
{
    static const char *const bad = "/nonexistent/file";
    struct judge_options o[5] = {{.geoip = {bad}, .geoip_n = 1}, {.brands = bad}, {.lists = bad}, {.suffix = bad},
                                 {.watchlists = {bad}, .watchlists_n = 1}};
    char err[JUDGE_ERR];

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        assert_null(judge_open(&o[i], err));
        assert_non_null(strstr(err, bad));
        assert_null(strchr(err, '\n'));
    }
}

/* A list of one's own instead of libpsl's: another registrable domain. */
static void own_suffix_list(void **state)
{
    struct judge_options o = {.suffix = "/tmp/mxtap-suffix-test.dat"};
    FILE *out = fopen(o.suffix, "w");
    struct mem m;
    struct suffix *s;
    struct judge *j;

    (void)state;
    fputs("// ===BEGIN ICANN DOMAINS===\ncom\nshops.com\n// ===END ICANN DOMAINS===\n", out);
    fclose(out);
    mem_init(&m, 0);
    s = suffix_new(&m, NULL, &(struct hash_key){1, 2});
    assert_true(span_eq(suffix_registrable(s, SPAN("a.b.shops.com")), SPAN("shops.com")));
    j = opened(&o);
    suffix_use(s, j->suffix);
    assert_true(span_eq(suffix_registrable(s, SPAN("a.b.shops.com")), SPAN("b.shops.com")));
    assert_true(suffix_is_tld(s, SPAN("com")) && !suffix_is_tld(s, SPAN("jp")));
    suffix_free(s);
    judge_release(j);
    assert_int_equal(m.used, 0);
    unlink(o.suffix);
}

/* --- the seat --- */

struct asker {
    pthread_t thread;
    struct judge_seat *seat;
    atomic_bool *over;
    unsigned long asked, changes;
    bool wrong;
};

/* As a worker: looks for a new judge before each question; its brands, lists and network data go together. */
static void *asks(void *ctx)
{
    struct asker *x = ctx;
    struct judge *mine = NULL;

    while (!atomic_load(x->over)) {
        const struct brand *found[BRANDS_IN_TEXT];

        x->changes += judge_seat_take(x->seat, &mine);
        x->wrong |= brands_in_text(mine->brands, SPAN("a mail from Amazon"), found) != 1;
        x->wrong |= !list_has(mine->lists, LIST_SHORTENER, SPAN("bit.ly"));
        x->asked++;
    }
    judge_release(mine);
    return NULL;
}

static void exchanged_while_asked(void **state)
{
    enum { ASKERS = 3, RELOADS = 5 };
    struct judge_options o = shipped;
    struct judge_seat *seat = judge_seat_new(opened(&o), &o);
    struct asker askers[ASKERS];
    struct judge *mine = NULL;
    atomic_bool over = false;

    (void)state;
    for (unsigned i = 0; i < ASKERS; i++) {
        askers[i] = (struct asker){.seat = seat, .over = &over};
        pthread_create(&askers[i].thread, NULL, asks, &askers[i]);
    }
    assert_true(judge_seat_take(seat, &mine));
    assert_false(judge_seat_take(seat, &mine));
    for (unsigned i = 0; i < RELOADS; i++) {
        judge_seat_reload(seat);
        for (unsigned tries = 0; !judge_seat_take(seat, &mine); tries++) {
            assert_true(tries < 20000);
            usleep(1000);
        }
    }
    o.brands = "/nonexistent/brands.txt"; /* this one fails: nothing changes */
    judge_seat_reload(seat);
    usleep(100000);
    assert_false(judge_seat_take(seat, &mine));
    atomic_store(&over, true);
    for (unsigned i = 0; i < ASKERS; i++) {
        pthread_join(askers[i].thread, NULL);
        assert_true(askers[i].asked > 0 && askers[i].changes > 1 && !askers[i].wrong);
    }
    judge_release(mine);
    judge_seat_free(seat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_as_shipped), cmocka_unit_test(words_as_shipped),    cmocka_unit_test(brands_as_shipped),
        cmocka_unit_test(empty_without_files), cmocka_unit_test(faults_are_named), cmocka_unit_test(exchanged_while_asked),
        cmocka_unit_test(own_suffix_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
