/* SPDX-License-Identifier: Apache-2.0 */
/* The public suffix list, asked and not asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libpsl.h>

#include "decoders/link/suffix.h"
#include "decoders/link/suffix_rules.h"
#include "decoders/link/url.h"
#include "decoders/link/url_host.h"
#include "tests/unit/split.h"

/* The same words asked each question in every order: what is remembered of one is no answer to another. */
static void questions_are_kept_apart(void **state)
{
    static const struct {
        const char *name;
        bool domain, tld, icann; /* a registrable domain is in it; it is a TLD; names are registered under it */
    } names[] = {
        {"com", false, true, true},        {"jp", false, true, true},         {"museum", false, true, true}, {"co.uk", false, false, true},
        {"github.io", false, false, false}, {"example.com", true, false, false}, {"invalid", false, false, true}, /* by the default rule */
    };
    struct mem m;
    struct suffix *s;

    (void)state;
    mem_init(&m, 0);
    s = suffix_new(&m, NULL, &(struct hash_key){1, 2});
    assert_non_null(s);
    srand(4);
    for (int n = 0; n < 3000; n++) {
        size_t i = (size_t)rand() % (sizeof(names) / sizeof(*names));
        struct span name = span_cstr(names[i].name);

        switch (rand() % 3) {
        case 0:
            assert_int_equal(suffix_registrable(s, name).p != NULL, names[i].domain);
            break;
        case 1:
            assert_int_equal(suffix_is_tld(s, name), names[i].tld);
            break;
        default:
            if (suffix_is_icann(s, name) != names[i].icann)
                fail_msg("%s", names[i].name);
        }
    }
    suffix_free(s);
    assert_int_equal(m.used, 0);
}

/* What a list has rules about may be a suffix, and what stands in front of a wildcard's name; most others may not. */
static void rules_tell_what_is_no_suffix(void **state)
{
    static const char list[] = "// com and others\n\ncom\r\n co.uk // a comment\n*.kobe.jp\n!city.kobe.jp\n/a.bc\ngithub.io\nb.com";
    static const char *const may[] = {"co.uk", "kobe.jp", "x.kobe.jp", "city.kobe.jp", "github.io", "com", "x", "", "\xc3\xa9.com", "xn--a.com", "a.xn--b",
                                      ".com", ".co.uk", "com.", "x."}; /* dots where none should be: libpsl leaves them out, or reads past them */
    static const char *const may_not[] = {"a.co.uk", "y.x.kobe.jp", "x.com", "a.github.io", "a.bc", "and.others", "io.github"};
    static struct suffix_rules r;

    (void)state;
    for (size_t i = 0; i < sizeof(may_not) / sizeof(*may_not); i++)
        assert_false(suffix_rules_may(&r, span_cstr(may_not[i])));
    suffix_rules_add(&r, span_cstr(list));
    for (size_t i = 0; i < sizeof(may) / sizeof(*may); i++)
        if (!suffix_rules_may(&r, span_cstr(may[i])))
            fail_msg("%s", may[i]);
    for (size_t i = 0; i < sizeof(may_not) / sizeof(*may_not); i++)
        if (suffix_rules_may(&r, span_cstr(may_not[i])))
            fail_msg("%s", may_not[i]);
}

/* The next tail that a rule may be about is the first of which it is said alone, wherever one begins: in names whose labels are
 * in Punycode, not ASCII, or empty, too. */
static void the_next_tail_is_the_first_that_may(void **state)
{
    static const char *const names[] = {"a.b.co.uk", "y.x.kobe.jp", "a.b.c.d.example", "www.city.kobe.jp", "a.xn--b.co.uk", "a.\xc3\xa9.b.example",
                                        "a..com", "a.b.", "a.b.m", ".", "..", "com", "", "a.github.io.x.github.io"};
    static struct suffix_rules r;

    (void)state;
    suffix_rules_add(&r, SPAN("co.uk\n*.kobe.jp\n!city.kobe.jp\ngithub.io\n"));
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct span name = span_cstr(names[i]);

        for (size_t from = 0; from <= name.n; from++) {
            size_t at = from;

            if (from && name.p[from - 1] != '.')
                continue;
            while (!suffix_rules_may(&r, span_from(name, at)))
                at = span_find(name, at, '.') + 1;
            if (suffix_rules_next(&r, name, from) != at)
                fail_msg("%s from %zu: %zu, not %zu", names[i], from, suffix_rules_next(&r, name, from), at);
        }
    }
}

