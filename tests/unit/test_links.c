/* SPDX-License-Identifier: Apache-2.0 */
/* Links of whole parts: what HTML and text give together, cut at every place and short of memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoders/link/link_reference.h"
#include "tests/unit/links_group.h"

struct link_case {
    const char *name;
    bool html;
    const char *input, *expected;
};

static const struct link_case cases[] = {
    {"a link in text", false, "See https://www.example.co.jp/a?b=1#c.\r\n",
     "https://www.example.co.jp/a?b=1#c scheme=https host=www.example.co.jp domain=example.co.jp path=/a?b=1#c\n"},
    {"the same URL twice is one link", false, "http://a.example http://a.example\nhttp://b.example\n",
     "http://a.example scheme=http host=a.example domain=a.example\n"
     "http://b.example scheme=http host=b.example domain=b.example\n"},
    {"a bare host", false, "go to vau6yaer.com now",
     "vau6yaer.com tag=bare host=vau6yaer.com domain=vau6yaer.com\n"},
    {"a, img and form", true,
     "<p><a href=\"https://a.example/1\">One &amp; only</a><img src='http://b.example/i.png'>"
     "<form action=http://c.example/f><input></form>",
     "https://a.example/1 tag=a scheme=https host=a.example domain=a.example path=/1 text=One & only\n"
     "http://b.example/i.png tag=img scheme=http host=b.example domain=b.example path=/i.png\n"
     "http://c.example/f tag=form scheme=http host=c.example domain=c.example path=/f\n"},
    {"the text shows another host", true,
     "<a href=\"http://evil.example/x\">\n  https://www.<b>amazon</b>.co.jp/ </a>",
     "http://evil.example/x tag=a scheme=http host=evil.example domain=evil.example path=/x "
     "text=https://www.amazon.co.jp/ text_host=www.amazon.co.jp\n"},
    {"URL in visible text", true, "<p>Go to https://a.com/?x=1&amp;y=2<br>or b.com</p>",
     "https://a.com/?x=1&y=2 scheme=https host=a.com domain=a.com path=/?x=1&y=2\n"
     "b.com tag=bare host=b.com domain=b.com\n"},
};

/* Brief: tag, URL, [text], {host that the text shows}. */
static const struct link_case html_cases[] = {
    {"every place of a URL", true,
     "<body background=http://a.com/1><area href=http://a.com/2><link href=http://a.com/3><iframe src=http://a.com/4>"
     "<embed src=http://a.com/5><object data=http://a.com/6 classid=http://a.com/7><video poster=http://a.com/8>"
     "<button formaction=http://a.com/9><input type=image src=http://a.com/10><blockquote cite=http://a.com/11>"
     "<img longdesc=http://a.com/12><svg><use xlink:href=http://a.com/13></svg><param value=http://a.com/14>"
     "<a ping='http://a.com/15 http://a.com/16'><table background=http://a.com/17>"
     "<frame src=http://a.com/18><source src=http://a.com/19><track src=http://a.com/20>",
     "body http://a.com/1\narea http://a.com/2\nlink http://a.com/3\niframe http://a.com/4\nembed http://a.com/5\n"
     "object http://a.com/6\nobject http://a.com/7\nvideo http://a.com/8\nbutton http://a.com/9\n"
     "input http://a.com/10\nblockquote http://a.com/11\nimg http://a.com/12\nuse http://a.com/13\n"
     "param http://a.com/14\na http://a.com/15\na http://a.com/16\ntable http://a.com/17\nframe http://a.com/18\n"
     "source http://a.com/19\ntrack http://a.com/20\n"},
    {"unknown elements too", true, "<foo:bar href=http://a.com/>", "other http://a.com/\n"},
    {"not: other attributes", true, "<a title=http://a.com/ class=http://b.com/><p data=http://c.com/>", ""},
    {"Outlook's buttons", true,
     "<!--[if mso]><v:roundrect href=\"http://a.com/\"><v:fill src='http://b.com/i'/></v:roundrect><![endif]-->",
     "v:roundrect http://a.com/\nv:fill http://b.com/i\n"},
    {"not: comments", true, "<!-- <a href=http://a.com> http://b.com -->", ""},
    {"srcset", true,
     "<img srcset=\"http://a.com/1,2.png 1x, http://a.com/2.png 2x,http://a.com/3.png\"><source srcset='http://b.com/w 640w'>",
     "img http://a.com/1,2.png\nimg http://a.com/2.png\nimg http://a.com/3.png\nsource http://b.com/w\n"},
    {"meta refresh", true,
     "<meta http-equiv=Refresh content=\"0; URL='http://a.com/x'\"><meta content='5;url=http://b.com' http-equiv=refresh>"
     "<meta http-equiv=refresh content=0;http://c.com><meta http-equiv=refresh content=30>"
     "<meta name=x content='0;url=http://d.com'>",
     "meta http://a.com/x\nmeta http://b.com\nmeta http://c.com\n"},
    {"style attribute", true,
     "<td style=\"color:red;background:url( 'http://a.com/i.png' )\"><p style='background:URL(http://b.com/(x))'>"
     "<p style='@import \"http://c.com/s.css\"'>",
     "td http://a.com/i.png\np http://b.com/(x\np http://c.com/s.css\n"},
    {"style element", true,
     "<style>@import 'http://a.com/1'; a{background:url(\"http://b.com/2\")} b{background:url(//c.com/3)}</style>",
     "style http://a.com/1\nstyle http://b.com/2\nstyle //c.com/3\n"},
    {"url() ends a URL before it", true, "<style>http://a.com/url(//b.com/x)yz</style>",
     "style http://a.com/url\nstyle //b.com/x\n"},
    {"script", true,
     "<script>var u='http://a.com/1';x=\"https:\\/\\/b.com\\/2\";y='\\x68ttp\\u003a//c.com/3';z='\\n';foo.com;</script>",
     "script http://a.com/1\nscript https://b.com/2\nscript http://c.com/3\n"},
    {"srcdoc", true, "<iframe srcdoc=\"&lt;a href='http://a.com/x'&gt;\">", "a http://a.com/x\n"},
    {"srcdoc is a document", true,
     "<base href=http://b.com/><iframe srcdoc=\"&lt;form action=//a.com/f&gt;&lt;a href=g&gt;go&lt;/a&gt;"
     "&lt;script src=&amp;#104;ttp://c.com&gt;\"></iframe><a href=h>h</a>",
     "base http://b.com/\nform http://a.com/f\na http://b.com/g [go]\nscript http://c.com\na http://b.com/h [h]\n"},
    {"srcdoc inside srcdoc is read as text", true,
     "<iframe srcdoc=\"&lt;iframe srcdoc='&amp;lt;a href=http://a.com/x&amp;gt;'&gt;\">", "iframe http://a.com/x\n"},
    {"an animation gives an SVG link its target", true,
     "<svg><a xlink:href='#'><animate attributeName=href to=http://a.com/1 values='#; http://b.com ;red'/>"
     "<set attributeName=href to=javascript:x()><animate from=0 to=1></a><image href=http://c.com/2 /></svg>",
     "animate http://a.com/1\nanimate http://b.com\nset javascript:x()\nimage http://c.com/2\n"},
    {"AMP and VML", true, "<form action-xhr=http://a.com/1><v:fill o:href='http://b.com/2'><amp-img src=http://c.com/3>",
     "form http://a.com/1\nv:fill http://b.com/2\nother http://c.com/3\n"},
    {"a parameter's value is a URL where it looks like one", true,
     "<base href=http://a.com/><param name=loop value=true><param name=movie value=' http://b.com/m.swf'>",
     "base http://a.com/\nparam http://b.com/m.swf\n"},
    {"title is not shown", true, "<title>http://a.com</title>", ""},
    {"base", true,
     "<base href=http://a.com/d/e><a href=f>1</a><a href=/g>2</a><img src=../h?i><a href=//b.com>3</a><a href=?j>4</a>"
     "<a href=http://c.com/>5</a><base href=http://evil.com><a href=k>6</a>",
     "base http://a.com/d/e\na http://a.com/d/f [1]\na http://a.com/g [2]\nimg http://a.com/h?i\na http://b.com [3]\n"
     "a http://a.com/d/e?j [4]\na http://c.com/ [5]\nbase http://evil.com\na http://a.com/d/k [6]\n"},
    {"base behind what it is the base of", true,
     "<a href=login>Sign <b>in</b> at bank.com</a><img src=/i.png><a href=xy:z>1</a><a href=http://c.com/>2</a>"
     "<form action='?z'></form><a href=www.d.com>3</a><a href=4>four <base href=http://a.com/d/e></a>"
     "<base href=http://evil.com><a href=k>5</a>",
     "bare bank.com\na xy:z [1]\na http://c.com/ [2]\na www.d.com [3]\na http://a.com/d/login [Sign in at bank.com] {bank.com}\n"
     "img http://a.com/i.png\nform http://a.com/d/e?z\na http://a.com/d/4 [four]\nbase http://a.com/d/e\n"
     "base http://evil.com\na http://a.com/d/k [5]\n! url.base_late\n"},
    {"backslashes and the base's own scheme leave a base or stay", true,
     "<base href=http://a.com/d/e><a href='\\\\evil.com\\x'>1</a><a href='/\\evil.com'>2</a><a href=http:f>3</a>"
     "<a href='http:\\\\evil.com'>4</a><a href='\\g'>5</a>",
     "base http://a.com/d/e\na http:\\\\evil.com\\x [1]\na http:/\\evil.com [2]\na http://a.com/d/f [3]\n"
     "a http:\\\\evil.com [4]\na http://a.com\\g [5]\n"},
    {"relative without a base", true, "<a href=x.html>1</a><a href=/y>2</a><img src=i/logo.png><a href=index.php>3</a>", ""},
    {"host without a scheme in an href", true, "<a href=www.a.com/x>1</a><a href='foo.co.jp'>2</a>",
     "a www.a.com/x [1]\na foo.co.jp [2]\n"},
    {"two slashes", true, "<img src=//a.com/i.png><img src='\\\\b.com\\i.png'>", "img //a.com/i.png\nimg \\\\b.com\\i.png\n"},
    {"backslashes", true, "<a href='http:\\\\a.com\\x'>1</a>", "a http:\\\\a.com\\x [1]\n"},
    {"left out", true,
     "<a href=mailto:a@b.com>1</a><img src=cid:x><a href=#top>2</a><a href=tel:1>3</a><a href=''>4</a><a href=' '>5</a>"
     "<a href=c:/x>6</a><a href=http:>7</a><a href=about:blank>8</a>",
     ""},
    {"data and javascript", true,
     "<img src=\"data:image/png;base64,iVBOR\"><a href=\"data:text/html,<b>x\">1</a><a href='JavaScript:go(1)'>2</a>"
     "<a href=\"vbscript:x\">3</a>",
     "img data:image/png;base64\na data:text/html [1]\na JavaScript:go(1) [2]\na vbscript:x [3]\n! html.data_page\n"},
    {"page in a data: URL, its links too", true, "<a href=\"data:text/html,%3Ca%20href=http://a.com/1%3Ex</a>\">1</a>",
     "a data:text/html [1]\na http://a.com/1 [x]\n! html.data_page\n"},
    {"page in a data: URL, in base64, in a frame", true, "<iframe src=' DA\nta:text/html;charset=utf-8;base64,PGZvcm0gYWN0aW9uPSdo\ndHRwOi8vYi5jb20vMic+'></iframe>",
     "iframe DAta:text/html;charset=utf-8;base64\nform http://b.com/2\n! html.data_page\n"},
    {"page in a data: URL, by refresh", true, "<meta http-equiv=refresh content=\"0;url=data:text/html,<a href=http://a.com>\">",
     "meta data:text/html\na http://a.com\n! html.data_page\n"},
    {"page in a page in a page", true, "<iframe src='data:text/html,<iframe src=\"data:text/html,%253Ca href=http://a.com/deep>\">'>",
     "iframe data:text/html\niframe http://a.com/deep\n! html.data_page\n"},
    {"drawing in a data: URL: a picture, or a page", true, "<img src='data:image/svg+xml,<svg><a href=http://a.com/1>'><object data='data:image/svg+xml,<svg><a href=http://b.com/2>'>",
     "img data:image/svg+xml\na http://b.com/2\n! html.data_page\n"},
    {"script in a data: URL", true, "<script src='data:text/javascript;base64,bG9jYXRpb24uaHJlZj0naHR0cDovL2EuY29tLyc='></script>",
     "script data:text/javascript;base64\nscript http://a.com/\n! html.data_page\n! html.script_built\n"},
    {"data: URL of no page", true, "<a href='data:,x'>1</a><a href='data:text/plain,http://a.com'>2</a><img src=data:image/gif;base64,R0lG>",
     "a data: [1]\na data:text/plain [2]\nimg data:image/gif;base64\n"},
    {"script-built page: document.write", true, "<script>document.write('<p>')</script>",
     "! html.script_built\n"},
    {"script-built page: document.writeln by brackets", true, "<script>document [ 'writeln' ](x)</script>",
     "! html.script_built\n"},
    {"script-built page: eval", true, "<script>eval(x)</script>",
     "! html.script_built\n"},
    {"script-built page: unescape", true, "<script>y=unescape('%3C')</script>",
     "! html.script_built\n"},
    {"script-built page: atob", true, "<script>window.atob(y)</script>",
     "! html.script_built\n"},
    {"script-built page: fromCharCode", true, "<script>String.fromCharCode(60)</script>",
     "! html.script_built\n"},
    {"script-built page: innerHTML", true, "<script>a.innerHTML=b</script>",
     "! html.script_built\n"},
    {"script-built page: location", true, "<script>location='x'</script>",
     "! html.script_built\n"},
    {"script-built page: location.href", true, "<script>window.location.href  = x</script>",
     "! html.script_built\n"},
    {"script-built page: location.replace", true, "<script>top.location.replace(x)</script>",
     "! html.script_built\n"},
    {"script-built page: a file made by the page", true, "<script>URL.createObjectURL(b)</script>",
     "! html.script_built\n"},
    {"script-built page: an escaped letter", true, "<script>\\x65val(x)</script>",
     "! html.script_built\n"},
    {"script that builds nothing: a comparison", true, "<script>if(location.href=='x'||location===y)go()</script>",
     ""},
    {"script that builds nothing: another's write", true, "<script>log.write(x);document.title=1;write(2)</script>",
     ""},
    {"script that builds nothing: a longer word", true, "<script>evaluate(atobx,location_x=1)</script>",
     ""},
    {"script that builds nothing: reading only", true, "<script>x=location.href;y=document.cookie</script>",
     ""},
    {"script-built page: a handler", true, "<body onload=\"location='http://a.com/x'\"><p on=location=1>",
     "body http://a.com/x\n! html.script_built\n"},
    {"script-built page: a javascript: link", true, "<a href=\"javascript:document.write('http://a.com/x')\">1</a>",
     "a javascript:document.write('http://a.com/x') [1]\na http://a.com/x\n! html.script_built\n"},
    {"spaces and line breaks in a value", true, "<a href=\" ht\ntp://a\t.com/\r\nx \">1</a>", "a http://a.com/x [1]\n"},
    {"entities in a value", true, "<a href='&#104;ttp&colon;&sol;&sol;a&period;com&#x2F;?b=1&amp;c=2'>1</a>",
     "a http://a.com/?b=1&c=2 [1]\n"},
    {"a password is masked", true, "<a href=http://me:secret@a.com/x>1</a> ftp://u:p@b.com/y",
     "a http://me:***@a.com/x [1]\n- ftp://u:***@b.com/y\n"},
    {"text is folded", true, "<a href=http://a.com>\r\n One\t<b>two</b>&nbsp;&#8203;three<br>four\n</a>",
     "a http://a.com [One two three four]\n"},
    {"text of an image", true, "<a href=http://a.com><img src=http://b.com/i alt=' Shop\n now '></a>",
     "a http://a.com [Shop now]\nimg http://b.com/i\n"},
    {"text before an image's", true, "<a href=http://a.com><img alt=Shop>now</a>", "a http://a.com [now]\n"},
    {"text that shows a host", true,
     "<a href=http://evil.com/1>https://Bank.com/login</a><a href=http://evil.com/2>Go to www.bank.com!</a>"
     "<a href=http://evil.com/3>ba<span>nk</span>.com</a><a href=http://evil.com/4>me@bank.com</a>",
     "a http://evil.com/1 [https://Bank.com/login] {bank.com}\na http://evil.com/2 [Go to www.bank.com!] {www.bank.com}\n"
     "a http://evil.com/3 [bank.com] {bank.com}\na http://evil.com/4 [me@bank.com]\n"},
    {"a URL shown by an anchor is no link", true, "<a href=http://evil.com>http://bank.com</a> http://c.com",
     "a http://evil.com [http://bank.com] {bank.com}\n- http://c.com\n"},
    {"but by an anchor that leads nowhere it is", true, "<a href=#>http://bank.com</a><a name=x>http://c.com</a>",
     "- http://bank.com\n- http://c.com\n"},
    {"an anchor ends at the next", true, "<a href=http://a.com>one<a href=http://b.com>two</a>",
     "a http://a.com [one]\na http://b.com [two]\n"},
    {"an anchor ends with its cell", true, "<td><a href=http://a.com>one</td><td>http://b.com</td>",
     "a http://a.com [one]\n- http://b.com\n"},
    {"a script inside an anchor", true, "<a href=http://a.com>one<script>'http://b.com/x",
     "a http://a.com [one]\nscript http://b.com/x\n"},
    {"an anchor never closed", true, "<a href=http://a.com>one <p>two", "a http://a.com [one two]\n"},
    {"long text is cut at a character", true,
     "<a href=http://a.com>ああああああああああああああああああああああああああああああああああああああああ"
     "ああああああああああああああああああああああああああああああああああああああああああああああああああ</a>",
     "a http://a.com [ああああああああああああああああああああああああああああああああああああああああ"
     "あああああああああああああああああああああああああああああああああああああああああああああ]\n"},
    {"text comes to a link known from before", true,
     "http://a.com <a href=http://a.com>one</a><a href=http://a.com>two</a><a href=http://a.com>b.com</a>",
     "a http://a.com [b.com] {b.com}\n"},
    {"a script in an attribute does not hide the URL around its tag", true,
     "<p>https://a.com/p<b onclick=\"go('https://b.com/y')\">q</b> https://c.com/x<i onfoo=\"f()\"> </i></p>",
     "b https://b.com/y\n- https://a.com/pq\n- https://c.com/x\n"},
    {"a link of an inline tag comes behind the names that stand before it", true,
     "<p>b.com t<i/href=http://a.com>(c.com:x<b src=http://d.com/>y.com</b> http://e.com/f<u src=http://h.com>g z",
     "bare b.com\ni http://a.com\nbare c.com\nb http://d.com/\nbare xy.com\nu http://h.com\n- http://e.com/fg\n"},
    {"running text between tags", true, "<p>http://a.com</p><p>b.com/x</p>c.<wbr>com<br>www.d<b>d.com</b> e.<i></i>com",
     "- http://a.com\nbare b.com/x\nbare c.com\nbare www.dd.com\nbare e.com\n"},
    {"not: a URL over an element's border", true, "<span>http://a.com</span><span>x</span>", "- http://a.com\n"},
    {"entities in running text", true, "&lt;https://a.com/?b=1&amp;c=2&gt; &quot;http://b.com&quot;",
     "- https://a.com/?b=1&c=2\n- http://b.com\n"},
    {"an attribute without its closing quote", true, "<a href=\"http://a.com>one</a><a href=\"http://b.com\">two</a>",
     "a http://a.com>one</a><a href= [two]\n"},
};

