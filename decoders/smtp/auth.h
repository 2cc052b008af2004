/* SPDX-License-Identifier: Apache-2.0 */
/* auth: what may be known of an AUTH exchange: mechanism, code, on request the user; never a secret. */
#ifndef MXTAP_SMTP_AUTH_H
#define MXTAP_SMTP_AUTH_H

#include "decoders/smtp/owned.h"

enum { AUTH_MECHANISM_MAX = 20 }; /* RFC 4422 3.1 */

/* No credential is ever copied here, except the user name where the caller asked for it. */
struct auth {
    uint8_t mechanism[AUTH_MECHANISM_MAX]; /* upper case */
    uint8_t mechanism_n;
    uint8_t responses;  /* lines the client still owes when nobody sees the server's 334 */
    uint16_t code;      /* last final reply */
    struct owned user;
};

/* AUTH was sent. argument: as of command_line; nothing of it but the mechanism is kept. */
void auth_begin(struct auth *a, struct span argument);
struct span auth_mechanism(const struct auth *a);

#endif
