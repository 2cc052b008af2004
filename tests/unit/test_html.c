/* SPDX-License-Identifier: Apache-2.0 */
/* The HTML tokenizer: each case whole, byte by byte, at every cut, before an unreadable page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoders/link/copy_until.h"
#include "decoders/link/html.h"
#include "decoders/link/html_value.h"
#include "decoders/link/link_place.h"
#include "decoders/link/link_text.h"
#include "tests/unit/split.h"

/* Expected: <tag attribute="value"> and </tag> as understood, visible text as it is, {script:...} etc. */
struct html_case {
    const char *name, *html, *expected;
};

static const struct html_case cases[] = {
    {"text", "a < b > c", "a < b > c"},
    {"a tag", "<p>x</p>", "<p>x</p>"},
    {"case", "<A HREF=x>y</A>", "<a href=\"x\">y</a>"},
    {"double quotes", "<a href=\"x y>z\">", "<a href=\"x y>z\">"},
    {"single quotes", "<a href='x \"y'>", "<a href=\"x \"y\">"},
    {"no quotes", "<a href=http://a/b?c=d/>", "<a href=\"http://a/b?c=d/\">"},
    {"spaces around =", "<a href \n=\t 'x'>", "<a href=\"x\">"},
    {"no space between attributes", "<a href='x'title='y'>", "<a href=\"x\" title=\"y\">"},
    {"slash between attributes", "<img/src=x/alt=y />", "<img src=\"x/alt=y\">"},
    {"slashes for spaces", "<a/href=\"x\"/title=\"y\"/>", "<a href=\"x\" title=\"y\">"},
    {"newline inside a value", "<a href=\"ht\ntp://a\tb\">", "<a href=\"ht\ntp://a\tb\">"},
    {"empty values", "<a href=\"\" title=''>", "<a href=\"\" title=\"\">"},
    {"no value", "<input disabled href>", "<input>"},
    {"value missing", "<a href=>x", "<a href=\"\">x"},
    {"attribute twice", "<a href=x href=y>", "<a href=\"x\" href=\"y\">"},
    {"quote inside an unquoted value", "<a href=x\"y'z>", "<a href=\"x\"y'z\">"},
    {"= before a name", "<a =href=x>", "<a =href=\"x\">"},
    {"quote as a name", "<a \" href=x>", "<a href=\"x\">"},
    {"curly quotes are part of it", "<a href=”x”>", "<a href=\"”x”\">"},
    {"< inside a tag", "<a <b href=x>", "<a href=\"x\">"},
    {"attributes of an end tag", "</a href=x>y", "</a>y"},
    {"entities in a value", "<a href=\"?a=1&amp;b=2&#104;&#x74;&sol;\">", "<a href=\"?a=1&b=2ht/\">"},
    {"entities without semicolon in a value", "<a href=\"?a&amp=1&copy=2&ampx&#104ttp&lt\">",
     "<a href=\"?a&amp=1&copy=2&ampxhttp<\">"},
    {"colon and tab by name", "<a href=\"java&Tab;script&colon;x&NewLine;\">", "<a href=\"java\tscript:x\n\">"},
    {"unknown entity in a value", "<a href=\"?&foo;&\">", "<a href=\"?&foo;&\">"},
    {"entities in text", "a &amp; b &lt;c&gt; &#65;&#x42; &eacute; &nbsp;", "a & b <c> AB é \xc2\xa0"},
    {"letters of mathematics, ligatures, what does not show", "&efr;&Vopf;&iscr;&ell;&Copf;&fjlig;&ffilig;&numero;a&af;b&efr",
     "𝔢𝕍𝒾ℓℂfj\ufb03№a\u2061b&efr"},
    {"entities without semicolon in text", "&ampx &ltb &#65z &copyright &notit;", "&x <b Az ©right ¬it;"},
    {"what is no entity in text", "& &; &# &#x &#xg; &foo; a&b &Tab", "& &; &# &#x &#xg; &foo; a&b &Tab"},
    {"entity at the end", "x &amp", "x &"},
    {"windows-1252 numbers", "&#128;&#147;&#0;&#xD800;&#x110000;&#99999999999;",
     "\xe2\x82\xac\xe2\x80\x9c\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"astral number", "&#x1F600;", "😀"},
    {"leading zeros", "&#0000000104;", "h"},
    {"comment", "a<!-- <a href=x> -->b", "ab"},
    {"empty comments", "a<!-->b<!--->c<!---->d", "abcd"},
    {"comment ended by --!>", "a<!-- x --!>b", "ab"},
    {"comment with hyphens", "a<!-- x - - -- > --->b", "ab"},
    {"comment not closed", "a<!-- x", "a"},
    {"what begins like a comment, and one behind it", "<!-x>a<!-- <b> -->c", "ac"},
    {"declaration", "<!DOCTYPE html PUBLIC \"-//W3C\">x", "x"},
    {"processing instruction", "<?xml version='1.0'?>x", "x"},
    {"CDATA is a bogus comment", "a<![CDATA[x]]>b", "ab"},
    {"</ and no letter", "a</ x>b</>c", "abc"},
    {"conditional comment", "<!--[if mso]><a href=x>y</a><![endif]-->z", "<a href=\"x\">y</a>z"},
    {"conditional comment with a space", "<!-- [if gte mso 9]><a href=x><![endif]-->z", "<a href=\"x\">z"},
    {"revealed conditional comment", "<!--[if !mso]><!--><a href=x><!--<![endif]-->z", "<a href=\"x\">z"},
    {"revealed by <!", "<![if !mso]><a href=x><![endif]>z", "<a href=\"x\">z"},
    {"not quite conditional", "<!--[ix]> <a href=x> -->z", "z"},
    {"script", "<script src=x>if (a<b) '</p><a href=y>'</script>z",
     "<script src=\"x\">{script:if (a<b) '</p><a href=y>'}</script>z"},
    {"script with its end in any case", "<SCRIPT>a</ScRiPt >z", "<script>{script:a}</script>z"},
    {"script, longer names do not end it", "<script></scripty></script>", "<script>{script:</scripty>}</script>"},
    {"style", "<style>a{background:url(x)}</style>z", "<style>{style:a{background:url(x)}}</style>z"},
    {"title", "<title>a &amp; <b></title>z", "<title>{title:a & <b>}</title>z"},
    {"script not closed", "<script>a", "<script>{script:a}"},
    {"entities stay in script", "<script>a&amp;b</script>", "<script>{script:a&amp;b}</script>"},
    {"tag not closed at the end", "x<a href=\"y\"", "x<a href=\"y\""},
    {"value not closed at the end", "x<a href=\"y", "x<a href"},
    {"less at the end", "x<", "x<"},
    {"names with colons", "<v:roundrect href=x><o:p>", "<v:roundrect href=\"x\"><o:p>"},
    {"a long name is cut", "<abcdefghijklmnopqrstuvwxyz0123456789 href=x>",
     "<abcdefghijklmnopqrstuvwxyz012345 href=\"x\">"},
};

static const char *const kinds[] = {"", "script", "style", "title"};

struct seen {
    FILE *out;
    enum html_text kind;
};

static void leave_text(struct seen *s)
{
    if (s->kind != HTML_VISIBLE)
        fputc('}', s->out);
    s->kind = HTML_VISIBLE;
}

static void on_tag(void *ctx, struct span name, bool closing)
{
    struct seen *s = ctx;

    leave_text(s);
    fprintf(s->out, "<%s%.*s", closing ? "/" : "", SPAN_FMT(name));
}

static bool on_wants(void *ctx, struct span name)
{
    struct seen *s = ctx;

    fprintf(s->out, " %.*s", SPAN_FMT(name));
    return true;
}

static void on_value(void *ctx, struct span value, bool cut)
{
    struct seen *s = ctx;

    if (!value.p) /* an empty one stands somewhere too, unless memory was refused for it */
        fputs("=nowhere", s->out);
    fprintf(s->out, "=\"%.*s\"%s", SPAN_FMT(value), cut ? "..." : "");
}

static void on_tag_end(void *ctx)
{
    struct seen *s = ctx;

    fputc('>', s->out);
}

static void on_text(void *ctx, enum html_text kind, struct span piece)
{
    struct seen *s = ctx;

    assert_true(piece.n > 0);
    if (kind != s->kind) {
        leave_text(s);
        fprintf(s->out, "{%s:", kinds[kind]);
        s->kind = kind;
    }
    fwrite(piece.p, 1, piece.n, s->out);
}

static void on_space(void *ctx, struct span piece)
{
    for (size_t i = 0; i < piece.n; i++)
        assert_true(piece.p[i] <= ' ');
    on_text(ctx, HTML_VISIBLE, piece);
}

static char *run(void *ctx, struct span input, size_t cut)
{
    static const struct html_events events = {.tag = on_tag, .wants = on_wants, .value = on_value, .tag_end = on_tag_end, .text = on_text, .space = on_space};
    struct seen seen = {NULL, HTML_VISIBLE};
    char *text;
    size_t size, at = 0;
    struct html h;
    struct span piece;
    struct mem m;

    mem_init(&m, 0);
    m.fail_after = ctx ? *(long *)ctx : 0;
    seen.out = open_memstream(&text, &size);
    html_init(&h, &m, &events, &seen);
    html_begin(&h);
    while ((piece = split_next(input, cut, &at)).n)
        html_push(&h, piece);
    html_end(&h);
    leave_text(&seen);
    html_free(&h);
    if (m.used)
        fprintf(seen.out, "LEAK");
    fclose(seen.out);
    return text;
}

static void each_case_at_every_cut(void **state)
{
    int wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *out = split_check(cases[i].name, run, NULL, span_cstr(cases[i].html));

        if (strcmp(out, cases[i].expected) != 0) {
            print_error("%s: %s\n  expected %s\n  found    %s\n", cases[i].name, cases[i].html, cases[i].expected,
                        out);
            wrong++;
        }
        free(out);
    }
    assert_int_equal(wrong, 0);
}

