/* SPDX-License-Identifier: Apache-2.0 */
/* URLs in running text (CASES 27, 28): each case whole, byte by byte, at every cut, before an unreadable page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoders/base/processor.h"
#include "decoders/link/url_chars.h"
#include "decoders/link/url_scan.h"
#include "decoders/link/url_trigger.h"
#include "tests/unit/split.h"

/* Expected: the URLs found, each followed by a space; ~ before a bare one. */
struct scan_case {
    const char *name, *text, *expected;
};

static const struct scan_case cases[] = {
    {"alone", "https://a.com/x", "https://a.com/x "},
    {"no line end", "see http://a.com", "http://a.com "},
    {"ftp", "ftp://ftp.a.com/pub/", "ftp://ftp.a.com/pub/ "},
    {"any case", "HTTPS://A.COM/X", "HTTPS://A.COM/X "},
    {"one label", "http://localhost/x", "http://localhost/x "},
    {"a label of what nobody sees", "x \u034f.com [now] \u00ad.a.com y", ""},
    {"full stop", "It is https://a.com/x. Then", "https://a.com/x "},
    {"ellipsis", "https://a.com/x... more", "https://a.com/x "},
    {"all trailing punctuation", "https://a.com/x.,;:!?) y", "https://a.com/x "},
    {"brackets around", "(https://a.com/x) [https://b.com/y] {https://c.com}",
     "https://a.com/x https://b.com/y https://c.com "},
    {"balanced brackets", "https://en.wikipedia.org/wiki/A_(b)_c(d)", "https://en.wikipedia.org/wiki/A_(b)_c(d) "},
    {"balanced inside brackets", "(see https://a.com/x_(y))", "https://a.com/x_(y) "},
    {"open bracket at the end", "https://a.com/x( y", "https://a.com/x "},
    {"array in a query", "https://a.com/?x[0]=1&x[1]=2", "https://a.com/?x[0]=1&x[1]=2 "},
    {"footnote", "https://a.com[1] and", "https://a.com "},
    {"bracket behind a dot of the host", "https://a.[com/x", "https://a "},
    {"markdown", "[text](https://a.com/x)y", "https://a.com/x "},
    {"angle brackets", "<https://a.com/x>y", "https://a.com/x "},
    {"angle brackets over two lines", "<https://a.com/long/\r\n  path>, then", "https://a.com/long/path "},
    {"angle brackets with URL:", "<URL:ftp://a.com/long/\npath>", "ftp://a.com/long/path "},
    {"angle bracket and a plain line end", "<https://a.com/x\r\nnot this one>", "https://a.com/x "},
    {"line end without angle bracket", "https://a.com/x\r\nrest>", "https://a.com/x "},
    {"double quotes", "\"https://a.com/x\"y", "https://a.com/x "},
    {"single quotes", "'https://a.com/x'y", "https://a.com/x "},
    {"apostrophe inside", "https://a.com/it's", "https://a.com/it's "},
    {"bold", "*https://a.com/x* _https://b.com/y_", "https://a.com/x https://b.com/y "},
    {"two with a comma", "https://a.com/x,https://b.com/y", "https://a.com/x https://b.com/y "},
    {"comma inside", "https://a.com/x,y;z", "https://a.com/x,y;z "},
    {"host and comma", "https://a.com,and more", "https://a.com "},
    {"user with a comma before the host", "http://a,b@c.com/x", "http://a,b@c.com/x "},
    {"user before the host", "https://www.bank.com@evil.com/x", "https://www.bank.com@evil.com/x "},
    {"password", "ftp://me:secret@a.com/x", "ftp://me:secret@a.com/x "},
    {"port", "http://a.com:8080/x http://b.com:81, c", "http://a.com:8080/x http://b.com:81 "},
    {"IPv4", "http://10.1.1.1/x", "http://10.1.1.1/x "},
    {"IPv4 decimal", "http://2130706433/", "http://2130706433/ "},
    {"IPv4 hexadecimal", "http://0x7f.1/x", "http://0x7f.1/x "},
    {"IPv6", "http://[2001:db8::1]:8080/x, y", "http://[2001:db8::1]:8080/x "},
    {"IDN", "https://日本語.jp/x https://bücher.de", "https://日本語.jp/x https://bücher.de "},
    {"CJK full stop", "https://a.jp。次", "https://a.jp "},
    {"CJK comma", "https://a.jp/x、次", "https://a.jp/x "},
    {"full-width brackets", "（https://a.jp/x）", "https://a.jp/x "},
    {"full-width stop and colon", "ＵＲＬ：https://a.jp/x．", "https://a.jp/x "},
    {"corner brackets", "「https://a.jp/x」", "https://a.jp/x "},
    {"ideographic space", "https://a.jp/x　次", "https://a.jp/x "},
    {"Japanese runs on behind the host", "https://a.jpをクリック", "https://a.jp "},
    {"Japanese runs on behind the path", "https://a.jp/xをご覧ください", "https://a.jp/x "},
    {"Japanese runs on behind a slash", "https://a.jp/をご覧ください", "https://a.jp/ "},
    {"Japanese runs on behind a port", "https://a.jp:8080から", "https://a.jp:8080 "},
    {"Japanese before", "詳細はhttps://a.jp/x", "https://a.jp/x "},
    {"Japanese path", "https://ja.wikipedia.org/wiki/日本語", "https://ja.wikipedia.org/wiki/日本語 "},
    {"Latin letters in a path", "https://fr.wikipedia.org/wiki/Élysée.", "https://fr.wikipedia.org/wiki/Élysée "},
    {"quotation marks", "“https://a.com/x” »https://b.com/y«", "https://a.com/x https://b.com/y "},
    {"arrow and emoji", "https://a.com/x→ https://b.com👈", "https://a.com/x https://b.com "},
    {"no-break space", "https://a.com/x\xc2\xa0y", "https://a.com/x "},
    {"query only", "https://a.com?x=1", "https://a.com?x=1 "},
    {"fragment", "https://a.com#x", "https://a.com#x "},
    {"URL in a path", "https://a.com/r/https://b.com/x", "https://a.com/r/https://b.com/x "},
    {"letters before the scheme", "URLhttps://a.com/x", "https://a.com/x "},
    {"hxxp", "hxxp://a.com/x hxxps://b.com hXXp://c.com",
     "hxxp://a.com/x hxxps://b.com hXXp://c.com "},
    {"defanged colon", "hxxp[:]//a.com/x", "hxxp[:]//a.com/x "},
    {"defanged host with a scheme", "hxxps://a[.]b[.]com/x", "hxxps://a[.]b[.]com/x "},
    {"defanged bare host", "a[.]com/x or evil[.]example[.]org, c(.)net and d[dot]com",
     "~a[.]com/x ~evil[.]example[.]org ~c(.)net ~d[dot]com "},
    {"a defanged dot in braces, which end words elsewhere", "a{.}com x{.}b{.}org/y 1.5{.}a.com \"日本{.}jp {a} {.} b{ .com c{.\ncom",
     "~a{.}com ~x{.}b{.}org/y ~1.5{.}a.com ~日本{.}jp "},
    {"no host", "http:// https://... http:///x", ""},
    {"other schemes", "foo://a.com/x mailto:a@b.com", ""},
    {"www", "www.a.com/x", "~www.a.com/x "},
    {"bare", "vau6yaer.com", "~vau6yaer.com "},
    {"bare with a path", "foo.co.uk/x?y=1.", "~foo.co.uk/x?y=1 "},
    {"bare with a port", "foo.com:8080/x foo.com:81.", "~foo.com:8080/x ~foo.com:81 "},
    {"bare with a query", "foo.com?x=1 and foo.com?", "~foo.com?x=1 ~foo.com "},
    {"bare in brackets", "(foo.com) <bar.com> \"baz.org\"", "~foo.com ~bar.com ~baz.org "},
    {"bare before a full stop", "Visit foo.com. Then", "~foo.com "},
    {"bare behind a colon", "URL:foo.com", "~foo.com "},
    {"bare in upper case", "GO TO FOO.COM", "~FOO.COM "},
    {"bare within Japanese", "詳細はvau6yaer.comへどうぞ", "~vau6yaer.com "},
    {"bare IDN", "日本語.jp です bücher.de", "~日本語.jp ~bücher.de "},
    {"bare IDN in punycode", "xn--wgv71a119e.jp", "~xn--wgv71a119e.jp "},
    {"bare behind full-width punctuation", "（foo.com）", "~foo.com "},
    {"underscore before the name", "_dmarc.foo.com a_b.foo.com", "~_dmarc.foo.com ~a_b.foo.com "},
    {"not: no top-level domain", "index.php a.txt www.x.invalid foo.local", ""},
    {"not: empty label", "xyz..a.com", ""},
    {"not: address without a scheme", "10.1.1.1 1.2.3.4/x", ""},
    {"not: numbers", "3.14 1.2.3 12.05.2023", ""},
    {"not: numbers before other bytes", "9.50, 1.5; 2.0: 12.50\xe2\x82\xac 7.5% 3.1x 1.0- (4.2)", ""},
    {"names that begin as numbers do", "1.5.a.com 163.com 1.2.3and4.com 2.50-b.com 9.a.com/x", "~1.5.a.com ~163.com ~1.2.3and4.com ~2.50-b.com ~9.a.com/x "},
    {"a defanged dot behind numbers", "1.5[.]a.com 1.5(dot)b.com 1.5(Dot)com", "~1.5[.]a.com ~1.5(dot)b.com ~1.5(Dot)com "},
    {"not: a word in round brackets", "x(dot)com 3.1 (dot)com (done 1.5, (d", ""},
    {"numbers in a name's word", "1.5,2.5:a.com 1.2[.]3.4.b.com 1.5;x.com@y.org", "~a.com ~1.2[.]3.4.b.com "},
    {"not: an address that begins as a number does", "1.5@a.com 10.20@b.com.", ""},
    {"a name longer than numbers are", "1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.a.com", "~1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.a.com "},
    {"a sentence behind a number", "It costs 9.50.Look at a.com 9.a.com", "~a.com ~9.a.com "},
    {"not: mail address", "info@a.com first.last@b.co.jp first.me@c.com", ""},
    {"not: mail address in brackets", "<a.b@c.com> (d@e.org)", ""},
    {"not: mail address with a tag", "john+x.me@gmail.com", ""},
    {"not: public suffix", "co.uk com.br", ""},
    {"not: file names that look like hosts", "setup.zip readme.md run.sh a.py", ""},
    {"but with www. or a path they are", "www.setup.zip run.sh/x", "~www.setup.zip ~run.sh/x "},
    {"not: a path", "/usr/lib/foo.com dir/foo.com c:\\foo.com", ""},
    {"not: a missing space", "It is done.It works. He left.So", ""},
    {"not: a class", "java.util.Date", ""},
    {"but a name in title case", "Amazon.Com Www.Example.Org", "~Amazon.Com ~Www.Example.Org "},
    {"not: abbreviations", "e.g. i.e. U.S. Ph.D. a.m.", ""},
    {"not: a call", "foo.info() x.is()", ""},
    {"not: labels with hyphens at their ends", "-a.com b-.com", ""},
    {"name and host by turns", "a@b.com c.com d@e.org f.net", "~c.com ~f.net "},
};

