/* SPDX-License-Identifier: Apache-2.0 */
/* main: the verbs. */
#include "sensor/check/check.h"
#include "sensor/console/console.h"
#include "sensor/language.h"
#include "sensor/log.h"
#include "sensor/run.h"

static int list_interfaces(void)
{
    char err[CAPTURE_ERR];

    if (capture_list_interfaces(stdout, err))
        return STATUS_OK;
    log_line(LOG_TROUBLE, "%s", err);
    return STATUS_FAILED;
}

static int act(struct options *o)
{
    switch (o->verb) {
    case VERB_VERSION:
        puts("mxtap " MXTAP_VERSION);
        return STATUS_OK;
    case VERB_INTERFACES:
        return list_interfaces();
    case VERB_REPLAY:
    case VERB_CAPTURE:
        return run(o);
    case VERB_CHECK:
        return check(o);
    default:
        options_help(stdout, o->help_on);
        return STATUS_OK;
    }
}

static int sensor(int argc, char **argv)
{
    struct options o;
    char err[512];
    int status = options_parse(&o, argc, argv, err);

    if (status != STATUS_OK) {
        log_line(LOG_TROUBLE, "%s", err);
    } else {
        log_verbosity(o.verbosity);
        status = act(&o);
    }
    options_free(&o);
    return status;
}

/* Before the options are read: what is wrong with them is said in it too. */
static bool language_take(int *argc, char **argv)
{
    enum language language = language_of_environment();
    const char *word;
    bool known;

    language_argument(argc, argv, &word);
    known = !word || language_parse(word, &language);
    language_start(language);
    if (!known)
        log_line(LOG_TROUBLE, "--lang %.40s: give en (English) or ja (日本語)", word);
    else if (word && language != language_now())
        log_line(LOG_NOTE, "--lang %.40s: its texts are not installed beside mxtap (make install puts them into "
                 "share/locale): English instead", word);
    return known;
}

int main(int argc, char **argv)
{
    int status = STATUS_OK;

    if (!language_take(&argc, argv))
        return STATUS_USAGE;
    if (argc > 1 && console_is_verb(argv[1]))
        status = console(argc, argv);
    else if (argc != 3 || strcmp(argv[1], "help") != 0 || !console_help(stdout, argv[2]))
        status = sensor(argc, argv);
    if (fflush(stdout) != 0 && status == STATUS_OK) {
        log_line(LOG_TROUBLE, "standard output cannot be written");
        status = STATUS_FAILED;
    }
    return status;
}
