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

static void the_table_of_places_answers(void **state)
{
    static const struct {
        const char *element, *attribute;
        enum place place;
    } rows[] = {
        {"a", "href", PLACE_URL},        {"base", "href", PLACE_BASE},     {"o:p", "href", PLACE_URL},
        {"img", "src", PLACE_URL},       {"img", "alt", PLACE_ALT},        {"area", "alt", PLACE_NONE},
        {"form", "action", PLACE_URL},   {"button", "formaction", PLACE_URL}, {"body", "background", PLACE_URL},
        {"video", "poster", PLACE_URL},  {"object", "data", PLACE_URL},    {"p", "data", PLACE_NONE},
        {"svg", "xlink:href", PLACE_URL}, {"p", "style", PLACE_STYLE},     {"source", "srcset", PLACE_SRCSET},
        {"meta", "content", PLACE_CONTENT}, {"p", "content", PLACE_NONE},  {"a", "class", PLACE_NONE},
        {"q", "cite", PLACE_URL},        {"a", "", PLACE_NONE},            {"img", "longdesc", PLACE_URL},
    };
    struct places p;

    (void)state;
    places_init(&p);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (place_of(&p, element_of(&p, span_cstr(rows[i].element)), span_cstr(rows[i].attribute)) != rows[i].place)
            fail_msg("%s %s", rows[i].element, rows[i].attribute);
    assert_string_equal(element_of(&p, SPAN("v:roundrect"))->name, "v:roundrect");
    assert_string_equal(element_of(&p, SPAN("nothing"))->name, "other");
    assert_string_equal(element_of(&p, SPAN(""))->name, "other");
}

/* The first > at any place, none, and one behind the last byte that counts: as the scalar twin says. */
static void the_end_of_a_tag_is_found(void **state)
{
    uint8_t tag[300];

    (void)state;
    for (size_t n = 0; n <= sizeof(tag); n++)
        for (size_t at = 0; at <= n; at++) {
            struct span s = span_of(tag, n);

            memset(tag, 'x', sizeof(tag));
            tag[at < n ? at : 0] = at < n ? '>' : 'y';
            tag[at < n ? n - 1 : 0] = at < n ? '>' : 'y';
            assert_int_equal(tag_end(s), tag_end_scalar(s));
            assert_int_equal(tag_end(s), at < n && at < TAG_MEMO_BYTES ? at : TAG_MEMO_BYTES);
        }
}

/* Tags of each length, behind them more text or an unreadable page: each is met once it is known, and with any of its bytes changed it is
 * another. A rest is looked for the same way. */
static void long_tags_are_met_by_all_their_bytes(void **state)
{
    const struct tag_effect effect = {.border = true};
    uint8_t bytes[TAG_MEMO_BYTES + 2 + 250];
    struct tag_memo *memo;
    struct mem m;

    (void)state;
    mem_init(&m, 0);
    memo = tag_memo_new(&m);
    assert_non_null(memo);
    for (size_t n = 8; n <= TAG_MEMO_BYTES + 2; n++)
        for (size_t behind = 0; behind <= 250; behind += behind < 3 ? 1 : 49) {
            size_t size, end = 0;
            void *base;
            struct known_tag *place;
            bool met = false;
            struct span s;

            memset(bytes, (int)('a' + n % 26), sizeof(bytes));
            bytes[n - 1] = '>';
            bytes[n / 2] = (uint8_t)(n + behind) | 0x80;
            s = split_guard(span_of(bytes, n + behind), &base, &size);
            place = behind % 2 ? tag_memo_place(memo, s, &end, &met) : tag_memo_rest(memo, s, &end, &met);
            assert_int_equal(place != NULL, n <= TAG_MEMO_BYTES);
            assert_false(met);
            if (place)
                known_tag_set(place, span_head(s, n), &effect);
            for (size_t i = 0; place && i < n; i++) {
                place->text[i] ^= 1;
                assert_ptr_equal(behind % 2 ? tag_memo_place(memo, s, &end, &met) : tag_memo_rest(memo, s, &end, &met), place);
                assert_false(met);
                place->text[i] ^= 1;
            }
            if (place)
                (void)(behind % 2 ? tag_memo_place(memo, s, &end, &met) : tag_memo_rest(memo, s, &end, &met));
            assert_true(place ? met && end == n : !met && !end);
            munmap(base, size);
        }
    tag_memo_free(memo);
    assert_int_equal(m.used, 0);
}

