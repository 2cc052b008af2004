/* SPDX-License-Identifier: Apache-2.0 */
/* main: the verbs. */
#include <locale.h>

#include "sensor/console/console.h"
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

int main(int argc, char **argv)
{
    int status = STATUS_OK;

    setlocale(LC_CTYPE, "C.UTF-8"); /* wcwidth, for columns */
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
