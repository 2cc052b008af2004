/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: what each spelling sets, and the one line that each mistake gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "sensor/options.h"

enum { WORDS = 40 };

struct command {
    char text[1024];
    char *argv[WORDS + 1];
    int argc;
};

/* Blanks part the words of a command; '' is an empty one. */
static void command(struct command *c, const char *line)
{
    char *save = NULL;

    snprintf(c->text, sizeof(c->text), "%s", line);
    c->argc = 0;
    for (char *w = strtok_r(c->text, " ", &save); w && c->argc < WORDS;
         w = strtok_r(NULL, " ", &save))
        c->argv[c->argc++] = strcmp(w, "''") == 0 ? w + 2 : w;
    c->argv[c->argc] = NULL;
}

static const struct {
    const char *line, *expected;
} mistakes[] = {
    {"mxtap", "a verb is missing: mxtap replay, mxtap capture or mxtap help"},
    {"mxtap rplay x", "rplay: no such verb; mxtap help lists them"},
    {"mxtap -q replay x", "-q: a verb comes first: mxtap replay, mxtap capture or mxtap help"},
    {"mxtap help rplay", "rplay: no such verb; mxtap help lists them"},
    {"mxtap replay", "replay: name a capture, a folder or - (mxtap help replay)"},
    {"mxtap capture", "capture: name an interface with -i (mxtap capture -D lists them)"},
    {"mxtap capture -i eth0",
     "capture: give --json FILE, --redis URL or --summary: else nothing would be kept"},
    {"mxtap capture -i eth0 --summary port 25",
     "port: not expected; interfaces are given with -i, a filter expression behind --"},
    {"mxtap capture -i eth0 -i eth0 --summary",
     "--interface eth0: this interface was given before"},
    {"mxtap replay --prts 25 x", "--prts: no such option of replay; mxtap help replay lists them"},
    {"mxtap replay -X x", "-X: no such option of replay; mxtap help replay lists them"},
    {"mxtap replay -i eth0 x", "--interface: an option of capture, not of replay"},
    {"mxtap capture -r x", "--read: an option of replay, not of capture"},
    {"mxtap replay x --ports", "--ports: needs a value, LIST; mxtap help replay"},
    {"mxtap replay x -c", "--count: needs a value, N; mxtap help replay"},
    {"mxtap replay --again=yes x", "--again=yes: this option takes no value"},
    {"mxtap replay --json '' x", "--json '': its value is empty"},
    {"mxtap replay --ports 25,smtp x",
     "--ports 25,smtp: 'smtp' is no port: give numbers from 1 to 65535 "
     "with commas between, or any"},
    {"mxtap replay --ports 0 x",
     "--ports 0: '0' is no port: give numbers from 1 to 65535 with commas "
     "between, or any"},
    {"mxtap replay --ports 65536 x",
     "--ports 65536: '65536' is no port: give numbers from 1 to 65535 "
     "with commas between, or any"},
    {"mxtap replay --ports 25, x",
     "--ports 25,: '' is no port: give numbers from 1 to 65535 with commas "
     "between, or any"},
    {"mxtap replay --trusted 10.0.0.0/33 x",
     "--trusted 10.0.0.0/33: '10.0.0.0/33' is no network: give "
     "CIDR blocks such as 192.0.2.0/24 or 2001:db8::/32 with commas between, or none"},
    {"mxtap replay --home 10.0.0.0/8,home x",
     "--home 10.0.0.0/8,home: 'home' is no network: give CIDR "
     "blocks such as 192.0.2.0/24 or 2001:db8::/32 with commas between, or none"},
    {"mxtap replay -c 0 x", "--count 0: give a number from 1 to 9223372036854775807"},
    {"mxtap replay -c 1e3 x", "--count 1e3: give a number from 1 to 9223372036854775807"},
    {"mxtap replay -c 99999999999999999999 x",
     "--count 99999999999999999999: give a number from 1 to 9223372036854775807"},
    {"mxtap capture -i e --summary -s -1", "--snaplen -1: give a number from 0 to 262144"},
    {"mxtap capture -i e --summary --buffer 64X",
     "--buffer 64X: give a size from 64K to 2047M, such as 64M"},
    {"mxtap capture -i e --summary --buffer 4G",
     "--buffer 4G: give a size from 64K to 2047M, such as 64M"},
    {"mxtap capture -i e --summary --stats-interval soon",
     "--stats-interval soon: give a time such as 30, 30s, 15m, 12h or 1d (at most ten years)"},
    {"mxtap replay --recipients some x", "--recipients some: give full, domain, hmac or none"},
    {"mxtap replay --recipients hmac x", "--recipients hmac: needs --recipients-key FILE"},
    {"mxtap replay --recipients-key /dev/null x", "--recipients-key /dev/null: only used with "
                                                  "--recipients hmac or --redis-recipients hmac"},
    {"mxtap replay --recipients hmac --recipients-key /dev/null x",
     "--recipients-key /dev/null: a key has at least 16 bytes"},
    {"mxtap replay --recipients hmac --recipients-key /no/such x",
     "--recipients-key /no/such: No such file or directory"},
    {"mxtap replay --sensor-name a/b x",
     "--sensor-name a/b: give 1 to 64 of the characters A-Z a-z 0-9 . _ -"},
    {"mxtap replay --redis-prefix {x} x",
     "--redis-prefix {x}: give 1 to 64 of the characters A-Z a-z 0-9 . _ -"},
    {"mxtap replay --redis-top 5 x", "--redis-top 5: give a number from 10 to 1000000"},
    {"mxtap replay --again x", "--again: only means something with --redis"},
    {"mxtap replay -F /no/such x", "-F /no/such: No such file or directory"},
    {"mxtap replay -F /dev/null x -- port 25",
     "-F /dev/null: and a filter expression behind --: give one of them"},
    {"mxtap replay --home-domains a,,b x",
     "--home-domains a,,b: give names with commas between (at most "
     "4096), none of them empty"},
};

