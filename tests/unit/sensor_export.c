/* SPDX-License-Identifier: Apache-2.0 */
/* export: what a sender wrote in the forms of other programs: never a formula, a field, a line, a link. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "sensor/export/block_rules.h"
#include "sensor/export/escape_forms.h"
#include "sensor/export/uuid.h"

static struct mem mem;

static void same(struct buf *out, const char *want)
{
    buf_add_byte(out, 0);
    assert_string_equal((char *)out->p, want);
    buf_clear(out);
}

static struct buf empty(void)
{
    struct buf out;

    mem_init(&mem, 0);
    buf_init(&out, &mem, 1 << 20);
    return out;
}

static void csv_cells(void **state)
{
    static const struct {
        const char *text, *cell;
    } table[] = {
        {"plain", "\"plain\""},
        {"a,b\"c", "\"a,b\"\"c\""},
        {"=HYPERLINK(\"http://evil.example\")", "\"'=HYPERLINK(\"\"http://evil.example\"\")\""},
        {"+1", "\"'+1\""},
        {"-2+3", "\"'-2+3\""},
        {"@SUM(A1)", "\"'@SUM(A1)\""},
        {"  =1+1", "\"'  =1+1\""},
        {"\t=1", "\"'\\x09=1\""},
        {"\rx", "\"'\\x0dx\""},
        {"\nx", "\"'\\x0ax\""},
        {"\xef\xbc\x9d" "1", "\"'\xef\xbc\x9d" "1\""},              /* ＝ */
        {"\xe3\x80\x80\xef\xbc\xa0x", "\"'\xe3\x80\x80\xef\xbc\xa0x\""}, /* a full-width blank, ＠ */
        {"a\r\n=1", "\"a\\x0d\\x0a=1\""},
        {"\x1b[31m", "\"\\x1b[31m\""},
        {"\xe2\x80\xae" "cod.exe", "\"\\xe2\\x80\\xae" "cod.exe\""}, /* right-to-left override */
        {"a=b", "\"a=b\""},
        {"\xff", "\"\\xff\""},
        {"", "\"\""},
    };
    struct buf out = empty();

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        csv_text(&out, span_cstr(table[i].text));
        same(&out, table[i].cell);
    }
    buf_free(&out);
}

static void urls_lead_nowhere(void **state)
{
    static const struct {
        const char *url, *shown;
    } table[] = {
        {"https://www.evil.example/a.b?c=d.e", "hxxps://www[.]evil[.]example/a.b?c=d.e"},
        {"HTTP://evil.example", "hxxp://evil[.]example"},
        {"ftp://evil.example/x", "ftp[:]//evil[.]example/x"},
        {"evil.example/x.y", "evil[.]example/x.y"},
        {"javascript:alert(1)", "javascript[:]alert(1)"},
        {"https://user@192.0.2.7:8080/", "hxxps://user@192[.]0[.]2[.]7:8080/"},
        {"https://evil.example#a.b", "hxxps://evil[.]example#a.b"},
        {"", ""},
    };
    struct buf out = empty();

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        defanged_url(&out, span_cstr(table[i].url));
        same(&out, table[i].shown);
    }
    buf_free(&out);
}

static void zeek_values(void **state)
{
    static const struct {
        const char *text, *alone, *in_set;
    } table[] = {
        {"plain", "plain", "plain"},
        {"a,b", "a,b", "a\\x2cb"},
        {"a\tb\nc", "a\\x09b\\x0ac", "a\\x09b\\x0ac"},
        {"-", "\\x2d", "\\x2d"},
        {"(empty)", "\\x28empty)", "\\x28empty)"},
        {"#close", "\\x23close", "\\x23close"},
        {"#a,b", "\\x23a,b", "\\x23a\\x2cb"}, /* what begins like a comment is still one element */
        {"", "(empty)", "(empty)"},
        {"back\\slash", "back\\x5cslash", "back\\x5cslash"},
        {"\xe3\x81\x82", "\xe3\x81\x82", "\xe3\x81\x82"},
    };
    struct buf out = empty();

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        zeek_text(&out, span_cstr(table[i].text), false);
        same(&out, table[i].alone);
        zeek_text(&out, span_cstr(table[i].text), true);
        same(&out, table[i].in_set);
    }
    buf_free(&out);
}

static void stix_literals(void **state)
{
    struct buf out = empty();

    (void)state;
    stix_literal(&out, SPAN("evil.example"));
    same(&out, "'evil.example'");
    stix_literal(&out, SPAN("a' OR file:name = 'b\\"));
    same(&out, "'a\\' OR file:name = \\'b\\\\'");
    buf_free(&out);
}

