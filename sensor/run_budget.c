/* SPDX-License-Identifier: Apache-2.0 */
/* run_budget: options in, parts of one sum out. */
#include "sensor/run_budget.h"

#include <stdio.h>

#include "sensor/language.h"
#include "sensor/run_report.h"

void run_budget_open(struct budget *b, struct options *o)
{
    bool live = o->verb == VERB_CAPTURE;

    budget_init(b, o->memory);
    o->worker.budget = b;
    if (!o->redis_wanted)
        return;
    o->redis.pending_bytes = budget_sink_most(b, live ? LIMIT_REDIS_PENDING_LIVE : LIMIT_REDIS_PENDING_REPLAY);
    budget_reserve(b, o->redis.pending_bytes + o->redis.keep_bytes);
}

bool run_budget_settle(struct budget *b, const struct options *o, int memory_fd, char err[256])
{
    uint64_t least;

    if (budget_settle(b, report_memory(memory_fd), &least))
        return true;
    snprintf(err, 256, _("--memory %lluM: too little for what is open and set aside before the first packet; give %lluM"),
             (unsigned long long)(o->memory >> 20), (unsigned long long)(least >> 20) + 1);
    return false;
}
