/* SPDX-License-Identifier: Apache-2.0 */
/* One URL taken apart, resolved, masked; hosts and addresses in every spelling; registrable domains. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libpsl.h>

#include "decoders/link/suffix.h"
#include "decoders/link/suffix_rules.h"
#include "decoders/link/url.h"
#include "decoders/link/url_host.h"
#include "tests/unit/split.h"

struct parse_case {
    const char *name, *text, *expected; /* scheme|userinfo|host|port|path|ip, or NULL: no URL */
    enum url_form form;
};

static const struct parse_case parses[] = {
    {"plain", "http://a.com/x?y#z", "http||a.com|0|/x?y#z|", 0},
    {"no path", "https://a.com", "https||a.com|0||", 0},
    {"upper case", "HTTP://WWW.A.COM/X", "http||www.a.com|0|/X|", 0},
    {"port", "http://a.com:8080/", "http||a.com|8080|/|", 0},
    {"empty port", "http://a.com:/", "http||a.com|0|/|", 0},
    {"port too large", "http://a.com:99999/", "http||a.com|0|/|", 0},
    {"user", "http://me@a.com/", "http|me|a.com|0|/|", 0},
    {"user and password", "http://me:pw@a.com:81/", "http|me:pw|a.com|81|/|", 0},
    {"the last @ counts", "http://www.bank.com@x@evil.com/", "http|www.bank.com@x|evil.com|0|/|", 0},
    {"@ in the path", "http://a.com/@b.com", "http||a.com|0|/@b.com|", 0},
    {"@ in the query", "http://a.com?@b.com", "http||a.com|0|?@b.com|", 0},
    {"final dot", "http://a.com./", "http||a.com|0|/|", 0},
    {"backslashes", "http:\\\\a.com\\x", "http||a.com|0|\\x|", 0},
    {"one slash", "http:/a.com/x", "http||a.com|0|/x|", 0},
    {"no slash", "https:a.com/x", "https||a.com|0|/x|", 0},
    {"many slashes", "http:////a.com/x", "http||a.com|0|/x|", 0},
    {"no scheme, two slashes", "//a.com/x", "||a.com|0|/x|", 0},
    {"hxxp", "hxxp://a[.]b[.]com/x", "http||a.b.com|0|/x|", 0},
    {"hxxps with the colon in brackets", "hXXps[:]//a(.)com/", "https||a.com|0|/|", 0},
    {"[dot]", "http://a[dot]com/", "http||a.com|0|/|", 0},
    {"fxp", "fxp://a.com/", "ftp||a.com|0|/|", 0},
    {"percent in the host", "http://%65vil%2Ecom/", "http||evil.com|0|/|", 0},
    {"full-width letters and stops", "http://ｅｖｉｌ。com/", "http||evil.com|0|/|", 0},
    {"soft hyphen, zero width", "http://ev\xc2\xadil\xe2\x80\x8b.com/", "http||evil.com|0|/|", 0},
    {"IDN", "http://日本語.jp/", "http||日本語.jp|0|/|", 0},
    {"IPv4", "http://192.0.2.1/", "http||192.0.2.1|0|/|192.0.2.1", 0},
    {"IPv4 decimal", "http://3221225985/", "http||3221225985|0|/|192.0.2.1", 0},
    {"IPv4 hexadecimal", "http://0xC0000201/", "http||0xc0000201|0|/|192.0.2.1", 0},
    {"IPv4 hexadecimal parts", "http://0xc0.0x0.0x2.0x1", "http||0xc0.0x0.0x2.0x1|0||192.0.2.1", 0},
    {"IPv4 octal", "http://0300.0.02.01/", "http||0300.0.02.01|0|/|192.0.2.1", 0},
    {"IPv4 in two parts", "http://192.513/", "http||192.513|0|/|192.0.2.1", 0},
    {"IPv4 in three parts", "http://192.0.513/", "http||192.0.513|0|/|192.0.2.1", 0},
    {"IPv4 too large", "http://4294967296/", "http||4294967296|0|/|", 0},
    {"IPv4 part too large", "http://1.2.3.256/", "http||1.2.3.256|0|/|", 0},
    {"five parts are a name", "http://1.2.3.4.5/", "http||1.2.3.4.5|0|/|", 0},
    {"IPv6", "http://[2001:DB8::1]:8080/x", "http||2001:db8::1|8080|/x|2001:db8::1", 0},
    {"IPv6 without port", "http://[::1]/", "http||::1|0|/|::1", 0},
    {"opaque", "javascript:alert(1)", "javascript|||0|alert(1)|", 0},
    {"data", "data:text/html;base64", "data|||0|text/html;base64|", 0},
    {"other scheme with a host", "ftp://a.com/x", "ftp||a.com|0|/x|", 0},
    {"file share", "file://server/share", "file||server|0|/share|", 0},
    {"space in the host", "http://a b.com/", "http|||0|/|", 0},
    {"braces and quotes, under a name that answers for all", "http://{\"bank\"}.evil.com/x", "http||{\"bank\"}.evil.com|0|/x|", 0},
    {"circled, mathematical, letterlike", "http://ⓔ𝐯\u2148ℓ.com/", "http||evil.com|0|/|", 0},
    {"ligature and Roman numeral", "http://o\ufb03ce.ⅻ.com/", "http||office.xii.com|0|/|", 0},
    {"full-width, percent-encoded", "http://%EF%BD%85vil.com/", "http||evil.com|0|/|", 0},
    {"variation selector, joiner, grapheme joiner", "http://e\ufe0fv\u200dil\u034f.com/", "http||evil.com|0|/|", 0},
    {"capitals of other scripts", "http://BÜCHER.ПРИМЕР/", "http||bücher.пример|0|/|", 0},
    {"full-width digits are an address", "http://１９２.0.2.1/", "http||192.0.2.1|0|/|192.0.2.1", 0},
    {"an at sign in the host, percent-encoded", "http://bank.com%40evil.com/", "http|||0|/|", 0},
    {"port that is no number", "http://a.com:8a/", "http||a.com|0|/|", 0},
    {"two ports", "http://a.com:80:81/", "http||a.com|0|/|", 0},
    {"a name in brackets", "http://[evil.com]/", "http||evil.com|0|/|", 0},
    {"brackets around no address", "http://[1::2::3]/", "http|||0|/|", 0},
    {"dots alone", "http://../x", "http|||0|/x|", 0},
    {"three slashes, no scheme", "///a.com/x", "||a.com|0|/x|", 0},
    {"empty host", "http://", "http|||0||", 0},
    {"relative", "a/b", NULL, 0},
    {"root-relative", "/a/b", NULL, 0},
    {"empty", "", NULL, 0},
    {"bare", "a.com/x", "||a.com|0|/x|", URL_BARE},
    {"bare with port", "a.com:81", "||a.com|81||", URL_BARE},
};

