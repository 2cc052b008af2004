/* SPDX-License-Identifier: Apache-2.0 */
/* landlock: the three system calls behind landlock.h; libc has no names for them. */
#define _GNU_SOURCE
#include "sensor/intake/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Debian 12's headers know ABI 2; the kernel of the day may know more. Values from the kernel's uapi/linux/landlock.h. */
#define RIGHT_TRUNCATE (1ULL << 14)  /* ABI 3 */
#define RIGHT_IOCTL_DEV (1ULL << 15) /* ABI 5 */
#define RIGHT_BIND_TCP (1ULL << 0)   /* ABI 4 */
#define RIGHT_CONNECT_TCP (1ULL << 1)
#define RULE_NET_PORT 2
#define SCOPE_ABSTRACT_SOCKETS (1ULL << 0) /* ABI 6 */
#define SCOPE_SIGNALS (1ULL << 1)

struct ruleset_attributes {
    uint64_t files, net, scoped;
};

struct port_rule {
    uint64_t allowed, port;
};

static const uint64_t on_files = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                 LANDLOCK_ACCESS_FS_READ_FILE | RIGHT_TRUNCATE | RIGHT_IOCTL_DEV;

static uint64_t file_rights(int abi)
{
    uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1; /* ABI 1: up to this one */

    if (abi >= 2)
        all |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        all |= RIGHT_TRUNCATE;
    if (abi >= 5)
        all |= RIGHT_IOCTL_DEV;
    return all;
}

/* An older kernel takes a shorter struct: fields it does not know must not be there. */
static size_t attributes_size(int abi)
{
    return abi >= 6 ? sizeof(struct ruleset_attributes)
                    : abi >= 4 ? offsetof(struct ruleset_attributes, scoped) : offsetof(struct ruleset_attributes, net);
}

bool landlock_begin(struct landlock *l, bool ports)
{
    struct ruleset_attributes a = {0};
    int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    *l = (struct landlock){.fd = -1, .abi = abi > 0 ? abi : 0};
    if (!l->abi)
        return false;
    a.files = l->files = file_rights(abi);
    if (abi >= 4)
        a.net = l->net = ports ? RIGHT_BIND_TCP | RIGHT_CONNECT_TCP : RIGHT_BIND_TCP;
    if (abi >= 6)
        a.scoped = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS;
    l->fd = (int)syscall(SYS_landlock_create_ruleset, &a, attributes_size(abi), 0);
    return l->fd >= 0;
}

static void remember(struct landlock *l, const char *what)
{
    if (!l->failed[0])
        snprintf(l->failed, sizeof(l->failed), "%.200s: %s", what, strerror(errno));
}

static void allow(struct landlock *l, const char *path, uint64_t rights)
{
    struct landlock_path_beneath_attr rule = {0};
    struct stat st;

    if (l->fd < 0)
        return;
    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return;
    rule.allowed_access = rights & l->files;
    if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
        rule.allowed_access &= on_files;
    if (syscall(SYS_landlock_add_rule, l->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
        remember(l, path);
    close(rule.parent_fd);
}

void landlock_allow_read(struct landlock *l, const char *path)
{
    allow(l, path, LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR);
}

void landlock_allow_write(struct landlock *l, const char *path)
{
    allow(l, path, LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE |
                   LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE | RIGHT_TRUNCATE);
}

void landlock_allow_connect(struct landlock *l, uint16_t port)
{
    struct port_rule rule = {.allowed = RIGHT_CONNECT_TCP, .port = port};
    char name[16];

    if (l->fd < 0 || !(l->net & RIGHT_CONNECT_TCP))
        return;
    snprintf(name, sizeof(name), "port %u", port);
    if (syscall(SYS_landlock_add_rule, l->fd, RULE_NET_PORT, &rule, 0))
        remember(l, name);
}

bool landlock_enforce(struct landlock *l, char err[256])
{
    bool ok = l->fd >= 0 && !l->failed[0];

    if (ok)
        ok = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_landlock_restrict_self, l->fd, 0) == 0;
    if (!ok && !l->failed[0])
        remember(l, "restrict");
    if (!ok)
        snprintf(err, 256, "Landlock: %.240s", l->failed);
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
    return ok;
}
