/* SPDX-License-Identifier: Apache-2.0 */
/* config_file: the lines `key = value` of a file; the only room with <ini.h>. */
#ifndef MXTAP_SENSOR_CONFIG_FILE_H
#define MXTAP_SENSOR_CONFIG_FILE_H

#include "sensor/options_values.h"

/* One key in its turn; key and value are borrowed for the call, line counts from 1. False with why: reading ends there. */
typedef bool (*config_key)(void *ctx, const char *key, const char *value, unsigned line, char why[WHY]);

/* False with one line in err: "FILE:LINE: what is wrong and what would do", or why FILE cannot be read. */
bool config_file_read(const char *path, config_key each, void *ctx, char err[512]);

#endif
