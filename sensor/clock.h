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

#define CLOCK_LEAP_US (3600 * INT64_C(1000000))

/* A frame's time. CLOCK_LEAP_WAITS: it is doubted, now_us stays. CLOCK_LEAPT: the frame before was right. */
enum clock_step clock_frame(struct clock *c, int64_t ts_us);

/* clock_frame would say CLOCK_GOES, as it says of nearly all, and nothing waits. *now_us: what the clock shows then. */
static inline bool clock_just_goes(const struct clock *c, int64_t ts_us, int64_t *now_us)
{
    bool back = ts_us <= c->now_us;

    *now_us = back ? c->now_us : ts_us;
    return c->now_us && !c->leap_us && (back || ts_us - c->now_us <= CLOCK_LEAP_US);
}

#endif
