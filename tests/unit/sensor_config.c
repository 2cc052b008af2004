/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration file: what each line sets, what the command line keeps, and the one line that each mistake gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "sensor/options.h"

enum { WORDS = 40 };

static char path[32];

static void file_with(const char *text, size_t n)
{
    int fd;

    strcpy(path, "/tmp/mxtap-config-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, n), (ssize_t)n);
    close(fd);
}

/* words: parted by blanks; FILE is the file's path. */
static int parse(struct options *o, const char *words, char err[512])
{
    static char line[1024];
    char *argv[WORDS + 1], *save = NULL;
    int argc = 0;

    snprintf(line, sizeof(line), "%s", words);
    for (char *w = strtok_r(line, " ", &save); w && argc < WORDS; w = strtok_r(NULL, " ", &save))
        argv[argc++] = strcmp(w, "FILE") == 0 ? path : w;
    argv[argc] = NULL;
    return options_parse(o, argc, argv, err);
}

static void good(struct options *o, const char *words, const char *text)
{
    char err[512] = "";

    file_with(text, strlen(text));
    if (parse(o, words, err) != STATUS_OK)
        fail_msg("%s: %s", words, err);
    unlink(path);
}

static const struct {
    const char *text, *expected; /* behind the file's name */
} mistakes[] = {
    {"json = a\nredis-topp = 5\n", ":2: redis-topp: no such key; they are the long options that mxtap help capture lists, "
                                   "without their dashes"},
    {"--json = a\n", ":1: --json: no such key; they are the long options that mxtap help capture lists, without their dashes"},
    {"i = eth0\n", ":1: i: no such key; they are the long options that mxtap help capture lists, without their dashes"},
    {"\n; why\nredis-top = 5\n", ":3: redis-top = 5: give a number from 10 to 1000000"},
    {"ports = 25\nports = smtp\n", ":2: ports = smtp: 'smtp' is no port: give numbers from 1 to 65535 with commas between, or any"},
    {"json = a\n\njson = b\n", ":3: json: it stands in line 1 too: leave one of them out"},
    {"dns = maybe\n", ":1: dns: say yes or no"},
    {"dns\n", ":1: this is no line of the form key = value"},
    {"json = a\ndns\nredis-top = 5\n", ":2: this is no line of the form key = value"},
    {"json =\n", ":1: json: its value is empty; leave the line out for the default"},
    {"[redis]\nredis-top = 100\n", ":2: redis-top: there are no [sections] here: leave that line out"},
    {"json = a # mine\n", ":1: json: a comment behind a value begins with ;, or give it a line of its own"},
    {"json = \"a b\"\n", ":1: json: values stand without quotation marks"},
    {"help = yes\n", ":1: help: this one is for the command line only"},
    {"config = other.conf\n", ":1: config: this one is for the command line only"},
    {"read = a.pcap\n", ":1: read: this one is for the command line only"},
    {"redis = redis://:secret@h\n", ":1: redis: no password stands in this file: leave it out of the URL, and let "
                                    "redis-password-file name one that holds it"},
    {"interface = e0\ninterface = e0\n", ":2: interface = e0: this interface was given before"},
};

static void one_line_a_mistake(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        struct options o;
        char err[512] = "";

        file_with(mistakes[i].text, strlen(mistakes[i].text));
        if (parse(&o, "mxtap capture --summary --config FILE", err) != STATUS_USAGE ||
            strncmp(err, path, strlen(path)) != 0 || strcmp(err + strlen(path), mistakes[i].expected) != 0)
            fail_msg("%s: '%s'", mistakes[i].text, err);
        assert_null(strstr(err, "secret"));
        options_free(&o);
        unlink(path);
    }
}

static void each_key(void **state)
{
    struct options o;

    (void)state;
    good(&o, "mxtap capture --config FILE",
         "\xef\xbb\xbf# a byte order mark, as some editors leave it\n"
         "interface = eth1\r\n"
         "  interface=eth2   ; the tap's other side\n"
         "home = 192.0.2.0/24, 198.51.100.0/24\n"
         "home = 2001:db8::/32\n"
         "ports: 25\n"
         "dns = yes\n"
         "checksum = no\n"
         "redis = redis://h:6379/3\n"
         "redis-memory = 1G\n"
         "redis-wait = 2m ; of replays: known, and left to them\n"
         "geoip = a b.mmdb\n"
         "geoip = c.mmdb\n"
         "verbose = on\n"
         "alert-score = 12"); /* no line end */
    assert_int_equal(o.ifaces_n, 2);
    assert_string_equal(o.ifaces[1], "eth2");
    assert_int_equal(o.worker.home_n, 3);
    assert_int_equal(o.worker.ports_n, 1);
    assert_true(o.worker.dns);
    assert_false(o.worker.checksum);
    assert_string_equal(o.redis.url, "redis://h:6379/3");
    assert_true(o.redis_wanted);
    assert_int_equal(o.redis.memory, 1 << 30);
    assert_int_equal(o.redis.wait_us, 900000000); /* replay's alone */
    assert_int_equal(o.judge.geoip_n, 2);
    assert_string_equal(o.judge.geoip[0], "a b.mmdb");
    assert_int_equal(o.verbosity, 1);
    assert_int_equal(o.redis.alert_score, 12);
    options_free(&o);
}

