/* SPDX-License-Identifier: Apache-2.0 */
/* families_smtp: dialogues: commands, replies, chunks, and what is held for a reply that does not come. */
#include "tests/scaling/families.h"

/* unit of the client, answered each time where answer is not NULL. */
static void exchange(struct feed *f, const char *unit, const char *answer)
{
    while (feed_more(f)) {
        feed_text(f, SMTP_CLIENT, unit);
        if (answer)
            feed_text(f, SMTP_SERVER, answer);
    }
}

#define EXCHANGE_FAMILY(function, before, unit, answer)                                             \
    static void function(struct feed *f)                                                            \
    {                                                                                               \
        feed_greet(f);                                                                              \
        if (*before)                                                                                \
            feed_text(f, SMTP_CLIENT, before);                                                      \
        exchange(f, unit, answer);                                                                  \
    }
EXCHANGE_FAMILY(commands, "", "NOOP\r\n", NULL)
EXCHANGE_FAMILY(commands_answered, "", "NOOP\r\n", "250 ok\r\n")
EXCHANGE_FAMILY(commands_unknown, "", "x\r\n", NULL)
EXCHANGE_FAMILY(commands_empty, "", "\r\n", NULL)
EXCHANGE_FAMILY(command_endless, "MAIL FROM:<", "aaaaaaaaaaaaaaaa", NULL)
EXCHANGE_FAMILY(command_params, "MAIL FROM:<a@b> ", "A=B ", NULL)
EXCHANGE_FAMILY(ehlos, "", "EHLO abc\r\n", NULL)
EXCHANGE_FAMILY(ehlos_answered, "", "EHLO abc\r\n", "250 ok\r\n")
EXCHANGE_FAMILY(mails, "", "MAIL FROM:<a@b>\r\n", NULL)
EXCHANGE_FAMILY(mails_reset, "", "MAIL FROM:<a@b>\r\nRSET\r\n", NULL)
EXCHANGE_FAMILY(mails_answered, "", "MAIL FROM:<a@b>\r\nRSET\r\n", "250 ok\r\n250 ok\r\n")
EXCHANGE_FAMILY(mails_nested, "", "MAIL FROM:<a@b>\r\n", "503 nested\r\n")
EXCHANGE_FAMILY(rcpts, "MAIL FROM:<a@b>\r\n", "RCPT TO:<u@mx.example>\r\n", NULL)
EXCHANGE_FAMILY(rcpts_answered, "MAIL FROM:<a@b>\r\n", "RCPT TO:<u@mx.example>\r\n", "250 ok\r\n")
EXCHANGE_FAMILY(bdats, "MAIL FROM:<a@b>\r\nRCPT TO:<u@mx>\r\n", "BDAT 1\r\nx", NULL)
EXCHANGE_FAMILY(bdats_answered, "MAIL FROM:<a@b>\r\nRCPT TO:<u@mx>\r\n", "BDAT 1\r\nx", "250 ok\r\n")
EXCHANGE_FAMILY(bdats_empty, "MAIL FROM:<a@b>\r\nRCPT TO:<u@mx>\r\n", "BDAT 0\r\n", NULL)
EXCHANGE_FAMILY(bdat_mails, "", "MAIL FROM:<a@b>\r\nBDAT 1 LAST\r\nx", NULL)
EXCHANGE_FAMILY(bdats_invalid, "MAIL FROM:<a@b>\r\n", "BDAT x\r\n", NULL)
EXCHANGE_FAMILY(datas, "MAIL FROM:<a@b>\r\nRCPT TO:<u@mx>\r\n", "DATA\r\n", "503 no\r\n")
EXCHANGE_FAMILY(held_for_data, "MAIL FROM:<a@b>\r\nDATA\r\n", "some text\r\n", NULL)
EXCHANGE_FAMILY(auths, "", "AUTH PLAIN AGEAYg==\r\n", "535 no\r\n")
EXCHANGE_FAMILY(auths_ahead, "", "AUTH LOGIN\r\n", NULL)
EXCHANGE_FAMILY(starttls_ahead, "", "STARTTLS\r\n", NULL)
EXCHANGE_FAMILY(starttls_refused, "", "STARTTLS\r\n", "454 no\r\n")
EXCHANGE_FAMILY(xclients, "", "XCLIENT ADDR=192.0.2.1\r\n", "220 ok\r\n")
EXCHANGE_FAMILY(xforwards, "", "XFORWARD ADDR=192.0.2.1 NAME=a.example\r\n", "250 ok\r\n")
EXCHANGE_FAMILY(xforwards_ahead, "", "XFORWARD ADDR=192.0.2.1 NAME=a.example\r\n", NULL)
EXCHANGE_FAMILY(xclient_endless, "XCLIENT ", "ADDR=192.0.2.1 ", NULL)
EXCHANGE_FAMILY(commands_of_spaces, "", " ", NULL)
EXCHANGE_FAMILY(paths_quoted, "MAIL FROM:<\"", "\\\"", NULL)
EXCHANGE_FAMILY(paths_routed, "MAIL FROM:<", "@a,", NULL)
EXCHANGE_FAMILY(quits, "", "QUIT\r\n", NULL)

