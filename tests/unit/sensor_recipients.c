/* SPDX-License-Identifier: Apache-2.0 */
/* recipients and json: no known recipient passes a redacting sink; every byte string comes out as valid JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>

#include "sensor/publish/json.h"
#include "sensor/publish/recipients.h"
#include "sensor/publish/url_password.h"

static struct record record;
#define PATH(s) {.path = {(const uint8_t *)s, sizeof(s) - 1}}
static struct smtp_rcpt rcpt[] = {
    PATH("<Taro.Yamada@Example.jp>"), PATH("<a@b.example>"), PATH("<u@例え.jp>"), PATH("<dot@c.example.>"),
    PATH("<u+tag@b.example>"),
    PATH("<reply+0123456789012345678901234567890123456789012345678901234567890123456789@b.example>")};

static const struct {
    const char *what;
    enum recipients_mode mode;
    const char *in, *out;
} table[] = {
    {"envelope", RECIPIENTS_DOMAIN, "<taro.yamada@example.jp>", "<@example.jp>"},
    {"any case", RECIPIENTS_DOMAIN, "TARO.YAMADA@EXAMPLE.JP", "@EXAMPLE.JP"},
    {"percent-encoded in a URL", RECIPIENTS_DOMAIN, "https://x.example/?e=taro.yamada%40example.jp&z=1",
     "https://x.example/?e=%40example.jp&z=1"},
    {"percent-encoded, also its plus sign, in capitals and small letters", RECIPIENTS_DOMAIN,
     "?e=u%2Btag%40b.example&f=u%2btag@b.example", "?e=%40b.example&f=@b.example"},
    {"every letter percent-encoded", RECIPIENTS_DOMAIN, "?e=%61%40%62%2e%65%78%61%6d%70%6c%65;", "?e=%40%62%2e%65%78%61%6d%70%6c%65;"},
    {"a URL inside a URL: percent-encoded twice", RECIPIENTS_NONE, "?u=https%3A%2F%2Fx.example%2F%3Fe%3Du%252Btag%2540b.example%26z",
     "?u=https%3A%2F%2Fx.example%2F%3Fe%3D%2540%26z"},
    {"VERP, percent-encoded", RECIPIENTS_DOMAIN, "?v=off%2Ba%3Db.example", "?v=off%2B%3Db.example"},
    {"a Q word of a raw header", RECIPIENTS_DOMAIN, "=?utf-8?q?F=C3=BCr_u=2Btag=40b=2Eexample?=", "=?utf-8?q?F=C3=BCr_=40b=2Eexample?="},
    {"xtext of an ESMTP parameter", RECIPIENTS_DOMAIN, "rfc822;u+2Btag+40b.example", "rfc822;+40b.example"},
    {"a link inside urldefense's second form", RECIPIENTS_DOMAIN, "?u=https-3A__x.example_-3Fe-3Da-40b.example&d=1",
     "?u=https-3A__x.example_-3Fe-3D-40b.example&d=1"},
    {"a password", RECIPIENTS_FULL, "see https://u:pass@h.example/a, ftp://v:w@i.example", "see https://u:***@h.example/a, ftp://v:***@i.example"},
    {"a password and a recipient", RECIPIENTS_DOMAIN, "https://u:p@h.example/?a@b.example", "https://u:***@h.example/?@b.example"},
    {"a password with @ and : in it", RECIPIENTS_FULL, "//u:p:q@r@h.example", "//u:***@h.example"},
    {"a password without a user", RECIPIENTS_FULL, "http://:secret@h.example/", "http://:***@h.example/"},
    {"slashes written as a browser takes them", RECIPIENTS_FULL, "http:\\\\u:p1@h http:/\\u:p2@h HTTPS:\\u:p3@h",
     "http:\\\\u:***@h http:/\\u:***@h HTTPS:\\u:***@h"},
    {"one slash, three, or none", RECIPIENTS_FULL, "ftp:/u:p1@h http:///u:p2@h wss:u:p3@h", "ftp:/u:***@h http:///u:***@h wss:u:***@h"},
    {"back slashes without a scheme", RECIPIENTS_FULL, "\\/u:p1@h /\\u:p2@h \\\\u:p3@h", "\\/u:***@h /\\u:***@h \\\\u:***@h"},
    {"slashes escaped, which a browser takes for the user's", RECIPIENTS_FULL, "http:%2f%2fu:p1@h, http:%5C%5Cu:p2@h",
     "http:%2f%2fu:***@h, http:%5C%5Cu:***@h"},
    {"an escaped scheme", RECIPIENTS_FULL, "/r?u=http%3a%2f%2fu:pw@h", "/r?u=http%3a%2f%2fu:***@h"},
    {"the same, twice", RECIPIENTS_FULL, "/r?u=http%253a%252fu%253apw@h", "/r?u=http%253a%252fu%253a***@h"},
    {"a Q word's escapes", RECIPIENTS_FULL, "http=3A//u=3Apw@h", "http=3A//u=3A***@h"},
    {"all of a Q word escaped but its @", RECIPIENTS_FULL, "=?utf-8?q?http=3A=2F=2Fu=3Apw@h?=", "=?utf-8?q?http=3A=2F=2Fu=3A***@h?="},
    {"and without a scheme", RECIPIENTS_FULL, "=?utf-8?q?=2F=5Cu:pw@h?=", "=?utf-8?q?=2F=5Cu:***@h?="},
    {"urldefense's second form, with an @ that is none of it", RECIPIENTS_FULL, "?u=http-3A__u-3Apw@h_x&d", "?u=http-3A__u-3A***@h_x&d"},
    {"quotation marks and brackets in a password", RECIPIENTS_FULL, "http://u:p\"q<r>s@h", "http://u:***@h"},
    {"and behind a port", RECIPIENTS_FULL, "<http://h:80><a@b> \"http://h:\"a@b", "<http://h:80><a@b> \"http://h:\"a@b"},
    {"no URL, nor one with a password", RECIPIENTS_FULL, "maps:a:b@c.example http:u@h 10\\2:a:b@c http://h/x:y@z",
     "maps:a:b@c.example http:u@h 10\\2:a:b@c http://h/x:y@z"},
    {"a user named like a scheme", RECIPIENTS_FULL, "http://http:pw@h //ws:http:u@h", "http://http:***@h //ws:***@h"},
    {"a password in a URL in a URL", RECIPIENTS_FULL, "?u=https%3A%2F%2Fu%3Apa%2540ss%40h.example%2Fx", "?u=https%3A%2F%2Fu%3A***%40h.example%2Fx"},
    {"the same, twice", RECIPIENTS_FULL, "?u=https%253A%252F%252Fu%253Apass%2540h.example%252F", "?u=https%253A%252F%252Fu%253A***%2540h.example%252F"},
    {"the same, half encoded", RECIPIENTS_FULL, "?u=https%3A//u%3Apass%40h.example/", "?u=https%3A//u%3A***%40h.example/"},
    {"the same, urldefense's second form", RECIPIENTS_FULL, "?u=https-3A__u-3Apass-40h.example_x&d", "?u=https-3A__u-3A***-40h.example_x&d"},
    {"a password in base64", RECIPIENTS_FULL, "?b=aHR0cHM6Ly91OnBhc3NAaC5leGFtcGxlLw", "?b=aHR0cHM6Ly91OioqKkBoLmV4YW1wbGUv"},
    {"a port, a user and a path are no password", RECIPIENTS_FULL, "https://h.example:80/a:b@c https://u@h.example //h/@", "https://h.example:80/a:b@c https://u@h.example //h/@"},
    {"full", RECIPIENTS_FULL, "a@b.example", "a@b.example"},
    {"VERP", RECIPIENTS_DOMAIN, "<bounce+taro.yamada=example.jp@list.example>",
     "<bounce+=example.jp@list.example>"},
    {"in a sentence", RECIPIENTS_DOMAIN, "5.1.1 taro.yamada@example.jp unknown, a@b.example too",
     "5.1.1 @example.jp unknown, @b.example too"},
    {"sentence end", RECIPIENTS_DOMAIN, "for a@b.example.", "for @b.example."},
    {"another person of that domain", RECIPIENTS_DOMAIN, "hanako@example.jp", "hanako@example.jp"},
    {"longer domain", RECIPIENTS_DOMAIN, "a@b.example.org", "a@b.example.org"},
    {"a word of Japanese right behind it", RECIPIENTS_DOMAIN, "a@b.example様、お知らせ", "@b.example様、お知らせ"},
    {"a full-width bracket right behind it", RECIPIENTS_NONE, "（a@b.example）", "（@）"},
    {"an underscore behind it", RECIPIENTS_DOMAIN, "a@b.example_1", "@b.example_1"},
    {"a file's name", RECIPIENTS_DOMAIN, "voice-a@b.example.HTML", "voice-@b.example.HTML"},
    {"a file's name, none", RECIPIENTS_NONE, "a@b.example_2024.pdf", "@_2024.pdf"},
    {"a domain of Japanese", RECIPIENTS_DOMAIN, "お客様:u@例え.jp様 u@例え.jp", "お客様:@例え.jp様 @例え.jp"},
    {"a local part longer than RFC 5321 allows", RECIPIENTS_DOMAIN,
     "reply+0123456789012345678901234567890123456789012345678901234567890123456789@b.example",
     "@b.example"},
    {"a dot behind the domain of the envelope", RECIPIENTS_DOMAIN, "dot@c.example, dot@c.example.", "@c.example, @c.example."},
    {"none", RECIPIENTS_NONE, "to a@b.example now", "to @ now"},
    {"base64 in a URL", RECIPIENTS_DOMAIN, "https://x.example/?b=VGFyby5ZYW1hZGFAZXhhbXBsZS5qcA&z=1",
     "https://x.example/?b=QGV4YW1wbGUuanA&z=1"},
    {"base64 in a URL, behind 1 letters", RECIPIENTS_DOMAIN, "https://x.example/?b=xVGFyby5ZYW1hZGFAZXhhbXBsZS5qcA&z=1",
     "https://x.example/?b=xQGV4YW1wbGUuanA&z=1"},
    {"base64 in a URL, behind 2 letters", RECIPIENTS_DOMAIN, "https://x.example/?b=xyVGFyby5ZYW1hZGFAZXhhbXBsZS5qcA&z=1",
     "https://x.example/?b=xyQGV4YW1wbGUuanA&z=1"},
    {"base64 in a URL, behind 3 letters", RECIPIENTS_DOMAIN, "https://x.example/?b=xyzVGFyby5ZYW1hZGFAZXhhbXBsZS5qcA&z=1",
     "https://x.example/?b=xyzQGV4YW1wbGUuanA&z=1"},
    {"base64 of more than the address", RECIPIENTS_DOMAIN, "/aaaaaaaaaaaa/bT1hQGIuZXhhbXBsZTt4", "/aaaaaaaaaaaa/bT1AYi5leGFtcGxlO3g"},
    {"base64 of somebody else", RECIPIENTS_DOMAIN, "?aGFAYi5leGFtcGxlLm9yZw==", "?aGFAYi5leGFtcGxlLm9yZw=="},
    {"base64 and clear", RECIPIENTS_NONE, "YUBiLmV4YW1wbGU a@b.example", "QA @"},
    {"glued behind other text: hidden rather than shown", RECIPIENTS_DOMAIN, "x=a@b.example;ya@b.example",
     "x=@b.example;y@b.example"},
};

static void known_recipients_are_replaced(void **state)
{
    struct mem m;

    (void)state;
    mem_init(&m, 0);
    record.rcpt = rcpt;
    record.rcpt_n = sizeof(rcpt) / sizeof(*rcpt);
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct recipients_policy policy = {.mode = table[i].mode};
        struct redactor *x = redactor_new(&m, &policy);
        struct span out;

        redactor_begin(x, &record);
        out = redactor_apply(x, span_cstr(table[i].in));
        if (!span_eq(out, span_cstr(table[i].out)))
            fail_msg("%s: got '%.*s', want '%s'", table[i].what, SPAN_FMT(out), table[i].out);
        redactor_free(x);
    }
    assert_int_equal(m.used, 0);
}

/* Three recipients, the second of which without the first spells the third: each is hidden, and what the
 * redactor wrote is not read by it while it writes (found by fuzz_record, a use after free). */
