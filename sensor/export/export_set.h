/* SPDX-License-Identifier: Apache-2.0 */
/* export_set: what the options of `mxtap export` set; for the table of questions. */
#ifndef MXTAP_EXPORT_SET_H
#define MXTAP_EXPORT_SET_H

#include "sensor/console/questions_table.h"

/* Each as questions_table.h says. */
bool export_set_format(struct question_options *o, char *value, char why[WHY]);
bool export_set_output(struct question_options *o, char *value, char why[WHY]);
bool export_set_score(struct question_options *o, char *value, char why[WHY]);
bool export_set_campaign(struct question_options *o, char *value, char why[WHY]);
bool export_set_alert_score(struct question_options *o, char *value, char why[WHY]);
bool export_set_home(struct question_options *o, char *value, char why[WHY]);
bool export_set_trusted(struct question_options *o, char *value, char why[WHY]);
bool export_set_brands(struct question_options *o, char *value, char why[WHY]);
bool export_set_lists(struct question_options *o, char *value, char why[WHY]);
bool export_set_recipients(struct question_options *o, char *value, char why[WHY]);
bool export_set_reporter(struct question_options *o, char *value, char why[WHY]);
bool export_set_desk(struct question_options *o, char *value, char why[WHY]);
bool export_set_bom(struct question_options *o, char *value, char why[WHY]);

#endif
