/* SPDX-License-Identifier: Apache-2.0 */
/* interface_lost: how many packets an interface lost before the kernel saw them, while a capture runs. */
#ifndef MXTAP_INTAKE_INTERFACE_LOST_H
#define MXTAP_INTAKE_INTERFACE_LOST_H

#include <stdint.h>

/*
 * pcap_stats opens the kernel's files anew each time. Once files are locked it cannot, takes them for 0, and what had been lost
 * before the start became 4,294,967,296 less that: here they are opened once, before. The count is the interface's: of several
 * rings of it, one asks.
 */
struct interface_lost {
    int fd[2];            /* -1: not told (`any`, no such file, another ring asks) */
    uint64_t last, total; /* packets: the kernel's count when it was asked last; lost since the start */
};

/* name NULL: never anything. */
void interface_lost_open(struct interface_lost *x, const char *name);
/* Packets lost since interface_lost_open. An interface that is gone goes on telling what it told last. */
uint64_t interface_lost(struct interface_lost *x);
void interface_lost_close(struct interface_lost *x);

#endif
