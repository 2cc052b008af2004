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
    enum { READER_UNASKED, READER_UNSURE, READER_MINE, READER_OTHERS } whose; /* the frame that comes next */
    struct worker_stretch stretch; /* no frame: there is none */
};

/* False: it was the last one, all end here. */
bool crew_reader_frame(struct crew_reader *r, const struct frame *f);
/* ctx: the reader. For capture_next_but: f is another worker's, and no more than that is to be done. Behind each of its calls
 * crew_reader_passed says how many those were, and their bytes on the wire. */
bool crew_reader_passes(void *ctx, const struct frame *f);
void crew_reader_passed(struct crew_reader *r, uint64_t *frames, uint64_t *bytes);
/* As crew_source. */
void crew_reader_source(struct crew_reader *r, struct span name, bool ends);
/* Its input is over; its records may wait for others'. */
void crew_reader_finish(struct crew_reader *r);
/* All of it. */
void crew_reader_run(struct crew_reader *r);

#endif
