/* SPDX-License-Identifier: Apache-2.0 */
/* Redirectors and link scanners (CASES 29): what they wrap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/links_run.h"
#include "decoders/link/unwrap.h"

/* target NULL: nothing is wrapped. */
struct unwrap_case {
    const char *name, *url, *target;
};

static const struct unwrap_case cases[] = {
    {"SafeLinks",
     "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.com%2Fx%3Fy%3D1&data=05%7C01&reserved=0",
     "https://a.com/x?y=1"},
    {"SafeLinks of Teams",
     "https://eur01.safelinks.protection.outlook.com/ap/t-59584e83/?url=https%3A%2F%2Fa.com%2F&data=x", "https://a.com/"},
    {"SafeLinks, & written as an entity once too often",
     "https://nam02.safelinks.protection.outlook.com/?data=05&amp;url=https%3A%2F%2Fa.com", "https://a.com"},
    {"SafeLinks without a target", "https://nam02.safelinks.protection.outlook.com/?data=05", NULL},
    {"a name that only ends like SafeLinks", "https://evilsafelinks.protection.outlook.com.a.org/?url=http%3A%2F%2Fb.c",
     NULL},
    {"URL Defense 1", "https://urldefense.proofpoint.com/v1/url?u=http://a.com/x&k=oIvRg1&r=2", "http://a.com/x"},
    {"URL Defense 2",
     "https://urldefense.proofpoint.com/v2/url?u=https-3A__www.a.com_p-2Dq_-3Fx-3D1&d=DwMFaQ&c=x&r=y&m=z&s=w&e=",
     "https://www.a.com/p-q/?x=1"},
    {"URL Defense 3", "https://urldefense.com/v3/__https://a.com/x?y=1__;!!AbC$", "https://a.com/x?y=1"},
    {"URL Defense 3 with one slash", "https://urldefense.com/v3/__https:/a.com/x__;!!AbC$", "https://a.com/x"},
    {"URL Defense 3 with replaced characters", "https://urldefense.com/v3/__https://a.com/*x*y__;JSM!!AbC$",
     "https://a.com/%x#y"},
    {"URL Defense 3 with a run of replaced characters", "https://urldefense.com/v3/__https://a.com/**Bz__;ISIj!!A$",
     "https://a.com/!\"#z"},
    {"a host of four letters", "https://t.me/iv?url=https%3A%2F%2Fa.com%2Fx&rhash=1", "https://a.com/x"},
    {"a host of three letters", "https://t.m/iv?url=https%3A%2F%2Fa.com%2Fx", NULL},
    {"Google", "https://www.google.com/url?q=https://a.com/x&sa=D&source=docs", "https://a.com/x"},
    {"Google elsewhere", "http://www.google.co.jp/url?sa=t&url=http%3A%2F%2Fa.com%2F", "http://a.com/"},
    {"Google AMP", "https://www.google.com/amp/s/a.com/x", "https://a.com/x"},
    {"Google, its own page", "https://www.google.com/url?q=/settings", NULL},
    {"Google, another page", "https://www.google.com/search?q=https://a.com", NULL},
    {"not Google", "https://www.google.evil.example.com/url?q=https://a.com", NULL},
    {"Google advertisement", "https://www.googleadservices.com/pagead/aclk?sa=L&adurl=https://a.com/x", "https://a.com/x"},
    {"DoubleClick", "https://ad.doubleclick.net/ddm/clk/1;2;x?adurl=http://a.com", "http://a.com"},
    {"Yahoo", "https://r.search.yahoo.com/_ylt=AwrE/RV=2/RE=1/RO=10/RU=https%3a%2f%2fa.com%2fx/RK=2/RS=q-",
     "https://a.com/x"},
    {"Bing", "https://www.bing.com/ck/a?!&&p=1&ptn=3&u=a1aHR0cHM6Ly9hLmNvbS94&ntb=1", "https://a.com/x"},
    {"Facebook", "https://l.facebook.com/l.php?u=https%3A%2F%2Fa.com%2F%3Ffbclid%3D1&h=AT0", "https://a.com/?fbclid=1"},
    {"Instagram", "https://l.instagram.com/?u=https%3A%2F%2Fa.com%2F&e=AT", "https://a.com/"},
    {"LinkedIn", "https://www.linkedin.com/redir/redirect?url=https%3A%2F%2Fa%2Ecom&urlhash=1", "https://a.com"},
    {"YouTube", "https://www.youtube.com/redirect?event=video&q=https%3A%2F%2Fa.com", "https://a.com"},
    {"Amazon SES", "https://x1.r.us-east-1.awstrack.me/L0/https:%2F%2Fa.com%2Fx/1/0100018/Ab=1", "https://a.com/x"},
    {"Barracuda", "https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fa.com%2fx&c=E,1,2&typo=1", "https://a.com/x"},
    {"Cisco", "https://secure-web.cisco.com/1AbCd_x/https%3A%2F%2Fa.com%2Fx", "https://a.com/x"},
    {"Sophos", "https://eu-west-1.protection.sophos.com/?d=a.com&u=aHR0cHM6Ly9hLmNvbS94&i=1", "https://a.com/x"},
    {"Trend Micro", "https://imsva91-ctp.trendmicro.com/wis/clicktime/v1/query?url=http%3a%2f%2fa.com&umid=1", "http://a.com"},
    {"Google's meetings", "https://meet.google.com/linkredirect?authuser=0&dest=https%3A%2F%2Fa.com%2Fx", "https://a.com/x"},
    {"Google's translator", "https://a-b--c-com.translate.goog/x?_x_tr_sl=auto&_x_tr_tl=ja", "https://a.b-c.com/x"},
    {"Google AMP, the cache", "https://a-com.cdn.ampproject.org/c/s/a.com/x", "https://a.com/x"},
    {"Google AMP, the cache, without TLS", "https://a-com.cdn.ampproject.org/v/a.com/x", "http://a.com/x"},
    {"SafeLinks in a chat", "https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url=https%3A%2F%2Fa.com&locale=en",
     "https://a.com"},
    {"Avanan", "https://url.avanan.click/v2/r01/___https://a.com/x___.YXAzOmE6b", "https://a.com/x"},
    {"Check Point", "https://protect.checkpoint.com/v2/___https://a.com/x___.YzJl", "https://a.com/x"},
    {"LinkedIn's warning", "https://www.linkedin.com/safety/go?url=https%3A%2F%2Fa.com&trk=x", "https://a.com"},
    {"DuckDuckGo", "https://duckduckgo.com/l/?uddg=https%3A%2F%2Fa.com%2Fx&rut=1", "https://a.com/x"},
    {"Yahoo's counter", "http://rd.yahoo.co.jp/brand/ss/SIG=1/*https%3A//a.com/x", "https://a.com/x"},
    {"Yahoo's counter, two stars", "http://rds.yahoo.com/_ylt=A/SIG=1/**http%3a//a.com/", "http://a.com/"},
    {"Amazon", "https://www.amazon.co.jp/gp/r.html?C=1&R=2&T=C&U=https%3A%2F%2Fa.com%2Fx&H=3", "https://a.com/x"},
    {"Mandrill", "https://mandrillapp.com/track/click/300/a.com?p=eyJzIjoieCIsInYiOjEsInAiOiJ7XCJ1XCI6MSxcInZcIjoxLFwidXJsXCI6XCJodHRwczpcXFwvXFxcL2EuY29tXFxcL3g_eT0xXCIsXCJpZFwiOlwiMlwifSJ9", "https://a.com/x?y=1"},
    {"Postmark", "https://click.pstmrk.it/3s/a.com%2Fx/abc/def", "https://a.com/x"},
    {"Rakuten", "https://hb.afl.rakuten.co.jp/hgc/x/?pc=https%3A%2F%2Fa.com", "https://a.com"},
    {"Facebook's warning", "https://www.facebook.com/flx/warn/?u=http%3A%2F%2Fa.com%2F&h=x", "http://a.com/"},
    {"Baidu keeps the target to itself", "https://www.baidu.com/link?url=Xk3dQ7_0abc", NULL},
    {"Mimecast keeps the target to itself", "https://protect-us.mimecast.com/s/AbCd?domain=a.com", NULL},
    {"a scheme alone is no target", "https://www.google.com/url?q=https:", NULL},
    {"the archive", "https://web.archive.org/web/20200101000000/http://a.com/x", "http://a.com/x"},
    {"base64 that is none", "https://eu-west-1.protection.sophos.com/?u=%%%", NULL},
    {"percent at the end", "https://www.google.com/url?q=https://a.com/%4", "https://a.com/%4"},
    {"no redirector", "https://a.com/?url=https://b.com", NULL},
    {"no host", "data:text/html", NULL},
};

