/* SPDX-License-Identifier: Apache-2.0 */
/* Key names and the text in them (REDIS.md, Text and Keys); Redis URLs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "sensor/publish/redis_keys.h"
#include "sensor/publish/redis_url.h"

static struct mem mem;

static char *text_of(struct buf *b)
{
    char *s = malloc(b->n + 1);

    memcpy(s, b->p, b->n);
    s[b->n] = 0;
    buf_free(b);
    return s;
}

static char *member(struct span s)
{
    struct buf b;

    buf_init(&b, &mem, 1 << 20);
    buf_add(&b, SPAN(""));
    buf_add_byte(&b, '[');
    key_text(&b, s);
    buf_add_byte(&b, ']');
    return text_of(&b);
}

static char *value(enum redis_kind k, struct span s)
{
    struct buf b;

    buf_init(&b, &mem, 1 << 20);
    buf_add_byte(&b, '[');
    key_value(&b, k, s);
    buf_add_byte(&b, ']');
    return text_of(&b);
}

static void test_text(void **state)
{
    static const struct {
        const char *what;
        struct span in;
        const char *member, *key;
    } cases[] = {
        {"a plain name", {(const uint8_t *)"amazon.co.jp", 12}, "[amazon.co.jp]", "[amazon.co.jp]"},
        {"a HELO that spells another key", {(const uint8_t *)"amazon.co.jp:ip", 15}, "[amazon.co.jp:ip]",
         "[amazon.co.jp\\x3aip]"},
        {"the escape itself", {(const uint8_t *)"a\\x3ab", 6}, "[a\\x5cx3ab]", "[a\\x5cx3ab]"},
        {"braces, star and space stay", {(const uint8_t *)"{a}* b", 6}, "[{a}* b]", "[{a}* b]"},
        {"line ends and NUL", {(const uint8_t *)"a\r\n\0b", 5}, "[a\\x0d\\x0a\\x00b]", "[a\\x0d\\x0a\\x00b]"},
        {"DEL and an escape sequence", {(const uint8_t *)"\x7f\x1b[2J", 5}, "[\\x7f\\x1b[2J]", "[\\x7f\\x1b[2J]"},
        {"C1 control U+009B", {(const uint8_t *)"a\xc2\x9b" "b", 4}, "[a\\xc2\\x9bb]", "[a\\xc2\\x9bb]"},
        {"right-to-left override", {(const uint8_t *)"a\xe2\x80\xae" "b", 5}, "[a\\xe2\\x80\\xaeb]",
         "[a\\xe2\\x80\\xaeb]"},
        {"zero-width space", {(const uint8_t *)"\xe2\x80\x8b", 3}, "[\\xe2\\x80\\x8b]", "[\\xe2\\x80\\x8b]"},
        {"line separator U+2028", {(const uint8_t *)"\xe2\x80\xa8", 3}, "[\\xe2\\x80\\xa8]",
         "[\\xe2\\x80\\xa8]"},
        {"Japanese stays readable", {(const uint8_t *)"お支払い", 12}, "[お支払い]", "[お支払い]"},
        {"bytes that are no UTF-8", {(const uint8_t *)"\xff\xc3", 2}, "[\\xff\\xc3]", "[\\xff\\xc3]"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *m = member(cases[i].in), *k = value(KIND_HELO, cases[i].in);

        if (strcmp(m, cases[i].member) || strcmp(k, cases[i].key))
            fail_msg("%s: %s %s", cases[i].what, m, k);
        free(m);
        free(k);
    }
}

static void test_address_keeps_colons(void **state)
{
    char *v = value(KIND_CLAIMED_IP, SPAN("2001:db8::1"));

    (void)state;
    assert_string_equal(v, "[2001:db8::1]");
    free(v);
}

/* SHA-256 of 201 times "a" begins with a92efd82 (coreutils' sha256sum). */
static void test_long_values_are_cut(void **state)
{
    uint8_t text[65536], want[256];
    char *m;

    (void)state;
    memset(text, 'a', sizeof(text));
    m = member(span_of(text, 200));
    assert_int_equal(strlen(m), 202);
    free(m);
    m = member(span_of(text, 201));
    memset(want, 'a', 200);
    assert_int_equal(strlen(m), 1 + 200 + 3 + 8 + 1);
    assert_memory_equal(m + 1, want, 200);
    assert_string_equal(m + 201, "…a92efd82]");
    free(m);
    /* Two long values with one head stay apart; the cut never splits a character. */
    memcpy(text + 198, "\xe3\x81\x8a", 3);
    m = member(span_of(text, 65536));
    assert_int_equal(strlen(m), 1 + 198 + 3 + 8 + 1);
    free(m);
}

static void test_cut_form_of_key_is_that_of_member(void **state)
{
    uint8_t text[400];
    char *m, *k;

    (void)state;
    memset(text, ':', sizeof(text));
    m = member(span_of(text, sizeof(text)));
    k = value(KIND_SUBJECT, span_of(text, sizeof(text)));
    assert_int_equal(strlen(m), 1 + 200 + 3 + 8 + 1);
    assert_int_equal(strlen(k), 1 + 800 + 3 + 8 + 1);
    assert_string_equal(m + 201, k + 801);
    free(m);
    free(k);
}

