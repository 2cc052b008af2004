/* SPDX-License-Identifier: Apache-2.0 */
/* auth: what may be known of an AUTH exchange (RFC 4954): mechanism, code, if asked the user. */
#ifndef MXTAP_SMTP_AUTH_H
#define MXTAP_SMTP_AUTH_H

#include "decoders/base/bytes.h"

enum {
    AUTH_MECHANISM_MAX = 20, /* bytes, RFC 4422 3.1 */
    AUTH_SECRETS = 16,       /* hashes kept to know an echo: two a line, raw and decoded */
    AUTH_SECRET_MIN = 3,     /* bytes; shorter ones would hide every text */
    AUTH_USER_MAX = 256      /* bytes of a user name kept */
};

/* A text known only by its length and rolling hash. power: base^n. */
struct auth_hash {
    uint64_t hash, power;
    uint32_t n;
};

/*
 * The client's bytes pass through and are not kept, but for hashes by which a server's echo of them
 * is known, and for the user name where the caller asked. Invariant: secrets[0..secrets_n) are set.
 */
struct auth {
    uint8_t mechanism[AUTH_MECHANISM_MAX]; /* upper case; unknown ones are not kept */
    uint8_t mechanism_n;
    uint8_t responses; /* lines the client still owes where nobody sees the server's 334 */
    uint8_t line;      /* response lines of this exchange so far */
    uint8_t field;     /* NULs in this line's decoded bytes */
    uint8_t user_how;
    uint8_t bits_n;
    uint16_t bits;     /* base64 under way */
    uint16_t code;     /* last final reply */
    bool keep_user;
    uint8_t secrets_n, secrets_next;
    struct auth_hash secrets[AUTH_SECRETS];
    struct auth_hash raw, decoded; /* of the line and the decoded piece under way */
    struct buf user;
};

/* AUTH was sent; argument as of command_line. a is zeroed before the first one; m is borrowed. */
void auth_begin(struct auth *a, struct mem *m, struct span argument, bool keep_user);
/* A piece of a response line, and its end. */
void auth_bytes(struct auth *a, struct span piece);
void auth_line_end(struct auth *a);
/* Bytes of either side were lost: whose line comes next is not known, and it may be the password's. A name that is
 * whole stays. */
void auth_lost(struct auth *a);
/* Lines that may be a password gone astray: no known command, or of an exchange that nobody followed. Their words
 * are known when they come back. Not in the middle of a response line. */
void auth_stray(struct auth *a, struct span lines);
/* Does text repeat something that the client sent, as sent or decoded? */
bool auth_echoed(const struct auth *a, struct span text);
/* Absent where no known mechanism was named. */
struct span auth_mechanism(const struct auth *a);
void auth_free(struct auth *a);

#endif
