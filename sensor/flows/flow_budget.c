/* SPDX-License-Identifier: Apache-2.0 */
/* flow_budget: connections, their mails, what nDPI gathers, the answers of DNS. */
#include "sensor/flows/flow_budget.h"

/* Bytes. */
static uint64_t held(const struct conversation_room *room)
{
    return mem_weight(room->mem) + room->record_bytes + classify_bytes(room->classify) + (room->dns ? dns_memory_bytes(room->dns) : 0);
}

void flow_budget_keep(struct conversation_room *room, struct flow_table *flows)
{
    const struct budget *b = room->options->budget;
    uint64_t share = b ? budget_share(b) : LIMIT_WORKER_BYTES;

    room->step = STEP_BUDGET;
    while (held(room) > share)
        if (!mail_readers_trim(room->readers) && !flow_table_evict(flows))
            return;
}
