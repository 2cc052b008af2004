/* SPDX-License-Identifier: Apache-2.0 */
/* Which language a person is spoken to in: what the environment asks for, and --lang among other words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/language.h"

#define JA LANGUAGE_JAPANESE
#define EN LANGUAGE_ENGLISH

static const struct {
    const char *all, *messages, *lang, *list; /* LC_ALL, LC_MESSAGES, LANG, LANGUAGE; NULL: not set */
    enum language expected;
} environments[] = {
    {NULL, NULL, NULL, NULL, EN},
    {NULL, NULL, "ja_JP.UTF-8", NULL, JA},
    {NULL, NULL, "ja_JP.eucJP", NULL, JA}, /* all we write is UTF-8 all the same */
    {NULL, NULL, "ja", NULL, JA},
    {NULL, NULL, "jam_JM.UTF-8", NULL, EN}, /* Jamaican begins with the same letters */
    {NULL, NULL, "fr_FR.UTF-8", NULL, EN},
    /* LC_ALL before LC_MESSAGES before LANG; one that is set to nothing is not set */
    {"C", NULL, "ja_JP.UTF-8", NULL, EN},
    {NULL, "C", "ja_JP.UTF-8", NULL, EN},
    {"ja_JP.UTF-8", "C", "C", NULL, JA},
    {"", "", "ja_JP.UTF-8", NULL, JA},
    /* LANGUAGE is a list, and means nothing in C */
    {NULL, NULL, "en_US.UTF-8", "ja", JA},
    {NULL, NULL, "ja_JP.UTF-8", "en", EN},
    {NULL, NULL, "fr_FR.UTF-8", "fr:de:ja_JP:en", JA},
    {NULL, NULL, "fr_FR.UTF-8", "fr:en:ja", EN},
    {NULL, NULL, "ja_JP.UTF-8", "fr::", JA},
    {NULL, NULL, "C.UTF-8", "ja", JA},
    {NULL, NULL, "C", "ja", EN},
    {NULL, NULL, NULL, "ja", EN},
    {"POSIX", NULL, "ja_JP.UTF-8", "ja", EN},
};

static void set(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

static void environment_is_read_as_gettext_reads_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(environments) / sizeof(environments[0]); i++) {
        set("LC_ALL", environments[i].all);
        set("LC_MESSAGES", environments[i].messages);
        set("LANG", environments[i].lang);
        set("LANGUAGE", environments[i].list);
        if (language_of_environment() != environments[i].expected)
            fail_msg("environment %zu", i);
    }
}

static const struct {
    const char *line, *left, *word; /* word NULL: not named */
} commands[] = {
    {"mxtap", "mxtap", NULL},
    {"mxtap help", "mxtap help", NULL},
    {"mxtap --lang ja help", "mxtap help", "ja"},
    {"mxtap help --lang=ja", "mxtap help", "ja"},
    {"mxtap top helo --lang ja -n 5", "mxtap top helo -n 5", "ja"},
    {"mxtap --lang ja top --lang en", "mxtap top", "en"},
    {"mxtap help --lang", "mxtap help", ""},
    {"mxtap help --lang=", "mxtap help", ""},
    {"mxtap help --language", "mxtap help --language", NULL}, /* the verb says what it thinks of it */
    {"mxtap replay x -- --lang ja", "mxtap replay x -- --lang ja", NULL},
    {"mxtap replay --lang ja x -- tcp --lang", "mxtap replay x -- tcp --lang", "ja"},
};

static void the_word_is_taken_out_of_the_command_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        char line[128], left[128] = "", *argv[16], *save = NULL;
        const char *word;
        int argc = 0;

        snprintf(line, sizeof(line), "%s", commands[i].line);
        for (char *w = strtok_r(line, " ", &save); w; w = strtok_r(NULL, " ", &save))
            argv[argc++] = w;
        argv[argc] = NULL;
        language_argument(&argc, argv, &word);
        for (int k = 0; k < argc; k++)
            snprintf(left + strlen(left), sizeof(left) - strlen(left), "%s%s", k ? " " : "", argv[k]);
        assert_string_equal(left, commands[i].left);
        assert_null(argv[argc]);
        assert_int_equal(!word, !commands[i].word);
        if (word)
            assert_string_equal(word, commands[i].word);
    }
}

/* The texts stay as they are, and plurals are English, whatever the environment asks for; tests/lang/check sees Japanese. */
static void english_needs_no_translations(void **state)
{
    (void)state;
    set("LC_ALL", "ja_JP.UTF-8");
    language_start(LANGUAGE_ENGLISH);
    assert_int_equal(language_now(), LANGUAGE_ENGLISH);
    assert_string_equal(_("Input"), "Input");
    assert_string_equal(P_("one mail", "many mails", 1), "one mail");
    assert_string_equal(P_("one mail", "many mails", 0), "many mails");
    assert_string_equal(_(""), ""); /* gettext's own answer to it is the head of the file */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(environment_is_read_as_gettext_reads_it),
        cmocka_unit_test(the_word_is_taken_out_of_the_command_line),
        cmocka_unit_test(english_needs_no_translations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
