/* SPDX-License-Identifier: Apache-2.0 */
/* classify_ahead: nDPI's start takes as long as all else that a replay opens, so the first one's begins beside it. */
#ifndef MXTAP_FLOWS_CLASSIFY_AHEAD_H
#define MXTAP_FLOWS_CLASSIFY_AHEAD_H

#include <stdbool.h>

#include "sensor/flows/classify_module.h"

/* One start, with the dissectors of mail alone, in a thread of its own; for one worker. */
struct classify_ahead;

/* Begins. NULL without memory or a thread: who needs it starts it himself. Not where threads are to be locked: a lock binds a thread
 * and its children. */
struct classify_ahead *classify_ahead_new(void);
/* Waits for its end and moves what came of it to *m, whose it is from then on. False: nDPI did not start, or it was taken before. */
bool classify_ahead_take(struct classify_ahead *a, struct classify_module *m);
/* Whether it was taken or not. NULL is allowed. */
void classify_ahead_free(struct classify_ahead *a);

#endif
