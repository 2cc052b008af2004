/* SPDX-License-Identifier: Apache-2.0 */
/* options: getopt over the table, then what only the whole can tell. */
#include "sensor/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "sensor/judge/findings.h"
#include "sensor/judge/share_folder.h"
#include "sensor/language.h"
#include "sensor/options_config.h"

enum { ERR = 512, FIRST_LONG = 256, ARENA_MAX = 64 << 20, FILTER_FILE_MAX = 1 << 20 };

int status_worse(int a, int b)
{
    static const int rank[] = {[0] = 0, [3] = 1, [4] = 2, [1] = 3, [2] = 4};

    return rank[a] >= rank[b] ? a : b;
}

static void defaults(struct options *o)
{
    static const char private_networks[] = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,127.0.0.0/8,"
                                           "169.254.0.0/16,::1/128,fc00::/7,fe80::/10";
    char why[WHY];

    value_ports("25,465,587,2525", o->worker.ports, 4, &o->worker.ports_n, why);
    value_networks(private_networks, &o->arena, &o->worker.trusted, &o->worker.trusted_n, why);
    o->snaplen = 262144;
    o->buffer = 32 << 20;
    o->memory = LIMIT_MEMORY;
    o->promiscuous = true;
    o->look_us = 10 * INT64_C(1000000);
    o->workers = 1;
    o->stats_interval_us = 60 * INT64_C(1000000);
    o->redis = (struct redis_options){
        .prefix = "mxtap", .wait_us = 900 * INT64_C(1000000), .stream_max = 100000, .top = 10000,
        .alert_score = FINDINGS_ALERT_SCORE,
        .fanout = 256, .entities = 100000, .keep_bytes = 64 << 20, .retention_days = 30};
    o->redis.json.recipients.mode = RECIPIENTS_DOMAIN;
}

static bool fail(char err[ERR], const char *what, const char *value, const char *why)
{
    snprintf(err, ERR, "%s%s%.120s: %s", what, value ? " " : "", value ? value : "", why);
    return false;
}

static const char *verb_name(enum verb v)
{
    return v == VERB_CAPTURE ? "capture" : v == VERB_CHECK ? "check" : "replay";
}

/* Where an option was not understood. */
static bool not_an_option(const struct options *o, char *const *argv, const char *word, int letter,
                          char err[ERR])
{
    char what[128];

    (void)argv;
    if (letter)
        snprintf(what, sizeof(what), "-%c", letter);
    else
        snprintf(what, sizeof(what), "%.100s", word);
    snprintf(err, ERR, _("%s: no such option of %s; mxtap help %s lists them"), what,
             verb_name(o->verb), verb_name(o->verb));
    return false;
}

static void option_words(const struct option_entry *e, char words[80])
{
    snprintf(words, 80, "%s%s", e->name ? "--" : "-", e->name ? e->name : (char[]){e->letter, 0});
}

static unsigned verb_bit(const struct options *o)
{
    return o->verb == VERB_CAPTURE ? ON_CAPTURE : o->verb == VERB_CHECK ? ON_BOTH | ON_CHECK : ON_REPLAY;
}

/* The verbs whose options stand in the table. */
static bool has_options(const struct options *o)
{
    return o->verb == VERB_REPLAY || o->verb == VERB_CAPTURE || o->verb == VERB_CHECK;
}

static bool apply(struct options *o, const struct option_entry *e, char *value, char err[ERR])
{
    unsigned verb = verb_bit(o);
    char words[80], why[WHY] = "";

    option_words(e, words);
    if (!(e->verbs & verb)) {
        snprintf(err, ERR, _("%s: an option of %s, not of %s"), words,
                 e->verbs & ON_CHECK ? "check" : verb == ON_CAPTURE ? "replay" : "capture", verb_name(o->verb));
        return false;
    }
    if (value && !*value)
        return fail(err, words, "''", _("its value is empty"));
    if (!e->set(o, value, why))
        return fail(err, words, value, why);
    o->given[e - option_table] = true;
    return true;
}