static struct suffix *suffix;
static struct mem suffix_mem;

static void on_found(void *ctx, struct span url, enum url_kind kind, bool cut)
{
    fprintf(ctx, "%s%.*s%s ", kind == URL_KIND_BARE ? "~" : "", SPAN_FMT(url), cut ? "..." : "");
}

static char *run(void *ctx, struct span input, size_t cut)
{
    char *text;
    size_t size, at = 0;
    FILE *out = open_memstream(&text, &size);
    struct url_scan s;
    struct span piece;
    struct mem m;

    mem_init(&m, 0);
    m.fail_after = ctx ? *(long *)ctx : 0;
    url_scan_init(&s, &m, suffix, on_found, out);
    url_scan_begin(&s, true);
    while ((piece = split_next(input, cut, &at)).n)
        url_scan_push(&s, piece);
    url_scan_end(&s);
    url_scan_free(&s);
    if (m.used)
        fprintf(out, "LEAK");
    fclose(out);
    return text;
}

static void each_case_at_every_cut(void **state)
{
    int wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *out = split_check(cases[i].name, run, NULL, span_cstr(cases[i].text));

        if (strcmp(out, cases[i].expected) != 0) {
            print_error("%s: %s\n  expected %s\n  found    %s\n", cases[i].name, cases[i].text,
                        cases[i].expected, out);
            wrong++;
        }
        free(out);
    }
    assert_int_equal(wrong, 0);
}

