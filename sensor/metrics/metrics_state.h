/* SPDX-License-Identifier: Apache-2.0 */
/* metrics_state: what its rooms share: numbers that others write, and who reads them. */
#ifndef MXTAP_METRICS_STATE_H
#define MXTAP_METRICS_STATE_H

#include <pthread.h>

#include "decoders/base/bytes.h"
#include "sensor/metrics/metrics.h"

enum {
    METRICS_OUTCOMES = 7,
    METRICS_COUNTRIES = 26 * 26 + 1, /* two letters, or none known: a label has no other values, whatever a file says */
    METRICS_FINDINGS = 128           /* at least those of the table */
};

/* Rates of some ten seconds. */
struct metrics_rates {
    int64_t since_us; /* monotonic */
    uint64_t packets, bytes, mails;
    double packets_s, bytes_s, mails_s;
};

struct metrics_http;

struct metrics {
    struct sink sink;
    struct redis_gauges redis;
    bool has_redis;
    /* written by the publisher's thread */
    atomic_ullong mails[METRICS_OUTCOMES][METRICS_COUNTRIES], findings[METRICS_FINDINGS], alerts;
    int alert_score;
    /* under the lock, which the reader holds only to copy */
    pthread_mutex_t lock;
    struct metrics_now now;
    struct metrics_rates rates;
    int64_t due_us, told_us; /* packet time of the next snapshot; monotonic time of the last one */
    int64_t started_us;      /* wall clock */
    int fd, memory_fd;
    struct metrics_http *http;
};

/* metrics_mails.c */
void metrics_mails_init(struct metrics *m);
/* "JP", or "" where it is not known. */
void metrics_country_name(unsigned i, char name[3]);
unsigned metrics_findings_n(void);
const char *metrics_finding_name(unsigned i);

/* metrics_text.c: all of it; OpenMetrics 1.0, or the older text that Prometheus takes too. */
void metrics_text(struct metrics *m, bool open_metrics, struct buf *out);

/* metrics_http.c; behind metrics_library_open. */
struct metrics_http *metrics_http_start(struct metrics *m, char err[METRICS_ERR]);
void metrics_http_stop(struct metrics_http *h);

/* metrics_place.c */
int metrics_listen(const char *place, char shown[METRICS_PLACE], char err[METRICS_ERR]);

#endif
