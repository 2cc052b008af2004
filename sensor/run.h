/* SPDX-License-Identifier: Apache-2.0 */
/* run: opens source, sinks and worker, passes frames on until the end or a signal, closes in order.
 */
#ifndef MXTAP_SENSOR_RUN_H
#define MXTAP_SENSOR_RUN_H

#include "sensor/options.h"

/* VERB_REPLAY or VERB_CAPTURE; returns the program's status. */
int run(struct options *o);

#endif