/* Every pair of cases in one text, so that what one leaves behind does not hurt the next. */
static void cases_in_a_row(void **state)
{
    char *text, *expected, *out;
    size_t size;
    FILE *in = open_memstream(&text, &size), *want;

    (void)state;
    want = open_memstream(&expected, &size);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        fprintf(in, "%s \n", cases[i].text);
        fprintf(want, "%s", cases[i].expected);
    }
    fclose(in);
    fclose(want);
    out = split_check("in a row", run, NULL, span_cstr(text));
    assert_string_equal(out, expected);
    free(out);
    free(text);
    free(expected);
}

static char *repeat(const char *head, const char *unit, size_t times, const char *tail)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    fputs(head, out);
    while (times--)
        fputs(unit, out);
    fputs(tail, out);
    fclose(out);
    return text;
}

static void check_long(const char *name, char *text, const char *end_of_result)
{
    char *out = split_check(name, run, NULL, span_cstr(text));
    size_t n = strlen(out), tail = strlen(end_of_result);

    assert_true(n >= tail);
    assert_string_equal(out + n - tail, end_of_result);
    if (!tail)
        assert_int_equal(n, 0);
    free(out);
    free(text);
}

/* Words longer than any buffer: cut at the same place whatever the pieces. */
static void long_words(void **state)
{
    (void)state;
    check_long("long path", repeat("http://a.com/", "0123456789", 1000, " b.com"), "... ~b.com ");
    check_long("long path with dots", repeat("http://a.com/", "x.com/", 3000, " b.com"), "... ~b.com ");
    check_long("long word before a host", repeat("", "abcdefgh", 3000, ".com b.com"), "~b.com ");
    check_long("many labels", repeat("", "a.b.", 3000, "com b.com"), "~b.com ");
    check_long("many hosts in a word", repeat("", "a.com;", 3000, "!"), "~a.com ~a.com ");
    check_long("many at signs", repeat("", "a@b.com@", 3000, " b.com"), "~b.com ");
    check_long("Japanese without a space", repeat("", "詳細は日本語", 1500, "https://a.jp/xを"),
               "https://a.jp/x ");
    check_long("long IDN labels", repeat("", "日本語.", 1500, "jp b.com"), "~b.com ");
    check_long("the rest of a cut word", repeat("http://a.com/", "xxxxxxxxxx", 500, ",www.b.com,c.com"), "... ");
    check_long("long run of labels behind a slash", repeat("/", "日.", 100, "com/xyz"), "");
    check_long("open brackets", repeat("http://a.com/", "(", 9000, " b.com"), "~b.com ");
    check_long("wrapped, second line too long", repeat("<http://a.com/x\n", "y", 9000, "> b.com"), "~b.com ");
    check_long("numbers in front of a name", repeat("", "1.5,", 3000, "b.com c.com"), "~b.com ~c.com ");
    check_long("a name of numbers", repeat("", "1.", 100, "a.com b.com"), "1.1.1.a.com ~b.com ");
    check_long("a name of too many numbers", repeat("", "1.", 1000, "a.com b.com"), "~b.com ");
    check_long("dots", repeat("", ".", 9000, "com b.com"), "~b.com ");
    check_long("colons", repeat("", "http://", 2000, " b.com"), "~b.com ");
}

