/* SPDX-License-Identifier: Apache-2.0 */
/* quiet_thread: the mask is inherited, so it is set around the creation. */
#include "sensor/quiet_thread.h"

#include <signal.h>

int quiet_thread_start(pthread_t *thread, void *(*run)(void *), void *ctx)
{
    sigset_t all, before;
    int e;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    e = pthread_create(thread, NULL, run, ctx);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return e;
}
