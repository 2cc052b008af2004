/* SPDX-License-Identifier: Apache-2.0 */
/* Links of whole parts: what HTML and text give together, cut at every place and short of memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/links_run.h"

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

static struct suffix *suffix;
static struct tag_memo *memo; /* of all tests */
static struct mem suffix_mem;

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

/* The same link a hundred thousand times: the rest of the mail is passed over, and the record says so. */
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

/* The links of one mail, and the arena that they come to. */
struct mail_links {
    struct mem m;
    struct arena arena;
    struct links *l;
};

static struct links *mail_begin(struct mail_links *x, size_t room)
{
    static const struct hash_key key = {1, 2};

    mem_init(&x->m, 0);
    arena_init(&x->arena, &x->m, room);
    x->l = links_new(&x->m, &key, suffix);
    links_reset(x->l, &x->arena);
    return x->l;
}

static void mail_end(struct mail_links *x)
{
    links_free(x->l);
    arena_free(&x->arena);
    assert_int_equal(x->m.used, 0);
}

/* Parts of one mail share the set; the next mail begins with none. */
static void parts_share_and_mails_do_not(void **state)
{
    struct mail_links x;
    struct links *l;
    uint32_t n;

    (void)state;
    l = mail_begin(&x, LIMIT_RECORD_BYTES);
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

    l = mail_begin(&x, room);
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
    l = mail_begin(&x, LIMIT_RECORD_BYTES);
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
    l = mail_begin(&x, LIMIT_RECORD_BYTES);
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
    struct links *l = mail_begin(&x, LIMIT_RECORD_BYTES);

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

static int open_suffix(void **state)
{
    (void)state;
    mem_init(&suffix_mem, 0);
    suffix = suffix_new(&suffix_mem, NULL, &(struct hash_key){1, 2});
    memo = tag_memo_new(&suffix_mem);
    return suffix && memo ? 0 : -1;
}

static int close_suffix(void **state)
{
    (void)state;
    suffix_free(suffix);
    tag_memo_free(memo);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case_at_every_cut), cmocka_unit_test(links_behind_too_many),
        cmocka_unit_test(each_html_case_at_every_cut),
        cmocka_unit_test(each_html_case_with_known_tags),
        cmocka_unit_test(any_page_with_known_tags),
        cmocka_unit_test(any_tag_with_a_known_front_or_rest),
        cmocka_unit_test(white_space_between_tags_is_counted),
        cmocka_unit_test(any_page_shows_the_same_with_known_tags),
        cmocka_unit_test(indents_of_each_length),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(links_are_capped),
        cmocka_unit_test(sightings_are_capped),
        cmocka_unit_test(long_urls_are_cut),
        cmocka_unit_test(cuts_keep_characters_whole),
        cmocka_unit_test(parts_share_and_mails_do_not),
        cmocka_unit_test(a_link_is_what_it_is_alone),
        cmocka_unit_test(an_arena_too_small_has_the_first_links),
        cmocka_unit_test(a_full_record_keeps_what_it_has),
        cmocka_unit_test(hosts_that_come_again),
    };

    return cmocka_run_group_tests(tests, open_suffix, close_suffix);
}