static char *describe(const struct url *u)
{
    char *text, ip[IP_TEXT];
    size_t size;
    FILE *out = open_memstream(&text, &size);

    ip_format(&u->ip, ip);
    fprintf(out, "%s|%.*s|%.*s|%u|%.*s|%s", u->scheme, SPAN_FMT(u->userinfo), SPAN_FMT(url_host(u)), u->port,
            SPAN_FMT(u->path), ip);
    fclose(out);
    return text;
}

static void urls_are_taken_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(parses) / sizeof(*parses); i++) {
        const struct parse_case *c = &parses[i];
        void *base;
        size_t size;
        struct span text = split_guard(span_cstr(c->text), &base, &size);
        struct url u;
        bool is_url = url_parse(text, c->form, &u);
        char *out = is_url ? describe(&u) : NULL;

        if (is_url != (c->expected != NULL) || (out && strcmp(out, c->expected) != 0))
            fail_msg("%s: %s: %s", c->name, c->text, out ? out : "no URL");
        free(out);
        munmap(base, size);
    }
}

static void every_beginning_of_a_url_is_read_safely(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(parses) / sizeof(*parses); i++)
        for (size_t n = 0; n < strlen(parses[i].text); n++) {
            void *base;
            size_t size;
            struct span text = split_guard(span_of(parses[i].text, n), &base, &size);
            struct url u;

            url_parse(text, parses[i].form, &u);
            munmap(base, size);
        }
}

