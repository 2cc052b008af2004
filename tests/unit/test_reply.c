/* SPDX-License-Identifier: Apache-2.0 */
/* reply: codes, enhanced codes, EHLO keywords, and the queue ids of the servers that tell one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "decoders/smtp/queue_id.h"
#include "decoders/smtp/reply.h"

static void lines(void **state)
{
    static const struct {
        const char *line;
        uint16_t code;
        bool more, malformed;
        const char *text;
    } table[] = {
        {"250 ok", 250, false, false, "ok"},
        {"250-mx.example", 250, true, false, "mx.example"},
        {"250", 250, false, false, ""},
        {"250 ", 250, false, false, ""},
        {"250-", 250, true, false, ""},
        {"354\tgo", 354, false, true, "go"},
        {"250ok", 250, false, true, "ok"},
        {"599 x", 599, false, false, "x"},
        {"2500 x", 0, false, true, ""},
        {"150 x", 0, false, true, ""},
        {"650 x", 0, false, true, ""},
        {"25 x", 0, false, true, ""},
        {" 250 x", 0, false, true, ""},
        {"banana", 0, false, true, ""},
        {"", 0, false, true, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct reply_line r = reply_line_parse(span_cstr(table[i].line));

        if (r.reply.code != table[i].code || r.more != table[i].more ||
            r.malformed != table[i].malformed || !span_eq(r.reply.text, span_cstr(table[i].text)))
            fail_msg("%s: %u %d %d %.*s", table[i].line, r.reply.code, r.more, r.malformed,
                     SPAN_FMT(r.reply.text));
    }
}

static void enhanced_codes(void **state)
{
    static const struct {
        uint16_t code;
        const char *text, *enhanced;
    } table[] = {
        {550, "5.1.1 no", "5.1.1"},        {550, "5.1.1", "5.1.1"},
        {250, "2.0.0: id", "2.0.0"},       {452, "4.3.112 x", "4.3.112"},
        {550, "4.1.1 other class", NULL},  {550, "5.1 no", NULL},
        {550, "5.1.1x", NULL},             {550, "5.1.1234 x", NULL},
        {550, "5..1 x", NULL},             {550, "", NULL},
        {250, "ok", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct span e = reply_enhanced(table[i].code, span_cstr(table[i].text));

        if ((e.p != NULL) != (table[i].enhanced != NULL) ||
            (e.p && !span_eq(e, span_cstr(table[i].enhanced))))
            fail_msg("%u %s: %.*s", table[i].code, table[i].text, SPAN_FMT(e));
    }
}

static void keywords(void **state)
{
    (void)state;
    assert_true(reply_keyword(SPAN("PIPELINING"), SPAN("PIPELINING")));
    assert_true(reply_keyword(SPAN("pipelining x"), SPAN("PIPELINING")));
    assert_true(reply_keyword(SPAN("AUTH=LOGIN"), SPAN("AUTH")));
    assert_false(reply_keyword(SPAN("PIPELININGS"), SPAN("PIPELINING")));
    assert_false(reply_keyword(SPAN("NOPIPELINING"), SPAN("PIPELINING")));
}

static void queue_ids(void **state)
{
    static const struct {
        const char *server, *text, *id;
    } table[] = {
        {"Postfix", "2.0.0 Ok: queued as 4QtWx22Y9Lz9s", "4QtWx22Y9Lz9s"},
        {"Postfix, short ids", "2.0.0 Ok: queued as 9A2D21A0B2C", "9A2D21A0B2C"},
        {"amavis", "2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 4QtWx2",
         "4QtWx2"},
        {"Exim", "OK id=1qFUNi-0007Zq-2x", "1qFUNi-0007Zq-2x"},
        {"Exim 4.97", "OK id=1qFUNi-00000007ZqX-2xAb", "1qFUNi-00000007ZqX-2xAb"},
        {"OpenSMTPD", "2.0.0 9d7e7b5e Message accepted for delivery", "9d7e7b5e"},
        {"OpenSMTPD, old", "2.0.0: 9d7e7b5e Message accepted for delivery", "9d7e7b5e"},
        {"Sendmail", "2.0.0 3617684f012345 Message accepted for delivery", "3617684f012345"},
        {"Exchange",
         "2.6.0 <x@y> [InternalId=4715, Hostname=EX1] 1234 bytes in 0.1, Queued mail for delivery",
         "4715"},
        {"IIS", "2.6.0  <x@y> Queued mail for delivery", NULL},
        {"qmail", "ok 1688196368 qp 12345", "1688196368 qp 12345"},
        {"Gmail", "2.0.0 OK  1688196368 d2e1a72fcca58-66b-20020aa78c0a.1 - gsmtp",
         "d2e1a72fcca58-66b-20020aa78c0a.1"},
        {"Haraka", "Message Queued (7A8F0D5B-2F8E-4E53-B7D4-3A2C.1)",
         "7A8F0D5B-2F8E-4E53-B7D4-3A2C.1"},
        {"hMailServer", "Queued (0.063 seconds)", NULL},
        {"Amazon SES", "Ok 0102018912345678-abcdef01-000000",
         "0102018912345678-abcdef01-000000"},
        {"Dovecot", "2.0.0 <b@mx> YFWtCHzpoWSSLgAA Saved", "YFWtCHzpoWSSLgAA"},
        {"no id", "2.0.0 Message accepted for delivery", NULL},
        {"no id", "Ok: Message accepted for delivery", NULL},
        {"plain", "ok", NULL},
        {"empty", "", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct span id = queue_id_find(span_cstr(table[i].text));

        if ((id.p != NULL) != (table[i].id != NULL) ||
            (id.p && !span_eq(id, span_cstr(table[i].id))))
            fail_msg("%s: %s: got %.*s", table[i].server, table[i].text, SPAN_FMT(id));
    }
}

static void no_mailboxes(void **state)
{
    static const struct {
        uint16_t code;
        const char *text;
        bool none;
    } table[] = {
        {550, "5.1.1 <a@b>: Recipient address rejected", true},
        {550, "5.1.10 null MX", false},
        {550, "5.7.1 user unknown to the policy", false}, /* the code says more than the words */
        {550, "<a@b>: User unknown in local table", true},
        {550, "relay not permitted", false},
        {551, "No such user here", true},
        {450, "4.1.1 not yet", false},
        {250, "user unknown, yet taken", false},
        {550, "", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        if (reply_no_mailbox(table[i].code, span_cstr(table[i].text)) != table[i].none)
            fail_msg("%u %s", table[i].code, table[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(enhanced_codes),
        cmocka_unit_test(no_mailboxes),
        cmocka_unit_test(keywords),
        cmocka_unit_test(queue_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
