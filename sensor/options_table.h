/* SPDX-License-Identifier: Apache-2.0 */
/* options_table: every option once: its names, its verbs, its help line and what it sets. */
#ifndef MXTAP_SENSOR_OPTIONS_TABLE_H
#define MXTAP_SENSOR_OPTIONS_TABLE_H

#include "sensor/options.h"
#include "sensor/options_values.h"

enum option_verbs {
    ON_REPLAY = 1,
    ON_CAPTURE = 2,
    ON_BOTH = ON_REPLAY | ON_CAPTURE,
    ON_CHECK = 4, /* check takes those of the other two as well: they are what it checks */
    /* And what a configuration file may do with it. */
    OPTION_REPEATS = 16, /* each time it is one more */
    OPTION_LIST = 32,    /* a list with commas: in a file it may go on under the same key */
    NOT_IN_FILE = 64,
    ENDS = 128           /* says something and ends: what else is given is not looked at */
};

enum option_group { GROUP_INPUT, GROUP_MEANING, GROUP_OUTPUT, GROUP_REDIS, GROUP_RUNNING, GROUPS };

struct option_entry {
    const char *name;     /* long, without dashes; NULL: only a letter */
    char letter;          /* 0 = none */
    const char *argument; /* NULL = takes none */
    unsigned verbs;       /* enum option_verbs, and its flags */
    enum option_group group;
    const char *help;     /* one line */
    /* false with why filled. value is NULL where argument is. */
    bool (*set)(struct options *o, char *value, char why[WHY]);
};

extern const struct option_entry option_table[];
extern const unsigned option_table_n;
const char *option_group_title(enum option_group g);

#endif
