/* SPDX-License-Identifier: Apache-2.0 */
/* crew_taker: one of several workers that take what one reader copied for all: frames of its own, and the time of all others. */
#ifndef MXTAP_SENSOR_CREW_TAKER_H
#define MXTAP_SENSOR_CREW_TAKER_H

#include "sensor/crew_blocks.h"
#include "sensor/publish/lanes.h"
#include "sensor/worker.h"

/* Filled in by whoever makes one; all borrowed. */
struct crew_taker {
    unsigned index;
    struct worker *worker;
    struct crew_blocks *blocks;
    struct lanes *lanes;
    void *ctx;
    void (*told)(void *ctx); /* now and then: the worker may be asked for its report */
};

/* Until all input is over, in a thread of its own. */
void crew_taker_run(struct crew_taker *t);

#endif
