/* SPDX-License-Identifier: Apache-2.0 */
/* metrics_library: libmicrohttpd, loaded when --metrics is given; for metrics_http alone. */
#ifndef MXTAP_METRICS_LIBRARY_H
#define MXTAP_METRICS_LIBRARY_H

#include <microhttpd.h>

#include "sensor/metrics/metrics.h"

/* What is called of it. */
#define METRICS_CALLS(X) \
    X(start_daemon) X(quiesce_daemon) X(stop_daemon) X(lookup_connection_value) \
    X(create_response_from_buffer) X(add_response_header) X(queue_response) X(destroy_response)

/* MHD_start_daemon is mhd.start_daemon. */
struct metrics_library {
#define X(call) __typeof__(MHD_##call) *call;
    METRICS_CALLS(X)
#undef X
};

/* Valid behind metrics_library_open. */
extern struct metrics_library mhd;

/* Before the lock: it reads files, and constructors run. It stays. False with one line in err: the library is not installed, or another
 * one. */
bool metrics_library_open(char err[METRICS_ERR]);

#endif
