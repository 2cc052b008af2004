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

static struct suffix *suffix;
static struct mem suffix_mem;

static void each_case_at_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct links_run run = {suffix, cases[i].html, 0};
        char *out = split_check(cases[i].name, links_run, &run, span_cstr(cases[i].input));

        if (strcmp(out, cases[i].expected) != 0)
            print_error("case: %s\n", cases[i].name);
        assert_string_equal(out, cases[i].expected);
        free(out);
    }
}

static int open_suffix(void **state)
{
    (void)state;
    mem_init(&suffix_mem, 0);
    suffix = suffix_new(&suffix_mem, NULL);
    return suffix ? 0 : -1;
}

static int close_suffix(void **state)
{
    (void)state;
    suffix_free(suffix);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case_at_every_cut),
    };

    return cmocka_run_group_tests(tests, open_suffix, close_suffix);
}
