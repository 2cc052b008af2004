/* SPDX-License-Identifier: Apache-2.0 */
/* report: what all answers share: lines of columns for people, JSON for programs, then standard output. */
#ifndef MXTAP_CONSOLE_REPORT_H
#define MXTAP_CONSOLE_REPORT_H

#include "sensor/console/board_sum.h"
#include "sensor/publish/json.h"

enum { REPORT_WIDTH = 80 };

/* Columns of standard output's terminal, 60 to 250; 80 where it is none. */
unsigned report_width(void);

/* Text of our own, as printf makes it (under 512 bytes). */
void report_add(struct buf *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A value as Redis has it, in at most width columns; blanks follow up to width where padded. */
void report_value(struct buf *out, struct span value, unsigned width, bool pad);
/* Right-aligned in width columns. */
void report_right(struct buf *out, unsigned width, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* "2023-06-24 13:08" of "2023-06-24T13:08:26Z". */
void report_time(struct buf *out, struct span time, unsigned width);

/* On lines of their own: "  2023-06-24 03:00-07:00, 2023-06-25 01:00-02:00". */
void report_gaps(struct buf *out, const struct calendar *c, const struct gaps *g, bool days);

/* A number with four decimals. */
void report_json_decimal(struct json *j, const char *key, double v);
void report_json_gaps(struct json *j, const struct calendar *c, const char *key, const struct gaps *g);
/* {"from": ..., "to": ...}; nothing for all time. */
void report_json_period(struct json *j, const struct period *p);

/* All of out to standard output; empties it. False after one line when it cannot be written. */
bool report_flush(struct buf *out);

#endif
