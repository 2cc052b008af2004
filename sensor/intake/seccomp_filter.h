/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp_filter: which system calls the process may still make; the only room with <seccomp.h>. */
#ifndef MXTAP_INTAKE_SECCOMP_FILTER_H
#define MXTAP_INTAKE_SECCOMP_FILTER_H

#include <stdbool.h>

/*
 * From here on, for every thread there is and to come: what capturing, writing, Redis and the reload of files need;
 * the rest fails with EPERM and nothing dies of it (a libc of tomorrow may try a call that this list does not know).
 * Not on it: execve, ptrace, new packet sockets, memory that may be executed, other processes. False with one line in err.
 */
bool seccomp_filter_enforce(int door, char err[256]);

#endif