static void check_cases(const struct link_case *c, size_t n, bool brief)
{
    int wrong = 0;

    for (size_t i = 0; i < n; i++) {
        struct links_run run = {suffix, c[i].html, 0, brief, NULL};
        char *out = split_check(c[i].name, links_run, &run, span_cstr(c[i].input));

        if (strcmp(out, c[i].expected) != 0) {
            print_error("%s: %s\n  expected\n%s  found\n%s", c[i].name, c[i].input, c[i].expected, out);
            wrong++;
        }
        free(out);
    }
    assert_int_equal(wrong, 0);
}

static void each_case_at_every_cut(void **state)
{
    (void)state;
    check_cases(cases, sizeof(cases) / sizeof(*cases), false);
}

static void each_html_case_at_every_cut(void **state)
{
    (void)state;
    check_cases(html_cases, sizeof(html_cases) / sizeof(*html_cases), true);
}

/* Whatever tags were known before, and now are: what comes out is what comes out without. */
static void each_html_case_with_known_tags(void **state)
{
    (void)state;
    for (int again = 0; again < 2; again++)
        for (size_t i = 0; i < sizeof(html_cases) / sizeof(*html_cases); i++) {
            struct links_run run = {suffix, true, 0, true, memo};
            char *out = split_check(html_cases[i].name, links_run, &run, span_cstr(html_cases[i].input));

            assert_string_equal(out, html_cases[i].expected);
            free(out);
        }
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(html_cases) / sizeof(*html_cases); i++)
        for (long n = 1; n < 40; n++) {
            struct links_run run = {suffix, true, n, true, NULL};
            char *out = links_run(&run, span_cstr(html_cases[i].input), SPLIT_EACH);

            assert_null(strstr(out, "LEAK"));
            /* Nothing is missing without a word: what differs says so. */
            if (*out && strcmp(out, html_cases[i].expected) != 0 && !strstr(out, "! record.too_large"))
                fail_msg("%s, allocation %ld:\n%s", html_cases[i].name, n, out);
            free(out);
        }
}

