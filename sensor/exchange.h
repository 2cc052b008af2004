/* SPDX-License-Identifier: Apache-2.0 */
/* exchange: frames that came to one worker and are another one's, or everybody's, in the order of their time. */
#ifndef MXTAP_SENSOR_EXCHANGE_H
#define MXTAP_SENSOR_EXCHANGE_H

#include "sensor/intake/capture.h"

/*
 * The kernel divides by what it sees: the two directions of a connection in VXLAN may come to two workers. Whoever gets such a frame puts
 * a copy into the inbox of the worker whose it is, its own too, and there copies leave in the order of time: one leaves when
 * its own worker has come as far, and every other one has said that it is further (exchange_seen) or EXCHANGE_HOLD_US went by since its time.
 * So a reply does not overtake its command because one ring was read later. Any thread, each under its own number.
 * Invariant: an inbox holds at most LIMIT_EXCHANGE_BYTES; while it is more than half full the earliest leave whoever is how far, and
 * what does not fit is refused, and counted by whoever put it.
 */
struct exchange;

/* Longer than a frame may lie in a ring and wait for another interface (intake/capture_live). */
enum { EXCHANGE_HOLD_US = 400 * 1000 };

struct handed {
    struct handed *next;
    struct frame frame; /* its bytes stand behind */
    uint8_t bytes[];
};

/* NULL without memory. */
struct exchange *exchange_new(unsigned workers);
void exchange_free(struct exchange *x);

/* f is copied. False: no room. */
bool exchange_put(struct exchange *x, unsigned from, unsigned to, const struct frame *f);
/* Worker who puts nothing any more that is older than that. */
void exchange_seen(struct exchange *x, unsigned who, int64_t ts_us);
/* The next frame of who's inbox, NULL: none is due at now_us (the capture clock; INT64_MAX: all are). Give it back. */
struct handed *exchange_take(struct exchange *x, unsigned who, int64_t now_us);
void exchange_done(struct handed *h);

#endif
