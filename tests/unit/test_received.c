/* SPDX-License-Identifier: Apache-2.0 */
/* received: the shapes of CASES 23 and of the register's mails, and the walk to origin and claimed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "decoders/mail/received.h"
#include "decoders/mail/received_token.h"
#include "tests/unit/split.h"

struct shape {
    const char *name, *field;
    const char *from, *helo, *rdns, *ip, *by, *with, *id, *for_, *date, *tls;
};

static const struct shape shapes[] = {
    {"postfix", "from mail.example.com (host.example.net [192.0.2.1]) by mx.example.org (Postfix) with ESMTP id 4QtX5J; Sat,  1 Jul 2023 16:06:08 +0900 (JST)",
     "mail.example.com", "mail.example.com", "host.example.net", "192.0.2.1", "mx.example.org", "ESMTP", "4QtX5J", NULL, "2023-07-01T07:06:08Z", NULL},
    {"postfix, unknown name, TLS, recipient",
     "from drtl (unknown [154.205.8.56]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)) (No client certificate requested) by mx.example.org (Postfix) with ESMTPS id 1A2B for <a@b.example>; Sat, 1 Jul 2023 07:06:08 +0000 (UTC)",
     "drtl", "drtl", NULL, "154.205.8.56", "mx.example.org", "ESMTPS", "1A2B", "<a@b.example>", "2023-07-01T07:06:08Z", "TLSv1.3"},
    {"postfix, IPv6", "from a.example (b.example [IPv6:2001:db8:0:0::25]) by c.example (Postfix) with ESMTPSA id X; Sat, 1 Jul 2023 07:06:08 -0000",
     "a.example", "a.example", "b.example", "2001:db8::25", "c.example", "ESMTPSA", "X", NULL, "2023-07-01T07:06:08Z", NULL},
    {"postfix, HELO is a literal", "from [192.168.1.5] (p1.example [203.0.113.9]) by c.example (Postfix) with ESMTPSA id X",
     "[192.168.1.5]", "[192.168.1.5]", "p1.example", "203.0.113.9", "c.example", "ESMTPSA", "X", NULL, NULL, NULL},
    {"postfix, local", "by mx.example.org (Postfix, from userid 1000) id 55; Sat, 1 Jul 2023 07:06:08 +0000 (UTC)",
     NULL, NULL, NULL, NULL, "mx.example.org", NULL, "55", NULL, "2023-07-01T07:06:08Z", NULL},
    {"sendmail", "from mail.example.com (user@host.example.net [192.0.2.1] (may be forged)) (authenticated bits=0) by mx.example.org (8.14.7/8.14.7) with ESMTP id 361; Sat, 1 Jul 2023 07:06:08 GMT",
     "mail.example.com", "mail.example.com", "host.example.net", "192.0.2.1", "mx.example.org", "ESMTP", "361", NULL, "2023-07-01T07:06:08Z", NULL},
    {"sendmail, no name", "from mail.example.com ([192.0.2.1]) by mx (8.13.8/8.13.8) with SMTP id l5 for <a@b>; Sat, 1 Jul 2023 07:06:08 GMT",
     "mail.example.com", "mail.example.com", NULL, "192.0.2.1", "mx", "SMTP", "l5", "<a@b>", "2023-07-01T07:06:08Z", NULL},
    {"sendmail, submitted", "(from root@localhost) by mx.example.org (8.15.2/8.15.2/Submit) id 361; Sat, 1 Jul 2023 07:06:08 GMT",
     NULL, NULL, NULL, NULL, "mx.example.org", NULL, "361", NULL, "2023-07-01T07:06:08Z", NULL},
    {"sendmail, TLS version", "from a.example (b.example. [192.0.2.1]) by c (8.1) with ESMTP id 1 (version=TLSv1/SSLv3 cipher=AES128-SHA bits=128 verify=NO); Sat, 1 Jul 2023 07:06:08 GMT",
     "a.example", "a.example", "b.example", "192.0.2.1", "c", "ESMTP", "1", NULL, "2023-07-01T07:06:08Z", "TLSv1"},
    {"exim, helo=", "from host.example.net ([192.0.2.1]:50612 helo=mail.example.com) by mx.example.org with esmtps (TLS1.3:ECDHE_RSA_AES_256_GCM_SHA384:256) (Exim 4.94.2) (envelope-from <x@y>) id 1qFUxZ-0001; Sat, 01 Jul 2023 07:06:08 +0000",
     "host.example.net", "mail.example.com", "host.example.net", "192.0.2.1", "mx.example.org", "esmtps", "1qFUxZ-0001", NULL, "2023-07-01T07:06:08Z", "TLS1.3"},
    {"exim, address only", "from [192.0.2.1] (port=50612 helo=mail.example.com) by mx.example.org with esmtp (Exim 4.80) id 1; Sat, 01 Jul 2023 07:06:08 +0000",
     "[192.0.2.1]", "mail.example.com", NULL, "192.0.2.1", "mx.example.org", "esmtp", "1", NULL, "2023-07-01T07:06:08Z", NULL},
    {"exim, same names", "from mail.example.com ([192.0.2.1]) by mx.example.org with esmtps  (TLS1.3) tls TLS_AES_256_GCM_SHA384 (Exim 4.96) id 1 for a@b; Sat, 01 Jul 2023 07:06:08 +0000",
     "mail.example.com", "mail.example.com", NULL, "192.0.2.1", "mx.example.org", "esmtps", "1", "a@b", "2023-07-01T07:06:08Z", "TLS1.3"},
    {"exim, local", "from root by mx.example.org with local (Exim 4.94.2) id 1qF; Sat, 01 Jul 2023 07:06:08 +0000",
     "root", NULL, NULL, NULL, "mx.example.org", "local", "1qF", NULL, "2023-07-01T07:06:08Z", NULL},
    {"qmail", "from unknown (HELO mail.example.com) (192.0.2.1) by 0 with SMTP; 1 Jul 2023 07:06:08 -0000",
     "unknown", "mail.example.com", NULL, "192.0.2.1", "0", "SMTP", NULL, NULL, "2023-07-01T07:06:08Z", NULL},
    {"qmail with a name and ident", "from host.example.net (HELO mail.example.com) (user@192.0.2.1) by mx.example.org with SMTP; 1 Jul 2023 07:06:08 -0000",
     "host.example.net", "mail.example.com", "host.example.net", "192.0.2.1", "mx.example.org", "SMTP", NULL, NULL, "2023-07-01T07:06:08Z", NULL},
    {"qmail, local", "(qmail 12345 invoked by uid 89); 1 Jul 2023 07:06:08 -0000",
     NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "2023-07-01T07:06:08Z", NULL},
    {"exchange", "from EX01.corp.example (10.0.0.1) by EX02.corp.example (10.0.0.2) with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.1.2507.27; Sat, 1 Jul 2023 16:06:08 +0900",
     "EX01.corp.example", "EX01.corp.example", NULL, "10.0.0.1", "EX02.corp.example", "Microsoft SMTP Server", "15.1.2507.27", NULL, "2023-07-01T07:06:08Z", "TLS1_2"},
    {"exchange, mapi", "from EX01.example ([fe80::a1]) by EX01.example ([fe80::a1%4]) with mapi id 15.20; Sat, 1 Jul 2023 07:06:08 +0000",
     "EX01.example", NULL, NULL, "fe80::a1", "EX01.example", "mapi", "15.20", NULL, "2023-07-01T07:06:08Z", NULL},
    {"gmail", "from mail-a.example.com (mail-a.example.com. [209.85.220.41]) by mx.google.com with SMTPS id d9 for <a@b> (Google Transport Security); Sat, 01 Jul 2023 00:06:08 -0700 (PDT)",
     "mail-a.example.com", "mail-a.example.com", "mail-a.example.com", "209.85.220.41", "mx.google.com", "SMTPS", "d9", "<a@b>", "2023-07-01T07:06:08Z", NULL},
    {"gmail, no from", "by 2002:a05:6512:3b9f:b0:4f8:6d7f with SMTP id g31csp; Sat, 1 Jul 2023 00:06:08 -0700 (PDT)",
     NULL, NULL, NULL, NULL, "2002:a05:6512:3b9f:b0:4f8:6d7f", "SMTP", "g31csp", NULL, "2023-07-01T07:06:08Z", NULL},
    {"opensmtpd", "from client.example (<unknown> [192.0.2.7]) by mx (OpenSMTPD) with ESMTPS id 8f (TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO) for <a@b>; Sat, 1 Jul 2023 07:06:08 +0000 (UTC)",
     "client.example", "client.example", NULL, "192.0.2.7", "mx", "ESMTPS", "8f", "<a@b>", "2023-07-01T07:06:08Z", "TLSv1.3"},
    {"yahoo", "from 114.113.195.101  (EHLO re27.leadw.link) (114.113.195.101) by mta1.example with SMTPS; Sat, 01 Jul 2023 07:06:08 +0000",
     "114.113.195.101", "re27.leadw.link", NULL, "114.113.195.101", "mta1.example", "SMTPS", NULL, NULL, "2023-07-01T07:06:08Z", NULL},
    {"source", "from source:[43.153.171.155] helo:Amazon.co.jp", "source:[43.153.171.155]", "Amazon.co.jp", NULL,
     "43.153.171.155", NULL, NULL, NULL, NULL, NULL, NULL},
    {"source, IPv6", "from source:[2400:8500:1302:3135:157:7:213:94] helo:service.kekenainai02.jp",
     "source:[2400:8500:1302:3135:157:7:213:94]", "service.kekenainai02.jp", NULL, "2400:8500:1302:3135:157:7:213:94", NULL, NULL, NULL, NULL, NULL, NULL},
    {"name (IP)", "from oyqjxbxl (34.146.70.35)", "oyqjxbxl", "oyqjxbxl", NULL, "34.146.70.35", NULL, NULL, NULL, NULL, NULL, NULL},
    {"register: bxcwnzxpw", "from bxcwnzxpw (34.146.70.35) by service.nermula004.jp", "bxcwnzxpw", "bxcwnzxpw", NULL,
     "34.146.70.35", "service.nermula004.jp", NULL, NULL, NULL, NULL, NULL},
    {"register: kldoqzn6x62p3", "from kldoqzn6x62p3.top (static-ip.137.54.244.103.rev.i4hk.com [103.244.54.137])",
     "kldoqzn6x62p3.top", "kldoqzn6x62p3.top", "static-ip.137.54.244.103.rev.i4hk.com", "103.244.54.137", NULL, NULL, NULL, NULL, NULL, NULL},
    {"lmtp, unix socket", "from mx.example ([unix socket]) by store.example with LMTPA; Sat, 1 Jul 2023 07:06:08 +0000",
     "mx.example", "mx.example", NULL, NULL, "store.example", "LMTPA", NULL, NULL, "2023-07-01T07:06:08Z", NULL},
    {"lmtp, dovecot", "from mx.example ([127.0.0.1]) by store.example with LMTP id aaa (envelope-from <x@y>) for <a@b>; Sat, 1 Jul 2023 07:06:08 +0000",
     "mx.example", "mx.example", NULL, "127.0.0.1", "store.example", "LMTP", "aaa", "<a@b>", "2023-07-01T07:06:08Z", NULL},
    {"localhost", "from mx (localhost [127.0.0.1]) by mx (Postfix) with ESMTP id 9", "mx", "mx", "localhost", "127.0.0.1", "mx", "ESMTP", "9", NULL, NULL, NULL},
    {"http", "from [203.0.113.5] by web1.example via HTTP; Sat, 01 Jul 2023 07:06:08 +0000",
     "[203.0.113.5]", NULL, NULL, "203.0.113.5", "web1.example", "HTTP", NULL, NULL, "2023-07-01T07:06:08Z", NULL},
    {"webmail", "from 203.0.113.5 (SquirrelMail authenticated user x) by web.example with HTTP; Sat, 1 Jul 2023 07:06:08 -0000 (GMT)",
     "203.0.113.5", NULL, NULL, "203.0.113.5", "web.example", "HTTP", NULL, NULL, "2023-07-01T07:06:08Z", NULL},
    {"fetchmail", "from pop.example [192.0.2.3] by localhost with POP3 (fetchmail-6.3.26) for <me@localhost> (single-drop); Sat, 01 Jul 2023 07:06:08 +0000",
     "pop.example", "pop.example", NULL, "192.0.2.3", "localhost", "POP3", NULL, "<me@localhost>", "2023-07-01T07:06:08Z", NULL},
    {"no blank before the bracket", "from mail.example.com(192.0.2.1) by mx via smap (V2.1) id xma; Sat, 1 Jul 23 07:06:08 GMT",
     "mail.example.com", "mail.example.com", NULL, "192.0.2.1", "mx", "smap", "xma", NULL, "2023-07-01T07:06:08Z", NULL},
    {"IPv6 without its prefix", "from a.example (b.example [2001:db8::9]) by c", "a.example", "a.example", "b.example", "2001:db8::9", "c", NULL, NULL, NULL, NULL, NULL},
    {"semicolon in a comment", "from a (b.example [192.0.2.1]) by c (x; y) id 1; Sat, 1 Jul 2023 07:06:08 +0000", "a", "a", "b.example",
     "192.0.2.1", "c", NULL, "1", NULL, "2023-07-01T07:06:08Z", NULL},
    {"postfix, a name of the own network", "from localhost (jalapeno [127.0.0.1]) by mx (Postfix) with ESMTP id 9", "localhost", "localhost", "jalapeno", "127.0.0.1", "mx", "ESMTP", "9", NULL, NULL, NULL},
    {"postfix, IPv4 mapped into IPv6", "from a.example (b.example [IPv6:::ffff:192.0.2.9]) by c (Postfix) with ESMTP id X",
     "a.example", "a.example", "b.example", "192.0.2.9", "c", "ESMTP", "X", NULL, NULL, NULL},
    {"postfix, HELO is an IPv6 literal", "from [IPv6:2001:db8::5] (p1.example [IPv6:2001:db8::6]) by c.example (Postfix) with ESMTPSA id X",
     "[IPv6:2001:db8::5]", "[IPv6:2001:db8::5]", "p1.example", "2001:db8::6", "c.example", "ESMTPSA", "X", NULL, NULL, NULL},
    {"postfix, link-local with its zone", "from a.local (unknown [IPv6:fe80::1%eth0]) by b.local (Postfix) with ESMTP id X",
     "a.local", "a.local", NULL, "fe80::1", "b.local", "ESMTP", "X", NULL, NULL, NULL},
    {"postfix, by pipe without from", "by mx.example.org (Postfix, from userid 33) id 1A2B3C; Sat, 1 Jul 2023 16:06:08 +0900 (JST)",
     NULL, NULL, NULL, NULL, "mx.example.org", NULL, "1A2B3C", NULL, "2023-07-01T07:06:08Z", NULL},
    {"sendmail, ident and a name without a dot", "from ee.example (sxs@dunblane [192.0.2.86]) by mx (8.11.0/8.11.0) with ESMTP id g7",
     "ee.example", "ee.example", "dunblane", "192.0.2.86", "mx", "ESMTP", "g7", NULL, NULL, NULL},
    {"sendmail, IPv6", "from a.example ([IPv6:2001:db8::a:1]) by mx (8.17.1/8.17.1) with ESMTPS id 361; Sat, 1 Jul 2023 07:06:08 GMT",
     "a.example", "a.example", NULL, "2001:db8::a:1", "mx", "ESMTPS", "361", NULL, "2023-07-01T07:06:08Z", NULL},
    {"sendmail, a version with brackets that do not match",
     "from localhost (jrennie@tiikeri [192.0.2.76]) by life (8.12.2/8.12.2/BASENAME(ai.mc, .mc):RCS_REVISION(evision: 1.23 ) with ESMTP id g99; Sat, 1 Jul 2023 03:06:08 -0400 (EDT)",
     "localhost", "localhost", "tiikeri", "192.0.2.76", "life", "ESMTP", "g99", NULL, "2023-07-01T07:06:08Z", NULL},
    {"exim, IPv6 with a port", "from host.example.net ([2001:db8::25]:50612 helo=mail.example.com) by mx with esmtps (Exim 4.96) id 1",
     "host.example.net", "mail.example.com", "host.example.net", "2001:db8::25", "mx", "esmtps", "1", NULL, NULL, NULL},
    {"exim, HELO is an IPv6 literal", "from [2001:db8::7] (port=50612 helo=[IPv6:2001:db8::8]) by mx with esmtp (Exim 4.96) id 1",
     "[2001:db8::7]", "[IPv6:2001:db8::8]", NULL, "2001:db8::7", "mx", "esmtp", "1", NULL, NULL, NULL},
    {"exim, HELO before the address", "from host.example.net (helo=mail.example.com) ([192.0.2.1]) by mx with esmtp (Exim 4.96) id 1",
     "host.example.net", "mail.example.com", "host.example.net", "192.0.2.1", "mx", "esmtp", "1", NULL, NULL, NULL},
    {"qmail, IPv6", "from unknown (HELO mail.example.com) (2001:db8::1) by 0 with SMTP; 1 Jul 2023 07:06:08 -0000",
     "unknown", "mail.example.com", NULL, "2001:db8::1", "0", "SMTP", NULL, NULL, "2023-07-01T07:06:08Z", NULL},
    {"qmail, IPv4 mapped into IPv6, with ident", "from unknown (HELO mail.example.com) (user@::ffff:192.0.2.1) by 0 with SMTP",
     "unknown", "mail.example.com", NULL, "192.0.2.1", "0", "SMTP", NULL, NULL, NULL, NULL},
    {"qmail, HELO is a forged address", "from host.example.net (HELO [203.0.113.6]) (192.0.2.1) by mx with SMTP",
     "host.example.net", "[203.0.113.6]", "host.example.net", "192.0.2.1", "mx", "SMTP", NULL, NULL, NULL, NULL},
    {"qmail, no name and no HELO", "from unknown (192.0.2.217) by m3.example with QMQP; 1 Jul 2023 07:06:08 -0000",
     "unknown", NULL, NULL, "192.0.2.217", "m3.example", "QMQP", NULL, NULL, "2023-07-01T07:06:08Z", NULL},
    {"qmail-scanner", "from a@b.example by localhost.localdomain with qmail-scanner-0.90 (uvscan: v4.1.60. Clean. Processed in 0.3 secs); 1 Jul 2023 07:06:08 -0000",
     "a@b.example", NULL, NULL, NULL, "localhost.localdomain", "qmail-scanner-0.90", NULL, NULL, "2023-07-01T07:06:08Z", NULL},
    {"exchange online, IPv6", "from AM0PR01.example (2603:10a6:208:1::1) by DB7PR01.example (2603:10a6:5:2::2) with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_X) id 15.20.6544.24; Sat, 1 Jul 2023 07:06:08 +0000",
     "AM0PR01.example", "AM0PR01.example", NULL, "2603:10a6:208:1::1", "DB7PR01.example", "Microsoft SMTP Server", "15.20.6544.24", NULL, "2023-07-01T07:06:08Z", "TLS1_2"},
    {"exchange, front end", "from EX01.example ([::1]) by EX01.example ([2001:db8::a1%13]) with Microsoft SMTP Server id 15.1; Sat, 1 Jul 2023 07:06:08 +0000",
     "EX01.example", "EX01.example", NULL, "::1", "EX01.example", "Microsoft SMTP Server", "15.1", NULL, "2023-07-01T07:06:08Z", NULL},
    {"hotmail pickup", "from mail pickup service by hotmail.example with Microsoft SMTPSVC; Sat, 1 Jul 2023 00:06:08 -0700",
     "mail", NULL, NULL, NULL, "hotmail.example", "Microsoft SMTPSVC", NULL, NULL, "2023-07-01T07:06:08Z", NULL},
    {"yahoo, HELO is a forged address", "from 192.0.2.1  (EHLO 203.0.113.6) (192.0.2.1) by mta1.example with SMTPS",
     "192.0.2.1", "203.0.113.6", NULL, "192.0.2.1", "mta1.example", "SMTPS", NULL, NULL, NULL, NULL},
    {"yahoo, IPv6", "from 2001:db8::5  (EHLO a.example) (2001:db8::5) by mta1.example with SMTPS; Sat, 01 Jul 2023 07:06:08 +0000",
     "2001:db8::5", "a.example", NULL, "2001:db8::5", "mta1.example", "SMTPS", NULL, NULL, "2023-07-01T07:06:08Z", NULL},
    {"name (IPv6)", "from oyqjxbxl (2001:db8::70) by c", "oyqjxbxl", "oyqjxbxl", NULL, "2001:db8::70", "c", NULL, NULL, NULL, NULL, NULL},
    {"HELO is a forged address, name[ip] in the comment", "from [203.0.113.6] (slip-32.example[192.0.2.10]) by out4.example with ESMTP id <2>",
     "[203.0.113.6]", "[203.0.113.6]", "slip-32.example", "192.0.2.10", "out4.example", "ESMTP", "<2>", NULL, NULL, NULL},
    {"unverified", "from mail.example.com (unverified [192.0.2.29]) by cuk.example (Vircom SMTPRS 4.5.186) with ESMTP id <B1@cuk.example>",
     "mail.example.com", "mail.example.com", NULL, "192.0.2.29", "cuk.example", "ESMTP", "<B1@cuk.example>", NULL, NULL, NULL},
    {"communigate, by a rule", "from <a@b.example> by digicool.example (CommuniGate Pro RULES 3.3.2) with RULES id 1450363",
     "<a@b.example>", NULL, NULL, NULL, "digicool.example", "RULES", "1450363", NULL, NULL, NULL},
    {"communigate, account", "from [192.0.2.4] (account x@y.example HELO [IPv6:2001:db8::1]) by z.example (CommuniGate Pro SMTP 6.2) with ESMTPSA id 1",
     "[192.0.2.4]", "[IPv6:2001:db8::1]", NULL, "192.0.2.4", "z.example", "ESMTPSA", "1", NULL, NULL, NULL},
    {"webmail behind a proxy", "from 192.0.2.22 (proxying for 203.0.113.15) (SquirrelMail authenticated user x) by web.example with HTTP",
     "192.0.2.22", NULL, NULL, "192.0.2.22", "web.example", "HTTP", NULL, NULL, NULL, NULL},
    {"roundcube", "from [2001:db8::c] by web.example with HTTP (HTTP/1.1 POST); Sat, 01 Jul 2023 07:06:08 +0000",
     "[2001:db8::c]", NULL, NULL, "2001:db8::c", "web.example", "HTTP", NULL, NULL, "2023-07-01T07:06:08Z", NULL},
    {"lmtp, postfix to dovecot", "from mx.example by mx.example with LMTP id 8Ck (envelope-from <x@y>) for <a@b>; Sat, 01 Jul 2023 07:06:08 +0000",
     "mx.example", "mx.example", NULL, NULL, "mx.example", "LMTP", "8Ck", "<a@b>", "2023-07-01T07:06:08Z", NULL},
    {"haraka", "from a.example (b.example [192.0.2.1]) by mx.example (Haraka/2.8.27) with ESMTPS id 11AA.1 envelope-from <x@y> tls TLS_AES_256_GCM_SHA384; Sat, 01 Jul 2023 07:06:08 +0000",
     "a.example", "a.example", "b.example", "192.0.2.1", "mx.example", "ESMTPS", "11AA.1", NULL, "2023-07-01T07:06:08Z", NULL},
    {"no by", "from a.example (b.example [192.0.2.1]); Sat, 1 Jul 2023 07:06:08 +0000", "a.example", "a.example", "b.example", "192.0.2.1", NULL, NULL, NULL, NULL, "2023-07-01T07:06:08Z", NULL},
    {"no date", "from a.example (b.example [192.0.2.1]) by c with SMTP id 1 for <a@b>", "a.example", "a.example", "b.example", "192.0.2.1", "c", "SMTP", "1", "<a@b>", NULL, NULL},
    {"upper case, tabs", "FROM a.example\t(b.example\t[192.0.2.1])\tBY c\tWITH SMTP\tID 1;\tSat, 1 Jul 2023 07:06:08 +0000", "a.example", "a.example", "b.example", "192.0.2.1", "c", "SMTP", "1", NULL, "2023-07-01T07:06:08Z", NULL},
    {"the HELO name is a keyword", "from by (b.example [192.0.2.1]) by c with SMTP", "by", "by", "b.example", "192.0.2.1", "c", "SMTP", NULL, NULL, NULL, NULL},
    {"an address with a number over 255 is none", "from a (b.example [192.0.2.256]) by c", "a", "a", NULL, NULL, "c", NULL, NULL, NULL, NULL, NULL},
    {"comment never closed", "from a (b.example [192.0.2.1] by c; Sat, 1 Jul 2023 07:06:08 +0000", "a", "a", "b.example", "192.0.2.1", NULL, NULL, NULL, NULL, "2023-07-01T07:06:08Z", NULL},
    {"comment never closed, no date", "from a (b.example [192.0.2.1] by c", "a", "a", "b.example", "192.0.2.1", NULL, NULL, NULL, NULL, NULL, NULL},
    {"nothing", "", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
    {"only from", "from", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};

static void expect(const char *name, const char *what, const char *expected, struct span found)
{
    if (!expected ? found.p != NULL : !found.p || !span_eq(found, span_cstr(expected)))
        fail_msg("%s: %s is \"%.*s\", expected \"%s\"", name, what, SPAN_FMT(found), expected ? expected : "(absent)");
}

static void check(const struct shape *c, const struct received *r)
{
    char ip[IP_TEXT], date[DATE_TEXT] = "";

    ip_format(&r->ip, ip);
    if (r->has_date)
        date_format(r->date.utc, date);
    expect(c->name, "from", c->from, r->from);
    expect(c->name, "helo", c->helo, r->helo);
    expect(c->name, "rdns", c->rdns, r->rdns);
    expect(c->name, "ip", c->ip ? c->ip : "", span_cstr(ip));
    expect(c->name, "by", c->by, r->by);
    expect(c->name, "with", c->with, r->with);
    expect(c->name, "id", c->id, r->id);
    expect(c->name, "for", c->for_, r->for_);
    expect(c->name, "date", c->date ? c->date : "", span_cstr(date));
    expect(c->name, "tls", c->tls, r->tls);
}

static void every_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        struct received r;
        void *base;
        size_t size;
        struct span field = split_guard(span_cstr(shapes[i].field), &base, &size);

        received_parse(field, &r);
        check(&shapes[i], &r);
        munmap(base, size);
    }
}

static bool is_trusted(void *ctx, const struct ip_addr *ip)
{
    static const char *const nets[] = {"10.0.0.0/8", "198.51.100.0/24", "fd00::/8", "fe80::/10", "2001:db8:77::/48"};
    struct ip_net net;

    (void)ctx;
    for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++)
        if (ip_net_parse(span_cstr(nets[i]), &net) && ip_in_net(ip, &net))
            return true;
    return false;
}

static void origin_and_claimed(void **state)
{
    static const struct {
        const char *name, *client, *hops[5];
        int hop, claimed;
    } chains[] = {
        {"client itself", "43.153.171.155", {NULL}, 0, 0},
        {"claimed below the client", "206.119.173.210", {"from drtl (unknown [154.205.8.56])"}, 0, 1},
        {"behind a trusted relay", "10.1.1.1", {"from a (b.example [203.0.113.7]) by relay"}, 1, 0},
        {"hops without an address are passed over", "10.1.1.1", {"by relay with LMTP id 1", "from x (y.example [203.0.113.7]) by z"}, 2, 0},
        {"two trusted ones", "10.1.1.1", {"from r2 (r2 [198.51.100.3]) by r1", "from a (b [192.0.2.9]) by r2", "from c ([10.9.9.9]) by a", "from d (e [203.0.113.1]) by c"}, 2, 4},
        {"private addresses are not claimed", "192.0.2.9", {"from c ([203.0.113.4])", "from d ([192.168.1.1])"}, 0, 1},
        {"nobody outside", "10.1.1.1", {"from a ([10.2.2.2]) by b"}, -1, 0},
        {"IPv6 client", "2001:db8::25", {"from a (b [IPv6:2001:db8:1::1])"}, 0, 1},
        {"behind trusted IPv6 relays", "fd00::1", {"from r (r [IPv6:2001:db8:77::3]) by q", "from x (y [IPv6:2001:db8:78::3]) by r"}, 2, 0},
        {"behind a trusted link-local hop with a zone", "10.1.1.1", {"from r ([fe80::1%4]) by q", "from x (y [203.0.113.7]) by r"}, 2, 0},
        {"behind trusted hops written as IPv4 mapped into IPv6", "::ffff:10.1.1.1", {"from r ([IPv6:::ffff:10.2.2.2]) by q", "from x (y [IPv6:::ffff:203.0.113.7]) by r"}, 2, 0},
        {"a HELO literal of a trusted network is no address", "10.1.1.1", {"from [10.9.9.9] (x [203.0.113.7]) by r", "from a ([192.0.2.1]) by b"}, 1, 2},
        {"what a proxy was told is no address", "10.1.1.1", {"from 203.0.113.7 (proxying for 192.0.2.15) by r with HTTP"}, 1, 0},
        {"private IPv6 addresses are not claimed", "192.0.2.9", {"from c ([IPv6:2001:db8::4])", "from d ([IPv6:fd12::1])", "from e ([::1])"}, 0, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
        struct received hops[5];
        struct received_origin o;
        struct ip_addr client;
        uint32_t n = 0;

        for (; n < 5 && chains[i].hops[n]; n++)
            received_parse(span_cstr(chains[i].hops[n]), &hops[n]);
        ip_parse(span_cstr(chains[i].client), &client);
        o = received_origin(hops, n, &client, is_trusted, NULL);
        if (o.hop != chains[i].hop || o.claimed != chains[i].claimed)
            fail_msg("%s: hop %d claimed %d", chains[i].name, o.hop, o.claimed);
    }
}

static void same(struct span a, struct span b)
{
    assert_int_equal(a.n, b.n);
    assert_true(!a.n || memcmp(a.p, b.p, a.n) == 0);
}

/* A usual date has no tokens. With a dot in front, which counts for nothing, it is read word by word: the same must come out, whatever byte
 * stands wherever. */
