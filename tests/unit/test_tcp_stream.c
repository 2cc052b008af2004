/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_stream: scripted conversations and what must come out of them, whatever the sequence
 * numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/unit/tcp_script.h"

#define OPEN "C 0 syn; S 0 syn; C 1;"

static const struct {
    const char *name, *script, *out;
} cases[] = {
    {"a plain conversation", OPEN "S 1 '220 hi'; C 1 'QUIT'; S 7 '221'; S 10 fin; C 5 fin; S 11",
     "S[220 hi] C[QUIT] S[221] S. C. fin"},
    {"segments out of order", OPEN "C 4 'def'; C 7 'ghi'; C 1 'abc'", "C[abcdefghi]"},
    {"a reply read before its command waits for it",
     OPEN "S 1 '220'; S 4 '250' ack 5; C 1 'EHLO' ack 4",
     "S[220] C[EHLO] S[250]"},
};

static char *play(const char *script, uint32_t base_c, uint32_t base_s)
{
    const uint32_t base[2] = {base_c, base_s};
    struct script_run r;
    size_t n;
    struct tcp_step *steps = script_parse(script, &n);

    run_init(&r);
    for (size_t i = 0; i < n; i++)
        run_step(&r, &steps[i], base);
    free(steps);
    return run_end(&r);
}

static void scripts_give_what_they_must(void **state)
{
    static const uint32_t bases[][2] = {
        {0, 0}, {1000, 500000}, {0xfffffffb, 0xfffffffe}, {0x7ffffffc, 0xffffffff}};
    int bad = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        for (size_t j = 0; j < sizeof(bases) / sizeof(*bases); j++) {
            char *out = play(cases[i].script, bases[j][0], bases[j][1]);

            if (strcmp(out, cases[i].out) != 0) {
                fprintf(stderr, "%s (base %u, %u)\n  expected %s\n  got      %s\n", cases[i].name,
                        bases[j][0], bases[j][1], cases[i].out, out);
                bad++;
            }
            free(out);
        }
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scripts_give_what_they_must),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