/* getopt's own tables, made from ours. */
struct getopt_tables {
    struct option longs[96];
    char shorts[128];
};

static void tables_make(struct getopt_tables *t)
{
    size_t at = 0, n = 0;

    memset(t, 0, sizeof(*t));
    t->shorts[at++] = ':';
    for (unsigned i = 0; i < option_table_n; i++) {
        const struct option_entry *e = &option_table[i];

        if (e->letter) {
            t->shorts[at++] = e->letter;
            if (e->argument)
                t->shorts[at++] = ':';
        }
        if (e->name)
            t->longs[n++] = (struct option){e->name, e->argument ? required_argument : no_argument,
                                            NULL, (int)(FIRST_LONG + i)};
    }
}

static const struct option_entry *entry_of(int got)
{
    if (got >= FIRST_LONG)
        return &option_table[got - FIRST_LONG];
    for (unsigned i = 0; i < option_table_n; i++)
        if (option_table[i].letter == got)
            return &option_table[i];
    return NULL;
}

/* What the command line has not given comes from the file. An expression behind -- is given as -F is, and -q and -v answer
 * one question. */
static bool read_config(struct options *o, bool with_filter, char err[ERR])
{
    bool says_how_much = o->verbosity != 0;

    for (unsigned i = 0; i < option_table_n; i++) {
        char letter = option_table[i].letter;

        o->given[i] |= (letter == 'F' && with_filter) || ((letter == 'q' || letter == 'v') && says_how_much);
    }
    return !o->config || options_config_read(o, o->config, verb_bit(o), o->given, err);
}

static bool parse_words(struct options *o, int argc, char **argv, char err[ERR])
{
    struct getopt_tables t;
    const struct option_entry *e;
    char words[80];
    int got;

    tables_make(&t);
    opterr = 0;
    optind = 0;
    while ((got = getopt_long(argc, argv, t.shorts, t.longs, NULL)) != -1) {
        e = got == '?' ? NULL : entry_of(got == ':' ? optopt : got);
        if (got == ':' && e) {
            option_words(e, words);
            snprintf(err, ERR, _("%s: needs a value, %s; mxtap help %s"), words, e->argument,
                     verb_name(o->verb));
            return false;
        }
        if (!e && optopt >= FIRST_LONG)
            return fail(err, argv[optind - 1], NULL, _("this option takes no value"));
        if (!e)
            return not_an_option(o, argv, argv[optind - 1], optopt, err);
        if (!apply(o, e, optarg, err))
            return false;
        if (e->verbs & ENDS)
            return true;
    }
    if (o->verb == VERB_CAPTURE && optind < argc)
        return fail(err, argv[optind], NULL,
                    _("not expected; interfaces are given with -i, a filter expression behind --"));
    for (; optind < argc; optind++)
        o->paths[o->paths_n++] = argv[optind];
    return true;
}

/* Words behind "--", joined with blanks. */
static bool join_filter(struct options *o, int n, char **words, char err[ERR])
{
    size_t size = 1, at = 0;
    char *text;

    for (int i = 0; i < n; i++)
        size += strlen(words[i]) + 1;
    text = arena_zalloc(&o->arena, size);
    if (!text)
        return fail(err, "--", NULL, _("the filter expression is too long"));
    for (int i = 0; i < n; i++)
        at += (size_t)sprintf(text + at, "%s%s", i ? " " : "", words[i]);
    o->filter = text;
    return true;
}

/* The whole file, with a NUL behind it; in the arena. */
static struct span file_text(struct options *o, const char *path, size_t max)
{
    FILE *in = fopen(path, "re");
    uint8_t *text;
    size_t n;

