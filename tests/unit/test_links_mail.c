/* SPDX-License-Identifier: Apache-2.0 */
/* links: what a mail has room for, what its parts share, and pages that are met with known tags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/links_group.h"

static void same_with_known_tags(const char *page)
{
    struct links_run without = {suffix, true, 0, false, NULL}, with = {suffix, true, 0, false, memo};
    size_t cut = (size_t)(rand() % 100);
    char *expected = links_run(&without, span_cstr(page), cut), *out = links_run(&with, span_cstr(page), cut);

    if (strcmp(out, expected) != 0)
        fail_msg("%s\nwithout\n%s\nwith\n%s", page, expected, out);
    free(expected);
    free(out);
}

/* Pages of pieces in any order: tags that may be known and tags that may not, though they look as if. */
static void any_page_with_known_tags(void **state)
{
    static const char *const pieces[] = {
        "<p>", "</p>", "<P >", "<td style=\"color:red\">", "</td>", "<b style=\"color:red\">", "</b>", "<b>", "<i class='x'>", "</i>",
        "<a href=\"http://a.com/1\">", "<a href=http://b.com/2>", "<a name=\"x\">", "</a>", "<a title=\"x>y\">", "<p title='>'>",
        "<img alt=\"Shown c.com\">", "<img alt=\"Shown c.com\" src=\"/i.gif\">", "<td style=\"background:url(http://d.com/bg)\">",
        "<p style=\"background:url(&quot;http://q.com/&quot;)\">", "<td onclick=\"location='http://e.com/'\">", "<base href=\"http://f.com/\">",
        "<title>", "</title>", "<script>", "</script>", "<style>", "</style>", "@import 'http://s.com/s.css';", "var u='http://g.com/';",
        "<meta http-equiv=\"refresh\" content=\"0;url=http://h.com/\">", "<iframe srcdoc=\"<p>&lt;a href=/r&gt;</a>http://j.com/\">",
        "http://k.com/p", "th/more ", " words k.c", "om ", "&amp;", "<br>", "<br/>", "<wbr>", "<font color=\"#000000\" size=\"1\">", "</font>",
        "<x y=\"z\">", "<td width=\"200\" valign=\"top\" class=\"mobile-hide\">", "<td", " x>", "<", ">", "</", "<!-- <p> -->", "\"",
    };

    (void)state;
    srand(3);
    for (int n = 0; n < 3000; n++) {
        char page[4096] = "";

        for (int k = rand() % 40; k >= 0; k--)
            strcat(page, pieces[(size_t)rand() % (sizeof(pieces) / sizeof(*pieces))]);
        same_with_known_tags(page);
    }
}

/* Tags whose attributes stand in any order, and mean something in one element only: what stands before a URL and what follows it is
 * passed by where it was met before, and only where it says nothing there. */
static void any_tag_with_a_known_front_or_rest(void **state)
{
    static const char *const elements[] = {"a", "img", "td", "b", "base", "meta", "object", "param", "set", "iframe", "p", "A", "script"};
    static const char *const attributes[] = {
        " href=\"http://a.com/1\"", " href=\"/2\"", " src=\"http://b.com/i.gif\"", " alt=\"Shown c.com\"", " style=\"color:red\"",
        " style=\"background:url(http://d.com/bg)\"", " title=\"x>y\"", " title='>'", " to=\"http://e.com/\"", " data=\"http://f.com/\"",
        " value=\"http://g.com/\"", " content=\"0;url=http://h.com/\"", " http-equiv=\"refresh\"", " onclick=\"location='http://i.com/'\"",
        " srcdoc=\"<a href=/j>\"", " target=\"_blank\"", " width=\"20\"", " border=0", " /", "class=\"x\"", " ping=\"http://k.com/\"",
    };

    (void)state;
    srand(4);
    for (int n = 0; n < 3000; n++) {
        char page[4096] = "";

        for (int k = rand() % 12; k >= 0; k--) {
            strcat(strcat(page, "<"), elements[(size_t)rand() % (sizeof(elements) / sizeof(*elements))]);
            for (int attribute = rand() % 4; attribute >= 0; attribute--)
                strcat(page, attributes[(size_t)rand() % (sizeof(attributes) / sizeof(*attributes))]);
            strcat(page, rand() % 2 ? ">" : rand() % 2 ? ">x l.com</a>" : ">'http://m.com/'</script>");
        }
        same_with_known_tags(page);
    }
}

