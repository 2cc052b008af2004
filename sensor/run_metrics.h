/* SPDX-License-Identifier: Apache-2.0 */
/* run_metrics: what a run tells its metrics, and when. */
#ifndef MXTAP_SENSOR_RUN_METRICS_H
#define MXTAP_SENSOR_RUN_METRICS_H

#include "sensor/crew.h"
#include "sensor/metrics/metrics.h"
#include "sensor/options.h"

/* Listens where --metrics says; the sink of Redis, opened later, will tell how it stands. NULL with one line in err. */
struct metrics *run_metrics_open(struct options *o, char err[METRICS_ERR]);

/* At every frame and tick, by the capture's thread: a snapshot where one is due. m NULL: nothing. */
void run_metrics_when_due(struct metrics *m, int64_t ts_us, struct publisher *p, struct capture *c, struct crew *crew);

#endif
