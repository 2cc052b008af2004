/* SPDX-License-Identifier: Apache-2.0 */
/* language: glibc's gettext. It translates in any locale but C, so a locale that every Debian has will do. */
#include "sensor/language.h"

#include <errno.h>
#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DOMAIN "mxtap"

static enum language now;

bool language_parse(const char *word, enum language *out)
{
    *out = strcmp(word, "ja") == 0 ? LANGUAGE_JAPANESE : LANGUAGE_ENGLISH;
    return *out == LANGUAGE_JAPANESE || strcmp(word, "en") == 0;
}

/* "ja", "ja_JP.UTF-8", "ja.UTF-8@x": the language before the first of "_.@:". */
static bool begins_with(const char *locale, const char *language)
{
    size_t n = strcspn(locale, "_.@:");

    return n == strlen(language) && strncmp(locale, language, n) == 0;
}

/* The first of LANGUAGE's list that we speak. */
static bool listed(const char *list, enum language *out)
{
    for (; *list; list += strcspn(list, ":"), list += *list == ':') {
        *out = begins_with(list, "ja") ? LANGUAGE_JAPANESE : LANGUAGE_ENGLISH;
        if (*out == LANGUAGE_JAPANESE || begins_with(list, "en"))
            return true;
    }
    return false;
}

static const char *locale_asked(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = getenv(names[i]);

        if (value && *value)
            return value;
    }
    return "C";
}

/* As in gettext, LANGUAGE means nothing in the locale C; in C.UTF-8, which many containers set for everything, it does. */
enum language language_of_environment(void)
{
    const char *locale = locale_asked(), *list = getenv("LANGUAGE");
    enum language language;

    if (strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0)
        return LANGUAGE_ENGLISH;
    if (list && listed(list, &language))
        return language;
    return begins_with(locale, "ja") ? LANGUAGE_JAPANESE : LANGUAGE_ENGLISH;
}

void language_argument(int *argc, char **argv, const char **word)
{
    static const char name[] = "--lang";
    int kept = 1, i = 1;

    *word = NULL;
    for (; i < *argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], name) == 0)
            *word = i + 1 < *argc ? argv[++i] : "";
        else if (strncmp(argv[i], name, sizeof(name) - 1) == 0 && argv[i][sizeof(name) - 1] == '=')
            *word = argv[i] + sizeof(name);
        else
            argv[kept++] = argv[i];
    }
    while (i < *argc)
        argv[kept++] = argv[i++];
    argv[kept] = NULL;
    *argc = kept;
}

/* share/locale beside the program: in build/, and in PREFIX of PREFIX/bin. */
static bool beside_program(const char *below, char folder[PATH_MAX])
{
    char own[PATH_MAX], file[PATH_MAX + 64];
    ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);

    while (n > 0 && own[n - 1] != '/')
        n--;
    if (n <= 0 || snprintf(folder, PATH_MAX, "%.*s%s", (int)n, own, below) >= PATH_MAX)
        return false;
    snprintf(file, sizeof(file), "%s/ja/LC_MESSAGES/" DOMAIN ".mo", folder);
    return access(file, R_OK) == 0;
}

/* gettext translates nothing in C, so LC_MESSAGES is any other that there is; LANGUAGE then says which language. */
static bool locale_take(void)
{
    static const char *const names[] = {"", "ja_JP.UTF-8", "C.UTF-8", "en_US.UTF-8"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *got = setlocale(LC_MESSAGES, names[i]);

        if (got && strcmp(got, "C") != 0 && strcmp(got, "POSIX") != 0)
            return true;
    }
    return false;
}

/* The first look-up maps the file: both ours and the C library's, for strerror. */
static bool japanese_found(void)
{
    char folder[PATH_MAX];
    const char *where = MXTAP_LOCALE;

    if (beside_program("share/locale", folder) || beside_program("../share/locale", folder))
        where = folder;
    if (setenv("LANGUAGE", "ja", 1) != 0 || !locale_take())
        return false;
    if (!bindtextdomain(DOMAIN, where) || !bind_textdomain_codeset(DOMAIN, "UTF-8"))
        return false;
    (void)strerror(ENOENT);
    return *dgettext(DOMAIN, "") != 0;
}

void language_start(enum language language)
{
    setlocale(LC_CTYPE, "C.UTF-8"); /* wcwidth, for columns */
    now = LANGUAGE_ENGLISH;
    if (language == LANGUAGE_JAPANESE && japanese_found())
        now = LANGUAGE_JAPANESE;
    else
        setlocale(LC_MESSAGES, "C");
}

enum language language_now(void)
{
    return now;
}

const char *language_text(const char *text)
{
    return now == LANGUAGE_ENGLISH || !*text ? text : dgettext(DOMAIN, text);
}

const char *language_plural(const char *one, const char *many, unsigned long n)
{
    if (now == LANGUAGE_ENGLISH)
        return n == 1 ? one : many;
    return dngettext(DOMAIN, one, many, n);
}