/* Parts of one mail share the set; the next mail begins with none. */
static void parts_share_and_mails_do_not(void **state)
{
    struct mail_links x;
    struct links *l;
    uint32_t n;

    (void)state;
    l = mail_begin(&x, suffix, LIMIT_RECORD_BYTES);
    links_part_begin(l, LINK_IN_TEXT, false);
    links_push(l, SPAN("http://a.com http://b.co"));
    links_part_begin(l, LINK_IN_HTML, true);
    links_push(l, SPAN("m<a href=http://a.com>A</a><a href=http://c.com>C</a> http://d.c"));
    links_gap(l);
    links_push(l, SPAN("om/ http://e.com"));
    links_part_end(l);
    links_part_end(l);
    assert_int_equal(links_all(l, &n)[0].in, LINK_IN_TEXT);
    assert_int_equal(n, 4);
    assert_true(span_eq(links_all(l, &n)[0].text, SPAN("A")));
    assert_true(span_eq(links_all(l, &n)[1].url, SPAN("http://b.co")));
    assert_int_equal(links_all(l, &n)[2].in, LINK_IN_HTML);
    assert_true(span_eq(links_all(l, &n)[3].url, SPAN("http://e.com")));
    arena_reset(&x.arena);
    links_reset(l, &x.arena);
    links_all(l, &n);
    assert_int_equal(n, 0);
    mail_end(&x);
}

/* The links of pages with href a, and b behind it where there is one. */
static char *links_of(const char *a, const char *b)
{
    struct links_run run = {suffix, true, 0, false, NULL};
    char page[512];

    snprintf(page, sizeof(page), b ? "<a href='%s'></a><a href='%s'></a>" : "<a href='%s'></a>", a, b);
    return links_run(&run, span_cstr(page), SPLIT_WHOLE);
}

static void random_url(char *url, size_t size)
{
    static const char *const schemes[] = {"http://", "http://", "https://", "HTTP://", "http:", "http:/", "http:///", "http:\\\\", "//",
                                          "hxxp://", "http[:]//", "ftp://", "data:x,", "x-y://"};
    static const char *const hosts[] = {"a.com", "a.com", "A.com", "www.a.com", "a.com.", "a[.]com", "192.0.2.1", "[2001:db8::1]", "0xc0.0.2.1",
                                        "a.com:80", "a.com:", "a.com:8x", "u@a.com", "u:p@a.com", "a.com@b.com", "b\303\274cher.de",
                                        "long-name-of-a-host.example.co.uk", "www.google.com", "", ":80", "a.com%2f"};
    static const char *const tails[] = {"", "/", "?", "#", "\\", "/x?y=1#z", "/url?q=http://c.com/", ":81/", ";x", "/a@b.com", "?u@c.com", "x", ".",
                                        "\xc3\xa9", "//", "/..", "&x"};

    snprintf(url, size, "%s%s%s", schemes[(size_t)rand() % (sizeof(schemes) / sizeof(*schemes))],
             hosts[(size_t)rand() % (sizeof(hosts) / sizeof(*hosts))], tails[(size_t)rand() % (sizeof(tails) / sizeof(*tails))]);
}

