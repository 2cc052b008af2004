/* SPDX-License-Identifier: Apache-2.0 */
/* privileges: root opens the interfaces, somebody else reads what strangers send. */
#include "sensor/intake/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

void privileges_harden(void)
{
    const struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    umask(077);
}

static bool fail(char err[256], const char *user, const char *why)
{
    snprintf(err, 256, "--user %.64s: %s", user, why);
    return false;
}

bool privileges_drop(const char *user, char err[256])
{
    const struct passwd *p;

    errno = 0;
    p = getpwnam(user);
    if (!p)
        return fail(err, user, errno ? strerror(errno) : "no such user");
    if (geteuid() != 0)
        return geteuid() == p->pw_uid ? true
                                      : fail(err, user, "only root can become somebody else");
    if (initgroups(p->pw_name, p->pw_gid) != 0 || setgid(p->pw_gid) != 0 || setuid(p->pw_uid) != 0)
        return fail(err, user, strerror(errno));
    /* A way back would be a way in. */
    if (p->pw_uid != 0 && (setuid(0) == 0 || seteuid(0) == 0))
        return fail(err, user, "root could be had back");
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    return true;
}