/* What is found in before, in pieces of so many bytes, a hole and after. */
static char *around_a_gap(const char *before, size_t piece, const char *after)
{
    char *text;
    size_t size, n = strlen(before);
    FILE *out = open_memstream(&text, &size);
    struct url_scan s;
    struct mem m;

    mem_init(&m, 0);
    url_scan_init(&s, &m, suffix, on_found, out);
    url_scan_begin(&s, true);
    for (size_t i = 0; i < n; i += piece)
        url_scan_push(&s, span_of((const uint8_t *)before + i, n - i < piece ? n - i : piece));
    url_scan_gap(&s);
    url_scan_push(&s, span_cstr(after));
    url_scan_end(&s);
    url_scan_free(&s);
    fclose(out);
    assert_int_equal(m.used, 0);
    return text;
}

static void a_gap_drops_the_words_beside_it(void **state)
{
    static const size_t pieces[] = {1, 3, 1460, 100000};
    char *lengthy = repeat("see http://a.com/", "0123456789", 500, "");

    (void)state;
    for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
        char *cut = around_a_gap("http://a.com/x http://b.com/par", pieces[i], "tial.com/y http://c.com/z");
        char *whole = around_a_gap("http://a.com/x、続き www.b.com、次", pieces[i], "c.com/y");
        char *too_long = around_a_gap(lengthy, pieces[i], "b.com c.com");

        assert_string_equal(cut, "http://a.com/x http://c.com/z ");
        assert_string_equal(whole, "http://a.com/x ~www.b.com ");
        assert_int_equal(strlen(too_long), LIMIT_URL + strlen("... ~c.com "));
        assert_string_equal(too_long + LIMIT_URL, "... ~c.com ");
        free(cut);
        free(whole);
        free(too_long);
    }
    free(lengthy);
    for (size_t piece = 1; piece < 16; piece += 14) { /* the hole cuts a character: what comes of it is no end of a URL */
        char *half = around_a_gap("http://a.com/xy\xef\xbf\xbd", piece, "b.com/y c.com");

        assert_string_equal(half, "~c.com ");
        free(half);
    }
}

