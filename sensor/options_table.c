/* SPDX-License-Identifier: Apache-2.0 */
/* options_table: the table behind the parser, the help and the README's list. */
#include "sensor/options_table.h"

#include "sensor/metrics/metrics.h"

#include <limits.h>

#include "sensor/language.h"
#include "sensor/options_redis.h"

static bool set_interface(struct options *o, char *value, char why[WHY])
{
    if (o->ifaces_n == OPTIONS_INTERFACES) {
        snprintf(why, WHY, _("at most %d interfaces"), OPTIONS_INTERFACES);
        return false;
    }
    for (unsigned i = 0; i < o->ifaces_n; i++)
        if (strcmp(o->ifaces[i], value) == 0) {
            snprintf(why, WHY, _("this interface was given before"));
            return false;
        }
    o->ifaces[o->ifaces_n++] = value;
    return true;
}

static bool set_read(struct options *o, char *value, char why[WHY])
{
    (void)why;
    o->paths[o->paths_n++] = value;
    return true;
}

static bool set_filter_file(struct options *o, char *value, char why[WHY])
{
    (void)why;
    o->filter = value;
    o->filter_from_file = true;
    return true;
}

static bool set_count(struct options *o, char *value, char why[WHY])
{
    return value_number(value, 1, UINT64_MAX / 2, &o->count, why);
}

static bool set_snaplen(struct options *o, char *value, char why[WHY])
{
    uint64_t v;

    if (!value_number(value, 0, 262144, &v, why))
        return false;
    o->snaplen = v ? (int)v : 262144; /* 0 = whole packets, as for tcpdump */
    return true;
}

static bool set_buffer(struct options *o, char *value, char why[WHY])
{
    return value_size(value, 64 << 10, (uint64_t)2047 << 20, &o->buffer, why);
}

static bool set_memory(struct options *o, char *value, char why[WHY])
{
    return value_size(value, LIMIT_MEMORY_LEAST, (uint64_t)1 << 44, &o->memory, why);
}

static bool set_no_promiscuous(struct options *o, char *value, char why[WHY])
{
    (void)value;
    (void)why;
    o->promiscuous = false;
    return true;
}

/* Names of hosts are never looked up; the letter is taken because fingers type it. */
static bool set_numeric(struct options *o, char *value, char why[WHY])
{
    (void)o;
    (void)value;
    (void)why;
    return true;
}

static bool set_list_interfaces(struct options *o, char *value, char why[WHY])
{
    (void)value;
    (void)why;
    o->verb = VERB_INTERFACES;
    return true;
}

static bool set_ports(struct options *o, char *value, char why[WHY])
{
    return value_ports(value, o->worker.ports, sizeof(o->worker.ports) / sizeof(o->worker.ports[0]),
                       &o->worker.ports_n, why);
}

static bool set_trusted(struct options *o, char *value, char why[WHY])
{
    return value_networks(value, &o->arena, &o->worker.trusted, &o->worker.trusted_n, why);
}

static bool set_home(struct options *o, char *value, char why[WHY])
{
    return value_networks(value, &o->arena, &o->worker.home, &o->worker.home_n, why);
}

static bool set_home_domains(struct options *o, char *value, char why[WHY])
{
    return value_names(value, &o->arena, &o->worker.home_domains, &o->worker.home_domains_n, why);
}

static bool set_authserv(struct options *o, char *value, char why[WHY])
{
    return value_names(value, &o->arena, &o->worker.authserv, &o->worker.authserv_n, why);
}

static bool set_checksum(struct options *o, char *value, char why[WHY])
{
    (void)value;
    (void)why;
    o->worker.checksum = true;
    return true;
}

static bool set_dns(struct options *o, char *value, char why[WHY])
{
    (void)value;
    (void)why;
    o->worker.dns = true;
    return true;
}

static bool set_to_be_continued(struct options *o, char *value, char why[WHY])
{
    (void)value;
    (void)why;
    o->worker.to_be_continued = true;
    return true;
}

static bool add_path(const char **paths, unsigned *n, unsigned most, const char *value, char why[WHY])
{
    if (*n == most) {
        snprintf(why, WHY, _("at most %u files"), most);
        return false;
    }
    paths[(*n)++] = value;
    return true;
}

static bool set_geoip(struct options *o, char *value, char why[WHY])
{
    return add_path(o->judge.geoip, &o->judge.geoip_n, JUDGE_GEOIP, value, why);
}

static bool set_watchlist(struct options *o, char *value, char why[WHY])
{
    return add_path(o->judge.watchlists, &o->judge.watchlists_n, JUDGE_WATCHLISTS, value, why);
}