static char *tag_with(const char *head, size_t n, const char *tail)
{
    char *text = malloc(n + strlen(head) + strlen(tail) + 1);

    strcpy(text, head);
    memset(text + strlen(head), 'v', n);
    strcpy(text + strlen(head) + n, tail);
    return text;
}

/* A picture inside a value: kept up to the cap, the rest passed over; the same for all cuts. */
static void long_values_are_cut(void **state)
{
    char *text = tag_with("<img src=\"data:", 100000, "\" alt=x>y"), *out;

    (void)state;
    out = split_check("long value", run, NULL, span_cstr(text));
    assert_int_equal(strlen(out), strlen("<img src=\"\"... alt=\"x\">y") + LIMIT_HTML_ATTRIBUTE);
    assert_string_equal(out + strlen(out) - 14, "\"... alt=\"x\">y");
    free(out);
    free(text);
    text = tag_with("<p ", 100000, "=1 href=x>y");
    out = split_check("long name", run, NULL, span_cstr(text));
    assert_string_equal(out + strlen(out) - 15, "=\"1\" href=\"x\">y");
    free(out);
    free(text);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (long n = 1; n < 8; n++)
        free(run(&n, SPAN("<a href=\"https://a.com/x&amp;y\"><b title='&lt;x&gt;'>"), SPLIT_EACH));
}

