/* SPDX-License-Identifier: Apache-2.0 */
/* questions: the console's command line: its verbs, their options, their help. */
#ifndef MXTAP_CONSOLE_QUESTIONS_H
#define MXTAP_CONSOLE_QUESTIONS_H

#include <stdio.h>

#include "sensor/console/period.h"
#include "sensor/console/store.h"
#include "sensor/export/export_options.h"

enum question { ASK_TOP, ASK_SHOW, ASK_WATCH, ASK_CAMPAIGNS, ASK_SEARCH, ASK_EXPORT, ASK_REPORT, QUESTIONS };

/* Strings are argv's own, or owned here (url, password). */
struct question_options {
    struct mem mem;
    struct arena arena;
    enum question verb;
    bool help;
    struct store_options store;
    const char *password_file;
    const char *config;       /* --config, NULL = none */
    bool given[64];           /* by place in question_table: on the command line */
    bool password_on_command_line;
    bool json;
    uint64_t n;               /* how many; 0 = the verb's own default */
    struct period_words when;
    struct period period;     /* by `calendar`; console_period knows Redis's */
    struct calendar calendar; /* report, export: --timezone */
    bool has_calendar;
    uint64_t interval_s;      /* watch */
    const char *input;        /* campaigns, report: a file or "-", NULL = the stream */
    bool save;
    const char *html;         /* report: a file or "-" */
    uint64_t limit;           /* campaigns, report, search: mails looked at */
    char **words;             /* what is no option */
    int words_n;
    enum redis_kind kind;     /* top, show */
    int64_t now_s;
    struct export_options export; /* export */
};

enum { QUESTION_ERR = 512 };

bool question_parse_verb(const char *word, enum question *out);
const char *question_name(enum question q);

/* argv[1] is the verb. False with one line in err. question_options_free is due either way. */
bool question_options_parse(struct question_options *o, int argc, char **argv, char err[QUESTION_ERR]);
void question_options_free(struct question_options *o);

/* Synopsis, options, examples. */
void question_help(FILE *out, enum question q);
/* One line a verb, for the overview. */
void question_list(FILE *out);

#endif