/* A tag is met exactly where its place has it, byte by byte and no more; returns its place. */
static struct known_word *short_tag(struct tag_memo *memo, const uint8_t *tag)
{
    size_t n = tag_end_scalar(span_of(tag, 8)) + 1, end = 0;
    uint8_t text[8] = {0};
    bool met = false;
    struct known_word *place = tag_memo_word(memo, tag, &end, &met);

    assert_int_equal(place != NULL, n <= 8);
    if (!place)
        return NULL;
    memcpy(text, tag, n);
    assert_int_equal(end, n);
    assert_int_equal(met, place->text == le64(text));
    return place;
}

/* Tags of up to 8 bytes, whatever stands behind them, and each with one byte changed, or the first taken away. */
static void short_tags_are_met_by_one_word(void **state)
{
    const struct tag_effect effect = {.border = true};
    struct tag_memo *memo;
    struct mem m;

    (void)state;
    mem_init(&m, 0);
    memo = tag_memo_new(&m);
    assert_non_null(memo);
    for (size_t n = 9; n; n--) /* a shorter one takes a longer one's place */
        for (unsigned behind = 0; behind < 256; behind++) {
            uint8_t tag[20];
            struct known_word *place;

            memset(tag, (int)behind, sizeof(tag));
            for (size_t i = 0; i + 1 < n; i++)
                tag[i] = (uint8_t)(i % 3 ? 0xbf - i : 'a' + behind % 26); /* near > with its highest bit */
            tag[n - 1] = '>';
            place = short_tag(memo, tag);
            if (place)
                known_word_set(place, span_of(tag, n), &effect);
            tag[n] ^= 1;
            assert_ptr_equal(short_tag(memo, tag), place);
            assert_true(!place || (place->effect.border && place->text >> 8 * (n - 1) == '>'));
            for (size_t i = 0; i < n; i++) {
                tag[i] ^= 1;
                (void)short_tag(memo, tag);
                tag[i] ^= 1;
            }
            (void)short_tag(memo, tag + 1);
        }
    tag_memo_free(memo);
    assert_int_equal(m.used, 0);
}