static bool set_brands(struct options *o, char *value, char why[WHY])
{
    (void)why;
    o->no_brands = strcmp(value, "none") == 0;
    o->judge.brands = o->no_brands ? NULL : value;
    return true;
}

static bool set_lists(struct options *o, char *value, char why[WHY])
{
    (void)why;
    o->no_lists = strcmp(value, "none") == 0;
    o->judge.lists = o->no_lists ? NULL : value;
    return true;
}

static bool set_suffix_list(struct options *o, char *value, char why[WHY])
{
    (void)why;
    o->judge.suffix = value;
    return true;
}

static bool set_alert_score(struct options *o, char *value, char why[WHY])
{
    uint64_t v;

    if (!value_number(value, 0, 1000000, &v, why))
        return false;
    o->redis.alert_score = (int)v;
    return true;
}

static bool set_json(struct options *o, char *value, char why[WHY])
{
    (void)why;
    o->json = value;
    return true;
}

static bool set_summary(struct options *o, char *value, char why[WHY])
{
    (void)value;
    (void)why;
    o->summary = true;
    return true;
}

static bool set_recipients(struct options *o, char *value, char why[WHY])
{
    return value_recipients(value, &o->json_options.recipients.mode, why);
}

static bool set_recipients_key(struct options *o, char *value, char why[WHY])
{
    (void)why;
    o->recipients_key_file = value;
    return true;
}

static bool set_keep_headers(struct options *o, char *value, char why[WHY])
{
    (void)value;
    (void)why;
    o->worker.keep_headers = o->json_options.header_block = true;
    return true;
}

static bool set_hash(struct options *o, char *value, char why[WHY])
{
    (void)value;
    (void)why;
    o->worker.hash_parts = true;
    return true;
}

static bool set_auth_user(struct options *o, char *value, char why[WHY])
{
    (void)value;
    (void)why;
    o->worker.keep_auth_user = o->json_options.auth_user = true;
    return true;
}

static bool set_sensor_name(struct options *o, char *value, char why[WHY])
{
    o->sensor_name = value;
    return value_label(value, why);
}

static bool set_user(struct options *o, char *value, char why[WHY])
{
    (void)why;
    o->user = value;
    return true;
}

static bool set_workers(struct options *o, char *value, char why[WHY])
{
    return value_number(value, 1, LIMIT_WORKERS, &o->workers, why);
}

static bool set_stats_interval(struct options *o, char *value, char why[WHY])
{
    return value_duration(value, &o->stats_interval_us, why);
}

static bool set_metrics(struct options *o, char *value, char why[WHY])
{
    o->metrics = value;
    return metrics_place_good(value, why);
}

static bool set_look(struct options *o, char *value, char why[WHY])
{
    if (!value_duration(value, &o->look_us, why))
        return false;
    if (o->look_us >= 1000000)
        return true;
    snprintf(why, WHY, "%s", _("look for a second at least"));
    return false;
}

static bool set_quiet(struct options *o, char *value, char why[WHY])
{
    (void)value;
    (void)why;
    o->verbosity = -1;
    return true;
}

static bool set_verbose(struct options *o, char *value, char why[WHY])
{
    (void)value;
    (void)why;
    o->verbosity = o->verbosity < 0 ? 1 : o->verbosity + 1;
    return true;
}

static bool set_lang(struct options *o, char *value, char why[WHY])
{
    (void)o;
    return value_language(value, why);
}

static bool set_version(struct options *o, char *value, char why[WHY])
{
    (void)value;
    (void)why;
    o->verb = VERB_VERSION;
    return true;
}

static bool set_help(struct options *o, char *value, char why[WHY])
{
    (void)value;
    (void)why;
    o->help_on = o->verb;
    o->verb = VERB_HELP;
    return true;
}

static bool set_config(struct options *o, char *value, char why[WHY])
{
    (void)why;
    o->config = value;
    return true;
}

#define IN GROUP_INPUT
#define MEANING GROUP_MEANING
#define OUT GROUP_OUTPUT
#define REDIS GROUP_REDIS
#define RUN GROUP_RUNNING

