/* SPDX-License-Identifier: Apache-2.0 */
/* console: from the command line to the verb. */
#include "sensor/console/console.h"

#include "sensor/language.h"
#include "sensor/log.h"
#include "sensor/options.h"

bool console_is_verb(const char *word)
{
    enum question q;

    return question_parse_verb(word, &q);
}

bool console_help(FILE *out, const char *word)
{
    enum question q;

    if (!question_parse_verb(word, &q))
        return false;
    question_help(out, q);
    return true;
}

struct store *console_open(const struct question_options *o)
{
    char err[STORE_ERR];
    struct store *s = store_open(&o->store, err);

    if (!s)
        log_line(LOG_TROUBLE, "%s", err);
    return s;
}

bool console_calendar(const struct question_options *o, struct store *s, struct calendar *c)
{
    *c = o->calendar;
    return o->has_calendar || store_calendar(s, c);
}

int console_no_memory(void)
{
    log_line(LOG_TROUBLE, "no memory for an answer");
    return STATUS_FAILED;
}

int console_failed(const struct store *s)
{
    if (!store_why(s)[0])
        return console_no_memory();
    log_line(LOG_TROUBLE, "%s", store_why(s));
    return STATUS_FAILED;
}

int console_period(const struct question_options *o, struct store *s, struct period *p)
{
    struct calendar c;
    char why[PERIOD_WHY];

    if (!console_calendar(o, s, &c))
        return console_failed(s);
    if (period_parse(p, &o->when, &c, o->now_s, why))
        return STATUS_OK;
    log_line(LOG_TROUBLE, _("%s: the time, which is %s: %s"), question_name(o->verb), calendar_name(&c), why);
    return STATUS_USAGE;
}

static int answer(struct question_options *o)
{
    switch (o->verb) {
    case ASK_TOP:
        return console_top(o);
    case ASK_SHOW:
        return console_show(o);
    case ASK_WATCH:
        return console_watch(o);
    case ASK_CAMPAIGNS:
        return console_campaigns(o);
    case ASK_EXPORT:
        return console_export(o);
    case ASK_REPORT:
        return console_report(o);
    default:
        return console_search(o);
    }
}

int console(int argc, char **argv)
{
    struct question_options o;
    char err[QUESTION_ERR];
    int status = STATUS_OK;

    if (!question_options_parse(&o, argc, argv, err)) {
        log_line(LOG_TROUBLE, "%s", err);
        status = STATUS_USAGE;
    } else if (o.help) {
        question_help(stdout, o.verb);
    } else {
        if (o.password_on_command_line)
            log_line(LOG_NOTE, "a password on the command line can be read by others for a moment: better "
                     "MXTAP_REDIS_PASSWORD or --redis-password-file");
        status = answer(&o);
    }
    question_options_free(&o);
    return status;
}
