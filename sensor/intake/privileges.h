/* SPDX-License-Identifier: Apache-2.0 */
/* privileges: gives up what only the opening of interfaces needed; the only room with <cap-ng.h>. */
#ifndef MXTAP_INTAKE_PRIVILEGES_H
#define MXTAP_INTAKE_PRIVILEGES_H

#include <stdbool.h>

/* Who a sensor that root starts becomes, where --user does not say. */
#define PRIVILEGES_USER "mxtap"

/* No core dumps (they would hold mails), no new privileges for anything started, files for the
 * owner only. */
void privileges_harden(void);

/* Becomes user (a name) with that user's groups, for good; NULL: stays who it is. Then no capability is left, to this process or
 * to what it might start. Before the first thread. False with one line in err. */
bool privileges_drop(const char *user, char err[256]);

/* Who a capture goes on as: what --user says, else PRIVILEGES_USER where root started it, else NULL. False with one line in err where root
 * started it and that user is not there. */
bool privileges_user(const char *option, const char **user, char err[256]);

#endif
