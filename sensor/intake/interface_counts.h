/* SPDX-License-Identifier: Apache-2.0 */
/* interface_counts: how many packets the kernel has taken from an interface, whoever asked for them. */
#ifndef MXTAP_INTAKE_INTERFACE_COUNTS_H
#define MXTAP_INTAKE_INTERFACE_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

/* A descriptor to ask by, also once files are locked; -1: nobody tells. */
int interface_counts_open(void);
/* Packets received since the interface is there. False where it is not told: fd -1, no such interface, `any`. */
bool interface_counts_received(int fd, const char *name, uint64_t *packets);

#endif
