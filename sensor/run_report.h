/* SPDX-License-Identifier: Apache-2.0 */
/* run_report: what a run says of itself on standard error. */
#ifndef MXTAP_SENSOR_RUN_REPORT_H
#define MXTAP_SENSOR_RUN_REPORT_H

#include "sensor/log.h"
#include "sensor/worker.h"

/* Every counter that is not 0 with its name and meaning, aligned, in one write. */
void report_statistics(const struct counters *c, const struct publisher_stats *p,
                       const struct capture_counts *k);
/* What the last health was worked out from. */
struct report_rates {
    int64_t at_us; /* monotonic; 0 = never */
    uint64_t packets, bytes, mails;
    int memory_fd; /* report_memory_open's */
};

/* Where the kernel tells how much memory the process has; -1 where it does not. Opened before files are locked. */
int report_memory_open(void);

/* Resident memory in bytes, 0 where nobody tells. */
uint64_t report_memory(int fd);

/* How the sensor is now; rates since the call before. */
void report_health(struct record_health *out, struct report_rates *last, const struct counters *c,
                   const struct publisher_stats *p, const struct capture_counts *k);

/* A line when the kernel has dropped more than at the call before, seldom. */
struct report_drops {
    struct log_limit limit;
    uint64_t said;
};
void report_drops(struct report_drops *d, const struct capture_counts *k);

/* "N packets received by filter, N dropped by kernel, N dropped by interface" */
void report_packets(const struct capture_counts *k);
/* The progress line of a replay: file, part read, packets, mails. */
void report_progress(const struct capture *c, const struct counters *n);

#endif
