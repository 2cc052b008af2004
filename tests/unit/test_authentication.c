/* SPDX-License-Identifier: Apache-2.0 */
/* authentication: verdicts as receivers write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "decoders/mail/authentication.h"
#include "tests/unit/split.h"

enum { RESULTS, SPF };

static const struct {
    int field;
    const char *value, *spf, *dkim, *dmarc, *arc, *spf_domain, *dkim_domain, *by;
} cases[] = {
    {RESULTS, "mx.example.org; spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=a@b.example; dkim=pass (2048-bit key; unprotected) header.d=c.example header.i=@c.example header.b=xyz; dmarc=pass (p=REJECT) header.from=c.example",
     "pass", "pass", "pass", NULL, "b.example", "c.example", "mx.example.org"},
    {RESULTS, "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=b.example; dkim=none (message not signed) header.d=none;dmarc=fail action=quarantine header.from=x;compauth=fail reason=000",
     "pass", "none", "fail", NULL, "b.example", "none", NULL},
    {RESULTS, "mx.google.com; dkim=fail header.i=@a.example; dkim=pass header.i=@b.example; arc=pass (i=1 spf=pass); spf=softfail (google.com: domain of transitioning x@y.example does not designate) smtp.mailfrom=x@y.example",
     "softfail", "pass", NULL, "pass", "y.example", "b.example", "mx.google.com"},
    {RESULTS, "x  from=kldoqzn6x62p3.top; domainkeys=neutral (no sig); dkim=neutral (no sig); header.i=@kldoqzn6x62p3.top",
     NULL, "neutral", NULL, NULL, NULL, "kldoqzn6x62p3.top", "x"},
    {RESULTS, "mx.example 1; none", NULL, NULL, NULL, NULL, NULL, NULL, "mx.example"},
    {RESULTS, "mx; spf = pass smtp.helo = \"h.example\"; dkim/1=pass", "pass", "pass", NULL, NULL, "h.example", NULL, "mx"},
    {RESULTS, "mx; spf=pass smtp.helo=h.example smtp.mailfrom=<a@m.example>", "pass", NULL, NULL, NULL, "m.example", NULL, "mx"},
    {RESULTS, "", NULL, NULL, NULL, NULL, NULL, NULL, NULL},
    {RESULTS, "(((", NULL, NULL, NULL, NULL, NULL, NULL, NULL},
    {SPF, "pass (re27.leadw.link: domain of bounce-x@g0zs8omwfqere.link designates 114.113.195.101 as permitted sender) receiver=re27.leadw.link; client-ip=114.113.195.101; envelope-from=bounce-x@g0zs8omwfqere.link;",
     "pass", NULL, NULL, NULL, "g0zs8omwfqere.link", NULL, "re27.leadw.link"},
    {SPF, "softfail (google.com: domain of transitioning a@b.example does not designate 192.0.2.1) client-ip=192.0.2.1;",
     "softfail", NULL, NULL, NULL, "b.example", NULL, "google.com"},
    {SPF, "None (mx.example: h.example does not designate) client-ip=192.0.2.1; helo=h.example; receiver=mx.example",
     "None", NULL, NULL, NULL, "h.example", NULL, "mx.example"},
};

static void expect(size_t i, const char *what, const char *expected, struct span found)
{
    if (!expected ? found.p != NULL : !found.p || !span_eq(found, span_cstr(expected)))
        fail_msg("case %zu: %s is \"%.*s\", expected \"%s\"", i, what, SPAN_FMT(found), expected ? expected : "(absent)");
}

static void every_case(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct authentication a = {0};
        void *base;
        size_t size;
        struct span value = split_guard(span_cstr(cases[i].value), &base, &size);

        if (cases[i].field == RESULTS)
            authentication_results_parse(value, &a);
        else
            received_spf_parse(value, &a);
        expect(i, "spf", cases[i].spf, a.spf);
        expect(i, "dkim", cases[i].dkim, a.dkim);
        expect(i, "dmarc", cases[i].dmarc, a.dmarc);
        expect(i, "arc", cases[i].arc, a.arc);
        expect(i, "spf_domain", cases[i].spf_domain, a.spf_domain);
        expect(i, "dkim_domain", cases[i].dkim_domain, a.dkim_domain);
        expect(i, "by", cases[i].by, a.by);
        munmap(base, size);
    }
}

/* Words of each length up to beyond two blocks of 64, ended by each byte that ends one, or by the value's end; in them stands each byte that ends
 * none. A value ends at no '='. */
static void words_of_each_length(void **state)
{
    static const char ends[] = " \t\r\n;(";
    char text[400];

    (void)state;
    for (int n = 2; n < 150; n++)
        for (int c = 1; c < 256; c++) {
            struct authentication a = {0};
            bool is_end = strchr(ends, c) != NULL, with_rest = n % 3 > 0;
            int head, all, in;
            void *base;
            size_t size;

            if (c == '@' || c == '>' || c == '.' || c == '<') /* what is no part of a domain */
                continue;
            all = snprintf(text, sizeof(text), "%0*d; spf=pass smtp.mailfrom=", n, 7);
            head = all;
            memset(text + all, 'd', (size_t)n);
            in = head + n / 2;
            text[in] = (char)c;
            all += n;
            if (with_rest)
                all += sprintf(text + all, "%cx", ends[n % 6]);
            authentication_results_parse(split_guard(span_of(text, (size_t)all), &base, &size), &a);
            assert_int_equal(a.by.n, n);
            assert_int_equal(a.spf_domain.n, is_end ? n / 2 : n);
            munmap(base, size);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case),
        cmocka_unit_test(words_of_each_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
