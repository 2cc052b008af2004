/* SPDX-License-Identifier: Apache-2.0 */
/* landlock: which files and TCP ports the process may still reach (Landlock, by the ABI that the kernel has). */
#ifndef MXTAP_INTAKE_LANDLOCK_H
#define MXTAP_INTAKE_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * begin, then what is allowed, then enforce; everything that was not allowed is refused from then on, to this thread and to
 * those it starts: so before the first of them. What is open stays open. Unix sockets are reached by name as before: no ABI
 * up to 7 rules them.
 */
struct landlock {
    int fd;                 /* -1: no Landlock here */
    int abi;                /* 0: the kernel has none */
    uint64_t files, net;    /* rights that are taken away where nothing allows them */
    char failed[256];       /* the first rule that could not be made */
};

/* ports false: every TCP port may be connected to. False without Landlock in this kernel: nothing more is to be done. */
bool landlock_begin(struct landlock *l, bool ports);
/* What lies under path (a folder) or path itself may be read; what is not there is passed over: it could not be read anyway. */
void landlock_allow_read(struct landlock *l, const char *path);
/* The same, and written, made and removed. */
void landlock_allow_write(struct landlock *l, const char *path);
/* TCP connections to this port, whatever the host (ABI 4 and later; before that all are allowed). */
void landlock_allow_connect(struct landlock *l, uint16_t port);
/* False with one line in err. l is over either way. */
bool landlock_enforce(struct landlock *l, char err[256]);

#endif