/* Lone dots between bare LFs, with text behind each. */
static void false_ends(struct feed *f)
{
    feed_greet(f);
    feed_text(f, SMTP_CLIENT, "MAIL FROM:<a@b>\r\nRCPT TO:<u@mx>\r\nDATA\r\n");
    feed_text(f, SMTP_SERVER, "250 ok\r\n250 ok\r\n354 go\r\n");
    feed_repeat(f, SMTP_CLIENT, "\n.\nx\n");
}

/* A mail in a mail in a mail, and a server that takes them all. */
static void hidden_mails(struct feed *f)
{
    feed_greet(f);
    feed_text(f, SMTP_CLIENT, "MAIL FROM:<a@b>\r\nRCPT TO:<u@mx>\r\nDATA\r\n");
    feed_text(f, SMTP_SERVER, "250 ok\r\n250 ok\r\n354 go\r\n");
    while (feed_more(f)) {
        for (int i = 0; i < 400; i++)
            feed_text(f, SMTP_CLIENT, "x\n.\nMAIL FROM:<a@b>\r\nRCPT TO:<u@mx>\r\nDATA\r\n");
        for (int i = 0; i < 400; i++)
            feed_text(f, SMTP_SERVER, "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n");
    }
}

/* Neither header ends: v1 without its CRLF, v2 of the longest length with TLVs of nothing. */
static void proxy_v1(struct feed *f)
{
    feed_text(f, SMTP_CLIENT, "PROXY TCP4 ");
    feed_repeat(f, SMTP_CLIENT, "192.0.2.1 ");
}

static void proxy_v2(struct feed *f)
{
    while (feed_more(f)) {
        feed_bytes(f, SMTP_CLIENT, SPAN("\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff\1\1\1\1\2\2\2\2\0\1\0\2"));
        for (int i = 0; i < 20000 && feed_more(f); i++)
            feed_bytes(f, SMTP_CLIENT, SPAN("\4\0\0"));
    }
}

/* What a mail may end with, nearly, and never does. */
static void nearly_ended(struct feed *f)
{
    feed_mail(f, "Subject: x\r\n\r\n");
    feed_repeat(f, SMTP_CLIENT, "\r\n.\r\r\n..\r\n\r.\r\n.\t\r\n");
}

static void auth_line(struct feed *f)
{
    feed_greet(f);
    feed_text(f, SMTP_CLIENT, "AUTH LOGIN\r\n");
    feed_text(f, SMTP_SERVER, "334 x\r\n");
    feed_repeat(f, SMTP_CLIENT, "AAAAAAAAAAAAAAAA");
}

static void server_repeats(struct feed *f, const char *unit)
{
    feed_text(f, SMTP_SERVER, "220 mx ESMTP\r\n");
    feed_text(f, SMTP_CLIENT, "EHLO c\r\n");
    feed_repeat(f, SMTP_SERVER, unit);
}

#define SERVER_FAMILY(function, unit)                                                               \
    static void function(struct feed *f)                                                            \
    {                                                                                               \
        server_repeats(f, unit);                                                                    \
    }
SERVER_FAMILY(replies, "250 ok\r\n")
SERVER_FAMILY(reply_lines, "250-ok\r\n")
SERVER_FAMILY(reply_endless, "250 aaaaaaaaaaaa")
SERVER_FAMILY(reply_junk, "\r\n")
SERVER_FAMILY(replies_354, "354 go\r\n")

/* The text of each line is searched for what AUTH sent. */
static void echoes(struct feed *f)
{
    feed_greet(f);
    for (int i = 0; i < 16; i++) {
        feed_text(f, SMTP_CLIENT, "AUTH PLAIN AGFsaWNlAG5vdC1hLXNlY3JldA==\r\n");
        feed_text(f, SMTP_SERVER, "535 no\r\n");
    }
    while (feed_more(f)) {
        feed_text(f, SMTP_CLIENT, "MAIL FROM:<a@b>\r\n");
        feed_format(f, SMTP_SERVER, "550 %0900d\r\n", 0);
    }
}

