/* SPDX-License-Identifier: Apache-2.0 */
/* crew_reader: one of several workers that read the same files, each for itself: frames of its own, and the time of all others. */
#ifndef MXTAP_SENSOR_CREW_READER_H
#define MXTAP_SENSOR_CREW_READER_H

#include "sensor/pace.h"
#include "sensor/publish/lanes.h"
#include "sensor/worker.h"

/*
 * Whoever makes one fills the first part in. The first of them works in the thread of whoever reads for the run, who hands it
 * frames and sources one by one; each other one reads in a thread of its own, by crew_reader_run.
 */
struct crew_reader {
    unsigned index;
    struct worker *worker;
    struct capture *capture; /* the first one's is not touched */
    const struct share *share;
    bool shares_plain;       /* whose a plain frame is can be told from its headers */
    struct pace *pace;
    struct lanes *lanes;
    uint64_t count;          /* all is over after so many frames that the user's filter let pass; 0: never */
    void *ctx;
    void (*told)(void *ctx); /* now and then: the worker may be asked for its report */

    bool in_source;
    uint64_t frames, passed; /* over all sources; passed: by the user's filter */
};

/* How many frames it may have together now, 1 to WORKER_FRAMES: a stride ends with the last of them, or the run, not amid them. */
unsigned crew_reader_gathers(const struct crew_reader *r);
/* n of them. False: the last was the last one, all end here. */
bool crew_reader_frames(struct crew_reader *r, const struct frame *f, unsigned n);
/* As crew_source. */
void crew_reader_source(struct crew_reader *r, struct span name, bool ends);
/* Its input is over; its records may wait for others'. */
void crew_reader_finish(struct crew_reader *r);
/* All of it. */
void crew_reader_run(struct crew_reader *r);

#endif