static void every_allocation_may_fail(void **state)
{
    char *text = repeat("", "see https://a.com/long/path/to <http://b.com/x\ny> c.com ", 50, "");

    (void)state;
    for (long n = 1; n < 20; n++) {
        free(run(&n, span_cstr(text), SPLIT_EACH));
        free(run(&n, span_cstr(text), 20));
    }
    free(text);
}

/* Behind the text is a page nobody may read. Some texts hold little else than what can begin a trigger, and some hardly any of it, so
 * that whole blocks of 64 are passed by; the search begins anywhere, so that its last block is of every length. */
static void trigger_search_equals_its_scalar_twin(void **state)
{
    static const char alphabet[] = "a.:/[](dD !\n\x80z09";
    uint8_t bytes[300];
    uint32_t seed = 7;

    (void)state;
    for (unsigned round = 0; round < 3000; round++) {
        size_t n = round % sizeof(bytes), size;
        unsigned rare = 1U << round % 7 * 2; /* one byte in so many is not a plain letter */
        struct span s;
        void *base;

        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = (uint8_t)((seed >> 16) % rare ? 'a' : alphabet[(seed >> 8) % (sizeof(alphabet) - 1)]);
        }
        s = split_guard(span_of(bytes, n), &base, &size);
        for (size_t from = 0; from <= n; from += 1 + round % 3)
            assert_int_equal(url_trigger(s, from), url_trigger_scalar(s, from));
        munmap(base, size);
    }
}

