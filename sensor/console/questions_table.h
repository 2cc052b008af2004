/* SPDX-License-Identifier: Apache-2.0 */
/* questions_table: every option of the console once: its names, its verbs, its help line and what it sets. */
#ifndef MXTAP_CONSOLE_QUESTIONS_TABLE_H
#define MXTAP_CONSOLE_QUESTIONS_TABLE_H

#include "sensor/console/questions.h"
#include "sensor/options_values.h"

struct question_entry {
    const char *name;     /* long, without dashes; NULL: only a letter */
    char letter;          /* 0 = none */
    const char *argument; /* NULL = takes none */
    unsigned verbs;       /* 1 << enum question, added up */
    const char *help;     /* one line */
    /* false with why filled; value is NULL where argument is */
    bool (*set)(struct question_options *o, char *value, char why[WHY]);
};

extern const struct question_entry question_table[];
extern const unsigned question_table_n; /* at most 64 */

#endif
