/* SPDX-License-Identifier: Apache-2.0 */
/* crew_live: several workers on live interfaces, each with rings of its own that the kernel fills (intake/fanout). */
#ifndef MXTAP_SENSOR_CREW_LIVE_H
#define MXTAP_SENSOR_CREW_LIVE_H

#include "sensor/worker.h"

/*
 * Each worker reads its own rings in its own thread and hands on what is not its own (sensor/exchange). Records go to the
 * publisher as they come, in no order among workers: live, nothing waits for anything.
 */
struct crew_live;

/*
 * captures: one for each worker, opened with the same fanout, borrowed. count: frames after which all is over, 0: never. The
 * publisher is borrowed. Threads run when this returns, but nothing is read before crew_live_begin. err is filled on NULL.
 */
struct crew_live *crew_live_new(const struct worker_options *o, const struct share *share, struct capture *const *captures,
                                uint64_t count, struct publisher *publisher, char err[256]);
/* name lives as long as the run. */
void crew_live_begin(struct crew_live *c, struct span name);

enum crew_live_state {
    CREW_LISTENS,
    CREW_TROUBLE, /* trouble is filled: an interface is gone; go on */
    CREW_OVER     /* no interface is left, or count frames came */
};
enum crew_live_state crew_live_look(struct crew_live *c, char trouble[CAPTURE_ERR]);

/* No more is read: what is in hand goes to its worker, every connection ends, every record is at the publisher. */
void crew_live_finish(struct crew_live *c);
/* Added up over all workers, each as it was a moment ago; counts may be NULL. */
void crew_live_report(struct crew_live *c, struct worker_report *out, struct capture_counts *counts);
/* As worker_stats. */
struct record *crew_live_stats(const struct crew_live *c, const struct worker_report *r,
                               const struct record_health *health);
void crew_live_free(struct crew_live *c);

#endif
