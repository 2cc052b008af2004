/* SPDX-License-Identifier: Apache-2.0 */
/* record_json_link: the first links of a mail are put together from what stands in the line already, those behind the 256th are not. So
 * the same links, first and behind 256 others, must come out as the same text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "sensor/publish/recipients.h"
#include "sensor/publish/record_json_link.h"

#define S(literal) SPAN_INIT(literal)
static const struct span https = S("https"), http = S("http"), ftp = S("ftp");
#define HOST(name) .host = S(name), .domain = S("example.com")

/* The scheme is set by name: links have the two usual ones from one place. */
static const struct {
    const char *why, *scheme;
    struct link link;
} rows[] = {
    {"the first of its host", "https", {.url = S("https://a.example.com/1"), HOST("a.example.com"), .path = S("/1"), .tag = "a", .in = LINK_IN_HTML}},
    {"the second, in all the same", "https", {.url = S("https://a.example.com/22"), HOST("a.example.com"), .path = S("/22"), .host_back = 1, .tag = "a", .in = LINK_IN_HTML}},
    {"another scheme", "http", {.url = S("http://a.example.com/3"), HOST("a.example.com"), .path = S("/3"), .host_back = 2, .tag = "a", .in = LINK_IN_HTML}},
    {"as the one before", "http", {.url = S("http://a.example.com/4"), HOST("a.example.com"), .path = S("/4"), .host_back = 1}},
    {"a port", "http", {.url = S("http://a.example.com:81/4"), HOST("a.example.com"), .path = S("/4"), .port = 81, .host_back = 1}},
    {"no path", "http", {.url = S("http://a.example.com"), HOST("a.example.com"), .host_back = 1}},
    {"no scheme", NULL, {.url = S("a.example.com"), HOST("a.example.com"), .host_back = 1, .tag = "bare"}},
    {"no scheme, a path", NULL, {.url = S("a.example.com/5"), HOST("a.example.com"), .path = S("/5"), .host_back = 1, .tag = "bare"}},
    {"a scheme again", "https", {.url = S("https://a.example.com/6"), HOST("a.example.com"), .path = S("/6"), .host_back = 8, .tag = "address", .in = LINK_IN_HTML}},
    {"something to escape", "https", {.url = S("https://a.example.com/\"\n\xff"), HOST("a.example.com"), .path = S("/\"\n\xff"), .host_back = 1, .tag = "a", .in = LINK_IN_HTML}},
    {"a password in the path", "https", {.url = S("https://a.example.com/?https://u:pw@b.example/"), HOST("a.example.com"), .path = S("/?https://u:pw@b.example/"), .host_back = 1, .in = LINK_IN_ATTACHMENT}},
    {"text", "https", {.url = S("https://a.example.com/7"), HOST("a.example.com"), .path = S("/7"), .host_back = 1, .text = S("caf\xc3\xa9 \"x\""), .text_host = S("x.example"), .tag = "a", .in = LINK_IN_HTML}},
    {"another host", "ftp", {.url = S("ftp://c.example.com/8"), HOST("c.example.com"), .path = S("/8"), .in = LINK_IN_HEADER}},
    {"wrapped", "https", {.url = S("https://a.example.com/9"), HOST("a.example.com"), .path = S("/9"), .host_back = 2, .wrapped = S("ftp://c.example.com/8"), .tag = "a", .in = LINK_IN_HTML}},
    {"an address", "http", {.url = S("http://192.0.2.1/"), .host = S("192.0.2.1"), .path = S("/"), .ip = {4, {192, 0, 2, 1}}, .tag = "img", .in = LINK_IN_HTML}},
    {"the same address", "http", {.url = S("http://192.0.2.1/x"), .host = S("192.0.2.1"), .path = S("/x"), .ip = {4, {192, 0, 2, 1}}, .host_back = 1, .tag = "img", .in = LINK_IN_HTML}},
};
enum { ROWS = sizeof(rows) / sizeof(*rows) };

static struct span scheme_of(const char *name)
{
    return !name ? (struct span){NULL, 0} : !strcmp(name, "https") ? https : !strcmp(name, "http") ? http : ftp;
}

/* What stands between the brackets of links, when others stand before the rows. */
static const char *written(struct buf *out, uint32_t others, struct redactor *redactor)
{
    static struct link links[LINKS_KEPT + ROWS];
    static struct links_written w;
    struct json j = {.out = out, .redact = redactor};
    struct record r = {.links = links, .links_n = others + ROWS};

    memset(links, 0, sizeof(links));
    for (uint32_t i = 0; i < others; i++)
        links[i] = (struct link){.url = S("x.example"), .host = S("x.example"), .tag = "a"};
    for (uint32_t i = 0; i < ROWS; i++) {
        links[others + i] = rows[i].link;
        links[others + i].scheme = scheme_of(rows[i].scheme);
    }
    buf_clear(out);
    links_written_begin(&w);
    j.only_marked = redactor_only_marked(redactor);
    json_urls(&j, &r, &w);
    json_links(&j, &r, &w);
    buf_add_byte(out, 0);
    return strstr((const char *)out->p, "\"links\":[") + strlen("\"links\":[");
}

static void first_as_behind_256(void **state)
{
    const struct recipients_policy policy = {.mode = RECIPIENTS_FULL};
    struct mem m;
    struct buf first, behind;
    const char *a, *b;
    struct redactor *redactor;

    (void)state;
    mem_init(&m, 0);
    redactor = redactor_new(&m, &policy);
    buf_init(&first, &m, 1 << 20);
    buf_init(&behind, &m, 1 << 20);
    for (int hidden = 0; hidden < 2; hidden++) {
        a = written(&first, 0, hidden ? redactor : NULL);
        b = written(&behind, LINKS_KEPT, hidden ? redactor : NULL);
        assert_true(strlen(b) > strlen(a));
        assert_string_equal(a, b + strlen(b) - strlen(a));
        assert_int_equal(strstr(a, "u:pw@") == NULL, hidden);
    }
    redactor_free(redactor);
    buf_free(&first);
    buf_free(&behind);
    assert_int_equal(m.used, 0);
}

/* What three rows say, in full. */
static void as_record_md_has_it(void **state)
{
    struct mem m;
    struct buf out;
    const char *a;

    (void)state;
    mem_init(&m, 0);
    buf_init(&out, &m, 1 << 20);
    a = written(&out, 0, NULL);
    assert_non_null(strstr(a, "{\"url\":\"https://a.example.com/22\",\"scheme\":\"https\",\"host\":\"a.example.com\",\"domain\":\"example.com\","
                              "\"path\":\"/22\",\"in\":\"html\",\"tag\":\"a\"},{\"url\":\"http://a.example.com/3\",\"scheme\":\"http\","
                              "\"host\":\"a.example.com\",\"domain\":\"example.com\",\"path\":\"/3\",\"in\":\"html\",\"tag\":\"a\"},"
                              "{\"url\":\"http://a.example.com/4\",\"scheme\":\"http\",\"host\":\"a.example.com\","
                              "\"domain\":\"example.com\",\"path\":\"/4\",\"in\":\"text\"},"));
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_as_behind_256),
        cmocka_unit_test(as_record_md_has_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
