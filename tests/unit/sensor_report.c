/* SPDX-License-Identifier: Apache-2.0 */
/* The report's rooms: hostile text on its way into HTML, links made unfollowable, which mails the register keeps, what is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/report/page.h"

static struct mem mem;

/* --- writing --- */

static struct whole_file written;

static struct html begin(void)
{
    written = (struct whole_file){.verb = "report", .fd = -1};
    buf_init(&written.out, &mem, 64 << 10);
    return (struct html){&written};
}

static void expect(struct html *h, const char *want)
{
    struct span got = buf_span(&h->file->out);

    if (!span_eq(got, span_cstr(want)))
        fail_msg("got  %.*s\nwant %s", SPAN_FMT(got), want);
    buf_free(&h->file->out);
}

static void test_text_stays_text(void **state)
{
    static const struct {
        const char *text, *html, *attribute;
    } cases[] = {
        {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;script&gt;alert(1)&lt;/script&gt;"},
        {"\" onmouseover='x' &amp;", "&quot; onmouseover=&#39;x&#39; &amp;amp;", "&quot; onmouseover=&#39;x&#39; &amp;amp;"},
        /* U+202E turns the line: "exe.gpj" would read jpg.exe */
        {"a\xe2\x80\xae" "exe.gpj", "a<b class=\"m\">U+202E</b>exe.gpj", "a[U+202E]exe.gpj"},
        {"\x1b[31mred", "<b class=\"m\">U+001B</b>[31mred", "[U+001B][31mred"},
        {"zero\xe2\x80\x8bwidth", "zero<b class=\"m\">U+200B</b>width", "zero[U+200B]width"},
        {"tag\xf3\xa0\x81\x81", "tag<b class=\"m\">U+E0041</b>", "tag[U+E0041]"},
        /* Letters that are nothing to see: Hangul fillers, a joiner, a note's anchor */
        {"a\xe3\x85\xa4" "b\xe1\x85\x9f" "c\xcd\x8f" "d\xef\xbf\xb9",
         "a<b class=\"m\">U+3164</b>b<b class=\"m\">U+115F</b>c<b class=\"m\">U+034F</b>d<b class=\"m\">U+FFF9</b>",
         "a[U+3164]b[U+115F]c[U+034F]d[U+FFF9]"},
        {"\xc2\x9b" "2J", "<b class=\"m\">U+009B</b>2J", "[U+009B]2J"},
        {"cut \xe3\x81", "cut \xef\xbf\xbd\xef\xbf\xbd", "cut \xef\xbf\xbd\xef\xbf\xbd"},
        {"日本語 全角", "日本語 全角", "日本語 全角"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char want[256];
        struct html h = begin();

        html_text(&h, span_cstr(cases[i].text));
        snprintf(want, sizeof(want), "<bdi>%s</bdi>", cases[i].html);
        expect(&h, want);
        h = begin();
        html_attribute(&h, span_cstr(cases[i].text));
        expect(&h, cases[i].attribute);
    }
}

/* A NUL ends a text of C, not one of a mail. */
static void test_nul_and_nothing(void **state)
{
    struct html h = begin();

    (void)state;
    html_text(&h, span_of("a\0<b", 4));
    html_text(&h, span_of(NULL, 0));
    html_text(&h, SPAN(""));
    expect(&h, "<bdi>a<b class=\"m\">U+0000</b>&lt;b</bdi>");
}

/* Cut by columns, never inside a character; full-width ones have two. */
static void test_heads(void **state)
{
    struct html h = begin();

    (void)state;
    html_head(&h, SPAN("abcdef"), 6);
    html_head(&h, SPAN("abcdefg"), 6);
    html_head(&h, SPAN("全角文字"), 7);
    html_svg_text(&h, SPAN("a\x1b<b>cccccccc"), 13);
    html_svg_host(&h, SPAN("www.a.example"), 8);
    html_svg_host(&h, SPAN("a.b"), 8);
    html_svg_host(&h, SPAN("全角文字"), 5);
    html_svg_host(&h, SPAN("\xff\xff" "ab"), 3);
    expect(&h, "<bdi>abcdef</bdi><bdi>abcde…</bdi><bdi>全角文…</bdi>a[U+001B]&lt;b&gt;……examplea.b…文字…ab");
    assert_int_equal(html_columns(SPAN("全角a")), 5);
}

/* The element ends at the first "</script", and a "<!--" before it would let it go on: neither can be in it. */
static void test_data(void **state)
{
    struct html h = begin();

    (void)state;
    html_data(&h, SPAN("[\"</script><!--<script>&\"]"));
    expect(&h, "[\"\\u003c/script\\u003e\\u003c!--\\u003cscript\\u003e\\u0026\"]");
}

static void test_defang(void **state)
{
    static const char *const cases[][2] = {
        {"https://www.evil.example/a.b?c.d", "hxxps://www[.]evil[.]example/a.b?c.d"},
        {"HTTP://EVIL.example", "hxxp://EVIL[.]example"},
        {"http://amazon.co.jp@192.0.2.1:8080/x", "hxxp://amazon[.]co[.]jp@192[.]0[.]2[.]1:8080/x"},
        {"https://redirect.example/?u=https://evil.example/&v=http%3A%2F%2Fevil",
         "hxxps://redirect[.]example/?u=hxxps://evil.example/&v=hxxp%3A%2F%2Fevil"},
        {"ftp://files.example/", "ftp://files[.]example/"},
        {"evil.example", "evil[.]example"},
        {"httpbin.example", "httpbin[.]example"},
        {"http:\\\\evil.example\\x", "hxxp:\\\\evil[.]example\\x"},
        {"mailto:a@evil.example", "mailto:a@evil[.]example"},
        {"evil.example:8080/a.b", "evil[.]example:8080/a.b"},
        {"", ""},
        {"http", "http"},
    };
    struct buf out;

    (void)state;
    buf_init(&out, &mem, 4096);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        buf_clear(&out);
        defang(&out, span_cstr(cases[i][0]));
        if (!span_eq(buf_span(&out), span_cstr(cases[i][1])))
            fail_msg("%s: got %.*s", cases[i][0], SPAN_FMT(buf_span(&out)));
    }
    buf_free(&out);
}

static void test_owner(void **state)
{
    struct buf scratch;

    (void)state;
    buf_init(&scratch, &mem, 256);
    assert_true(span_eq(owner_text(&scratch, SPAN("Example KK"), 64500), SPAN("Example KK (AS64500)")));
    assert_true(span_eq(owner_text(&scratch, SPAN("Example KK"), 0), SPAN("Example KK")));
    assert_true(span_eq(owner_text(&scratch, span_of(NULL, 0), 64500), SPAN("AS64500")));
    assert_int_equal(owner_text(&scratch, span_of(NULL, 0), 0).n, 0);
    buf_free(&scratch);
}

static void test_countries(void **state)
{
    (void)state;
    assert_true(span_eq(country_name(SPAN("JP")), SPAN("Japan")));
    assert_true(span_eq(country_name(SPAN("<b")), SPAN("<b")));
    assert_true(span_eq(country_name(SPAN("JPN")), SPAN("JPN")));
    assert_int_equal(country_name(span_of(NULL, 0)).n, 0);
}

/* --- the register --- */

static void take(struct mail_register *r, int64_t second, const char *subject, uint32_t mail)
{
    struct mail_facts f = {.subject = span_cstr(subject)};

    assert_true(register_take(r, &f, second, mail));
}

/* The latest are kept, whatever the order they come in; those seen before go at the end. */
static void test_latest_are_kept(void **state)
{
    static const int64_t seconds[] = {50, 10, 40, 20, 60, 30, 10, 70, 5};
    bool gone[9] = {[4] = true}; /* 60 */
    struct mail_register r;

    (void)state;
    assert_true(register_init(&r, 4));
    for (uint32_t i = 0; i < 9; i++)
        take(&r, seconds[i], "s", i);
    assert_int_equal(r.n, 4);
    register_sort(&r, gone);
    assert_int_equal(r.n, 3);
    assert_int_equal(r.rows[0]->second, 70);
    assert_int_equal(r.rows[1]->second, 50);
    assert_int_equal(r.rows[2]->second, 40);
    register_free(&r);
}

/* A text of megabytes is cut at a character, and the row says so. */
static void test_long_texts(void **state)
{
    char *text = calloc(1, 3 * 30000 + 1);
    struct mail_register r;
    bool gone[2] = {false};

    (void)state;
    for (unsigned i = 0; i < 30000; i++)
        memcpy(text + 3 * i, "全", 3);
    assert_true(register_init(&r, 4));
    take(&r, 1, text, 0);
    take(&r, 2, "short", 1);
    register_sort(&r, gone);
    assert_false(r.rows[0]->cut);
    assert_true(r.rows[1]->cut);
    assert_int_equal(r.rows[1]->text[ROW_SUBJECT].n, LIMIT_REPORT_TEXT / 3 * 3);
    register_free(&r);
    free(text);
}

/* --- the overview --- */

static bool feed(struct overview *o, const char *line)
{
    struct mail_facts f;
    bool more;

    assert_true(mail_facts_read(&f, span_cstr(line)));
    more = overview_take(o, &f, span_cstr(line));
    mail_facts_free(&f);
    return more;
}

#define MAIL(time, flow, ip, outcome, score, rest)                                                                      \
    "{\"timestamp\":\"" time ".000000+0000\",\"event_type\":\"smtp\",\"flow_id\":" flow ",\"tx_id\":0,\"email\":{\"subject\":\"s\"},"   \
    "\"mxtap\":{\"direction\":\"inbound\",\"role\":\"relay\",\"outcome\":\"" outcome "\",\"origin\":{\"ip\":\"" ip "\",\"helo\":\"H.Example.\"," \
    "\"hop\":0,\"org\":\"Net\",\"asn\":64500,\"country\":\"JP\"},\"subject_key\":\"s\",\"score\":" score rest "}}"

static void test_overview(void **state)
{
    struct period day = {.from = 19539 * 24, .to = 19540 * 24}; /* 2023-07-01 */
    struct overview o;

    (void)state;
    assert_true(overview_init(&o, &day, 100, 10));
    assert_true(feed(&o, MAIL("2023-07-01T07:00:00", "1", "192.0.2.1", "accepted", "3",
                              ",\"findings\":[{\"id\":\"a.b\",\"weight\":3},{\"id\":\"a.b\",\"weight\":3},{\"id\":\"c.d\",\"weight\":0}],\"links\":[{\"host\":\"X.example\"},"
                              "{\"host\":\"x.example\",\"ip\":[\"203.0.113.1\"]},{\"host\":\"y.example\",\"ip\":[\"203.0.113.1\"]}]")));
    assert_true(feed(&o, MAIL("2023-07-01T08:00:00", "2", "192.0.2.2", "refused", "30", "")));
    assert_true(feed(&o, MAIL("2023-07-01T08:00:00", "2", "192.0.2.2", "refused", "30", ""))); /* the same record again */
    assert_true(feed(&o, MAIL("2023-07-02T00:00:00", "3", "192.0.2.3", "accepted", "0", ""))); /* another day */
    assert_true(feed(&o, "{\"timestamp\":\"2023-07-01T09:00:00.0+0000\",\"event_type\":\"smtp\",\"mxtap\":{\"role\":\"submission\"}}"));
    assert_true(feed(&o, "{\"timestamp\":\"2023-07-01T09:00:00.0+0000\",\"event_type\":\"session\",\"mxtap\":{\"outcome\":\"encrypted\"}}"));
    assert_true(overview_settle(&o, 10));
    assert_int_equal(o.counted_mails, 2);
    assert_int_equal(o.copies, 1);
    assert_int_equal(o.outside, 1);
    assert_int_equal(o.not_inbound, 1);
    assert_int_equal(o.encrypted, 1);
    assert_int_equal(o.alerts, 1);
    assert_int_equal(o.outcomes[OVER_ACCEPTED], 1);
    assert_int_equal(o.outcomes[OVER_REFUSED], 1);
    assert_int_equal(o.register_.n, 2);
    assert_int_equal(o.counted_n[OVER_SENDER], 2);
    assert_int_equal(o.counted_n[OVER_NET], 1);
    assert_int_equal(o.counted[OVER_NET][0].mails, 2);
    assert_int_equal(o.counted_n[OVER_HOST], 2);       /* upper and lower case are one host */
    assert_int_equal(o.counted[OVER_SERVER][0].mails, 1); /* two hosts of one mail on it */
    assert_int_equal(o.counted_n[OVER_FINDING], 1);    /* what weighs nothing is of no trend */
    assert_int_equal(o.counted[OVER_FINDING][0].mails, 1);
    assert_true(span_eq(over_text(&o, OVER_HELO, 0), SPAN("h.example")));
    assert_true(span_eq(over_text(&o, OVER_OWNER, 0), SPAN("Net (AS64500)")));
    overview_free(&o);
}

static void test_limit(void **state)
{
    struct period all = {.all = true};
    struct overview o;

    (void)state;
    assert_true(overview_init(&o, &all, 1, 10));
    assert_true(feed(&o, MAIL("2023-07-01T07:00:00", "1", "192.0.2.1", "accepted", "3", "")));
    assert_false(feed(&o, MAIL("2023-07-01T08:00:00", "2", "192.0.2.2", "accepted", "3", "")));
    assert_true(o.full);
    assert_true(overview_settle(&o, 10));
    assert_int_equal(o.counted_mails, 1);
    overview_free(&o);
}

/* --- counters --- */

static void stats(struct health *h, const char *sensor, const char *time, unsigned packets, bool inside)
{
    char line[300];
    struct mail_facts f;

    snprintf(line, sizeof(line), "{\"timestamp\":\"%s.0+0000\",\"event_type\":\"stats\",\"mxtap\":{\"sensor\":\"%s\",\"counters\":"
             "{\"packets\":%u,\"flows_open\":%u}}}", time, sensor, packets, packets % 7);
    assert_true(mail_facts_read(&f, span_cstr(line)));
    health_take(h, &f, inside);
    mail_facts_free(&f);
}

/* What grew in the day: not what was counted before it, all of a run that began in it, every replay. */
static void test_counters(void **state)
{
    struct health h;

    (void)state;
    health_init(&h);
    stats(&h, "mx1", "2023-06-30T23:50:00", 1000, false);
    stats(&h, "mx1", "2023-07-01T00:10:00", 1010, true);
    stats(&h, "mx1", "2023-07-01T00:20:00", 1025, true);
    assert_int_equal(health_total(&h, "packets"), 25);
    stats(&h, "mx1", "2023-07-01T00:30:00", 5, true); /* it was started anew */
    assert_int_equal(health_total(&h, "packets"), 30);
    assert_false(h.since_start);
    stats(&h, "replay", "2023-07-01T00:30:00", 0, true); /* which is whole */
    assert_false(h.since_start);
    stats(&h, "mx2", "2023-07-01T00:30:00", 100, true); /* nobody knows how much of it is of the day */
    assert_true(h.since_start);
    assert_int_equal(health_total(&h, "packets"), 130);
    assert_int_equal(health_total(&h, "flows_open"), 5 % 7 + 100 % 7); /* a level: the last word of each */
    stats(&h, "replay", "2023-07-01T00:30:00", 50, true);
    stats(&h, "replay", "2023-07-01T00:30:00", 60, true);
    assert_int_equal(health_total(&h, "packets"), 240);
    assert_int_equal(health_total(&h, "nothing"), 0);
    assert_int_equal(h.records, 7);
    health_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_stays_text), cmocka_unit_test(test_nul_and_nothing), cmocka_unit_test(test_heads),
        cmocka_unit_test(test_data), cmocka_unit_test(test_defang), cmocka_unit_test(test_owner), cmocka_unit_test(test_countries),
        cmocka_unit_test(test_latest_are_kept), cmocka_unit_test(test_long_texts), cmocka_unit_test(test_overview),
        cmocka_unit_test(test_limit), cmocka_unit_test(test_counters),
    };

    setlocale(LC_CTYPE, "C.UTF-8");
    mem_init(&mem, 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