static char *many_links(unsigned n)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    for (unsigned i = 0; i < n; i++)
        fprintf(out, "<a href=http://a.com/%u>%u</a>\n", i, i);
    fclose(out);
    return text;
}

static void links_are_capped(void **state)
{
    struct links_run run = {suffix, true, 0, true, NULL};
    char *text = many_links(LIMIT_LINKS), *out;

    (void)state;
    out = links_run(&run, span_cstr(text), SPLIT_WHOLE);
    assert_non_null(strstr(out, "a http://a.com/1023 [1023]\n"));
    assert_null(strstr(out, "!"));
    free(out);
    free(text);
    text = many_links(3 * LIMIT_LINKS);
    out = links_run(&run, span_cstr(text), SPLIT_WHOLE);
    assert_non_null(strstr(out, "a http://a.com/1023 [1023]\n! url.too_many\n"));
    free(out);
    free(text);
}

/* The same link a hundred thousand times: no more are looked at, and the record says so. */
static void sightings_are_capped(void **state)
{
    struct links_run run = {suffix, false, 0, true, NULL};
    size_t n = 6 * (LIMIT_LINK_SIGHTINGS + 1);
    char *text = malloc(n), *out;

    (void)state;
    for (size_t i = 0; i < n; i += 6)
        memcpy(text + i, "a.com;", 6);
    out = links_run(&run, span_of(text, n - 6), SPLIT_WHOLE);
    assert_string_equal(out, "bare a.com\n");
    free(out);
    out = links_run(&run, span_of(text, n), SPLIT_WHOLE);
    assert_string_equal(out, "bare a.com\n! url.too_many\n");
    free(out);
    free(text);
}

