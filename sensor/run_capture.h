/* SPDX-License-Identifier: Apache-2.0 */
/* run_capture: what a run reads, opened: files, or interfaces, once for each worker that reads for itself. */
#ifndef MXTAP_SENSOR_RUN_CAPTURE_H
#define MXTAP_SENSOR_RUN_CAPTURE_H

#include "sensor/intake/fanout.h"
#include "sensor/options.h"

struct run_capture {
    struct capture *each[LIMIT_WORKERS]; /* each[0] is the one that a single reader reads */
    unsigned n;
    struct fanout fanout;
};

/* Whatever a stranger's bytes touch, files written and read included, is done as the user that a capture goes on as: behind
 * this the process is that user. False with err and a status. */
bool run_capture_open(struct run_capture *c, const struct options *o, int *status, char err[CAPTURE_ERR]);
void run_capture_close(struct run_capture *c);
/* 128 random bits in hexadecimal: a live run is like no other. False without randomness. */
bool run_capture_id(char id[65]);

#endif