static void recipients_inside_each_other(void **state)
{
    static struct smtp_rcpt nested[3] = {{.path = {(const uint8_t *)"<a@b.example>", 13}},
                                         {.path = {(const uint8_t *)"<a=b.example@c.example>", 23}},
                                         {.path = {(const uint8_t *)"<=b.example@c.example>", 22}}};
    struct record r = {.type = RECORD_SMTP, .rcpt = nested, .rcpt_n = 3};
    struct json_options o = {.recipients = {.mode = RECIPIENTS_DOMAIN}, .sensor = SPAN("s")};
    struct mem m;
    struct buf out;
    struct span want = SPAN("\"rcpt_to\":[\"<@b.example>\",\"<@c.example>\",\"<@c.example>\"]");

    (void)state;
    mem_init(&m, 0);
    buf_init(&out, &m, 65536);
    o.redactor = redactor_new(&m, &o.recipients);
    assert_true(record_json(&out, &r, &o));
    if (span_find_span(buf_span(&out), 0, want) == out.n)
        fail_msg("got %.*s", SPAN_FMT(buf_span(&out)));
    redactor_free(o.redactor);
    buf_free(&out);
}

/* "RCPT TO:" says nothing, but was answered: who reads codes beside recipients must not take the next one's. */
static void recipients_stand_beside_their_codes(void **state)
{
    static struct smtp_rcpt given[2] = {{.code = 501}, {.path = {(const uint8_t *)"<a@b.example>", 13}, .code = 250}};
    static const struct {
        enum recipients_mode mode;
        const char *want;
    } ways[] = {{RECIPIENTS_FULL, "\"rcpt_to\":[\"\",\"<a@b.example>\"]"},
                {RECIPIENTS_DOMAIN, "\"rcpt_to\":[\"\",\"<@b.example>\"]"},
                {RECIPIENTS_NONE, "\"rcpt\":[501,250]"}};
    struct record r = {.type = RECORD_SMTP, .rcpt = given, .rcpt_n = 2};
    struct mem m;
    struct buf out;

    (void)state;
    mem_init(&m, 0);
    buf_init(&out, &m, 65536);
    for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
        struct json_options o = {.recipients = {.mode = ways[i].mode}, .sensor = SPAN("s")};

        buf_clear(&out);
        o.redactor = redactor_new(&m, &o.recipients);
        assert_true(record_json(&out, &r, &o));
        if (span_find_span(buf_span(&out), 0, span_cstr(ways[i].want)) == out.n)
            fail_msg("got %.*s", SPAN_FMT(buf_span(&out)));
        assert_true((span_find_span(buf_span(&out), 0, SPAN("rcpt_to")) == out.n) == (ways[i].mode == RECIPIENTS_NONE));
        redactor_free(o.redactor);
    }
    buf_free(&out);
}

