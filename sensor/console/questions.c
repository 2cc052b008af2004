/* SPDX-License-Identifier: Apache-2.0 */
/* questions: one table of options; each says for which verbs it is. */
#include "sensor/console/questions.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <time.h>

#include "sensor/console/questions_config.h"
#include "sensor/console/questions_table.h"
#include "sensor/export/export.h"
#include "sensor/language.h"

enum { EAST_MOST_S = 14 * 3600, LIMIT_DEFAULT = 1000000, ARENA_MAX = 1 << 20, PASSWORD_MAX = 4096, FIRST_LONG = 256, OPTIONS_MOST = 64 };

static const struct {
    const char *name, *synopsis, *does, *examples;
} verbs[QUESTIONS] = {
    [ASK_TOP] = {"top", N_("mxtap top KIND [options]"), N_("the values of a kind with most mails"),
                 N_("  mxtap top helo\n  mxtap top subject --day 2023-06-24 -n 5\n"
                 "  mxtap top ip --from 18:00 --to 08:00        overnight\n")},
    [ASK_SHOW] = {"show", N_("mxtap show KIND VALUE [options]"), N_("one page about an address, a HELO name, a host, a subject"),
                  N_("  mxtap show ip 43.153.171.155\n  mxtap show helo amazon.co.jp\n"
                  "  mxtap show net 203.0.113.0/24               its addresses\n")},
    [ASK_WATCH] = {"watch", N_("mxtap watch [options]"), N_("a live page: rates, top senders, HELO names, subjects, links"),
                   N_("  mxtap watch --redis unix:///run/redis/redis.sock\n")},
    [ASK_CAMPAIGNS] = {"campaigns", N_("mxtap campaigns [options]"), N_("mails that belong together, by the rare traits they share"),
                       N_("  mxtap campaigns\n  mxtap replay --json - old.pcap | mxtap campaigns --input -\n")},
    [ASK_EXPORT] = {"export", N_("mxtap export --format FORMAT [KIND VALUE] [options]"), N_("mails, and what may be blocked, for other programs"),
                    N_("  mxtap export --format csv --day yesterday --output mails.csv\n  mxtap export --format csv helo amazon.co.jp\n"
                    "  mxtap export --format postfix --home 198.51.100.0/24 --output map\n")},
    [ASK_REPORT] = {"report", N_("mxtap report --html FILE [options]"), N_("a page of a day: numbers, trend, campaigns, a register of mails"),
                    N_("  mxtap report --html today.html --day today\n"
                       "  mxtap replay --json - old.pcap | mxtap report --html old.html --input -\n")},
    [ASK_SEARCH] = {"search", N_("mxtap search TEXT... [options]"), N_("mails in the stream that hold every TEXT, in any field"),
                    N_("  mxtap search supmailer\n  mxtap search 【ETC】 ucloud --json\n")},
};

bool question_parse_verb(const char *word, enum question *out)
{
    for (*out = 0; *out < QUESTIONS; (*out)++)
        if (strcmp(word, verbs[*out].name) == 0)
            return true;
    return false;
}

const char *question_name(enum question q)
{
    return verbs[q].name;
}

static void option_words(const struct question_entry *e, char words[80])
{
    snprintf(words, 80, "%s%s", e->name ? "--" : "-", e->name ? e->name : (char[]){e->letter, 0});
}

static bool fail(const struct question_options *o, char err[QUESTION_ERR], const char *what, const char *why)
{
    snprintf(err, QUESTION_ERR, _("%s: %.150s: %.200s (mxtap help %s)"), question_name(o->verb), what, why,
             question_name(o->verb));
    return false;
}

static bool apply(struct question_options *o, const struct question_entry *e, char *value, char err[QUESTION_ERR])
{
    char words[80], why[WHY] = "", what[160];

    option_words(e, words);
    if (!(e->verbs & 1u << o->verb))
        return fail(o, err, words, _("not an option of this verb"));
    snprintf(what, sizeof(what), "%s %.60s", words, value ? value : "");
    if (value && !*value)
        return fail(o, err, words, _("its value is empty"));
    o->given[e - question_table] = true;
    return e->set(o, value, why) || fail(o, err, what, why);
}

