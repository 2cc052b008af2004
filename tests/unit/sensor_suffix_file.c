/* SPDX-License-Identifier: Apache-2.0 */
/* The text of libpsl's own list, where this machine has it: no suffix is missing in what is made of it, and answers stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <libpsl.h>
#include <openssl/sha.h>

#include "decoders/link/suffix_rules.h"
#include "sensor/judge/suffix_file.h"

/* The list that libpsl was made of, where it is here: whatever libpsl calls a suffix may be one. Its own rules, what stands in front of
 * them and behind their first dots are asked. */
static void no_suffix_is_denied_by_the_rules(void **state)
{
    static struct suffix_rules r;
    static char text[1 << 20], name[600];
    FILE *f = suffix_builtin_file() ? fopen(suffix_builtin_file(), "r") : NULL;
    size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0, asked = 0, denied = 0;
    uint8_t digest[SHA_DIGEST_LENGTH];
    char hex[2 * sizeof(digest) + 1];

    (void)state;
    if (f)
        fclose(f);
    SHA1((const uint8_t *)text, n, digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        sprintf(hex + 2 * i, "%02x", digest[i]);
    if (strcmp(hex, suffix_builtin_sha1() ? suffix_builtin_sha1() : "") != 0)
        skip();
    suffix_rules_add(&r, span_of(text, n));
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        for (int front = 0; front < 3 && *line != '/' && strlen(line) < 500; front++) {
            snprintf(name, sizeof(name), "%s%s", front == 1 ? "a." : front == 2 ? "x.y." : "", line + strspn(line, "*.!"));
            for (const char *tail = name; tail; tail = strchr(tail, '.') ? strchr(tail, '.') + 1 : NULL) {
                bool may = suffix_rules_may(&r, span_cstr(tail));

                asked++;
                denied += !may;
                if (!may && (psl_is_public_suffix2(psl_builtin(), tail, PSL_TYPE_ANY) || psl_is_public_suffix2(psl_builtin(), tail, PSL_TYPE_ICANN)))
                    fail_msg("%s", tail);
            }
        }
    assert_true(asked > 30000 && denied > asked / 5);
}

/* With the file shown or not, libpsl's answer: hosts under its rules. */
static void answers_stay(void **state)
{
    static const char *const hosts[] = {"www.example.co.jp", "co.jp", "a.github.io", "x.y.kobe.jp", "city.kobe.jp", "a.b.c.example.com",
                                        "x.invalid", "a.compute.amazonaws.com", "s3.amazonaws.com", "a.ck", "www.ck", "a.b.ck", "xn--p1ai",
                                        /* hosts as http://a..co.uk/ has them; under "m" libpsl takes every name for a suffix */
                                        "a..com", "x.a..co.uk", "a..b.github.io", "x.kobe.jp.", "a.b.com.", "komono.m", "a.komono.m"};
    static const struct hash_key key = {1, 2};
    struct suffix_list *list;
    struct suffix *s;
    struct mem m;

    (void)state;
    mem_init(&m, 0);
    list = suffix_list_open(&m, NULL);
    assert_non_null(list);
    suffix_file_tell(list);
    s = suffix_new(&m, NULL, &key);
    assert_non_null(s);
    suffix_use(s, list);
    for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
        const char *expected = psl_registrable_domain(psl_builtin(), hosts[i]);
        struct span domain = suffix_registrable(s, span_cstr(hosts[i]));

        if (expected ? (const char *)domain.p != expected : domain.p != NULL)
            fail_msg("%s: %.*s", hosts[i], SPAN_FMT(domain));
    }
    suffix_free(s);
    suffix_list_close(list);
    assert_int_equal(m.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_suffix_is_denied_by_the_rules),
        cmocka_unit_test(answers_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
