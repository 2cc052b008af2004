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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
