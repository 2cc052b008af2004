/* SPDX-License-Identifier: Apache-2.0 */
/* export_set: each option's word, checked as far as it can be checked alone. */
#include "sensor/export/export_set.h"

#include "sensor/export/export.h"
#include "sensor/language.h"

enum { SCORE_MOST = 1000000, ADDRESS_MOST = 254 };

bool export_set_format(struct question_options *o, char *value, char why[WHY])
{
    char names[128];

    o->export.format = export_format_parse(value);
    export_format_names(names, sizeof(names));
    snprintf(why, WHY, _("no such format; there are %s"), names);
    return o->export.format;
}

bool export_set_output(struct question_options *o, char *value, char why[WHY])
{
    (void)why;
    o->export.output = value;
    return true;
}

bool export_set_score(struct question_options *o, char *value, char why[WHY])
{
    return value_number(value, 0, SCORE_MOST, &o->export.score, why);
}

bool export_set_campaign(struct question_options *o, char *value, char why[WHY])
{
    (void)why;
    o->export.campaign = value;
    return true;
}

bool export_set_alert_score(struct question_options *o, char *value, char why[WHY])
{
    return value_number(value, 1, SCORE_MOST, &o->export.alert_score, why);
}

bool export_set_home(struct question_options *o, char *value, char why[WHY])
{
    return value_networks(value, &o->arena, &o->export.home, &o->export.home_n, why);
}

bool export_set_trusted(struct question_options *o, char *value, char why[WHY])
{
    return value_networks(value, &o->arena, &o->export.trusted, &o->export.trusted_n, why);
}

bool export_set_brands(struct question_options *o, char *value, char why[WHY])
{
    (void)why;
    o->export.no_brands = strcmp(value, "none") == 0;
    o->export.judge.brands = o->export.no_brands ? NULL : value;
    return true;
}

bool export_set_lists(struct question_options *o, char *value, char why[WHY])
{
    (void)why;
    o->export.no_lists = strcmp(value, "none") == 0;
    o->export.judge.lists = o->export.no_lists ? NULL : value;
    return true;
}

bool export_set_recipients(struct question_options *o, char *value, char why[WHY])
{
    snprintf(why, WHY, "%s", _("give full, domain or none"));
    return recipients_mode_parse(span_cstr(value), &o->export.recipients) && o->export.recipients != RECIPIENTS_HMAC;
}

/* It goes into a header field: a mailbox of printable ASCII and nothing else. */
static bool set_address(const char **to, char *value, char why[WHY])
{
    size_t n = strlen(value), at = strcspn(value, "@");
    bool ok = n <= ADDRESS_MOST && at && at + 1 < n && !strchr(value + at + 1, '@');

    for (size_t i = 0; i < n; i++)
        ok = ok && value[i] > ' ' && value[i] < 0x7f && !strchr("<>()[]\\,;:\"", value[i]);
    snprintf(why, WHY, "%s", _("give one mail address, such as abuse@example.net"));
    *to = value;
    return ok;
}

bool export_set_reporter(struct question_options *o, char *value, char why[WHY])
{
    return set_address(&o->export.reporter, value, why);
}

bool export_set_desk(struct question_options *o, char *value, char why[WHY])
{
    return set_address(&o->export.desk, value, why);
}

bool export_set_bom(struct question_options *o, char *value, char why[WHY])
{
    (void)value;
    (void)why;
    o->export.bom = true;
    return true;
}