static void a_host_that_does_not_fit_is_none(void **state)
{
    char text[400] = "http://";
    struct url u;

    (void)state;
    memset(text + 7, 'a', 300);
    assert_true(url_parse(span_of(text, 7 + 255), URL_WITH_SCHEME, &u));
    assert_int_equal(u.host_n, 255);
    assert_true(url_parse(span_of(text, 7 + 256), URL_WITH_SCHEME, &u));
    assert_int_equal(u.host_n, 0);
}

struct resolve_case {
    const char *ref, *expected;
};

/* RFC 3986 5.4 against http://a/b/c/d;p?q, and what browsers make of backslashes and a scheme that is the base's. */
static const struct resolve_case resolves[] = {
    {"g", "http://a/b/c/g"},
    {"./g", "http://a/b/c/g"},
    {"g/", "http://a/b/c/g/"},
    {"/g", "http://a/g"},
    {"//g", "http://g"},
    {"?y", "http://a/b/c/d;p?y"},
    {"g?y", "http://a/b/c/g?y"},
    {"g#s", "http://a/b/c/g#s"},
    {"g?y#s", "http://a/b/c/g?y#s"},
    {";x", "http://a/b/c/;x"},
    {"g;x?y#s", "http://a/b/c/g;x?y#s"},
    {".", "http://a/b/c/"},
    {"./", "http://a/b/c/"},
    {"..", "http://a/b/"},
    {"../", "http://a/b/"},
    {"../g", "http://a/b/g"},
    {"../..", "http://a/"},
    {"../../", "http://a/"},
    {"../../g", "http://a/g"},
    {"../../../g", "http://a/g"},
    {"/./g", "http://a/g"},
    {"/../g", "http://a/g"},
    {"g.", "http://a/b/c/g."},
    {"..g", "http://a/b/c/..g"},
    {"./g/.", "http://a/b/c/g/"},
    {"g/./h", "http://a/b/c/g/h"},
    {"g/../h", "http://a/b/c/h"},
    {"g;x=1/../y", "http://a/b/c/y"},
    {"g?y/../x", "http://a/b/c/g?y/../x"},
    {"\\\\g\\h", "http:\\\\g\\h"},
    {"/\\g", "http:/\\g"},
    {"///g", "http:///g"},
    {"\\g", "http://a\\g"},
    {"..\\g", "http://a/b\\g"},
    {"%2e%2E/g", "http://a/b/g"},
    {".%2e", "http://a/b/"},
    {"http:g", "http://a/b/c/g"},
    {"HTTP:/g", "http://a/g"},
    {"", NULL},
    {"#s", NULL},
};

/* Each byte at each place of a host: it ends it or not, and is lowered, as the scalar twin says. */
static void plain_hosts_end_where_the_scalar_twin_says(void **state)
{
    uint8_t from[40], to[2][40];

    (void)state;
    for (size_t n = 0; n <= sizeof(from); n++)
        for (size_t at = 0; at < n; at++)
            for (unsigned c = 0; c < 256; c++) {
                size_t end;

                memset(from, 'Q', sizeof(from));
                from[at] = (uint8_t)c;
                end = url_host_plain(span_of(from, n), to[0]);
                assert_int_equal(end, url_host_plain_scalar(span_of(from, n), to[1]));
                assert_memory_equal(to[0], to[1], end);
            }
}

static void references_are_resolved(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(resolves) / sizeof(*resolves); i++) {
        struct mem m;
        struct buf out;
        bool ok;

        mem_init(&m, 0);
        buf_init(&out, &m, LIMIT_URL);
        ok = url_resolve(SPAN("http://a/b/c/d;p?q"), span_cstr(resolves[i].ref), &out);
        if (ok != (resolves[i].expected != NULL) || (ok && !span_eq(buf_span(&out), span_cstr(resolves[i].expected))))
            fail_msg("%s: %.*s", resolves[i].ref, SPAN_FMT(buf_span(&out)));
        buf_free(&out);
        assert_int_equal(m.used, 0);
    }
}

