/* SPDX-License-Identifier: Apache-2.0 */
/* crew: the workers of a run, one or several, as one: frames in; records go to the publisher, in the same order however many. */
#ifndef MXTAP_SENSOR_CREW_H
#define MXTAP_SENSOR_CREW_H

#include "sensor/crew_live.h"

/*
 * One worker works in the caller's thread. Of several, each follows every frame: of one that is another's (sensor/share) it
 * takes time and number alone, so that all have the same clock, and time-outs come at the same frame. Files are read by
 * each worker for itself (sensor/crew_reader), the first of them in the caller's thread. What can be read but once (a pipe)
 * or is unpacked first, the caller copies into blocks that all workers read, in a thread each.
 */
struct crew;

enum { CREW_GATHERED = WORKER_FRAMES }; /* frames at most that come to it at once */

/* What a crew works on; all borrowed for its life. */
struct crew_input {
    unsigned workers;
    const struct share *share;        /* live, of several workers: drawn already, for the kernel too */
    struct capture *const *captures;  /* one for each where each reads for itself (the caller reads a replay's first one), else one */
    unsigned captures_n;
    uint64_t count;                   /* where each reads: all is over after so many frames; 0: never */
};

/* o and publisher are borrowed; crew_free comes behind publisher_finish, since records go back to their workers. err is filled on NULL. */
struct crew *crew_new(const struct worker_options *o, const struct crew_input *in, struct publisher *publisher,
                      char err[256]);
/* What is left to start in the caller's thread, while the others start. Before budget_settle: it is resident then. */
void crew_start(struct crew *c);
void crew_free(struct crew *c);

/* Live, several workers read for themselves: they are only looked at now and then. NULL for all others. */
struct crew_live *crew_reads(struct crew *c);

/* As worker_frames and worker_tick, for a crew that does not read for itself. False: it was the last frame, behind crew_stop. */
bool crew_frames(struct crew *c, const struct frame *f, unsigned n);
/* How many frames at once may come to crew_frames now. */
unsigned crew_gathers(const struct crew *c);
void crew_tick(struct crew *c, int64_t ts_us);
/* The next source's frames follow; ends: connections do not go on from the one before. name lives as long as the run. */
void crew_source(struct crew *c, struct span name, bool ends);
/* As publisher_run_begin and publisher_run_end: behind every record of the frames so far, before those of the next. Called
 * behind crew_source or crew_finish. */
void crew_run_begin(struct crew *c, const struct run_info *run);
void crew_run_end(struct crew *c, uint64_t packets, uint64_t bytes);
/* The run is to end. True: at once; else a few frames later, since others have them already: crew_frames says where. */
bool crew_stop(struct crew *c);
/* All input is over: every connection ends, every record is at the publisher when this returns. False: the workers
 * did not all read the same, since files changed meanwhile or one had no memory for them. */
bool crew_finish(struct crew *c);

/* Of all workers, added up; while several work, each as it was a moment ago. */
void crew_report(struct crew *c, struct worker_report *out);
/* What the interfaces or files gave; capture: the one that is read where the crew does not read for itself. */
void crew_counts(struct crew *c, struct capture *capture, struct capture_counts *out);
/* A record of the report goes to the publisher. */
void crew_stats(struct crew *c, const struct worker_report *r, const struct record_health *health);

#endif
