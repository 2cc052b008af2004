/* SPDX-License-Identifier: Apache-2.0 */
/* language: people are spoken to in English or Japanese; records, keys of Redis and JSON never change with it. */
#ifndef MXTAP_SENSOR_LANGUAGE_H
#define MXTAP_SENSOR_LANGUAGE_H

#include <stdbool.h>

/*
 * Whoever shows a text to a person writes the English one, whole sentences and never pieces of one:
 *
 *     snprintf(err, sizeof(err), _("%s: no such folder"), path);
 *     {"replay", N_("read captures")}, ...        and where it is shown: _(verbs[i].does)
 *     report_add(out, P_("%u mail", "%u mails", n), n);
 *
 * log_line and log_seldom look their format up themselves. `make po` collects the texts into po/ja.po,
 * tests/lang/check says which still want a translation. Never inside _(): what strangers sent, and names that
 * programs read.
 */
#define _(text) language_text(text)
#define N_(text) text
#define P_(one, many, n) language_plural((one), (many), (n))

enum language { LANGUAGE_ENGLISH, LANGUAGE_JAPANESE };

/* "en" or "ja". */
bool language_parse(const char *word, enum language *out);

/*
 * Once, before anything is said and before there are threads or locks: the file of translations is mapped here and
 * asked for nothing later. LC_CTYPE becomes UTF-8 in either language; numbers and times keep the C locale's form.
 */
void language_start(enum language language);
/* What LC_ALL, LC_MESSAGES, LANG (the first that is set) and then LANGUAGE ask for, as gettext understands them. */
enum language language_of_environment(void);
/* Takes --lang WORD or --lang=WORD out of the words before "--": *word is the last one's, NULL where there is none;
 * "" where its value is missing. */
void language_argument(int *argc, char **argv, const char **word);

/* The language that texts come in: English where the translations were not found. */
enum language language_now(void);

/* The translation, or text itself. Static. */
const char *language_text(const char *text) __attribute__((format_arg(1)));
/* The form for n of them. */
const char *language_plural(const char *one, const char *many, unsigned long n)
    __attribute__((format_arg(1), format_arg(2)));

#endif
