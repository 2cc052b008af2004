/* SPDX-License-Identifier: Apache-2.0 */
/* run_metrics: asks everybody for their counts. */
#include "sensor/run_metrics.h"

struct metrics *run_metrics_open(struct options *o, char err[METRICS_ERR])
{
    struct metrics *m = metrics_open(o->metrics, o->redis.alert_score, err);

    if (m && o->redis_wanted)
        o->redis.gauges = metrics_redis(m);
    return m;
}

void run_metrics_when_due(struct metrics *m, int64_t ts_us, struct publisher *p, struct capture *c, struct crew *crew)
{
    struct metrics_now now;
    struct worker_report w;

    if (!metrics_due(m, ts_us))
        return;
    now = (struct metrics_now){.packet_us = ts_us};
    publisher_stats(p, &now.publisher);
    crew_counts(crew, c, &now.capture);
    crew_report(crew, &w);
    now.counters = w.counters;
    metrics_put(m, &now);
}
