/* SPDX-License-Identifier: Apache-2.0 */
/* check: what would run, whether it could, and what there would be to see; nothing is captured for good, nothing is sent
 * but questions to Redis. */
#ifndef MXTAP_CHECK_CHECK_H
#define MXTAP_CHECK_CHECK_H

#include "sensor/check/said.h"
#include "sensor/options.h"

/* The program's status: 0, or 1 where something is wrong. */
int check(struct options *o);

/* The parts, in their order; each adds lines to s. */
void check_plan(struct said *s, const struct options *o);
/* Opens what is to be looked at, then becomes who a capture would go on as. NULL where nothing can be looked at, or must not. */
struct capture *check_intake(struct said *s, const struct options *o);
/* Databases, lists, the file of JSON lines, the spool: as that user. */
void check_files(struct said *s, struct options *o);
void check_redis(struct said *s, const struct options *o);
/* Looks for a while (an interface) or to the end (files), and says what passed. Frees c. counts_fd: of interface_counts_open. */
void check_traffic(struct said *s, const struct options *o, struct capture *c, int counts_fd);

#endif
