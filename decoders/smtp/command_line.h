/* SPDX-License-Identifier: Apache-2.0 */
/* command_line: one SMTP command line taken apart: its verb, path, parameters (RFC 5321 4.1). */
#ifndef MXTAP_SMTP_COMMAND_LINE_H
#define MXTAP_SMTP_COMMAND_LINE_H

#include "decoders/base/bytes.h"
#include "decoders/base/endpoint.h"

/* X(name, word on the wire). RFC 5321, 2033, 1870, 3030, 3207, 4954, 1985, 2645, 4468;
 * Postfix XCLIENT and XFORWARD; the X- verbs of Exchange. */
#define SMTP_VERBS(X)                                                                              \
    X(HELO, "HELO")                                                                                \
    X(EHLO, "EHLO")                                                                                \
    X(LHLO, "LHLO")                                                                                \
    X(MAIL, "MAIL")                                                                                \
    X(RCPT, "RCPT")                                                                                \
    X(DATA, "DATA")                                                                                \
    X(BDAT, "BDAT")                                                                                \
    X(RSET, "RSET")                                                                                \
    X(NOOP, "NOOP")                                                                                \
    X(QUIT, "QUIT")                                                                                \
    X(STARTTLS, "STARTTLS")                                                                        \
    X(AUTH, "AUTH")                                                                                \
    X(XCLIENT, "XCLIENT")                                                                          \
    X(XFORWARD, "XFORWARD")                                                                        \
    X(VRFY, "VRFY")                                                                                \
    X(EXPN, "EXPN")                                                                                \
    X(HELP, "HELP")                                                                                \
    X(ETRN, "ETRN")                                                                                \
    X(ATRN, "ATRN")                                                                                \
    X(TURN, "TURN")                                                                                \
    X(SEND, "SEND")                                                                                \
    X(SOML, "SOML")                                                                                \
    X(SAML, "SAML")                                                                                \
    X(BURL, "BURL")                                                                                \
    X(XEXPS, "X-EXPS")                                                                             \
    X(XLINK2STATE, "X-LINK2STATE")

enum smtp_verb {
    VERB_UNKNOWN,
#define X(name, word) VERB_##name,
    SMTP_VERBS(X)
#undef X
        VERB_COUNT
};

/* A line, in place: argument has no blanks (those of isspace) at its ends; absent where there is none. */
struct command_line {
    enum smtp_verb verb;
    struct span argument;
};

struct command_line command_line_parse(struct span line);

/* Static word of a verb, "?" for VERB_UNKNOWN. */
const char *command_verb_name(enum smtp_verb v);

/*
 * The verb of a line that can be nothing else, not even a line of text: MAIL FROM:<, RCPT TO:<,
 * verbs without argument alone on the line, HELO with one word. For use after a gap.
 */
enum smtp_verb command_line_certain(struct span line);

/* The argument of MAIL or RCPT, in place. */
struct command_path {
    struct span path;   /* as sent, with brackets where it has them; absent where there is none */
    struct span params; /* what follows the path */
    bool odd;           /* not of RFC 5321's form; path is the best reading */
};

/* keyword: FROM or TO, any case. Quoted local parts may hold '>' and blanks. A name or comment in front
 * of the brackets is odd and no part of the path: servers skip it. */
struct command_path command_path_parse(struct span argument, struct span keyword);

/* Takes one "key[=value]" from the front of *params; false at the end. value absent without '='. */
bool command_param_next(struct span *params, struct span *key, struct span *value);

/* What is odd has two readings: Postfix refuses it (or, beyond 2^32, waits for that many bytes), Exim takes
 * a number with a sign, modulo 2^32, and what follows it for LAST only where that is all. size and last
 * are Exim's reading then. */
struct command_bdat {
    bool valid; /* of RFC 3030's form and below 2^32 */
    bool odd;   /* not valid, but there is a number */
    bool last;
    uint64_t size; /* bytes, below 2^32 */
};

struct command_bdat command_bdat_parse(struct span argument);

struct command_auth {
    struct span mechanism; /* as sent */
    struct span initial;   /* absent where none was sent; it is a credential */
};

/* Where a second command begins that brings a credential: AUTH or X-EXPS, a blank behind it, in any case and behind anything. A client
 * that leaves out the end of a line, or ends it by a bare CR, sends that. argument.n where there is none. */
size_t command_auth_within(struct span argument);

struct command_auth command_auth_parse(struct span argument);

/* ADDR= (and PORT=) of XCLIENT or XFORWARD; false where there is no usable address. */
bool command_client_attributes(struct span argument, struct endpoint *client);

#endif
