/* SPDX-License-Identifier: Apache-2.0 */
/* console: what people ask of Redis: top, show, watch, campaigns, report, search. */
#ifndef MXTAP_CONSOLE_CONSOLE_H
#define MXTAP_CONSOLE_CONSOLE_H

#include "sensor/console/questions.h"

/* True when word is one of the console's verbs. */
bool console_is_verb(const char *word);
/* argv[1] is the verb; the program's status. */
int console(int argc, char **argv);
/* mxtap help WORD; false where the word is none of ours. */
bool console_help(FILE *out, const char *word);

/* The verbs; each returns the program's status. They say what went wrong themselves. */
int console_top(const struct question_options *o);
int console_show(const struct question_options *o);
int console_watch(struct question_options *o);
int console_campaigns(const struct question_options *o);
int console_export(const struct question_options *o);
int console_report(const struct question_options *o); /* sensor/report/verb.c */
int console_search(const struct question_options *o);

/* A store, or NULL after the one line that says why not. */
struct store *console_open(const struct question_options *o);
/* Whose days boards have: what --timezone says, else what Redis says. False: console_failed. */
bool console_calendar(const struct question_options *o, struct store *s, struct calendar *c);
/* The time that was asked for, by that calendar. The status to end with, unless it is STATUS_OK; it was said why. */
int console_period(const struct question_options *o, struct store *s, struct period *p);
/* Says why the store failed; the status to end with. Where it did not, memory was refused. */
int console_failed(const struct store *s);
int console_no_memory(void);

#endif