/* A byte that ends the copy at each place, either of two; the same bytes, and where, as the scalar twin's. */
static void text_is_copied_up_to_a_byte(void **state)
{
    uint8_t from[70], to[2][70];

    (void)state;
    for (size_t n = 0; n <= sizeof(from); n++)
        for (size_t at = 0; at <= n; at++)
            for (size_t i = 0; i <= n; i++) {
                size_t end;

                for (size_t k = 0; k < sizeof(from); k++)
                    from[k] = (uint8_t)('A' + k % 60);
                if (at < n)
                    from[at] = at % 2 ? '<' : '&';
                end = copy_until(to[0], span_of(from, n), i, '<', '&');
                assert_int_equal(end, copy_until_scalar(to[1], span_of(from, n), i, '<', '&'));
                assert_int_equal(end, at < i ? n : at);
                assert_memory_equal(to[0], from + i, end - i);
                assert_memory_equal(to[1], from + i, end - i);
                from[at < n ? at : 0] = at % 2 ? ' ' : '!';
                end = copy_word(to[0], span_of(from, n), i);
                assert_int_equal(end, copy_word_scalar(to[1], span_of(from, n), i));
                assert_memory_equal(to[0], from + i, end - i);
                assert_memory_equal(to[1], from + i, end - i);
            }
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

/* Byte by byte: what link_text_add does with pieces. */
static size_t folded(const char *text, size_t room, size_t most, char *out)
{
    size_t n = 0;
    bool space = false;

    for (; *text && n < most; text++) {
        if (*text == ' ') {
            space = true;
            continue;
        }
        if (space && n && n < room)
            out[n++] = ' ';
        space = false;
        if (n < room)
            out[n++] = *text;
    }
    return n;
}

/* Texts and alternatives as long as there is room, a little less, a little more, with spaces anywhere. */
static void texts_of_links_are_folded_up_to_their_caps(void **state)
{
    char text[2 * LIMIT_LINK_TEXT + 20], expected[sizeof(text)];
    struct link_text t;

    (void)state;
    srand(5);
    for (size_t cap = LIMIT_LINK_TEXT; cap <= 2 * LIMIT_LINK_TEXT; cap += LIMIT_LINK_TEXT)
        for (int round = 0; round < 4000; round++) {
            size_t length = cap - 10 + (size_t)rand() % 30, n, cut = (size_t)rand() % length;
            bool alt = cap == LIMIT_LINK_TEXT;

            for (size_t i = 0; i < length; i++)
                text[i] = rand() % (round % 50 + 2) ? 'x' : ' ';
            text[length] = 0;
            link_text_begin(&t);
            if (alt)
                link_text_alt(&t, span_cstr(text));
            else
                link_text_add(&t, span_of(text, cut));
            if (!alt)
                link_text_add(&t, span_cstr(text + cut));
            n = folded(text, cap, alt ? cap - 1 : cap, expected);
            assert_int_equal(alt ? t.alt_n : t.n, n);
            assert_memory_equal(alt ? t.alt : t.bytes, expected, n);
        }
}

/* What shows as a space, what does not show, and what only begins like them: each at each place, beside spaces and beside each other. */
static void what_does_not_show_is_dropped(void **state)
{
    static const struct {
        const char *bytes;
        char shows; /* as a space, not at all (0), or as it is (x) */
    } pieces[] = {{"x", 'x'}, {"yz", 'x'}, {" ", ' '}, {"\xc2\xa0", ' '}, {"\xe3\x80\x80", ' '}, {"\xc2\xad", 0}, {"\xcd\x8f", 0},
                  {"\xe2\x80\x8b", 0}, {"\xe2\x80\x8f", 0}, {"\xe2\x81\xa0", 0}, {"\xef\xbb\xbf", 0}, {"\xe3\x80\x81", 'x'},
                  {"\xc2\xa9", 'x'}, {"\xe2\x80\x90", 'x'}, {"\xe2\x82\xac", 'x'}, {"\xef\xbb\xbc", 'x'}, {"\xcd\x8e", 'x'}};
    struct link_text t;

    (void)state;
    srand(6);
    for (int round = 0; round < 40000; round++) {
        char text[200] = "", expected[200] = "";
        size_t n = (size_t)rand() % 40, plain = (size_t)rand() % 20 + 1; /* one piece in so many is not x */
        bool space = false;

        for (size_t i = 0; i < n; i++) {
            size_t k = (size_t)rand() % plain ? 0 : (size_t)rand() % (sizeof(pieces) / sizeof(*pieces));

            strcat(text, pieces[k].bytes);
            space |= pieces[k].shows == ' ';
            if (pieces[k].shows != 'x')
                continue;
            strcat(strcat(expected, space && *expected ? " " : ""), pieces[k].bytes);
            space = false;
        }
        link_text_begin(&t);
        link_text_add(&t, span_cstr(text));
        for (size_t i = 0; i <= t.n; i++)
            assert_int_equal(link_text_hidden(span_of(t.bytes, t.n), i), link_text_hidden_scalar(span_of(t.bytes, t.n), i));
        if (!span_eq(link_text_end(&t), span_cstr(expected)))
            fail_msg("%s gives %.*s", text, SPAN_FMT(link_text_end(&t)));
    }
}

/* A quote and a & at each place, either or both missing, another of each behind them: as the scalar twin says. */
static void the_end_of_a_value_is_found(void **state)
{
    uint8_t text[150];

    (void)state;
    for (size_t n = 0; n <= sizeof(text); n += n < 70 ? 1 : 13)
        for (size_t quote = 0; quote <= n; quote++)
            for (size_t amp = 0; amp <= n; amp++) {
                bool references[2] = {false, false};
                struct span s = span_of(text, n);
                size_t from = (quote + amp) % 5 ? 0 : amp / 2;

                memset(text, 'v', sizeof(text));
                if (n)
                    text[n - 1] = '&';
                if (amp < n)
                    text[amp] = '&';
                if (quote < n)
                    text[quote] = '"';
                assert_int_equal(html_value_end(s, from, '"', &references[0]), html_value_end_scalar(s, from, '"', &references[1]));
                assert_int_equal(references[0], references[1]);
                if (!from && quote < n)
                    assert_int_equal(references[0], amp < quote);
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
        cmocka_unit_test(the_table_of_places_answers),
        cmocka_unit_test(the_end_of_a_tag_is_found),
        cmocka_unit_test(short_tags_are_met_by_one_word),
        cmocka_unit_test(long_tags_are_met_by_all_their_bytes),
        cmocka_unit_test(text_is_copied_up_to_a_byte),
        cmocka_unit_test(long_text_with_references),
        cmocka_unit_test(the_end_of_a_value_is_found),
        cmocka_unit_test(values_of_each_length),
        cmocka_unit_test(texts_of_links_are_folded_up_to_their_caps),
        cmocka_unit_test(what_does_not_show_is_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