/* A list of the command line takes the place of the file's: nobody means both. */
static void the_command_line_wins(void **state)
{
    static const char text[] = "interface = eth1\ninterface = eth2\nhome = 192.0.2.0/24\njson = file\nfilter-file = /no/such\n"
                               "redis-top = 20\nquiet = yes\n";
    struct options o;

    (void)state;
    good(&o, "mxtap capture -i tap0 --json mine --config FILE --home 198.51.100.0/24 --redis-top=30 -v -- port 25", text);
    assert_int_equal(o.ifaces_n, 1);
    assert_string_equal(o.ifaces[0], "tap0");
    assert_int_equal(o.worker.home_n, 1);
    assert_string_equal(o.json, "mine");
    assert_string_equal(o.filter, "port 25");
    assert_int_equal(o.redis.top, 30);
    assert_int_equal(o.verbosity, 1);
    options_free(&o);
    good(&o, "mxtap replay --conf FILE x", ""); /* nothing in it, nothing set */
    options_free(&o);
}

static void what_cannot_be_read(void **state)
{
    char text[600] = "home = ", err[512] = "";
    struct options o;

    (void)state;
    assert_int_equal(parse(&o, "mxtap replay x --config /no/such", err), STATUS_USAGE);
    assert_string_equal(err, "--config /no/such: No such file or directory");
    options_free(&o);
    assert_int_equal(parse(&o, "mxtap replay x --config /", err), STATUS_USAGE);
    assert_string_equal(err, "--config /: Is a directory");
    options_free(&o);
    assert_int_equal(parse(&o, "mxtap replay x --config", err), STATUS_USAGE);
    assert_string_equal(err, "--config: needs a value, FILE; mxtap help replay");
    options_free(&o);
    file_with("json = a\0b\n", 11);
    assert_int_equal(parse(&o, "mxtap replay x --config FILE", err), STATUS_USAGE);
    assert_string_equal(err + strlen(path), ":1: it holds a NUL byte: this is no text file");
    options_free(&o);
    unlink(path);
    while (strlen(text) < 250) /* longer than the library takes: the rest must not become a line of its own */
        strcat(text, "192.0.2.0/24,");
    strcat(text, "192.0.2.0/24\n");
    file_with(text, strlen(text));
    assert_int_equal(parse(&o, "mxtap replay x --config FILE", err), STATUS_USAGE);
    assert_string_equal(err + strlen(path),
                        ":1: it is longer than 199 bytes; a list can go on under the same key on another line");
    options_free(&o);
    unlink(path);
    /* Help is asked for where something is wrong. */
    assert_int_equal(parse(&o, "mxtap replay --config /no/such --help", err), STATUS_OK);
    assert_int_equal(o.verb, VERB_HELP);
    options_free(&o);
}

/* The longest line that fits is taken whole. */
static void no_line_is_cut(void **state)
{
    char text[260], err[512] = "";

    (void)state;
    for (unsigned n = 150; n < 215; n++) {
        struct options o;
        size_t at = (size_t)snprintf(text, sizeof(text), "json = ");

        memset(text + at, 'x', n - at);
        snprintf(text + n, sizeof(text) - n, "\nsummary = yes\n");
        file_with(text, strlen(text));
        if (n <= 199) {
            if (parse(&o, "mxtap replay x --config FILE", err) != STATUS_OK)
                fail_msg("%u: %s", n, err);
            assert_int_equal(strlen(o.json), n - at);
            assert_true(o.summary);
        } else {
            assert_int_equal(parse(&o, "mxtap replay x --config FILE", err), STATUS_USAGE);
        }
        options_free(&o);
        unlink(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_line_a_mistake), cmocka_unit_test(each_key),
        cmocka_unit_test(the_command_line_wins), cmocka_unit_test(what_cannot_be_read),
        cmocka_unit_test(no_line_is_cut)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