static void a_date_without_tokens(void **state)
{
    static const char head[] = "from a.example ([192.0.2.1]) by mx.example.org with SMTP;";
    static const char *const dates[] = {" Mon, 30 Nov 2026 07:14:06 +0900 (JST)", " 1 Jul 2023 07:06:08 -0530 "};
    char fast_text[128], slow_text[128];

    (void)state;
    for (size_t k = 0; k < 2; k++)
        for (size_t at = 0; dates[k][at]; at++)
            for (int c = 0; c < 256; c++) {
                struct received fast, slow;
                size_t n = sizeof(head) - 1, more = strlen(dates[k]);

                memcpy(fast_text, head, n);
                memcpy(slow_text, head, n);
                slow_text[n] = '.';
                memcpy(fast_text + n, dates[k], more);
                fast_text[n + at] = (char)c;
                memcpy(slow_text + n + 1, fast_text + n, more);
                received_parse(span_of(fast_text, n + more), &fast);
                received_parse(span_of(slow_text, n + 1 + more), &slow);
                assert_int_equal(fast.has_date, slow.has_date);
                assert_int_equal(fast.date.utc, slow.date.utc);
                same(fast.date.zone, slow.date.zone);
                same(fast.by, slow.by);
                same(fast.with, slow.with);
                same(fast.tls, slow.tls);
                same(fast.for_, slow.for_);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape),
        cmocka_unit_test(origin_and_claimed),
        cmocka_unit_test(a_date_without_tokens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
