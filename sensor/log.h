/* SPDX-License-Identifier: Apache-2.0 */
/* log: one line to standard error for the operator, never twice the same in a minute. */
#ifndef MXTAP_SENSOR_LOG_H
#define MXTAP_SENSOR_LOG_H

#include <stdint.h>

enum log_level {
    LOG_TROUBLE, /* always */
    LOG_NOTE,    /* not with -q */
    LOG_DETAIL   /* with -v */
};

/* -1 (-q), 0, 1 and more (-v). Once, before threads start. */
void log_verbosity(int verbosity);

/* The format is looked up in the language of the run (sensor/language). "mxtap: " + text + line end in one write, any thread; control and bidi characters in it are
 * escaped, what is over 2,000 bytes is cut. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for what can happen many times a second: one line a minute for each struct log_limit
 * (static, zeroed, one thread's), the next one says how often it was held back. */
struct log_limit {
    int64_t next_us; /* monotonic */
    uint64_t held;
};
void log_seldom(struct log_limit *limit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A line that is written over by the next one; nothing unless standard error is a terminal and -q
 * was not given. NULL removes it. */
void log_progress(const char *text);

/* Microseconds of the monotonic clock: for patience and deadlines, never for records. */
int64_t monotonic_us(void);

#endif
