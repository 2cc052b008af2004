/* SPDX-License-Identifier: Apache-2.0 */
/* crew: the workers of a run, one or several, as one: frames in; records go to the publisher, in the same order however many. */
#ifndef MXTAP_SENSOR_CREW_H
#define MXTAP_SENSOR_CREW_H

#include "sensor/crew_live.h"

/*
 * One worker works in the caller's thread. Several have a thread each: whoever reads (the caller) copies frames into blocks that
 * all of them read, each frame with the number of the worker whose it is; the others only take its time and number from
 * it (sensor/share), so that every worker has the same clock, and time-outs come at the same frame.
 */
struct crew;

/* What a crew works on; all borrowed for its life. */
struct crew_input {
    unsigned workers;
    const struct share *share;        /* live, of several workers: drawn already, for the kernel too */
    struct capture *const *captures;  /* the same: one for each */
    uint64_t count;                   /* the same: all is over after so many frames; 0: never */
};

/* o and publisher are borrowed; crew_free comes behind publisher_finish, since records go back to their workers. err is filled on NULL. */
struct crew *crew_new(const struct worker_options *o, const struct crew_input *in, struct publisher *publisher,
                      char err[256]);
void crew_free(struct crew *c);

/* Live, several workers read for themselves: they are only looked at now and then. NULL for all others. */
struct crew_live *crew_reads(struct crew *c);

/* As worker_frame and worker_tick, for a crew that does not read for itself. */
void crew_frame(struct crew *c, const struct frame *f);
void crew_tick(struct crew *c, int64_t ts_us);
/* The next source's frames follow; ends: connections do not go on from the one before. name lives as long as the run. */
void crew_source(struct crew *c, struct span name, bool ends);
/* As publisher_run_begin and publisher_run_end: behind every record of the frames so far, before those of the next. Called
 * behind crew_source or crew_finish. */
void crew_run_begin(struct crew *c, const struct run_info *run);
void crew_run_end(struct crew *c, uint64_t packets, uint64_t bytes);
/* All input is over: every connection ends, every record is at the publisher when this returns. */
void crew_finish(struct crew *c);

/* Of all workers, added up; while several work, each as it was a moment ago. */
void crew_report(struct crew *c, struct worker_report *out);
/* What the interfaces or files gave; capture: the one that is read where the crew does not read for itself. */
void crew_counts(struct crew *c, struct capture *capture, struct capture_counts *out);
/* A record of the report goes to the publisher. */
void crew_stats(struct crew *c, const struct worker_report *r, const struct record_health *health);

#endif
