/* SPDX-License-Identifier: Apache-2.0 */
/* log: the only place that writes to standard error while the sensor runs. */
#include "sensor/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "decoders/base/escape.h"
#include "sensor/language.h"

enum { LINE_MAX_BYTES = 2000, SELDOM_US = 60 * 1000 * 1000 };

static int shown_up_to = LOG_NOTE;
static atomic_bool progress_shown;

void log_verbosity(int verbosity)
{
    shown_up_to = verbosity < 0 ? LOG_TROUBLE : verbosity == 0 ? LOG_NOTE : LOG_DETAIL;
}

int64_t monotonic_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void put(const char *p, size_t n)
{
    /* Standard error that is full or closed is nobody's to tell. */
    while (n) {
        ssize_t done = write(STDERR_FILENO, p, n);

        if (done <= 0)
            return;
        p += done;
        n -= (size_t)done;
    }
}

/* Without memory for escapes: what is not plain ASCII is not shown. */
static void put_plain(const char *text)
{
    char line[LINE_MAX_BYTES];
    size_t n = 0;

    for (; n < sizeof(line) && text[n]; n++)
        line[n] = text[n] >= ' ' && text[n] <= '~' ? text[n] : '?';
    put(line, n);
}

static void log_text(const char *text)
{
    struct mem m;
    struct buf line;

    mem_init(&m, 0);
    buf_init(&line, &m, 4 * LINE_MAX_BYTES + 64);
    if (atomic_exchange(&progress_shown, false))
        put("\r\x1b[K", 4);
    buf_add(&line, SPAN("mxtap: "));
    if (escape_text(&line, span_cstr(text), 0) && buf_add(&line, SPAN("\n"))) {
        put((const char *)line.p, line.n);
    } else {
        put("mxtap: ", 7);
        put_plain(text);
        put("\n", 1);
    }
    buf_free(&line);
}

void log_line(enum log_level level, const char *format, ...)
{
    char text[LINE_MAX_BYTES];
    va_list ap;

    if ((int)level > shown_up_to)
        return;
    va_start(ap, format);
    vsnprintf(text, sizeof(text), _(format), ap);
    va_end(ap);
    log_text(text);
}

void log_seldom(struct log_limit *limit, const char *format, ...)
{
    char text[LINE_MAX_BYTES];
    int64_t now = monotonic_us();
    va_list ap;
    int n;

    if (now < limit->next_us) {
        limit->held++;
        return;
    }
    va_start(ap, format);
    n = vsnprintf(text, sizeof(text), _(format), ap);
    va_end(ap);
    if (limit->held && n >= 0 && (size_t)n < sizeof(text))
        snprintf(text + n, sizeof(text) - (size_t)n, _(" (and %llu more times since the last line)"),
                 (unsigned long long)limit->held);
    limit->held = 0;
    limit->next_us = now + SELDOM_US;
    log_text(text);
}

void log_progress(const char *text)
{
    char line[256];

    if (!text) {
        if (atomic_exchange(&progress_shown, false))
            put("\r\x1b[K", 4);
        return;
    }
    if (shown_up_to < LOG_NOTE || !isatty(STDERR_FILENO))
        return;
    snprintf(line, sizeof(line), "\r\x1b[K%.200s", text);
    atomic_store(&progress_shown, true);
    put(line, strlen(line));
}
