/* SPDX-License-Identifier: Apache-2.0 */
/* said: grades in a column, sentences beside it. */
#include "sensor/check/said.h"

#include <stdarg.h>

#include "decoders/base/escape.h"
#include "sensor/language.h"

enum { SAID_MAX = 1024 };

static void put(struct said *s, const char *before, const char *format, va_list ap)
{
    char text[SAID_MAX];
    struct mem m;
    struct buf line;

    vsnprintf(text, sizeof(text), format, ap);
    mem_init(&m, 0);
    buf_init(&line, &m, 8 * SAID_MAX);
    if (escape_text(&line, span_cstr(text), 0))
        fprintf(s->out, "%s%.*s\n", before, SPAN_FMT(buf_span(&line)));
    buf_free(&line);
    fflush(s->out);
}

void said_title(struct said *s, const char *title, ...)
{
    va_list ap;

    va_start(ap, title);
    put(s, s->begun ? "\n" : "", language_text(title), ap);
    va_end(ap);
    s->begun = true;
}

void said(struct said *s, enum grade g, const char *format, ...)
{
    static const char *const grades[] = {N_("  ok     "), N_("  note   "), N_("  wrong  ")};
    va_list ap;

    s->notes += g == SAID_NOTE;
    s->wrong += g == SAID_WRONG;
    va_start(ap, format);
    put(s, _(grades[g]), language_text(format), ap);
    va_end(ap);
}

void said_way_out(struct said *s, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    put(s, "         ", language_text(format), ap);
    va_end(ap);
}

void said_item(struct said *s, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    put(s, "           ", language_text(format), ap);
    va_end(ap);
}
