/* SPDX-License-Identifier: Apache-2.0 */
/* flow_budget: all that connections hold, their mails included, stays in bounds. */
#ifndef MXTAP_FLOWS_FLOW_BUDGET_H
#define MXTAP_FLOWS_FLOW_BUDGET_H

#include "sensor/flows/conversation.h"

/* Readers' spare blocks go first, then the connections that flow_table_evict takes (STEP_BUDGET), until a worker's share holds what is left. */
void flow_budget_keep(struct conversation_room *room, struct flow_table *flows);

#endif
