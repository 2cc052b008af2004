/* SPDX-License-Identifier: Apache-2.0 */
/* name_sound: named labels, and how often it is wrong on names that people chose and right on ones that nobody did. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sensor/judge/name_sound.h"

static const struct {
    const char *label;
    bool random;
    const char *why;
} cases[] = {
    {"tcbnvck", true, "the register: no vowel, and t, c, b, n do not meet"},
    {"a8r8m8", true, "the register: letters and digits in turn"},
    {"g0zs8omwfqere", true, "the register"},
    {"kldoqzn6x62p3", true, "the register"},
    {"dhjkweb", true, "the register: the row of keys under a left hand"},
    {"kekenainai02", false, "the register: Japanese syllables and a number"},
    {"drunkenmonkey-rosenheim", false, "the register: words"},
    {"njchangxing", false, "the register: pinyin behind a province"},
    {"montaly", false, "the register: made up, but it can be said"},
    {"yuechiyuexiang", false, "the register: pinyin"},
    {"ysnft", false, "too short to tell from an abbreviation"},
    {"nhk", false, "an abbreviation"},
    {"shinkin-bank", false, "words"},
    {"schwarzkopf", false, "German has five consonants in a row"},
    {"kuronekoyamato", false, "Japanese"},
    {"abcnews", false, "three pairs of six: an abbreviation before a word"},
    {"gfx2swf", false, "abbreviations on both sides of a digit have four pairs"},
    {"b2b2c", false, "five characters: too short"},
    {"xn--eckwd4c7cu47r2wf", false, "an IDN label is no text"},
    {"1234567", false, "digits alone"},
    {"", false, "nothing"},
};

static void test_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        if (name_is_random(span_cstr(cases[i].label)) != cases[i].random)
            fail_msg("%s: %s", cases[i].label, cases[i].why);
}

/* The lists of names_real.txt, which the table was not made from: an empty line between them. */
static void test_names_that_people_chose(void **state)
{
    unsigned n[2] = {0, 0}, wrong[2] = {0, 0}, list = 0;
    char line[256];
    FILE *f = fopen("tests/unit/names_real.txt", "r");

    (void)state;
    assert_non_null(f);
    while (fgets(line, sizeof(line), f)) {
        struct span name = span_trim(span_cstr(line));

        if (!name.n) {
            list = 1;
            continue;
        }
        n[list]++;
        wrong[list] += name_is_random(name);
    }
    fclose(f);
    printf("home pages of Debian's packages %u of %u, Japanese municipalities %u of %u\n", wrong[0], n[0], wrong[1], n[1]);
    assert_true(n[0] > 1500 && n[1] > 500);
    assert_true(wrong[0] * 1000 < n[0] * 9);
    assert_int_equal(wrong[1], 0);
}

static unsigned found(const char *alphabet, unsigned n)
{
    uint32_t seed = 7;
    unsigned hits = 0;

    for (unsigned i = 0; i < n; i++) {
        uint8_t label[12];
        size_t length = 6 + i % 6;

        for (size_t k = 0; k < length; k++) {
            seed = seed * 1664525 + 1013904223;
            label[k] = (uint8_t)alphabet[(seed >> 16) % strlen(alphabet)];
        }
        hits += name_is_random(span_of(label, length));
    }
    return hits;
}

static void test_names_that_nobody_chose(void **state)
{
    unsigned letters = found("abcdefghijklmnopqrstuvwxyz", 10000);
    unsigned both = found("abcdefghijklmnopqrstuvwxyz0123456789", 10000);

    (void)state;
    printf("random letters %u, letters and digits %u of 10000\n", letters, both);
    assert_true(letters > 3800);
    assert_true(both > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_named),
        cmocka_unit_test(test_names_that_people_chose),
        cmocka_unit_test(test_names_that_nobody_chose),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
