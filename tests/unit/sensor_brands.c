/* SPDX-License-Identifier: Apache-2.0 */
/* brands: what is whose, what text names whom, which hosts read like a brand's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "sensor/judge/brands.h"

static struct mem mem;
static struct unicode_names *unicode;
static struct brands *brands;

static const char file_text[] =
    "# a comment\n"
    "brand Amazon\n"
    "  name Amazon, アマゾン\n"
    "  domain amazon.com, amazon.co.jp\n"
    "  net AS64512, 198.51.100.0/24\n"
    "brand LINE\n"
    "  name \"LINE\", ライン公式\n"
    "  domain line.me\n"
    "brand PayPay\n"
    "  name PayPay, ペイペイ\n"
    "  domain paypay.ne.jp\n"
    "brand えきねっと\n"
    "  name えきねっと, eki-net\n"
    "  domain eki-net.com\n"
    "brand 三井住友カード\n"
    "  name 三井住友カード, SMBC Card\n"
    "  domain smbc-card.com\n"
    "brand ヤマト運輸\n"
    "  name ヤマト運輸, クロネコヤマト\n"
    "  domain kuronekoyamato.co.jp\n"
    "brand PayPal\n"
    "  name PayPal\n"
    "  domain paypal.com\n"
    "brand Target\n"
    "  domain =target.com\n"
    "  host targetcard\n";

static void write_file(char path[], const char *text)
{
    int fd = mkstemp(path);
    FILE *out = fdopen(fd, "w");

    fputs(text, out);
    fclose(out);
}

static struct brands *opened(const char *text)
{
    static const struct hash_key key = {1, 2};
    char path[] = "/tmp/mxtap-brands-XXXXXX", err[256] = "";
    struct brands *b;

    write_file(path, text);
    b = brands_open(&mem, &key, unicode, path, err);
    unlink(path);
    if (!b)
        fail_msg("%s", err);
    return b;
}

static int set_up(void **state)
{
    (void)state;
    mem_init(&mem, 0);
    unicode = unicode_names_new(&mem);
    brands = opened(file_text);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    brands_close(brands);
    unicode_names_free(unicode);
    return mem.used != 0;
}

static const char *name_of(const struct brand *b)
{
    static char text[64];

    snprintf(text, sizeof(text), "%.*s", SPAN_FMT(b ? b->name : SPAN("-")));
    return text;
}

static void owners(void **state)
{
    static const struct {
        const char *host, *brand;
    } table[] = {
        {"amazon.co.jp", "Amazon"},       {"www.amazon.co.jp", "Amazon"}, {"notamazon.co.jp", "-"},
        {"amazon.co.jp.evil.example", "-"}, {"co.jp", "-"},                 {"line.me", "LINE"},
        {"a.b.c.d.e.f.g.h.i.j.k.line.me", "LINE"}, {"", "-"},               {"target.com", "Target"},
    };
    const struct brand *amazon = brand_of_domain(brands, SPAN("amazon.com"));
    struct ip_addr in = {4, {198, 51, 100, 7}}, outside = {4, {198, 51, 101, 7}};

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        assert_string_equal(name_of(brand_of_domain(brands, span_cstr(table[i].host))), table[i].brand);
    assert_true(brand_owns_asn(amazon, 64512) && !brand_owns_asn(amazon, 0) && !brand_owns_asn(amazon, 64513));
    assert_true(brand_owns_address(amazon, &in) && !brand_owns_address(amazon, &outside));
    assert_true(brand_has_networks(amazon) && !brand_has_networks(brand_of_domain(brands, SPAN("line.me"))));
    assert_true(brand_owns_host(brands, amazon, SPAN("mail.amazon.com")));
    assert_false(brand_owns_host(brands, amazon, SPAN("line.me")));
}

/* A text and the brands it names, in order. */
static void texts(void **state)
{
    static const struct {
        const char *text, *brands;
    } table[] = {
        {"Amazon.co.jp", "Amazon"},
        {"AMAZON", "Amazon"},
        {"amazonpay", "Amazon"},
        {"pamazon", ""},
        {"Ａｍａｚｏｎプライム会費", "Amazon"},          /* full width */
        {"𝐀𝐦𝐚𝐳𝐨𝐧", "Amazon"},                             /* mathematical letters */
        {"Ama\xe2\x80\x8bzon", "Amazon"},                /* a zero-width space inside */
        {"ｱﾏｿﾞﾝ", "Amazon"},                             /* half-width kana, voiced mark apart */
        {"online", ""},
        {"on line", ""},
        {"LINE", "LINE"},
        {"LINE公式", "LINE"},
        {"Line up", ""},
        {"三井住友 カード", "三井住友カード"},            /* a blank inside */
        {"smbc card", "三井住友カード"},
        {"smbccard", ""},
        {"【重要】えきねっとアカウント", "えきねっと"},
        {"PayPay and PayPal, PayPay", "PayPay PayPal"},
        {"Аmazon", ""},                                  /* Cyrillic: mixed_word and brand_of_look find it */
        {"\xff\xfe" "Amazon\x80", "Amazon"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        const struct brand *found[BRANDS_IN_TEXT];
        unsigned n = brands_in_text(brands, span_cstr(table[i].text), found);
        char got[256] = "";

        for (unsigned k = 0; k < n; k++)
            snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", k ? " " : "", name_of(found[k]));
        if (strcmp(got, table[i].brands))
            fail_msg("%s: got '%s', want '%s'", table[i].text, got, table[i].brands);
    }
}

static void lookalikes(void **state)
{
    static const struct {
        const char *host, *domain;
        enum lookalike how;
        const char *brand;
    } table[] = {
        {"www.amazon.co.jp", "amazon.co.jp", LOOKALIKE_NONE, "-"},
        {"amaz0n.co.jp", "amaz0n.co.jp", LOOKALIKE_SKELETON, "Amazon"},
        {"arnazon.example", "arnazon.example", LOOKALIKE_SKELETON, "Amazon"},
        {"аmazon.example", "аmazon.example", LOOKALIKE_SKELETON, "Amazon"},
        {"xn--mazon-3ve.example", "xn--mazon-3ve.example", LOOKALIKE_SKELETON, "Amazon"},
        {"amàzon.example", "amàzon.example", LOOKALIKE_SKELETON, "Amazon"},
        {"amazom.example", "amazom.example", LOOKALIKE_SLIP, "Amazon"},
        {"amzaon.example", "amzaon.example", LOOKALIKE_SLIP, "Amazon"},
        {"kuronekoyamotto.example", "kuronekoyamotto.example", LOOKALIKE_SLIP, "ヤマト運輸"},
        {"amazon.example", "amazon.example", LOOKALIKE_INSIDE, "Amazon"},
        {"amazon.co.jp.evil.example", "evil.example", LOOKALIKE_INSIDE, "Amazon"},
        {"amazon-co-jp.example", "amazon-co-jp.example", LOOKALIKE_INSIDE, "Amazon"},
        {"www.eki-net.montaly.shop", "montaly.shop", LOOKALIKE_INSIDE, "えきねっと"},
        {"secure-amazonlogin.example", "secure-amazonlogin.example", LOOKALIKE_INSIDE, "Amazon"},
        {"line.me.evil.example", "evil.example", LOOKALIKE_INSIDE, "LINE"},
        {"online.example", "online.example", LOOKALIKE_NONE, "-"},
        {"line.example", "line.example", LOOKALIKE_NONE, "-"},
        {"target.example", "target.example", LOOKALIKE_NONE, "-"},
        {"my-targetcard.example", "my-targetcard.example", LOOKALIKE_INSIDE, "Target"},
        {"paypal.example", "paypal.example", LOOKALIKE_INSIDE, "PayPal"}, /* not one slip from paypay */
        {"amazing.example", "amazing.example", LOOKALIKE_NONE, "-"},
        {"example.com", "example.com", LOOKALIKE_NONE, "-"},
        {"", "", LOOKALIKE_NONE, "-"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct lookalike_found found = {0};
        enum lookalike how = brands_lookalike(brands, span_cstr(table[i].host), span_cstr(table[i].domain), &found);

        if (how != table[i].how || strcmp(name_of(found.brand), table[i].brand))
            fail_msg("%s: got %d %s, want %d %s", table[i].host, (int)how, name_of(found.brand), (int)table[i].how,
                     table[i].brand);
    }
    assert_string_equal(name_of(brand_of_look(brands, SPAN("Аmazon"))), "Amazon");
    assert_string_equal(name_of(brand_of_look(brands, SPAN("раураl"))), "PayPal");
    assert_string_equal(name_of(brand_of_look(brands, SPAN("Москва"))), "-");
}

/* Each wrong line is left out, and the rest of the file counts. */
static void wrong_lines(void **state)
{
    struct brands *b = opened("name stray\nbrand\nbrand A\n domain nodot, a.example, http://x/\n net AS0, 300.1.2.3, AS7\n"
                              " sort of\n name ,Acme Works\nbrand B\n domain a.example, b.example\n");

    (void)state;
    assert_int_equal(brands_count(b), 2);
    assert_string_equal(name_of(brand_of_domain(b, SPAN("a.example"))), "A");
    assert_string_equal(name_of(brand_of_domain(b, SPAN("b.example"))), "B");
    assert_int_equal(brands_at(b, 0)->asns_n, 1);
    assert_int_equal(brands_at(b, 0)->nets_n, 0);
    brands_close(b);
}

/* 5000 values of one kind are too many; those behind them, and the next brand, count. */
static void many_values(void **state)
{
    enum { N = 5000, LINE = 32 };
    static char text[4 * N * LINE];
    struct brands *b;
    size_t n = (size_t)sprintf(text, "brand A\n");

    (void)state;
    for (unsigned i = 0; i < N; i++)
        n += (size_t)sprintf(text + n, " name n%u\n domain d%u.example\n net AS%u\n net 10.%u.%u.0/24\n", i, i, i + 1,
                             i >> 8, i & 255);
    sprintf(text + n, "brand B\n domain b.example\n");
    b = opened(text);
    assert_int_equal(brands_count(b), 2);
    assert_int_equal(brands_at(b, 0)->names_n, 4096);
    assert_int_equal(brands_at(b, 0)->domains_n, 4096);
    assert_int_equal(brands_at(b, 0)->asns_n, 4096);
    assert_int_equal(brands_at(b, 0)->nets_n, 4096);
    assert_string_equal(name_of(brand_of_domain(b, SPAN("d4095.example"))), "A");
    assert_null(brand_of_domain(b, SPAN("d4096.example")));
    assert_string_equal(name_of(brand_of_domain(b, SPAN("b.example"))), "B");
    brands_close(b);
}

static void no_file(void **state)
{
    static const struct hash_key key = {1, 2};
    char err[256] = "";
    struct brands *none = brands_open(&mem, &key, unicode, NULL, err);
    const struct brand *found[BRANDS_IN_TEXT];

    (void)state;
    assert_non_null(none);
    assert_int_equal(brands_in_text(none, SPAN("Amazon"), found), 0);
    assert_null(brand_of_domain(none, SPAN("amazon.com")));
    brands_close(none);
    assert_null(brands_open(&mem, &key, unicode, "/nonexistent/brands.txt", err));
    assert_non_null(strstr(err, "/nonexistent/brands.txt"));
}

/* A file that was cut, or is another one, would switch off all that rests on brands, and nobody would know. */
static void no_brand_in_it(void **state)
{
    static const struct hash_key key = {1, 2};
    static const char *const texts[] = {"", "# brands\n\n", "bran", "{\"brands\": []}\n", " name A\n domain a.example\n", "brand\n"};
    char path[] = "/tmp/mxtap-brands-XXXXXX", err[256] = "";
    size_t before = mem.used;

    (void)state;
    close(mkstemp(path));
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        FILE *out = fopen(path, "w");

        fputs(texts[i], out);
        fclose(out);
        assert_null(brands_open(&mem, &key, unicode, path, err));
        assert_non_null(strstr(err, path));
        assert_non_null(strstr(err, "no brand in it"));
        assert_int_equal(mem.used, before);
    }
    unlink(path);
}

/* Every refused allocation gives no brands and no leak. */
static void without_memory(void **state)
{
    static const struct hash_key key = {1, 2};
    char path[] = "/tmp/mxtap-brands-XXXXXX", err[256];
    size_t before = mem.used;
    struct brands *b = NULL;
    long at = 1;

    (void)state;
    write_file(path, file_text);
    for (; !b && at < 10000; at++) {
        mem.fail_after = at;
        b = brands_open(&mem, &key, unicode, path, err);
        if (!b)
            assert_int_equal(mem.used, before);
        mem.fail_after = 0;
    }
    assert_non_null(b);
    assert_true(at > 10);
    brands_close(b);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owners),      cmocka_unit_test(texts),   cmocka_unit_test(lookalikes),
        cmocka_unit_test(wrong_lines), cmocka_unit_test(no_file), cmocka_unit_test(without_memory),
        cmocka_unit_test(many_values), cmocka_unit_test(no_brand_in_it),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
