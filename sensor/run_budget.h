/* SPDX-License-Identifier: Apache-2.0 */
/* run_budget: what of --memory is set aside when a run opens, and whether enough is left. */
#ifndef MXTAP_SENSOR_RUN_BUDGET_H
#define MXTAP_SENSOR_RUN_BUDGET_H

#include "sensor/options.h"

/* Before sinks open: what they may hold is set aside for them. b goes to the workers and the database by o, and outlives them. */
void run_budget_open(struct budget *b, struct options *o);
/* All is open: what is there now stays, connections share the rest. memory_fd is report_memory_open's. False with err: too little. */
bool run_budget_settle(struct budget *b, const struct options *o, int memory_fd, char err[256]);

#endif
