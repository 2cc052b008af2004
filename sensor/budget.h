/* SPDX-License-Identifier: Apache-2.0 */
/* budget: what the whole process may hold (--memory), and how much of it one worker may hold now. */
#ifndef MXTAP_SENSOR_BUDGET_H
#define MXTAP_SENSOR_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Everybody takes from one sum: first what is there before the first packet, then what was set aside (for sinks), then
 * records that wait for a sink, and the workers share the rest alike. Whoever waits for a slow sink so costs the oldest
 * connections their place, not the process its bound. Any thread; all zero is LIMIT_WORKER_BYTES for each worker and
 * bounds nothing else.
 */
struct budget {
    uint64_t total;                   /* bytes; 0 = no bound for the process */
    _Atomic uint64_t fixed, reserved; /* resident once everything was open; set aside */
    _Atomic int64_t queued;           /* records between workers and sinks, their structs too */
    _Atomic unsigned workers;
};

/* Before anything takes from it. */
void budget_init(struct budget *b, uint64_t total);
/* Sets bytes aside for somebody who keeps to them. */
void budget_reserve(struct budget *b, uint64_t bytes);
/* Everything is open and resident bytes are in use. False where too little is left to work with; *least: the total that
 * would do. */
bool budget_settle(struct budget *b, uint64_t resident, uint64_t *least);

/* One worker more, or less, shares in the rest. */
void budget_join(struct budget *b);
void budget_leave(struct budget *b);
/* Bytes that one worker's connections, mails and tables may hold now, what the allocator adds included. */
uint64_t budget_share(const struct budget *b);

/* Bytes of records were put into a queue, or (negative) are done with. */
void budget_queued(struct budget *b, int64_t bytes);
/* Bytes of records that may wait. */
uint64_t budget_queue_most(const struct budget *b);
/* Bytes that the steps of one sink may hold, at most most. */
uint64_t budget_sink_most(const struct budget *b, uint64_t most);

#endif