/* What is read of a Received field is written from the field's own look where that found nothing. Here it finds something: what steers
 * JSON, a password, a recipient in the id, which must not come out of the second place either. */
static void parts_of_a_field_are_hidden_like_the_field(void **state)
{
    static const struct {
        enum recipients_mode mode;
        const char *field, *want;
    } ways[] = {
        {RECIPIENTS_FULL, "from a.example by b.example with ESMTP id X1", "\"id\":\"X1\""},
        {RECIPIENTS_FULL, "from a.example by b.example with ESMTP id X\"1", "\"id\":\"X\\\"1\""},
        {RECIPIENTS_FULL, "from a.example by b.example with ESMTP id //u:p@h.example", "\"id\":\"//u:***@h.example\""},
        {RECIPIENTS_DOMAIN, "from a.example by b.example with ESMTP id a@b.example", "\"id\":\"@b.example\""},
        {RECIPIENTS_DOMAIN, "from a.example by b.example with ESMTP id X1", "\"id\":\"X1\""},
    };
    struct mem m;
    struct buf out;

    (void)state;
    mem_init(&m, 0);
    buf_init(&out, &m, 65536);
    for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
        struct json_options o = {.recipients = {.mode = ways[i].mode}, .sensor = SPAN("s")};
        struct span field = span_cstr(ways[i].field);
        struct received hop;
        struct record r = {.type = RECORD_SMTP, .rcpt = rcpt, .rcpt_n = 2, .has_email = true, .hops = &hop, .hops_n = 1,
                           .email.received = {.items = &field, .n = 1}};

        received_parse(field, &hop);
        o.redactor = redactor_new(&m, &o.recipients);
        assert_true(record_json(&out, &r, &o));
        if (span_find_span(buf_span(&out), 0, span_cstr(ways[i].want)) == out.n)
            fail_msg("%s: got %.*s", ways[i].field, SPAN_FMT(buf_span(&out)));
        redactor_free(o.redactor);
        buf_clear(&out);
    }
    buf_free(&out);
}