/* A trigger that would begin with the last byte of a block is not looked for in the next. Less than 33 bytes are not for AVX2, and of the last
 * 33 it does not know what begins with the last but one. */
static bool may_is_sure(struct span s, size_t from, size_t end)
{
    if (vector_has_avx512())
        return (end - from) % 64 != 0;
    return (end - from) % 32 != 0 && s.n - from >= 33 && end + 1 < s.n;
}

/* A text of HTML ends at < or &. Where no trigger may be in it, none is; where one may be and is not, its two bytes are in two blocks. */
static void texts_end_and_are_plain(void **state)
{
    static const char alphabet[] = "..::/[d <&x9\x80";
    uint8_t bytes[150];
    uint32_t seed = 5;

    (void)state;
    for (unsigned round = 0; round < 6000; round++) {
        size_t n = 1 + round % sizeof(bytes), size, end, wrong = 0;
        unsigned rare = 1U << round % 5 * 2;
        struct span s, text;
        void *base;

        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = (uint8_t)((seed >> 16) % rare ? 'a' : alphabet[(seed >> 8) % (sizeof(alphabet) - 1)]);
        }
        s = split_guard(span_of(bytes, n), &base, &size);
        for (size_t from = 0; from < n; from++) {
            bool may = false;

            for (end = from; end < n && s.p[end] != '<' && s.p[end] != '&'; end++)
                continue;
            text = span_head(s, end);
            assert_int_equal(url_trigger_text(s, from, &may), end);
            assert_true(may || url_trigger_scalar(text, from) == end);
            wrong += may && url_trigger_scalar(text, from) == end && may_is_sure(s, from, end);
        }
        if (vector_has_avx2())
            assert_int_equal(wrong, 0);
        munmap(base, size);
    }
}

/* Each byte at each place of a host and of a path: it ends them or not, as the scalar twin says. */
static void hosts_and_paths_end_where_the_scalar_twins_say(void **state)
{
    uint8_t bytes[40];

    (void)state;
    for (size_t n = 0; n <= sizeof(bytes); n++)
        for (size_t at = 0; at < n; at++)
            for (unsigned c = 0; c < 256; c++) {
                struct span s = span_of(bytes, n);
                size_t from = c % 2 ? 0 : at / 2;

                memset(bytes, 'Q', sizeof(bytes));
                bytes[at] = (uint8_t)c;
                assert_int_equal(char_host_end(s, from), char_host_end_scalar(s, from));
                assert_int_equal(char_path_end(s, from), char_path_end_scalar(s, from));
            }
    assert_int_equal(char_host_end(SPAN("Az.09-_az.09-_a.b/c"), 0), 17);
    assert_int_equal(char_path_end(SPAN("/Az.09-_?a=b&c=%20z#"), 0), 19);
}

static int open_suffix(void **state)
{
    (void)state;
    mem_init(&suffix_mem, 0);
    suffix = suffix_new(&suffix_mem, NULL, &(struct hash_key){1, 2});
    return suffix ? 0 : -1;
}

static int close_suffix(void **state)
{
    (void)state;
    suffix_free(suffix);
    return suffix_mem.used ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_and_paths_end_where_the_scalar_twins_say),
        cmocka_unit_test(each_case_at_every_cut),
        cmocka_unit_test(cases_in_a_row),
        cmocka_unit_test(long_words),
        cmocka_unit_test(a_gap_drops_the_words_beside_it),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(trigger_search_equals_its_scalar_twin),
        cmocka_unit_test(texts_end_and_are_plain),
    };

    return cmocka_run_group_tests(tests, open_suffix, close_suffix);
}
