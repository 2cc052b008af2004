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

void json_object_time(const struct export *x, const struct mail_facts *f, char text[JSON_TIME])
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd.ddd";
    struct span t = f->timestamp;

    for (size_t i = 0; i < sizeof(form) - 1; i++)
        if (i >= t.n || (form[i] == 'd' ? !ascii_digit(t.p[i]) : t.p[i] != (uint8_t)form[i])) {
            json_object_now(x, text);
            return;
        }
    snprintf(text, JSON_TIME, "%.23sZ", (const char *)t.p);
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
