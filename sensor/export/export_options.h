/* SPDX-License-Identifier: Apache-2.0 */
/* export_options: what `mxtap export` was told beside what all questions share. */
#ifndef MXTAP_EXPORT_OPTIONS_H
#define MXTAP_EXPORT_OPTIONS_H

#include "sensor/judge/judge.h"
#include "sensor/publish/record_json.h"

struct export_format;
struct question_options;

/* Strings are argv's own; networks are in the question's arena. */
struct export_options {
    const struct export_format *format;
    uint64_t score;       /* mails of at least that; 0 = all */
    uint64_t alert_score; /* what of a mail below it is in no list to block by */
    const char *campaign, *output, *reporter, *desk; /* NULL where not given */
    struct ip_net *home, *trusted;
    unsigned home_n, trusted_n;
    struct judge_options judge;
    bool no_brands, no_lists;
    enum recipients_mode recipients;
    bool bom;
};

enum { EXPORT_WHY = 256 };

/* As they are before the command line is read. */
void export_options_begin(struct export_options *e);
/* Once all is read: false with the option in *what and a sentence in why where they do not fit each other. Looks up the files that
 * judging needs where none was named. */
bool export_options_check(struct question_options *o, const char **what, char why[EXPORT_WHY]);

#endif
