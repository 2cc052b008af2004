/* SPDX-License-Identifier: Apache-2.0 */
/* questions_config: what the console takes from the sensor's own --config FILE: which Redis, and how it is reached. */
#ifndef MXTAP_CONSOLE_QUESTIONS_CONFIG_H
#define MXTAP_CONSOLE_QUESTIONS_CONFIG_H

#include "sensor/console/questions.h"

/* Sets the keys of o->config's file that mean here what they mean to the sensor, unless the command line gave them. False
 * with one line in err. */
bool question_config_read(struct question_options *o, char err[QUESTION_ERR]);

#endif