/* Whatever URL stands before it, and however much of it is the same: a link is what it is alone, and what is none alone is none. */
static void a_link_is_what_it_is_alone(void **state)
{
    (void)state;
    srand(5);
    for (int n = 0; n < 20000; n++) {
        char a[128], b[128], *alone, *both, *front;

        random_url(a, sizeof(a));
        random_url(b, sizeof(b));
        alone = links_of(b, NULL);
        both = links_of(a, b);
        front = links_of(a, NULL);
        if (!*alone)
            assert_string_equal(both, front);
        for (char *line = strtok(alone, "\n"); line; line = strtok(NULL, "\n"))
            if (!strstr(both, line))
                fail_msg("%s\n%s\nis no more %s\nbut %s", a, b, line, both);
        free(alone);
        free(both);
        free(front);
    }
}

/* An arena that ends somewhere amid a mail's links: the first of them are told, and that others are missing. taken: bytes of what the
 * end found free that somebody else takes before the links are asked for. */
static void some_links_fit(size_t room, size_t taken)
{
    const struct link *all;
    struct mail_links x;
    struct links *l;
    char url[64];
    uint32_t n;

    l = mail_begin(&x, suffix, room);
    links_part_begin(l, LINK_IN_TEXT, false);
    for (int i = 0; i < 100; i++) {
        snprintf(url, sizeof(url), "http://a.com/%d ", i);
        links_push(l, span_cstr(url));
    }
    links_part_end(l);
    if (taken < x.arena.max - x.arena.used)
        arena_alloc(&x.arena, taken);
    all = links_all(l, &n);
    assert_true(n <= 100 && (n > 0 || room < 4096));
    assert_int_equal(n < 100, anomaly_has(links_anomalies(l), ANOMALY_RECORD_TOO_LARGE));
    for (uint32_t i = 0; i < n; i++) {
        snprintf(url, sizeof(url), "http://a.com/%d", (int)i);
        assert_true(span_eq(all[i].url, span_cstr(url)));
    }
    mail_end(&x);
}

static void an_arena_too_small_has_the_first_links(void **state)
{
    (void)state;
    for (size_t room = 0; room < 40000; room += 500) {
        some_links_fit(room, 0);
        some_links_fit(room, 700);
        some_links_fit(room, 7000);
    }
}

/* URLs so long that the record is full long before there are too many: those that found room are told, however many come behind them
 * and whatever else still asks for room. */
static void a_full_record_keeps_what_it_has(void **state)
{
    enum { LONG = 3000, LINKS = 1000, LEAST = 600 };
    static char url[LONG + 64];
    const struct link *all;
    struct mail_links x;
    struct links *l;
    uint32_t n;

    (void)state;
    l = mail_begin(&x, suffix, LIMIT_RECORD_BYTES);
    links_part_begin(l, LINK_IN_TEXT, true);
    for (int i = 0; i < LINKS; i++) {
        snprintf(url, sizeof(url), "<a href='http://a.com/%04d/%0*d'>what %d shows</a>", i, LONG, 0, i);
        links_push(l, span_cstr(url));
    }
    links_part_end(l);
    while (arena_alloc(&x.arena, 16))
        ;
    all = links_all(l, &n);
    assert_in_range(n, LEAST, LINKS - 1);
    assert_true(anomaly_has(links_anomalies(l), ANOMALY_RECORD_TOO_LARGE));
    for (uint32_t i = 0; i < n; i++) {
        snprintf(url, sizeof(url), "http://a.com/%04d/%0*d", (int)i, LONG, 0);
        assert_true(span_eq(all[i].url, span_cstr(url)));
    }
    mail_end(&x);
}

/* A host that comes again is found, and whatever hosts a sender picks, the link that host_back names has the same one. Hosts of
 * one length that begin and end alike meet in one place: that is why the last one only counts. */