static void header_values(void **state)
{
    struct buf out = empty();

    (void)state;
    header_text(&out, SPAN("Your parcel"));
    same(&out, "Your parcel");
    header_text(&out, SPAN("a\r\nBcc: x@example.net"));
    same(&out, "=?UTF-8?B?YVx4MGRceDBhQmNjOiB4QGV4YW1wbGUubmV0?="); /* a\x0d\x0aBcc: x@example.net */
    header_text(&out, SPAN("=?UTF-8?B?YQ==?="));
    same(&out, "=?UTF-8?B?PT9VVEYtOD9CP1lRPT0/PQ==?=");
    for (int i = 0; i < 20; i++) { /* characters stay whole, lines short */
        static const char letters[] = "\xe3\x81\x82\xe3\x81\x82\xe3\x81\x82\xe3\x81\x82\xe3\x81\x82\xe3\x81\x82";

        header_text(&out, span_of(letters + i % 3 * 3, 9));
        assert_int_equal(out.n, 12 + 12);
        buf_clear(&out);
    }
    buf_free(&out);
}

static void quoted(void **state)
{
    struct buf out = empty();

    (void)state;
    quoted_printable(&out, SPAN("From me\r\n--=_boundary\n.\nFromage\na=b \n\xe3\x81\x82\x1b"));
    same(&out, "=46rom me\n=2D-=3D_boundary\n=2E\nFromage\na=3Db=20\n=E3=81=82=1B\n");
    for (unsigned i = 0; i < 400; i++)
        buf_add_byte(&out, 'x');
    {
        struct buf coded = empty();
        size_t column = 0;

        quoted_printable(&coded, buf_span(&out));
        for (size_t i = 0; i < coded.n; i++) {
            column = coded.p[i] == '\n' ? 0 : column + 1;
            assert_true(column <= 76);
        }
        buf_free(&coded);
    }
    buf_free(&out);
}

/* Names from RFC 9562's own example: version 5 of the DNS namespace. */
static void uuids(void **state)
{
    static const uint8_t dns[UUID_BYTES] = {0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};
    char text[UUID_TEXT];

    (void)state;
    uuid_named(dns, SPAN("www.example.com"), text);
    assert_string_equal(text, "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

static void names_that_may_be_listed(void **state)
{
    static const struct {
        const char *text, *name; /* NULL: never in a list */
    } table[] = {
        {"evil.example", "evil.example"},
        {"EVIL.Example.", "evil.example"},
        {"xn--r8jz45g.example", "xn--r8jz45g.example"},
        {"\xe4\xbe\x8b\xe3\x81\x88.example", "xn--r8jz45g.example"},
        {"example", NULL},
        {"evil..example", NULL},
        {"-evil.example", NULL},
        {"evil-.example", NULL},
        {"evil.example REJECT", NULL},
        {"evil.example\n* CNAME .", NULL},
        {"evil.example;", NULL},
        {"a_b.example", NULL},
        {"192.0.2.7", NULL},
        {"evil.123", NULL},
        {"*.example", NULL},
        {"evil.example\tOK", NULL},
        {"", NULL},
    };
    struct judge j = {.unicode = unicode_names_new(&mem)};
    char name[BLOCK_NAME_MAX + 1], longest[256];

    (void)state;
    assert_non_null(j.unicode);
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        size_t n = block_name_read(&j, span_cstr(table[i].text), name);

        assert_int_equal(n, table[i].name ? strlen(table[i].name) : 0);
        if (n)
            assert_string_equal(name, table[i].name);
    }
    memset(longest, 'a', sizeof(longest));
    for (size_t i = 60; i < sizeof(longest); i += 61)
        longest[i] = '.';
    assert_int_equal(block_name_read(&j, span_of(longest, 190), name), 190);
    assert_int_equal(block_name_read(&j, span_of(longest, 191), name), 0);
    unicode_names_free(j.unicode);
}

static void links_that_are_followed(void **state)
{
    (void)state;
    assert_true(block_link_followed(SPAN("html"), SPAN("a")));
    assert_true(block_link_followed(SPAN("text"), span_of(NULL, 0)));
    assert_true(block_link_followed(SPAN("html"), SPAN("form")));
    assert_false(block_link_followed(SPAN("html"), SPAN("img")));
    assert_false(block_link_followed(SPAN("html"), SPAN("link")));
    assert_false(block_link_followed(SPAN("header"), SPAN("a")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_cells),      cmocka_unit_test(urls_lead_nowhere), cmocka_unit_test(zeek_values),
        cmocka_unit_test(stix_literals),  cmocka_unit_test(header_values),     cmocka_unit_test(quoted),
        cmocka_unit_test(uuids),          cmocka_unit_test(names_that_may_be_listed),
        cmocka_unit_test(links_that_are_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
