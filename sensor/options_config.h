/* SPDX-License-Identifier: Apache-2.0 */
/* options_config: what --config FILE sets: its keys are the long options. */
#ifndef MXTAP_SENSOR_OPTIONS_CONFIG_H
#define MXTAP_SENSOR_OPTIONS_CONFIG_H

#include "sensor/options_table.h"

/* What is said of a URL with a password in it. */
#define CONFIG_NO_PASSWORD \
    N_("no password stands in this file: leave it out of the URL, and let redis-password-file name one that holds it")

/*
 * Reads path and sets each key of it that is an option of the verbs in `on` (the others are other verbs' and are only
 * known by name) and that given[its place in option_table] does not say the command line has set. False with one line
 * in err that names file, line, key and the way out.
 */
bool options_config_read(struct options *o, const char *path, unsigned on, const bool *given, char err[512]);

/* Whether a file may hold that key; false with why. */
bool options_config_key(const char *key, char why[WHY]);
/* A list with commas, which may go on under the same key. */
bool options_config_is_list(const char *key);

#endif
