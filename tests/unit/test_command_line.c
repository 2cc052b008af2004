/* SPDX-License-Identifier: Apache-2.0 */
/* command_line: verbs, paths, parameters, BDAT, AUTH and XCLIENT arguments as tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "decoders/smtp/command_line.h"

/* "(none)" for an absent span. */
static void same(const char *what, struct span s, const char *expected)
{
    if (!expected) {
        if (s.p)
            fail_msg("%s: expected none, got %.*s", what, SPAN_FMT(s));
        return;
    }
    if (!s.p || !span_eq(s, span_cstr(expected)))
        fail_msg("%s: expected %s, got %.*s", what, expected, SPAN_FMT(s));
}

static void verbs(void **state)
{
    static const struct {
        const char *line;
        enum smtp_verb verb;
        const char *argument;
    } table[] = {
        {"EHLO a.example", VERB_EHLO, "a.example"},
        {"ehlo  a.example \t", VERB_EHLO, "a.example"},
        {"HeLo", VERB_HELO, NULL},
        {"LHLO x", VERB_LHLO, "x"},
        {"MAIL FROM:<a@b>", VERB_MAIL, "FROM:<a@b>"},
        {"  mail\tfrom:<a@b>", VERB_MAIL, "from:<a@b>"},
        {"MAIL\vFROM:<a@b>", VERB_MAIL, "FROM:<a@b>"},
        {"MAIL\rFROM:<a@b>", VERB_MAIL, "FROM:<a@b>"},
        {"DATA\f", VERB_DATA, NULL},
        {"MAILFROM:<a@b>", VERB_UNKNOWN, NULL},
        {"DATA", VERB_DATA, NULL},
        {"DATA ", VERB_DATA, NULL},
        {"DATABASE", VERB_UNKNOWN, NULL},
        {"BDAT 1 LAST", VERB_BDAT, "1 LAST"},
        {"STARTTLS", VERB_STARTTLS, NULL},
        {"auth PLAIN x", VERB_AUTH, "PLAIN x"},
        {"X-EXPS GSSAPI", VERB_XEXPS, "GSSAPI"},
        {"QUIT", VERB_QUIT, NULL},
        {"QUI", VERB_UNKNOWN, NULL},
        {"hunter2", VERB_UNKNOWN, NULL},
        {"", VERB_UNKNOWN, NULL},
        {" ", VERB_UNKNOWN, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct command_line c = command_line_parse(span_cstr(table[i].line));

        if (c.verb != table[i].verb)
            fail_msg("%s: verb %s", table[i].line, command_verb_name(c.verb));
        same(table[i].line, c.argument, table[i].argument);
    }
}

static void certain_lines(void **state)
{
    static const struct {
        const char *line;
        enum smtp_verb verb;
    } table[] = {
        {"MAIL FROM:<a@b> SIZE=1", VERB_MAIL},
        {"mail from: <>", VERB_MAIL},
        {"MAIL FROM:<a@b", VERB_UNKNOWN},
        {"Mail from: a friend", VERB_UNKNOWN},
        {"RCPT TO:<\"a b\"@c>", VERB_RCPT},
        {"RCPT TO somebody", VERB_UNKNOWN},
        {"DATA", VERB_DATA},
        {"Data of the week", VERB_UNKNOWN},
        {"QUIT", VERB_QUIT},
        {"Quit smoking", VERB_UNKNOWN},
        {"EHLO a.example", VERB_EHLO},
        {"Helo my dear friend", VERB_UNKNOWN},
        {"BDAT 12 LAST", VERB_BDAT},
        {"BDAT twelve", VERB_UNKNOWN},
        {"AUTH PLAIN", VERB_UNKNOWN},
        {"Help yourself", VERB_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        if (command_line_certain(span_cstr(table[i].line)) != table[i].verb)
            fail_msg("%s", table[i].line);
}

static void paths(void **state)
{
    static const struct {
        const char *argument, *path, *params;
        bool odd;
    } table[] = {
        {"FROM:<a@b>", "<a@b>", "", false},
        {"from: <a@b> SIZE=1", "<a@b>", "SIZE=1", false},
        {"FROM:<a@b>SIZE=1", "<a@b>", "SIZE=1", false},
        {"FROM:<>", "<>", "", false},
        {"FROM:<> SIZE=3", "<>", "SIZE=3", false},
        {"FROM:a@b SIZE=1", "a@b", "SIZE=1", true},
        {"FROM: a@b", "a@b", "", true},
        {"FROM <a@b>", "<a@b>", "", true},
        {"FROM : <a@b>", "<a@b>", "", false},
        {"FROM:<@r1,@r2:a@b> X", "<@r1,@r2:a@b>", "X", false},
        {"FROM:<\"a>b c\"@d> X", "<\"a>b c\"@d>", "X", false},
        {"FROM:<\"a\\\">b\"@d> X", "<\"a\\\">b\"@d>", "X", false},
        {"FROM:<\"open@d> X", "<\"open@d>", "X", false},
        {"FROM:\"a b\"@d X", "\"a b\"@d", "X", true},
        {"FROM:<a@b X", "<a@b", "X", true},
        {"FROM:<\xe5\x88\xa9@\xe4\xbe\x8b> SMTPUTF8", "<\xe5\x88\xa9@\xe4\xbe\x8b>", "SMTPUTF8",
         false},
        {"FROM:", NULL, "", true},
        {"<a@b>", "<a@b>", "", true},
        {"TO:<a@b>", "<a@b>", "", true},
        {"FROM:Name <a@b> SIZE=1", "<a@b>", "SIZE=1", true},
        {"FROM:\"Na <x>\"<a@b>", "<a@b>", "", true},
        {"FROM:(note)<a@b>", "<a@b>", "", true},
        {"FROM:c@d<a@b>", "<a@b>", "", true},
        {"FROM:a@b AUTH=<>", "a@b", "AUTH=<>", true},
        {"FROM:Name <a@b", "Name", "<a@b", true},
        {"FROM:\v<a@b>\fSIZE=1", "<a@b>", "SIZE=1", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct command_path p = command_path_parse(span_cstr(table[i].argument), SPAN("FROM"));

        same(table[i].argument, p.path, table[i].path);
        same(table[i].argument, p.params, table[i].params);
        if (p.odd != table[i].odd)
            fail_msg("%s: odd %d", table[i].argument, p.odd);
    }
}

static void parameters(void **state)
{
    struct span rest = SPAN("SIZE=12  BODY=8BITMIME SMTPUTF8 RET= X=a=b"), key, value;

    (void)state;
    assert_true(command_param_next(&rest, &key, &value));
    same("size", key, "SIZE");
    same("size", value, "12");
    assert_true(command_param_next(&rest, &key, &value));
    same("body", value, "8BITMIME");
    assert_true(command_param_next(&rest, &key, &value));
    same("smtputf8", key, "SMTPUTF8");
    same("smtputf8", value, NULL);
    assert_true(command_param_next(&rest, &key, &value));
    same("ret", value, "");
    assert_true(command_param_next(&rest, &key, &value));
    same("x", value, "a=b");
    assert_false(command_param_next(&rest, &key, &value));
}

static void chunk_sizes(void **state)
{
    /* The odd ones as Exim 4.96 took them (each tried). */
    static const struct {
        const char *argument;
        bool valid, odd, last;
        uint64_t size;
    } table[] = {
        {"0 LAST", true, false, true, 0},
        {"5", true, false, false, 5},
        {"005 last", true, false, true, 5},
        {"4294967295", true, false, false, 4294967295},
        {"4294967301 LAST", false, true, true, 5},
        {"18446744073709551615", false, true, false, 4294967295},
        {"99999999999999999999999", false, true, false, 4294967295},
        {"-5 LAST", false, true, true, 4294967291},
        {"+5 LAST", false, true, true, 5},
        {"5LAST", false, true, true, 5},
        {"0x5 LAST", false, true, false, 0},
        {"5 FIRST", false, true, false, 5},
        {"5 LAST x", false, true, false, 5},
        {"", false, false, false, 0},
        {"-", false, false, false, 0},
        {"LAST", false, false, false, 0},
        {"x5", false, false, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct command_bdat b = command_bdat_parse(span_cstr(table[i].argument));

        if (b.valid != table[i].valid || b.odd != table[i].odd || b.last != table[i].last ||
            b.size != table[i].size)
            fail_msg("BDAT %s", table[i].argument);
    }
}

static void auth_arguments(void **state)
{
    struct command_auth a = command_auth_parse(SPAN("PLAIN  AGE= x"));

    (void)state;
    same("mechanism", a.mechanism, "PLAIN");
    same("initial", a.initial, "AGE= x");
    a = command_auth_parse(SPAN("LOGIN"));
    same("mechanism", a.mechanism, "LOGIN");
    same("initial", a.initial, NULL);
}

/* A line that ran into the next one: what stands behind its AUTH is a credential, whatever stands before it. A parameter AUTH= is
 * none, nor is a name that holds the word. */
static void auth_within(void **state)
{
    static const struct {
        const char *argument, *before;
    } table[] = {
        {"c.exampleAUTH PLAIN AGE=", "c.example"},
        {"c.example auth\tPLAIN", "c.example "},
        {"AuTh x", ""},
        {"c\rx-exps NTLM", "c\r"},
        {"authAUTH AUTH x", "auth"},
        {"FROM:<a@auth.example> AUTH=<>", "FROM:<a@auth.example> AUTH=<>"},
        {"auth", "auth"},
        {"x-exps", "x-exps"},
        {"uth x", "uth x"},
        {"-exps x", "-exps x"},
        {"smtp-auth", "smtp-auth"},
        {"h-", "h-"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct span s = span_cstr(table[i].argument);

        same(table[i].argument, span_head(s, command_auth_within(s)), table[i].before);
    }
}

static void client_attributes(void **state)
{
    static const struct {
        const char *argument, *ip;
        uint16_t port;
    } table[] = {
        {"NAME=x ADDR=192.0.2.1 PORT=25", "192.0.2.1", 25},
        {"addr=IPV6:2001:db8::1", "2001:db8::1", 0},
        {"ADDR=2001:db8::1 PORT=99999", "2001:db8::1", 0},
        {"ADDR=[UNAVAILABLE]", NULL, 0},
        {"NAME=x", NULL, 0},
        {"", NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct endpoint e;
        char text[IP_TEXT];
        bool ok = command_client_attributes(span_cstr(table[i].argument), &e);

        if (ok != (table[i].ip != NULL))
            fail_msg("%s", table[i].argument);
        if (!ok)
            continue;
        ip_format(&e.ip, text);
        assert_string_equal(text, table[i].ip);
        assert_int_equal(e.port, table[i].port);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verbs),       cmocka_unit_test(certain_lines),
        cmocka_unit_test(paths),       cmocka_unit_test(parameters),
        cmocka_unit_test(chunk_sizes), cmocka_unit_test(auth_arguments),
        cmocka_unit_test(auth_within), cmocka_unit_test(client_attributes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