/* Two bytes of a ping= name a link of four thousand, the base's: behind the last that is looked at none is put together. */
static void none_is_resolved_behind_the_cap(void **state)
{
    struct reference_base base;
    struct link_set set;
    struct arena a;

    (void)state;
    arena_init(&a, &suffix_mem, 1 << 16);
    link_set_init(&set, &suffix_mem, &(struct hash_key){1, 2}, suffix);
    link_set_reset(&set, &a);
    reference_init(&base, &suffix_mem);
    reference_set_base(&base, &set, SPAN("http://a.example/"), LINK_IN_HTML);
    set.sightings = LIMIT_LINK_SIGHTINGS - 1;
    assert_int_equal(reference_add(&base, &set, SPAN("b"), "a", LINK_IN_HTML), 0);
    buf_clear(&base.resolved);
    assert_int_equal(reference_add(&base, &set, SPAN("b"), "a", LINK_IN_HTML), LINK_NONE);
    assert_int_equal(base.resolved.n, 0);
    assert_true(anomaly_has(set.anomalies, ANOMALY_URL_TOO_MANY));
    reference_free(&base);
    link_set_free(&set);
    arena_free(&a);
}

static void long_urls_are_cut(void **state)
{
    struct links_run run = {suffix, true, 0, true, NULL};
    char text[2 * LIMIT_URL + 64] = "<a href=http://a.com/", *out;
    size_t n = strlen(text);

    (void)state;
    memset(text + n, 'x', 2 * LIMIT_URL);
    strcpy(text + n + 2 * LIMIT_URL, ">one</a>");
    out = split_check("long href", links_run, &run, span_cstr(text));
    assert_int_equal(strlen(out), LIMIT_URL + strlen("a  [one]\n! url.too_long\n"));
    free(out);
    run.html = false;
    out = links_run(&run, span_cstr(text), SPLIT_WHOLE);
    assert_int_equal(strlen(out), LIMIT_URL + strlen("- \n! url.too_long\n"));
    free(out);
}