static void hosts_that_come_again(void **state)
{
    const struct link *all;
    struct mail_links x;
    struct links *l;
    char url[128];
    uint32_t n;

    (void)state;
    l = mail_begin(&x, suffix, LIMIT_RECORD_BYTES);
    links_part_begin(l, LINK_IN_TEXT, false);
    links_push(l, SPAN("http://a.co/1 http://b.co/2 http://A.co/3 http://a.co/4 http://alikeali1.alike.com/ http://alikeali2.alike.com/ "));
    for (int i = 0; i < 600; i++) {
        snprintf(url, sizeof(url), "http://host-%03d.x%03d.test.com/%d ", i * 7 % 200, i * 3 % 100, i);
        links_push(l, span_cstr(url));
    }
    links_part_end(l);
    all = links_all(l, &n);
    assert_int_equal(n, 606);
    assert_int_equal(all[0].host_back, 0);
    assert_int_equal(all[1].host_back, 0);
    assert_int_equal(all[2].host_back, 2);
    assert_int_equal(all[3].host_back, 3);
    assert_int_equal(all[5].host_back, 0);
    for (uint32_t i = 0; i < n; i++) {
        assert_true(all[i].host_back <= i);
        assert_true(span_eq(all[i].host, all[i - all[i].host_back].host));
        assert_true(span_eq(all[i].domain, all[i - all[i].host_back].domain));
    }
    mail_end(&x);
}

static void shown_text(void *ctx, struct span piece)
{
    fwrite(piece.p, 1, piece.n, ctx);
}

static void shown_border(void *ctx)
{
    fputc('|', ctx);
}

static void shown_last(void *ctx, struct span piece)
{
    shown_text(ctx, piece);
    shown_border(ctx);
}

static void shown_space(void *ctx, size_t n)
{
    fprintf(ctx, "%*s", (int)n, "");
}

static char *run_shown(void *ctx, struct span input, size_t cut)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct mail_links x;
    struct links *l = mail_begin(&x, suffix, LIMIT_RECORD_BYTES);

    links_show_text(l, &(struct visible_text){shown_text, shown_border, shown_space, shown_last, out});
    links_remember(l, ctx);
    links_part_begin(l, LINK_IN_HTML, true);
    run_push(l, input, cut);
    links_part_end(l);
    mail_end(&x);
    fclose(out);
    return text;
}

/* What people see: each byte of white space is told, at once or counted, and a border where a word ends at a cell or block. */
static void white_space_between_tags_is_counted(void **state)
{
    static const char page[] = "<html>  <td> a <b>b</b> </td>   <td>\t<a href=x> c </a> </td> d&nbsp; <p> <i> </i>e<script> f </script> <p>g</p>  ";
    static const char seen[] = "   a b |     c |  d\xc2\xa0 |  e| |g|  ";

    (void)state;
    for (int again = 0; again < 3; again++) {
        char *out = split_check("white space", run_shown, again ? memo : NULL, span_cstr(page));

        for (char *tab = out; (tab = strchr(tab, '\t'));)
            *tab = ' ';
        assert_string_equal(out, seen);
        free(out);
    }
}

static void spaces_alike(char *text)
{
    for (; *text; text++)
        if ((uint8_t)*text <= ' ')
            *text = ' ';
}

/* Cells, paragraphs, emphasis and white space in any order, with words and anchors in between: behind a border known tags are passed in a
 * row, and what is shown, and where it breaks, is what comes out without that, and so are the links (a name begins behind any of it). */
