/* SPDX-License-Identifier: Apache-2.0 */
/* json_lines: records of mxtap read back from a file or standard input, one line at a time. */
#ifndef MXTAP_CONSOLE_JSON_LINES_H
#define MXTAP_CONSOLE_JSON_LINES_H

#include "sensor/console/mail_facts.h"

/* A record of any event_type. Borrowed for the call. False ends the reading. */
typedef bool (*json_lines_each)(void *ctx, const struct mail_facts *f, struct span line);

/*
 * Every record of path ("-" is standard input). Lines that are no record, or longer than any, are passed over and counted. The program's
 * status: STATUS_FAILED and STATUS_DAMAGED were said in a line, which begins with `verb`. lines_bad may be NULL.
 */
int json_lines(const char *verb, const char *path, json_lines_each each, void *ctx, uint64_t *lines_bad);

#endif