/* A host is what a sender wrote: its domain is looked at for itself where the host is not plain. */
static void a_domain_is_escaped_like_its_host(void **state)
{
    struct link l = {.url = SPAN("http://a.b\"c.example/"), .scheme = SPAN("http"), .host = SPAN("a.b\"c.example"), .domain = SPAN("b\"c.example")};
    struct json_options o = {.sensor = SPAN("s")};
    struct record r = {.type = RECORD_SMTP, .has_email = true, .links = &l, .links_n = 1};
    struct mem m;
    struct buf out;

    (void)state;
    mem_init(&m, 0);
    buf_init(&out, &m, 65536);
    o.redactor = redactor_new(&m, &o.recipients);
    assert_true(record_json(&out, &r, &o));
    if (span_find_span(buf_span(&out), 0, SPAN("\"domain\":\"b\\\"c.example\"")) == out.n)
        fail_msg("got %.*s", SPAN_FMT(buf_span(&out)));
    redactor_free(o.redactor);
    buf_free(&out);
}

/* No memory to undo the escapes: whether a password stands in it cannot be told. Then the text is left out, and the record says that
 * something is; the next record, with memory again, is whole. */
static void what_cannot_be_looked_at_is_withheld_and_told(void **state)
{
    struct json_options o = {.sensor = SPAN("s"), .recipients = {.mode = RECIPIENTS_FULL}};
    struct record r = {.type = RECORD_SMTP, .has_email = true, .email.subject = SPAN("http:%2f%2fuser:pw@host.example/")};
    struct mem m, of_lines;
    struct buf out;

    (void)state;
    mem_init(&m, 0);
    mem_init(&of_lines, 0);
    buf_init(&out, &of_lines, 65536);
    o.redactor = redactor_new(&m, &o.recipients);
    m.fail_after = -1;
    for (int short_of_memory = 1; short_of_memory >= 0; short_of_memory--) {
        buf_clear(&out);
        assert_true(record_json(&out, &r, &o));
        assert_int_equal(span_find_span(buf_span(&out), 0, SPAN("pw")), out.n);
        assert_int_equal(span_find_span(buf_span(&out), 0, SPAN("\"subject\":")) == out.n, short_of_memory);
        assert_int_equal(span_find_span(buf_span(&out), 0, SPAN("\"anomalies\":[\"record.too_large\"]")) < out.n, short_of_memory);
        m.fail_after = 0;
    }
    redactor_free(o.redactor);
    buf_free(&out);
}

