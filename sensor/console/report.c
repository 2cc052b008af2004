/* SPDX-License-Identifier: Apache-2.0 */
/* report: columns, times, gaps. */
#include "sensor/console/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sensor/console/patience.h"
#include "sensor/language.h"
#include "sensor/log.h"
#include "sensor/publish/columns.h"

enum { LEAST = 60, MOST = 250, LINE = 512 };

unsigned report_width(void)
{
    struct winsize w;

    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 || !w.ws_col)
        return REPORT_WIDTH;
    return w.ws_col < LEAST ? LEAST : w.ws_col > MOST ? MOST : w.ws_col;
}

void report_add(struct buf *out, const char *format, ...)
{
    char text[LINE];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    buf_add(out, span_cstr(text));
}

void report_value(struct buf *out, struct span value, unsigned width, bool pad)
{
    columns_add_stored(out, value, width, pad);
}

void report_right(struct buf *out, unsigned width, const char *format, ...)
{
    char text[LINE];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    report_add(out, "%*s", (int)width, text);
}

void report_time(struct buf *out, struct span time, unsigned width)
{
    char text[24] = "";

    if (time.n >= 19 && time.n <= 40)
        snprintf(text, sizeof(text), "%.10s %.8s", (const char *)time.p, (const char *)time.p + 11);
    report_value(out, span_head(span_cstr(text), width), width, true);
}

void report_gaps(struct buf *out, const struct calendar *c, const struct gaps *g, bool days)
{
    char from[PERIOD_TIME], to[PERIOD_TIME], text[64];
    size_t column = REPORT_WIDTH;

    for (unsigned i = 0; i < g->n; i++) {
        int64_t last = g->v[i].to - (days ? 24 : 0);

        period_time(c, g->v[i].from, from);
        period_time(c, last, to);
        if (!days)
            snprintf(text, sizeof(text), "%.10s %.5s-%.5s", from, from + 11, last % 24 ? to + 11 : "24:00");
        else if (last > g->v[i].from)
            snprintf(text, sizeof(text), _("%.10s to %.10s"), from, to);
        else
            snprintf(text, sizeof(text), "%.10s", from);
        if (column + strlen(text) + 4 > REPORT_WIDTH) {
            report_add(out, i ? ",\n  " : "\n  ");
            column = 2;
        } else {
            report_add(out, ", ");
            column += 2;
        }
        report_add(out, "%s", text);
        column += strlen(text);
    }
}

void report_json_decimal(struct json *j, const char *key, double v)
{
    int64_t parts = (int64_t)(v * 10000 + 0.5);
    char text[8];

    json_number(j, key, parts / 10000);
    snprintf(text, sizeof(text), ".%04d", (int)(parts % 10000));
    buf_add(j->out, span_cstr(text));
}

void report_json_gaps(struct json *j, const struct calendar *c, const char *key, const struct gaps *g)
{
    char text[PERIOD_TIME];

    if (!g->n)
        return;
    json_open(j, key, '[');
    for (unsigned i = 0; i < g->n; i++) {
        json_open(j, NULL, '{');
        period_time(c, g->v[i].from, text);
        json_word(j, "from", text);
        period_time(c, g->v[i].to, text);
        json_word(j, "to", text);
        json_close(j, '}');
    }
    json_close(j, ']');
}

void report_json_period(struct json *j, const struct period *p)
{
    char text[PERIOD_TIME];

    if (p->all)
        return;
    json_open(j, "period", '{');
    period_time(&p->calendar, p->from, text);
    json_word(j, "from", text);
    period_time(&p->calendar, p->to, text);
    json_word(j, "to", text);
    json_close(j, '}');
}

bool report_flush(struct buf *out)
{
    bool ok;

    patience_ends();
    ok = !out->n || (fwrite(out->p, 1, out->n, stdout) == out->n && fflush(stdout) == 0);

    if (!ok)
        log_line(LOG_TROUBLE, "standard output cannot be written: %s", strerror(errno));
    else if (out->truncated)
        log_line(LOG_TROUBLE, "no memory for all of the answer: its end is missing");
    ok = ok && !out->truncated;
    buf_clear(out);
    return ok;
}
