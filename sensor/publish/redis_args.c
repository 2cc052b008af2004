/* SPDX-License-Identifier: Apache-2.0 */
/* redis_args: RESP's "$length CRLF bytes CRLF". */
#include "sensor/publish/redis_args.h"

#include <stdio.h>
#include <time.h>

bool protocol_number(struct buf *out, char mark, size_t n)
{
    uint8_t text[24];
    size_t at = sizeof(text);

    text[--at] = '\n';
    text[--at] = '\r';
    do {
        text[--at] = (uint8_t)('0' + n % 10);
        n /= 10;
    } while (n);
    text[--at] = (uint8_t)mark;
    return buf_add(out, span_of(text + at, sizeof(text) - at));
}

bool protocol_text(struct buf *out, struct span s)
{
    return protocol_number(out, '$', s.n) && buf_add(out, s) && buf_add(out, SPAN("\r\n"));
}

void args_put(struct redis_args *a, struct span s)
{
    protocol_text(a->out, s);
    a->n++;
}

void args_word(struct redis_args *a, const char *s)
{
    args_put(a, span_cstr(s));
}

void args_number(struct redis_args *a, int64_t v)
{
    char text[32];

    snprintf(text, sizeof(text), "%lld", (long long)v);
    args_word(a, text);
}

void args_time(struct redis_args *a, int64_t seconds)
{
    time_t t = (time_t)seconds;
    char text[40] = "1970-01-01T00:00:00Z";
    struct tm tm;

    if (seconds >= 0 && gmtime_r(&t, &tm) && tm.tm_year <= 9999 - 1900)
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    args_word(a, text);
}
