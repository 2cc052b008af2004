/* SPDX-License-Identifier: Apache-2.0 */
/* questions_table: the table behind the console's parser and help. */
#include "sensor/console/questions_table.h"

#include "sensor/export/export_set.h"

#include "sensor/language.h"

enum {
    TOP = 1 << ASK_TOP, SHOW = 1 << ASK_SHOW, WATCH = 1 << ASK_WATCH, CAMPAIGNS = 1 << ASK_CAMPAIGNS,
    SEARCH = 1 << ASK_SEARCH, EXPORT = 1 << ASK_EXPORT, REPORT = 1 << ASK_REPORT,
    TOLD = TOP | SHOW | WATCH | CAMPAIGNS | SEARCH, ALL = TOLD | EXPORT | REPORT, N_MOST = 100000
};

/* The list of processes shows argv to everybody: what may hold a password is copied and wiped. */
static bool set_redis(struct question_options *o, char *value, char why[WHY])
{
    struct span url = span_cstr(value), rest;
    char *copy = arena_zalloc(&o->arena, url.n + 1);
    size_t at;

    if (!copy) {
        snprintf(why, WHY, _("no memory"));
        return false;
    }
    memcpy(copy, value, url.n);
    o->store.url = copy;
    rest = span_from(url, span_find_span(url, 0, SPAN("://")) + 3);
    at = span_find(rest, 0, '@');
    if (at < rest.n && span_find(rest, 0, ':') < at) {
        o->password_on_command_line = true;
        memset(value, 'x', url.n);
    }
    return true;
}

static bool set_password_file(struct question_options *o, char *value, char why[WHY])
{
    (void)why;
    o->password_file = value;
    return true;
}

static bool set_prefix(struct question_options *o, char *value, char why[WHY])
{
    o->store.prefix = value;
    return value_label(value, why);
}

static bool set_ca(struct question_options *o, char *value, char why[WHY])
{
    (void)why;
    o->store.tls.ca = value;
    return true;
}

static bool set_cert(struct question_options *o, char *value, char why[WHY])
{
    (void)why;
    o->store.tls.cert = value;
    return true;
}

static bool set_key(struct question_options *o, char *value, char why[WHY])
{
    (void)why;
    o->store.tls.key = value;
    return true;
}

static bool set_top(struct question_options *o, char *value, char why[WHY])
{
    return value_number(value, 10, 1000000, &o->store.top, why);
}

static bool set_fanout(struct question_options *o, char *value, char why[WHY])
{
    return value_number(value, 1, 100000, &o->store.fanout, why);
}

static bool set_json(struct question_options *o, char *value, char why[WHY])
{
    (void)value;
    (void)why;
    o->json = true;
    return true;
}

static bool set_n(struct question_options *o, char *value, char why[WHY])
{
    return value_number(value, 1, N_MOST, &o->n, why);
}

/* The words of a period are judged together, when all are there. */
static bool set_day(struct question_options *o, char *value, char why[WHY])
{
    (void)why;
    o->when.day = value;
    return true;
}

static bool set_hour(struct question_options *o, char *value, char why[WHY])
{
    (void)why;
    o->when.hour = value;
    return true;
}

static bool set_last(struct question_options *o, char *value, char why[WHY])
{
    (void)why;
    o->when.last = value;
    return true;
}

static bool set_from(struct question_options *o, char *value, char why[WHY])
{
    (void)why;
    o->when.from = value;
    return true;
}

static bool set_to(struct question_options *o, char *value, char why[WHY])
{
    (void)why;
    o->when.to = value;
    return true;
}

static bool set_timezone(struct question_options *o, char *value, char why[WHY])
{
    o->has_calendar = true;
    return calendar_parse(value, &o->calendar, why);
}

static bool set_interval(struct question_options *o, char *value, char why[WHY])
{
    return value_number(value, 1, 3600, &o->interval_s, why);
}

static bool set_input(struct question_options *o, char *value, char why[WHY])
{
    (void)why;
    o->input = value;
    return true;
}

static bool set_save(struct question_options *o, char *value, char why[WHY])
{
    (void)value;
    (void)why;
    o->save = true;
    return true;
}

static bool set_html(struct question_options *o, char *value, char why[WHY])
{
    (void)why;
    o->html = value;
    return true;
}

static bool set_limit(struct question_options *o, char *value, char why[WHY])
{
    return value_number(value, 1, 100000000, &o->limit, why);
}

static bool set_lang(struct question_options *o, char *value, char why[WHY])
{
    (void)o;
    return value_language(value, why);
}

static bool set_config(struct question_options *o, char *value, char why[WHY])
{
    (void)why;
    o->config = value;
    return true;
}

static bool set_help(struct question_options *o, char *value, char why[WHY])
{
    (void)value;
    (void)why;
    o->help = true;
    return true;
}

