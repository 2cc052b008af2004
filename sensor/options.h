/* SPDX-License-Identifier: Apache-2.0 */
/* options: the command line, checked whole before anything is opened. */
#ifndef MXTAP_SENSOR_OPTIONS_H
#define MXTAP_SENSOR_OPTIONS_H

#include <stdio.h>

#include "sensor/judge/judge.h"
#include "sensor/publish/sinks.h"
#include "sensor/worker.h"

enum verb { VERB_NONE, VERB_REPLAY, VERB_CAPTURE, VERB_CHECK, VERB_HELP, VERB_VERSION, VERB_INTERFACES };

/* Statuses of the program; where several fit: 2, 1, 4, 3. */
enum status {
    STATUS_OK = 0,
    STATUS_FAILED = 1,      /* something could not be opened, written or gone on with */
    STATUS_USAGE = 2,       /* the command line */
    STATUS_DAMAGED = 3,     /* input that is no capture, cut or damaged; the rest was read */
    STATUS_UNDELIVERED = 4  /* records that never reached Redis */
};

/* The one that tells more. */
int status_worse(int a, int b);

enum { OPTIONS_INTERFACES = 16 };

/*
 * Strings are argv's own or live in the arena: all of them until options_free. The password of a
 * Redis URL is wiped from argv by the parser.
 */
struct options {
    struct mem mem;
    struct arena arena;
    enum verb verb;
    enum verb help_on;             /* VERB_HELP: NONE = the overview */

    const char *ifaces[OPTIONS_INTERFACES];
    unsigned ifaces_n;
    const char **paths;            /* replay, check */
    unsigned paths_n;
    const char *filter;            /* the user's BPF expression, NULL = none */
    bool filter_from_file;
    uint64_t count;                /* stop after so many packets, 0 = never */
    int snaplen;
    uint64_t buffer;               /* bytes, kernel ring per interface */
    uint64_t memory;               /* bytes, of the whole process */
    bool promiscuous;

    struct worker_options worker;

    struct judge_options judge;
    bool no_brands, no_lists;      /* asked for none */

    const char *json;              /* file or "-", NULL = none */
    struct json_options json_options;
    bool summary;                  /* asked for by name */
    bool redis_wanted;
    struct redis_options redis;
    const char *redis_password_file, *recipients_key_file;
    bool password_on_command_line;

    const char *sensor_name;
    const char *config;            /* --config, NULL = none */
    bool *given;                   /* by place in option_table: on the command line */
    const char *user;              /* to run as, NULL = as started */
    int64_t look_us;               /* check: how long at interfaces */
    const char *metrics;           /* where Prometheus may ask; NULL = nowhere */
    uint64_t workers;
    int64_t stats_interval_us;     /* live; 0 = only at exit */
    int verbosity;                 /* -1 quiet, 0, 1 ... */
};

/*
 * Reads argv (may reorder it). STATUS_OK, or STATUS_USAGE with one line in err that names the
 * option, the value and the way out. Either way options_free is due.
 */
int options_parse(struct options *o, int argc, char **argv, char err[512]);
void options_free(struct options *o);

/* Brands and lists that were neither named nor refused: where make install put them, or in the source's share/; NULL where they are not. */
void options_find_lists(struct options *o);

/* What counting depends on: "ports=25,465 filter=... trusted=... home=... checksum=0", in o's
 * arena. */
struct span options_text(struct options *o);

/* The overview, or one verb's options, statuses and examples. */
void options_help(FILE *out, enum verb on);
bool verb_parse(const char *name, enum verb *out);

#endif
