/* SPDX-License-Identifier: Apache-2.0 */
/* privileges: gives up what only the opening of interfaces needed. */
#ifndef MXTAP_INTAKE_PRIVILEGES_H
#define MXTAP_INTAKE_PRIVILEGES_H

#include <stdbool.h>

/* No core dumps (they would hold mails), no new privileges for anything started, files for the
 * owner only. */
void privileges_harden(void);

/* Becomes user (a name) with that user's groups, for good. False with one line in err. */
bool privileges_drop(const char *user, char err[256]);

#endif
