/* SPDX-License-Identifier: Apache-2.0 */
/* run_lock: what a running capture may still touch, from its options: files, ports, system calls. */
#ifndef MXTAP_SENSOR_RUN_LOCK_H
#define MXTAP_SENSOR_RUN_LOCK_H

#include "sensor/options.h"

/* Before the first thread, behind the opening of interfaces: files and ports. Where the kernel cannot, one line says so and
 * the capture goes on. False with one line in err where it should have been able to. */
bool run_lock_files(const struct options *o, char err[256]);
/* When everything is open and all threads run: system calls. door: the one socket that may take connections; -1 none. */
bool run_lock_calls(int door, char err[256]);

#endif
