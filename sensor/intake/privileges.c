/* SPDX-License-Identifier: Apache-2.0 */
/* privileges: root opens the interfaces, somebody else reads what strangers send. */
#include "sensor/intake/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensor/language.h"

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

static bool become(const struct passwd *p, const char *user, char err[256])
{
    if (initgroups(p->pw_name, p->pw_gid) != 0 || setgid(p->pw_gid) != 0 || setuid(p->pw_uid) != 0)
        return fail(err, user, strerror(errno));
    /* A way back would be a way in. */
    if (p->pw_uid != 0 && (setuid(0) == 0 || seteuid(0) == 0))
        return fail(err, user, _("root could be had back"));
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    return true;
}

/* The bounding set is what even a set-uid program could not have; only root may empty it, and only while it is root. */
static void forget_bounds(void)
{
    capng_clear(CAPNG_SELECT_BOUNDS);
    capng_apply(CAPNG_SELECT_BOUNDS);
}

static bool forget_capabilities(char err[256])
{
    capng_clear(CAPNG_SELECT_BOTH);
    if (capng_apply(CAPNG_SELECT_CAPS) == 0 && capng_get_caps_process() == 0 &&
        capng_have_capabilities(CAPNG_SELECT_CAPS) == CAPNG_NONE)
        return true;
    snprintf(err, 256, _("the capabilities could not be given up"));
    return false;
}

bool privileges_drop(const char *user, char err[256])
{
    const struct passwd *p = NULL;

    errno = 0;
    if (user && !(p = getpwnam(user)))
        return fail(err, user, errno ? strerror(errno) : _("no such user"));
    if (p && geteuid() != 0 && geteuid() != p->pw_uid)
        return fail(err, user, _("only root can become somebody else"));
    if (geteuid() == 0)
        forget_bounds();
    if (p && geteuid() == 0 && !become(p, user, err))
        return false;
    return forget_capabilities(err);
}

bool privileges_user(const char *option, const char **user, char err[256])
{
    *user = option ? option : geteuid() == 0 ? PRIVILEGES_USER : NULL;
    if (option || !*user || getpwnam(*user))
        return true;
    snprintf(err, 256, _("a capture that root starts goes on as user %s, who is not there: make it (useradd --system "
             "--no-create-home %s), or name another with --user"), PRIVILEGES_USER, PRIVILEGES_USER);
    return false;
}