static void test_names(void **state)
{
    const struct calendar utc = {.east_s = 0}, east = {.name = "+09:00", .east_s = 9 * 3600};
    struct buf b;
    char *s, hour[PERIOD_HOUR + 1];

    (void)state;
    buf_init(&b, &mem, 4096);
    key_board(&b, span_of(NULL, 0), KIND_SUBJECT, SPAN("20230624"));
    buf_add_byte(&b, ' ');
    key_board(&b, SPAN("outbound"), KIND_IP, span_of(NULL, 0));
    buf_add_byte(&b, ' ');
    key_uniq(&b, KIND_URL, SPAN("20230624"));
    buf_add_byte(&b, ' ');
    key_graph(&b, KIND_HELO, SPAN("amazon.co.jp"), KIND_IP);
    buf_add_byte(&b, ' ');
    key_seen(&b, KIND_IP);
    buf_add_byte(&b, ' ');
    key_first(&b, KIND_DOMAIN);
    buf_add_byte(&b, ' ');
    key_run(&b, SPAN("00ff"));
    buf_add_byte(&b, ' ');
    key_sensor(&b, SPAN("mx1"));
    buf_add_byte(&b, ' ');
    key_entity_stem(&b, KIND_RCPT_DOMAIN);
    s = text_of(&b);
    assert_string_equal(s, "top:subject:20230624 top:outbound:ip uniq:url:20230624 helo:amazon.co.jp:ip seen:ip "
                           "first:domain run:00ff sensor:mx1 rcpt_domain:");
    free(s);
    key_period(&utc, 1687588245123456, hour);
    assert_string_equal(hour, "2023062406");
    key_period(&east, 1687647600000000, hour); /* 23:00 UTC */
    assert_string_equal(hour, "2023062508");
    key_period(&utc, -1, hour);
    assert_string_equal(hour, "0000000000");
}

static void test_urls(void **state)
{
    static const struct {
        const char *url, *shown; /* shown: what redis_url_show says, or the error */
    } cases[] = {
        {"redis://127.0.0.1", "redis://127.0.0.1:6379/0"},
        {"redis://[::1]:7000/3", "redis://[::1]:7000/3"},
        {"redis://joe:se%40cret@h.example:1/2", "redis://h.example:1/2"},
        {"redis://:pw@h/", "redis://h:6379/0"},
        {"unix:///run/redis%20x.sock", "unix:///run/redis x.sock"},
        {"unix:///r.sock?db=4", "unix:///r.sock?db=4"},
        {"redis://", "the Redis URL cannot be used: it names no host"},
        {"redis://h:0", "the Redis URL cannot be used: the port is not a number from 1 to 65535"},
        {"redis://h:99999", "the Redis URL cannot be used: the port is not a number from 1 to 65535"},
        {"redis://h/x", "the Redis URL cannot be used: the database is not a number from 0 to 1023"},
        {"redis://a:b%zz@h", "the Redis URL cannot be used: the password is not properly percent-encoded"},
        {"redis://a:b%0@h", "the Redis URL cannot be used: the password is not properly percent-encoded"},
        {"redis://[::1", "the Redis URL cannot be used: the address has no closing bracket"},
        {"unix://run/x", "the Redis URL cannot be used: a Unix socket needs an absolute path: "
                         "unix:///run/redis/redis.sock"},
        {"unix:///x?nope=1", "the Redis URL cannot be used: after ? only db= is known"},
        {"rediss://joe:pw@h/2", "rediss://h:6379/2"},
        {"redis+sentinel://a,b:7/main", "redis+sentinel://a:26379,.../main/0"},
        {"redis+sentinel://u:p@[::1]:7/main/3", "redis+sentinel://::1:7/main/3"},
        {"redis+sentinel:///main", "the Redis URL cannot be used: it names no host"},
        {"redis+sentinel://a,,b/main", "the Redis URL cannot be used: it names no host"},
        {"redis+sentinel://a:1", "the Redis URL cannot be used: it does not name the master: "
                                 "redis+sentinel://host:26379/NAME"},
        {"redis+cluster://h", "redis+cluster://h:6379"},
        {"redis+cluster://u:p@a,b:7,[2001:db8::1]:8/0", "redis+cluster://a:6379,..."},
        {"rediss+cluster://a:1/", "rediss+cluster://a:1"},
        {"redis+cluster://a/1", "the Redis URL cannot be used: a cluster has database 0 only"},
        {"redis+cluster://", "the Redis URL cannot be used: it names no host"},
        {"http://h", "the Redis URL cannot be used: it begins with none of redis://, rediss://, redis+sentinel://, "
                     "redis+cluster:// and unix://"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct redis_url u;
        char text[256];

        if (redis_url_parse(cases[i].url, &u, text, sizeof(text)) == 0)
            redis_url_show(&u, text, sizeof(text));
        assert_string_equal(text, cases[i].shown);
        redis_url_free(&u);
    }
}

static void test_url_secrets(void **state)
{
    struct redis_url u;
    char err[256];

    (void)state;
    assert_int_equal(redis_url_parse("redis://jo%65:s%3A%40@h", &u, err, sizeof(err)), 0);
    assert_string_equal(u.user, "joe");
    assert_string_equal(u.password, "s:@");
    redis_url_free(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_address_keeps_colons),
        cmocka_unit_test(test_long_values_are_cut),
        cmocka_unit_test(test_cut_form_of_key_is_that_of_member),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_url_secrets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