/* Vector: HMAC-SHA-256(key "k", "a@b.example"), its first 16 bytes, by openssl dgst. */
static void hmac_is_of_the_lower_case_address(void **state)
{
    struct recipients_policy policy = {.mode = RECIPIENTS_HMAC, .key = SPAN("k")};
    struct mem m;
    struct redactor *x;
    struct span lower, upper;
    char first[128];

    (void)state;
    mem_init(&m, 0);
    x = redactor_new(&m, &policy);
    redactor_begin(x, &record);
    lower = redactor_apply(x, SPAN("<a@b.example>"));
    assert_int_equal(lower.n, 1 + 32 + 1 + 9 + 1);
    memcpy(first, lower.p + 1, 32);
    assert_memory_equal(first, "fd60e03df82541a74a0f195335be95fb", 32);
    upper = redactor_apply(x, SPAN("<A@b.example>"));
    assert_memory_equal(first, upper.p + 1, 32);
    redactor_free(x);
}

static const struct {
    const char *what;
    struct span in;
    const char *out;
} strings[] = {
    {"plain", {(const uint8_t *)"abc", 3}, "\"abc\""},
    {"quotes", {(const uint8_t *)"a\"b\\c", 5}, "\"a\\\"b\\\\c\""},
    {"controls", {(const uint8_t *)"\0\n\x1b\x7f", 4}, "\"\\u0000\\n\\u001b\\u007f\""},
    {"UTF-8", {(const uint8_t *)"\xe3\x81\x82", 3}, "\"\xe3\x81\x82\""},
    {"cut UTF-8", {(const uint8_t *)"\xe3\x81", 2}, "\"\xef\xbf\xbd\xef\xbf\xbd\""},
    {"overlong", {(const uint8_t *)"\xc0\xaf", 2}, "\"\xef\xbf\xbd\xef\xbf\xbd\""},
    {"surrogate", {(const uint8_t *)"\xed\xa0\x80", 3}, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    {"C1", {(const uint8_t *)"\xc2\x9b", 2}, "\"\\u009b\""},
    {"right-to-left override", {(const uint8_t *)"a\xe2\x80\xae" "b", 5}, "\"a\\u202eb\""},
    {"zero width", {(const uint8_t *)"\xe2\x80\x8b\xef\xbb\xbf", 6}, "\"\\u200b\\ufeff\""},
    {"four bytes", {(const uint8_t *)"\xf0\x9f\x98\x80", 4}, "\"\xf0\x9f\x98\x80\""},
};

static void strings_are_valid_json(void **state)
{
    struct mem m;
    struct buf out;

    (void)state;
    mem_init(&m, 0);
    buf_init(&out, &m, 4096);
    for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++) {
        struct json j = {.out = &out};

        buf_clear(&out);
        json_text(&j, NULL, strings[i].in);
        if (!span_eq(buf_span(&out), span_cstr(strings[i].out)))
            fail_msg("%s: got %.*s", strings[i].what, SPAN_FMT(buf_span(&out)));
    }
    buf_free(&out);
}

