/* SPDX-License-Identifier: Apache-2.0 */
/* metrics: how the sensor is, for whoever asks by HTTP (Prometheus): a thread of its own that reads snapshots; capture never waits. */
#ifndef MXTAP_METRICS_H
#define MXTAP_METRICS_H

#include "sensor/counters.h"
#include "sensor/intake/capture.h"
#include "sensor/publish/publisher.h"
#include "sensor/publish/redis_gauges.h"

struct metrics;

/* What the capture's thread tells, about once a second. */
struct metrics_now {
    struct counters counters;
    struct publisher_stats publisher;
    struct capture_counts capture;
    int64_t packet_us; /* packet time */
};

enum { METRICS_ERR = 256, METRICS_PLACE = 64 };

/* "9464", "127.0.0.1:9464", "[::1]:9464": whether it can be listened on. A port alone is loopback's. False with a sentence in why. */
bool metrics_place_good(const char *place, char why[METRICS_ERR]);

/* Loads libmicrohttpd and listens; nobody is answered yet. Before the lock. alert_score as --alert-score, 0 = its default. NULL with one line in err. */
struct metrics *metrics_open(const char *place, int alert_score, char err[METRICS_ERR]);
/* Stops answering, if it began. After the publisher is done. NULL is allowed. */
void metrics_free(struct metrics *m);

/* Counts mails; its memory is m's. */
struct sink *metrics_sink(struct metrics *m);
/* For the sink of Redis; m's. */
struct redis_gauges *metrics_redis(struct metrics *m);

/* The thread that answers; memory_fd is report_memory_open's. False with one line in err. */
bool metrics_start(struct metrics *m, int memory_fd, char err[METRICS_ERR]);
/* The socket that it takes connections from: for the lock. */
int metrics_socket(const struct metrics *m);

/* Whether a snapshot is wanted at this packet or tick; cheap. NULL: never. */
bool metrics_due(const struct metrics *m, int64_t ts_us);
/* now is copied. Where somebody reads just then, the next one does. */
void metrics_put(struct metrics *m, const struct metrics_now *now);

#endif