static void passwords_are_masked(void **state)
{
    static const struct resolve_case cases[] = {
        {"http://me:secret@a.com/x", "http://me:***@a.com/x"},
        {"http://me@a.com/x", "http://me@a.com/x"},
        {"http://me:@a.com/x", "http://me:***@a.com/x"},
        {"http://me:p:w@d@a.com/", "http://me:***@a.com/"},
        {"http://a.com/x:y@z", "http://a.com/x:y@z"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct mem m;
        struct buf out;
        struct url u;

        mem_init(&m, 0);
        buf_init(&out, &m, LIMIT_URL);
        assert_true(url_parse(span_cstr(cases[i].ref), URL_WITH_SCHEME, &u));
        url_masked(span_cstr(cases[i].ref), &u, &out);
        assert_true(span_eq(buf_span(&out), span_cstr(cases[i].expected)));
        buf_free(&out);
    }
}

static void suffixes(void **state)
{
    static const struct resolve_case cases[] = {
        {"www.example.co.jp", "example.co.jp"}, {"a.b.example.com", "example.com"}, {"example.com", "example.com"},
        {"co.jp", ""},                          {"com", ""},                        {"a.github.io", "a.github.io"},
        {"x.y.kobe.jp", "x.y.kobe.jp"},         {"city.kobe.jp", "city.kobe.jp"},   {"a.xn--wgv71a119e.jp", "xn--wgv71a119e.jp"},
        {"日本語.jp", "日本語.jp"},             {"x.invalid", "x.invalid"},         {".a.com", ""},
        {"", ""},
    };
    struct mem m;
    struct suffix *s;

    (void)state;
    mem_init(&m, 0);
    s = suffix_new(&m, NULL, &(struct hash_key){1, 2});
    assert_non_null(s);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct span domain = suffix_registrable(s, span_cstr(cases[i].ref));

        if (!span_eq(domain, span_cstr(cases[i].expected)))
            fail_msg("%s: %.*s", cases[i].ref, SPAN_FMT(domain));
    }
    for (int again = 0; again < 2; again++) /* asked first, told later, while others are; then all are known */
        for (size_t i = 0; i + 1 < sizeof(cases) / sizeof(*cases); i++) {
            struct span host = span_cstr(cases[i].ref), next = span_cstr(cases[i + 1].ref);
            uint64_t asked = host.n ? suffix_ask(s, host) : 0;

            (void)suffix_answer(s, next, next.n ? suffix_ask(s, next) : 0);
            assert_true(span_eq(suffix_answer(s, host, asked), span_cstr(cases[i].expected)));
        }
    assert_true(suffix_is_tld(s, SPAN("jp")) && suffix_is_tld(s, SPAN("shop")) && suffix_is_tld(s, SPAN("ck")));
    assert_false(suffix_is_tld(s, (struct span){NULL, 0}) || suffix_is_tld(s, SPAN("")));
    assert_false(suffix_is_tld(s, SPAN("invalid")) || suffix_is_tld(s, SPAN("zz")) || suffix_is_tld(s, SPAN("co.uk")));
    assert_true(suffix_is_icann(s, SPAN("co.uk")));
    assert_false(suffix_is_icann(s, SPAN("github.io")));
    suffix_free(s);
    assert_int_equal(m.used, 0);
    assert_null(suffix_new(&m, "/nonexistent", &(struct hash_key){1, 2}));
    assert_int_equal(m.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_taken_apart),
        cmocka_unit_test(every_beginning_of_a_url_is_read_safely),
        cmocka_unit_test(a_host_that_does_not_fit_is_none),
        cmocka_unit_test(plain_hosts_end_where_the_scalar_twin_says),
        cmocka_unit_test(references_are_resolved),
        cmocka_unit_test(passwords_are_masked),
        cmocka_unit_test(suffixes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