static void lmtp_finals(struct feed *f)
{
    feed_text(f, SMTP_SERVER, "220 mx LMTP\r\n");
    feed_text(f, SMTP_CLIENT, "LHLO c\r\n");
    feed_text(f, SMTP_SERVER, "250 PIPELINING\r\n");
    while (feed_more(f)) {
        feed_text(f, SMTP_CLIENT, "MAIL FROM:<a@b>\r\n");
        feed_text(f, SMTP_SERVER, "250 ok\r\n");
        for (int i = 0; i < LIMIT_SMTP_RCPT; i++) {
            feed_text(f, SMTP_CLIENT, "RCPT TO:<u@mx.example>\r\n");
            feed_text(f, SMTP_SERVER, i & 1 ? "250 ok\r\n" : "550 no\r\n");
        }
        feed_text(f, SMTP_CLIENT, "DATA\r\n");
        feed_text(f, SMTP_SERVER, "354 go\r\n");
        feed_text(f, SMTP_CLIENT, "x\r\n.\r\n");
        for (int i = 0; i < LIMIT_SMTP_RCPT / 2; i++)
            feed_text(f, SMTP_SERVER, "250 ok\r\n");
    }
}

/* Holes on both sides between commands. */
static void holes(struct feed *f)
{
    feed_greet(f);
    while (feed_more(f)) {
        feed_text(f, SMTP_CLIENT, "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n");
        feed_text(f, SMTP_SERVER, "250 ok\r\n");
        feed_gap(f, SMTP_SERVER, 10);
        feed_gap(f, SMTP_CLIENT, 10);
    }
}

static void holes_in_mail(struct feed *f)
{
    feed_mail(f, "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n");
    while (feed_more(f)) {
        feed_text(f, SMTP_CLIENT, "\r\nMAIL FROM:\r\n--b");
        feed_gap(f, SMTP_CLIENT, 10);
    }
}

#define OPEN_MAILS (LIMIT_SMTP_TRANSACTIONS * 8192)

const struct family smtp_families[] = {
    {"commands", .write = commands},
    {"commands, answered", .write = commands_answered},
    {"unknown commands", .write = commands_unknown},
    {"empty commands", .write = commands_empty},
    {"a command without end", .write = command_endless},
    {"MAIL parameters without end", .write = command_params},
    {"EHLO", .write = ehlos, .caps = LIMIT_SMTP_PENDING * 128},
    {"EHLO, answered", .write = ehlos_answered},
    {"MAIL", .write = mails, .caps = OPEN_MAILS},
    {"MAIL and RSET", .write = mails_reset, .caps = OPEN_MAILS},
    {"MAIL and RSET, answered", .write = mails_answered},
    {"MAIL in MAIL, refused", .write = mails_nested},
    {"RCPT", .write = rcpts},
    {"RCPT, answered", .write = rcpts_answered},
    {"BDAT 1", .write = bdats},
    {"BDAT 1, answered", .write = bdats_answered},
    {"BDAT 0", .write = bdats_empty},
    {"mails by BDAT", .write = bdat_mails, .caps = OPEN_MAILS},
    {"BDAT without size", .write = bdats_invalid},
    {"DATA refused", .write = datas},
    {"text ahead of 354", .write = held_for_data, .caps = 2 * LIMIT_SMTP_HELD, .least = 1 << 19},
    {"AUTH refused", .write = auths},
    {"AUTH ahead of replies", .write = auths_ahead, .caps = 2 * LIMIT_SMTP_HELD},
    {"an AUTH line without end", .write = auth_line},
    {"STARTTLS ahead of replies", .write = starttls_ahead, .caps = 2 * LIMIT_SMTP_HELD},
    {"STARTTLS refused", .write = starttls_refused},
    {"XCLIENT", .write = xclients},
    {"XCLIENT without end", .write = xclient_endless},
    {"XFORWARD", .write = xforwards},
    {"XFORWARD ahead of replies", .write = xforwards_ahead},
    {"PROXY v1 without end", .write = proxy_v1},
    {"PROXY v2 of empty TLVs", .write = proxy_v2},
    {"a command of spaces", .write = commands_of_spaces},
    {"a path of quoted quotes", .write = paths_quoted},
    {"a source route without end", .write = paths_routed},
    {"nearly the end of data", .write = nearly_ended},
    {"QUIT", .write = quits},
    {"replies", .write = replies},
    {"lines of one reply", .write = reply_lines},
    {"a reply line without end", .write = reply_endless},
    {"lines that are no replies", .write = reply_junk},
    {"354 again and again", .write = replies_354},
    {"replies that may be an echo", .write = echoes},
    {"LMTP replies", .write = lmtp_finals},
    {"holes between commands", .write = holes, .caps = OPEN_MAILS},
    {"false ends in a mail", .write = false_ends},
    {"mails hidden in mails", .write = hidden_mails, .caps = OPEN_MAILS + 4 * LIMIT_SMTP_HELD},
    {"holes in a mail", .write = holes_in_mail},
};
const unsigned smtp_families_n = sizeof(smtp_families) / sizeof(*smtp_families);