static void empty_objects_are_taken_back(void **state)
{
    struct mem m;
    struct buf out;
    struct json j = {.out = &out};
    struct json_mark mark;

    (void)state;
    mem_init(&m, 0);
    buf_init(&out, &m, 4096);
    json_open(&j, NULL, '{');
    json_number(&j, "a", -5);
    mark = json_try(&j, "empty", '{');
    json_text(&j, "absent", (struct span){NULL, 0});
    json_end_try(&j, mark, '}');
    json_number(&j, "b", INT64_MIN);
    json_close(&j, '}');
    assert_true(span_eq(buf_span(&out), SPAN("{\"a\":-5,\"b\":-9223372036854775808}")));
    buf_free(&out);
}

/* What a password needs, behind one, two or three bytes of any kind and in front of any, is seen in base64 before that is undone. */
static void what_passwords_need_is_seen_in_base64(void **state)
{
    struct mem m;
    struct buf out;
    uint8_t raw[8] = "aaaaaaa";

    (void)state;
    mem_init(&m, 0);
    buf_init(&out, &m, 4096);
    for (unsigned k = 0; k < 2 * 3 * 65536; k++) {
        size_t at = 1 + k / 65536 % 3;

        memset(raw, 'a', sizeof(raw));
        memcpy(raw + at, k / 65536 < 3 ? "//" : "40", 2);
        raw[at - 1] = (uint8_t)k;
        raw[at + 2] = (uint8_t)(k >> 8);
        buf_clear(&out);
        base64_done(&out, span_of(raw, sizeof(raw)));
        if (base64_run(buf_span(&out), 0) >= 8)
            assert_true(url_password_coded(buf_span(&out)));
    }
    assert_false(url_password_coded(SPAN("i8xvLALyxaHR0cDovZXhhbXBsZS9h")));
    buf_free(&out);
}

static void assert_number(struct buf *out, int64_t n)
{
    struct json j = {.out = out};
    char text[32];

    buf_clear(out);
    json_number(&j, "n", n);
    buf_add_byte(out, 0);
    snprintf(text, sizeof(text), "\"n\":%lld", (long long)n);
    assert_string_equal((const char *)out->p, text);
}

/* Every length, around every border of a digit more, and four digits whatever they are. */
static void numbers_as_printf_has_them(void **state)
{
    struct mem m;
    struct buf out;
    uint64_t power = 1;

    (void)state;
    mem_init(&m, 0);
    buf_init(&out, &m, 4096);
    for (int64_t n = 0; n < 10000; n++) {
        assert_number(&out, n);
        assert_number(&out, n * 10000 + 9999 - n);
    }
    for (unsigned digits = 1; digits <= 19; digits++, power *= 10)
        for (int64_t n = (int64_t)power - 3; n < (int64_t)power + 3; n++) {
            assert_number(&out, n);
            assert_number(&out, -n);
            assert_number(&out, n / 7 * 6);
        }
    assert_number(&out, INT64_MAX);
    assert_number(&out, INT64_MIN);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_recipients_are_replaced),
        cmocka_unit_test(recipients_inside_each_other),
        cmocka_unit_test(recipients_stand_beside_their_codes),
        cmocka_unit_test(parts_of_a_field_are_hidden_like_the_field),
        cmocka_unit_test(a_domain_is_escaped_like_its_host),
        cmocka_unit_test(what_cannot_be_looked_at_is_withheld_and_told),
        cmocka_unit_test(hmac_is_of_the_lower_case_address),
        cmocka_unit_test(strings_are_valid_json),
        cmocka_unit_test(what_passwords_need_is_seen_in_base64),
        cmocka_unit_test(numbers_as_printf_has_them),
        cmocka_unit_test(empty_objects_are_taken_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
