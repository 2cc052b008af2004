/* SPDX-License-Identifier: Apache-2.0 */
/* json_object: what MISP and STIX have in common. */
#define _GNU_SOURCE /* gmtime_r */
#include "sensor/export/json_object.h"

#include <time.h>

void json_object_now(const struct export *x, char text[JSON_TIME])
{
    time_t now = (time_t)x->o->now_s;
    struct tm tm = {.tm_mday = 1};

    gmtime_r(&now, &tm);
    strftime(text, JSON_TIME, "%Y-%m-%dT%H:%M:%S.000Z", &tm);
}

/* Whether it begins so; d: a digit. */
static bool has_form(struct span t, const char *form)
{
    for (size_t i = 0; form[i]; i++)
        if (i >= t.n || (form[i] == 'd' ? !ascii_digit(t.p[i]) : t.p[i] != (uint8_t)form[i]))
            return false;
    return true;
}

void json_object_time(const struct export *x, const struct mail_facts *f, char text[JSON_TIME])
{
    if (has_form(f->timestamp, "dddd-dd-ddTdd:dd:dd.ddd"))
        snprintf(text, JSON_TIME, "%.23sZ", (const char *)f->timestamp.p);
    else
        json_object_now(x, text);
}

bool json_object_sent(const struct mail_facts *f, char text[JSON_TIME])
{
    if (!has_form(f->date_utc, "dddd-dd-ddTdd:dd:ddZ"))
        return false;
    snprintf(text, JSON_TIME, "%.19s.000Z", (const char *)f->date_utc.p);
    return true;
}

struct span json_object_address(struct span from)
{
    size_t open = from.n;

    while (open && from.p[open - 1] != '<')
        open--;
    return open ? span_head(span_from(from, open), span_find(span_from(from, open), 0, '>')) : span_trim(from);
}

struct span json_object_display(struct span from)
{
    size_t open = from.n;

    while (open && from.p[open - 1] != '<')
        open--;
    return open ? span_trim(span_head(from, open - 1)) : span_of(NULL, 0);
}
