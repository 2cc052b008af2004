/* SPDX-License-Identifier: Apache-2.0 */
/* clock: one rule, so that worker can stay a list of steps. */
#include "sensor/clock.h"

enum clock_step clock_frame(struct clock *c, int64_t ts_us)
{
    if (!c->now_us || (ts_us > c->now_us && ts_us - c->now_us <= CLOCK_LEAP_US)) {
        c->now_us = ts_us;
        c->leap_us = 0;
        return CLOCK_GOES;
    }
    if (ts_us <= c->now_us) {
        c->leap_us = 0;
        return CLOCK_GOES;
    }
    if (c->leap_us && ts_us >= c->leap_us - CLOCK_LEAP_US && ts_us - c->leap_us <= CLOCK_LEAP_US) {
        c->now_us = ts_us;
        c->leap_us = 0;
        return CLOCK_LEAPT;
    }
    c->leap_us = ts_us;
    return CLOCK_LEAP_WAITS;
}