static const struct question_entry *entry_of(const struct question_options *o, int got)
{
    if (got >= FIRST_LONG && got < FIRST_LONG + (int)question_table_n)
        return &question_table[got - FIRST_LONG];
    for (unsigned i = 0; i < question_table_n; i++)
        if (question_table[i].letter && question_table[i].letter == got && question_table[i].verbs & 1u << o->verb)
            return &question_table[i];
    return NULL;
}

static void getopt_tables(struct option longs[OPTIONS_MOST + 1], char shorts[2 * OPTIONS_MOST + 2])
{
    size_t at = 0, n = 0;

    shorts[at++] = ':';
    for (unsigned i = 0; i < question_table_n; i++) {
        if (question_table[i].letter) {
            shorts[at++] = question_table[i].letter;
            if (question_table[i].argument)
                shorts[at++] = ':';
        }
        if (question_table[i].name)
            longs[n++] = (struct option){question_table[i].name, question_table[i].argument ? required_argument : no_argument, NULL,
                                         (int)(FIRST_LONG + i)};
    }
    shorts[at] = 0;
    longs[n] = (struct option){0};
}

static bool read_words(struct question_options *o, int argc, char **argv, char err[QUESTION_ERR])
{
    struct option longs[OPTIONS_MOST + 1];
    char shorts[2 * OPTIONS_MOST + 2], words[80];
    const struct question_entry *e;
    int got;

    getopt_tables(longs, shorts);
    opterr = 0;
    optind = 0;
    while ((got = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        e = got == '?' ? NULL : entry_of(o, got == ':' ? optopt : got);
        if (got == ':' && e) {
            option_words(e, words);
            return fail(o, err, words, _("needs a value"));
        }
        if (!e)
            return fail(o, err, argv[optind - 1], optopt >= FIRST_LONG ? _("takes no value") : _("no such option"));
        if (!apply(o, e, optarg, err))
            return false;
    }
    o->words = argv + optind;
    o->words_n = argc - optind;
    return true;
}

static bool take_kind(struct question_options *o, char err[QUESTION_ERR])
{
    char why[QUESTION_ERR];
    size_t at;

    o->kind = kind_parse(span_cstr(o->words[0]));
    if (o->kind < KINDS)
        return true;
    at = (size_t)snprintf(why, sizeof(why), _("no such kind; there are"));
    for (enum redis_kind k = 0; k < KINDS; k++)
        at += (size_t)snprintf(why + at, sizeof(why) - at, " %s", kind_name(k));
    snprintf(err, QUESTION_ERR, "%s: %.40s: %.400s", question_name(o->verb), o->words[0], why);
    return false;
}

static bool check_words(struct question_options *o, char err[QUESTION_ERR])
{
    static const struct {
        int least, most;
        const char *why;
    } wanted[QUESTIONS] = {
        [ASK_TOP] = {1, 1, N_("give one kind, such as helo")},
        [ASK_SHOW] = {2, 2, N_("give a kind and a value, such as ip 192.0.2.1 (quote what has blanks)")},
        [ASK_WATCH] = {0, 0, N_("takes no words")},
        [ASK_CAMPAIGNS] = {0, 0, N_("takes no words; --input FILE reads a file")},
        [ASK_EXPORT] = {0, 2, N_("give a kind and a value, or none")},
        [ASK_REPORT] = {0, 0, N_("takes no words; --input FILE reads a file, --html FILE names the page")},
        [ASK_SEARCH] = {1, 16, N_("give one to sixteen texts")},
    };

    if (o->words_n < wanted[o->verb].least || o->words_n > wanted[o->verb].most)
        return fail(o, err, o->words_n ? o->words[o->words_n - 1] : _("nothing given"), _(wanted[o->verb].why));
    for (int i = 0; i < o->words_n; i++)
        if (!*o->words[i])
            return fail(o, err, "''", _("an empty word says nothing"));
    return (o->verb != ASK_TOP && o->verb != ASK_SHOW && !(o->verb == ASK_EXPORT && o->words_n)) || take_kind(o, err);
}

static bool load_password(struct question_options *o, char err[QUESTION_ERR])
{
    FILE *in;
    char *line;

    if (!o->password_file) {
        o->store.password = getenv("MXTAP_REDIS_PASSWORD");
        return true;
    }
    line = arena_zalloc(&o->arena, PASSWORD_MAX);
    in = fopen(o->password_file, "re");
    if (!in || !line || (!fgets(line, PASSWORD_MAX, in) && ferror(in))) {
        snprintf(err, QUESTION_ERR, "--redis-password-file %.200s: %s", o->password_file, strerror(errno));
        if (in)
            fclose(in);
        return false;
    }
    fclose(in);
    line[strcspn(line, "\r\n")] = 0;
    o->store.password = line;
    return true;
}

bool question_options_parse(struct question_options *o, int argc, char **argv, char err[QUESTION_ERR])
{
    char why[PERIOD_WHY];
    const char *what;

    memset(o, 0, sizeof(*o));
    mem_init(&o->mem, 0);
    arena_init(&o->arena, &o->mem, ARENA_MAX);
    o->store = (struct store_options){.url = "redis://127.0.0.1", .prefix = "mxtap", .top = 10000, .fanout = 256};
    o->interval_s = 2;
    o->limit = LIMIT_DEFAULT;
    export_options_begin(&o->export);
    o->now_s = (int64_t)time(NULL);
    question_parse_verb(argv[1], &o->verb);
    if (o->verb == ASK_EXPORT)
        o->limit = 0; /* all of them; a campaign's own limit stands in export_walk */
    if (!read_words(o, argc - 1, argv + 1, err))
        return false;
    if (o->help)
        return true;
    if (!check_words(o, err) || !question_config_read(o, err))
        return false;
    if (o->verb == ASK_REPORT && !o->html)
        return fail(o, err, "--html", _("give the file that the page is written to"));
    /* Whose days they are Redis may have to tell: until then no hour lies in the future. */
    if (!period_parse(&o->period, &o->when, &o->calendar, o->now_s + (o->has_calendar || o->input ? 0 : EAST_MOST_S), why))
        return fail(o, err, o->when.to && !o->when.from ? "--to" : _("the time"), why);
    if (o->verb == ASK_EXPORT && !export_options_check(o, &what, why))
        return fail(o, err, what, why);
    return load_password(o, err);
}

void question_options_free(struct question_options *o)
{
    arena_free(&o->arena);
}

void question_list(FILE *out)
{
    for (enum question q = 0; q < QUESTIONS; q++)
        fprintf(out, "  mxtap %-9s %s\n", verbs[q].name, _(verbs[q].does));
}

void question_help(FILE *out, enum question q)
{
    char left[64];

    fprintf(out, "%s\n    %s\n", _(verbs[q].synopsis), _(verbs[q].does));
    if (q == ASK_TOP || q == ASK_SHOW || q == ASK_EXPORT) {
        fputs(_("\nkinds:"), out);
        for (enum redis_kind k = 0, at = 6; k < KINDS; k++) {
            if (at + strlen(kind_name(k)) >= 79) {
                fputs("\n      ", out);
                at = 6;
            }
            at += (unsigned)fprintf(out, " %s", kind_name(k));
        }
        fputc('\n', out);
    }
    if (q == ASK_EXPORT) {
        fputs(_("\nformats:\n"), out);
        export_format_list(out);
    }
    fputs(_("\noptions:\n"), out);
    for (unsigned i = 0; i < question_table_n; i++) {
        const struct question_entry *e = &question_table[i];

        if (!(e->verbs & 1u << q))
            continue;
        snprintf(left, sizeof(left), "%s%s%s%s%s%s", e->letter ? (char[]){'-', e->letter, 0} : "",
                 e->letter && e->name ? ", " : "", e->name ? "--" : "", e->name ? e->name : "", e->argument ? " " : "",
                 e->argument ? e->argument : "");
        if (strlen(left) > 20)
            fprintf(out, "  %s\n  %-20s  %s\n", left, "", _(e->help));
        else
            fprintf(out, "  %-20s  %s\n", left, _(e->help));
    }
    fprintf(out, "\n%s\n", _(verbs[q].examples));
    fputs(_("Status: 0 done; 1 Redis cannot be asked, or knows nothing of it; 2 the command\n"
            "line; 3 lines of --input that are no records of mxtap.\n"), out);
}