/* A mark is of one host and one place of its domain; hosts that are not remembered, or not that way, get none. Of more hosts than there
 * are places the marks that are left are right ones. */
static void marks_are_a_hosts_own(void **state)
{
    char text[32];
    struct mem m;
    struct suffix *s;
    unsigned left = 0;

    (void)state;
    mem_init(&m, 0);
    s = suffix_new(&m, NULL, &(struct hash_key){1, 2});
    assert_non_null(s);
    assert_false(suffix_mark(s, suffix_hash(s, SPAN("www.example.com")), 4)); /* nobody asked for it */
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 50000; i++) {
            struct span host = span_of(text, (size_t)snprintf(text, sizeof(text), "www.h%d.%s", i, i % 3 ? "com" : "invalid"));
            uint64_t hash = suffix_hash(s, host);

            left += round && suffix_marked(s, hash, 4);
            if (i % 2 && suffix_marked(s, hash, 4))
                fail_msg("%s was never marked", text);
            assert_false(suffix_marked(s, hash, 0) || suffix_marked(s, hash, host.n));
            suffix_registrable(s, host);
            assert_false(suffix_mark(s, hash, 5));
            assert_true(i % 2 || suffix_mark(s, hash, 4));
            assert_true(i % 2 || suffix_marked(s, hash, 4));
            assert_int_equal(suffix_registrable(s, host).n, host.n - 4); /* the mark is no part of the answer */
        }
    assert_true(left > 1000);
    suffix_unmark(s);
    assert_false(suffix_marked(s, suffix_hash(s, SPAN("www.h49998.invalid")), 4));
    assert_true(suffix_mark(s, suffix_hash(s, SPAN("www.h49998.invalid")), 4)); /* the host was not forgotten */
    suffix_free(s);
    assert_int_equal(m.used, 0);
}

/* Its memory of tails never changes an answer: names made of labels that the list has rules about. */
static void suffix_agrees_with_libpsl(void **state)
{
    static const char *const labels[] = {
        "com", "co", "uk", "jp", "kobe", "city", "www", "amazonaws", "compute", "s3", "github", "io", "ck", "x",
        "us-east-1", "blogspot", "kawasaki", "", "xn--p1ai", "example",
        "a-label-that-is-so-long-that-the-whole-name-fits-no-place-of-the-memory"};
    const psl_ctx_t *list = psl_builtin();
    uint32_t seed = 3;
    struct mem m;
    struct suffix *s;

    (void)state;
    mem_init(&m, 0);
    s = suffix_new(&m, NULL, &(struct hash_key){1, 2});
    assert_non_null(s);
    for (int round = 0; round < 60000; round++) {
        char host[1024] = "", *p = host;
        const char *expected;
        struct span domain;

        seed = seed * 1664525 + 1013904223;
        for (unsigned n = 1 + (seed >> 28) % (round % 10 ? 5 : 13); n; n--) {
            seed = seed * 1664525 + 1013904223;
            p = stpcpy(p, labels[(seed >> 16) % (sizeof(labels) / sizeof(*labels))]);
            if (n > 1)
                *p++ = '.';
        }
        *p = 0;
        if (!*host || p - host > 255)
            continue;
        expected = psl_registrable_domain(list, host);
        domain = suffix_registrable(s, span_cstr(host));
        if (expected ? (const char *)domain.p != expected : domain.p != NULL)
            fail_msg("%s: %.*s, not %s", host, SPAN_FMT(domain), expected ? expected : "none");
    }
    suffix_free(s);
    assert_int_equal(m.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suffix_agrees_with_libpsl),
        cmocka_unit_test(rules_tell_what_is_no_suffix),
        cmocka_unit_test(the_next_tail_is_the_first_that_may),
        cmocka_unit_test(marks_are_a_hosts_own),
        cmocka_unit_test(questions_are_kept_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
