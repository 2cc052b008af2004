/* SPDX-License-Identifier: Apache-2.0 */
/* run_signals: what the operator asks for by signal, as flags that the loop looks at. */
#ifndef MXTAP_SENSOR_RUN_SIGNALS_H
#define MXTAP_SENSOR_RUN_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/publish/publisher.h"

/* Seconds from INT or TERM until the process is gone, whatever hangs; what sinks get of them to
 * finish; and how long a full queue may hold the loop up meanwhile. */
enum { STOP_SECONDS = 5, STOP_SINK_SECONDS = 4, STOP_QUEUE_SECONDS = 2 };

/*
 * PIPE is ignored. INT and TERM ask to stop and end blocking reads; the second one kills. If the
 * process still runs STOP_SECONDS later, it says so and ends with status 4. USR1, HUP: once each
 * per signal.
 */
void run_signals_catch(void);
bool run_signals_stop(void);
bool run_signals_statistics(void);
bool run_signals_reopen(void);

/* Whom INT and TERM hurry, so that the loop does not hang on its queue; NULL = nobody (any more).
 */
void run_signals_hurry(struct publisher *p);
/* Until when sinks may take their time after INT or TERM (monotonic, us). */
int64_t run_signals_deadline(void);

#endif
