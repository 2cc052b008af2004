/* SPDX-License-Identifier: Apache-2.0 */
/* run_signals: what the operator asks for by signal, as flags that the loop looks at. */
#ifndef MXTAP_SENSOR_RUN_SIGNALS_H
#define MXTAP_SENSOR_RUN_SIGNALS_H

#include <stdatomic.h>
#include <stdbool.h>

/* Seconds from INT or TERM until the process is gone, whatever hangs; and what sinks get of them. */
enum { STOP_SECONDS = 5, STOP_SINK_SECONDS = 3 };

/*
 * PIPE is ignored. INT and TERM ask to stop and end blocking reads; the second one kills. If the
 * process still runs STOP_SECONDS later, it says so and ends with status 4. USR1, HUP: once each
 * per signal.
 */
void run_signals_catch(void);
bool run_signals_stop(void);
bool run_signals_statistics(void);
bool run_signals_reopen(void);

/* Until when sinks may take their time (monotonic, us); 0 before INT or TERM came. Never freed. */
const atomic_llong *run_signals_deadline(void);

#endif