static char *repeated(const char *head, const char *unit, unsigned n, const char *tail)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    fputs(head, out);
    while (n--)
        fputs(unit, out);
    fputs(tail, out);
    fclose(out);
    return text;
}

/* Neither a URL nor a text ends in half a character. */
static void cuts_keep_characters_whole(void **state)
{
    struct links_run run = {suffix, true, 0, true, NULL};
    char *text = repeated("<a href='http://aa.com/", "あ", 2000, "'>x</a>"), *out, *expected;

    (void)state;
    out = links_run(&run, span_cstr(text), SPLIT_WHOLE);
    expected = repeated("a http://aa.com/", "あ", (LIMIT_URL - 14) / 3, " [x]\n! url.too_long\n");
    assert_string_equal(out, expected);
    free(out);
    free(text);
    free(expected);
    text = repeated("&#x200b;", "あ", 200, "</a>");
    expected = repeated("<a href='http://a.com'>x", "&#x200b;", 120, text);
    out = links_run(&run, span_cstr(expected), SPLIT_WHOLE);
    free(text);
    free(expected);
    expected = repeated("a http://a.com [x", "あ", 49, "]\n");
    assert_string_equal(out, expected);
    free(out);
    free(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case_at_every_cut),
        cmocka_unit_test(each_html_case_at_every_cut),
        cmocka_unit_test(each_html_case_with_known_tags),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(links_are_capped),
        cmocka_unit_test(sightings_are_capped), cmocka_unit_test(none_is_resolved_behind_the_cap),
        cmocka_unit_test(long_urls_are_cut), cmocka_unit_test(cuts_keep_characters_whole),
    };

    return cmocka_run_group_tests(tests, open_suffix, close_suffix);
}
