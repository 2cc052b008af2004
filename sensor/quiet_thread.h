/* SPDX-License-Identifier: Apache-2.0 */
/* quiet_thread: a thread that gets no signal: they are the main thread's, whose waits they end. */
#ifndef MXTAP_SENSOR_QUIET_THREAD_H
#define MXTAP_SENSOR_QUIET_THREAD_H

#include <pthread.h>

/* As pthread_create: 0, or an error number. */
int quiet_thread_start(pthread_t *thread, void *(*run)(void *), void *ctx);

#endif