const struct question_entry question_table[] = {
    {NULL, 'n', "N", TOP | SEARCH, N_("how many [20]"), set_n},
    {NULL, 'n', "N", SHOW, N_("how many of each list [10]"), set_n},
    {NULL, 'n', "N", CAMPAIGNS, N_("how many [50]"), set_n},
    {NULL, 'n', "N", REPORT, N_("lines of the register, the latest mails [10000]"), set_n},
    {NULL, 'n', "N", WATCH, N_("looks, then end [no end]"), set_n},
    {"day", 0, "DAY", TOP | EXPORT | REPORT, N_("of one day: 2023-06-24, today, yesterday"), set_day},
    {"hour", 0, "HOUR", TOP | EXPORT | REPORT, N_("of one hour: 2023-06-24T13, 13:00"), set_hour},
    {"last", 0, "TIME", TOP | EXPORT | REPORT, N_("of the last hours or days: 12h, 7d"), set_last},
    {"from", 0, "TIME", TOP | EXPORT | REPORT, N_("from 2023-06-24, 2023-06-24T18 or 18:00 on"), set_from},
    {"to", 0, "TIME", TOP | EXPORT | REPORT, N_("up to an hour, or up to and with a day [now]"), set_to},
    {"timezone", 0, "ZONE", EXPORT | REPORT, N_("whose days those are [the sensors', as Redis knows; UTC]"), set_timezone},
    {"interval", 0, "SECONDS", WATCH, N_("time between two looks [2]"), set_interval},
    {"html", 0, "FILE", REPORT, N_("the page, mode 0600; - is standard output"), set_html},
    {"input", 0, "FILE", CAMPAIGNS | EXPORT | REPORT, N_("JSON lines (- is standard input), not the stream"), set_input},
    {"save", 0, NULL, CAMPAIGNS, N_("write them to Redis, in place of the last ones"), set_save},
    {"limit", 0, "N", CAMPAIGNS | SEARCH | EXPORT | REPORT, N_("mails looked at, at most [1000000; export: all]"), set_limit},
    {"json", 0, NULL, TOLD, N_("JSON instead of tables"), set_json},
    {"format", 0, "FORMAT", EXPORT, N_("one of those above"), export_set_format},
    {"output", 'o', "FILE", EXPORT, N_("into this file, 0600, whole or not at all [standard output]"), export_set_output},
    {"score", 0, "N", EXPORT, N_("mails of that score at least [0]"), export_set_score},
    {"campaign", 0, "ID", EXPORT, N_("mails of one campaign, by the id of mxtap campaigns"), export_set_campaign},
    {"alert-score", 0, "N", EXPORT | REPORT, N_("a mail is an alert from here on; none below is blocked [10]"), export_set_alert_score},
    {"home", 0, "NET,...", EXPORT, N_("your own networks: never blocked"), export_set_home},
    {"trusted", 0, "NET,...", EXPORT, N_("relays you trust: never blocked"), export_set_trusted},
    {"brands", 0, "FILE", EXPORT, N_("whose domains and networks are never blocked, or none"), export_set_brands},
    {"lists", 0, "DIR", EXPORT, N_("free mail, shorteners ...: never blocked, or none"), export_set_lists},
    {"recipients", 0, "HOW", EXPORT, N_("show recipients: full, domain or none [domain]"), export_set_recipients},
    {"reporter", 0, "ADDRESS", EXPORT, N_("arf: From of the complaints [mxtap@this host]"), export_set_reporter},
    {"desk", 0, "ADDRESS", EXPORT, N_("arf: To of the complaints"), export_set_desk},
    {"bom", 0, NULL, EXPORT, N_("csv: begin with a byte order mark, for Excel"), export_set_bom},
    {"redis", 0, "URL", ALL, N_("redis://host:port, rediss:// (TLS), unix:///path"), set_redis},
    {"redis-ca", 0, "FILE", ALL, N_("who signs the server's certificate"), set_ca},
    {"redis-cert", 0, "FILE", ALL, N_("our certificate, for a server that asks for one"), set_cert},
    {"redis-key", 0, "FILE", ALL, N_("its key, unless it stands in the same file"), set_key},
    {"redis-prefix", 0, "WORD", ALL, N_("what all keys begin with [mxtap]"), set_prefix},
    {"redis-password-file", 0, "FILE", ALL, N_("its first line; or MXTAP_REDIS_PASSWORD"), set_password_file},
    {"redis-top", 0, "N", TOLD, N_("as the sensors' [10000]"), set_top},
    {"redis-fanout", 0, "N", TOLD, N_("as the sensors' [256]"), set_fanout},
    {"lang", 0, "LANG", ALL, N_("speak English or Japanese: en, ja [as LANG says]"), set_lang},
    {"config", 0, "FILE", ALL, N_("the sensors' file: Redis, networks and lists from there"), set_config},
    {"help", 'h', NULL, ALL, N_("this"), set_help},
};
const unsigned question_table_n = sizeof(question_table) / sizeof(*question_table);