    if (!in)
        return (struct span){0};
    text = arena_zalloc(&o->arena, max + 1);
    if (!text)
        errno = ENOMEM;
    n = text ? fread(text, 1, max, in) : 0;
    if (text && ferror(in))
        text = NULL;
    fclose(in);
    return span_of(text, text ? n : 0);
}

static bool load_filter_file(struct options *o, char err[ERR])
{
    struct span text = file_text(o, o->filter, FILTER_FILE_MAX);

    if (!text.p)
        return fail(err, "-F", o->filter, strerror(errno));
    o->filter = (const char *)text.p;
    return true;
}

static bool load_recipients_key(struct options *o, char err[ERR])
{
    bool needed = o->json_options.recipients.mode == RECIPIENTS_HMAC ||
                  o->redis.json.recipients.mode == RECIPIENTS_HMAC;
    struct span key;

    if (!o->recipients_key_file)
        return needed ? fail(err, "--recipients", "hmac", _("needs --recipients-key FILE")) : true;
    if (!needed)
        return fail(err, "--recipients-key", o->recipients_key_file,
                    _("only used with --recipients hmac or --redis-recipients hmac"));
    key = span_trim(file_text(o, o->recipients_key_file, 4096));
    if (key.n < 16)
        return fail(err, "--recipients-key", o->recipients_key_file,
                    key.p ? _("a key has at least 16 bytes") : strerror(errno));
    o->json_options.recipients.key = o->redis.json.recipients.key = key;
    return true;
}

static bool load_password(struct options *o, char err[ERR])
{
    struct span text;
    size_t end;
    uint8_t *copy;

    if (!o->redis_password_file) {
        o->redis.password = getenv("MXTAP_REDIS_PASSWORD");
        return true;
    }
    text = file_text(o, o->redis_password_file, 4096);
    if (!text.p)
        return fail(err, "--redis-password-file", o->redis_password_file, strerror(errno));
    end = span_find(text, 0, '\n');
    if (end && text.p[end - 1] == '\r')
        end--;
    copy = arena_zalloc(&o->arena, end + 1);
    if (!copy)
        return fail(err, "--redis-password-file", o->redis_password_file, _("no memory"));
    memcpy(copy, text.p, end);
    o->redis.password = (const char *)copy;
    return true;
}

static const char *own_name(struct options *o)
{
    char *name = arena_zalloc(&o->arena, 65);
    size_t n;

    if (o->verb == VERB_REPLAY || !name || gethostname(name, 64) != 0)
        return o->verb == VERB_REPLAY ? "replay" : "mxtap";
    n = strlen(name);
    for (size_t i = 0; i < n; i++)
        if (!ascii_alnum((uint8_t)name[i]) && !strchr("._-", name[i]))
            name[i] = '-';
    return n ? name : "mxtap";
}

/* What only the whole command line can tell. */
static bool check_whole(struct options *o, char err[ERR])
{
    if (o->verb == VERB_REPLAY && o->paths_n == 0)
        return fail(err, "replay", NULL, _("name a capture, a folder or - (mxtap help replay)"));
    if (o->verb == VERB_CAPTURE && o->ifaces_n == 0)
        return o->config ? fail(err, o->config, NULL, _("it names no interface: interface = eth1 (mxtap capture -D lists them)"))
                         : fail(err, "capture", NULL, _("name an interface with -i (mxtap capture -D lists them)"));
    if (o->verb == VERB_CAPTURE && !o->json && !o->redis_wanted && !o->summary)
        return fail(err, o->config ? o->config : "capture", NULL,
                    o->config ? _("it says redis = URL or json = FILE nowhere: nothing would be kept")
                              : _("give --json FILE, --redis URL or --summary: else nothing would be kept"));
    if (o->verb == VERB_CHECK && !o->ifaces_n && !o->paths_n && !o->config)
        return fail(err, "check", NULL, _("name an interface with -i, a capture, or --config FILE (mxtap help check)"));
    if (o->redis.spool && !o->redis_wanted)
        return fail(err, "--spool", NULL, _("only means something with --redis"));
    if (o->redis.again && !o->redis_wanted)
        return fail(err, "--again", NULL, _("only means something with --redis"));
    if (!load_recipients_key(o, err) || (o->redis_wanted && !load_password(o, err)))
        return false;
    if (o->filter_from_file && !load_filter_file(o, err))
        return false;
    if (!o->sensor_name)
        o->sensor_name = own_name(o);
    o->worker.live = o->redis.live = o->verb == VERB_CAPTURE || (o->verb == VERB_CHECK && !o->paths_n);
    o->json_options.sensor = o->redis.json.sensor = span_cstr(o->sensor_name);
    return true;
}