static void one_line_a_mistake(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        struct options o;
        struct command c;
        char err[512] = "";

        command(&c, mistakes[i].line);
        if (options_parse(&o, c.argc, c.argv, err) != STATUS_USAGE ||
            strcmp(err, mistakes[i].expected) != 0)
            fail_msg("%s: '%s'", mistakes[i].line, err);
        assert_null(strchr(err, '\n'));
        options_free(&o);
    }
}

static void parse(struct options *o, struct command *c, const char *line)
{
    char err[512] = "";

    command(c, line);
    if (options_parse(o, c->argc, c->argv, err) != STATUS_OK)
        fail_msg("%s: %s", line, err);
}

static void defaults(void **state)
{
    struct options o;
    struct command c;

    (void)state;
    parse(&o, &c, "mxtap replay a.pcap");
    assert_int_equal(o.verb, VERB_REPLAY);
    assert_int_equal(o.paths_n, 1);
    assert_string_equal(o.paths[0], "a.pcap");
    assert_int_equal(o.worker.ports_n, 4);
    assert_string_equal(o.sensor_name, "replay");
    assert_false(o.worker.live);
    assert_int_equal(o.json_options.recipients.mode, RECIPIENTS_FULL);
    assert_int_equal(o.redis.json.recipients.mode, RECIPIENTS_DOMAIN);
    assert_int_equal(o.redis.wait_us, 900000000);
    assert_int_equal(o.redis.top, 10000);
    assert_true(
        span_eq(options_text(&o),
                SPAN("ports=25,465,587,2525 trusted=10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,"
                     "127.0.0.0/8,169.254.0.0/16,::1/128,fc00::/7,fe80::/10 home= checksum=0 "
                     "filter=")));
    options_free(&o);
    parse(&o, &c, "mxtap capture -i eth0 --summary");
    assert_true(o.promiscuous && o.worker.live && o.redis.live);
    assert_int_equal(o.snaplen, 262144);
    assert_int_equal(o.buffer, 32 << 20);
    assert_int_equal(o.stats_interval_us, 60000000);
    options_free(&o);
}

static void tcpdumps_letters(void **state)
{
    struct options o;
    struct command c;

    (void)state;
    parse(&o, &c,
          "mxtap capture -i tap0 -itap1 -c 7 -s 0 -pnq --json out -Z nobody -- tcp  or udp");
    assert_int_equal(o.ifaces_n, 2);
    assert_string_equal(o.ifaces[1], "tap1");
    assert_int_equal(o.count, 7);
    assert_int_equal(o.snaplen, 262144);
    assert_false(o.promiscuous);
    assert_int_equal(o.verbosity, -1);
    assert_string_equal(o.user, "nobody");
    assert_string_equal(o.filter, "tcp or udp");
    options_free(&o);
    parse(&o, &c, "mxtap replay -v -r one -vv two -r - three");
    assert_int_equal(o.verbosity, 3);
    assert_int_equal(o.paths_n, 4);
    assert_string_equal(o.paths[0], "one");
    assert_string_equal(o.paths[1], "-");
    assert_string_equal(o.paths[2], "two");
    assert_string_equal(o.paths[3], "three");
    assert_null(o.filter);
    options_free(&o);
}