static void any_page_shows_the_same_with_known_tags(void **state)
{
    static const char *const pieces[] = {
        "<p>", "</p>", "<td style=\"color:red\">", "</td>", "<tr><td>", "<br>", "<b>", "</b>", "<i style=\"color:red\">", "</i>", " ", "\r\n",
        "\r\n            ", "\t", "plain words", " more \r\n", "a@b.com", ".com", "k.com", "http://a.com/", "x&nbsp;y", "&amp;", "a > b", "<",
        "<a href=\"/1\">", "</a>", "<a name=\"x\">", "<img src=\"/i.gif\">", "<style>", "</style>", "<title>", "</title>", "<script>", "</script>",
        "<td width=\"200\" valign=\"top\" class=\"mobile-hide\">", "<td style=\"background:url(http://d.com/bg)\">", "<!-- x -->",
    };

    (void)state;
    srand(5);
    for (int n = 0; n < 5000; n++) {
        char page[4096] = "", *expected, *out;
        size_t cut = rand() % 2 ? SPLIT_WHOLE : (size_t)(rand() % 100);

        for (int k = rand() % 40; k >= 0; k--)
            strcat(page, pieces[(size_t)rand() % (sizeof(pieces) / sizeof(*pieces))]);
        same_with_known_tags(page);
        expected = run_shown(NULL, span_cstr(page), cut);
        out = run_shown(memo, span_cstr(page), cut);
        spaces_alike(expected);
        spaces_alike(out);
        if (strcmp(out, expected) != 0)
            fail_msg("%s\nwithout\n%s\nwith\n%s", page, expected, out);
        free(expected);
        free(out);
    }
}

/* Indents of each length between two tags, and between a tag and its text. */
static void indents_of_each_length(void **state)
{
    (void)state;
    for (int n = 0; n < 70; n++) {
        char page[200], expected[200];

        sprintf(page, "<td>%*s<p>%*sx<td>", n, "", n, "");
        sprintf(expected, "%*s%*sx|", n, "", n, "");
        for (int again = 0; again < 2; again++) {
            char *out = split_check("an indent", run_shown, again ? memo : NULL, span_cstr(page));

            assert_string_equal(out, expected);
            free(out);
        }
    }
}

/* A link of the text, more links than are kept, and behind those the first one again, in a script, with a page in a URL: what is
 * learnt of it and of the mail does not hang on the piece that brought the one too many. */
static void links_behind_too_many(void **state)
{
    enum { LINKS = LIMIT_LINKS + 3 };
    struct links_run r = {.suffix = suffix, .html = true, .brief = true};
    static char page[LINKS * 40];
    size_t n = (size_t)sprintf(page, "see http://known.example/ ");
    size_t cuts[] = {SPLIT_EACH, 0, 0, 0};
    char *whole;

    (void)state;
    for (int i = 0; i < LINKS; i++) {
        if (i > LINKS - 4)
            cuts[i - (LINKS - 3) + 1] = n;
        n += (size_t)sprintf(page + n, "<a href=http://h.example/%d>x</a>", i);
    }
    n += (size_t)sprintf(page + n, "<script>go('http://known.example/')</script><iframe src='data:text/html,x'>");
    whole = links_run(&r, span_of(page, n), SPLIT_WHOLE);
    assert_memory_equal(whole, "script http://known.example/\n", 29);
    assert_non_null(strstr(whole, "! url.too_many\n"));
    assert_non_null(strstr(whole, "! html.data_page\n"));
    for (size_t i = 0; i < sizeof(cuts) / sizeof(*cuts); i++) {
        char *out = links_run(&r, span_of(page, n), cuts[i]);

        assert_string_equal(out, whole);
        free(out);
    }
    free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_page_with_known_tags),
        cmocka_unit_test(any_tag_with_a_known_front_or_rest),
        cmocka_unit_test(links_behind_too_many),
        cmocka_unit_test(white_space_between_tags_is_counted),
        cmocka_unit_test(any_page_shows_the_same_with_known_tags),
        cmocka_unit_test(indents_of_each_length),
        cmocka_unit_test(parts_share_and_mails_do_not),
        cmocka_unit_test(a_link_is_what_it_is_alone),
        cmocka_unit_test(an_arena_too_small_has_the_first_links),
        cmocka_unit_test(a_full_record_keeps_what_it_has),
        cmocka_unit_test(hosts_that_come_again),
    };

    return cmocka_run_group_tests(tests, open_suffix, close_suffix);
}