const struct option_entry option_table[] = {
    {"interface", 'i', "IFACE", ON_CAPTURE | OPTION_REPEATS, IN,
     N_("listen there; repeats: a tap's two ports are one source"), set_interface},
    {"list-interfaces", 'D', NULL, ON_BOTH | NOT_IN_FILE | ENDS, IN, N_("list the interfaces and end"), set_list_interfaces},
    {"read", 'r', "FILE", ON_REPLAY | NOT_IN_FILE, IN, N_("read FILE, as if named as PATH; - is standard input"),
     set_read},
    {"count", 'c', "N", ON_BOTH, IN, N_("stop after N packets"), set_count},
    {"snaplen", 's', "N", ON_CAPTURE, IN, N_("capture N bytes of a packet (262144; 0 too means that)"),
     set_snaplen},
    {"buffer", 0, "SIZE", ON_CAPTURE, IN, N_("kernel buffer of each interface (32M)"), set_buffer},
    {"no-promiscuous-mode", 'p', NULL, ON_CAPTURE, IN,
     N_("leave the interface out of promiscuous mode"), set_no_promiscuous},
    {"filter-file", 'F', "FILE", ON_BOTH, IN, N_("take the filter expression from FILE"),
     set_filter_file},
    {NULL, 'n', NULL, ON_BOTH, IN, N_("numbers, not names: always so, nothing is ever looked up"),
     set_numeric},

    {"ports", 0, "LIST", ON_BOTH | OPTION_LIST, MEANING, N_("mail ports (25,465,587,2525), or any: nDPI finds SMTP"),
     set_ports},
    {"trusted", 0, "CIDR,...", ON_BOTH | OPTION_LIST, MEANING,
     N_("whose Received fields are believed (private networks), or none"), set_trusted},
    {"home", 0, "CIDR,...", ON_BOTH | OPTION_LIST, MEANING, N_("our networks: tell inbound from outbound"), set_home},
    {"home-domains", 0, "NAME,...", ON_BOTH | OPTION_LIST, MEANING, N_("our mail domains: who claims one from outside"),
     set_home_domains},
    {"authserv", 0, "NAME,...", ON_BOTH | OPTION_LIST, MEANING, N_("whose Authentication-Results are believed"),
     set_authserv},
    {"checksum", 0, NULL, ON_BOTH, MEANING, N_("leave out packets whose checksums are wrong"),
     set_checksum},
    {"dns", 0, NULL, ON_BOTH, MEANING,
     N_("the mail server's DNS answers too (port 53): reverse names, links"), set_dns},
    {"geoip", 0, "FILE", ON_BOTH | OPTION_REPEATS, MEANING, N_("an MMDB file (country, city, ASN); repeats"), set_geoip},
    {"brands", 0, "FILE", ON_BOTH, MEANING, N_("names that senders borrow (brands.txt as installed), or none"), set_brands},
    {"lists", 0, "DIR", ON_BOTH, MEANING, N_("bulk mailers, shorteners, free mail ... (as installed), or none"), set_lists},
    {"watchlist", 0, "FILE", ON_BOTH | OPTION_REPEATS, MEANING, N_("what to raise an alert for, one a line; repeats"), set_watchlist},
    {"suffix-list", 0, "FILE", ON_BOTH, MEANING, N_("a public suffix list instead of libpsl's own"), set_suffix_list},
    {"to-be-continued", 0, NULL, ON_REPLAY | NOT_IN_FILE, MEANING,
     N_("the next call reads on: what is open at the end is not counted"), set_to_be_continued},

    {"json", 0, "FILE", ON_BOTH, OUT, N_("append records as JSON lines to FILE; - is standard output"),
     set_json},
    {"summary", 0, NULL, ON_BOTH, OUT, N_("print a summary at the end (replay's default output)"),
     set_summary},
    {"recipients", 0, "MODE", ON_BOTH, OUT,
     N_("recipients in --json: full (default), domain, hmac, none"), set_recipients},
    {"recipients-key", 0, "FILE", ON_BOTH, OUT, N_("the key of mode hmac"), set_recipients_key},
    {"keep-headers", 0, NULL, ON_BOTH, OUT, N_("add the raw header of each mail to --json"),
     set_keep_headers},
    {"hash", 0, NULL, ON_BOTH, OUT, N_("add the SHA-256 of each attachment and part"), set_hash},
    {"auth-user", 0, NULL, ON_BOTH, OUT, N_("add the user names of AUTH to --json; never a password"),
     set_auth_user},
    {"sensor-name", 0, "NAME", ON_BOTH, OUT, N_("this sensor's name (host name; replay for files)"),
     set_sensor_name},

    {"redis", 0, "URL", ON_BOTH, REDIS, N_("redis://host:port/db; also rediss, unix, redis+sentinel, +cluster"),
     set_redis},
    {"redis-password-file", 0, "FILE", ON_BOTH, REDIS,
     N_("its first line; or MXTAP_REDIS_PASSWORD is set"), set_redis_password_file},
    {"redis-ca", 0, "FILE", ON_BOTH, REDIS, N_("who signs the server's certificate (the system's authorities)"),
     set_redis_ca},
    {"redis-cert", 0, "FILE", ON_BOTH, REDIS, N_("our certificate, for a server that asks for one"), set_redis_cert},
    {"redis-key", 0, "FILE", ON_BOTH, REDIS, N_("its key, unless it stands in the same file"), set_redis_key},
    {"redis-prefix", 0, "NAME", ON_BOTH, REDIS, N_("first word of every key (mxtap)"),
     set_redis_prefix},
    {"redis-recipients", 0, "MODE", ON_BOTH, REDIS, N_("recipients in Redis: domain (default), ..."),
     set_redis_recipients},
    {"alert-score", 0, "N", ON_BOTH, REDIS, N_("score at which a mail goes to the alerts; 0: none does (10)"), set_alert_score},
    {"redis-top", 0, "N", ON_BOTH, REDIS, N_("members of a leaderboard (10000)"), set_redis_top},
    {"redis-fanout", 0, "N", ON_BOTH, REDIS, N_("neighbours kept of one value (256)"),
     set_redis_fanout},
    {"redis-entities", 0, "N", ON_BOTH, REDIS, N_("values of one kind kept (100000)"),
     set_redis_entities},
    {"redis-memory", 0, "SIZE", ON_BOTH, REDIS, N_("what the server may hold before old values go (4G)"),
     set_redis_memory},
    {"redis-stream-max", 0, "N", ON_BOTH, REDIS, N_("entries of a stream (100000)"),
     set_redis_stream_max},
    {"redis-retention", 0, "DAYS", ON_BOTH, REDIS, N_("days after which values go (30)"),
     set_redis_retention},
    {"timezone", 0, "ZONE", ON_BOTH, REDIS, N_("whose days and hours boards have: Asia/Tokyo, +09:00 (UTC)"), set_timezone},
    {"redis-keep", 0, "SIZE", ON_BOTH, REDIS, N_("sent batches kept for a Redis that crashed (64M)"),
     set_redis_keep},
    {"spool", 0, "DIR", ON_BOTH, REDIS, N_("keep on disk what Redis has not taken; the next start sends it"), set_spool},
    {"spool-max", 0, "SIZE", ON_BOTH, REDIS, N_("bytes in it, oldest out first (1G)"), set_spool_max},
    {"redis-wait", 0, "TIME", ON_REPLAY, REDIS, N_("how long a replay waits for a Redis (15m)"),
     set_redis_wait},
    {"again", 0, NULL, ON_REPLAY, REDIS, N_("count a capture once more under these options"),
     set_again},

    {"config", 0, "FILE", ON_BOTH | NOT_IN_FILE, RUN, N_("options from FILE too, one a line: json = FILE; those given here win"), set_config},
    {"memory", 0, "SIZE", ON_BOTH, RUN, N_("what the process may hold before the oldest connections go (512M)"), set_memory},
    {"user", 'Z', "USER", ON_BOTH, RUN, N_("go on as USER once the interfaces are open (root: mxtap)"), set_user},
    {"workers", 0, "N", ON_BOTH, RUN, N_("divide the connections among N threads (1)"),
     set_workers},
    {"stats-interval", 0, "TIME", ON_CAPTURE, RUN,
     N_("a record of counters so often (1m; 0: at the end)"), set_stats_interval},
    {"metrics", 0, "PLACE", ON_CAPTURE, RUN,
     N_("answer Prometheus at http://PLACE/metrics: 9464 (loopback), 192.0.2.1:9464"), set_metrics},
    {"look", 0, "TIME", ON_CHECK | NOT_IN_FILE, RUN, N_("how long to look at the interfaces (10s)"), set_look},
    {"quiet", 'q', NULL, ON_BOTH, RUN, N_("only trouble on standard error"), set_quiet},
    {"verbose", 'v', NULL, ON_BOTH, RUN, N_("say more on standard error"), set_verbose},
    {"version", 'V', NULL, ON_BOTH | NOT_IN_FILE | ENDS, RUN, N_("print the version and end"), set_version},
    {"lang", 0, "LANG", ON_BOTH | NOT_IN_FILE, RUN, N_("speak English or Japanese: en, ja (as LANG says)"), set_lang},
    {"help", 'h', NULL, ON_BOTH | NOT_IN_FILE | ENDS, RUN, N_("print this and end"), set_help},
};
const unsigned option_table_n = sizeof(option_table) / sizeof(option_table[0]);

const char *option_group_title(enum option_group g)
{
    static const char *const titles[GROUPS] = {N_("Input"), N_("What it means"), N_("Output"), N_("Redis"),
                                               N_("Running")};

    return _(titles[g]);
}
