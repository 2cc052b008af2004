/* SPDX-License-Identifier: Apache-2.0 */
/* queue: finished records on their way from the workers to the publisher's thread, bounded in number and bytes. */
#ifndef MXTAP_PUBLISH_QUEUE_H
#define MXTAP_PUBLISH_QUEUE_H

#include "sensor/budget.h"
#include "sensor/publish/publisher.h"

enum queue_kind { QUEUE_PARCEL, QUEUE_RUN_BEGIN, QUEUE_RUN_END, QUEUE_REOPEN, QUEUE_STOP };

/* What the publisher meets, in the order in which it was put. The taker owns parcel and run. */
struct queue_item {
    enum queue_kind kind;
    struct parcel *parcel;
    struct run_info *run;    /* QUEUE_RUN_BEGIN: one block with its texts, freed with free() */
    uint64_t packets, bytes; /* QUEUE_RUN_END: the source's totals; QUEUE_PARCEL: bytes = its weight */
};

/*
 * Invariant: records put and not yet done <= LIMIT_QUEUE_RECORDS, their weight <= LIMIT_QUEUE_BYTES or the budget's part (one
 * record is always let in). Of control items, a few per file, the one that begins a run waits while
 * LIMIT_QUEUE_RECORDS items are gathered (with wait), so a reader far ahead fills no memory.
 * Any number of producers, one consumer.
 */
struct queue;

/* wait: producers sleep on a full queue; else they are told. NULL when there is no memory or eventfd. */
struct queue *queue_new(bool wait);
/* What waits is taken from b, and may be what b allows; before the first record. */
void queue_set_budget(struct queue *q, struct budget *b);
void queue_free(struct queue *q);

/* From now on producers sleep on a full queue: a live input is over, no packet waits for them any more. */
void queue_set_wait(struct queue *q);

/* False: full (never with wait) or closed; the parcel is still the caller's. */
bool queue_put(struct queue *q, struct parcel *x);
/* A copy of run in one block, for QUEUE_RUN_BEGIN. NULL without memory. */
struct run_info *queue_run(const struct run_info *run);
/* Control items; it->run is the queue's from here on. False when there is no memory. */
bool queue_put_control(struct queue *q, struct queue_item it);

/* Readable when the consumer should take: something came while it was idle, or much has gathered. */
int queue_fd(const struct queue *q);
/* Everything gathered so far; *items stays valid until the next call. 0 items: the consumer is idle from
 * now on and the next put makes queue_fd readable. */
size_t queue_take(struct queue *q, struct queue_item **items);
/* n records with that many bytes are done with: room for others. */
void queue_done(struct queue *q, size_t n, uint64_t bytes);

struct queue_stats {
    uint64_t put, full; /* records taken in, records turned away */
    uint64_t inside;    /* records put and not yet done */
};
void queue_stats(struct queue *q, struct queue_stats *out);

#endif