static void each_case(void **state)
{
    struct unwrapper w;
    int wrong = 0;

    (void)state;
    unwrap_init(&w);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct url u;
        struct mem m;
        struct buf out;
        void *base;
        size_t size;
        struct span url = split_guard(span_cstr(cases[i].url), &base, &size);
        bool found;

        mem_init(&m, 0);
        buf_init(&out, &m, LIMIT_URL);
        assert_true(url_parse(url, URL_WITH_SCHEME, &u));
        found = unwrap(&w, &u, &out);
        if (found != (cases[i].target != NULL) || (found && !span_eq(buf_span(&out), span_cstr(cases[i].target)))) {
            print_error("%s: %s\n  expected %s\n  found    %.*s\n", cases[i].name, cases[i].url, cases[i].target,
                        SPAN_FMT(buf_span(&out)));
            wrong++;
        }
        buf_free(&out);
        assert_int_equal(m.used, 0);
        munmap(base, size);
    }
    assert_int_equal(wrong, 0);
}

static void a_target_is_a_link_behind_its_wrapper(void **state)
{
    struct mem m;
    struct links_run run = {NULL, true, 0, false, NULL};
    char *out;
    struct suffix *suffix;

    (void)state;
    mem_init(&m, 0);
    suffix = suffix_new(&m, NULL, &(struct hash_key){1, 2});
    run.suffix = suffix;
    out = split_check("wrapped twice", links_run, &run,
                      SPAN("<a href='https://www.google.com/url?q=https://l.facebook.com/l.php?u%3Dhttps%253A%252F%252Fevil.com'>"
                           "bank.com</a><a href=http://b.com>b</a>"));
    assert_string_equal(
        out,
        "https://www.google.com/url?q=https://l.facebook.com/l.php?u%3Dhttps%253A%252F%252Fevil.com tag=a scheme=https "
        "host=www.google.com domain=google.com path=/url?q=https://l.facebook.com/l.php?u%3Dhttps%253A%252F%252Fevil.com "
        "text=bank.com text_host=bank.com wrapped=https://l.facebook.com/l.php?u=https%3A%2F%2Fevil.com\n"
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fevil.com tag=a scheme=https host=l.facebook.com "
        "domain=facebook.com path=/l.php?u=https%3A%2F%2Fevil.com text=bank.com text_host=bank.com "
        "wrapped=https://evil.com\n"
        "https://evil.com tag=a scheme=https host=evil.com domain=evil.com text=bank.com text_host=bank.com\n"
        "http://b.com tag=a scheme=http host=b.com domain=b.com text=b\n");
    free(out);
    suffix_free(suffix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case),
        cmocka_unit_test(a_target_is_a_link_behind_its_wrapper),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
