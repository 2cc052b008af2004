/* SPDX-License-Identifier: Apache-2.0 */
/* clock: packet time that only goes forward, and believes no single frame about a leap. */
#ifndef MXTAP_SENSOR_CLOCK_H
#define MXTAP_SENSOR_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Steps back are ignored. A step of over an hour forward is believed only when the next frame agrees with
 * it: one frame with a wrong time must not time out every connection.
 */
struct clock {
    int64_t now_us;  /* 0 = no frame yet */
    int64_t leap_us; /* a leap that waits for the next frame; 0 = none */
};

enum clock_step { CLOCK_GOES, CLOCK_LEAP_WAITS, CLOCK_LEAPT };

/* A frame's time. CLOCK_LEAP_WAITS: it is doubted, now_us stays. CLOCK_LEAPT: the frame before was right. */
enum clock_step clock_frame(struct clock *c, int64_t ts_us);

#endif