static bool parse_help(struct options *o, int argc, char **argv, char err[ERR])
{
    if (argc < 3 || verb_parse(argv[2], &o->help_on))
        return true;
    return fail(err, argv[2], NULL, _("no such verb; mxtap help lists them"));
}

/* The first word is the verb; -h, --version and -D stand alone too. */
static bool parse_verb(struct options *o, int argc, char **argv, char err[ERR])
{
    static const struct {
        const char *word;
        enum verb verb;
    } alone[] = {{"-h", VERB_HELP}, {"--help", VERB_HELP}, {"-V", VERB_VERSION},
                 {"--version", VERB_VERSION}, {"-D", VERB_INTERFACES},
                 {"--list-interfaces", VERB_INTERFACES}};

    if (argc < 2)
        return fail(err, _("a verb is missing"), NULL, _("mxtap replay, mxtap capture or mxtap help"));
    for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
        if (strcmp(argv[1], alone[i].word) == 0) {
            o->verb = alone[i].verb;
            return true;
        }
    if (verb_parse(argv[1], &o->verb))
        return true;
    return fail(err, argv[1], NULL, argv[1][0] == '-'
                ? _("a verb comes first: mxtap replay, mxtap capture or mxtap help")
                : _("no such verb; mxtap help lists them"));
}

int options_parse(struct options *o, int argc, char **argv, char err[ERR])
{
    int words = 2;

    snprintf(err, ERR, _("no memory for the options")); /* unless something else is wrong */
    memset(o, 0, sizeof(*o));
    mem_init(&o->mem, 0);
    arena_init(&o->arena, &o->mem, ARENA_MAX);
    defaults(o);
    o->paths = arena_zalloc(&o->arena, sizeof(*o->paths) * (size_t)(argc + 1));
    o->given = arena_zalloc(&o->arena, option_table_n);
    if (!o->paths || !o->given || !parse_verb(o, argc, argv, err))
        return STATUS_USAGE;
    if (o->verb == VERB_HELP && !parse_help(o, argc, argv, err))
        return STATUS_USAGE;
    if (!has_options(o))
        return STATUS_OK;
    while (words < argc && strcmp(argv[words], "--") != 0)
        words++;
    if (!parse_words(o, words - 1, argv + 1, err))
        return STATUS_USAGE;
    if (!has_options(o))
        return STATUS_OK;
    if (!read_config(o, words + 1 < argc, err))
        return STATUS_USAGE;
    if (words + 1 < argc && o->filter_from_file) {
        fail(err, "-F", o->filter, _("and a filter expression behind --: give one of them"));
        return STATUS_USAGE;
    }
    if (words + 1 < argc && !join_filter(o, argc - words - 1, argv + words + 1, err))
        return STATUS_USAGE;
    return check_whole(o, err) ? STATUS_OK : STATUS_USAGE;
}

void options_find_lists(struct options *o)
{
    if (!o->judge.brands && !o->no_brands)
        o->judge.brands = share_folder_has("brands.txt", &o->arena);
    if (!o->judge.lists && !o->no_lists)
        o->judge.lists = share_folder_has("lists", &o->arena);
}

void options_free(struct options *o)
{
    arena_free(&o->arena);
}
