/* SPDX-License-Identifier: Apache-2.0 */
/* pace: workers that read the same input, each for itself: they keep near each other, and all end at the same frame. */
#ifndef MXTAP_SENSOR_PACE_H
#define MXTAP_SENSOR_PACE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Frames are taken in strides of PACE_STRIDE. Nobody takes a stride before it is granted, and none is that lies more than
 * PACE_AHEAD in front of the slowest: what the first one has read, some 10 MB of mail, is still among the pieces that all share
 * (sensor/intake/pieces), and in the processor's last cache, when the last one comes; and a run that is to end ends soon. It ends behind the
 * furthest stride that was granted to anybody, so that each frame before was seen by all and none behind by anyone. Any
 * thread, each under its own number.
 */
struct pace;

enum { PACE_STRIDE = 1024 /* frames */, PACE_AHEAD = 16 /* strides */ };

/* NULL without memory. */
struct pace *pace_new(unsigned workers);
void pace_free(struct pace *p);

/* There is input: the first stride is everybody's. Later calls do nothing. */
void pace_begin(struct pace *p);
/* Waits for that. False: the run ended before. */
bool pace_wait(struct pace *p);
/* Whoever calls has taken all of its stride: may it take the next? Waits where it is too far in front. False: it ends here. */
bool pace_next(struct pace *p, unsigned who);
/* Its input is over: nobody waits for it any more. Before pace_begin: there was none, and the run ends. */
void pace_leave(struct pace *p, unsigned who);
/* The run is to end as soon as all can end at the same frame. True: at once, since nothing has begun. */
bool pace_stop(struct pace *p);

#endif