static void values(void **state)
{
    struct options o;
    struct command c;

    (void)state;
    parse(
        &o, &c,
        "mxtap replay x --ports 2525,25,25 --trusted none --home 192.0.2.77/24,2001:db8::1/32 "
        "--checksum --hash --redis redis://h --redis-keep 1G --redis-wait 2m --redis-retention 7 --again "
        "--redis-recipients none --home-domains a.example,b.example -- port 25");
    assert_int_equal(o.worker.ports_n, 2);
    assert_int_equal(o.worker.ports[0], 25);
    assert_int_equal(o.redis.keep_bytes, 1 << 30);
    assert_int_equal(o.redis.wait_us, 120000000);
    assert_int_equal(o.redis.retention_days, 7);
    assert_true(o.redis.again);
    assert_int_equal(o.redis.json.recipients.mode, RECIPIENTS_NONE);
    assert_int_equal(o.worker.home_domains_n, 2);
    assert_true(span_eq(o.worker.home_domains[1], SPAN("b.example")));
    assert_true(
        span_eq(options_text(&o), SPAN("ports=25,2525 trusted= home=192.0.2.0/24,2001:db8::/32 "
                                       "checksum=1 hash=1 filter=port 25")));
    options_free(&o);
    parse(&o, &c, "mxtap replay --ports any x");
    assert_int_equal(o.worker.ports_n, 0);
    options_free(&o);
}

/* The list of processes must not show a password longer than the start takes. */
static void password_is_wiped(void **state)
{
    static const struct {
        const char *line;
        bool wiped;
    } cases[] = {
        {"mxtap replay x --redis redis://:secret@h:6379/0", true},
        {"mxtap replay --redis=redis://user:secret@h/0 x", true},
        {"mxtap replay --redis unix://:secret@/run/redis.sock x", true},
        {"mxtap replay --redis redis://user@h:6379/0 x", false},
        {"mxtap replay --redis redis://[::1]:6379/0 x", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct options o;
        struct command c;
        bool seen = false;

        parse(&o, &c, cases[i].line);
        for (int k = 0; k < c.argc; k++)
            seen |= strstr(c.argv[k], "secret") != NULL;
        assert_false(seen);
        assert_int_equal(o.password_on_command_line, cases[i].wiped);
        assert_int_equal(strstr(o.redis.url, "secret") != NULL, cases[i].wiped);
        options_free(&o);
    }
}

static void file_with(const char *text, char path[32])
{
    int fd;

    strcpy(path, "/tmp/mxtap-options-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void files_are_read(void **state)
{
    char path[32], line[256];
    struct options o;
    struct command c;

    (void)state;
    file_with("s3cret word\r\nsecond line\n", path);
    snprintf(line, sizeof(line), "mxtap replay x --redis redis://h --redis-password-file %s", path);
    parse(&o, &c, line);
    assert_string_equal(o.redis.password, "s3cret word");
    options_free(&o);
    unlink(path);
    file_with("tcp port 25\nor tcp port 26\n", path);
    snprintf(line, sizeof(line), "mxtap replay -F %s x", path);
    parse(&o, &c, line);
    assert_string_equal(o.filter, "tcp port 25\nor tcp port 26\n");
    options_free(&o);
    unlink(path);
    file_with("0123456789abcdef\n", path);
    snprintf(line, sizeof(line), "mxtap replay x --recipients hmac --recipients-key %s", path);
    parse(&o, &c, line);
    assert_true(span_eq(o.json_options.recipients.key, SPAN("0123456789abcdef")));
    options_free(&o);
    unlink(path);
}

static void verbs_and_help(void **state)
{
    struct options o;
    struct command c;

    (void)state;
    parse(&o, &c, "mxtap --version");
    assert_int_equal(o.verb, VERB_VERSION);
    options_free(&o);
    parse(&o, &c, "mxtap -D");
    assert_int_equal(o.verb, VERB_INTERFACES);
    options_free(&o);
    parse(&o, &c, "mxtap help capture");
    assert_int_equal(o.verb, VERB_HELP);
    assert_int_equal(o.help_on, VERB_CAPTURE);
    options_free(&o);
    parse(&o, &c, "mxtap replay --help");
    assert_int_equal(o.verb, VERB_HELP);
    assert_int_equal(o.help_on, VERB_REPLAY);
    options_free(&o);
    parse(&o, &c, "mxtap capture -D");
    assert_int_equal(o.verb, VERB_INTERFACES);
    options_free(&o);
}

static void worse_status(void **state)
{
    static const int order[] = {0, 3, 4, 1, 2}; /* from good to what is told first */

    (void)state;
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 5; k++)
            assert_int_equal(status_worse(order[i], order[k]), order[i > k ? i : k]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_line_a_mistake), cmocka_unit_test(defaults),
        cmocka_unit_test(tcpdumps_letters),   cmocka_unit_test(values),
        cmocka_unit_test(password_is_wiped),  cmocka_unit_test(files_are_read),
        cmocka_unit_test(verbs_and_help),     cmocka_unit_test(worse_status),
    };

    unsetenv("MXTAP_REDIS_PASSWORD");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