static void a_gap_gives_up_the_open_tag(void **state)
{
    static const struct html_events events = {.tag = on_tag, .wants = on_wants, .value = on_value, .tag_end = on_tag_end, .text = on_text, .space = on_space};
    struct seen seen = {NULL, HTML_VISIBLE};
    struct mem m;
    struct html h;
    char *text;
    size_t size;

    (void)state;
    mem_init(&m, 0);
    seen.out = open_memstream(&text, &size);
    html_init(&h, &m, &events, &seen);
    html_begin(&h);
    html_push(&h, SPAN("<a href=\"http://a.co"));
    html_gap(&h);
    html_push(&h, SPAN("m\">x</a><a href=y>"));
    html_end(&h);
    html_free(&h);
    fclose(seen.out);
    assert_string_equal(text, "<a hrefm\">x</a><a href=\"y\">");
    free(text);
}

/* More text and more references than are told in one piece, and one of them at each place of its end. */
static void long_text_with_references(void **state)
{
    char text[1400], expected[1400];

    (void)state;
    for (size_t before = 400; before < 600; before++) {
        char *out;

        memset(text, 'x', before);
        memset(expected, 'x', before);
        strcpy(text + before, "&amp;&#x20ac;y&copy;&unknown;&lt;&");
        strcpy(expected + before, "&\xe2\x82\xacy\xc2\xa9&unknown;<&");
        out = split_check("long text", run, NULL, span_cstr(text));
        assert_string_equal(out, expected);
        free(out);
    }
}

/* Values of any length around those of a vector, with another quote inside. */
static void values_of_each_length(void **state)
{
    char value[80], text[120], expected[120];

    (void)state;
    for (size_t n = 0; n < sizeof(value) - 1; n++) {
        char *out;

        memset(value, 'v', n);
        value[n] = 0;
        if (n > 3)
            value[n / 2] = '\'';
        sprintf(text, "<a href=\"%s\" title=\"x\">y\"", value);
        sprintf(expected, "<a href=\"%s\" title=\"x\">y\"", value);
        out = split_check("a value", run, NULL, span_cstr(text));
        assert_string_equal(out, expected);
        free(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case_at_every_cut),
        cmocka_unit_test(long_values_are_cut),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(a_gap_gives_up_the_open_tag),
        cmocka_unit_test(long_text_with_references),
        cmocka_unit_test(values_of_each_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
